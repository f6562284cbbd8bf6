package playground

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// call makes a Bot API call as the bot.
func call(t *testing.T, p *Playground, home, method string, params url.Values) {
	t.Helper()
	res, err := client.PostForm(home+"/bot"+p.bot.Token()+"/"+method, params)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", method, res.Status)
	}
}

// TestLive: a page is told every chat once, and then only what changes.
func TestLive(t *testing.T) {
	p, home := bare(t)
	me := idOf("王敏")
	if _, err := p.bot.Start(me, ""); err != nil {
		t.Fatal(err)
	}
	res, err := http.Get(home + "/api/live")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewScanner(res.Body)
	// next is the next event of that name for 王敏, or of the town.
	next := func(name string) (d chatDelta) {
		t.Helper()
		for lines.Scan() {
			if lines.Text() != "event: "+name {
				continue
			}
			lines.Scan()
			if err := json.Unmarshal([]byte(strings.TrimPrefix(lines.Text(), "data: ")), &d); err != nil {
				t.Fatal(err)
			}
			if name == "town" || d.Person == me {
				return d
			}
		}
		t.Fatalf("the stream ended: %v", lines.Err())
		return d
	}
	if d := next("chat"); !d.Whole || len(d.Messages) != 1 || !d.Messages[0].Mine {
		t.Errorf("first it tells %+v", d)
	}
	next("town")

	chat := url.Values{"chat_id": {"1001"}, "text": {"<b>供水</b>\n停水 & <i>更多</i>"}, "parse_mode": {"HTML"},
		"reply_markup": {`{"inline_keyboard":[[{"text":"签收","callback_data":"s"}],[{"text":"转办","callback_data":"t"}]]}`}}
	call(t, p, home, "sendMessage", chat)
	d := next("chat")
	if d.Whole || len(d.Messages) != 1 {
		t.Fatalf("after a message it tells %+v", d)
	}
	m := d.Messages[0]
	if m.Mine || m.HTML != "<b>供水</b>\n停水 &amp; <i>更多</i>" || m.Line != "供水" || len(m.Keys) != 2 || m.Keys[1][0].Index != 1 {
		t.Errorf("the message is %+v", m)
	}

	if _, err := p.bot.Reply(me, m.ID, "好的"); err != nil {
		t.Fatal(err)
	}
	if d := next("chat"); len(d.Messages) != 1 || d.Messages[0].Quote != "供水" || d.Messages[0].ReplyTo != m.ID {
		t.Errorf("after a reply it tells %+v", d)
	}

	query, err := p.bot.TapIndex(me, m.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	call(t, p, home, "answerCallbackQuery", url.Values{"callback_query_id": {query}, "text": {"已签收"}})
	if d := next("chat"); len(d.Messages) != 0 || len(d.Toasts) != 1 || d.Toasts[0] != "已签收" {
		t.Errorf("after a tap it tells %+v", d)
	}

	call(t, p, home, "editMessageText", url.Values{"chat_id": {"1001"}, "message_id": {"2"}, "text": {"改了"}})
	if d := next("chat"); len(d.Messages) != 1 || d.Messages[0].HTML != "改了" || d.Messages[0].Edited == "" || d.Messages[0].Keys != nil {
		t.Errorf("after an edit it tells %+v", d)
	}

	call(t, p, home, "deleteMessage", url.Values{"chat_id": {"1001"}, "message_id": {"2"}})
	if d := next("chat"); len(d.Messages) != 0 || len(d.Gone) != 1 || d.Gone[0] != 2 {
		t.Errorf("after a deletion it tells %+v", d)
	}

	if _, err := p.town.post("", "新帖", ""); err != nil {
		t.Fatal(err)
	}
	next("town")
}

func TestFirstLine(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "一行": "一行", "一行\n二行": "一行", strings.Repeat("长", 50): strings.Repeat("长", 36) + "…", "🔔 供水": "🔔 供水",
	} {
		if got := firstLine(in); got != want {
			t.Errorf("firstLine(%q) = %q, want %q", in, got, want)
		}
	}
}
