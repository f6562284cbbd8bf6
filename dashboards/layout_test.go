package dashboards

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

const plugin = "grafana-clickhouse-datasource"

// What a schema cannot say: that panels have their own numbers and places, that each
// query goes to the data source that the reader chose, and that people can read it.
func TestLayout(t *testing.T) {
	uids := map[string]bool{}
	for _, d := range all(t) {
		t.Run(d.name, func(t *testing.T) {
			if d.UID != "huiyin-"+d.name || len(d.UID) > 40 || uids[d.UID] || !slices.Contains(d.Tags, "huiyin") || d.Timezone != "Asia/Shanghai" {
				t.Errorf("uid %q, tags %q, zone %q", d.UID, d.Tags, d.Timezone)
			}
			uids[d.UID] = true
			chinese(t, d.Title, d.Description)
			defined := map[string]bool{}
			for _, v := range d.Templating.List {
				if chinese(t, v.Label); defined[v.Name] {
					t.Errorf("variable %s is there twice", v.Name)
				}
				defined[v.Name] = true
				if v.sql() != "" && !chosenSource(v.Datasource) {
					t.Errorf("variable %s asks %v", v.Name, v.Datasource)
				}
				if v.Multi { // a link can name one
					t.Errorf("of variable %s several can be chosen", v.Name)
				}
			}
			layout(t, d)
			used(t, d, defined)
		})
	}
}

func layout(t *testing.T, d dashboard) {
	ids, taken := map[int]string{}, map[[2]int]string{}
	for _, p := range d.Panels {
		if ids[p.ID] != "" || p.ID == 0 {
			t.Errorf("panel %s has the number of %s", p.Title, ids[p.ID])
		}
		ids[p.ID] = p.Title
		chinese(t, p.Title, p.Description, p.FieldConfig.Defaults.NoValue)
		g := p.GridPos
		if g.X < 0 || g.X+g.W > 24 || g.W < 1 || g.H < 1 || g.Y < 0 {
			t.Errorf("panel %s is off the grid: %+v", p.Title, g)
		}
		for x := g.X; x < g.X+g.W; x++ {
			for y := g.Y; y < g.Y+g.H; y++ {
				if other := taken[[2]int{x, y}]; other != "" {
					t.Fatalf("panel %s lies on %s", p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
		refs := map[string]bool{}
		for _, q := range p.Targets {
			if q.RefID == "" || refs[q.RefID] || !chosenSource(q.Datasource) || q.EditorType != "sql" {
				t.Errorf("panel %s: query %+v", p.Title, q)
			}
			refs[q.RefID] = true
			format, kind := 1, "table"
			if p.Type == "timeseries" {
				format, kind = 0, "timeseries"
			}
			if q.Format != format || q.QueryType != kind {
				t.Errorf("panel %s: format %d, %s", p.Title, q.Format, q.QueryType)
			}
		}
		if len(p.Targets) == 0 || !chosenSource(p.Datasource) {
			t.Errorf("panel %s has %d queries of %v", p.Title, len(p.Targets), p.Datasource)
		}
	}
	for y := range rows(taken) { // no holes: Grafana would move panels up
		for x := range 24 {
			if taken[[2]int{x, y}] == "" {
				t.Fatalf("nothing is at %d, %d", x, y)
			}
		}
	}
}

func rows(taken map[[2]int]string) (n int) {
	for at := range taken {
		n = max(n, at[1]+1)
	}
	return n
}

func chosenSource(s *source) bool { return s != nil && *s == source{plugin, "${datasource}"} }

var anyVariable = regexp.MustCompile(`\$\{?([A-Za-z]\w*)`)

// used holds the variables to what is asked with them.
func used(t *testing.T, d dashboard, defined map[string]bool) {
	seen := map[string]bool{}
	for _, m := range anyVariable.FindAllStringSubmatch(string(d.raw), -1) {
		if seen[m[1]] = true; !defined[m[1]] {
			t.Errorf("$%s is not defined", m[1])
		}
	}
	for name := range defined {
		if !seen[name] {
			t.Errorf("variable %s is used nowhere", name)
		}
	}
}

// chinese holds texts that people read to Chinese, with Chinese punctuation.
func chinese(t *testing.T, texts ...string) {
	t.Helper()
	for _, s := range texts {
		if !strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) }) && s != "0" {
			t.Errorf("%q is not Chinese", s)
		}
		if i := strings.IndexAny(s, ",;!?\""); i >= 0 || halfColon.MatchString(s) {
			t.Errorf("%q has punctuation that is not Chinese", s)
		}
	}
}

var halfColon = regexp.MustCompile(`\p{Han}[:.()]|[:()]\p{Han}`)
