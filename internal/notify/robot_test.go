package notify

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"
)

const alert = "【重大】城东停水三天\n2026-000001 供水集团\nhttps://forum.example/t/1"

func TestRobotsTakeCopies(t *testing.T) {
	for _, kind := range []string{WeCom, DingTalk, Feishu} {
		for _, key := range []string{"", secret} {
			if kind == WeCom && key != "" {
				continue
			}
			c := &clock{at: friday}
			g := newGroup(t, kind, key, c.now)
			h := newHouse(t, c, Options{}, g.target("指挥群"))
			h.say("@指挥群", "1", alert)
			h.say("王敏", "2", "为电报准备的")
			h.say("@别的群", "3", "别人的")
			h.step()
			if got := g.took(); !slices.Equal(got, []string{alert}) {
				t.Errorf("%s %q: the group shows %q", kind, key, got)
			}
			if h.left() != 2 || h.delivered != 1 || h.notify.Health() != nil || h.log.Len() > 0 {
				t.Errorf("%s: %d queued, %d delivered, health %v, log %s", kind, h.left(), h.delivered, h.notify.Health(), h.log)
			}
		}
	}
}

// What becomes of a message when the far end does not take it at once: how often the
// group shows it in the end, how often marked as sent again, why it was refused, what
// the people who run the program read, and how long the robot was left alone.
func TestWhatBecomesOfACopy(t *testing.T) {
	tests := []struct {
		name           string
		kind           string
		replies        []reply
		shown, marked  int
		refused        string
		advice         string
		least          time.Duration
		secretMismatch bool
	}{
		{name: "wecom limit", kind: WeCom, replies: []reply{says(200, `{"errcode":45009,"errmsg":"api freq out of limit, hint: [1773643642077182456917975], from ip: 121.15.137.254"}`)}, shown: 1, least: time.Minute},
		{name: "wecom bad key", kind: WeCom, replies: []reply{says(200, `{"errcode":93000,"errmsg":"invalid webhook url, hint: [1755605200056773468916791]"}`)}, shown: 1, advice: "机器人地址不对"},
		{name: "a far end that repeats the key", kind: WeCom, replies: []reply{says(200, `{"errcode":93000,"errmsg":"invalid webhook url ?key=`+token+`"}`)}, shown: 1, advice: "key=***"},
		{name: "wecom busy", kind: WeCom, replies: []reply{says(200, `{"errcode":-1,"errmsg":"system busy"}`)}, shown: 1, marked: 1, advice: "应答不正常"},
		{name: "wecom too long after all", kind: WeCom, replies: []reply{says(200, `{"errcode":40058,"errmsg":"text.content exceed max length 2048"}`)}, refused: "企业微信不收这条消息（40058：text.content exceed max length 2048）"},
		{name: "wecom something new", kind: WeCom, replies: []reply{says(200, `{"errcode":99999,"errmsg":"something new"}`)}, shown: 1, advice: "不收消息"},
		{name: "dingtalk limit", kind: DingTalk, replies: []reply{says(200, `{"errcode":130101,"errmsg":"send too fast, exceed 20 times per minute"}`)}, shown: 1, least: 10 * time.Minute},
		{name: "dingtalk sign", kind: DingTalk, shown: 0, advice: "加签暗号（secret_file）对不上", secretMismatch: true},
		{name: "dingtalk keyword", kind: DingTalk, replies: []reply{says(200, `{"errcode":310000,"errmsg":"keywords not in content, more: [https://ding-doc.dingtalk.com/doc#/serverapi2/qf2nxq]"}`)}, shown: 1, advice: "自定义关键词"},
		{name: "dingtalk whitelist", kind: DingTalk, replies: []reply{says(200, `{"errcode":310000,"errmsg":"ip 1.2.3.4 not in whitelist"}`)}, shown: 1, advice: "IP 白名单"},
		{name: "dingtalk token", kind: DingTalk, replies: []reply{says(200, `{"errcode":300005,"errmsg":"token is not exist"}`)}, shown: 1, advice: "机器人地址不对"},
		{name: "dingtalk unfit words", kind: DingTalk, replies: []reply{says(200, `{"errcode":430102,"errmsg":"bad text"}`)}, refused: "钉钉不收这条消息（430102：bad text）"},
		{name: "feishu limit", kind: Feishu, replies: []reply{says(200, `{"code":11232,"msg":"frequency limited psm[lark.oapi.app_platform_runtime]appID[1500]"}`)}, shown: 1, least: time.Minute},
		{name: "feishu limit as it comes with 400", kind: Feishu, replies: []reply{says(400, `{"code":9499,"msg":"too many request","data":{}}`)}, shown: 1, least: time.Minute},
		{name: "feishu bad request", kind: Feishu, replies: []reply{says(400, `{"code":9499,"msg":"Bad Request","data":{}}`)}, refused: "飞书不收这条消息（9499：Bad Request）"},
		{name: "feishu token", kind: Feishu, replies: []reply{says(400, `{"code":19001,"msg":"param invalid: incoming webhook access token invalid"}`)}, shown: 1, advice: "机器人地址不对"},
		{name: "feishu sign", kind: Feishu, shown: 0, advice: "加签暗号（secret_file）对不上", secretMismatch: true},
		{name: "feishu ip", kind: Feishu, replies: []reply{says(200, `{"code":19022,"msg":"Ip Not Allowed"}`)}, shown: 1, advice: "IP 白名单"},
		{name: "feishu keyword", kind: Feishu, replies: []reply{says(200, `{"code":19024,"msg":"Key Words Not Found"}`)}, shown: 1, advice: "自定义关键词"},
		{name: "an old feishu", kind: Feishu, replies: []reply{says(200, `{"Extra":null,"StatusCode":0,"StatusMessage":"success"}`)}},
		{name: "429", kind: WeCom, replies: []reply{func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "1800")
			says(429, "slow down")(w, r)
		}}, shown: 1, least: 30 * time.Minute},
		{name: "500", kind: WeCom, replies: []reply{says(500, "")}, shown: 1, marked: 1, advice: "HTTP 500"},
		{name: "a gateway's page", kind: DingTalk, replies: []reply{says(502, "<html>Bad Gateway</html>"), says(200, `{"errcode":310000,"errmsg":"sign not match"}`)}, shown: 1, marked: 1, advice: "HTTP 502"},
		{name: "a login page", kind: DingTalk, replies: []reply{says(200, "<html>请先登录上网</html>")}, shown: 1, marked: 1, advice: "应答不正常"},
		{name: "a redirect is not followed", kind: Feishu, replies: []reply{func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://elsewhere.invalid/", http.StatusFound)
		}}, shown: 1, advice: "HTTP 302"},
		{name: "not found", kind: Feishu, replies: []reply{says(404, "404 page not found")}, shown: 1, advice: "机器人地址不对"},
		{name: "too large for the gateway", kind: WeCom, replies: []reply{says(413, "")}, refused: "企业微信不收这条消息（HTTP 413）"},
		{name: "cut", kind: Feishu, replies: []reply{cuts}, shown: 1, marked: 1, advice: "应答不正常"},
		{name: "cut, and then a limit", kind: WeCom, replies: []reply{cuts, says(200, `{"errcode":45009,"errmsg":"api freq out of limit"}`)}, shown: 1, marked: 1, advice: "应答不正常", least: time.Minute},
		{name: "no answer", kind: DingTalk, replies: []reply{hangs}, shown: 1, marked: 1, advice: "应答不正常"},
		{name: "half an answer", kind: WeCom, replies: []reply{func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "100")
			w.Write([]byte(`{"errcode":0`))
		}}, shown: 1, marked: 1, advice: "应答不正常"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := &clock{at: friday}
			g := newGroup(t, test.kind, "", c.now, test.replies...)
			target := g.target("指挥群")
			if test.secretMismatch {
				g.secret, target.Secret = "another", secret
			}
			h := newHouse(t, c, Options{Timeout: 500 * time.Millisecond}, target)
			h.say("@指挥群", "1", alert)
			h.step()
			advice := ""
			if err := h.notify.Health(); err != nil {
				advice = err.Error()
			}
			if (test.advice == "") != (advice == "") || !strings.Contains(advice, test.advice) {
				t.Errorf("health: %q", advice)
			}
			for range 100 {
				h.step()
			}
			shown, marked := g.took(), 0
			for _, s := range shown {
				if strings.HasPrefix(s, again) {
					marked++
				}
			}
			if len(shown) != test.shown || marked != test.marked || strings.Join(h.refusals, "") != test.refused {
				t.Errorf("%d shown, %d marked, refused %q; log:\n%s", len(shown), marked, h.refusals, h.log)
			}
			if kept := h.left() == 1; kept != test.secretMismatch {
				t.Errorf("%d left in the queue", h.left())
			}
			if test.secretMismatch {
				return
			}
			if h.notify.Health() != nil {
				t.Errorf("health after it went well: %v", h.notify.Health())
			}
			if tries := g.tried(); test.least > 0 && tries[len(tries)-1].Sub(tries[len(tries)-2]) < test.least {
				t.Errorf("tried again after %v", tries[len(tries)-1].Sub(tries[len(tries)-2]))
			}
		})
	}
}

