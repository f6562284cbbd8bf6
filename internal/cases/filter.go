package cases

import (
	"net/url"
	"slices"
	"strings"
	"time"
)

// Filter chooses cases. Every figure of a digest, a report or a board is a number of
// cases that a Filter chooses, so that it can be opened: see Link.
type Filter struct {
	// From and Until are the span, without the second, of the time that Dated names; zero: at
	// any time.
	From, Until time.Time
	Dated       Dated
	Is          Standing
	Unit        string // whose the figure is: see Standing
	Officer     string // likewise
	Topic       string
	Category    string // of topics, as configured
	Channel     string // of sources, as configured
	Source      string // one of those that told it

	// What follows is no part of a link.

	Units   []string // whose cases the reader may see; empty: all units'
	Topics  []string // those of the Category
	Sources []string // those of the Channel
	Offset  int
	Limit   int
}

// Dated is which time of a case a Filter's span speaks of.
type Dated string

// The times. The zero Dated is when the case was opened.
const (
	ByReplied Dated = "replied" // its first answer
	ByEnded   Dated = "ended"
)

// Standing is how a case stands, for counting. A case that was merged goes on in another
// one and is in none. Of the late the unit and officer are those who held the case when
// the time ran out; of those in time and of the doubtful those who answered; of others
// those who hold it.
type Standing string

// The standings. The zero Standing is all cases.
const (
	IsOpen       Standing = "open"      // 在办: an answer is owed
	IsOverdue    Standing = "overdue"   // 超时未回应: it is owed, and past its time
	IsUnsigned   Standing = "unsigned"  // 未签收
	IsPaused     Standing = "paused"    // 停时
	IsAnswered   Standing = "answered"  // 已回应: there is an answer
	IsInTime     Standing = "intime"    // 按时: answered, nothing was late, and the answer stands
	IsLate       Standing = "late"      // 超时: answered late, or owed and overdue
	IsDoubtful   Standing = "doubtful"  // 核验有问题: the last answer does not stand, be it late or not
	IsDismissed  Standing = "dismissed" // 无需回应
	IsFalseAlarm Standing = "false"     // 误报
	IsClosed     Standing = "closed"    // 办结
	IsReopened   Standing = "reopened"  // 重开过
	IsReturned   Standing = "returned"  // 审核退回过
	IsPassedOn   Standing = "passed"    // 转办过
	IsUnsound    Standing = "unsound"   // 未通过核验: answered in time, but the answer does not stand; neither late nor in time
	WasPaused    Standing = "stopped"   // 停过时: time stood before the first answer
	IsExtended   Standing = "extended"  // 延期过
	IsDeclined   Standing = "declined"  // 转办被退回过: another unit refused to take it
	IsBack       Standing = "back"      // 转出又转回过
	IsRushed     Standing = "rushed"    // 临期转出过: passed on when less than a quarter of the time was left
	IsRushedIn   Standing = "rushedin"  // 临期转入后超时: late, and another unit than whose the figure is did so
	IsPageless   Standing = "pageless"  // 答复没有网页
	IsByHand     Standing = "byhand"    // 人工登记
)

// StandingName is a standing with the word that people read.
type StandingName struct {
	Is   Standing
	Name string
}

// StandingNames are the standings with the words that people read, in the order in which
// they are offered.
var StandingNames = []StandingName{
	{"", "全部"}, {IsOpen, "在办"}, {IsOverdue, "超时未回应"}, {IsUnsigned, "未签收"}, {IsPaused, "停时"}, {IsAnswered, "已回应"}, {IsInTime, "按时"}, {IsLate, "超时"},
	{IsDoubtful, "核验有问题"}, {IsDismissed, "无需回应"}, {IsFalseAlarm, "误报"}, {IsClosed, "办结"}, {IsReopened, "重开过"}, {IsReturned, "审核退回过"}, {IsPassedOn, "转办过"},
	{IsUnsound, "未通过核验"}, {WasPaused, "停过时"}, {IsExtended, "延期过"}, {IsDeclined, "转办被退回过"}, {IsBack, "转出又转回过"}, {IsRushed, "临期转出过"},
	{IsRushedIn, "临期转入后超时"}, {IsPageless, "答复没有网页"}, {IsByHand, "人工登记"},
}

// String is the standing's Chinese name; empty for one that there is not.
func (s Standing) String() string {
	i := slices.IndexFunc(StandingNames, func(n StandingName) bool { return n.Is == s })
	if i < 0 {
		return ""
	}
	return StandingNames[i].Name
}

// Link is the filter as the query of the board's list of cases; days are those of zone.
func (f Filter) Link(zone *time.Location) string {
	v := url.Values{}
	set := func(key, value string) {
		if value != "" {
			v.Set(key, value)
		}
	}
	set("is", string(f.Is))
	set("unit", f.Unit)
	set("officer", f.Officer)
	set("topic", f.Topic)
	set("category", f.Category)
	set("channel", f.Channel)
	set("source", f.Source)
	set("dated", string(f.Dated))
	if !f.From.IsZero() {
		set("from", dayOrMinute(f.From.In(zone)))
	}
	if !f.Until.IsZero() {
		set("until", dayOrMinute(f.Until.In(zone)))
	}
	return v.Encode()
}

const minute = "2006-01-02T15:04"

// dayOrMinute is a day where it begins there, and else a minute.
func dayOrMinute(t time.Time) string { return strings.TrimSuffix(t.Format(minute), "T00:00") }

// FilterOf reads what Link wrote; what makes no sense counts as not written.
func FilterOf(v url.Values, zone *time.Location) Filter {
	f := Filter{
		Is: Standing(v.Get("is")), Dated: Dated(v.Get("dated")), Unit: v.Get("unit"), Officer: v.Get("officer"), Topic: v.Get("topic"),
		Category: v.Get("category"), Channel: v.Get("channel"), Source: v.Get("source"),
	}
	if f.Is.String() == "" {
		f.Is = ""
	}
	if f.Dated != ByReplied && f.Dated != ByEnded {
		f.Dated = ""
	}
	for key, to := range map[string]*time.Time{"from": &f.From, "until": &f.Until} {
		for _, layout := range []string{time.DateOnly, minute} {
			if t, err := time.ParseInLocation(layout, v.Get(key), zone); err == nil && t.Year() >= 2000 && t.Year() < 2200 {
				*to = t
			}
		}
	}
	return f
}
