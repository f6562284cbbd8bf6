package dashboards

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// ask is what a reader has chosen on a dashboard.
type ask struct {
	from, to time.Time
	interval time.Duration // of a panel: its time range by its width
	chosen   map[string][]string
	all      []string // variables of which everything is chosen
}

var (
	macros    = regexp.MustCompile(`\$__(\w+)(?:\(([^()]*)\))?`)
	variables = regexp.MustCompile(`\$\{(\w+)(?::(\w+))?\}|\$([A-Za-z]\w*)`)
	only      = regexp.MustCompile(`^\s*\$\{?(\w+)\}?\s*$`)
)

const conditionalAll = "$__conditionalAll("

// expand makes of a query what ClickHouse gets: as the data source documents its macros
// (ClickHouse query editor, Macros) and Grafana its variables (Variable syntax).
func (a ask) expand(t testing.TB, sql string) string {
	t.Helper()
	for {
		at := strings.LastIndex(sql, conditionalAll)
		if at < 0 {
			break
		}
		condition, name, length := arguments(t, sql[at+len(conditionalAll):])
		if slices.Contains(a.all, name) {
			condition = "1=1"
		}
		sql = sql[:at] + condition + sql[at+len(conditionalAll)+length:]
	}
	sql = variables.ReplaceAllStringFunc(sql, func(s string) string {
		m := variables.FindStringSubmatch(s)
		name, format := m[1]+m[3], m[2]
		values, known := a.chosen[name]
		if !known {
			t.Errorf("variable %s is unknown", name)
		}
		switch format {
		case "singlequote":
			var quoted []string
			for _, v := range values {
				quoted = append(quoted, "'"+strings.ReplaceAll(v, "'", `\'`)+"'")
			}
			return strings.Join(quoted, ",")
		case "raw":
			return strings.Join(values, ",")
		}
		t.Errorf("variable %s is put into SQL as it is: no quotes", s)
		return ""
	})
	return macros.ReplaceAllStringFunc(sql, func(s string) string { return a.macro(t, s) })
}

func (a ask) macro(t testing.TB, s string) string {
	m := macros.FindStringSubmatch(s)
	name, column := m[1], m[2]
	from, to := fmt.Sprintf("toDateTime(%d)", a.from.Unix()), fmt.Sprintf("toDateTime(%d)", a.to.Unix())
	switch name {
	case "fromTime":
		return from + strings.TrimPrefix(s, "$__fromTime")
	case "toTime":
		return to + strings.TrimPrefix(s, "$__toTime")
	case "timeFilter":
		return fmt.Sprintf("%s >= %s AND %s <= %s", column, from, column, to)
	case "timeInterval":
		return fmt.Sprintf("toStartOfInterval(toDateTime(%s), INTERVAL %d second)", column, max(1, int(a.interval.Seconds())))
	}
	t.Errorf("macro %s is unknown", s)
	return s
}

// arguments are the two of a macro, a condition and a variable, and how long they are with
// the bracket that closes them. Commas within brackets part nothing; within quotes and
// square brackets they do, for the data source too.
func arguments(t testing.TB, s string) (condition, variable string, length int) {
	t.Helper()
	depth, comma := 1, -1
	for i, r := range s {
		switch {
		case r == '(':
			depth++
		case r == ')':
			depth--
		case r == ',' && depth == 1 && comma >= 0:
			t.Fatalf("more than two arguments: %s", s[:i])
		case r == ',' && depth == 1:
			comma = i
		}
		if depth == 0 {
			m := only.FindStringSubmatch(s[comma+1 : i])
			if comma < 0 || m == nil {
				t.Fatalf("not a condition and a variable: %s", s[:i])
			}
			return s[:comma], m[1], i + 1
		}
	}
	t.Fatalf("the bracket is not closed: %s", s)
	return
}

func TestExpand(t *testing.T) {
	a := ask{from: time.Unix(1000, 0), to: time.Unix(2000, 0), interval: 90 * time.Second, all: []string{"topic"},
		chosen: map[string][]string{"unit": {"a'b"}, "topic": {"x", "y"}, "step": {"week"}}}
	got := a.expand(t, "$__timeFilter(at) AND $__conditionalAll(f(unit, 1) IN (${unit:singlequote}), $unit) AND $__conditionalAll(x, ${topic})"+
		" [${topic:singlequote}] 1 ${step:raw} $__timeInterval(at) f($__fromTime, $__toTime + 1)")
	want := `at >= toDateTime(1000) AND at <= toDateTime(2000) AND f(unit, 1) IN ('a\'b') AND 1=1` +
		` ['x','y'] 1 week toStartOfInterval(toDateTime(at), INTERVAL 90 second) f(toDateTime(1000), toDateTime(2000) + 1)`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
