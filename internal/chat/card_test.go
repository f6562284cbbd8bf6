package chat

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
	"pgregory.net/rapid"

	"huiyin/internal/cases"
	"huiyin/internal/workday"
)

var update = flag.Bool("update", false, "write the golden files anew")

// story makes a case step by step, as the golden cards need it.
type story struct {
	events  []cases.Event
	mention cases.Mention
}

func tell(ladder, title, text string, words ...string) *story {
	m := cases.Mention{
		No: 1, Source: "清河论坛", Title: title, Text: text, URL: "https://forum.example.cn/t/1?a=1&b=2",
		Published: friday.Add(-25 * time.Minute), Seen: friday,
	}
	for _, word := range words {
		if i := strings.Index(text, word); i >= 0 {
			m.Marks = append(m.Marks, cases.Mark{Start: i, End: i + len(word)})
		}
		if i := strings.Index(title, word); i >= 0 {
			m.Marks = append(m.Marks, cases.Mark{InTitle: true, Start: i, End: i + len(word)})
		}
	}
	s := &story{mention: m}
	return s.then(cases.Event{
		Kind: cases.Opened, Source: m.Source, Title: title, URL: m.URL, Topic: "供水", Unit: "供水集团", Officer: "王敏",
		Steps: must(cases.Steps(calendar(), ladder, friday, false)),
	}, 0)
}

// then appends an event that happens so long after the case was opened.
func (s *story) then(e cases.Event, after time.Duration) *story {
	e.Case, e.Seq, e.At = "2026-000007", len(s.events)+1, friday.Add(after)
	s.events = append(s.events, e)
	return s
}

func (s *story) signed(after time.Duration) *story {
	return s.then(cases.Event{Kind: cases.Signed, By: "王敏", Unit: "供水集团"}, after)
}

func (s *story) replied(text string, after time.Duration) *story {
	e := cases.Event{Kind: cases.Replied, By: "王敏", Text: text}
	if at := strings.Index(text, "https://"); at >= 0 {
		e.URL = text[at:]
	}
	c := must(cases.Fold(s.events))
	if next, owed := c.Next(); owed {
		e.Steps = []cases.Step{next}
	}
	return s.then(e, after)
}

func (s *story) verified(faults ...string) *story {
	c := must(cases.Fold(s.events))
	return s.then(cases.Event{Kind: cases.Verified, Reply: len(c.Replies), Faults: faults}, s.events[len(s.events)-1].At.Sub(friday)+time.Minute)
}

// view is the card that somebody sees so long after the case was opened.
func (s *story) view(to string, after time.Duration) card {
	c, now := must(cases.Fold(s.events)), friday.Add(after)
	return card{Case: c, first: s.mention, to: to, now: now, loc: shanghai, left: timeLeft(c, now)}
}

// timeLeft is what internal/app says of it.
func timeLeft(c cases.Case, now time.Time) string {
	next, owed := c.Next()
	if !owed || now.After(next.Due) {
		return ""
	}
	return workday.FormatDuration(calendar().Between(now, next.Due)) + "（工作时间）"
}

const (
	title = "城东三个小区停水三天"
	text  = "从星期二起，城东的桃园、杏园、梨园三个小区就停水了，打了供水热线没有人接。\n家里有老人孩子，请问什么时候能恢复？"
	reply = "主管道已于今天 15 时修好，三个小区恢复供水。详见 https://water.example.gov.cn/1"
)

func joined(s *story) *story {
	for i, source := range []string{"清河论坛", "市民网", "市民网", "晚报", "电台", "广播", "短视频", "论坛二"} {
		s.then(cases.Event{Kind: cases.Joined, Source: source}, time.Duration(i)*time.Minute)
	}
	return s
}

