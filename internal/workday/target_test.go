package workday

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestParseTarget(t *testing.T) {
	good := []struct {
		in   string
		want Target
		name string
	}{
		{"1wd", Target{1, WorkingDays}, "1个工作日"},
		{"5wd", Target{5, WorkingDays}, "5个工作日"},
		{"366wd", Target{366, WorkingDays}, "366个工作日"},
		{"4wh", Target{4, WorkingHours}, "4个工作小时"},
		{"2000wh", Target{2000, WorkingHours}, "2000个工作小时"},
		{"5h", Target{5, PlainHours}, "5小时"},
		{"24h", Target{24, PlainHours}, "24小时"},
		{"8784h", Target{8784, PlainHours}, "8784小时"},
	}
	for _, c := range good {
		got, err := ParseTarget(c.in)
		if err != nil || got != c.want || got.String() != c.in || got.Name() != c.name {
			t.Errorf("ParseTarget(%q) = %+v (%s, %s), %v; want %+v, %s", c.in, got, got, got.Name(), err, c.want, c.name)
		}
	}
	for _, in := range []string{
		"", "wd", "1", "0wd", "367wd", "2001wh", "8785h", "0h", "-1h", "+1h", "01wd", "1 wd", " 1wd", "1wd ",
		"1WD", "1d", "1.5h", "1hwd", "99999999999999999999h", "1个工作日", strings.Repeat("9", 1000) + "h",
	} {
		got, err := ParseTarget(in)
		if err == nil || got != (Target{}) {
			t.Errorf("ParseTarget(%q) = %v, %v; want an error", in, got, err)
		} else if len(err.Error()) > 200 {
			t.Errorf("ParseTarget: an error of %d bytes", len(err.Error()))
		}
	}
}

func TestTargetText(t *testing.T) {
	type doc struct{ A, B Target }
	in := doc{A: Target{20, WorkingDays}}
	b, err := json.Marshal(in)
	if err != nil || string(b) != `{"A":"20wd","B":""}` {
		t.Fatalf("Marshal = %s, %v", b, err)
	}
	out := doc{B: Target{1, PlainHours}}
	if err := json.Unmarshal(b, &out); err != nil || out != in {
		t.Errorf("Unmarshal = %+v, %v; want %+v", out, err, in)
	}
	if !out.B.IsZero() || out.A.IsZero() || out.B.Name() != "" {
		t.Errorf("zero targets are not told apart: %+v", out)
	}
	if err := json.Unmarshal([]byte(`{"A":"20days"}`), &out); err == nil || out.A != in.A {
		t.Errorf("a bad target was read: %+v, %v", out, err)
	}
	for _, bad := range []Target{{0, WorkingDays}, {367, WorkingDays}, {1, "d"}, {-1, PlainHours}} {
		if _, err := bad.MarshalText(); err == nil {
			t.Errorf("%+v was written", bad)
		}
	}
}

// FuzzParseTarget: what is accepted is valid, and is written back unchanged.
func FuzzParseTarget(f *testing.F) {
	for _, s := range []string{"1wd", "20wd", "4wh", "48h", "", "0h", "8785h", "1wdd", "٣h"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ParseTarget(s)
		if err != nil {
			return
		}
		if got.Validate() != nil || got.String() != s || got.IsZero() {
			t.Errorf("ParseTarget(%q) = %+v, written as %q", s, got, got)
		}
	})
}