func TestNobodyThere(t *testing.T) {
	c := &clock{at: friday}
	g := newGroup(t, WeCom, "", c.now)
	target := g.target("指挥群")
	g.Close()
	h := newHouse(t, c, Options{}, target)
	for i := range 50 {
		h.say("@指挥群", fmt.Sprint(i), alert)
	}
	for range 200 {
		h.step()
	}
	if all, _ := h.Outgoing(t.Context()); len(all) != 50 || !all[0].Begun.IsZero() {
		t.Errorf("%d queued, the first begun %v", len(all), all[0].Begun)
	}
	if err := h.notify.Health(); err == nil || !strings.Contains(err.Error(), "通知“指挥群”（企业微信）：连不上") {
		t.Errorf("health %v", err)
	}
}

// An answer that is not known here does not stop the queue when it is about one message,
// and loses nothing when it is about all.
func TestDoubt(t *testing.T) {
	no := says(200, `{"errcode":77777,"errmsg":"no"}`)
	c := &clock{at: friday}
	g := newGroup(t, WeCom, "", c.now, no, nil, nil, no)
	h := newHouse(t, c, Options{}, g.target("群"))
	for _, s := range []string{"坏", "好一", "好二"} {
		h.say("@群", s, s)
	}
	for range 10 {
		h.step()
	}
	if got := g.took(); !slices.Equal(got, []string{"好一", "好二"}) || len(h.refusals) != 1 || h.left() != 0 {
		t.Errorf("took %q, refused %q, %d left", got, h.refusals, h.left())
	}

	c = &clock{at: friday}
	g = newGroup(t, WeCom, "", c.now, slices.Repeat([]reply{no}, 40)...)
	h = newHouse(t, c, Options{}, g.target("群"))
	for i := range 30 {
		h.say("@群", fmt.Sprint(i), fmt.Sprint(i))
	}
	for until := c.now().Add(5 * time.Minute); c.now().Before(until); {
		h.step()
	}
	if n := len(g.tried()); n > 15 {
		t.Errorf("%d tries in five minutes", n)
	}
	if err := h.notify.Health(); err == nil || !strings.Contains(err.Error(), "77777：no") {
		t.Errorf("health %v", err)
	}
	for range 400 {
		h.step()
	}
	if got := g.took(); len(got) != 30 || len(h.refusals) != 0 {
		t.Errorf("%d shown, refused %q", len(got), h.refusals)
	}
}

