// Package chromium is what the tests of pages drive a browser with. No part of the program.
package chromium

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// patience is how long a page may take for one thing: far longer than it does.
const patience = time.Minute

// OtherName is a name that the browser takes for this machine's, and that is not local.
const OtherName = "board.oa.test"

// Tab is a Chromium with one tab, and what its console complained of.
type Tab struct {
	testing.TB
	Context context.Context

	mu         sync.Mutex
	complaints []string
}

// Open starts a Chromium whose window has that size, until the test ends.
func Open(t testing.TB, width, height int64) *Tab {
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
		chromedp.Flag("host-resolver-rules", "MAP "+OtherName+" 127.0.0.1"), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("hide-scrollbars", true))
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(cancel)
	b := &Tab{TB: t, Context: ctx}
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
	b.Do("open the window", chromedp.EmulateViewport(width, height))
	return b
}

// Do carries actions out, or fails the test.
func (b *Tab) Do(what string, actions ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.Fatalf("%s: %v", what, err)
	}
}

// Eval returns the value of a JavaScript expression, or what its promise brings.
func Eval[T any](b *Tab, what, expression string) T {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatalf("%s: %v", what, err)
	}
	return v
}

// JS runs a JavaScript expression for what it does.
func (b *Tab) JS(what, expression string) {
	b.Helper()
	b.Do(what, chromedp.Evaluate[chromedp.Void](expression))
}

// Until waits for a JavaScript expression to become true, also on the page that comes
// after this one.
func (b *Tab) Until(what, expression string) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context, patience)
	defer cancel()
	for {
		err := chromedp.Do(ctx, chromedp.Poll[chromedp.Void](expression, chromedp.WithPollingInterval(50*time.Millisecond), chromedp.WithPollingTimeout(patience)))
		if err == nil {
			return
		}
		left := strings.Contains(err.Error(), "navigated") || strings.Contains(err.Error(), "Cannot find context")
		if !left || ctx.Err() != nil {
			b.Fatalf("%s: %v", what, err)
		}
	}
}

// Shot keeps a picture of the window, or of the whole page, in the folder that go test
// -artifacts and -outputdir name.
func (b *Tab) Shot(name string, whole bool) []byte {
	b.Helper()
	action := chromedp.CaptureScreenshot()
	if whole {
		action = chromedp.FullScreenshot(100)
	}
	png, err := chromedp.Run(b.Context, action)
	if err != nil {
		b.Fatalf("take %s: %v", name, err)
	}
	if err := os.WriteFile(filepath.Join(b.ArtifactDir(), name), png, 0o644); err != nil {
		b.Fatal(err)
	}
	return png
}

// Silent fails the test when the console complained since it was last asked.
func (b *Tab) Silent(page string) {
	b.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.complaints {
		b.Errorf("%s: the browser's console: %s", page, c)
	}
	b.complaints = nil
}

// Axe checks the page with axe-core, where it was fetched for the tests.
func (b *Tab) Axe(page string) {
	b.Helper()
	b.JS("axe", axe(b))
	found := Eval[string](b, "check "+page, `(async () => { const r = await axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]});
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
func axe(b *Tab) string {
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
