package workday

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// office is 09:00–12:00 and 13:00–17:30 in Shanghai.
func office(t testing.TB, extra ...Override) *Calendar {
	t.Helper()
	h, err := ParseHours([]string{"09:00-12:00", "13:00-17:30"})
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(zone(t, "Asia/Shanghai"), h, extra...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func clock(t testing.TB, c *Calendar, s string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04:05", s+":00"[:max(0, 19-len(s))], c.Location())
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// TestKnownDays holds facts written down by hand from the notices, several a year.
func TestKnownDays(t *testing.T) {
	c := office(t)
	for date, want := range map[string]string{
		"2018-02-11": "春节调休上班", "2018-02-21": "春节放假", "2018-04-08": "清明节调休上班", "2018-06-18": "端午节放假",
		"2018-12-29": "元旦调休上班", "2018-12-31": "元旦放假", "2019-05-01": "劳动节放假", "2019-05-03": "劳动节放假",
		"2019-05-05": "劳动节调休上班", "2020-02-01": "春节放假", "2020-02-02": "春节放假", "2020-02-03": "工作日",
		"2020-01-19": "春节调休上班", "2020-10-08": "国庆节、中秋节放假", "2021-09-18": "中秋节调休上班", "2021-10-09": "国庆节调休上班",
		"2022-01-30": "春节调休上班", "2022-12-31": "元旦放假", "2023-01-03": "工作日", "2023-06-25": "端午节调休上班",
		"2023-10-06": "中秋节、国庆节放假", "2024-02-09": "工作日", "2024-02-18": "春节调休上班", "2024-10-12": "国庆节调休上班",
		"2025-01-28": "春节放假", "2025-02-05": "工作日", "2025-10-08": "国庆节、中秋节放假", "2025-10-11": "国庆节、中秋节调休上班",
		"2026-01-04": "元旦调休上班", "2026-02-23": "春节放假", "2026-05-09": "劳动节调休上班", "2026-09-20": "国庆节调休上班",
		"2026-11-20": "工作日", "2026-11-21": "周六休息", "2026-11-22": "周日休息", "2027-01-01": "工作日", "2027-01-02": "周六休息",
	} {
		at := clock(t, c, date+" 12:30")
		if got := c.Why(at); got != want {
			t.Errorf("%s: %s, want %s", date, got, want)
		}
		if got, want := c.IsWorkday(at), want == "工作日" || strings.HasSuffix(want, "上班"); got != want {
			t.Errorf("IsWorkday(%s) = %t", date, got)
		}
	}
}

// daysDigest stands for every day of 2018–2026: it is taken over one W or - a day.
// TestAgainstReference takes it from an independent table, TestDigest from ours.
const daysDigest = "bd24c7f2f934578e"

func digest(days string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(days)))[:16] }

func TestDigest(t *testing.T) {
	c := office(t)
	var b strings.Builder
	for d := dayAt(2018, 1, 1); d < dayAt(2027, 1, 1); d++ {
		b.WriteByte(mark(c.works(d)))
	}
	if got := digest(b.String()); got != daysDigest {
		t.Errorf("the working days of 2018–2026 are not what they were: %s, want %s", got, daysDigest)
	}
}

func mark(works bool) byte {
	if works {
		return 'W'
	}
	return '-'
}

// TestWorkdaysAYear holds sums counted by hand (weekdays, less the holidays among
// them, plus the make-up days): a day lost or doubled in a table changes one.
func TestWorkdaysAYear(t *testing.T) {
	c := office(t)
	for year, want := range map[int]int{2018: 250, 2019: 250, 2020: 249, 2021: 250, 2022: 249, 2023: 249, 2024: 251, 2025: 248, 2026: 248} {
		got := 0
		for d := dayAt(year, 1, 1); d < dayAt(year+1, 1, 1); d++ {
			if c.works(d) {
				got++
			}
		}
		if got != want {
			t.Errorf("%d has %d working days, want %d", year, got, want)
		}
	}
}

// dataDir is where the reference tables are, when they are on this machine.
func dataDir() string {
	dir := os.Getenv("DATA")
	if dir == "" {
		dir = filepath.Join("..", "shared", "data")
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join("..", "..", dir) // relative to the repository's root
	}
	return filepath.Join(dir, "holidays")
}

// TestAgainstReference compares every day of 2018–2026 with an independent table.
func TestAgainstReference(t *testing.T) {
	if _, err := os.Stat(dataDir()); err != nil {
		t.Logf("no reference tables here (%v): the days are checked by TestKnownDays, TestWorkdaysAYear and TestDigest only", err)
		return
	}
	type entry struct {
		Name     string
		Date     string
		IsOffDay bool
	}
	want := map[string]entry{}
	c := office(t)
	for year := 2018; year <= 2026; year++ {
		b, err := os.ReadFile(filepath.Join(dataDir(), strconv.Itoa(year)+".json"))
		if err != nil {
			t.Fatal(err)
		}
		var file struct {
			Papers []string
			Days   []entry
		}
		if err := json.Unmarshal(b, &file); err != nil {
			t.Fatal(err)
		}
		for _, e := range file.Days {
			want[e.Date] = e
		}
		sources := strings.Join(c.Sources(year), "\n")
		for _, p := range file.Papers {
			if !strings.Contains(sources, "https://www.gov.cn"+p[strings.Index(p, "/zhengce"):]) {
				t.Errorf("%d: %s is not among the sources\n%s", year, p, sources)
			}
		}
		if len(file.Papers) != len(c.Sources(year)) {
			t.Errorf("%d: %d sources, want %d", year, len(c.Sources(year)), len(file.Papers))
		}
	}
	var days strings.Builder
	for at := clock(t, c, "2018-01-01 00:00"); at.Year() < 2027; at = at.AddDate(0, 0, 1) {
		e, special := want[at.Format(time.DateOnly)]
		weekday := at.Weekday() != time.Saturday && at.Weekday() != time.Sunday
		works, why := weekday, "工作日"
		switch {
		case special && e.IsOffDay:
			works, why = false, e.Name+"放假"
		case special && !weekday:
			works, why = true, e.Name+"调休上班"
		case special: // an ordinary weekday that a notice names
			works = true
		case !weekday:
			why = weekdays[at.Weekday()] + "休息"
		}
		days.WriteByte(mark(works))
		if c.IsWorkday(at) != works || c.Why(at) != why {
			t.Errorf("%s: %t, %s; want %t, %s", at.Format(time.DateOnly), c.IsWorkday(at), c.Why(at), works, why)
		}
	}
	if days.Len() != 3287 || digest(days.String()) != daysDigest {
		t.Errorf("%d days were compared, want 3287; digest %s, want %s", days.Len(), digest(days.String()), daysDigest)
	}
}

func TestParseTablesRejects(t *testing.T) {
	const head = "notice 2026 x y\n"
	for text, want := range map[string]string{
		"notice 2026 x":                             "2 fields",
		"notice 26 x y":                             `the year "26"`,
		"春节 off 2026-02-15":                         "not in 0",
		head + "春节":                                 "line 2",
		head + "春节 2026-02-15":                      "then off or work",
		head + "春节 off":                             "then off or work",
		head + "春节 off 2026-02-30":                  `date "2026-02-30"`,
		head + "春节 off 2026-02-15..2026-02-32":      `date "2026-02-32"`,
		head + "春节 off 2026-02-15..2026-02-14":      "range of 0 days",
		head + "春节 off 2026-02-15..2026-05-14":      "range of 89 days",
		head + "元旦 off 2025-12-19":                  "not in 2026",
		head + "元旦 off 2026-12-31..2027-01-02":      "not in 2026",
		head + "# well\n\n元旦 off 2026-01-01 work 1": "line 4",
	} {
		if _, err := parseTables(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("parseTables(%q): %v; want an error with %q", text, err, want)
		}
	}
}
