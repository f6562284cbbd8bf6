package board

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// browser is a Chromium with one tab, and what its console complained of.
type browser struct {
	*testing.T
	ctx context.Context

	mu         sync.Mutex
	complaints []string
}

// A page takes far less than this.
const browserPatience = time.Minute

// browse starts a Chromium that finds board.oa.test on this machine.
func browse(t *testing.T) *browser {
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
	alloc, stop := chromedp.NewExecAllocator(context.Background(), chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox,
		chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("host-resolver-rules", "MAP board.oa.test 127.0.0.1"), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("hide-scrollbars", true))
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(cancel)
	b := &browser{T: t, ctx: ctx}
	if err := chromedp.Do(ctx); err != nil { // the browser lives as long as the context of its first call
		t.Fatal("start Chromium:", err)
	}
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
	return b
}

func (b *browser) do(what string, actions ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, browserPatience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.Fatalf("%s: %v", what, err)
	}
}

// eval returns the value of a JavaScript expression.
func eval[T any](b *browser, what, expression string) T {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, browserPatience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatalf("%s: %v", what, err)
	}
	return v
}

// until waits for a JavaScript expression to become true, also on the page that comes
// after this one.
func (b *browser) until(what, expression string) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, browserPatience)
	defer cancel()
	for {
		err := chromedp.Do(ctx, chromedp.Poll[chromedp.Void](expression, chromedp.WithPollingInterval(50*time.Millisecond), chromedp.WithPollingTimeout(browserPatience)))
		if err == nil {
			return
		}
		left := strings.Contains(err.Error(), "navigated") || strings.Contains(err.Error(), "Cannot find context")
		if !left || ctx.Err() != nil {
			b.Fatalf("%s: %v", what, err)
		}
	}
}

// shot keeps a picture of the page in the folder that go test -artifacts and
// -outputdir name.
func (b *browser) shot(name string, whole bool) {
	b.Helper()
	action := chromedp.CaptureScreenshot()
	if whole {
		action = chromedp.FullScreenshot(100)
	}
	png, err := chromedp.Run(b.ctx, action)
	if err != nil {
		b.Fatalf("take %s: %v", name, err)
	}
	if err := os.WriteFile(filepath.Join(b.ArtifactDir(), name), png, 0o644); err != nil {
		b.Fatal(err)
	}
}

func (b *browser) silent(page string) {
	b.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.complaints {
		b.Errorf("%s: the browser's console: %s", page, c)
	}
	b.complaints = nil
}

// A screen that pages are looked at on.
type screen struct {
	name          string
	width, height int64
	dark          bool
}

// TestBrowser looks at each page in Chromium, on a phone and on a wall: nothing sticks
// out, the console is silent, the keyboard reaches what matters, and axe finds nothing.
func TestBrowser(t *testing.T) {
	w := newWorld(t, data(t), nil)
	b := browse(t)
	b.do("open the login", chromedp.Navigate(w.Link("刘建国")))
	b.do("go in", chromedp.Click(chromedp.CSS("button.main")))
	b.until("the first page", "document.querySelector('h1')?.innerText == '在办事项'")
	all := pages(t)
	for _, s := range []screen{{"phone", 360, 740, false}, {"wall", 1920, 1080, false}, {"dark", 1280, 900, true}} {
		scheme := map[bool]string{true: "dark", false: "light"}[s.dark]
		b.do("resize", chromedp.EmulateViewport(s.width, s.height))
		media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
		if _, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, media); err != nil {
			t.Fatal(err)
		}
		for _, page := range slices.Sorted(maps.Keys(all)) {
			if page == "none" { // the console notes that it is not there
				continue
			}
			b.do("open "+page, chromedp.Navigate(w.URL+all[page]))
			if got := eval[int64](b, "measure", "document.scrollingElement.scrollWidth"); got > s.width {
				t.Errorf("%s is %d px wide on a %s of %d", page, got, s.name, s.width)
			}
			b.shot(s.name+"-"+page+".png", s.name == "phone" && page != "big-case" && page != "story")
			if s.name != "wall" || page == "wall" {
				b.axe(s.name + ", " + page)
			}
			b.silent(s.name + ", " + page)
		}
	}
	b.do("a wall", chromedp.EmulateViewport(1920, 1080), chromedp.Navigate(w.URL+"/?wall=1"))
	if got := eval[int](b, "measure", "document.scrollingElement.scrollHeight"); got > 1080 {
		t.Errorf("the wall's page is %d px high on a screen of 1080", got)
	}
	if got := eval[float64](b, "measure", "Math.min(...[...document.querySelectorAll('.list th, .list td')].map(e => parseFloat(getComputedStyle(e).fontSize)))"); got < 24 {
		t.Errorf("the wall's smallest type is %g px", got)
	}
}

// axe checks the page with axe-core, where it was fetched for the tests.
func (b *browser) axe(page string) {
	b.Helper()
	b.do("axe", chromedp.Evaluate[chromedp.Void](axe(b)))
	found := eval[string](b, "check "+page, `(async () => { const r = await axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]});
		return JSON.stringify(r.violations.map(v => ({id: v.id, help: v.help, nodes: v.nodes.slice(0, 4).map(n => n.html.slice(0, 160) + " " + n.any.map(a => a.message).join("; ").slice(0,200))}))); })()`)
	var violations []struct {
		ID, Help string
		Nodes    []string
	}
	if err := json.Unmarshal([]byte(found), &violations); err != nil {
		b.Fatal(err)
	}
	for _, v := range violations {
		b.Errorf("%s: %s: %s\n\t%s", page, v.ID, v.Help, strings.Join(v.Nodes, "\n\t"))
	}
}

