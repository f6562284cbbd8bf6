package workday

import (
	"fmt"
	"strings"
	"time"
)

const (
	maxSpans = 8  // in a working day
	maxSpan  = 32 // bytes of one span, as written
)

// span is a stretch of a day, in minutes after 00:00 on the wall clock.
type span struct{ from, to int }

// Hours are the office hours of a working day: one or more spans, in order, not
// overlapping, inside one day. The zero Hours is not usable; ParseHours makes one.
type Hours struct{ spans []span }

// SpanError says which of the office hours cannot be used, and why.
type SpanError struct {
	Item   int    // in the list, from 0; -1: the list as a whole
	Value  string // the time or the span that is wrong, as written; "" for the list
	Reason string // Chinese, goes on from Value: 不是 00:00 到 23:59 之间的时间
}

// Error is one line for a log.
func (e *SpanError) Error() string {
	if e.Item < 0 {
		return "office hours: " + e.Reason
	}
	return fmt.Sprintf("office hours: item %d: %q %s", e.Item+1, e.Value, e.Reason)
}

// dashes lets people write a span with the dash their keyboard offers.
var dashes = strings.NewReplacer("——", "-", "–", "-", "—", "-", "－", "-", "~", "-", "～", "-", "至", "-")

// ParseHours reads spans such as "09:00-12:00" and "13:00-17:30". The hyphen may
// be a dash or 至; ParseClock reads the times. At least one span, at most eight; the
// day ends at 23:59. The error is a *SpanError.
func ParseHours(list []string) (Hours, error) {
	if len(list) == 0 {
		return Hours{}, &SpanError{Item: -1, Reason: "至少要有一段，例如 \"09:00-12:00\""}
	}
	if len(list) > maxSpans {
		return Hours{}, &SpanError{Item: -1, Reason: fmt.Sprintf("最多 %d 段，现在有 %d 段", maxSpans, len(list))}
	}
	var h Hours
	for i, s := range list {
		sp, err := parseSpan(s)
		if err != nil {
			err.Item = i
			return Hours{}, err
		}
		if n := len(h.spans); n > 0 && sp.from < h.spans[n-1].to {
			return Hours{}, &SpanError{i, s, fmt.Sprintf("应当在前一段 %s 结束以后开始", h.spans[n-1])}
		}
		h.spans = append(h.spans, sp)
	}
	return h, nil
}

func parseSpan(s string) (span, *SpanError) {
	const form = "应当是两个时间，中间用“-”连接，例如 \"09:00-12:00\""
	if len(s) > maxSpan {
		return span{}, &SpanError{Value: strings.ToValidUTF8(s[:maxSpan], "") + "…", Reason: form}
	}
	from, to, _ := strings.Cut(dashes.Replace(s), "-")
	if strings.TrimSpace(from) == "" || strings.TrimSpace(to) == "" {
		return span{}, &SpanError{Value: s, Reason: form}
	}
	var ends [2]int
	for i, v := range []string{from, to} {
		d, err := ParseClock(v)
		if err != nil {
			return span{}, &SpanError{Value: strings.TrimSpace(v), Reason: "不是 00:00 到 23:59 之间的时间"}
		}
		ends[i] = int(d / time.Minute)
	}
	if ends[0] >= ends[1] {
		return span{}, &SpanError{Value: s, Reason: "里结束的时间应当晚于开始的时间"}
	}
	return span{ends[0], ends[1]}, nil
}

// ParseClock reads a time of day, "08:30", "8:30" or "8：30", as the time after
// midnight. The day ends at 23:59.
func ParseClock(s string) (time.Duration, error) {
	t, err := time.Parse("15:04", strings.Replace(strings.TrimSpace(s), "：", ":", 1))
	if err != nil {
		return 0, fmt.Errorf("time %q: want hours and minutes from 00:00 to 23:59", s)
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
}

// String writes one span as people read it: 09:00–12:00.
func (s span) String() string {
	return fmt.Sprintf("%02d:%02d–%02d:%02d", s.from/60, s.from%60, s.to/60, s.to%60)
}

// String writes the spans as people read them: 09:00–12:00、13:00–17:30.
func (h Hours) String() string {
	parts := make([]string, len(h.spans))
	for i, s := range h.spans {
		parts[i] = s.String()
	}
	return strings.Join(parts, "、")
}

// IsZero reports whether there are no hours at all.
func (h Hours) IsZero() bool { return len(h.spans) == 0 }

// PerDay is how much working time one working day holds.
func (h Hours) PerDay() time.Duration {
	var sum time.Duration
	for _, s := range h.spans {
		sum += time.Duration(s.to-s.from) * time.Minute
	}
	return sum
}
