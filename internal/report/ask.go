package report

import (
	"fmt"
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/post"
	"huiyin/internal/workday"
)

// Limits of what somebody may look for, and of what is shown.
const (
	maxWords = 5
	maxWord  = 20 // characters
	maxFound = 10
	maxBack  = 366 // days
)

var (
	lastDays = regexp.MustCompile(`^(?:最近|近)(\d{1,3})天$`)
	aDay     = regexp.MustCompile(`^(?:(\d{4})-)?(\d{1,2})-(\d{1,2})$`)
)

// When reads a word that names a span of days: 今天, 昨天, 近7天, 11-20, 2026-11-20, or a period
// such as 上周, 本月, 10月, 本季度, 2026Q3, 上半年, 去年; false for any other. The span ends before
// until, and no later than this day. Weeks begin on Monday. What has no year is the last one
// of that name.
func When(word string, now time.Time, loc *time.Location) (from, until time.Time, ok bool) {
	now = now.In(loc)
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, loc) }
	today := day(now.Date())
	tomorrow := today.AddDate(0, 0, 1)
	switch word {
	case "今天", "今日":
		return today, tomorrow, true
	case "昨天", "昨日":
		return today.AddDate(0, 0, -1), today, true
	}
	if p, ok := periodNamed(word, now); ok {
		from, until := p.Span(loc)
		if until.After(tomorrow) && !from.After(now) {
			until = tomorrow
		}
		return from, until, true
	}
	if m := lastDays.FindStringSubmatch(word); m != nil {
		n, _ := strconv.Atoi(m[1])
		return tomorrow.AddDate(0, 0, -min(max(n, 1), maxBack)), tomorrow, true
	}
	if m := aDay.FindStringSubmatch(word); m != nil {
		y, _ := strconv.Atoi(m[1])
		mm, _ := strconv.Atoi(m[2])
		dd, _ := strconv.Atoi(m[3])
		year := y
		if y == 0 {
			year = now.Year()
		}
		from = day(year, time.Month(mm), dd)
		if y == 0 && from.After(now) {
			from = day(year-1, time.Month(mm), dd)
		}
		if int(from.Month()) != mm || from.Day() != dd {
			return from, until, false
		}
		return from, from.AddDate(0, 0, 1), true
	}
	return from, until, false
}

// SearchUsage is what somebody reads whose search was not understood.
const SearchUsage = "要找什么，请写在后面，可以加上时间，例如：/search 停水 上周\n时间可以写：今天、昨天、本周、上周、本月、上月、本季度、上半年、去年、近7天、10月、11-20。不写就是近 30 天。"

// ParseSearch reads what somebody looks for: words, and a span of days among them or the
// last 30 days; false when there is no word.
func ParseSearch(query string, now time.Time, loc *time.Location) (s cases.Search, ok bool) {
	s.From, s.Until, _ = When("近30天", now, loc)
	s.Limit = maxFound
	for _, word := range strings.Fields(query) {
		if from, until, is := When(word, now, loc); is {
			s.From, s.Until = from, until
			continue
		}
		if len(s.Words) < maxWords {
			s.Words = append(s.Words, post.Cut(word, maxWord))
		}
	}
	return s, len(s.Words) > 0
}

// Found writes what a search found, in Telegram's HTML. Where the texts of posts stay in
// the house it repeats no words, and for links only it tells no more than how many there are.
func Found(s cases.Search, list []cases.Found, loc *time.Location, d cases.Disclosure) string {
	if !d.Full() {
		return counted(s, list, loc, d)
	}
	var b writer
	what := html.EscapeString(strings.Join(s.Words, " "))
	span := fmt.Sprintf("%s 至 %s", s.From.In(loc).Format("01-02"), s.Until.In(loc).AddDate(0, 0, -1).Format("01-02"))
	if len(list) == 0 {
		return fmt.Sprintf("%s，没有找到说到“%s”的事项。可以换个词，或者加长时间再找，例如：/search %s 近90天", span, what, what)
	}
	more := ""
	if len(list) == s.Limit {
		more = fmt.Sprintf("（只列最近的 %d 件）", s.Limit)
	}
	b.line("<b>%s，说到“%s”的有 %d 件%s：</b>", span, what, len(list), more)
	for _, f := range list {
		times := ""
		if f.Mentions > 1 {
			times = fmt.Sprintf("，%d 帖", f.Mentions)
		}
		b.line("· %s %s（%s，%s%s）", f.Case, html.EscapeString(post.Cut(f.Title, 24)), html.EscapeString(post.Cut(f.Source, 20)),
			f.Seen.In(loc).Format("01-02 15:04"), times)
	}
	b.line("看办理记录请发 /case 加编号。")
	return strings.TrimRight(b.String(), "\n")
}

