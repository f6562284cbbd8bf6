package chat

import (
	"strings"
	"testing"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/post"
)

func TestPauseAndResume(t *testing.T) {
	w := staffed(t)
	number := w.ring("城东停水三天", "城东停水三天了，没人管。")
	card := w.await(wang, number)
	w.tap(wang, card.ID, "签收")
	w.tap(wang, card.ID, "停时")
	w.awaitLabels(wang, card.ID, strings.Join(cases.PauseReasons, " | ")+" | « 返回")
	w.tap(wang, card.ID, cases.PauseReasons[1])
	w.awaitToast(wang, number+" 已停时：等上级答复。有了结果请点“恢复计时”。")
	w.await(wang, "已停时（等上级答复）：11-20 09:05 起")
	w.awaitLabels(wang, card.ID, "转办 协办 恢复计时 | 无需回应 更多")
	w.clock.move(time.Hour)
	w.tap(wang, card.ID, "恢复计时")
	w.awaitToast(wang, number+" 已恢复计时，请在 11-24 10:00 前回应。")
	w.await(wang, "停过时 1 次")
}

func TestHelpers(t *testing.T) {
	w := staffed(t)
	number := w.ring("城东停水三天", "城东停水三天了，没人管。")
	card := w.await(wang, number)
	w.tap(wang, card.ID, "签收")
	w.tap(wang, card.ID, "协办")
	w.tap(wang, card.ID, "住建局")
	w.awaitToast(wang, number+" 已请住建局（赵倩）协办，仍由供水集团牵头。")
	w.check(w.tapOld(wang, "h:"+number+":"+short("住建局"))) // a second tap
	w.awaitToast(wang, "已请住建局协办，正在等答复，不用重复请。")
	theirs := w.await(zhao, "供水集团（王敏）牵头办理，请您单位协办。")
	if got := w.labels(zhao, theirs.ID); got != "" {
		t.Errorf("the helper is offered %q", got)
	}
	must(w.api.Reply(zhao, theirs.ID, "是三标段挖断的，已责成今晚接通。"))
	w.await(zhao, "协办答复已记录，已告诉供水集团。")
	w.await(wang, "是三标段挖断的")
	w.await(zhao, "住建局的协办答复已记录，仍由供水集团（王敏）牵头办理。")
	if w.count(zhao, number+"\n") != 1 {
		t.Error("the helper's card was sent again")
	}
}

// What is approved is what was read: a button of an earlier draft does nothing.
func TestReview(t *testing.T) {
	w := newWorld(t)
	w.office.Review = []string{"reply"}
	w.start()
	w.bind(wang, zhou, liu)
	number := w.ring("城东停水三天", "城东停水三天了，没人管。")
	card := w.await(wang, "公开之前要先送审")
	must(w.api.Reply(wang, card.ID, "经查，管道老化。"))
	w.await(wang, "的草稿已送周建审核")
	review := w.await(zhou, "供水集团（王敏）送来草稿，请您审核：\n经查，管道老化。")
	if got := w.labels(zhou, review.ID); got != "同意 退回" {
		t.Errorf("the head is offered %q", got)
	}
	stale := verbButton("a", w.caseOf(number)).CallbackData
	w.tap(zhou, review.ID, "退回")
	w.awaitLabels(zhou, review.ID, strings.Join(returnRemarks, " | ")+" | « 返回")
	w.tap(zhou, review.ID, returnRemarks[1])
	w.awaitToast(zhou, "的草稿已退回王敏修改。")
	w.await(zhou, "草稿已审：退回。")
	w.until("the card to ring again", func() bool { return w.count(wang, number+"\n") == 2 })
	card = w.await(wang, "草稿被周建退回（"+returnRemarks[1]+"）")
	must(w.api.Reply(wang, card.ID, "送审：经查，管道老化，现已更换，预计今晚恢复。"))
	w.await(zhou, "现已更换")
	w.check(w.tapOld(zhou, stale))
	w.awaitToast(zhou, changed)
	if d := w.caseOf(number).Draft; d.Verdict != "" {
		t.Errorf("approved unseen: %+v", d)
	}
	review = w.await(zhou, "现已更换")
	must(w.api.Reply(zhou, review.ID, "请再写明联系人。"))
	w.await(zhou, "草稿已审：退回。")
	card = w.await(wang, "草稿被周建退回（请再写明联系人。）")
	must(w.api.Reply(wang, card.ID, "送审 经查，管道老化，现已更换，联系人老周。"))
	review = w.await(zhou, "联系人老周")
	w.tap(zhou, review.ID, "同意")
	w.awaitToast(zhou, "的草稿已同意，王敏会看到。")
	w.check(w.tapOld(zhou, verbButton("a", w.caseOf(number)).CallbackData))
	w.awaitToast(zhou, "没有等待审核的草稿，可能已经审过了。")
	card = w.await(wang, "草稿已由周建同意，可以公开了。")
	must(w.api.Reply(wang, card.ID, "https://water.example.gov.cn/1"))
	w.awaitState(number, cases.Answered)
}