var goldenCards = []struct {
	name    string
	story   *story
	officer string
	after   time.Duration // when the card is looked at
}{
	{"new", complaint(), "王敏", 0},
	{"new-in-the-group", complaint(), "#供水集团", 0},
	{"grave", major(), "王敏", time.Minute},
	{"letter", letterCase(), "王敏", time.Minute},
	{"reposts", joined(complaint()), "王敏", time.Hour},
	{"alike", complaint().then(cases.Event{Kind: cases.Alike, Other: "2026-000011"}, time.Minute), "王敏", time.Hour},
	{"taken", complaint().then(cases.Event{Kind: cases.Took, Other: "2026-000009", Mentions: 2}, time.Minute), "王敏", time.Hour},
	{"merged", complaint().then(cases.Event{Kind: cases.Merged, By: "王敏", Other: "2026-000003"}, time.Minute), "王敏", time.Hour},
	{"page-gone", complaint().then(cases.Event{Kind: cases.Changed, Reason: "原帖看不到了：网页提示内容不存在或已删除"}, time.Hour), "王敏", 2 * time.Hour},
	{"overdue", complaint(), "王敏", 81 * time.Hour},
	{"reminded", complaint().then(cases.Event{Kind: cases.Reminded, Officer: "王敏", Reason: cases.Nearly}, 77*time.Hour), "王敏", 78 * time.Hour},
	{"signed", complaint().signed(10 * time.Minute), "王敏", time.Hour},
	{"called", called(), "王敏", time.Hour},
	{"called-asked", called(), "周建", time.Hour},
	{"called-leader", called(), "刘建国", time.Hour},
	{"called-signed", called().then(cases.Event{Kind: cases.Signed, By: "李强", Unit: "供水集团"}, time.Hour), "周建", 2 * time.Hour},
	{"paused", paused(), "王敏", 3 * time.Hour},
	{"resumed", resumed(), "王敏", 5 * time.Hour},
	{"paused-again", resumed().then(cases.Event{Kind: cases.Paused, By: "王敏", Reason: cases.PauseReasons[2]}, 6*time.Hour), "王敏", 7 * time.Hour},
	{"extended", extended(), "王敏", 2 * time.Hour},
	{"draft", submitted(), "王敏", 2 * time.Hour},
	{"draft-owed", reviewed(), "王敏", time.Hour},
	{"draft-to-review", submitted(), "周建", 2 * time.Hour},
	{"draft-approved", submitted().then(cases.Event{Kind: cases.Approved, By: "周建"}, 2*time.Hour), "王敏", 3 * time.Hour},
	{"draft-returned", submitted().then(cases.Event{Kind: cases.Returned, By: "周建", Text: "请写明什么时候修好"}, 2*time.Hour), "王敏", 3 * time.Hour},
	{"draft-reviewed", submitted().then(cases.Event{Kind: cases.Approved, By: "周建"}, 2*time.Hour), "周建", 3 * time.Hour},
	{"helpers", enlisted(), "王敏", 2 * time.Hour},
	{"helping", enlisted(), "赵倩", 2 * time.Hour},
	{"helped", enlisted().then(cases.Event{Kind: cases.Helped, By: "赵倩", Unit: "住建局", Text: "工地挖断的水管已查明，是三标段施工单位。"}, 2*time.Hour), "王敏", 3 * time.Hour},
	{"helped-helper", enlisted().then(cases.Event{Kind: cases.Helped, By: "赵倩", Unit: "住建局", Text: "工地挖断的水管已查明。"}, 2*time.Hour), "赵倩", 3 * time.Hour},
	{"in-time", complaint().signed(10*time.Minute).replied(reply, 6*time.Hour).verified(), "王敏", 7 * time.Hour},
	{"unverified", complaint().signed(10*time.Minute).replied(reply, 6*time.Hour), "王敏", 7 * time.Hour},
	{"faulty", complaint().signed(10*time.Minute).replied(reply, 6*time.Hour).verified("链接打不开：网页不存在。"), "王敏", 7 * time.Hour},
	{"accepted", complaint().signed(10*time.Minute).replied(reply, 6*time.Hour).verified("链接打不开：网页不存在。").
		then(cases.Event{Kind: cases.Accepted, By: "刘建国", Reply: 1, Reason: acceptReasons[0]}, 7*time.Hour), "王敏", 8 * time.Hour},
	{"evidence", complaint().signed(time.Minute).then(cases.Event{Kind: cases.Kept, By: "王敏", Title: "现场.jpg"}, time.Hour), "王敏", 2 * time.Hour},
	{"late", complaint().signed(10*time.Minute).replied(reply, 90*time.Hour), "王敏", 91 * time.Hour},
	{"two-steps-first", tell("major", title, text, "停水").signed(time.Minute).replied("正在抢修。", 2*time.Hour), "王敏", 3 * time.Hour},
	{"two-steps-overdue", tell("major", title, text, "停水").signed(time.Minute).replied("正在抢修。", 6*time.Hour), "王敏", 30 * time.Hour},
	{"two-steps-done", tell("major", title, text, "停水").signed(time.Minute).replied("正在抢修。", 2*time.Hour).replied("已召开发布会。", 20*time.Hour), "王敏", 21 * time.Hour},
	{"transfer-pending", transfer(complaint().signed(time.Minute)), "王敏", 2 * time.Hour},
	{"transfer-offered", transfer(complaint().signed(time.Minute)), "赵倩", 2 * time.Hour},
	{"transfer-offered-group", transfer(complaint().signed(time.Minute)), "#住建局", 2 * time.Hour},
	{"transferred-from", taken(complaint().signed(time.Minute)), "王敏", 2 * time.Hour},
	{"transferred-from-group", taken(complaint().signed(time.Minute)), "#供水集团", 2 * time.Hour},
	{"transferred-to", taken(complaint().signed(time.Minute)), "赵倩", 2 * time.Hour},
	{"transferred-done", taken(complaint()).replied(reply, 3*time.Hour).then(cases.Event{Kind: cases.Closed, By: "赵倩"}, 4*time.Hour), "王敏", 5 * time.Hour},
	{"reassigned", complaint().then(cases.Event{Kind: cases.Reassigned, Officer: "李强"}, time.Hour), "王敏", 2 * time.Hour},
	{"dismissed", complaint().then(cases.Event{Kind: cases.Dismissed, By: "王敏", Reason: cases.FalseAlarm}, time.Hour), "王敏", 2 * time.Hour},
	{"closed", complaint().signed(time.Minute).replied(reply, 2*time.Hour).then(cases.Event{Kind: cases.Closed, By: "王敏"}, 3*time.Hour), "王敏", 4 * time.Hour},
	{"letter-answered", letterCase().signed(time.Minute).replied("已上门修好。", time.Hour), "王敏", 2 * time.Hour},
	{"rated", letterCase().signed(time.Minute).replied("已上门修好。", time.Hour).then(cases.Event{Kind: cases.Rated, By: "王敏", Reason: "满意"}, 2*time.Hour), "王敏", 3 * time.Hour},
	{"after-the-end", complaint().then(cases.Event{Kind: cases.Dismissed, By: "王敏", Reason: cases.Reasons[1]}, time.Hour).then(cases.Event{Kind: cases.Joined, Source: "晚报", Title: "转发：城东停水三天", URL: "https://news.example.cn/7"}, 2*time.Hour), "王敏", 4 * time.Hour},
	{"many-replies", complaint().replied("第一次", time.Hour).replied("第二次，电话 13812345678", 2*time.Hour).replied("第三次", 3*time.Hour).replied(strings.Repeat("第四次很长", 60), 4*time.Hour), "王敏", 5 * time.Hour},
	{"long", tell("disclosure", strings.Repeat("停水很久了", 60), strings.Repeat("前言很长。", 100)+"这里停水，那里也停水。"+strings.Repeat("后话也长。", 100), "停水"), "王敏", 0},
	{"hostile", tell("reply", `<b>停水</b> & "x" <a href="javascript:alert(1)">看`, "</b></a><i>\u202e停水\u200b<script>alert(1)</script> &lt; &#x41; <unclosed", "停水"), "王敏", 0},
	{"emoji", tell("reply", strings.Repeat("🚰", 10000), strings.Repeat("👨‍👩‍👧停水", 10000), "停水"), "王敏", 0},
	{"javascript-link", with(complaint(), "javascript:alert(1)", friday), "王敏", 0},
	{"no-link-no-time", with(tell("reply", title, text), "", time.Time{}), "王敏", 0},
	{"old-post", with(complaint(), "https://a.cn/", friday.AddDate(-1, -1, 0)), "王敏", 0},
	{"title-only", tell("reply", title, ""), "王敏", 0},
	{"noticed", noticed(), "王敏", 0},
	{"words", tell("reply", title, "停水了。"+text, "停水", "小区", "恢复", "三个小区"), "王敏", 0},
}

