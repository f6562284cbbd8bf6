package report

import (
	"fmt"
	"html"

	"huiyin/internal/cases"
	"huiyin/internal/post"
)

// sources are those that keep the office from hearing.
func (d Daily) sources() part {
	failing, quiet := len(d.Failing), len(d.Quiet)
	p := part{gap: true, more: d.more("等共 %d 个", failing+quiet)}
	switch {
	case d.Live == nil:
		return part{}
	case failing+quiet == 0:
		p.head = fmt.Sprintf("来源 %d 个，都正常。", d.Sources)
		return p
	case quiet == 0:
		p.head = fmt.Sprintf("⚠️ 来源 %d 个，%d 个有问题", d.Sources, failing)
	case failing == 0:
		p.head = fmt.Sprintf("⚠️ 来源 %d 个，%d 个久没有新帖", d.Sources, quiet)
	default:
		p.head = fmt.Sprintf("⚠️ 来源 %d 个，%d 个有问题，%d 个久没有新帖", d.Sources, failing, quiet)
	}
	for _, s := range shown(d.Disclose, d.Failing) {
		p.rows = append(p.rows, fmt.Sprintf("· %s：%s（%s）", html.EscapeString(post.Cut(s.Name, cutSource)), html.EscapeString(post.Cut(s.Reason, cutReason)), s.lastRead(d.Calendar.Location())))
	}
	for _, q := range shown(d.Disclose, d.Quiet) {
		p.rows = append(p.rows, fmt.Sprintf("· %s：%s", html.EscapeString(post.Cut(q.Name, cutSource)), q.said()))
	}
	return p
}

// said tells how unusual it is.
func (q Quiet) said() string {
	usual := "以前几乎每个工作日都有"
	if q.Longest > 0 {
		usual = fmt.Sprintf("以前最多隔 %d 个", q.Longest)
	}
	return fmt.Sprintf("读得到，但已经 %d 个工作日没有新帖（%s）", q.Days, usual)
}

// people are those who have something to do and cannot be told.
func (d Daily) people() (parts []part) {
	if d.Live == nil || len(d.Live.Unreachable) == 0 {
		return nil
	}
	list := d.Live.Unreachable
	if d.Disclose.Level == cases.Link || len(list) > maxPeople {
		return []part{{head: fmt.Sprintf("⚠️ 有 %d 人名下有事项，但还没有绑定，或者屏蔽了本账号，收不到。请让管理员重新邀请。", len(list))}}
	}
	for _, p := range list {
		parts = append(parts, part{head: fmt.Sprintf("⚠️ %s还没有绑定，或者屏蔽了本账号，名下 %d 件收不到。请让本人发消息给本账号，或请管理员重新邀请。",
			html.EscapeString(post.Cut(p.Name, cutName)), p.Cases)})
	}
	return parts
}

// machine is what the program itself lacks.
func (d Daily) machine() (parts []part) {
	if d.Detached > 0 {
		parts = append(parts, part{head: fmt.Sprintf("⚠️ 统计数据库有 %d 块数据损坏，请让管理员检查磁盘。", d.Detached)})
	}
	if d.Live != nil && d.Live.Refused > 0 {
		parts = append(parts, part{head: fmt.Sprintf("⚠️ 有 %d 条消息被 Telegram 拒收，请让管理员查看运行日志。", d.Live.Refused)})
	}
	return parts
}

// reconcile compares what the journal counted with what the warehouse holds, step by
// step of the flow.
func (d Daily) reconcile() (parts []part) {
	if d.Figures == nil || d.Live == nil {
		return nil
	}
	add := func(format string, args ...any) { parts = append(parts, part{head: fmt.Sprintf(format, args...)}) }
	f, m := d.Figures.Flow, d.Live.Matched
	if m == f.Matched && m == f.Cased && m == f.Delivered {
		add("核对：新读到 %d 帖，有关的 %d = 归入事项 %d = 送到手机 %d = 存入数据库 %d，一致。", f.Read, m, f.Cased, f.Delivered, f.Matched)
		return parts
	}
	add("核对：新读到 %d 帖，有关的 %d，归入事项 %d，送到手机 %d，存入数据库 %d，不一致。", f.Read, m, f.Cased, f.Delivered, f.Matched)
	if d.Live.Unshipped > 0 {
		add("· 还有 %d 条记录正在入库，稍后再看。", d.Live.Unshipped)
	}
	if d.Live.Queued > 0 {
		add("· 还有 %d 条消息正在发送，或者在等收件人绑定。", d.Live.Queued)
	}
	if d.Live.Unshipped == 0 && d.Live.Queued == 0 {
		add("· 没有在途的记录，请让管理员检查。")
	}
	return parts
}
