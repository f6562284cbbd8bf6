package killtest

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"huiyin/internal/app"
	"huiyin/internal/botapi"
	"huiyin/internal/config"
)

// world is what lies around the program: a feed, Telegram, an officer with a phone.
// It lives in the test's process and is never killed.
type world struct {
	t   *testing.T
	r   *rand.Rand
	log *slog.Logger
	dir string // the program's data
	bin string
	cfg string
	ops string
	bot *botapi.Server
	api string // where the bot's methods are

	process *exec.Cmd
	gone    chan struct{}

	mu      sync.Mutex
	items   []string // of the feed
	texts   []string // of complaints, for reposts
	written int
	posts   []string // URLs of the posts that are about something
	tapped  time.Time
	taps    map[string]bool // cases whose 签收 was tapped
	replies []string        // texts of the officer's replies
}

const token = "12345:kill-test-token-kill-test-token-xx"

func newWorld(t *testing.T, r *rand.Rand) *world {
	dir := t.TempDir()
	w := &world{t: t, r: r, dir: filepath.Join(dir, "data"), bin: filepath.Join(dir, "huiyin"), cfg: filepath.Join(dir, "huiyin.yaml"),
		taps: map[string]bool{}, log: slog.New(slog.DiscardHandler)}
	build := exec.Command("go", "build", "-o", w.bin, "huiyin/cmd/huiyin")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v\n%s", err, out)
	}
	var err error
	if w.bot, err = botapi.New(botapi.Options{Token: token, MaxCalls: 1_000_000}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.bot.Close() })
	for id, name := range map[int64]string{officer: "王敏", leader: "刘建国"} {
		if err := w.bot.AddPerson(botapi.Person{ID: id, FirstName: name}); err != nil {
			t.Fatal(err)
		}
	}
	telegram := httptest.NewServer(w.bot)
	t.Cleanup(telegram.Close)
	w.api = telegram.URL + "/bot" + token
	town := httptest.NewServer(http.HandlerFunc(w.feed))
	t.Cleanup(town.Close)
	w.ops = freeAddress(t)
	write(t, filepath.Join(dir, "token"), token)
	write(t, w.cfg, fmt.Sprintf(`agency: 清河市人民政府
data_dir: data
telegram: {token_file: token, base_url: %q}
clickhouse: {url: embedded, keep_free: 1MiB}
ops: {listen: %q}
fetch: {host_gap: 20ms, allow_hosts: [%q]}
units: [{name: 市政府办公室, a: 王敏}]
leaders: [刘建国]
topics: {"*": 市政府办公室}
sources: [{name: 清河新闻, kind: feed, url: %q, every: 1s}]
`, telegram.URL, w.ops, host(town.URL), town.URL+"/feed.xml"))
	t.Cleanup(w.kill)
	return w
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func host(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		panic(err)
	}
	return u.Host
}

