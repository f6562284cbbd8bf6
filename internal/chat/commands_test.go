package chat

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/journal"
	"huiyin/internal/post"
)

// everybody is a world in which all have bound.
func everybody(t testing.TB) *world {
	w := staffed(t)
	w.bind(zhou, wu)
	return w
}

// ask sends a command and returns what comes.
func (w *world) ask(person int64, text string) string {
	w.t.Helper()
	w.awaitEmptyOutbox()
	before := w.fromBot(person)
	must(w.api.Send(person, text))
	w.until("an answer to "+text, func() bool { return w.fromBot(person) > before })
	w.awaitEmptyOutbox()
	w.clock.move(3 * time.Second) // or they would come too fast
	var fresh []string
	for _, m := range w.api.Chat(person) {
		if m.FromBot {
			fresh = append(fresh, m.Text)
		}
	}
	return strings.Join(fresh[before:], "\n\n")
}

func (w *world) fromBot(person int64) int { return w.count(person, "") }

func TestCommands(t *testing.T) {
	w := everybody(t)
	number := w.ring("城东停水三天", "城东停水三天了，没人管。")
	w.await(wang, number)
	tests := []struct {
		person     int64
		text, want string
	}{
		{wang, "/case", "没有看懂。请写上编号，例如：/case 123"},
		{wang, "/case 停水", "没有看懂。请写上编号"},
		{wang, "/case 99", "没有 2026-000099 这一件，或者它不归您看。请核对编号。"},
		{wang, "/case 1", "📜 2026-000001 办理记录\n🔔 2026-000001 供水：城东停水三天，"},
		{wang, "/case 第１号", "11-20 09:05 登记：供水，一般，归供水集团，责任人王敏"},
		{wang, "/case@huiyin_bot 2026-1", "📜 2026-000001"},
		{zhao, "/case 1", "没有 2026-000001 这一件，或者它不归您看。请核对编号。"},
		{liu, "/记录 1", "📜 2026-000001"},
		{wu, "/case 1", "没有 2026-000001 这一件，或者它不归您看。"},

		{wang, "/new", "没有看懂。第一行写来电、来信或来访和标题"},
		{wang, "/new 停水", "没有看懂。"},
		{wang, "/new 来访 村里的路坏了", "已登记：2026-000002，专题“人工登记”，归供水集团（王敏）办理。"},

		{wang, "/duty", "今天（11-20）值班：\n供水集团：王敏\n调班请发"},
		{wu, "/duty", "供水集团：王敏\n住建局：赵倩"},
		{wang, "/duty 李强 11-24", "已登记：2026-11-24 供水集团由李强值班。"},
		{wang, "/duty 11月25日 李强", "已登记：2026-11-25 供水集团由李强值班。"},
		{wang, "/duty 赵倩", "没有登记：赵倩不是您单位的责任人。请核对姓名。"},
		{wang, "/duty 李强 11-24 11-26", "没有看懂。例如：/duty"},
		{wang, "/duty 11-24", "没有看懂。例如：/duty"},
		{wang, "/duty 李强 2-30", "没有看懂。例如：/duty"},
		{wang, "/值班 李强", "已登记：2026-11-20 供水集团由李强值班。"},

		{wang, "/off", "没有看懂。例如：/off 明天；"},
		{li, "/off 11-24 11-26", "已登记：李强 2026-11-24 至 2026-11-26 请假"},
		{li, "/off 12-30 到 1-2", "已登记：李强 2026-12-30 至 2027-01-02 请假"},
		{li, "/off 明天 请假", "已登记：李强 2026-11-21 至 2026-11-21 请假"},
		{li, "/off 取消", "已销假：李强今天起照常值班。"},
		{li, "/off 11-26 11-24", "没有看懂。例如：/off"}, // backwards
		{li, "/off 11-24 2027-3-1", "没有看懂。例如：/off"},
		{li, "/off 11-24 取消", "没有看懂。例如：/off"},
		{li, "/off 很久", "没有看懂。例如：/off"},
		{zhou, "/off 李强 11-24 11-26", "已登记：李强 2026-11-24 至 2026-11-26 请假"},
		{wu, "/off 李强 取消", "已销假：李强今天起照常值班。"},
		{zhao, "/off 李强 11-24", "没有登记：李强的请假由本人、单位负责人或管理员登记。"},

		{wang, "/transfer", "没有看懂。例如：/transfer 123 住建局 不归我们管"},
		{wang, "/transfer 1", "没有看懂要转给哪个单位。现有单位：供水集团、住建局。"},
		{wang, "/transfer 1 水利局", "没有看懂要转给哪个单位。"},
		{zhao, "/transfer 1 住建局 我要", "没有 2026-000001 这一件，或者它已归档，或者不归您办。请核对编号。"},
		{wang, "/transfer 1 转给住建 工地挖断了水管，电话13812345678", "2026-000001 已转给住建局（赵倩）。"},
		{zhao, "/todo", "等您签收"},
		{zhao, "/case 1", "（工地挖断了水管，电话138******78）"},

		{wang, "/search", "没有看懂。请写要查的词"},
		{wang, "/search 停水 上周", "查到 王敏 停水 上周"},
		{wang, "/stats 上月", "统计 王敏 上月"},
		{liu, "/统计", "统计 刘建国"},
		{wang, "/board", "只能用一次。谁打开就算您登录，请不要转给别人。\nhttps://board.example.cn/login/王敏"},
		{liu, "/digest", "每日简报"},
		{liu, "简报", "每日简报"},

		{wu, "/mute", "现在没有静音的专题。"},
		{wu, "/mute 水利 2小时", "没有看懂是哪个专题。现有专题：供水、安全事故。"},
		{wu, "/mute 供水", "没有看懂。例如：/mute 供水 2小时"},
		{wu, "/mute 供水 很久", "没有看懂。例如：/mute 供水 2小时"},
		{wu, "/mute 供水 到明天", "“供水”静音到 11-21 08:00。卡片照发，只是不响；重大事项仍然会响。"},
		{wu, "/mute", "现在静音的专题：\n供水，到 11-21 08:00"},
		{wu, "/mute 供水 取消", "“供水”恢复提醒。"},

		{wang, "/template", "没有看懂。请写上编号"},
		{wang, "/template 1", "网友您好：您反映的“城东停水三天”问题已收悉（编号 2026-000001）。"},
		{wu, "/template 1", "没有 2026-000001 这一件"},
		{wang, "/merge 1", "没有看懂。请写上两个编号"},
		{wang, "/merge 1 1", "2026-000001 正在转办，等对方签收后再并案。"},
		{wang, "/merge 2 2", "不能并到它自己。"},
		{wang, "/merge 1 2 3", "没有看懂。请写上两个编号"},
		{wang, "/split 1 零", "没有看懂。请写上编号和第几帖"},
		{wang, "/split 1 第7帖", "没有第 7 帖，或者已经拆出去了。"},

		{wu, "/invite", "没有看懂。请写上姓名"},
		{wu, "/invite 路人", "配置里没有“路人”这个人。"},
		{wu, "/invite 李强", "请把下面这一行转给李强本人，24 小时内有效，只能用一次：\nhttps://t.me/huiyin_bot?start="},
		{wu, "/unbind", "没有看懂。请写上姓名"},
		{wu, "/unbind 赵倩", "赵倩已解绑，原来的手机不能再操作。"},
		{zhao, "/todo", away},

		{wang, "/help", "/todo 我的待办事项\n"},
		{wang, "/不知道", "王敏，您好。"},
		{wang, "帮助", "可以用的命令："},
	}
	for _, tt := range tests {
		if got := w.ask(tt.person, tt.text); !strings.Contains(got, tt.want) {
			t.Errorf("%s %s: %q, want %q", names[tt.person], tt.text, got, tt.want)
		}
	}
}

