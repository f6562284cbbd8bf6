package report

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/workday"
)

// Record is what a period report is made of.
type Record interface {
	Scores(ctx context.Context, c cases.Cohort, now time.Time) ([]cases.Score, error)
	Counted(ctx context.Context, from, until, now time.Time, f func(cases.Counted) error) error
	History(ctx context.Context, number string) ([]cases.Event, error)
	Spread(ctx context.Context, numbers []string) (map[string][]time.Time, error)
}

// Making says what report is to be made.
type Making struct {
	Period     Period
	Agency     string
	Now        time.Time // how the cases stand then
	Calendar   *workday.Calendar
	Categories map[string]string // of a topic
	Channels   map[string]string // of a source
	Board      string            // address of the board, without a slash at the end; empty: figures are no links
	Details    bool              // pages list the cases too
	// Units are those whose cases the reader may see one by one; empty: all. The figures are
	// of all units in any case: that is what a 通报 is for; those of officers only of these.
	Units []string
}

// Report is what a period report says: see Tables. It is of the cases opened in the
// period, as they stood when it was made.
type Report struct {
	Making
	From, Until time.Time
	Workdays    int // of the period
	Total       cases.Score
	Before      cases.Score // of the period before; no cases: there are no data
	YearBefore  cases.Score
	Units       []Group // each with its officers
	Categories  []Group // each with its topics
	Channels    []cases.Score
	Parts       []Part
	Stories     []Story
	Cases       []cases.Counted // in the order in which they were opened

	cohort cases.Cohort
}

// Group is a score with what it is made of.
type Group struct {
	cases.Score
	Members []cases.Score
}

// Part is a day, a week or a month of the period.
type Part struct {
	From, Until time.Time
	cases.Score
}

// maxStories is how many stories are told whole.
const maxStories = 10

// NotBegunError is that of a period of which there is nothing to report yet.
type NotBegunError struct{ Period Period }

func (e NotBegunError) Error() string { return e.Period.Name() + "还没有开始" }

// Make makes a period report. It fails with a NotBegunError, or when the record cannot be
// read.
func Make(ctx context.Context, rec Record, m Making) (Report, error) {
	loc := m.Calendar.Location()
	r := Report{Making: m}
	r.From, r.Until = m.Period.Span(loc)
	if !r.From.Before(m.Now) {
		return r, NotBegunError{m.Period}
	}
	for day := r.From; day.Before(r.Until); day = day.AddDate(0, 0, 1) {
		if m.Calendar.IsWorkday(day) {
			r.Workdays++
		}
	}
	r.cohort = cases.Cohort{From: r.From, Until: r.Until, Parts: m.Period.parts(loc), Categories: m.Categories, Channels: m.Channels}
	list, err := rec.Scores(ctx, r.cohort, m.Now)
	if err != nil {
		return r, err
	}
	r.take(list)
	for p, to := range map[Period]*cases.Score{m.Period.Previous(): &r.Before, m.Period.YearBefore(): &r.YearBefore} {
		if err := r.compare(ctx, rec, p, to); err != nil {
			return r, err
		}
	}
	if m.Period.Kind == Year { // the period before is the year before
		r.YearBefore = r.Before
	}
	err = rec.Counted(ctx, r.From, r.Until, m.Now, func(c cases.Counted) error {
		if r.mayRead(c) {
			r.Cases = append(r.Cases, c)
		}
		return nil
	})
	if err != nil {
		return r, err
	}
	return r, r.tellStories(ctx, rec)
}

// compare counts another period.
func (r *Report) compare(ctx context.Context, rec Record, p Period, to *cases.Score) error {
	c := cases.Cohort{}
	c.From, c.Until = p.Span(r.Calendar.Location())
	list, err := rec.Scores(ctx, c, r.Now)
	for _, t := range list {
		if t.Of == cases.OfAll {
			*to = t
		}
	}
	return err
}

// mayRead tells whether the reader may see a case: also those that the own units had.
func (r *Report) mayRead(c cases.Counted) bool {
	return len(r.Making.Units) == 0 || slices.Contains(r.Making.Units, c.Unit) || slices.Contains(r.Making.Units, c.Whose) ||
		slices.ContainsFunc(c.Turns, func(t cases.Turn) bool { return slices.Contains(r.Making.Units, t.Unit) })
}

// take sorts scores by what they are of.
func (r *Report) take(list []cases.Score) {
	r.Total.Of = cases.OfAll
	members := map[cases.Grouping]map[string][]cases.Score{cases.OfOfficer: {}, cases.OfTopic: {}}
	parts := map[string]cases.Score{}
	for _, t := range list {
		switch t.Of {
		case cases.OfAll:
			r.Total = t
		case cases.OfUnit:
			r.Units = append(r.Units, Group{Score: t})
		case cases.OfCategory:
			r.Categories = append(r.Categories, Group{Score: t})
		case cases.OfChannel:
			r.Channels = append(r.Channels, t)
		case cases.OfPart:
			parts[t.Key] = t
		case cases.OfOfficer:
			if len(r.Making.Units) == 0 || slices.Contains(r.Making.Units, t.Key) { // people of other units are not for everybody
				members[t.Of][t.Key] = append(members[t.Of][t.Key], t)
			}
		default:
			members[t.Of][t.Key] = append(members[t.Of][t.Key], t)
		}
	}
	for i := range r.Units {
		r.Units[i].Members = members[cases.OfOfficer][r.Units[i].Key]
	}
	for i := range r.Categories {
		r.Categories[i].Members = members[cases.OfTopic][r.Categories[i].Key]
	}
	// What belongs nowhere else stands at the end.
	slices.SortStableFunc(r.Categories, func(a, b Group) int { return last(a.Key) - last(b.Key) })
	slices.SortStableFunc(r.Channels, func(a, b cases.Score) int { return last(a.Key) - last(b.Key) })
	for i, from := range r.cohort.Parts {
		if !from.Before(r.Now) { // nothing can be told of what has not begun
			break
		}
		until := r.Until
		if i+1 < len(r.cohort.Parts) {
			until = r.cohort.Parts[i+1]
		}
		r.Parts = append(r.Parts, Part{From: from, Until: until, Score: parts[fmt.Sprint(i+1)]})
	}
}