// counted is what a search found, without what was looked for or found.
func counted(s cases.Search, list []cases.Found, loc *time.Location, d cases.Disclosure) string {
	var b writer
	more := ""
	if len(list) == s.Limit {
		more = fmt.Sprintf("最近的 %d 件；更早的请把时间写短些再找。", s.Limit)
	}
	b.line("<b>%s 至 %s，找到 %d 件。</b>%s", s.From.In(loc).Format("01-02"), s.Until.In(loc).AddDate(0, 0, -1).Format("01-02"), len(list), more)
	for _, f := range shown(d, list) {
		b.line("· %s（%s，%d 帖）", f.Case, f.Seen.In(loc).Format("01-02 15:04"), max(f.Mentions, 1))
	}
	board(&b, d)
	return strings.TrimRight(b.String(), "\n")
}

// StatsUsage is what somebody reads whose span was not understood.
const StatsUsage = "时间没有看懂。请写：本周、上周、本月、上月、本季度、上季度、上半年、今年、去年、近7天、10月、2026Q3，例如：/stats 上季度"

// Stats writes how units dealt with the cases opened in a span, as they stand, in
// Telegram's HTML; for links only the sum. Of the scores those of units are told one by one,
// and those of all as the sum; where there are none of all, the sum of the units is told.
func Stats(list []cases.Score, from, until time.Time, cal *workday.Calendar, d cases.Disclosure) string {
	loc := cal.Location()
	var b writer
	first, last := from.In(loc), until.In(loc).AddDate(0, 0, -1)
	if span := first.Format("2006-01-02"); last.After(first) {
		b.line("<b>%s 至 %s 办理情况</b>", span, last.Format("01-02"))
	} else {
		b.line("<b>%s 办理情况</b>", span)
	}
	var sum, all cases.Score
	units := 0
	for _, s := range list {
		switch {
		case s.Of == cases.OfAll:
			all = s
		case s.Of == cases.OfUnit:
			sum = sum.Add(s)
			if units++; units == 1 {
				sum.Median = s.Median
			}
			if d.Level != cases.Link && units <= maxStats {
				b.line("· %s：%s", html.EscapeString(s.Key), told(s))
			}
		}
	}
	if all.Of != "" {
		sum = all
	}
	if units == 0 {
		b.line("这段时间没有事项。")
	}
	if units > maxStats && d.Level != cases.Link {
		b.line("……还有 %d 个单位。", units-maxStats)
	}
	if units > 1 || units == 1 && d.Level == cases.Link {
		b.line("合计：%s", told(sum))
	}
	board(&b, d)
	return strings.TrimRight(b.String(), "\n")
}

// StatsLinks are the lines below Stats that lead to the same on the board, in Telegram's
// HTML: to the report of the period that the word names and the ranking in it, or to the
// cases of its days. Empty without a board.
func StatsLinks(word string, now time.Time, board string) string {
	if board == "" {
		return ""
	}
	if p, ok := periodNamed(word, now); ok {
		if from, _ := p.Span(now.Location()); from.After(now) {
			return ""
		}
		report := board + "/report/" + p.String()
		return "\n\n看板上有：" + anchor(report, p.Name()+p.Kind.Report()) + "，" + anchor(report+"#part-2", "各单位排名")
	}
	from, until, _ := When(word, now, now.Location())
	return "\n\n看板上有：" + anchor(board+"/cases?"+cases.Filter{From: from, Until: until}.Link(now.Location()), "这些天立案的事项") + "，" + anchor(board+"/reports", "各期报表和排名")
}