// Whatever is queued when, and however the far end answers, no robot gets more than it
// takes, and everything arrives in the end, in order.
func TestRobotsAreNotHurried(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := &clock{at: friday}
		replies := make([]reply, rapid.IntRange(0, 10).Draw(rt, "failures"))
		for i := range replies {
			if rapid.Bool().Draw(rt, "fails") {
				replies[i] = says(200, `{"errcode":93000,"errmsg":"invalid webhook url"}`)
			}
		}
		g := newGroup(t, WeCom, "", c.now, replies...)
		h := newHouse(t, c, Options{}, g.target("群"))
		var want []string
		for range rapid.IntRange(1, 3).Draw(rt, "storms") {
			for range rapid.IntRange(1, 15).Draw(rt, "messages") {
				want = append(want, fmt.Sprint(len(want)))
				h.say("@群", want[len(want)-1], want[len(want)-1])
			}
			for range rapid.IntRange(0, 20).Draw(rt, "steps") {
				h.step()
			}
		}
		for range 3000 {
			if h.left() == 0 {
				break
			}
			h.step()
		}
		if got := g.took(); !slices.Equal(got, want) {
			rt.Fatalf("shown %q", got)
		}
		tries := g.tried()
		for i := range tries {
			if i > 0 && tries[i].Sub(tries[i-1]) < gap {
				rt.Fatalf("%v between two", tries[i].Sub(tries[i-1]))
			}
			if i >= perMinute && tries[i].Sub(tries[i-perMinute]) < time.Minute {
				rt.Fatalf("more than %d within %v", perMinute, tries[i].Sub(tries[i-perMinute]))
			}
		}
		g.Close()
	})
}

func TestTextsFit(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text, room := rapid.String().Draw(rt, "text"), rapid.IntRange(60, 200).Draw(rt, "room")
		got := fit(disarm(text), room)
		if len(got) > room || !utf8.ValidString(got) || strings.Contains(got, "<") {
			rt.Fatalf("%q in %d bytes", got, room)
		}
	})
	for _, kind := range []string{WeCom, DingTalk, Feishu} {
		c := &clock{at: friday}
		g := newGroup(t, kind, "", c.now)
		h := newHouse(t, c, Options{}, g.target("群"))
		h.say("@群", "1", `快看<at user_id="all">所有人</at><@zhangsan>`+"\x00\u0007"+strings.Repeat("停水了。\n", 3000))
		h.step()
		got := g.took()
		if len(got) != 1 || !strings.HasSuffix(got[0], "…（太长了，后面的没有显示）") || !strings.HasPrefix(got[0], "快看＜at user_id=\"all\">所有人＜/at>＜@zhangsan>停水了。\n停") {
			t.Fatalf("%s: %.100q, refused %q", kind, got, h.refusals)
		}
	}
}