// What a person may not do is refused, and the refusal tells nothing.
func TestRoles(t *testing.T) {
	w := everybody(t)
	for _, text := range []string{"/mute", "/mute 供水 2小时", "/invite 李强", "/unbind 李强"} {
		for _, person := range []int64{wang, zhou, liu} {
			if got := w.ask(person, text); got != notForYou {
				t.Errorf("%s %s: %q", names[person], text, got)
			}
		}
	}
	if got := w.ask(wu, "/stats"); got != notForYou {
		t.Errorf("stats: %q", got)
	}
	if got := w.ask(wang, "/digest"); got != "简报只发给领导和单位负责人。您名下的事项都在上面的卡片里。" {
		t.Errorf("digest: %q", got)
	}
	if who := must(w.pipeline.Who(li)); who != "李强" {
		t.Error("li was unbound")
	}
	help := w.ask(wang, "/help")
	if strings.Contains(help, "/invite") || strings.Contains(help, "/mute") || strings.Contains(help, "/digest") || !strings.Contains(help, "/todo") {
		t.Errorf("an officer's help: %q", help)
	}
	if help := w.ask(wu, "/help"); !strings.Contains(help, "/invite") || !strings.Contains(help, "/unbind") {
		t.Errorf("an admin's help: %q", help)
	}
}

