package sites

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"huiyin/internal/app"
	"huiyin/internal/botapi"
	"huiyin/internal/config"
)

// The people of the office, by their Telegram numbers.
const (
	wang = 101 // water works
	zhao = 104 // housing bureau
	he   = 106 // city management
)

var names = map[int64]string{wang: "王敏", zhao: "赵倩", he: "何军"}

// office is a whole Huiyin and the phones of its people.
type office struct {
	t   *testing.T
	app *app.App
	bot *botapi.Server
}

// openOffice runs a Huiyin that reads these sources, given as YAML.
func openOffice(t *testing.T, sources string, sites ...string) *office {
	t.Helper()
	o := &office{t: t, bot: must(botapi.New(botapi.Options{}))}
	telegram := httptest.NewServer(o.bot)
	t.Cleanup(func() {
		telegram.CloseClientConnections()
		telegram.Close()
		o.check(o.bot.Close())
	})
	for id, name := range names {
		o.check(o.bot.AddPerson(botapi.Person{ID: id, FirstName: name}))
	}
	var hosts []string
	for _, site := range sites {
		hosts = append(hosts, must(url.Parse(site)).Host)
	}
	dir := must(os.MkdirTemp("", "h")) // a short path: a socket stands in it
	t.Cleanup(func() { os.RemoveAll(dir) })
	for file, text := range map[string]string{
		"token":               o.bot.Token(),
		"topics/water.yaml":   "name: 供水\nunit: 供水集团\nany: [停水, 水压]\n",
		"topics/housing.yaml": "name: 物业\nunit: 住建局\nany: [电梯]\n",
		"topics/city.yaml":    "name: 市容\nunit: 城管局\nany: [公厕]\n",
		"huiyin.yaml": fmt.Sprintf(`agency: 清河市人民政府
data_dir: data
alerts: topics
telegram: {token_file: token, base_url: %q}
clickhouse: {url: embedded, keep_free: 1MiB}
ops: {listen: ""}
fetch: {host_gap: 20ms, allow_hosts: [%s]}
units: [{name: 供水集团, a: 王敏}, {name: 住建局, a: 赵倩}, {name: 城管局, a: 何军}]
leaders: [王敏]
topics: {"*": 供水集团}
severity: {larger: {mentions: 100, sources: 100, hourly: 100}, major: {mentions: 200, sources: 200, hourly: 200}} # all sources show the same
sources:
%s`, telegram.URL, `"`+strings.Join(hosts, `", "`)+`"`, sources),
	} {
		path := filepath.Join(dir, file)
		o.check(os.MkdirAll(filepath.Dir(path), 0o700))
		o.check(os.WriteFile(path, []byte(text), 0o600))
	}
	cfg, err := config.Load(filepath.Join(dir, "huiyin.yaml"), config.NeedSecrets)
	o.check(err)
	o.app, err = app.Open(cfg, app.Options{
		Log:       slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
		ChildArgv: []string{must(os.Executable()), "engine-child"},
	})
	o.check(err)
	o.run()
	return o
}

// run runs Huiyin until the test ends.
func (o *office) run() {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- o.app.Run(ctx) }()
	o.t.Cleanup(func() {
		cancel()
		select {
		case err := <-ended:
			o.check(err)
		case <-time.After(patience):
			o.t.Error("Huiyin does not stop")
		}
	})
	for id, name := range names {
		code, err := o.app.Invite(name)
		o.check(err)
		_, err = o.bot.Start(id, code)
		o.check(err)
		o.phones("a welcome to "+name, func() bool { return len(o.bot.Chat(id)) > 1 })
	}
}

func (o *office) check(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// phones waits for what phones show.
func (o *office) phones(what string, ok func() bool) {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if o.bot.Wait(ctx, ok) == nil {
		return
	}
	for id, name := range names {
		for _, m := range o.bot.Chat(id) {
			o.t.Logf("%s reads: %s", name, m.Text)
		}
	}
	o.t.Fatalf("waited in vain for %s; phones rang %v times", what, o.rings())
}

// rings is how often phones rang.
func (o *office) rings() map[int64]int {
	rings := map[int64]int{}
	for id := range names {
		rings[id], _ = o.bot.Rings(id)
	}
	return rings
}

// row is a post in ClickHouse: of all that were read, or of the mentions.
type row struct {
	Source    string     `ch:"source"`
	Title     string     `ch:"title"`
	Text      string     `ch:"text"`
	URL       string     `ch:"url"`
	Published *time.Time `ch:"published"`
}

// rows are the rows of a table in which a word is.
func (o *office) rows(table, word string) (rows []row, err error) {
	err = o.app.Query(context.Background(), &rows,
		"SELECT source, title, text, url, published FROM "+table+" WHERE position(concat(title, text), ?) > 0 ORDER BY source", word)
	return rows, err
}

// recorded waits for that many rows with a word.
func (o *office) recorded(table, word string, want int) (rows []row) {
	o.t.Helper()
	var err error // the engine may still be starting
	late := eventually(fmt.Sprintf("%d rows of %s with %q", want, table, word), func() bool {
		rows, err = o.rows(table, word)
		return err == nil && len(rows) >= want
	})
	if late != nil {
		o.t.Fatalf("%v; there are %+v, %v", late, rows, err)
	}
	return rows
}
