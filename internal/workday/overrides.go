package workday

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	// MaxOverrides is how many days an agency may set by hand: ten years and more.
	MaxOverrides = 4000

	maxOverrideFile   = 256 << 10 // bytes
	maxOverrideRange  = 31        // days in one line
	maxOverrideName   = 16        // characters
	maxOverrideErrors = 20        // told at once
)

// Override is a day the agency sets by hand: a local day off, a day worked all
// the same, or the days of a notice that is newer than the built-in table.
type Override struct {
	Date string // 2006-01-02
	Name string // what it is, as it is read before 放假 or 调休上班: 春节; may be empty
	Work bool   // true: a working day; false: a day off
	Line int    // of the file it was read from, from 1; 0: it is from no file
}

// OverrideError is one thing that is wrong with a file of overrides.
type OverrideError struct {
	Line   int    // from 1; 0: the file as a whole
	Reason string // one line of plain Chinese: what is wrong and what to do
}

// OverrideErrors is what is wrong with a file of overrides, sorted by line. Only
// the first 20 errors are told.
type OverrideErrors []OverrideError

// Error is one line for a log.
func (list OverrideErrors) Error() string {
	var b strings.Builder
	b.WriteString("days set by hand:")
	for i, e := range list {
		if i > 0 {
			b.WriteString(";")
		}
		fmt.Fprintf(&b, " line %d: %s", e.Line, e.Reason)
	}
	return b.String()
}

// ParseOverrides reads the days that an office sets by hand, one day or one run of
// days to a line, in the order of the file:
//
//	2027-01-01..2027-01-03 放假 元旦   # what follows # is a remark
//	2027-02-06 上班 春节
//
// The name may be missing. At most 256 KiB and MaxOverrides days from 2000 to 2099,
// 31 in one line, none of them twice. The error is OverrideErrors.
func ParseOverrides(data []byte) ([]Override, error) {
	text := strings.TrimPrefix(string(data), "\ufeff")
	switch {
	case len(data) > maxOverrideFile:
		return nil, OverrideErrors{{0, "文件超过 256 KiB，不像是放假安排，请检查是不是选错了文件"}}
	case !utf8.ValidString(text):
		return nil, OverrideErrors{{0, "文件不是 UTF-8 编码（可能是 GBK 或 UTF-16），请用编辑器另存为 UTF-8"}}
	}
	var out []Override
	var errs OverrideErrors
	seen := map[string]int{} // date → line
	line := 0
	for s := range strings.Lines(text) {
		line++
		days, reason := parseOverride(s)
		for i, o := range days {
			if at, twice := seen[o.Date]; twice {
				reason = fmt.Sprintf("%s 写了两次，第 %d 行已经有了，请删去一处", o.Date, at)
				days = days[:i]
				break
			}
			seen[o.Date] = line
			days[i].Line = line
		}
		out = append(out, days...)
		if len(out) > MaxOverrides {
			return nil, append(errs, OverrideError{line, fmt.Sprintf("一共最多写 %d 天，到这一行超过了", MaxOverrides)})
		}
		if reason != "" {
			errs = append(errs, OverrideError{line, reason})
		}
		if len(errs) == maxOverrideErrors {
			break
		}
	}
	if len(errs) > 0 {
		return nil, errs
	}
	return out, nil
}

// parseOverride reads one line; nothing, and no reason, when it is empty or a remark.
func parseOverride(line string) (days []Override, reason string) {
	if i := strings.IndexAny(line, "#\uff03"); i >= 0 {
		line = line[:i]
	}
	f := strings.Fields(line)
	if len(f) == 0 {
		return nil, ""
	}
	first, last, reason := parseRange(f[0])
	if reason != "" {
		return nil, reason
	}
	if len(f) < 2 || f[1] != "放假" && f[1] != "上班" {
		return nil, "日期后面空一格，写“放假”或“上班”，例如 2027-01-01 放假 元旦"
	}
	o := Override{Work: f[1] == "上班"}
	if len(f) > 2 {
		o.Name = f[2]
	}
	switch {
	case len(f) > 3:
		return nil, "“放假”“上班”后面只能写一个名称，里面不能有空格；一行只写一件事，说明请写在 # 后面"
	case utf8.RuneCountInString(o.Name) > maxOverrideName:
		return nil, fmt.Sprintf("名称最多 %d 个字，说明请写在 # 后面", maxOverrideName)
	case strings.ContainsFunc(o.Name, func(c rune) bool { return !unicode.IsPrint(c) }):
		return nil, "名称里有看不见的字符，请删去后重写这一行"
	}
	for d := first; d <= last; d++ {
		o.Date = d.utc().Format(time.DateOnly)
		days = append(days, o)
	}
	return days, ""
}

// until lets people write a run of days the way they are used to. It is asked for
// in dates only: a holiday may be called 冬至.
var until = strings.NewReplacer("至", "..", "~", "..", "\uff5e", "..")

// parseRange reads 2027-01-01 or 2027-01-01..2027-01-03; both may lack the zeros.
func parseRange(s string) (first, last day, reason string) {
	const form = "开头应当是日期，例如 2027-01-01，几天连着写成 2027-01-01..2027-01-03（数字和横线都用半角，中间没有空格）"
	a, b, isRange := strings.Cut(until.Replace(s), "..")
	if !isRange {
		b = a
	}
	var ends [2]day
	for i, v := range []string{a, b} {
		t, err := time.Parse("2006-1-2", v)
		switch {
		case err != nil && strings.Contains(err.Error(), "out of range"):
			return 0, 0, "日历上没有这一天，请核对月份和日子"
		case err != nil:
			return 0, 0, form
		case t.Year() < 2000 || t.Year() > 2099:
			return 0, 0, "年份应当在 2000 与 2099 之间，请核对"
		}
		ends[i] = dayAt(t.Date())
	}
	switch n := ends[1] - ends[0] + 1; {
	case n < 1:
		return 0, 0, "后一个日期应当不早于前一个"
	case n > maxOverrideRange:
		return 0, 0, fmt.Sprintf("一行最多 %d 天，现在是 %d 天；确实有这么多，请分成几行", maxOverrideRange, n)
	}
	return ends[0], ends[1], ""
}
