package playground

import (
	"context"
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

var update = flag.Bool("update", false, "write docs/playground.png anew")

// patience is how long the page may take for one thing: far longer than it does.
const patience = time.Minute

// browser is a Chromium with one tab, and what its console complained of.
type browser struct {
	*testing.T
	ctx context.Context

	mu         sync.Mutex
	complaints []string
}

// browse starts a Chromium with a window of that size.
func browse(t *testing.T, width, height int) *browser {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Fatal("Chromium is missing: install the packages chromium and fonts-noto-cjk")
	}
	if fonts, err := exec.Command("fc-list", ":lang=zh-cn").Output(); err == nil && len(fonts) == 0 {
		t.Fatal("a Chinese font is missing: install the packages chromium and fonts-noto-cjk")
	}
	alloc, stop := chromedp.NewExecAllocator(context.Background(), chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox,
		chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.UserDataDir(t.TempDir()),
		chromedp.WindowSize(width, height), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("hide-scrollbars", true))
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(cancel)
	b := &browser{T: t, ctx: ctx}
	b.do("start Chromium")
	messages := chromedp.Console(ctx)
	go func() {
		for m, err := range messages {
			if err == nil && m.Type != "log" && m.Type != "info" && m.Type != "debug" {
				b.mu.Lock()
				b.complaints = append(b.complaints, fmt.Sprintf("%s: %s (%s)", m.Type, m.Text, m.URL))
				b.mu.Unlock()
			}
		}
	}()
	b.do("open the tab", chromedp.EmulateViewport(int64(width), int64(height)))
	return b
}

// do carries actions out, or fails the test.
func (b *browser) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if len(actions) == 0 {
		ctx = b.ctx // the browser lives as long as the context of its first call
	}
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.Fatalf("%s: %v", what, err)
	}
}

// eval returns the value of a JavaScript expression.
func eval[T any](b *browser, what, expression string) T {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.Fatalf("%s: %v", what, err)
	}
	return v
}

// js runs a JavaScript expression for what it does.
func (b *browser) js(what, expression string) {
	b.Helper()
	b.do(what, chromedp.Evaluate[chromedp.Void](expression))
}

// until waits for a JavaScript expression to become true.
func (b *browser) until(what, expression string) {
	b.Helper()
	b.do(what, chromedp.Poll[chromedp.Void](expression, chromedp.WithPollingMutation(), chromedp.WithPollingTimeout(patience)))
}

// text is the text of the first element that the selector finds.
func (b *browser) text(sel string) string {
	b.Helper()
	return eval[string](b, "read "+sel, fmt.Sprintf("document.querySelector(%q)?.innerText ?? ''", sel))
}

// click clicks what the JavaScript expression gives, with the mouse, at where it is.
func (b *browser) click(what, expression string) {
	b.Helper()
	b.until(what, "("+expression+") != null")
	b.js(what, "document.querySelectorAll('#target').forEach(e => e.removeAttribute('id')), ("+expression+").id = 'target'")
	b.do(what, chromedp.Click(chromedp.CSS("#target")))
}

// shot takes a picture of the window into the test's output folder.
func (b *browser) shot(name string) []byte {
	b.Helper()
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.Fatalf("take %s: %v", name, err)
	}
	if err := os.WriteFile(filepath.Join(b.ArtifactDir(), name), png, 0o644); err != nil {
		b.Fatal(err)
	}
	return png
}

// silent fails the test when the console complained.
func (b *browser) silent() {
	b.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.complaints {
		b.Errorf("the browser's console: %s", c)
	}
}

// card is a JavaScript expression for the newest message with a text on a phone.
func card(name, text string) string {
	return fmt.Sprintf("[...document.querySelectorAll('#phone-%d .msg.bot')].filter(m => m.innerText.includes(%q)).at(-1)", idOf(name), text)
}

// key is a JavaScript expression for a button below such a message.
func key(name, text, label string) string {
	return fmt.Sprintf("[...(%s?.querySelectorAll('button') ?? [])].find(b => b.innerText.includes(%q))", card(name, text), label)
}