func noticed() *story {
	s := complaint()
	s.mention.Replies, s.mention.Views = 12, 3450
	return s
}

func complaint() *story { return tell("reply", title, text, "停水") }

func major() *story {
	s := tell("major", title, text, "停水")
	s.events[0].Severity = cases.Major
	return s
}

func letterCase() *story {
	s := tell("reply", "城东小区停水", "张先生来电反映停水三天。", "停水")
	s.mention.Source, s.mention.URL = "来电", ""
	s.events[0].Source, s.events[0].URL, s.events[0].Contact = "来电", "", "138******78"
	return s
}

func called() *story {
	return complaint().then(cases.Event{Kind: cases.Called, Officer: "李强", Reason: "王敏 30 分（工作时间）内没有签收"}, 30*time.Minute).
		then(cases.Event{Kind: cases.Called, Officer: "周建", Reason: "李强 30 分（工作时间）内没有签收"}, 60*time.Minute).
		then(cases.Event{Kind: cases.Called, Officer: "刘建国", Reason: "周建 30 分（工作时间）内没有签收"}, 60*time.Minute)
}

func paused() *story {
	return complaint().signed(time.Minute).then(cases.Event{Kind: cases.Paused, By: "王敏", Reason: cases.PauseReasons[0]}, 2*time.Hour)
}

