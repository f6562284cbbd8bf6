package playground

import (
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"huiyin/internal/chromium"
)

var update = flag.Bool("update", false, "write docs/playground.png anew")

// tab is the browser that visits the playground.
type tab struct{ *chromium.Tab }

// text is the text of the first element that the selector finds.
func (b tab) text(sel string) string {
	b.Helper()
	return chromium.Eval[string](b.Tab, "read "+sel, fmt.Sprintf("document.querySelector(%q)?.innerText ?? ''", sel))
}

// click clicks what the JavaScript expression gives, with the mouse, at where it is.
func (b tab) click(what, expression string) {
	b.Helper()
	b.Until(what, "("+expression+") != null")
	b.JS(what, "document.querySelectorAll('#target').forEach(e => e.removeAttribute('id')), ("+expression+").id = 'target'")
	b.Do(what, chromedp.Click(chromedp.CSS("#target")))
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
	b := tab{chromium.Open(t, 1280, 800)}
	b.Do("open the page", chromedp.Navigate(p.URL()))
	for _, name := range people {
		b.Until(name+"'s chat", card(name, "您好")+" != null")
	}
	b.Until("the town's posts", "document.querySelectorAll('#recent li').length > 3")

	// ① A citizen posts.
	b.click("a sample", "[...document.querySelectorAll('.sample')].find(s => s.innerText == '停水')")
	b.Do("publish", chromedp.Click(chromedp.CSS("#post .main")))
	b.Until("the link to the post", "document.querySelector('#posted a') != null")
	b.Until("the post in the list", fmt.Sprintf("document.querySelector('#recent').innerText.includes(%q)", water))

	// ② 王敏's phone rings.
	pane := fmt.Sprintf("#phone-%d", idOf("王敏"))
	b.Until("the card", card("王敏", water)+" != null")
	b.Until("the phone to ring", fmt.Sprintf("document.querySelector('%s').classList.contains('ringing')", pane))
	b.Until("the announcement", "document.querySelector('#say').innerText.includes('王敏的手机响了')")
	if got := b.text(pane + " header .badge"); got != "1" {
		t.Errorf("the badge shows %q, want 1", got)
	}
	b.Shot("ringing.png", false)

	// ③ She signs, and replies with a link.
	b.click("签收", key("王敏", water, "签收"))
	b.Until("签收 on the card", card("王敏", "已签收")+" != null && "+key("王敏", water, "签收")+" == null")
	b.Until("the toast", fmt.Sprintf("document.querySelector('%s .toast').innerText.includes('已签收')", pane))
	b.Until("the phone to be calm", fmt.Sprintf("!document.querySelector('%s').classList.contains('unread')", pane))
	b.click("↩ 回复", key("王敏", water, "回复"))
	b.Until("what is replied to", fmt.Sprintf("document.querySelector('%s .answering').innerText.includes('供水')", pane))
	b.Do("fill the link in", chromedp.Click(chromedp.CSS(pane+" .link")))
	b.Do("send", chromedp.Click(chromedp.CSS(pane+" .send")))
	b.Until("the reply on the card", card("王敏", "已回应")+" != null && "+card("王敏", "已回应")+".innerText.includes('/town/answer')")
	b.Until("the confirmation", card("王敏", "已记录对")+" != null")

	// The leader reads the digest, by the button and by writing.
	b.click("看简报", key("刘建国", "您好", "看简报"))
	b.Until("the digest", card("刘建国", "每日简报")+" != null")
	leader := fmt.Sprintf("#phone-%d", idOf("刘建国"))
	b.Do("write 简报", chromedp.Focus(chromedp.CSS(leader+" textarea")), chromedp.SendKeys(chromedp.CSS(leader+" textarea"), "简报"+kb.Enter))
	b.Until("both digests", fmt.Sprintf("[...document.querySelectorAll('%s .msg.bot')].filter(m => m.innerText.includes('（此刻）')).length == 2", leader))

	b.Until("the picture", fmt.Sprintf("[...document.querySelectorAll('%s img.photo')].some(i => i.complete && i.naturalWidth == 1080)", leader))
	b.Shot("digest.png", false)

	b.Until("the record", "document.querySelector('#counts').innerText.includes('提及')")
	// Another matter rings while nobody looks: this is the picture.
	b.click("another sample", "[...document.querySelectorAll('.sample')].find(s => s.innerText == '深夜噪音')")
	b.Do("publish", chromedp.Click(chromedp.CSS("#post .main")))
	b.Until("李强's phone to ring", fmt.Sprintf("document.querySelector('#phone-%d').classList.contains('ringing')", idOf("李强")))
	b.Until("the toast to go", "document.querySelectorAll('.toast:not([hidden])').length == 0")
	b.JS("look at the top", "document.activeElement.blur(), window.scrollTo(0, 0)")
	png := b.Shot("playground.png", false)
	if *update {
		docs := filepath.Join("..", "..", "docs")
		if err := os.MkdirAll(docs, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(docs, "playground.png"), png, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b.JS("look at the record", "document.querySelector('#record').scrollIntoView()")
	b.Until("the rows", fmt.Sprintf("document.querySelector('#lastIn').innerText.includes(%q)", water))
	b.Shot("record.png", false)
	b.Silent("the playground")
}

// TestPageNarrow visits with a phone's window: one pane at a time, nothing sticks out.
func TestPageNarrow(t *testing.T) {
	p := running(t)
	b := tab{chromium.Open(t, 390, 844)}
	b.Do("open the page", chromedp.Navigate(p.URL()))
	b.Until("a chat", card("王敏", "您好")+" != null")
	if width := chromium.Eval[int](b.Tab, "measure", "document.documentElement.scrollWidth"); width > 390 {
		t.Errorf("the page is %d px wide in a window of 390", width)
	}
	b.Shot("narrow-top.png", false)
	b.Do("choose 孙丽", chromedp.Click(chromedp.CSS(fmt.Sprintf(".chip[data-person='%d']", idOf("孙丽")))))
	shown := chromium.Eval[[]string](b.Tab, "see who is shown", "[...document.querySelectorAll('.phone')].filter(p => p.offsetParent).map(p => p.dataset.name)")
	if len(shown) != 1 || shown[0] != "孙丽" {
		t.Errorf("the panes %q are shown, want 孙丽's only", shown)
	}
	b.Shot("narrow.png", false)
	b.Do("open the forum", chromedp.Navigate(p.URL()+"/town/forum"))
	b.Shot("forum.png", false)
	b.Silent("the playground")
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
	b := tab{chromium.Open(t, 1280, 800)}
	b.Do("open the post", chromedp.Navigate(p.URL()+at))
	if got := b.text("h1"); got != title {
		t.Errorf("the title reads %q", got)
	}
	if got := b.text(".body"); got != text {
		t.Errorf("the text reads %q", got)
	}
	b.Do("open the page", chromedp.Navigate(p.URL()))
	b.Until("the card", card("王敏", "停水了 &")+" != null")
	b.Until("the post in the list", "document.querySelector('#recent').innerText.includes('onerror')")
	if bad := chromium.Eval[int](b.Tab, "look for what ran", "document.querySelectorAll('main img, main script, a[href^=javascript]').length"); bad > 0 {
		t.Errorf("%d elements came out of a post", bad)
	}
	if got := b.text(fmt.Sprintf("#phone-%d", idOf("王敏"))); !strings.Contains(got, "<img src=x onerror=alert(1)>停水了") {
		t.Errorf("the card does not show the markup as text:\n%s", got)
	}
	b.Silent("the playground")
}
