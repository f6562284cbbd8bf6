package chat

import (
	"strings"
	"testing"
	"time"

	"github.com/go-telegram/bot/models"

	"huiyin/internal/cases"
	"huiyin/internal/post"
)

func TestReply(t *testing.T) {
	const link = "https://water.example.gov.cn/gk/2026/11/a_1.html?id=3&x=%E6%B0%B4"
	tests := []struct {
		name, text, url string
	}{
		{"a link", link, link},
		{"a text", "已抢修，今晚恢复供水。", ""},
		{"both", "已抢修。详见：" + link + "。谢谢关注", link},
		{"many lines", "一、已抢修\n二、" + link + "\n三、回访", link},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := staffed(t)
			number := w.ring("城东停水三天", "城东停水三天了，没人管。")
			card := w.await(wang, number)
			must(w.api.Reply(wang, card.ID, tt.text))
			answer := w.await(wang, "已记录对 "+number+" 的回应，用时 0 分（工作时间），在时限内。")
			if tt.url != "" && !strings.HasSuffix(answer.Text, "正在打开链接核验，有问题会马上告诉您。事情办完后请在卡片上点“办结”。") ||
				tt.url == "" && !strings.Contains(answer.Text, "好像没有说") {
				t.Errorf("%q", answer.Text)
			}
			c := w.caseOf(number)
			if len(c.Replies) != 1 || c.Replies[0].URL != tt.url || c.Replies[0].Text != tt.text || c.Replies[0].By != "王敏" {
				t.Errorf("logged %+v", c.Replies)
			}
			found := map[bool]string{true: "正在核验", false: "仅文字"}[tt.url != ""]
			w.await(wang, "已回应：王敏，11-20 09:05（"+found+"）\n"+strings.Split(tt.text, "\n")[0])
		})
	}
}

// A reply counts for the card it answers, however old that is.
func TestReplyToOldCard(t *testing.T) {
	w := staffed(t)
	first := w.ring("城东停水三天", "城东停水三天了，没人管。")
	old := w.await(wang, first)
	newer := w.ring("北苑小区半夜停水", "北苑小区昨天半夜停水，孩子冲不了奶粉，物业说不知道。")
	w.await(wang, newer)
	must(w.api.Reply(wang, old.ID, "已恢复供水。"))
	w.await(wang, "已记录对 "+first)
	if c := w.caseOf(newer); len(c.Replies) > 0 {
		t.Errorf("the newer case got %+v", c.Replies)
	}
	w.clock.move(100 * time.Hour)
	must(w.api.Reply(wang, w.await(wang, newer).ID, "已恢复供水。"))
	w.await(wang, "已记录对 "+newer+" 的回应，用时 16 小时 55 分（工作时间），已超过时限 11-23 17:30。")
	w.await(wang, "已回应（超过时限）：王敏，11-24 13:05（仅文字）")
	must(w.api.Reply(wang, old.ID, "补充：水质已检测。"))
	w.await(wang, "已记录对 "+first+" 的回应，作为补充。")
}

// An officer whose words were not logged must read that.
func TestReplyToNoCard(t *testing.T) {
	w := staffed(t)
	number := w.ring("城东停水三天", "城东停水三天了，没人管。")
	w.await(wang, number)
	hello := w.await(wang, "王敏，您好。")
	own := must(w.api.Send(wang, "/help"))
	answer := must(w.api.Send(wang, "已答复 https://water.example.gov.cn/1"))
	w.until("one answer", func() bool { return w.count(wang, noCard) == 1 })
	for i, to := range []int{hello.ID, own, answer} {
		must(w.api.Reply(wang, to, "已恢复供水。"))
		w.until("an answer", func() bool { return w.count(wang, noCard) == i+2 })
	}
	// A message of one's own that looks like a card is none.
	forged := must(w.api.Send(wang, "🔔 供水 · "+number))
	must(w.api.Reply(wang, forged, "已恢复供水。"))
	w.until("an answer", func() bool { return w.count(wang, noCard) == 6 })
	if c := w.caseOf(number); len(c.Replies) > 0 {
		t.Errorf("logged %+v", c.Replies)
	}
}

func TestReplyIsMasked(t *testing.T) {
	w := staffed(t)
	number := w.ring("城东停水三天", "城东停水三天了，没人管。")
	must(w.api.Reply(wang, w.await(wang, number).ID, "已电话告知诉求人 13812345678，身份证 110101199003078515。"))
	w.await(wang, "已电话告知诉求人 138******78，身份证 110*************15。")
	if w.caseOf(number).State != cases.Answered {
		t.Error("not logged")
	}
}

func TestFirstLink(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "",
		"没有链接":                           "",
		"详见https://a.cn/1.html已经答复":      "https://a.cn/1.html",
		"http://":                        "",
		"见 https://a.cn/1，谢谢":            "https://a.cn/1",
		"见（https://a.cn/1）":              "https://a.cn/1",
		"见“https://a.cn/1”":              "https://a.cn/1",
		"见《答复》https://a.cn/1。":           "https://a.cn/1",
		"https://a.cn/1；https://a.cn/2":  "https://a.cn/1",
		"https://a.cn/1、https://a.cn/2":  "https://a.cn/1",
		"【https://a.cn/1】":               "https://a.cn/1",
		"https://a.cn/1!":                "https://a.cn/1",
		"see https://a.cn/1.":            "https://a.cn/1",
		"(https://a.cn/1)":               "https://a.cn/1",
		"https://a.cn/?q=1&r=%E6#top":    "https://a.cn/?q=1&r=%E6#top",
		"https://a.cn/~x/b_(c)/d":        "https://a.cn/~x/b_(c)/d",
		"<https://a.cn/1>":               "https://a.cn/1",
		`"https://a.cn/1"`:               "https://a.cn/1",
		"https://a.cn/1\nhttps://b.cn":   "https://a.cn/1",
		"https://政务.中国/公开":               "https://政务.中国/公开",
		"HTTPS://A.CN/1":                 "HTTPS://A.CN/1",
		"ftp://a.cn javascript:alert(1)": "",
		"https://a.cn/1\u200b后面":         "https://a.cn/1",
	} {
		if got := firstLink(&models.Message{}, text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// Reposts join the case in silence: the card says so and nothing rings.
func TestRepostsEditTheCard(t *testing.T) {
	w := staffed(t)
	const text = "城东停水三天了，没人管，打电话也没人接，老人孩子怎么办，请有关部门给个说法。"
	number := w.ring("城东停水三天", text)
	card := w.await(wang, number)
	w.ingest(post.Post{Source: "市民网", Title: "城东停水三天", Text: text})
	m := w.await(wang, "同一件事共 2 帖：清河论坛 1、市民网 1")
	if m.ID != card.ID || w.count(wang, number) != 1 {
		t.Error("it rang again")
	}
}