func resumed() *story {
	s := paused()
	c := must(cases.Fold(s.events))
	return s.then(cases.Event{Kind: cases.Resumed, By: "王敏", Steps: c.ResumedSteps(calendar(), friday.Add(5*time.Hour))}, 5*time.Hour)
}

func extended() *story {
	s := complaint().signed(time.Minute)
	c := must(cases.Fold(s.events))
	return s.then(cases.Event{Kind: cases.Extended, By: "刘建国", Reason: cases.ExtendReasons[0], Steps: c.ExtendedSteps(calendar(), "刘建国")}, time.Hour)
}

// reviewed is a case whose answer is to be approved.
func reviewed() *story {
	s := complaint()
	s.events[0].Steps[0].Review = true
	return s.signed(time.Minute)
}

func submitted() *story {
	return reviewed().then(cases.Event{
		Kind: cases.Submitted, By: "王敏", Officer: "周建", Text: "经查，主管道破裂。\n现已组织抢修，预计今晚恢复。\n<b>电话</b> 13812345678",
	}, time.Hour)
}

func enlisted() *story {
	return complaint().signed(time.Minute).then(cases.Event{Kind: cases.Enlisted, By: "王敏", Unit: "住建局", Officer: "赵倩"}, time.Hour)
}

func transfer(s *story) *story {
	return s.then(cases.Event{Kind: cases.Transferred, By: "王敏", Unit: "住建局", Officer: "赵倩", Reason: "工地挖断了水管"}, time.Hour)
}

func taken(s *story) *story {
	return transfer(s).then(cases.Event{Kind: cases.Signed, By: "赵倩", Unit: "住建局"}, 90*time.Minute)
}

func with(s *story, url string, published time.Time) *story {
	s.mention.URL, s.mention.Published, s.events[0].URL = url, published, url
	return s
}

// poster sends HTML to a phone, so that the Bot API server parses it.
type poster struct {
	w   *world
	bot *bot.Bot
}

func newPoster(t testing.TB) poster {
	w := newWorld(t)
	must(w.api.Start(wang, ""))
	return poster{w, must(bot.New(w.api.Token(), bot.WithSkipGetMe(), bot.WithServerURL(w.http.URL)))}
}

// show returns what the phone shows of a text in HTML.
func (p poster) show(html string, buttons models.ReplyMarkup) (string, error) {
	m, err := p.bot.SendMessage(context.Background(), &bot.SendMessageParams{
		ChatID: wang, Text: html, ParseMode: models.ParseModeHTML, ReplyMarkup: buttons,
	})
	if err != nil {
		return "", err
	}
	return m.Text, nil
}

func TestGoldenCards(t *testing.T) {
	p := newPoster(t)
	for _, tt := range goldenCards {
		t.Run(tt.name, func(t *testing.T) {
			c := must(cases.Fold(tt.story.events))
			html := tt.story.view(tt.officer, tt.after).html()
			buttons := menuOf(cases.Parcel{Outgoing: cases.Outgoing{Case: c.Number, To: tt.officer}, View: c}, tt.officer == "刘建国", false)
			shown, err := p.show(html, buttons)
			if err != nil {
				t.Fatal(err)
			}
			if n := utf8.RuneCountInString(shown); n > 1500 {
				t.Errorf("%d characters", n)
			}
			if numberOf(shown) != c.Number {
				t.Error("a reply to it would not be known")
			}
			got := html + "\n"
			if m, ok := buttons.(models.InlineKeyboardMarkup); ok {
				for _, row := range m.InlineKeyboard {
					for _, b := range row {
						got += fmt.Sprintf("[%s] ", b.Text)
					}
				}
				got = strings.TrimRight(got, " ") + "\n"
			}
			file := filepath.Join("testdata", "card-"+tt.name+".txt")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want := string(must(os.ReadFile(file))); got != want {
				t.Errorf("%s:\n%s\nwant:\n%s", file, got, want)
			}
		})
	}
}

