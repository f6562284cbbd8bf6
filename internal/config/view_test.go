package config

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with the file at path, or writes it with -update.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run with -update to write it)", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// view is what a golden file shows of a configuration: JSON, with zones and hours
// by their names and this machine's folder taken out.
func view(t *testing.T, c *Config) string {
	t.Helper()
	zones := map[string]string{"timezone": c.Timezone.String()}
	for _, s := range c.Sources {
		zones[s.Name] = s.Zone.String()
	}
	hours := map[string]string{"hours": c.Hours.String()}
	for _, u := range c.Units {
		hours[u.Name] = u.Hours.String()
	}
	for i := range c.Warnings {
		c.Warnings[i].File = filepath.Base(c.Warnings[i].File)
	}
	plain := *c
	plain.Timezone = nil
	plain.Sources = append([]Source(nil), c.Sources...)
	for i := range plain.Sources {
		plain.Sources[i].Zone = nil
	}
	out, err := json.MarshalIndent(struct {
		Config Config
		Hours  map[string]string
		Zones  map[string]string
	}{plain, hours, zones}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	dir, err := filepath.Abs("testdata")
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(out), dir, "TESTDATA") + "\n"
}

// noEnv hides the secrets of whoever runs the test.
func noEnv(t *testing.T) {
	t.Helper()
	for _, name := range []string{EnvToken, EnvWebhookSecret, EnvPassword} {
		t.Setenv(name, "")
	}
}

// fixtures are the .yaml files in a folder of testdata, by their names.
func fixtures(t *testing.T, folder string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join("testdata", folder, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		t.Fatalf("no fixtures in testdata/%s", folder)
	}
	return list
}
