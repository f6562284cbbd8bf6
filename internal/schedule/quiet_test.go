package schedule

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestQuiet(t *testing.T) {
	at := func(s string) time.Time {
		t.Helper()
		v, err := time.ParseInLocation("2006-01-02 15:04:05", s, shanghai)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct {
		name     string
		q        Quiet
		from, to string
	}{
		{"nothing asked", Quiet{}, "2026-03-02 10:20:30", "2026-03-02 10:20:30"},
		{"02 GMT is 10 here", Quiet{Hours: 1 << 2}, "2026-03-02 10:20:30", "2026-03-02 11:00:00"},
		{"the hour before", Quiet{Hours: 1 << 2}, "2026-03-02 09:59:59", "2026-03-02 09:59:59"},
		{"over midnight", Quiet{Hours: 1<<22 | 1<<23 | 1}, "2026-03-02 06:30:00", "2026-03-02 09:00:00"},
		{"all hours", Quiet{Hours: allHours}, "2026-03-02 10:20:30", "2026-03-02 10:20:30"},
		{"Sunday, GMT", Quiet{Days: 1}, "2026-03-02 07:00:00", "2026-03-02 08:00:00"},
		{"all days", Quiet{Days: allDays}, "2026-03-02 10:20:30", "2026-03-02 10:20:30"},
		{"one hour a week", Quiet{Hours: allHours &^ (1 << 5), Days: allDays &^ (1 << 3)}, "2026-03-04 14:00:00", "2026-03-11 13:00:00"},
		{"bits that mean nothing", Quiet{Hours: 1 << 30, Days: 1 << 7}, "2026-03-02 10:20:30", "2026-03-02 10:20:30"},
	} {
		got := c.q.After(at(c.from))
		if !got.Equal(at(c.to)) || got.Location() != shanghai {
			t.Errorf("%s: %v, want %v", c.name, got, c.to)
		}
	}
}

// A clock that is set back while a source waits must not make it wait for as long again.
func TestQuietKeepsTheSteadyClock(t *testing.T) {
	now := time.Now()
	for _, q := range []Quiet{{}, {Hours: 1 << now.UTC().Hour()}} {
		if got := q.After(now); got == got.Round(0) {
			t.Errorf("%+v: %v", q, got)
		}
	}
}

func TestQuietIsKept(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := Quiet{rapid.Uint32().Draw(t, "hours"), rapid.Uint8().Draw(t, "days")}
		from := monday.Add(time.Duration(rapid.Int64Range(0, int64(30*24*time.Hour)).Draw(t, "from")))
		to := q.After(from)
		if to.Before(from) || to.Sub(from) > 7*24*time.Hour || !q.After(to).Equal(to) {
			t.Fatalf("%+v after %v is %v", q, from, to)
		}
		if u := to.UTC(); q.Hours&allHours != allHours && q.Hours>>u.Hour()&1 == 1 || q.Days&allDays != allDays && q.Days>>u.Weekday()&1 == 1 {
			t.Fatalf("%v is to be skipped by %+v", to, q)
		}
		text, err := json.Marshal(q)
		var back Quiet
		if err != nil || json.Unmarshal(text, &back) != nil || back != q {
			t.Fatalf("%+v became %s", q, text)
		}
	})
}
