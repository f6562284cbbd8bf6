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
	aMonth   = regexp.MustCompile(`^(\d{1,2})月$`)
	aDay     = regexp.MustCompile(`^(?:(\d{4})-)?(\d{1,2})-(\d{1,2})$`)
)

// When reads a word that names a span of days: 今天, 昨天, 本周, 上周, 本月, 上月, 今年,
// 近7天, 10月, 11-20 or 2026-11-20; false for any other. The span ends before until.
// Weeks begin on Monday. A month or day without a year is the last one of that name.
func When(word string, now time.Time, loc *time.Location) (from, until time.Time, ok bool) {
	now = now.In(loc)
	day := func(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, loc) }
	today := day(now.Date())
	monday := today.AddDate(0, 0, -(int(today.Weekday())+6)%7)
	month := day(now.Year(), now.Month(), 1)
	tomorrow := today.AddDate(0, 0, 1)
	switch word {
	case "今天", "今日":
		return today, tomorrow, true
	case "昨天", "昨日":
		return today.AddDate(0, 0, -1), today, true
	case "本周", "这周":
		return monday, tomorrow, true
	case "上周":
		return monday.AddDate(0, 0, -7), monday, true
	case "本月", "这个月":
		return month, tomorrow, true
	case "上月", "上个月":
		return month.AddDate(0, -1, 0), month, true
	case "今年":
		return day(now.Year(), 1, 1), tomorrow, true
	}
	if m := lastDays.FindStringSubmatch(word); m != nil {
		n, _ := strconv.Atoi(m[1])
		return tomorrow.AddDate(0, 0, -min(max(n, 1), maxBack)), tomorrow, true
	}
	if m := aMonth.FindStringSubmatch(word); m != nil {
		n, _ := strconv.Atoi(m[1])
		if n < 1 || n > 12 {
			return from, until, false
		}
		from = day(now.Year(), time.Month(n), 1)
		if from.After(now) {
			from = day(now.Year()-1, time.Month(n), 1)
		}
		return from, from.AddDate(0, 1, 0), true
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
const SearchUsage = "要找什么，请写在后面，可以加上时间，例如：/search 停水 上周\n时间可以写：今天、昨天、本周、上周、本月、上月、近7天、10月、11-20。不写就是近 30 天。"

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

// Stats writes what units did in a span, in Telegram's HTML; for links only the sum.
func Stats(list []cases.Stat, from, until time.Time, cal *workday.Calendar, d cases.Disclosure) string {
	loc := cal.Location()
	var b writer
	b.line("<b>%s 至 %s 办理情况</b>", from.In(loc).Format("2006-01-02"), until.In(loc).AddDate(0, 0, -1).Format("01-02"))
	if len(list) == 0 {
		b.line("这段时间没有事项。")
	}
	var sum cases.Stat
	for _, s := range list {
		if d.Level != cases.Link {
			b.line("· %s：%s", html.EscapeString(s.Unit), told(s))
		}
		sum.Opened, sum.OnTime, sum.Late, sum.Unsound = sum.Opened+s.Opened, sum.OnTime+s.OnTime, sum.Late+s.Late, sum.Unsound+s.Unsound
		sum.Dismissed, sum.Closed, sum.Reopened = sum.Dismissed+s.Dismissed, sum.Closed+s.Closed, sum.Reopened+s.Reopened
		sum.Content, sum.Rated = sum.Content+s.Content, sum.Rated+s.Rated
	}
	if len(list) > 1 || len(list) == 1 && d.Level == cases.Link {
		b.line("合计：%s", told(sum))
	}
	board(&b, d)
	return strings.TrimRight(b.String(), "\n")
}

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
func told(s cases.Stat) string {
	parts := []string{fmt.Sprintf("新立 %d 件", s.Opened)}
	add := func(n int, format string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf(format, n))
		}
	}
	if n := s.OnTime + s.Late; n > 0 {
		parts = append(parts, fmt.Sprintf("回应 %d 次，按时 %s", n, rate(s.OnTime, n)))
	}
	add(s.Closed, "办结 %d 件")
	add(s.Dismissed, "无需回应 %d 件")
	add(s.Reopened, "重开 %d 件")
	add(s.Unsound, "没有通过核验 %d 次")
	if s.Rated > 0 {
		parts = append(parts, fmt.Sprintf("回访 %d 人，群众满意度 %s", s.Rated, rate(s.Content, s.Rated)))
	}
	return strings.Join(parts, "，") + "。"
}

// rate is a part of a whole; of few it is told as it is, because a percentage would say
// more than there is.
func rate(part, whole int) string {
	if whole < 5 {
		return fmt.Sprintf("%d/%d", part, whole)
	}
	return fmt.Sprintf("%d%%", (100*part+whole/2)/whole)
}
