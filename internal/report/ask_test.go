package report

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"huiyin/internal/cases"
)

var shanghai = at(1, 1, 0, 0).Location()

func TestWhen(t *testing.T) {
	now := time.Date(2026, 11, 22, 8, 30, 0, 0, shanghai) // a Sunday
	for word, want := range map[string]string{
		"今天": "2026-11-22 2026-11-23", "昨天": "2026-11-21 2026-11-22", "本周": "2026-11-16 2026-11-23", "上周": "2026-11-09 2026-11-16",
		"本月": "2026-11-01 2026-11-23", "上月": "2026-10-01 2026-11-01", "今年": "2026-01-01 2026-11-23", "近7天": "2026-11-16 2026-11-23",
		"近999天": "2025-11-22 2026-11-23", "10月": "2026-10-01 2026-11-01", "12月": "2025-12-01 2026-01-01", "11-20": "2026-11-20 2026-11-21",
		"12-31": "2025-12-31 2026-01-01", "2024-02-29": "2024-02-29 2024-03-01", "2-30": "", "13月": "", "本季度": "2026-10-01 2026-11-23", "上季度": "2026-07-01 2026-10-01", "2026Q3": "2026-07-01 2026-10-01", "三季度": "2026-07-01 2026-10-01",
		"第1季度": "2026-01-01 2026-04-01", "上半年": "2026-01-01 2026-07-01", "下半年": "2026-07-01 2026-11-23", "去年": "2025-01-01 2026-01-01", "2025年": "2025-01-01 2026-01-01",
		"2026H1": "2026-01-01 2026-07-01", "2026W46": "2026-11-09 2026-11-16", "2026-10": "2026-10-01 2026-11-01", "2026": "", "2027Q1": "2027-01-01 2027-04-01", "0月": "", "停水": "", "": "",
	} {
		from, until, ok := When(word, now, shanghai)
		got := from.Format(time.DateOnly) + " " + until.Format(time.DateOnly)
		if !ok {
			got = ""
		}
		if got != want {
			t.Errorf("%s: %q, want %q", word, got, want)
		}
	}
}

func FuzzParseSearch(f *testing.F) {
	for _, s := range []string{"停水 上周", "  ", "近30天", "a b c d e f g", "9999-12-31 x", strings.Repeat("长", 5000)} {
		f.Add(s)
	}
	now := time.Date(2026, 11, 22, 8, 30, 0, 0, shanghai)
	f.Fuzz(func(t *testing.T, query string) {
		s, ok := ParseSearch(query, now, shanghai)
		if ok != (len(s.Words) > 0) || len(s.Words) > maxWords || !s.From.Before(s.Until) || s.Limit < 1 {
			t.Errorf("%q: %+v, %v", query, s, ok)
		}
		for _, w := range s.Words {
			if n := len([]rune(w)); n > maxWord+1 {
				t.Errorf("a word of %d characters", n)
			}
		}
	})
}

func TestFound(t *testing.T) {
	now := time.Date(2026, 11, 22, 8, 30, 0, 0, shanghai)
	s, ok := ParseSearch("停水 <b> 上周", now, shanghai)
	if !ok {
		t.Fatal("not understood")
	}
	golden(t, "found", Found(s, []cases.Found{
		{Case: "2026-000123", Title: "锦绣小区停水三天没人管，物业和供水公司互相推诿怎么办", Source: "清河论坛", Seen: now.AddDate(0, 0, -8), Mentions: 3},
		{Case: "2026-000101", Title: "停水<i>", Source: "来电", Seen: now.AddDate(0, 0, -9), Mentions: 1},
	}, shanghai, cases.Disclosure{})+"\n\n"+Found(s, nil, shanghai, cases.Disclosure{}))
}

