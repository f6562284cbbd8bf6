package e2e

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"huiyin/internal/botapi"
	"huiyin/internal/cases"
	"huiyin/internal/chat"
	"huiyin/internal/pipeline"
)

func TestReopened(t *testing.T) {
	w := newWorld(t, "2026-11-20 09:05")
	w.say("清河论坛", dry, dryText)
	w.tap(wang, "签收")
	w.reply(wang, number(1), w.answer("/huifu/water.html", "关于城东片区停水问题的答复", mended))
	w.tap(wang, "办结")
	w.to("2026-11-23 10:00")
	w.say("百姓呼声", dry, dryText)
	w.rang(map[int64]int{wang: 3})
	w.due(number(1), "2026-11-24 17:30")
	w.shows(wang, number(1), "同一件事共 2 帖")
	w.tap(wang, "签收")
	w.happened(number(1), cases.Opened, cases.Signed, cases.Replied, cases.Verified, cases.Closed, cases.Joined, cases.Reopened, cases.Signed)
	w.golden("reopened", "办结以后又有人反映，自动重开")
}

func TestMergeAndSplit(t *testing.T) {
	w := newWorld(t, "2026-11-20 09:05")
	w.say("清河论坛", "桃园小区停水三天没人管", "桃园小区从星期二开始停水，打供水热线一直占线，老人提不动水，请问什么时候恢复供水？")
	w.tap(wang, "签收")
	w.to("2026-11-20 09:30")
	w.say("百姓呼声", "供水热线打不通，桃园小区停水没人管", "我住桃园小区，停水三天了，供水热线打了几十遍一直占线，家里老人下楼提水提不动，到底什么时候恢复供水？")
	c := w.held(number(2))
	if len(c.Alike) != 1 {
		t.Fatalf("nothing is offered for merging: %v", c.Alike)
	}
	w.tapOn(wang, w.card(wang, number(2)), "更多")
	w.toast(w.tap(wang, "并到 2026-000001"), "已并入 2026-000001")
	w.happened(number(2), cases.Opened, cases.Alike, cases.Merged)
	w.shows(wang, number(1), "同一件事共 2 帖", "并进来的：2026-000002")
	w.to("2026-11-20 10:00")
	w.say("清河贴吧", "桃园小区停水三天没人管", "桃园小区从星期二开始停水，打供水热线一直占线，老人提不动水，请问什么时候恢复供水？")
	w.to("2026-11-20 10:10")
	w.tapOn(wang, w.card(wang, number(1)), "更多")
	w.toast(w.tap(wang, "拆出最新一帖"), "新编号 2026-000003")
	w.happened(number(1), cases.Opened, cases.Signed, cases.Took, cases.Joined, cases.Split)
	w.golden("merge-and-split", "并案：换个说法的同一件事；拆分：其实是另一件事")
}

func TestEvidence(t *testing.T) {
	w := newWorld(t, "2026-11-20 09:05")
	w.say("清河论坛", dry, dryText)
	w.tap(wang, "签收")
	w.to("2026-11-20 10:00")
	var photo bytes.Buffer
	w.check(jpeg.Encode(&photo, image.NewRGBA(image.Rect(0, 0, 320, 240)), nil))
	card := w.card(wang, number(1))
	must(w.api.Write(botapi.Draft{From: wang, ReplyTo: card.ID, Files: []botapi.File{{Photo: true, Data: photo.Bytes()}}}))
	w.settle()
	must(w.api.Write(botapi.Draft{From: wang, Files: []botapi.File{{Name: "抢修记录.pdf", Data: []byte("%PDF-1.4 抢修记录")}}}))
	w.settle()
	w.reads(wang, "没有存下：看不出这份材料是哪一件的")
	must(w.api.Write(botapi.Draft{From: wang, Text: "2026-1 抢修记录", Files: []botapi.File{{Name: "抢修记录.pdf", Data: []byte("%PDF-1.4 抢修记录")}}}))
	w.settle()
	w.reads(wang, "的材料已存证：抢修记录.pdf")
	w.to("2026-11-20 10:30")
	must(w.api.Write(botapi.Draft{From: wang, ReplyTo: card.ID, Text: "经查，因主管道破裂停水，已安排抢修，目前已恢复供水，后续将加强巡查。",
		Files: []botapi.File{{Photo: true, Data: photo.Bytes()}}}))
	w.settle()
	c := w.held(number(1))
	if len(c.Replies) != 1 || len(c.Evidence) != 4 { // the page of the post, two photos, a document
		t.Errorf("%d answers, %d files", len(c.Replies), len(c.Evidence))
	}
	w.to("2026-11-20 11:00")
	id := w.reply(wang, number(1), "补充：阀门也已更换。")
	w.check(w.api.Edit(wang, id, "补充：阀门和水表也已更换。"))
	w.settle()
	w.reads(wang, "已记录的回应不能改")
	if got := w.held(number(1)).Replies; len(got) != 2 || got[1].Text != "补充：阀门也已更换。" {
		t.Errorf("what is on record changed: %v", got)
	}
	w.golden("evidence", "照片、文件存证；带说明的照片；改了已经发出的话")
}

