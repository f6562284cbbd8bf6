package pipeline

import (
	"slices"
	"testing"

	"huiyin/internal/cases"
)

// A transfer rings the other unit's officer; the first unit stays responsible until that
// one signs (首问负责), and the case is the other's then.
func TestTransfer(t *testing.T) {
	d := newDesk(t)
	d.bind("王敏", 1)
	d.bind("赵刚", 2)
	c := d.open1(1, "停水")
	d.drain()
	if _, err := d.sign(d.by("王敏", c.Number)); err != nil {
		t.Fatal(err)
	}
	act := d.by("王敏", c.Number)
	text, err := d.transfer(act, "住建局")
	said(t, text, err, "2026-000001 已转给住建局（赵刚）。对方签收之前，仍由供水公司负责。")
	text, err = d.transfer(act, "住建局")
	said(t, text, err, "")
	text, err = d.transfer(d.by("王敏", c.Number), "城管局")
	said(t, text, err, "2026-000001 已转给住建局，正在等对方签收，不能再转。")
	got := d.kase(c.Number)
	if got.Unit != "供水公司" || got.Officer != "王敏" || got.State != cases.InHand || got.Offer == nil || got.Offer.Officer != "赵刚" {
		t.Errorf("%+v", got)
	}
	if q := d.queued(); !slices.Equal(q, []string{"王敏 2026-000001", "赵刚 2026-000001!"}) {
		t.Errorf("queued %q", q)
	}
	sent := d.drain()
	if len(sent) != 2 || sent[0].Message == 0 || sent[1].Message != 0 || sent[1].Chat != 2 {
		t.Errorf("%+v", sent)
	}
	text, err = d.sign(d.by("王敏", c.Number))
	said(t, text, err, "2026-000001 已转给住建局，正在等对方签收；签收之前仍由供水公司负责。")
	text, err = d.close(d.by("赵刚", c.Number))
	said(t, text, err, "2026-000001 现在由供水公司办理，请由该单位的责任人操作。")
	text, err = d.sign(d.by("赵刚", c.Number))
	said(t, text, err, "已签收 2026-000001，请在 11-24 17:30 前回应。")
	got = d.kase(c.Number)
	if got.Unit != "住建局" || got.Officer != "赵刚" || got.SignedBy != "赵刚" || got.State != cases.InHand || got.From != "供水公司" || got.Offer != nil {
		t.Errorf("%+v", got)
	}
	if sent = d.drain(); len(sent) != 2 || sent[0].Message == 0 || sent[1].Message == 0 { // edits
		t.Errorf("%+v", sent)
	}
	text, err = d.sign(d.by("王敏", c.Number))
	said(t, text, err, "2026-000001 现在由住建局办理，请由该单位的责任人操作。")
	// And back again: it rings on a phone that shows the card already.
	if _, err := d.transfer(d.by("赵刚", c.Number), "供水公司"); err != nil {
		t.Fatal(err)
	}
	sent = d.drain()
	if len(sent) != 2 || sent[0].To != "王敏" || sent[0].Message != 0 || sent[1].Message == 0 {
		t.Errorf("%+v", sent)
	}
	// To another unit of the same officer: the phone rings all the same, and the officer may
	// sign for the other unit.
	d.sign(d.by("王敏", c.Number))
	d.drain()
	if _, err := d.transfer(d.by("王敏", c.Number), "城管局"); err != nil {
		t.Fatal(err)
	}
	if got := d.kase(c.Number); got.Unit != "供水公司" || got.Offer.Officer != "王敏" { // 孙丽 cannot be reached, 王敏 is her B
		t.Errorf("%+v", got)
	}
	if sent = d.drain(); len(sent) != 2 || sent[0].To != "王敏" && sent[1].To != "王敏" {
		t.Errorf("%+v", sent)
	}
	text, err = d.sign(d.by("王敏", c.Number))
	said(t, text, err, "已签收 2026-000001，请在 11-24 17:30 前回应。")
	if got := d.kase(c.Number); got.Unit != "城管局" || got.Officer != "王敏" || got.Offer != nil {
		t.Errorf("%+v", got)
	}
}

// The other unit sends a case back: the first one's phone rings.
func TestDecline(t *testing.T) {
	d := newDesk(t)
	d.bind("王敏", 1)
	d.bind("赵刚", 2)
	c := d.open1(1, "停水")
	if got := d.act(cases.Declined, "王敏", c.Number); got != "2026-000001 不在转办中，不用退回。" {
		t.Error(got)
	}
	d.act(cases.Transferred, "王敏", c.Number, unit("住建局"))
	d.drain()
	if got := d.act(cases.Declined, "王敏", c.Number); got != "2026-000001 正在转给住建局，由对方决定签收还是退回。" {
		t.Error(got)
	}
	if got := d.act(cases.Declined, "赵刚", c.Number, reason("不归我们管")); got != "2026-000001 已退回供水公司。" {
		t.Error(got)
	}
	if got := d.act(cases.Declined, "赵刚", c.Number); got != "2026-000001 现在由供水公司办理，请由该单位的责任人操作。" {
		t.Error(got)
	}
	got := d.kase(c.Number)
	if got.Unit != "供水公司" || got.Officer != "王敏" || got.State != cases.Registered || got.Offer != nil {
		t.Errorf("%+v", got)
	}
	d.wantQueue("王敏 "+c.Number+"!", "赵刚 "+c.Number)
}

// Either unit may answer while the other is being asked; that is a signature too.
func TestReplyWhileOffered(t *testing.T) {
	for who, want := range map[string]string{"王敏": "供水公司", "赵刚": "住建局"} {
		for _, word := range []string{"停水", "爆炸"} { // of which one step is met by the first answer
			d := newDesk(t)
			number := d.open1(1, word).Number
			if word == "爆炸" {
				d.office.Topics["险情"] = "供水公司"
				d.restart()
				number = d.open1(2, word).Number
			}
			d.act(cases.Transferred, "王敏", number, unit("住建局"))
			d.act(cases.Replied, who, number, text("已处理"))
			got := d.kase(number)
			if got.Unit != want || got.Officer != who || got.SignedBy != who || got.Offer != nil || got.State == cases.Registered {
				t.Errorf("%s, %s: %+v", who, word, got)
			}
		}
	}
}

func TestTransferToNobodyThere(t *testing.T) {
	d := newDesk(t)
	d.bind("王敏", 1)
	c := d.open1(1, "停水")
	d.drain()
	text, err := d.transfer(d.by("王敏", c.Number), "住建局")
	said(t, text, err, "2026-000001 已转给住建局（赵刚）。对方签收之前，仍由供水公司负责。")
	d.drain()
	if q := d.queued(); !slices.Equal(q, []string{"赵刚 2026-000001!"}) {
		t.Errorf("queued %q", q)
	}
	d.bind("赵刚", 2)
	if sent := d.drain(); len(sent) != 2 || sent[0].Case != c.Number || sent[0].Message != 0 {
		t.Errorf("%+v", sent)
	}
}
