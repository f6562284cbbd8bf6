package pipeline

import (
	"fmt"
	"html"
	"slices"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/journal"
	"huiyin/internal/post"
)

const (
	// A source that does not answer once, or for a minute, is nobody's business.
	failedPolls = 3
	failedFor   = 10 * time.Minute
	// maxNotices is how many sources the admins hear of in an hour: where the network is
	// down, all fail and work again together.
	maxNotices = 6
)

// notices counts what the admins were told of sources in an hour.
type notices struct {
	hour time.Time
	n    int
}

const tooMany = "⚠️ 这一个小时里，还有别的来源读不到，或者又读得到了，不再一条一条告诉您。很多来源一起读不到，多半是本单位的网络断了。请发 /sources 看全部来源。"

// watch tells the admins once that a source cannot be read, and once that it can be
// again; and that posts may have been missed. Each of these once a day at most for one
// source. What was told it remembers in state.
func (p *Pipeline) watch(tx *journal.Tx, b post.Batch, state *post.State) error {
	var before post.State
	if _, err := tx.State(b.Source, &before); err != nil {
		return err
	}
	state.Told = before.Told && state.Failures > 0
	name := html.EscapeString(b.Source)
	if b.Gap != "" {
		_, err := p.tellAdmins(tx, b, "gap", fmt.Sprintf("⚠️ 来源“%s”在两次读取之间新帖太多，有些可能没有读到就翻过去了。程序已经加快读取；请到网站上看一看 %s 前后的帖文。",
			name, p.clock(b.At)))
		if err != nil {
			return err
		}
	}
	var err error
	switch {
	case !before.Told && state.Failures >= failedPolls && b.At.Sub(state.Since) >= failedFor:
		state.Told, err = p.tellAdmins(tx, b, "fails", fmt.Sprintf("⚠️ 来源“%s”从 %s 起读不到：%s。程序会一直重试，别的来源不受影响；读得到了再告诉您。",
			name, p.clock(state.Since), html.EscapeString(state.Reason)))
	case before.Told && state.Failures == 0:
		_, err = p.tellAdmins(tx, b, "works", fmt.Sprintf("✅ 来源“%s”又读得到了。从 %s 到 %s 没有读到，这段时间里的新帖，凡是还看得到的都已补上（这一次 %d 帖）。",
			name, p.clock(before.Since), p.clock(b.At), len(b.Posts)))
	}
	return err
}

// clock is a time as people here read it.
func (p *Pipeline) clock(t time.Time) string {
	return t.In(p.Calendar.Location()).Format("01-02 15:04")
}

// tellAdmins has every admin read text, once a day for each source and what. It tells
// whether they were told now, be it by the one message that stands for many.
func (p *Pipeline) tellAdmins(tx *journal.Tx, b post.Batch, what, text string) (told bool, err error) {
	key := func(admin string) string {
		return fmt.Sprintf("source/%s/%s/%s/%s", b.Source, what, p.day(b.At), admin)
	}
	admins := slices.DeleteFunc(slices.Clone(p.Office.Admins), func(admin string) bool { return tx.Said(key(admin)) })
	if len(admins) == 0 {
		return false, nil
	}
	if hour := b.At.Truncate(time.Hour); !hour.Equal(p.notices.hour) {
		p.notices = notices{hour: hour}
	}
	if p.notices.n++; p.notices.n > maxNotices {
		return true, nil
	}
	if p.notices.n == maxNotices {
		text = tooMany
	}
	for _, admin := range admins {
		if err := tx.Say(cases.Outgoing{To: admin, Text: text, Key: key(admin)}, p.Now()); err != nil {
			return false, err
		}
	}
	return true, nil
}
