package e2e

import (
	"strings"
	"testing"

	"huiyin/internal/cases"
)

// The complaint that most of the tests begin with, and its answer.
const (
	dry     = "城东三个小区停水三天"
	dryText = "从星期二起，城东的桃园、杏园、梨园三个小区就停水了，打了供水热线没有人接。家里有老人孩子，请问什么时候能恢复？我的电话 13812345678。"
	mended  = "关于城东片区停水问题的答复：经查，停水是由于主管道破裂造成的。我集团已安排抢修，目前三个小区已经恢复供水，下一步将加强巡查。"
)

func TestPlain(t *testing.T) {
	w := newWorld(t, "2026-11-20 09:05")
	w.say("清河论坛", dry, dryText)
	w.rang(map[int64]int{wang: 1})
	w.due(number(1), "2026-11-23 17:30")
	w.to("2026-11-20 09:12")
	w.toast(w.tap(wang, "签收"), "已签收 2026-000001，请在 11-23 17:30 前回应。")
	w.to("2026-11-20 15:00")
	w.reply(wang, number(1), w.answer("/huifu/water.html", "关于城东片区停水问题的答复", mended))
	w.shows(wang, number(1), "已核验", "请点下面的“办结”")
	w.to("2026-11-20 15:20")
	w.toast(w.tap(wang, "办结"), "已办结")
	w.rang(map[int64]int{wang: 2}) // the case, and that the answer is on record
	w.happened(number(1), cases.Opened, cases.Signed, cases.Replied, cases.Verified, cases.Closed)
	w.jump("2026-12-21 09:00")
	w.check(w.pipeline.Prune())
	w.write(wang, "/case 1")
	w.reads(wang, "归档")
	if strings.Contains(w.transcript(""), "13812345678") {
		t.Error("a telephone number is shown")
	}
	w.golden("plain", "登记、签收、回应、核验、办结，一个月后归档")
}

func TestTransfer(t *testing.T) {
	w := newWorld(t, "2026-11-20 09:05")
	w.say("清河论坛", "和平路停水是挖路挖断的，路面也没有人修", "和平路施工挖断水管，停水两天了，路面挖得坑坑洼洼，到底归谁管？")
	w.tap(wang, "签收")
	w.to("2026-11-20 09:20")
	w.tap(wang, "转办")
	w.toast(w.tap(wang, "住建局"), "对方签收之前，仍由供水集团负责")
	w.rang(map[int64]int{wang: 1, zhao: 1})
	if c := w.held(number(1)); c.Unit != "供水集团" || c.Officer != "王敏" {
		t.Errorf("the first-asked unit does not hold it: %s %s", c.Unit, c.Officer)
	}
	w.to("2026-11-20 09:30")
	w.tap(zhao, "退回")
	w.toast(w.tap(zhao, "不属于本单位职责"), "已退回供水集团")
	w.rang(map[int64]int{wang: 2, zhao: 1})
	w.to("2026-11-20 09:40")
	w.write(wang, "/transfer 1 城管局 属于路面开挖管理")
	w.rang(map[int64]int{wang: 3, zhao: 1, he: 1})
	w.to("2026-11-20 09:50")
	w.tap(he, "签收")
	w.shows(he, number(1), "供水集团转来（属于路面开挖管理）")
	w.shows(wang, number(1), "您不用再管")
	if c := w.held(number(1)); c.Unit != "城管局" || c.Officer != "何军" || c.From != "供水集团" {
		t.Errorf("it is not theirs: %s %s %s", c.Unit, c.Officer, c.From)
	}
	w.rang(map[int64]int{wang: 3, zhao: 1, he: 1})
	w.happened(number(1), cases.Opened, cases.Signed, cases.Transferred, cases.Declined, cases.Transferred, cases.Signed)
	w.golden("transfer", "转办：退回一次，再转一次；对方签收之前，仍由首问单位负责")
}

func TestHelp(t *testing.T) {
	w := newWorld(t, "2026-11-20 09:05")
	w.say("清河论坛", "高层水压不够，物业说是水泵房的事", "我们小区高层水压不够，物业说水泵房归供水集团，供水集团说归物业，请给个说法。")
	w.tap(wang, "签收")
	w.to("2026-11-20 09:30")
	w.tap(wang, "协办")
	w.toast(w.tap(wang, "住建局"), "已请住建局（赵倩）协办，仍由供水集团牵头")
	w.to("2026-11-20 11:00")
	w.reply(zhao, number(1), "经核实，该小区水泵房属于小区共用设施，由物业公司维护，我局已责成物业本周内检修。")
	w.reads(wang, "住建局对 2026-000001 的协办答复")
	w.shows(zhao, number(1), "协办答复已记录")
	w.rang(map[int64]int{wang: 2, zhao: 2}) // the answer, and that it is on record
	w.to("2026-11-20 14:00")
	w.reply(wang, number(1), "经查，水泵房由物业维护，因水泵老化造成高层水压不足。我们已协调物业更换水泵，目前正在施工，预计 11 月 25 日完成。")
	w.tap(wang, "办结")
	w.happened(number(1), cases.Opened, cases.Signed, cases.Enlisted, cases.Helped, cases.Replied, cases.Closed)
	w.golden("help", "协办：供水集团牵头，请住建局配合")
}