func TestPageChanges(t *testing.T) {
	w := newWorld(t, "2026-11-20 09:05")
	path := w.say("清河论坛", dry, dryText)
	w.tap(wang, "签收")
	w.to("2026-11-20 09:50")
	w.sites.write(path, dry, "从星期二起，城东的桃园、杏园两个小区停水了，现在只有杏园还没有来水。", "2026-11-20 09:05")
	w.to("2026-11-20 10:06")
	w.shows(wang, number(1), "⚠️")
	w.sites.drop(path)
	w.to("2026-11-21 09:10")
	w.happened(number(1), cases.Opened, cases.Signed, cases.Changed, cases.Changed)
	w.rang(map[int64]int{wang: 1}) // it is told in silence
	w.golden("page-changes", "原帖先改了，后来打不开了，卡片上有说明")
}

func TestDoubleTapsAndOldCards(t *testing.T) {
	w := newWorld(t, "2026-11-20 09:05")
	w.say("清河论坛", dry, dryText)
	old := w.card(wang, number(1))
	data, _ := button(old, "签收")
	must(w.api.Tap(wang, old.ID, data))
	must(w.api.Tap(wang, old.ID, data))
	w.settle()
	w.happened(number(1), cases.Opened, cases.Signed)
	w.to("2026-11-23 09:03") // it rings again, by a new card
	if w.card(wang, number(1)).ID == old.ID {
		t.Fatal("there is no new card")
	}
	w.reply(wang, number(1), w.answer("/huifu/water.html", "关于城东片区停水问题的答复", mended))
	w.tap(wang, "办结")
	old = w.message(wang, old.ID)
	w.toast(w.tapOn(wang, old, "停时"), "已由王敏于 11-23 09:03 办结")
	w.toast(w.tapOn(wang, old, "无需回应"), "已由王敏于 11-23 09:03 办结")
	w.happened(number(1), cases.Opened, cases.Signed, cases.Reminded, cases.Replied, cases.Verified, cases.Closed)
	w.golden("old-cards", "连点两下，点旧卡片上的按钮，都不坏事")
}

func (w *world) message(chat int64, id int) botapi.Message {
	w.t.Helper()
	m, ok := w.phone(chat, func(m botapi.Message) bool { return m.ID == id })
	if !ok {
		w.t.Fatalf("message %d is gone", id)
	}
	return m
}

func TestBlocked(t *testing.T) {
	w := newWorld(t, "2026-11-20 09:05")
	w.check(w.api.Block(wang))
	w.say("清河论坛", dry, dryText)
	w.rang(map[int64]int{li: 1})
	w.to("2026-11-20 09:20")
	must(w.api.Start(wang, ""))
	w.settle()
	w.to("2026-11-20 09:25")
	w.tap(li, "签收")
	w.say("清河论坛", "学府路北段水压太低", "学府路北段六楼以上水压太低，早晚洗不了澡，请供水公司来看看。")
	if c := w.held(number(2)); c.Officer != "王敏" {
		t.Errorf("the next case is %s's", c.Officer)
	}
	w.golden("blocked", "A 岗停用了机器人，B 岗接手；A 岗回来以后照常")
}

func TestFlood(t *testing.T) {
	w := newWorld(t, "2026-11-20 09:05")
	refused := make(chan struct{}, 100)
	until := w.now().Add(10 * time.Minute)
	w.api.Fault(func(c botapi.Call) *botapi.Fault {
		if left := until.Sub(w.now()); c.ChatID == wang && left > 0 && c.Method == "sendMessage" {
			refused <- struct{}{}
			return botapi.TooMany(int(left.Seconds()))
		}
		return nil
	})
	w.read(w.thread("清河论坛", dry, dryText))
	<-refused
	w.until("the refusal to be noted", func() bool { // before the clock goes on
		return must(w.pipeline.Outgoing(context.Background()))[0].Begun.IsZero()
	})
	w.read(w.thread("清河论坛", "物业费涨价没有公示", "阳光小区物业费涨价，没有公示也没有开会，请住建局管一管。"))
	w.until("the other's card", func() bool { rang, _ := w.api.Rings(zhao); return rang == 1 })
	for range 9 {
		w.set(w.now().Add(time.Minute))
		w.check(w.pipeline.Tick())
	}
	w.shoot()
	w.rang(map[int64]int{zhao: 1})
	if n := len(refused); n != 0 {
		t.Errorf("Telegram was asked %d times more within the ten minutes", n)
	}
	w.set(w.now().Add(time.Minute))
	w.check(w.pipeline.Tick())
	w.settle()
	w.rang(map[int64]int{wang: 1, zhao: 1})
	w.tap(wang, "签收")
	w.golden("flood", "Telegram 让等十分钟（429）：到时补上，只响一次；别人的不受影响")
}

