package dashboards

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/sample"
	"huiyin/internal/warehouse"
)

// field is how a link speaks of another column of its row.
var field = regexp.MustCompile(`\$\{__data\.fields\.(\w+):raw\}`)

// follow opens the links of a panel as somebody would who clicks on its numbers, and
// returns how many lists it held to their number.
func follow(t *testing.T, w *warehouse.Warehouse, p panel, got table) (lists int) {
	open := func(column string, links []link, rate bool) {
		for _, l := range links {
			chinese(t, l.Title)
			for _, row := range got.rows {
				path, query := address(t, l, got, row)
				switch {
				case path == "/cases":
					if holds(t, w, query, row[got.column(column)], rate); !rate {
						lists++
					}
				case !strings.HasPrefix(path, "/case/2026-") && !strings.HasPrefix(path, "/story/2026-") && !strings.HasPrefix(path, "/source/"):
					t.Errorf("%s links to %s, which the board does not have", column, path)
				}
			}
		}
	}
	open(strings.Trim(p.Options.ReduceOptions.Fields, "/^$"), p.FieldConfig.Defaults.Links, p.FieldConfig.Defaults.Unit == "percentunit")
	for _, o := range p.FieldConfig.Overrides {
		var links []link
		o.property(t, "links", &links)
		open(o.Matcher.Options, links, false)
	}
	return lists
}

// address is where a link leads in a row.
func address(t *testing.T, l link, got table, row []any) (path string, query url.Values) {
	t.Helper()
	address, board := strings.CutPrefix(l.URL, "${board:raw}")
	if !board {
		t.Fatalf("%s does not lead to the board", l.URL)
	}
	address = field.ReplaceAllStringFunc(address, func(s string) string {
		name := field.FindStringSubmatch(s)[1]
		i := got.column(name)
		if i < 0 {
			t.Fatalf("link %s: no such column", l.URL)
		}
		return fmt.Sprint(row[i])
	})
	u, err := url.Parse(sample.Board + address)
	if err != nil || strings.Contains(address, "$") {
		t.Fatalf("link %s: %v", address, err)
	}
	query, err = url.ParseQuery(u.RawQuery)
	if err != nil {
		t.Fatal(err)
	}
	return u.Path, query
}

// holds compares a number with that of the cases on the list that it opens.
func holds(t *testing.T, w *warehouse.Warehouse, query url.Values, shown any, rate bool) {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	f := cases.FilterOf(query, zone)
	for key := range query { // a day may be written as the minute in which it begins
		query.Set(key, strings.TrimSuffix(query.Get(key), "T00:00"))
	}
	if f.Link(zone) != query.Encode() {
		t.Errorf("of %s the board understands %s", query.Encode(), f.Link(zone))
	}
	f.Limit = 1
	_, total, err := w.Cases(t.Context(), f, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if !rate && fmt.Sprint(total) != fmt.Sprint(shown) {
		t.Errorf("%v is shown, and the list %s has %d", shown, query.Encode(), total)
	}
}