func TestReview(t *testing.T) {
	w := newWorld(t, "2026-11-20 09:05")
	w.say("市长信箱", "公租房排队两年没有消息", "我家申请公租房两年了，一直说在排队，到底排到第几位，什么时候能轮到？")
	w.due(number(1), "2026-11-27 17:30")
	w.tap(zhao, "签收")
	w.to("2026-11-20 15:00")
	w.reply(zhao, number(1), "您的申请已经收到，请耐心等待。")
	w.rang(map[int64]int{zhao: 2, liu: 1})
	w.to("2026-11-20 16:00")
	w.tap(liu, "退回")
	w.toast(w.tap(liu, "请写明怎么解决、何时完成"), "已退回赵倩修改")
	w.rang(map[int64]int{zhao: 3, liu: 1})
	w.to("2026-11-23 10:00")
	w.reply(zhao, number(1), "送审：经查，因房源不足，您目前排在第 86 位。我局已安排新筹集房源 120 套，预计 12 月 20 日前完成选房。")
	w.to("2026-11-23 10:30")
	w.toast(w.tap(liu, "同意"), "已同意")
	w.shows(zhao, number(1), "可以公开了")
	w.to("2026-11-23 14:00")
	w.reply(zhao, number(1), w.answer("/huifu/gongzu.html", "关于公租房轮候问题的答复", "您反映的公租房排队问题收悉。经查，因房源不足，您目前排在第 86 位。我局已安排新筹集房源 120 套，预计 12 月 20 日前完成选房。"))
	w.tap(zhao, "办结")
	w.happened(number(1), cases.Opened, cases.Signed, cases.Submitted, cases.Returned, cases.Submitted, cases.Approved,
		cases.Replied, cases.Verified, cases.Closed)
	if r := w.held(number(1)).Replies[0]; len(r.Faults) > 0 {
		t.Errorf("an approved answer has faults: %v", r.Faults)
	}
	w.golden("review", "先审核后公开：草稿退回一次，再送，同意，公开，办结")
}

func TestFaultyLink(t *testing.T) {
	w := newWorld(t, "2026-11-20 09:05")
	w.say("清河论坛", dry, dryText)
	w.tap(wang, "签收")
	w.to("2026-11-20 11:00")
	w.reply(wang, number(1), w.answer("/news/run.html", "我市举办冬季长跑比赛", "本次比赛吸引了两千名市民参加。"))
	w.reads(wang, "没有通过核验")
	w.toast(w.tap(wang, "办结"), "没有通过核验")
	w.to("2026-11-20 11:20")
	w.write(liu, "/case 1")
	w.tap(liu, "认可")
	w.toast(w.tap(liu, "已看过，内容属实"), "已由您认可")
	w.to("2026-11-20 11:30")
	w.toast(w.tap(wang, "办结"), "已办结")
	w.happened(number(1), cases.Opened, cases.Signed, cases.Replied, cases.Verified, cases.Accepted, cases.Closed)
	w.golden("faulty-link", "链接贴错，没有通过核验；领导认可以后办结")
}

func TestLetter(t *testing.T) {
	w := newWorld(t, "2026-11-20 09:05")
	w.write(li, "/new 来电 桃园小区三号楼停水\n张先生说今天早上起停水，没有看到通知。\n电话：13900001234")
	w.reads(li, "已登记：2026-000001，专题“供水”，归供水集团（王敏）办理。")
	w.shows(wang, number(1), "来电", "联系方式：139******34")
	w.tap(wang, "签收")
	w.to("2026-11-20 10:00")
	w.reply(wang, number(1), "已电话答复：因水表井漏水，我们已安排抢修，目前已恢复供水，后续会加强巡查。")
	w.to("2026-11-20 10:05")
	w.tap(wang, "办结")
	w.reads(wang, "请联系反映人（139******34，")
	w.to("2026-11-20 10:30")
	w.toast(w.tap(wang, "满意"), "回访结果已记录：满意")
	if strings.Contains(w.transcript(""), "139000012345"[:11]) && w.held(number(1)).Contact != "139******34" {
		t.Error("the telephone number is kept")
	}
	w.happened(number(1), cases.Opened, cases.Signed, cases.Replied, cases.Closed, cases.Rated)
	w.golden("letter", "来电登记，办结以后回访")
}

func TestOwnSource(t *testing.T) {
	w := newWorld(t, "2026-11-20 09:05")
	w.say("清河论坛", dry, dryText)
	w.tap(wang, "签收")
	w.to("2026-11-20 14:00")
	path := "/huifu/own.html"
	p := w.post("市政府网站", "关于城东三个小区停水三天的情况说明", mended, path)
	p.URL = w.answer(path, p.Title, p.Text)
	w.read(p)
	w.settle()
	w.reads(wang, "这条是对 2026-000001")
	w.rang(map[int64]int{wang: 2})
	w.to("2026-11-20 14:05")
	w.toast(w.tap(wang, "是，记为回应"), "已记录对 2026-000001 的回应")
	w.toast(w.tap(wang, "是，记为回应"), "不用再点")
	w.shows(wang, number(1), "已核验")
	w.happened(number(1), cases.Opened, cases.Signed, cases.Replied, cases.Verified)
	w.golden("own-source", "本机关网站新发布的一篇像是答复，问责任人是不是")
}