// axe is the text of axe-core.
func axe(b *browser) string {
	b.Helper()
	dir := os.Getenv("HUIYIN_CACHE")
	if dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			b.Fatal(err)
		}
		dir = filepath.Join(cache, "huiyin")
	}
	text, err := os.ReadFile(filepath.Join(dir, "axe-4.14.1", "package", "axe.min.js"))
	if err != nil {
		b.Fatal("axe-core is missing, make browser fetches it: ", err)
	}
	return string(text)
}

// TestKeyboard goes through the first pages without a mouse.
func TestKeyboard(t *testing.T) {
	w := newWorld(t, data(t), nil)
	b := browse(t)
	b.do("open the login", chromedp.EmulateViewport(1280, 900), chromedp.Navigate(w.Link("刘建国")))
	b.do("press the button", chromedp.SendKeys(chromedp.CSS("button.main"), kb.Enter))
	b.until("the first page", "document.querySelector('h1')?.innerText == '在办事项'")
	var order []string
	for range 22 {
		b.do("tab", chromedp.KeyEvent(kb.Tab))
		order = append(order, eval[string](b, "focus", "document.activeElement.name || document.activeElement.innerText?.trim().split('\\n')[0] || document.activeElement.tagName"))
		if len(order) == 1 {
			if got := eval[int](b, "the skip link", "document.activeElement.getBoundingClientRect().left"); got < 0 {
				t.Error("the skip link cannot be seen")
			}
		}
		if outline := eval[string](b, "outline", "getComputedStyle(document.activeElement).outlineStyle"); outline == "none" {
			t.Errorf("the focus cannot be seen on %s", order[len(order)-1])
		}
	}
	at := -1
	for _, want := range []string{"跳到正文", "在办", "趋势", "找帖文", "退出", "超时未回应", "unit", "只看这些", "台风过后"} {
		i := slices.IndexFunc(order, func(s string) bool { return strings.Contains(s, want) || s == want })
		if want == "超时未回应" {
			i = slices.IndexFunc(order, func(s string) bool { return strings.HasPrefix(s, "⚠") })
		}
		if i <= at {
			t.Errorf("%s comes at %d, after %d: %q", want, i, at, order)
		}
		at = i
	}
	b.do("press /", chromedp.Evaluate[chromedp.Void]("document.activeElement.blur()"), chromedp.KeyEvent("/"))
	b.until("the search", "document.activeElement.id == 'q'")
	b.do("type", chromedp.KeyEvent("停水 / 小区"+kb.Enter)) // a / in the box is a /
	b.until("what was found", "document.querySelector('.chosen')?.innerText.includes('说到“停水 / 小区”')")
	b.silent("keyboard")
}

// TestRenewal: what changes is swapped, where somebody is stays; an end of the session is
// told, and the page stays.
func TestRenewal(t *testing.T) {
	w := newWorld(t, data(t), nil)
	b := browse(t)
	b.do("open the login", chromedp.EmulateViewport(1280, 900), chromedp.Navigate(w.Link("刘建国")))
	b.do("go in", chromedp.Click(chromedp.CSS("button.main")))
	b.until("the first page", "document.querySelector('h1')?.innerText == '在办事项'")
	before := eval[string](b, "time left", "document.querySelector('#later [data-due], .later [data-due]').innerText")
	b.do("be on a link", chromedp.Evaluate[chromedp.Void]("window.kept = document.querySelector('h1'), document.querySelectorAll('#groups a.title')[3].focus()"))
	href := eval[string](b, "where", "document.activeElement.getAttribute('href')")
	w.advance(time.Hour)
	b.do("a minute goes by", chromedp.Evaluate[chromedp.Void]("window.dispatchEvent(new Event('online'))"))
	b.until("new figures", fmt.Sprintf("document.querySelector('#asof').innerText.includes('10:40') && document.querySelector('.later [data-due]').innerText != %q", before))
	if got := eval[string](b, "where", "document.activeElement.getAttribute('href')"); got != href {
		t.Errorf("the focus went from %s to %s", href, got)
	}
	if !eval[bool](b, "the page", "window.kept === document.querySelector('h1')") {
		t.Error("the page was loaded anew")
	}
	w.office.change(func() { w.office.gone["刘建国"] = true })
	b.do("a minute goes by", chromedp.Evaluate[chromedp.Void]("window.dispatchEvent(new Event('online'))"))
	b.until("what happened", "document.querySelector('#stale').innerText.includes('登录已到期')")
}

// TestPlainHTTP logs in over http by a name that is not this machine's, as in an office's
// own network: browsers tell less of where a form comes from there.
func TestPlainHTTP(t *testing.T) {
	w := newWorld(t, data(t), nil)
	w.Board.URL = strings.Replace(w.URL, "127.0.0.1", "board.oa.test", 1)
	w.Board.host = "board.oa.test"
	b := browse(t)
	b.do("open the login", chromedp.Navigate(w.Link("刘建国")))
	b.do("go in", chromedp.Click(chromedp.CSS("button.main")))
	b.until("the first page", "document.querySelector('h1')?.innerText == '在办事项'")
	b.do("leave", chromedp.Click(chromedp.CSS("header button")))
	b.until("the end", "document.querySelector('h1')?.innerText == '已退出看板'")
	b.silent("plain http")
}