func TestVanished(t *testing.T) {
	w := newWorld(t, "2026-11-20 09:05")
	w.say("清河论坛", dry, dryText)
	card := w.card(wang, number(1))
	res := must(http.PostForm(w.telegram+"/bot"+w.api.Token()+"/deleteMessage",
		url.Values{"chat_id": {strconv.Itoa(wang)}, "message_id": {strconv.Itoa(card.ID)}}))
	w.check(res.Body.Close())
	w.to("2026-11-20 09:10")
	w.read(w.thread("百姓呼声", dry, dryText))
	w.until("the edit to fail", func() bool {
		w.set(w.now().Add(time.Second)) // what failed is tried again a little later
		w.pipeline.Wake()
		return w.queued() == 0
	})
	w.shows(wang, number(1), "同一件事共 2 帖")
	w.tap(wang, "签收")
	w.happened(number(1), cases.Opened, cases.Joined, cases.Signed)
	w.golden("vanished", "卡片被删了，有新情况时重新发一张")
}

func TestStrangers(t *testing.T) {
	w := newWorld(t, "2026-11-20 09:05")
	w.write(stranger, "你好，这是什么？")
	w.until("an answer", func() bool { return len(w.api.Chat(stranger)) == 2 })
	w.settle() // and on the film
	w.write(stranger, "/case 1")
	must(w.api.Start(stranger, "WRONGCODE1234567"))
	w.settle()
	w.to("2026-11-20 09:10")
	w.write(wang, "/invite 李强")
	w.write(wu, "/unbind 李强")
	w.write(wu, "/invite 路人")
	code := must(w.pipeline.Invite("李强"))
	w.to("2026-11-20 09:12")
	must(w.api.Start(stranger, code))
	w.settle()
	if name := must(w.pipeline.Who(stranger)); name != "李强" {
		t.Errorf("bound as %q", name)
	}
	if name := must(w.pipeline.Who(li)); name != "" {
		t.Errorf("the old phone is still %q's", name)
	}
	w.hide(code)
	w.golden("strangers", "陌生人什么也看不到；解绑，换一部手机绑定")
}

// hide takes a code, which is another one each time, out of the film.
func (w *world) hide(code string) { w.film.hidden = append(w.film.hidden, code) }

func TestDisclosure(t *testing.T) {
	for _, one := range []struct {
		name, title string
		how         cases.Disclosure
	}{
		{"disclose-brief", "只让专题、编号和时间离开单位", cases.Disclosure{Level: cases.Brief}},
		{"disclose-link", "只让内部看板的链接离开单位", cases.Disclosure{Level: cases.Link, Board: "https://huiyin.oa.example.cn"}},
	} {
		t.Run(one.name, func(t *testing.T) {
			w := newWorld(t, "2026-11-20 09:05", func(o *pipeline.Office, c *chat.Options) { o.Disclose, c.Disclose = one.how, one.how })
			w.say("清河论坛", dry, dryText)
			w.tap(wang, "签收")
			w.write(wang, "/todo")
			w.write(wang, "/case 1")
			w.tapOn(wang, w.card(wang, number(1)), "协办")
			w.tap(wang, "住建局")
			w.reply(zhao, number(1), "桃园小区的二次供水泵房已经检修。")
			p := w.post("市政府网站", "关于城东三个小区停水三天的情况说明", mended, "/huifu/own.html")
			p.URL = w.answer(p.Key, p.Title, p.Text)
			w.read(p)
			w.settle()
			w.reply(wang, number(1), w.answer("/news/run.html", "我市在桃园举办冬季长跑", "两千名市民参加。"))
			w.tap(wang, "办结")
			w.write(wang, "/search 三个小区 本月")
			w.write(wang, "/stats")
			w.write(liu, "/digest")
			w.discreet("城东", "桃园", "三个小区", "长跑")
			w.golden(one.name, one.title)
		})
	}
}

// discreet demands that no phone shows what people wrote.
func (w *world) discreet(secrets ...string) {
	w.t.Helper()
	for _, chat := range w.chats() {
		for _, secret := range secrets {
			for _, m := range w.api.Chat(chat) {
				if m.FromBot && strings.Contains(m.Text, secret) {
					w.t.Errorf("%s leaves the house: %s", secret, m.Text)
				}
			}
			for _, tap := range w.api.Taps(chat) {
				if tap.Answer != nil && strings.Contains(tap.Answer.Text, secret) {
					w.t.Errorf("%s leaves the house: %s", secret, tap.Answer.Text)
				}
			}
		}
	}
}

func TestCommands(t *testing.T) {
	w := newWorld(t, "2026-11-20 09:05")
	w.say("清河论坛", dry, dryText)
	w.say("清河论坛", "物业费涨价没有公示", "阳光小区物业费涨价，没有公示也没有开会，请住建局管一管。")
	w.tap(wang, "签收")
	for _, command := range []string{"/todo", "/case 2", "/search 停水 本月", "/stats", "/help"} {
		for _, person := range []int64{wang, zhou, liu, wu} {
			w.write(person, command)
		}
	}
	w.write(liu, "/digest")
	w.write(wang, "/template 1")
	if contains := bytes.Contains([]byte(w.api.Transcript(wang)), []byte("物业费")); contains {
		t.Error("an officer reads of another unit's case")
	}
	w.golden("commands", "责任人、单位负责人、领导、管理员各自能看到什么")
}
