package board

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"huiyin/internal/chromium"
)

// enter logs a leader in.
func enter(b *chromium.Tab, w *world) {
	b.Helper()
	b.Do("open the login", chromedp.Navigate(w.Link("刘建国")))
	b.Do("go in", chromedp.Click(chromedp.CSS("button.main")))
	b.Until("the first page", "document.querySelector('h1')?.innerText == '在办事项'")
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
	b := chromium.Open(t, 1280, 900)
	enter(b, w)
	all := pages(t)
	for _, s := range []screen{{"phone", 360, 740, false}, {"wall", 1920, 1080, false}, {"dark", 1280, 900, true}} {
		scheme := map[bool]string{true: "dark", false: "light"}[s.dark]
		b.Do("resize", chromedp.EmulateViewport(s.width, s.height))
		media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
		if _, err := chromedp.Call(b.Context, emulation.SetEmulatedMedia, media); err != nil {
			t.Fatal(err)
		}
		for _, page := range slices.Sorted(maps.Keys(all)) {
			if page == "none" { // the console notes that it is not there
				continue
			}
			b.Do("open "+page, chromedp.Navigate(w.URL+all[page]))
			if got := chromium.Eval[int64](b, "measure", "document.scrollingElement.scrollWidth"); got > s.width {
				t.Errorf("%s is %d px wide on a %s of %d", page, got, s.name, s.width)
			}
			for _, fault := range chromium.Eval[[]string](b, "look at "+page, faults) {
				t.Errorf("%s on a %s: %s", page, s.name, fault)
			}
			b.Shot(s.name+"-"+page+".png", s.name == "phone" && page != "big-case" && page != "story" && page != "report")
			if s.name != "wall" || page == "wall" {
				b.Axe(s.name + ", " + page)
			}
			b.Silent(s.name + ", " + page)
		}
	}
	b.Do("a wall", chromedp.EmulateViewport(1920, 1080), chromedp.Navigate(w.URL+"/?wall=1"))
	if got := chromium.Eval[int](b, "measure", "document.scrollingElement.scrollHeight"); got > 1080 {
		t.Errorf("the wall's page is %d px high on a screen of 1080", got)
	}
	if got := chromium.Eval[float64](b, "measure", "Math.min(...[...document.querySelectorAll('.list th, .list td')].map(e => parseFloat(getComputedStyle(e).fontSize)))"); got < 24 {
		t.Errorf("the wall's smallest type is %g px", got)
	}
}

// faults is JavaScript for what is wrong with how a page is laid out: texts that lie on one
// another, and tables that are wider than the window without a box of their own that scrolls,
// says so and can be reached by the keyboard.
const faults = `(() => {
	const found = [], lines = [];
	const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	for (let t; t = texts.nextNode();) {
		const e = t.parentElement;
		if (!t.data.trim() || !e.checkVisibility({visibilityProperty: true}) || e.closest(".hide, .skip, select, svg, .wall h1, .wall thead")) continue;
		const clip = e.closest(".scroll")?.getBoundingClientRect() ?? {left: 0, right: innerWidth, top: -1e9, bottom: 1e9};
		const range = document.createRange();
		range.selectNodeContents(t);
		for (const r of range.getClientRects()) {
			const l = {left: Math.max(r.left, clip.left), right: Math.min(r.right, clip.right), top: Math.max(r.top, clip.top), bottom: Math.min(r.bottom, clip.bottom), t};
			if (l.right - l.left > 1 && l.bottom - l.top > 1) lines.push(l);
		}
	}
	lines.sort((a, b) => a.top - b.top);
	for (let i = 0; i < lines.length; i++) {
		const a = lines[i];
		for (let k = i + 1; k < lines.length && lines[k].top < a.bottom - 8; k++) {
			const b = lines[k];
			if (a.t !== b.t && Math.min(a.right, b.right) - Math.max(a.left, b.left) > 2 && Math.min(a.bottom, b.bottom) - b.top > 8)
				found.push(a.t.data.trim().slice(0, 30) + " lies on " + b.t.data.trim().slice(0, 30));
		}
	}
	for (const table of document.querySelectorAll("table")) {
		const box = table.closest(".scroll"), sticks = table.getBoundingClientRect().width > document.querySelector("main").clientWidth;
		if (sticks && !(box?.tabIndex === 0 && box.ariaLabel + box.getAttribute("aria-labelledby") && getComputedStyle(box, "::before").content.includes("左右移动")))
			found.push("a table sticks out of its box: " + table.innerText.slice(0, 60));
	}
	return found.slice(0, 5);
})()`