func TestTodo(t *testing.T) {
	w := staffed(t)
	if got := w.ask(wang, "待办"); got != "您手上没有待办事项。" {
		t.Errorf("%q", got)
	}
	const places = "东南西北中前后左右上下里外"
	for i, place := range []rune(places)[:12] {
		w.ring(fmt.Sprintf("%c门村停水", place), fmt.Sprintf("%c门村从%d日起停水，%s。", place, i+1, strings.Repeat(string(place), 30)))
	}
	w.awaitEmptyOutbox()
	last := must(w.pipeline.Act(cases.Act{Update: 9001, By: "王敏", Case: "2026-000012", Kind: cases.Signed}))
	if !strings.Contains(last, "已签收") {
		t.Fatal(last)
	}
	got := w.ask(wang, "/todo")
	if !strings.HasPrefix(got, "您手上有 12 件待办（第 1 页，共 2 页），要看哪一件请点编号：\n🔔 2026-000001 供水：东门村停水，还剩 13 小时 54 分（工作时间）\n") ||
		strings.Count(got, "\n") != todoPage {
		t.Errorf("%q", got)
	}
	m := w.await(wang, "您手上有 12 件待办")
	w.tap(wang, m.ID, "下一页 »")
	w.await(wang, "📌 2026-000012 供水：")
	before := w.count(wang, "2026-000003\n")
	w.tap(wang, m.ID, "2026-000003 西门村停水")
	w.until("the card anew", func() bool { return w.count(wang, "2026-000003\n") == before+1 })
	w.clock.move(200 * time.Hour)
	if got := w.ask(wang, "/todo 2"); !strings.Contains(got, "⏰ 2026-000011 供水：下门村停水，已超过时限 11-23 17:30") {
		t.Errorf("%q", got)
	}
	if got := w.ask(liu, "待办"); !strings.Contains(got, "您手上有 12 件待办") {
		t.Errorf("the leader reads %q", got)
	}
	m = w.await(liu, "您手上有 12 件待办")
	w.tap(liu, m.ID, "2026-000001 东门村停水") // whose card the leader has not: the history comes
	w.await(liu, "📜 2026-000001 办理记录")
}

// What was archived is read from the warehouse, by those who could read it before.
func TestArchivedCase(t *testing.T) {
	w := newWorld(t)
	s := complaint().signed(time.Minute).replied(reply, time.Hour).then(cases.Event{Kind: cases.Closed, By: "王敏"}, 2*time.Hour).
		then(cases.Event{Kind: cases.Archived}, 900*time.Hour)
	w.archive = map[string][]cases.Event{"2026-000007": s.events, "2026-000008": s.events[1:]}
	w.start()
	w.bind(wang, li, zhao, liu)
	for _, person := range []int64{wang, li, liu} {
		if got := w.ask(person, "/case 7"); !strings.Contains(got, "📁 2026-000007") || !strings.Contains(got, "归档") || !strings.Contains(got, "王敏办结") {
			t.Errorf("%s reads %q", names[person], got)
		}
	}
	if got := w.ask(zhao, "/case 7"); got != notYours("2026-000007") {
		t.Errorf("another unit reads %q", got)
	}
	if got := w.ask(wang, "/case 8"); !strings.HasPrefix(got, "暂时查不到 2026-000008，") {
		t.Errorf("damaged: %q", got)
	}
}

func TestOfficeThatFails(t *testing.T) {
	w := newWorld(t)
	w.options = func(o *Options) {
		o.Search = func(context.Context, string, string) (string, error) { return "", errors.New("no warehouse") }
		o.Archive = func(context.Context, string) ([]cases.Event, error) { return nil, errors.New("no warehouse") }
	}
	w.start()
	w.bind(wang)
	if got := w.ask(wang, "/search 停水"); got != "查询结果暂时出不来，请过几分钟再试。如果一直这样，请告诉管理员。" {
		t.Errorf("%q", got)
	}
	if got := w.ask(wang, "/case 7"); got != "暂时查不到 2026-000007，请过几分钟再试。如果一直这样，请告诉管理员。" {
		t.Errorf("%q", got)
	}
}