// maxStats is how many units are told one by one, so that all is one message.
const maxStats = 20

// maxSources is how many sources are listed one by one.
const maxSources = 40

// maxReason is how much is told of why one cannot be read: what to do stands at its end.
const maxReason = 200

// Sources writes how the reading of each source goes, those in trouble first, in Telegram's
// HTML.
func Sources(list []Source, loc *time.Location) string {
	var b writer
	failing := slices.DeleteFunc(slices.Clone(list), func(s Source) bool { return s.Reason == "" })
	if len(failing) == 0 {
		b.line("<b>来源 %d 个，都正常。</b>", len(list))
	} else {
		b.line("<b>来源 %d 个，其中 %d 个有问题：</b>", len(list), len(failing))
	}
	for _, s := range failing[:min(len(failing), maxSources)] {
		b.line("⚠️ %s：%s（%s）", html.EscapeString(post.Cut(s.Name, 40)), html.EscapeString(post.Cut(s.Reason, maxReason)), s.lastRead(loc))
	}
	shown := min(len(failing), maxSources)
	for _, s := range list {
		if s.Reason == "" && shown < maxSources {
			shown++
			b.line("· %s：%s", html.EscapeString(post.Cut(s.Name, 40)), s.lastRead(loc))
		}
	}
	if rest := len(list) - shown; rest > 0 {
		b.line("……还有 %d 个，请到 /healthz 上看。", rest)
	}
	return strings.TrimRight(b.String(), "\n")
}

// lastRead says when a source was read well for the last time.
func (s Source) lastRead(loc *time.Location) string {
	if s.Since.IsZero() {
		return "从来没有读成功过"
	}
	said := s.Since.In(loc).Format("最近一次读成功是 01-02 15:04")
	if s.Pushed {
		said += "，有新帖时对方网站会送过来"
	}
	if s.Gaps > 0 {
		said += fmt.Sprintf("；可能漏读过 %d 次，最近一次在 %s", s.Gaps, s.GapAt.In(loc).Format("01-02 15:04"))
	}
	return said
}

// told is one unit's figures in words; what is zero and needs no mention is left out.
func told(s cases.Score) string {
	parts := []string{fmt.Sprintf("新立 %d 件", s.Cases)}
	add := func(n int, format string, more ...any) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf(format, append([]any{n}, more...)...))
		}
	}
	if n := s.SignedInTime + s.SignedLate; n > 0 {
		parts = append(parts, "签收及时 "+percent(s.SignedInTime, n))
	}
	if n := s.Decided(); n > 0 {
		parts = append(parts, "按时回应 "+percent(s.InTime, n))
	}
	if s.Overdue > 0 {
		add(s.Late, "超时 %d 件（%d 件还没有回应）", s.Overdue)
	} else {
		add(s.Late, "超时 %d 件")
	}
	if s.Answered > 0 && s.Median > 0 {
		parts = append(parts, "回应用时中位数 "+workday.FormatDuration(s.Median))
	}
	add(s.Closed, "办结 %d 件")
	add(s.Dismissed, "无需回应 %d 件")
	add(s.Reopened, "重开 %d 件")
	add(s.Unsound, "未通过核验 %d 件")
	if s.Rated > 0 {
		parts = append(parts, fmt.Sprintf("回访 %d 人，群众满意度 %s", s.Rated, percent(s.Content, s.Rated)))
	}
	return strings.Join(parts, "，") + "。"
}

// few are too few for a percentage, which would say more than there is.
const few = 5

// rate is a part of a whole; of few it is told as it is.
func rate(part, whole int) string {
	if whole < few {
		return fmt.Sprintf("%d/%d", part, whole)
	}
	return fmt.Sprintf("%d%%", rounded(part, whole))
}

// rounded is a part of a whole that is not 0 in whole percent, rounded down as in pictures:
// 100 is only all of it.
func rounded(part, whole int) int { return 100 * part / whole }
