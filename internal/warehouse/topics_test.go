package warehouse

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"huiyin/internal/cases"
)

// told is a case as the test tells it: when it was opened, what its mentions matched, and
// what became of it.
type told struct {
	number, topic string
	opened        time.Time
	mentions      [][]string
	then          []cases.Event
}

func dismissed(reason string) cases.Event {
	return cases.Event{Kind: cases.Dismissed, Reason: reason, At: at(12, 9, 0)}
}

func judgedSample() cases.Shipment {
	signed, replied, closed := cases.Event{Kind: cases.Signed, At: at(12, 8, 0)}, cases.Event{Kind: cases.Replied, At: at(12, 10, 0)}, cases.Event{Kind: cases.Closed, At: at(12, 11, 0)}
	wrong, other := dismissed(cases.FalseAlarm), dismissed(cases.Reasons[4])
	s := cases.Shipment{ID: "j-1-99"}
	for _, c := range []told{
		{"2026-000001", "供水", at(10, 0, 0), [][]string{{"停水"}, {"停水", "水管"}}, []cases.Event{signed, replied}},
		{"2026-000002", "供水", at(10, 9, 0), [][]string{{"停水", "管道"}}, []cases.Event{wrong}},
		{"2026-000003", "供水", at(11, 9, 0), [][]string{{"管道"}, {"管道", "水管"}}, []cases.Event{signed, wrong}},
		{"2026-000004", "供水", at(11, 9, 0), [][]string{{"水管"}}, []cases.Event{other}},
		{"2026-000005", "供水", at(11, 9, 0), [][]string{{"停水"}}, []cases.Event{wrong, replied}}, // no false alarm after all
		{"2026-000006", "供水", at(11, 9, 0), [][]string{{"管道"}}, []cases.Event{signed}},         // nobody has judged it
		{"2026-000007", "供水", at(9, 23, 59), [][]string{{"管道"}}, []cases.Event{wrong}},         // before the span
		{"2026-000008", "供水", at(13, 0, 0), [][]string{{"管道"}}, []cases.Event{wrong}},          // after it
		{"2026-000009", "供水", at(12, 9, 0), [][]string{{"停水"}}, []cases.Event{replied, closed}},
		{"2026-000010", "物业", at(12, 9, 0), [][]string{{"物业"}}, []cases.Event{replied}},
		{"2026-000011", "噪音", at(12, 9, 0), [][]string{{"噪音"}}, nil},
		{"2026-000012", "噪音", at(12, 9, 0), [][]string{{"噪音"}}, []cases.Event{wrong}},
	} {
		for i, words := range c.mentions {
			kind := cases.Joined
			if i == 0 {
				kind = cases.Opened
			}
			e := cases.Event{Case: c.number, Seq: i + 1, Kind: kind, At: c.opened.Add(time.Duration(i) * time.Hour)}
			if i == 0 {
				e.Topic = c.topic
			}
			// A mention that joined may have fired other topics: it belongs to the case's.
			s.Records = append(s.Records, cases.Record{Event: &e}, cases.Record{Mention: &cases.Mention{
				ID: e.ID(), Case: c.number, No: i + 1, Title: "标题", Text: c.number[5:], Seen: e.At, Topics: []string{"别的"}, Words: words,
			}})
		}
		for i, e := range c.then {
			e.Case, e.Seq = c.number, len(c.mentions)+i+1
			s.Records = append(s.Records, cases.Record{Event: &e})
		}
	}
	return s
}

func word(w string, alarms, good int) cases.WordFigures {
	return cases.WordFigures{Word: w, FalseAlarms: alarms, Good: good}
}

func TestTopics(t *testing.T) {
	w, _ := embedded(t)
	ctx, from, until := t.Context(), at(10, 0, 0), at(13, 0, 0)
	if got, err := w.Topics(ctx, from, until); err != nil || len(got) != 0 {
		t.Errorf("of nothing: %+v, %v", got, err)
	}
	if err := w.Ship(ctx, judgedSample()); err != nil {
		t.Fatal(err)
	}
	got, err := w.Topics(ctx, from, until)
	if err != nil {
		t.Fatal(err)
	}
	want := []cases.TopicFigures{
		{Topic: "供水", Opened: 7, Answered: 3, FalseAlarms: 2, Judged: 6, Words: []cases.WordFigures{word("管道", 2, 0), word("水管", 1, 2), word("停水", 1, 3)}},
		{Topic: "噪音", Opened: 2, FalseAlarms: 1, Judged: 1, Words: []cases.WordFigures{word("噪音", 1, 0)}},
		{Topic: "物业", Opened: 1, Answered: 1, Judged: 1},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	var texts []string
	note := func(j cases.JudgedText) error {
		texts = append(texts, j.Topic+" "+j.Case[9:]+" "+j.Text+" "+j.Words[0])
		return nil
	}
	if err := w.FalseAlarmTexts(ctx, from, until, note); err != nil {
		t.Fatal(err)
	}
	if want := []string{"供水 02 000002 停水", "供水 03 000003 管道", "供水 03 000003 管道", "噪音 12 000012 噪音"}; !slices.Equal(texts, want) {
		t.Errorf("false alarms: %q", texts)
	}
	texts = nil
	if err := w.GoodTexts(ctx, from, until, note); err != nil {
		t.Fatal(err)
	}
	slices.Sort(texts)
	if want := []string{"供水 01 000001 停水", "供水 01 000001 停水", "供水 04 000004 水管", "供水 05 000005 停水", "供水 09 000009 停水"}; !slices.Equal(texts, want) {
		t.Errorf("good ones: %q", texts)
	}
	enough := errors.New("enough")
	if err := w.GoodTexts(ctx, from, until, func(cases.JudgedText) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("told to stop: %v", err)
	}
}

// Of many words the worst are told.
func TestWorstWords(t *testing.T) {
	w, _ := embedded(t)
	s := cases.Shipment{ID: "j-1-9"}
	for i := range 40 {
		number, words, then := cases.Number(2026, i+1), []string{"常见"}, cases.Event{Kind: cases.Replied}
		if i < 10 { // false alarms: 常见 is in all of them, and in thirty good ones
			then = dismissed(cases.FalseAlarm)
			for k, word := range []string{"甲", "乙", "丙", "丁", "戊", "己"} {
				if i <= k {
					words = append(words, word)
				}
			}
		}
		open := cases.Event{Case: number, Seq: 1, Kind: cases.Opened, At: at(10, 9, 0), Topic: "供水"}
		then.Case, then.Seq, then.At = number, 2, at(10, 10, 0)
		s.Records = append(s.Records, cases.Record{Event: &open}, cases.Record{Event: &then}, cases.Record{Mention: &cases.Mention{
			ID: number, Case: number, No: 1, Seen: at(10, 9, 0), Topics: []string{"供水"}, Words: words,
		}})
	}
	if err := w.Ship(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	got, err := w.Topics(t.Context(), at(10, 0, 0), at(11, 0, 0))
	if err != nil || len(got) != 1 {
		t.Fatal(got, err)
	}
	want := []cases.WordFigures{word("己", 6, 0), word("戊", 5, 0), word("丁", 4, 0), word("丙", 3, 0), word("常见", 10, 30)}
	if d := cmp.Diff(want, got[0].Words); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
