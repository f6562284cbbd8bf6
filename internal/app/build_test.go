package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"huiyin/internal/config"
)

// town loads a small configuration with more lines at its end, and a file of days.
func town(t *testing.T, more string) *config.Config {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"days.txt": "2027-01-01..2027-01-03 放假 元旦\n2027-01-09 上班 元旦\n",
		"huiyin.yaml": "agency: 甲\nunits: [{name: 甲, a: 王敏}]\nleaders: [刘建国]\ntopics: {\"*\": 甲}\n" +
			"sources: [{name: 新闻, kind: feed, url: https://news.example.cn/rss}]\n" + more,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := config.Load(filepath.Join(dir, "huiyin.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// The days that the town set by hand are in the calendar that counts.
func TestCalendarHasTheOfficesDays(t *testing.T) {
	cal, err := newCalendar(town(t, "holidays: [days.txt]\n"))
	if err != nil {
		t.Fatal(err)
	}
	for day, want := range map[int]string{1: "元旦放假", 3: "元旦放假", 4: "工作日", 9: "元旦调休上班", 10: "周日休息"} {
		if got := cal.Why(time.Date(2027, 1, day, 12, 0, 0, 0, cal.Location())); got != want {
			t.Errorf("2027-01-%02d: %s, want %s", day, got, want)
		}
	}
}

// A ladder that is not there cannot be reviewed.
func TestReviewedLaddersAreThere(t *testing.T) {
	if _, err := readRules(town(t, "review: [reply, general, major, written, disclosure]\n")); err != nil {
		t.Error(err)
	}
	_, err := readRules(town(t, "review:\n  - written\n  - writen\n"))
	const want = "huiyin.yaml:8: review 里的“writen”不是时限的名字：可以写的有 disclosure、general、major、reply、written"
	if err == nil || !strings.HasSuffix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v, want %s", err, want)
	}
}