func TestMenuOfCommands(t *testing.T) {
	w := newWorld(t)
	w.api.FailNext("setMyCommands", nil)
	w.start()
	w.until("the menus", func() bool { return w.observed("setMyCommands ok") == 2 })
	var got []string
	for _, c := range w.api.Commands("all_private_chats", 0) {
		got = append(got, c.Command)
	}
	if s := strings.Join(got, " "); s != "todo case new duty off transfer search digest stats board mute template merge split help" {
		t.Errorf("private: %s", s)
	}
	if c := w.api.Commands("all_group_chats", 0); len(c) != 1 || c[0].Command != "group" {
		t.Errorf("groups: %v", c)
	}
}

// Who sends too much is told once; what answers a card is heard all the same.
func TestHurry(t *testing.T) {
	w := staffed(t)
	number := w.ring("城东停水三天", "城东停水三天了，没人管。")
	card := w.await(wang, number)
	for range perMinute + 10 {
		must(w.api.Send(wang, "待办"))
	}
	w.await(wang, tooFast)
	w.tap(wang, card.ID, "签收")
	must(w.api.Reply(wang, card.ID, "已恢复供水。"))
	w.await(wang, "已记录对 "+number)
	if n := w.count(wang, "您手上有 1 件待办"); n != perMinute || w.count(wang, tooFast) != 1 {
		t.Errorf("%d answers, %d refusals", n, w.count(wang, tooFast))
	}
	if c := w.caseOf(number); len(c.Replies) != 1 {
		t.Errorf("%+v", c)
	}
	if got := w.ask(li, "待办"); !strings.HasPrefix(got, "您手上没有") {
		t.Errorf("a colleague reads %q", got)
	}
	w.clock.move(time.Minute)
	if got := w.ask(wang, "待办"); !strings.HasPrefix(got, "您手上有") {
		t.Errorf("a minute later: %q", got)
	}
}

// A long history fits one message: those in the middle are left out.
func TestLongTimeline(t *testing.T) {
	w := staffed(t)
	number := w.ring("城东停水三天", "城东停水三天了，没人管。")
	w.check(w.journal.Update(func(tx *journal.Tx) error {
		for i := range 200 {
			_, err := tx.Append(cases.Event{Case: number, Kind: cases.Kept, By: "王敏", At: friday, Title: fmt.Sprintf("照片%d <b>", i), SHA256: "0"})
			if err != nil {
				return err
			}
		}
		return nil
	}))
	got := w.ask(wang, "/case 1")
	if n := len([]rune(got)); n > 3200 || n < 2500 {
		t.Errorf("%d characters", n)
	}
	for _, want := range []string{"登记：供水", "……（中间 ", "存证：照片0 <b>", "王敏存证：照片199 <b>"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in %q", want, got)
		}
	}
}

// Too many at once come in one message, from which each can be looked at.
func TestBundle(t *testing.T) {
	w := newWorld(t)
	w.office.Storm = 2
	w.start()
	w.bind(wang)
	for i, place := range []rune("东南西北中") {
		w.ring(fmt.Sprintf("%c门村停水", place), fmt.Sprintf("%c门村从%d日起停水，%s。", place, i+1, strings.Repeat(string(place), 30)))
	}
	w.await(wang, "2026-000002")
	w.clock.move(2 * time.Minute)
	w.pipeline.Wake()
	m := w.await(wang, "一分钟内新到 3 件，逐件看请点编号。")
	if got := w.labels(wang, m.ID); got != "2026-000003 | 2026-000004 | 2026-000005" || !strings.Contains(m.Text, "🔔 2026-000004 供水：北门村停水") {
		t.Errorf("%q %q", m.Text, got)
	}
	w.tap(wang, m.ID, "2026-000004")
	card := w.await(wang, "2026-000004\n北门村停水")
	w.awaitLabels(wang, card.ID, fresh)
}

// A muted topic's cards come without a sound.
func TestMutedTopic(t *testing.T) {
	w := everybody(t)
	w.ask(wu, "/mute 供水 2小时")
	rang, silent := w.api.Rings(wang)
	number := w.ring("城东停水三天", "城东停水三天了，没人管。")
	w.await(wang, number)
	if r, s := w.api.Rings(wang); r != rang || s != silent+1 {
		t.Errorf("rang %d times, silent %d", r-rang, s-silent)
	}
	w.ingest(post.Post{Title: "化工厂爆炸", Text: "化工厂刚才爆炸了。"})
	w.await(wang, "化工厂爆炸")
	if r, _ := w.api.Rings(wang); r != rang+1 {
		t.Error("another topic made no sound")
	}
}
