package cases

import (
	"testing"
	"time"
)

// What an answer took is told without the time in which the case waited for others.
func TestSpent(t *testing.T) {
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 11, day, hour, minute, 0, 0, zone) } // the 23rd is a Monday
	c := Case{Start: at(23, 9, 0), Pauses: []Pause{
		{From: at(20, 9, 0), Until: at(20, 12, 0)}, // before the clock began anew
		{From: at(23, 10, 0), Until: at(23, 14, 0)},
		{From: at(24, 10, 0)},
	}}
	for _, k := range []struct {
		at   time.Time
		want time.Duration
	}{
		{at(23, 9, 30), 30 * time.Minute}, {at(23, 11, 0), time.Hour}, {at(23, 15, 0), 2 * time.Hour}, {at(24, 12, 0), 5*time.Hour + 30*time.Minute},
	} {
		if got := c.Spent(calendar(t), k.at); got != k.want {
			t.Errorf("at %s: %s, want %s", k.at, got, k.want)
		}
	}
}