func last(name string) int {
	if name == cases.Elsewhere {
		return 1
	}
	return 0
}

// Over tells whether the period had ended when the report was made.
func (r *Report) Over() bool { return !r.Now.Before(r.Until) }

// Title is the heading: 2026年第三季度舆情回应情况（季报）.
func (r *Report) Title() string {
	return r.Period.Name() + "舆情回应情况（" + r.Period.Kind.Report() + "）"
}

// Heading says what the report is of: the span, its working days and when it was made.
func (r *Report) Heading() string {
	loc := r.Calendar.Location()
	day := func(t time.Time) string { return t.In(loc).Format("2006年1月2日") }
	s := fmt.Sprintf("%s至%s，共 %d 个工作日。办理情况截至 %s。", day(r.From), day(r.Until.AddDate(0, 0, -1)), r.Workdays, r.Now.In(loc).Format("2006年1月2日 15:04"))
	if !r.Over() {
		s += "这一期还没有结束。"
	}
	for year := r.From.Year(); year <= r.Until.Add(-1).Year(); year++ {
		if !r.Calendar.Known(year) {
			s += fmt.Sprintf("%d 年的放假安排还没有录入，工作日暂按周一至周五计算。", year)
		}
	}
	return s
}

// Rules are the rules of counting, for people to read.
func (r *Report) Rules() []string {
	return []string{
		"统计本期立案的舆情单，办理情况按上面写的截止时刻计算；并入其他单的不另算，但并入以前已经超时的，仍算一件超时。上期和去年同期也按这个时刻计算。",
		"按时回应率＝按时回应的件数÷计入件数。计入件数＝按时＋超时（到期没有回应的也算）＋未通过（按时回应了，但没有通过核验）。还没有到期的和无需回应的不计入；标为无需回应以前已经超时的，计入超时，也列在无需回应里。",
		"超时算在到期时承办的单位和责任人名下，不管最后由谁回应；签收及时率算在最先收到的单位名下；用时和历时算在作出回应的单位名下；转出和临期转出算在转出的单位名下；其余各项，超时的算在到期时承办的单位，已经回应的算在作出回应的单位，没有回应的算在现在承办的单位。",
		"转办以后，对方签收以前仍算转出的单位承办。剩下的时间不到时限的四分之一才提出转办的，记为临期转出：这样的件后来超时，算在接手的单位名下，评价时请对照明细。",
		"回应用时只计作出回应的单位自己承办的工作时间，转来以前的时间和停时不计；中位数是一半的件不超过的用时，第90百分位是九成的件不超过的用时；不足 5 件的比率写成几分之几。",
		"每日简报里的按时率，是那一天（放假以后是那几天）首次回应的件里按时的比例，写成整数，只舍不入；本表按立案时间统计，到期没有回应的也计入，四舍五入保留一位小数。所以两处的数不一样。",
	}
}

// link is the address of the board's list of the cases that f chooses in the period; empty
// without a board, and for figures of others than the reader's units: the list would show
// fewer than they count.
func (r *Report) link(f cases.Filter) string {
	if r.Board == "" || len(r.Making.Units) > 0 && !slices.Contains(r.Making.Units, f.Unit) {
		return ""
	}
	if f.From.IsZero() {
		f.From, f.Until = r.From, r.Until
	}
	return strings.TrimRight(r.Board, "/") + "/cases?" + f.Link(r.Calendar.Location())
}

// Page is the address of a case's page on the board; empty without a board.
func (r *Report) Page(number string) string {
	if r.Board == "" {
		return ""
	}
	return strings.TrimRight(r.Board, "/") + "/case/" + url.PathEscape(number)
}

// Ranked is a unit's place.
type Ranked struct {
	Place int // from 1; 0: too few cases to rank
	cases.Score
}

// minRanked is how many decided cases a unit needs to be ranked.
const minRanked = 10

// Ranking puts the units in order by their on-time rate, as it is shown: with the same
// rate they share a place. Units with fewer than minRanked decided cases come after them,
// without a place.
func (r *Report) Ranking() (list []Ranked) {
	for _, u := range r.Units {
		if u.Cases > 0 {
			list = append(list, Ranked{Score: u.Score})
		}
	}
	few := func(t Ranked) bool { return t.Decided() < minRanked }
	slices.SortStableFunc(list, func(a, b Ranked) int {
		switch {
		case few(a) != few(b):
			if few(a) {
				return 1
			}
			return -1
		case few(a):
			return cmp.Or(b.Decided()-a.Decided(), strings.Compare(a.Key, b.Key))
		}
		return cmp.Or(permille(b.InTime, b.Decided())-permille(a.InTime, a.Decided()), b.Decided()-a.Decided(), strings.Compare(a.Key, b.Key))
	})
	for i := range list {
		switch {
		case few(list[i]):
		case i > 0 && permille(list[i].InTime, list[i].Decided()) == permille(list[i-1].InTime, list[i-1].Decided()):
			list[i].Place = list[i-1].Place
		default:
			list[i].Place = i + 1
		}
	}
	return list
}
