package app

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/match"
	"huiyin/internal/pipeline"
)

// The report of a running program and that of a record nobody has open are the same, with
// words cut as the matcher cuts them.
func TestTopics(t *testing.T) {
	cfg := load(t, "")
	seg, err := segmenter(cfg)
	if err != nil {
		t.Fatal(err)
	}
	set, err := match.Compile(nil, match.Lists{}, seg)
	if err != nil {
		t.Fatal(err)
	}
	opened := time.Now().Add(-day)
	var records []cases.Record
	for i, c := range []struct {
		text string
		then cases.Event
	}{
		{"供水公司招聘管道工，包吃包住", cases.Event{Kind: cases.Dismissed, Reason: cases.FalseAlarm}},
		{"高薪招聘管道工，长期有效", cases.Event{Kind: cases.Dismissed, Reason: cases.FalseAlarm}},
		{"我们小区的管道爆了，没有水用", cases.Event{Kind: cases.Replied}},
	} {
		e := cases.Event{Case: cases.Number(2026, i+1), Seq: 1, Kind: cases.Opened, At: opened, Topic: "供水"}
		c.then.Case, c.then.Seq, c.then.At = e.Case, 2, opened.Add(time.Hour)
		records = append(records, cases.Record{Event: &e}, cases.Record{Event: &c.then}, cases.Record{Mention: &cases.Mention{
			ID: e.Case, Case: e.Case, No: 1, Title: "标题", Text: c.text, Seen: opened, Topics: []string{"供水"}, Words: []string{"管道"},
		}})
	}
	a, stop := running(t, cfg, records...)
	a.pipeline = new(pipeline.Pipeline)
	a.pipeline.Enforce(set)
	whole, err := Topics(t.Context(), cfg, 90)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"供水        3        1        2      33%", "管道（误报 2 件，其他 1 件）", "none: [招聘"} {
		if !strings.Contains(whole, part) {
			t.Errorf("no %q in\n%s", part, whole)
		}
	}
	if _, err := Topics(t.Context(), cfg, 0); err == nil {
		t.Error("no days were taken")
	}
	if _, err := Ask(t.Context(), cfg, "topics", url.Values{"days": {"x"}}); err == nil || !strings.Contains(err.Error(), "天数") {
		t.Errorf("x days: %v", err)
	}
	stop()
	if got, err := Topics(t.Context(), cfg, 90); err != nil || got != whole {
		t.Errorf("%v\n%s\nand while it ran\n%s", err, got, whole)
	}
}