// A leader sees a case's history, with what a leader may do under it.
func TestLeaderOnACase(t *testing.T) {
	w := staffed(t)
	number := w.ring("城东停水三天", "城东停水三天了，没人管。")
	w.await(wang, number)
	ask := func(want string) int {
		t.Helper()
		before := w.count(liu, "办理记录")
		must(w.api.Send(liu, "/case 1"))
		w.until("a timeline", func() bool { return w.count(liu, "办理记录") > before })
		m := w.await(liu, "办理记录")
		if got := w.labels(liu, m.ID); got != want {
			t.Fatalf("the leader is offered %q, want %q", got, want)
		}
		return m.ID
	}
	m := ask("延期 | 转办")
	w.tap(liu, m, "延期")
	w.awaitLabels(liu, m, strings.Join(cases.ExtendReasons, " | ")+" | « 返回")
	w.tap(liu, m, "« 返回")
	w.awaitLabels(liu, m, "延期 转办")
	w.tap(liu, m, "延期")
	w.tap(liu, m, cases.ExtendReasons[1])
	w.awaitToast(liu, number+" 已延期到 11-24 17:30：涉及多个单位，需要会商。")
	w.awaitLabels(liu, m, "转办") // once only
	w.await(wang, "领导已批准延期（涉及多个单位，需要会商）")

	must(w.api.Reply(wang, w.await(wang, number+"\n").ID, "https://elsewhere.example.cn/1"))
	w.awaitState(number, cases.Answered)
	w.verify(number, "链接不是本单位的网站。")
	w.await(wang, "⚠️ "+number+" 的回应没有通过核验：链接不是本单位的网站。")
	m = ask("认可")
	stale := "k:" + number + ":" + acceptances(nil, w.caseOf(number))[0].data
	must(w.api.Reply(wang, w.await(wang, "没有通过核验：链接不是本单位的网站。）").ID, "https://elsewhere.example.cn/2"))
	w.until("a second answer", func() bool { return len(w.caseOf(number).Replies) == 2 })
	w.verify(number, "链接打不开。")
	w.check(w.tapOld(liu, stale)) // of the answer before
	w.awaitToast(liu, changed)
	w.tap(liu, m, "认可")
	w.tap(liu, m, acceptReasons[0])
	w.awaitToast(liu, number+" 的回应已由您认可，可以办结。")
	w.awaitLabels(liu, m, "")
	card := w.await(wang, "（领导认可：已看过，内容属实）")
	w.tap(wang, card.ID, "办结")
	w.awaitState(number, cases.Done)
	m = ask("重开")
	w.tap(liu, m, "重开")
	w.awaitState(number, cases.Registered)
	m = ask("延期 | 转办")
	w.tap(liu, m, "转办")
	w.tap(liu, m, "住建局")
	w.awaitToast(liu, number+" 已转给住建局（赵倩）。")
}

// Nobody signs: those above are asked, and their cards go when somebody did.
func TestNobodySigns(t *testing.T) {
	w := newWorld(t)
	w.office.Signing.Within = 30 * time.Minute
	w.office.Signing.Rungs = []string{"b", "head", "leader"}
	w.start()
	w.bind(wang, li, zhou, liu)
	number := w.ring("城东停水三天", "城东停水三天了，没人管。")
	w.await(wang, number)
	for i, next := range []int64{li, zhou, liu} {
		w.clock.move(31 * time.Minute)
		w.check(w.pipeline.Tick())
		m := w.await(next, "供水集团（王敏）还没有签收，请您过问。")
		if got, want := w.labels(next, m.ID), []string{"签收 更多", "签收 更多", "延期 转办"}[i]; got != want {
			t.Errorf("%s is offered %q", names[next], got)
		}
	}
	w.await(wang, "还没有签收，已另请李强、周建、刘建国来看。")
	w.tap(zhou, w.await(zhou, number).ID, "签收")
	w.await(zhou, "已签收：周建")
	for _, other := range []int64{wang, li, liu} {
		m := w.await(other, "这件事现在由供水集团（周建）办理，您不用再管。")
		w.awaitLabels(other, m.ID, "")
	}
}