// TestKeyboard goes through the first pages without a mouse.
func TestKeyboard(t *testing.T) {
	w := newWorld(t, data(t), nil)
	b := chromium.Open(t, 1280, 900)
	b.Do("open the login", chromedp.Navigate(w.Link("刘建国")))
	b.Do("press the button", chromedp.SendKeys(chromedp.CSS("button.main"), kb.Enter))
	b.Until("the first page", "document.querySelector('h1')?.innerText == '在办事项'")
	var order []string
	for range 24 {
		b.Do("tab", chromedp.KeyEvent(kb.Tab))
		order = append(order, chromium.Eval[string](b, "focus", "document.activeElement.name || document.activeElement.innerText?.trim().split('\\n')[0] || document.activeElement.tagName"))
		if len(order) == 1 {
			if got := chromium.Eval[int](b, "the skip link", "document.activeElement.getBoundingClientRect().left"); got < 0 {
				t.Error("the skip link cannot be seen")
			}
		}
		if outline := chromium.Eval[string](b, "outline", "getComputedStyle(document.activeElement).outlineStyle"); outline == "none" {
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
	b.JS("leave the link", "document.activeElement.blur()")
	b.Do("press /", chromedp.KeyEvent("/"))
	b.Until("the search", "document.activeElement.id == 'q'")
	b.Do("type", chromedp.KeyEvent("停水 / 小区"+kb.Enter)) // a / in the box is a /
	b.Until("what was found", "document.querySelector('.chosen')?.innerText.includes('说到“停水 / 小区”')")
	b.Do("open a report", chromedp.Navigate(w.URL+"/report/2026Q3"))
	b.JS("be on its contents", "document.querySelector('.parts summary').focus()")
	b.Do("open the contents, take the second", chromedp.KeyEvent(kb.Enter+kb.Tab+kb.Tab+kb.Enter))
	b.Until("the second part", "location.hash == '#part-2' && Math.abs(document.querySelector('#part-2').getBoundingClientRect().top) < 100")
	b.Silent("keyboard")
}

// TestRenewal: what changes is swapped, where somebody is stays; an end of the session is
// told, and the page stays.
func TestRenewal(t *testing.T) {
	w := newWorld(t, data(t), nil)
	b := chromium.Open(t, 1280, 900)
	enter(b, w)
	before := chromium.Eval[string](b, "time left", "document.querySelector('#later [data-due], .later [data-due]').innerText")
	b.JS("be on a link", "window.kept = document.querySelector('h1'), document.querySelectorAll('#groups a.title')[3].focus()")
	href := chromium.Eval[string](b, "where", "document.activeElement.getAttribute('href')")
	w.advance(time.Hour)
	b.JS("a minute goes by", "window.dispatchEvent(new Event('online'))")
	b.Until("new figures", fmt.Sprintf("document.querySelector('#asof').innerText.includes('10:40') && document.querySelector('.later [data-due]').innerText != %q", before))
	if got := chromium.Eval[string](b, "where", "document.activeElement.getAttribute('href')"); got != href {
		t.Errorf("the focus went from %s to %s", href, got)
	}
	if !chromium.Eval[bool](b, "the page", "window.kept === document.querySelector('h1')") {
		t.Error("the page was loaded anew")
	}
	w.office.change(func() { w.office.gone["刘建国"] = true })
	b.JS("a minute goes by", "window.dispatchEvent(new Event('online'))")
	b.Until("what happened", "document.querySelector('#stale').innerText.includes('登录已到期')")
}

// TestPlainHTTP logs in over http by a name that is not this machine's, as in an office's
// own network: browsers tell less of where a form comes from there.
func TestPlainHTTP(t *testing.T) {
	w := newWorld(t, data(t), nil)
	w.Board.URL = strings.Replace(w.URL, "127.0.0.1", chromium.OtherName, 1)
	w.Board.host = chromium.OtherName
	b := chromium.Open(t, 1280, 900)
	enter(b, w)
	b.Do("leave", chromedp.Click(chromedp.CSS("header button")))
	b.Until("the end", "document.querySelector('h1')?.innerText == '已退出看板'")
	b.Silent("plain http")
}