func freeAddress(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

// feed is a feed that never forgets an item.
func (w *world) feed(rw http.ResponseWriter, _ *http.Request) {
	w.mu.Lock()
	defer w.mu.Unlock()
	rw.Header().Set("Content-Type", "application/rss+xml; charset=utf-8")
	io.WriteString(rw, `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>清河</title>`)
	for i := len(w.items) - 1; i >= 0; i-- {
		io.WriteString(rw, w.items[i])
	}
	io.WriteString(rw, `</channel></rss>`)
}

// live lets something happen: a complaint, a repost, chatter, a tap, a reply.
func (w *world) live() {
	switch n := w.r.IntN(10); {
	case n < 4:
		text := "翠湖小区停水三天没人管。" + w.noise()
		w.texts = append(w.texts, text)
		w.post(text, true)
	case n < 5 && len(w.texts) > 0:
		w.post("转发 "+w.texts[w.r.IntN(len(w.texts))], true)
	case n < 6:
		w.post("今天天气真好。"+w.noise(), false)
	case n < 8:
		w.tap()
	default:
		w.reply()
	}
}

// noise makes two texts differ: letters, so that no word of any topic is in it.
func (w *world) noise() string {
	var b strings.Builder
	for range 60 {
		b.WriteByte(byte('a' + w.r.IntN(26)))
	}
	return b.String()
}

// linkOf is the address of the n-th post.
func linkOf(n int) string { return fmt.Sprintf("https://news.example.cn/%d", n) }

func (w *world) post(text string, about bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.written++
	link := linkOf(w.written)
	w.items = append(w.items, fmt.Sprintf("<item><title>第 %d 帖</title><link>%s</link><guid>%s</guid><description>%s</description><pubDate>%s</pubDate></item>",
		w.written, link, link, html.EscapeString(text), time.Now().Format(time.RFC1123Z)))
	if about {
		w.posts = append(w.posts, link)
	}
}

// tap presses 签收 on some card, as the phone shows it at this moment, or asks for one
// from a list of many.
func (w *world) tap() {
	if time.Since(w.tapped) < tapEvery {
		return
	}
	w.tapped = time.Now()
	cards := w.cardsToTap("s:")
	if lists := w.cardsToTap("v:"); len(lists) > 0 && len(cards) < 3 {
		m := lists[w.r.IntN(len(lists))]
		row := m.Buttons[w.r.IntN(len(m.Buttons))]
		if _, err := w.bot.Tap(officer, m.ID, row[0].Data); err != nil {
			w.t.Error(err)
		}
		return
	}
	if len(cards) == 0 {
		return
	}
	m := cards[w.r.IntN(len(cards))]
	number := strings.TrimPrefix(m.Buttons[0][0].Data, "s:")
	if _, err := w.bot.Tap(officer, m.ID, "s:"+number); err == nil {
		w.taps[number] = true
	}
}

// reply answers some card that is signed and still owes an answer.
func (w *world) reply() {
	unsigned := w.cardsToTap("s:")
	cards := slices.DeleteFunc(w.cardsToTap("x:"), func(m botapi.Message) bool {
		return slices.ContainsFunc(unsigned, func(u botapi.Message) bool { return u.ID == m.ID })
	})
	if len(cards) == 0 || len(w.replies) == maxReplies {
		return
	}
	text := fmt.Sprintf("答复见 https://www.example.gov.cn/%d", len(w.replies))
	if _, err := w.bot.Reply(officer, cards[w.r.IntN(len(cards))].ID, text); err == nil {
		w.replies = append(w.replies, text)
	}
}

// start runs the program. What it says is kept for a test that fails.
func (w *world) start() {
	w.process = exec.Command(w.bin, "serve", "-c", w.cfg)
	log, err := os.OpenFile(filepath.Join(filepath.Dir(w.cfg), "log.txt"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		w.t.Fatal(err)
	}
	defer log.Close()
	w.process.Stdout, w.process.Stderr = log, log
	if err := w.process.Start(); err != nil {
		w.t.Fatal(err)
	}
	gone := make(chan struct{})
	w.gone = gone
	go func(p *exec.Cmd) {
		p.Wait()
		close(gone)
	}(w.process)
}

func (w *world) kill() {
	if w.process != nil {
		w.process.Process.Kill()
		<-w.gone
	}
}

// stop asks the program to end, as systemd does, and insists that it does.
func (w *world) stop() {
	w.process.Process.Signal(syscall.SIGTERM)
	select {
	case <-w.gone:
		if code := w.process.ProcessState.ExitCode(); code != 0 {
			w.t.Errorf("told to stop, the program ended with code %d\n%s", code, w.tail())
		}
	case <-time.After(30 * time.Second):
		w.t.Errorf("told to stop, the program still runs after 30 s\n%s", w.tail())
		w.kill()
	}
	w.process = nil
}

// killEngine kills the engine's process, if it runs.
func (w *world) killEngine() bool {
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", w.process.Process.Pid, w.process.Process.Pid))
	if err != nil {
		children = nil
	}
	for _, pid := range append(strings.Fields(string(children)), w.childrenByStat()...) {
		if n, err := strconv.Atoi(pid); err == nil && syscall.Kill(n, syscall.SIGKILL) == nil {
			return true
		}
	}
	return false
}

// childrenByStat finds the program's child processes, whichever of its threads
// started them.
func (w *world) childrenByStat() (pids []string) {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range stats {
		raw, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		after := strings.Fields(string(raw[strings.LastIndexByte(string(raw), ')')+1:]))
		if len(after) > 1 && after[1] == strconv.Itoa(w.process.Process.Pid) {
			pids = append(pids, filepath.Base(filepath.Dir(file)))
		}
	}
	return pids
}

// bind invites a person on the running program, and has the person use the code.
func (w *world) bind(person int64, name string) {
	cfg, err := config.Load(w.cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	var text string
	w.eventually("an invitation for "+name, func() bool {
		text, err = app.Ask(context.Background(), cfg, "invite", url.Values{"name": {name}})
		return err == nil
	})
	_, rest, _ := strings.Cut(text, "只能用一次）：")
	code, _, _ := strings.Cut(rest, "\n")
	if _, err := w.bot.Start(person, code); err != nil {
		w.t.Fatal(err)
	}
	w.eventually("a welcome to "+name, func() bool { return len(w.bot.Chat(person)) > 1 })
}

// settle waits until all that was written is read, told and shipped.
func (w *world) settle() {
	var s struct {
		Outbox  int `json:"outbox"`
		Ship    int `json:"ship_queue"`
		Sources []struct {
			LastOK time.Time `json:"last_ok"`
		} `json:"sources"`
	}
	now := time.Now()
	w.eventually("all read, told and shipped", func() bool {
		res, err := http.Get("http://" + w.ops + "/healthz")
		if err != nil {
			return false
		}
		defer res.Body.Close()
		return json.NewDecoder(res.Body).Decode(&s) == nil && len(s.Sources) == 1 && s.Sources[0].LastOK.After(now) &&
			s.Outbox == 0 && s.Ship == 0 && w.pending() == 0
	})
}

// pending is how many taps and messages the program has not confirmed.
func (w *world) pending() int {
	res, err := http.Get(w.api + "/getWebhookInfo")
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	var info struct {
		Result struct {
			Pending int `json:"pending_update_count"`
		} `json:"result"`
	}
	if err := json.NewDecoder(res.Body).Decode(&info); err != nil {
		w.t.Fatal(err)
	}
	return info.Result.Pending
}

// tapEvery keeps below what the program takes of one person in a minute.
const tapEvery = 2200 * time.Millisecond

// One phone takes one message a second: of more replies the answers would take too long.
const maxReplies = 60

// patience is when the test gives up.
const patience = 4 * time.Minute

func (w *world) eventually(what string, f func() bool) {
	w.t.Helper()
	for end := time.Now().Add(patience); !f(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatalf("never: %s\n%s", what, w.tail())
		}
	}
}

// tail is the end of what the program said.
func (w *world) tail() string {
	raw, _ := os.ReadFile(filepath.Join(filepath.Dir(w.cfg), "log.txt"))
	return string(raw[max(0, len(raw)-6000):])
}