// A call is registered, answered, closed, and the person who called is asked back.
func TestLetterAndAfterwards(t *testing.T) {
	w := staffed(t)
	must(w.api.Send(wang, "/new 来电 城东小区停水\n张先生反映停水三天，电话 13812345678"))
	w.await(wang, "已登记：2026-000001，专题“供水”，归供水集团（王敏）办理。")
	card := w.await(wang, "来电，11-20 09:05 登记\n联系方式：138******78")
	w.tap(wang, card.ID, "签收")
	must(w.api.Reply(wang, card.ID, "因管道老化，已更换，目前恢复，下一步巡查。"))
	w.awaitLabels(wang, card.ID, "办结 回访 更多")
	w.tap(wang, card.ID, "办结")
	ask := w.await(wang, "请联系反映人（138******78，完整的号码请问登记的人），问一问对答复是否满意，再点下面的结果。")
	w.awaitLabels(wang, ask.ID, "满意 | 基本满意 | 不满意 | 联系不上")
	w.awaitLabels(wang, card.ID, "回访 重开")
	w.tap(wang, card.ID, "回访")
	w.awaitLabels(wang, card.ID, "满意 基本满意 | 不满意 联系不上 | « 返回")
	w.tap(wang, ask.ID, "基本满意")
	w.awaitToast(wang, "2026-000001 的回访结果已记录：基本满意。")
	w.await(wang, "回访：基本满意")
	w.awaitLabels(wang, card.ID, "重开")
}

func TestMergeAndSplit(t *testing.T) {
	w := staffed(t)
	one := w.ring("城东停水三天", "城东停水三天了，没人管，打电话也没人接，老人孩子怎么办，请有关部门给个说法。")
	other := w.ring("北苑小区半夜停水", "北苑小区昨天半夜停水，孩子冲不了奶粉，物业说不知道。")
	card := w.await(wang, one)
	w.ingest(post.Post{Source: "市民网", Title: "城东停水三天", Text: "城东停水三天了，没人管，打电话也没人接，老人孩子怎么办，请有关部门给个说法。"})
	w.await(wang, "最新一帖：城东停水三天")
	w.tap(wang, card.ID, "更多")
	w.awaitLabels(wang, card.ID, "送审 | 拆出最新一帖 | 办理记录 答复模板 | « 返回")
	w.tap(wang, card.ID, "拆出最新一帖")
	w.awaitToast(wang, "已把第 2 帖从 "+one+" 拆出，新编号 2026-000003。")
	w.check(w.tapOld(wang, "z:"+one+":2")) // a second tap
	w.awaitToast(wang, changed)
	must(w.api.Send(wang, "/merge 3 到 2"))
	w.await(wang, "2026-000003 已并入 "+other)
	w.await(wang, "并进来的：2026-000003（1 帖）")
	w.await(wang, "已并入 "+other+"：王敏，")

	c := w.caseOf(one) // as if the matcher had found the other one similar
	c.Alike = []string{other}
	rows := moreButtons(c)
	if rows[1][0].Text != "并到 "+other {
		t.Errorf("buttons %v", rows)
	}
	must(w.api.Send(wang, "/split 1 1"))
	w.await(wang, "的第 1 帖就是这一件本身，不能拆出去。")
}

// A post of the office's own that answers a case is one tap away from being its answer.
func TestOfferedAnswer(t *testing.T) {
	w := newWorld(t)
	w.office.Own = []string{"市政府网站"}
	w.start()
	w.bind(wang)
	number := w.ring("城东三个小区停水三天", "城东停水三天了，没人管。")
	w.await(wang, number)
	w.ingest(post.Post{Source: "市政府网站", Title: "关于城东三个小区停水三天的情况说明", Text: "已抢修。", URL: "https://city.example.gov.cn/1"})
	m := w.await(wang, "这条是对 "+number)
	w.tap(wang, m.ID, "是，记为回应")
	w.awaitToast(wang, "已记录对 "+number+" 的回应，")
	w.tap(wang, m.ID, "是，记为回应")
	w.awaitToast(wang, "这一条已经记为 "+number+" 的回应，不用再点。")
	if c := w.caseOf(number); len(c.Replies) != 1 || c.Replies[0].URL != "https://city.example.gov.cn/1" {
		t.Errorf("logged %+v", c.Replies)
	}
}

func TestMoreOfACard(t *testing.T) {
	w := staffed(t)
	number := w.ring("城东停水三天", "城东停水三天了，没人管。")
	card := w.await(wang, number)
	w.tap(wang, card.ID, "更多")
	w.tap(wang, card.ID, "送审")
	w.awaitToast(wang, howSubmit)
	w.tap(wang, card.ID, "办理记录")
	w.await(wang, "📜 "+number+" 办理记录")
	w.tap(wang, card.ID, "答复模板")
	w.await(wang, "网友您好：您反映的“城东停水三天”问题已收悉（编号 "+number+"）。")
	w.tap(wang, card.ID, "« 返回")
	w.awaitLabels(wang, card.ID, fresh)
}
