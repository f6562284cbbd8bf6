package board

import (
	"strings"
	"time"

	"huiyin/internal/cases"
)

// evil is what somebody may write, or call a source, to get into the page.
const evil = `</td><script>alert(1)</script>"'&amp; {{.}}`

// odd is what somebody may write that is hard to lay out: words from right to left that are
// never ended, one without an end, signs of several characters, and all of it long.
var odd = "\u202Eتحت الأرض" + strings.Repeat("W", 300) + "👨‍👩‍👧‍👦💧" + strings.Repeat("水", 10_000)

// longest is a name as long as a configuration may have it.
var longest = strings.Repeat("局", 40)

// hostile is a case told by somebody hostile, and one that was merged into it; and an odd one.
func hostile() cases.Shipment {
	at := now.Add(-26 * time.Hour)
	steps := []cases.Step{{Name: evil, Target: "1wd", Due: at.Add(25 * time.Hour), Why: evil}}
	s := cases.Shipment{ID: "hostile"}
	for i, e := range []cases.Event{
		{Kind: cases.Opened, Post: "evil1", Source: "坏" + evil, Title: evil, URL: "javascript:alert(2)", Topic: evil, Severity: cases.Major, Unit: "单位" + evil, Officer: evil, Steps: steps, Contact: evil},
		{Kind: cases.Submitted, By: evil, Officer: evil, Text: evil},
		{Kind: cases.Replied, By: evil, Via: evil, URL: "data:text/html,<script>alert(3)</script>", Text: evil},
		{Kind: cases.Verified, Reply: 1, Faults: []string{evil}, Title: evil},
	} {
		e.Case, e.Seq, e.At = "2026-900001", i+1, at.Add(time.Duration(i)*time.Minute)
		s.Records = append(s.Records, cases.Record{Event: &e})
	}
	s.Records = append(s.Records,
		cases.Record{Mention: &cases.Mention{ID: "evil1", Case: "2026-900001", No: 1, Source: "坏" + evil, Title: evil, Text: strings.Repeat(evil, 30), URL: "javascript:alert(2)",
			Seen: at, Topics: []string{evil}, Words: []string{"<script>", `"`}}},
		cases.Record{Event: &cases.Event{Case: "2026-900002", Seq: 1, Kind: cases.Opened, At: at, Post: "evil2", Source: "清河论坛", Title: "停水（并入）", Topic: evil, Unit: "供水集团", Officer: "王敏", Steps: steps}},
		cases.Record{Event: &cases.Event{Case: "2026-900002", Seq: 2, Kind: cases.Merged, At: at.Add(time.Hour), By: "王敏", Other: "2026-900001"}},
		cases.Record{Event: &cases.Event{Case: "2026-900003", Seq: 1, Kind: cases.Opened, At: at, Post: "odd", Source: "清河论坛", Title: odd, Topic: longest, Unit: longest, Officer: longest, Steps: steps, Severity: cases.Major}},
		cases.Record{Mention: &cases.Mention{ID: "odd", Case: "2026-900003", No: 1, Source: "清河论坛", Title: odd, Text: odd, URL: "https://bbs.example.cn/" + strings.Repeat("x", 500), Seen: at, Topics: []string{longest}, Words: []string{"水"}}},
		cases.Record{Poll: &cases.Poll{ID: "evil", Source: "坏" + evil, At: at, New: 3, Matched: 1}},
		cases.Record{Poll: &cases.Poll{ID: "evil2", Source: "坏" + evil, At: at, Error: evil}},
	)
	return s
}