// Whatever people write, a card is good HTML of a bounded length, and shows whose
// number it is.
func TestCardLaw(t *testing.T) {
	p := newPoster(t)
	hostile := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune("<>&\"'/ab停水\n \u200b\u202e\u0000😀é"))),
		rapid.SampledFrom([]string{"<b>", "</b>", "<a href=\"", "&lt;", "&#", "\xff\xfe", strings.Repeat("𠮷", 5000), "x · 2026-000009\ny · 2026-000009"}))
	rapid.Check(t, func(t *rapid.T) {
		s := tell("major", hostile.Draw(t, "title"), hostile.Draw(t, "text"))
		s.mention.Source = hostile.Draw(t, "source")
		s.mention.URL = rapid.SampledFrom([]string{"", "https://"}).Draw(t, "scheme") + hostile.Draw(t, "url")
		s.events[0].URL = s.mention.URL
		for range rapid.IntRange(0, 3).Draw(t, "marks") {
			a := rapid.IntRange(-1, len(s.mention.Text)+1).Draw(t, "start")
			s.mention.Marks = append(s.mention.Marks, cases.Mark{Start: a, End: a + rapid.IntRange(-1, 6).Draw(t, "length")})
		}
		for range rapid.IntRange(0, 4).Draw(t, "replies") {
			s.replied(hostile.Draw(t, "reply"), time.Hour)
		}
		html := s.view("王敏", time.Hour).html()
		shown, err := p.show(html, nil)
		if err != nil {
			t.Fatalf("%v\n%q", err, html)
		}
		if n := utf8.RuneCountInString(shown); n > 1500 {
			t.Fatalf("%d characters", n)
		}
		if got := numberOf(shown); got != "2026-000007" {
			t.Fatalf("a reply would count for %q:\n%q", got, shown)
		}
		if len(html) > 1<<15 {
			t.Fatalf("%d bytes", len(html))
		}
		if plain := fit(Plain(html)); !strings.Contains(plain, "2026-000007") {
			t.Fatalf("as plain text: %q", plain)
		}
	})
}

// What may leave the house is on every card, and no more.
func TestDisclosure(t *testing.T) {
	p := newPoster(t)
	s := submitted().then(cases.Event{Kind: cases.Returned, By: "周建", Text: "请写明什么时候修好"}, 2*time.Hour).
		then(cases.Event{Kind: cases.Enlisted, By: "王敏", Unit: "住建局", Officer: "赵倩"}, 3*time.Hour).
		then(cases.Event{Kind: cases.Helped, By: "赵倩", Unit: "住建局", Text: "是三标段挖断的。"}, 4*time.Hour).
		replied(reply, 5*time.Hour).verified("链接打不开：网页不存在。")
	for _, d := range []cases.Disclosure{{Level: cases.Brief}, {Level: cases.Link, Board: "http://10.0.0.8:8080/"}} {
		k := s.view("王敏", 6*time.Hour)
		k.disclose = d
		c := &Chat{Options: Options{Disclose: d, Location: shanghai, Now: func() time.Time { return k.now }}}
		got := k.html() + "\n\n" + c.historyOf(k.Case, s.events, "王敏") + "\n\n" + c.brief(k.Case, "王敏") + "\n"
		shown, err := p.show(k.html(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if numberOf(shown) != "2026-000007" {
			t.Errorf("%s: a reply to %q would not be known", d.Level, shown)
		}
		for _, secret := range []string{"小区", "停水", "管道", "标段", "修好", "example", "网页", "清河"} {
			if strings.Contains(got, secret) {
				t.Errorf("%s: tells %q: %s", d.Level, secret, got)
			}
		}
		file := filepath.Join("testdata", "disclose-"+string(d.Level)+".txt")
		if *update {
			if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if want := string(must(os.ReadFile(file))); got != want {
			t.Errorf("%s:\n%s\nwant:\n%s", file, got, want)
		}
	}
}