// Where texts stay in the house an answer tells none, and of links only the counts.
func TestAskedDiscreetly(t *testing.T) {
	now := time.Date(2026, 11, 22, 8, 30, 0, 0, shanghai)
	s, _ := ParseSearch("停水 上周", now, shanghai)
	found := []cases.Found{{Case: "2026-000123", Title: "锦绣小区停水", Source: "清河论坛", Seen: now.AddDate(0, 0, -8), Mentions: 3}}
	stats := []cases.Score{{Of: cases.OfUnit, Key: "供水集团", Cases: 31, InTime: 27, Late: 2}, {Of: cases.OfUnit, Key: "住建局", Cases: 2}}
	for name, d := range map[string]cases.Disclosure{
		"asked-brief": {Level: cases.Brief}, "asked-link": {Level: cases.Link, Board: "https://huiyin.oa.example.cn"},
	} {
		got := strings.Join([]string{
			Found(s, found, shanghai, d), Found(s, nil, shanghai, d), Stats(stats, s.From, s.Until, calendar(t), d), Stats(stats[:1], s.From, s.Until, calendar(t), d),
		}, "\n\n")
		golden(t, name, got)
		for _, secret := range []string{"停水", "锦绣", "论坛"} {
			if strings.Contains(got, secret) {
				t.Errorf("%s: %s leaves the house:\n%s", name, secret, got)
			}
		}
	}
}

func TestSources(t *testing.T) {
	golden(t, "sources", Sources([]Source{
		{Name: "清河论坛", Since: at(11, 20, 9, 5)}, {Name: "清河问政", Since: at(11, 20, 9, 6), Gaps: 2, GapAt: at(11, 19, 8, 0), Pushed: true}, {Name: "清河<新闻>", Reason: "连不上", Since: at(11, 19, 23, 0)}, {Name: "新来源", Reason: "页面结构变了"},
	}, shanghai)+"\n\n"+Sources([]Source{{Name: "清河论坛", Since: at(11, 20, 9, 5)}}, shanghai))
}

func TestStats(t *testing.T) {
	now := time.Date(2026, 11, 22, 8, 30, 0, 0, shanghai)
	from, until, _ := When("本月", now, shanghai)
	list := []cases.Score{
		{Of: cases.OfUnit, Key: "供水集团", Cases: 31, InTime: 27, Late: 2, Overdue: 1, SignedInTime: 28, SignedLate: 2, Answered: 28, Median: 95 * time.Minute,
			Doubtful: 1, Dismissed: 3, Closed: 25, Reopened: 1, Content: 8, Rated: 9},
		{Of: cases.OfUnit, Key: "住建局", Cases: 2, InTime: 1, SignedInTime: 2, Answered: 1, Median: 4 * time.Hour, Content: 0, Rated: 1},
	}
	all := list[0].Add(list[1])
	all.Of, all.Key, all.Median = cases.OfAll, "", 97*time.Minute
	stats := func(list ...cases.Score) string { return Stats(list, from, until, calendar(t), cases.Disclosure{}) }
	golden(t, "stats", stats(append(list, all)...)+"\n\n"+stats(list...)+"\n\n"+stats(list[0], all)+"\n\n"+stats())
}

// Below the figures stands where the same is on the board, where there is one.
func TestStatsLinks(t *testing.T) {
	now := at(11, 22, 9, 0)
	for word, want := range map[string]string{
		"本月":    `<a href="https://b.cn/report/2026-11">2026年11月月报</a>，<a href="https://b.cn/report/2026-11#part-2">各单位排名</a>`,
		"上季度":   `<a href="https://b.cn/report/2026Q3">2026年第三季度季报</a>，`,
		"近7天":   `<a href="https://b.cn/cases?from=2026-11-16&amp;until=2026-11-23">这些天立案的事项</a>，<a href="https://b.cn/reports">`,
		"11-20": `<a href="https://b.cn/cases?from=2026-11-20&amp;until=2026-11-21">`,
	} {
		if got := StatsLinks(word, now, "https://b.cn"); !strings.Contains(got, want) {
			t.Errorf("%s: %s", word, got)
		}
		if got := StatsLinks(word, now, ""); got != "" {
			t.Errorf("without a board: %s", got)
		}
	}
}

// However many units there are, it is one message.
func TestStatsFit(t *testing.T) {
	var list []cases.Score
	for range 200 {
		list = append(list, cases.Score{Of: cases.OfUnit, Key: strings.Repeat("单位", 8), Cases: 99999, InTime: 99999, Late: 99999, Overdue: 99999, SignedInTime: 1, SignedLate: 99999,
			Answered: 99999, Median: 99*time.Hour + 59*time.Minute, Doubtful: 99999, Dismissed: 99999, Closed: 99999, Reopened: 99999, Content: 1, Rated: 99999})
	}
	if n := utf8.RuneCountInString(Stats(list, at(1, 1, 0, 0), at(12, 31, 0, 0), calendar(t), cases.Disclosure{})); n > 4096 {
		t.Errorf("%d characters, more than the 4096 of a message", n)
	}
}
