package dashboards

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"huiyin/internal/cases"
	"huiyin/internal/chdb"
	"huiyin/internal/sample"
	"huiyin/internal/warehouse"
)

// posts is how many of them are there. They are of today: the program keeps none for long.
const posts = 30

// record is a ClickHouse that holds the sample quarter: as the program asks it, and as
// Grafana's data source does.
func record(t *testing.T) (*warehouse.Warehouse, driver.Conn) {
	t.Helper()
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	e, err := chdb.Start(t.Context(), chdb.Options{Dir: t.TempDir(), Log: log, KeepFree: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	w, err := warehouse.Open(warehouse.Options{Dial: e.DialContext, Rules: sample.Rules(), Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	if err := w.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	today := cases.Shipment{ID: "posts"}
	for i := range posts {
		today.Records = append(today.Records, cases.Record{Post: &cases.StoredPost{
			ID: fmt.Sprint("p", i), Source: "清河论坛", Title: "今天停水", Text: "几点来水？", Seen: time.Now().Add(-time.Duration(i) * time.Hour / 4), Topics: []string{},
		}})
	}
	for _, s := range append(sample.Shipments(sample.Now), today, passedOnLate()) {
		if err := w.Ship(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	conn, err := clickhouse.Open(&clickhouse.Options{
		Protocol: clickhouse.HTTP, Addr: []string{"embedded:0"}, DialContext: e.DialContext, Auth: clickhouse.Auth{Database: warehouse.Database},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return w, conn
}

// passedOnLate is a case that a unit let run out before it gave it to another, which
// answered: whose it is, who was late, and who answered are not the same.
func passedOnLate() cases.Shipment {
	at := sample.From.AddDate(0, 0, 6) // a Tuesday
	steps := []cases.Step{{Name: "回应", Target: "1wd", Due: at.Add(41*time.Hour + 30*time.Minute), Why: "次日起算"}}
	s := cases.Shipment{ID: "late"}
	for i, e := range []cases.Event{
		{Kind: cases.Opened, At: at.Add(9 * time.Hour), Post: "late", Source: "清河论坛", Title: "电梯停了", Topic: "物业", Unit: "城管局", Officer: "周涛", Steps: steps},
		{Kind: cases.Transferred, At: at.Add(58 * time.Hour), By: "周涛", Unit: "住建局", Officer: "赵倩", Reason: "属物业"},
		{Kind: cases.Signed, At: at.Add(59 * time.Hour), By: "赵倩", Unit: "住建局"},
		{Kind: cases.Replied, At: at.Add(60 * time.Hour), By: "赵倩", Text: "已修好", Steps: steps},
	} {
		e.Case, e.Seq = "2026-900000", i+1
		s.Records = append(s.Records, cases.Record{Event: &e})
	}
	return s
}

// table is what a query returns.
type table struct {
	names, types []string // a type without Nullable and LowCardinality
	rows         [][]any  // nil: NULL
}

var wrapped = regexp.MustCompile(`^(?:Nullable|LowCardinality)\((.*)\)$`)

func query(ctx context.Context, conn driver.Conn, sql string) (table, error) {
	rows, err := conn.Query(ctx, sql)
	if err != nil {
		return table{}, err
	}
	defer rows.Close()
	var out table
	for _, c := range rows.ColumnTypes() {
		kind := c.DatabaseTypeName()
		for m := wrapped.FindStringSubmatch(kind); m != nil; m = wrapped.FindStringSubmatch(kind) {
			kind = m[1]
		}
		out.names, out.types = append(out.names, c.Name()), append(out.types, kind)
	}
	for rows.Next() {
		dest := make([]any, len(out.names))
		for i, c := range rows.ColumnTypes() {
			dest[i] = reflect.New(c.ScanType()).Interface()
		}
		if err := rows.Scan(dest...); err != nil {
			return table{}, err
		}
		for i := range dest {
			v := reflect.ValueOf(dest[i]).Elem()
			for v.Kind() == reflect.Pointer && !v.IsNil() {
				v = v.Elem()
			}
			if dest[i] = v.Interface(); v.Kind() == reflect.Pointer {
				dest[i] = nil
			}
		}
		out.rows = append(out.rows, dest)
	}
	return out, rows.Err()
}

func (r table) column(name string) int {
	for i, n := range r.names {
		if n == name {
			return i
		}
	}
	return -1
}

// of are the columns of a kind: time, number or text.
func (r table) of(kind *regexp.Regexp) (columns []int) {
	for i, t := range r.types {
		if kind.MatchString(t) {
			columns = append(columns, i)
		}
	}
	return columns
}

var (
	isTime   = regexp.MustCompile(`^DateTime`) // no Date: in China it would be shown as eight in the morning
	isNumber = regexp.MustCompile(`^(U?Int|Float)(8|16|32|64)$`)
	isText   = regexp.MustCompile(`^String$`)
)

// everything is what a reader chooses at first: all there is.
func everything(t *testing.T, d dashboard, conn driver.Conn) ask {
	a := ask{from: sample.From, to: sample.Until.Add(-time.Second), interval: 2 * time.Hour, chosen: map[string][]string{"step": {"week"}}}
	for _, v := range d.Templating.List {
		if v.sql() == "" {
			continue
		}
		got, err := query(t.Context(), conn, a.expand(t, v.sql()))
		if err != nil || len(got.names) != 1 || got.types[0] != "String" || len(got.rows) < 5 || !v.IncludeAll {
			t.Fatalf("variable %s: %v, %v", v.Name, got, err)
		}
		for _, row := range got.rows {
			a.chosen[v.Name] = append(a.chosen[v.Name], row[0].(string))
		}
		a.all = append(a.all, v.Name)
	}
	return a
}

var one = map[string][]string{"unit": {"住建局"}, "topic": {"物业"}, "source": {"百姓呼声"}, "step": {"day"}}

// Each query runs, and returns what its panel can show; each number that is a link opens
// the list of as many cases.
func TestQueries(t *testing.T) {
	w, conn := record(t)
	for _, d := range all(t) {
		whole := everything(t, d, conn)
		month := whole
		month.chosen = map[string][]string{"step": {"month"}}
		for name, values := range whole.chosen {
			if name != "step" {
				month.chosen[name] = values
			}
		}
		part := whole
		part.chosen, part.all = one, nil
		for how, a := range map[string]ask{"all": whole, "by month": month, "one": part} {
			links := 0
			for _, p := range d.Panels {
				t.Run(d.name+"/"+how+"/"+p.Title, func(t *testing.T) {
					a := a
					recent := strings.Contains(p.Targets[0].RawSQL, "FROM posts")
					if recent {
						a.from, a.to = time.Now().AddDate(0, 0, -2), time.Now()
					}
					got, err := query(t.Context(), conn, a.expand(t, p.Targets[0].RawSQL))
					if err != nil {
						t.Fatal(err)
					}
					if how == "all" && len(got.rows) == 0 {
						t.Fatal("no rows")
					}
					if len(got.rows) == 0 { // then there are no columns either
						return
					}
					fits(t, p, got)
					if recent && how == "all" {
						covers(t, got)
					}
					if how != "by month" {
						links += follow(t, w, p, got)
					}
				})
			}
			if d.name != "operations" && how == "all" && links < 7 {
				t.Errorf("%s, %s: only %d links were followed", d.name, how, links)
			}
		}
	}
}

// covers holds a count of posts to what was shipped.
func covers(t *testing.T, got table) {
	sum := uint64(0)
	for _, row := range got.rows {
		sum += row[1].(uint64)
	}
	if sum != posts {
		t.Errorf("%d posts are counted, %d are there", sum, posts)
	}
}

// fits holds a result to what its panel needs.
func fits(t *testing.T, p panel, got table) {
	times, numbers, texts := got.of(isTime), got.of(isNumber), got.of(isText)
	switch p.Type {
	case "timeseries":
		if len(times) != 1 || times[0] != 0 || got.names[0] != "time" || len(numbers) == 0 || len(texts) > 1 || len(times)+len(numbers)+len(texts) != len(got.names) {
			t.Fatalf("columns %v are %v", got.names, got.types)
		}
		ascends(t, got, texts)
		label := ""
		if len(texts) == 1 {
			label = "${__field.labels." + got.names[texts[0]] + "}"
		}
		if p.FieldConfig.Defaults.DisplayName != label {
			t.Errorf("series are called %q, want %q", p.FieldConfig.Defaults.DisplayName, label)
		}
	case "stat":
		fields := strings.Trim(p.Options.ReduceOptions.Fields, "/^$")
		if i := got.column(fields); len(got.rows) != 1 || i < 0 || !isNumber.MatchString(got.types[i]) {
			t.Fatalf("field %q of columns %v, %v, in %d rows", fields, got.names, got.types, len(got.rows))
		}
	case "bargauge":
		if len(got.names) != 2 || len(numbers) != 1 || len(texts) != 1 {
			t.Fatalf("columns %v are %v", got.names, got.types)
		}
	case "table":
		if len(times)+len(numbers)+len(texts) != len(got.names) {
			t.Fatalf("columns %v are %v", got.names, got.types)
		}
		for _, o := range p.FieldConfig.Overrides {
			if o.Matcher.ID != "byName" || got.column(o.Matcher.Options) < 0 {
				t.Errorf("there is no column %v", o.Matcher)
			}
		}
	default:
		t.Fatalf("nothing is known of a panel of type %s", p.Type)
	}
	for _, row := range got.rows {
		for i, v := range row {
			if f, ok := v.(float64); ok && f != f {
				t.Errorf("%s is not a number: %v", got.names[i], row)
			}
		}
	}
}

// ascends holds series to the order that the data source needs to part them: by time, and
// each series once at a time.
func ascends(t *testing.T, got table, texts []int) {
	last, seen := time.Time{}, map[string]bool{}
	for _, row := range got.rows {
		at := row[0].(time.Time)
		if !at.Equal(last) {
			clear(seen)
		}
		label := ""
		if len(texts) == 1 {
			label = row[texts[0]].(string)
		}
		if at.Before(last) || seen[label] {
			t.Fatalf("%s of %q comes after %s", at, label, last)
		}
		last, seen[label] = at, true
	}
}
