// Package dashboards holds the tests of the Grafana dashboards and the Prometheus rules
// that are shipped: data that users import, no part of the program.
package dashboards

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"huiyin/internal/chdb"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "engine-child" {
		os.Exit(chdb.ChildMain(os.Args[2:]))
	}
	os.Exit(m.Run())
}

// dashboard is what the tests look at of one; the rest is for Grafana's schema.
type dashboard struct {
	name string // of its file, without .json
	raw  []byte

	UID, Title, Description, Timezone string
	Tags                              []string
	SchemaVersion                     int
	Templating                        struct{ List []variable }
	Panels                            []panel
}

type variable struct {
	Name, Label, Type, Description string
	Datasource                     *source
	Query                          json.RawMessage
	IncludeAll, Multi              bool
}

type panel struct {
	ID                       int
	Type, Title, Description string
	Datasource               *source
	GridPos                  struct{ X, Y, W, H int }
	Targets                  []target
	FieldConfig              struct {
		Defaults struct {
			Unit, NoValue, DisplayName string
			Links                      []link
		}
		Overrides []override
	}
	Options struct{ ReduceOptions struct{ Fields string } }
}

type source struct{ Type, UID string }

type target struct {
	RefID, RawSQL, EditorType, QueryType string
	Format                               int
	Datasource                           *source
}

type link struct{ Title, URL string }

type override struct {
	Matcher    struct{ ID, Options string }
	Properties []struct {
		ID    string
		Value json.RawMessage
	}
}

// property is a property of the fields that an override is for, if it has it.
func (o override) property(t testing.TB, id string, into any) {
	t.Helper()
	for _, p := range o.Properties {
		if p.ID == id {
			if err := json.Unmarshal(p.Value, into); err != nil {
				t.Fatalf("override of %s: %s: %v", o.Matcher.Options, id, err)
			}
		}
	}
}

// sql is the query of a variable; empty: its values are written down.
func (v variable) sql() string {
	var q struct{ RawSQL string }
	if json.Unmarshal(v.Query, &q) != nil {
		return ""
	}
	return q.RawSQL
}

// all are the dashboards that are shipped.
func all(t testing.TB) []dashboard {
	t.Helper()
	files, err := filepath.Glob("grafana/*.json")
	if err != nil || len(files) != 4 {
		t.Fatalf("dashboards are %v, %v; want 4", files, err)
	}
	var list []dashboard
	for _, file := range files {
		d := dashboard{name: strings.TrimSuffix(filepath.Base(file), ".json")}
		if d.raw, err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(d.raw, &d); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		list = append(list, d)
	}
	return list
}

// installed is the path at which scripts/dashboards put something.
func installed(t testing.TB, name string) string {
	t.Helper()
	cache := os.Getenv("HUIYIN_CACHE")
	if cache == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			t.Fatal(err)
		}
		cache = filepath.Join(user, "huiyin")
	}
	path := filepath.Join(cache, "dashboards", name)
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%s is not installed; please run `make dashboards`, which installs it or says what to install: %v", name, err)
	}
	return path
}