// TestPage visits the demo as a person does: posts, sees the phone ring, taps, replies,
// reads the digest.
func TestPage(t *testing.T) {
	p := running(t)
	b := browse(t, 1280, 800)
	b.do("open the page", chromedp.Navigate(p.URL()))
	for _, name := range people {
		b.until(name+"'s chat", card(name, "您好")+" != null")
	}
	b.until("the town's posts", "document.querySelectorAll('#recent li').length > 3")

	// ① A citizen posts.
	b.click("a sample", "[...document.querySelectorAll('.sample')].find(s => s.innerText == '停水')")
	b.do("publish", chromedp.Click(chromedp.CSS("#post .main")))
	b.until("the link to the post", "document.querySelector('#posted a') != null")
	b.until("the post in the list", fmt.Sprintf("document.querySelector('#recent').innerText.includes(%q)", water))

	// ② 王敏's phone rings.
	pane := fmt.Sprintf("#phone-%d", idOf("王敏"))
	b.until("the card", card("王敏", water)+" != null")
	b.until("the phone to ring", fmt.Sprintf("document.querySelector('%s').classList.contains('ringing')", pane))
	b.until("the announcement", "document.querySelector('#say').innerText.includes('王敏的手机响了')")
	if got := b.text(pane + " header .badge"); got != "1" {
		t.Errorf("the badge shows %q, want 1", got)
	}
	b.shot("ringing.png")

	// ③ She signs, and replies with a link.
	b.click("签收", key("王敏", water, "签收"))
	b.until("签收 on the card", card("王敏", "已签收")+" != null && "+key("王敏", water, "签收")+" == null")
	b.until("the toast", fmt.Sprintf("document.querySelector('%s .toast').innerText.includes('已签收')", pane))
	b.until("the phone to be calm", fmt.Sprintf("!document.querySelector('%s').classList.contains('unread')", pane))
	b.click("↩ 回复", key("王敏", water, "回复"))
	b.until("what is replied to", fmt.Sprintf("document.querySelector('%s .answering').innerText.includes('供水')", pane))
	b.do("fill the link in", chromedp.Click(chromedp.CSS(pane+" .link")))
	b.do("send", chromedp.Click(chromedp.CSS(pane+" .send")))
	b.until("the reply on the card", card("王敏", "已回应")+" != null && "+card("王敏", "已回应")+".innerText.includes('/town/answer')")
	b.until("the confirmation", card("王敏", "已记录对")+" != null")

	// The leader reads the digest, by the button and by writing.
	b.click("看简报", key("刘建国", "您好", "看简报"))
	b.until("the digest", card("刘建国", "每日简报")+" != null")
	leader := fmt.Sprintf("#phone-%d", idOf("刘建国"))
	b.do("write 简报", chromedp.Focus(chromedp.CSS(leader+" textarea")), chromedp.SendKeys(chromedp.CSS(leader+" textarea"), "简报"+kb.Enter))
	b.until("both digests", fmt.Sprintf("[...document.querySelectorAll('%s .msg.bot')].filter(m => m.innerText.includes('（此刻）')).length == 2", leader))

	b.until("the picture", fmt.Sprintf("[...document.querySelectorAll('%s img.photo')].some(i => i.complete && i.naturalWidth == 1080)", leader))
	b.shot("digest.png")

	b.until("the record", "document.querySelector('#counts').innerText.includes('提及')")
	// Another matter rings while nobody looks: this is the picture.
	b.click("another sample", "[...document.querySelectorAll('.sample')].find(s => s.innerText == '深夜噪音')")
	b.do("publish", chromedp.Click(chromedp.CSS("#post .main")))
	b.until("李强's phone to ring", fmt.Sprintf("document.querySelector('#phone-%d').classList.contains('ringing')", idOf("李强")))
	b.until("the toast to go", "document.querySelectorAll('.toast:not([hidden])').length == 0")
	b.js("look at the top", "document.activeElement.blur(), window.scrollTo(0, 0)")
	png := b.shot("playground.png")
	if *update {
		docs := filepath.Join("..", "..", "docs")
		if err := os.MkdirAll(docs, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(docs, "playground.png"), png, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b.js("look at the record", "document.querySelector('#record').scrollIntoView()")
	b.until("the rows", fmt.Sprintf("document.querySelector('#lastIn').innerText.includes(%q)", water))
	b.shot("record.png")
	b.silent()
}

// TestPageNarrow visits with a phone's window: one pane at a time, nothing sticks out.
func TestPageNarrow(t *testing.T) {
	p := running(t)
	b := browse(t, 390, 844)
	b.do("open the page", chromedp.Navigate(p.URL()))
	b.until("a chat", card("王敏", "您好")+" != null")
	if width := eval[int](b, "measure", "document.documentElement.scrollWidth"); width > 390 {
		t.Errorf("the page is %d px wide in a window of 390", width)
	}
	b.shot("narrow-top.png")
	b.do("choose 孙丽", chromedp.Click(chromedp.CSS(fmt.Sprintf(".chip[data-person='%d']", idOf("孙丽")))))
	shown := eval[[]string](b, "see who is shown", "[...document.querySelectorAll('.phone')].filter(p => p.offsetParent).map(p => p.dataset.name)")
	if len(shown) != 1 || shown[0] != "孙丽" {
		t.Errorf("the panes %q are shown, want 孙丽's only", shown)
	}
	b.shot("narrow.png")
	b.do("open the forum", chromedp.Navigate(p.URL()+"/town/forum"))
	b.shot("forum.png")
	b.silent()
}

// TestHostilePost: what citizens write stays text everywhere.
func TestHostilePost(t *testing.T) {
	p := running(t)
	const title = `<img src=x onerror=alert(1)>停水了 & "引号" '单引号'`
	const text = "</div><script>alert(2)</script><a href='javascript:alert(3)'>点我</a>\n自来水停了 {{.}} &lt;b&gt;"
	status, at := postForm(t, p, url.Values{"title": {title}, "text": {text}})
	if status != 303 {
		t.Fatalf("the forum answered %d", status)
	}
	b := browse(t, 1280, 800)
	b.do("open the post", chromedp.Navigate(p.URL()+at))
	if got := b.text("h1"); got != title {
		t.Errorf("the title reads %q", got)
	}
	if got := b.text(".body"); got != text {
		t.Errorf("the text reads %q", got)
	}
	b.do("open the page", chromedp.Navigate(p.URL()))
	b.until("the card", card("王敏", "停水了 &")+" != null")
	b.until("the post in the list", "document.querySelector('#recent').innerText.includes('onerror')")
	if bad := eval[int](b, "look for what ran", "document.querySelectorAll('main img, main script, a[href^=javascript]').length"); bad > 0 {
		t.Errorf("%d elements came out of a post", bad)
	}
	if got := b.text(fmt.Sprintf("#phone-%d", idOf("王敏"))); !strings.Contains(got, "<img src=x onerror=alert(1)>停水了") {
		t.Errorf("the card does not show the markup as text:\n%s", got)
	}
	b.silent()
}
