package dashboards

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// wrong are dashboards that are not as Grafana's schema has them.
var wrong = []struct{ from, to, says string }{
	{`"timezone": `, `"timeZone": `, "timeZone"},
	{`"displayMode": "list"`, `"displayMode": "lists"`, `"lists"`},
	{`"drawStyle": "bars"`, `"drawStyle": 1`, `"line" | "bars"`},
	{`"spanNulls": `, `"spanNull": `, "spanNull"},
	{`"colorMode": "value"`, `"colourMode": "value"`, "colourMode"},
	{`"noValue": `, `"novalue": `, "novalue"},
	{`"type": "stat"`, `"type": "single"`, `"single"`},
	{`"queryType": "table"`, `"queryKind": "table"`, "queryKind"},
	{`"includeAll": true`, `"includeAll": "yes"`, "boolean"},
	{`"gridPos": {"x": 0, "y": 0, "w": 4, "h": 4}`, `"gridPos": {"x": 0, "y": 0, "w": 4}`, "'h'"},
	{`"schemaVersion": 39`, `"schemaVersion": "39"`, "type 'number'"},
	{`"id": "custom.hideFrom", "value": {`, `"id": "custom.hideFrom", "value": {"all": true, `, "all"},
}

// TestSchema holds the dashboards to the schema that Grafana publishes: the types of its
// package @grafana/schema, which TypeScript's compiler checks, keys that it does not know
// included. That the check can fail is seen on dashboards that are wrong.
func TestSchema(t *testing.T) {
	files := map[string][]byte{}
	for _, d := range all(t) {
		files[d.name] = d.raw
	}
	for i, c := range wrong {
		right := string(files["operations"])
		if files[fmt.Sprintf("wrong%d", i)] = []byte(strings.Replace(right, c.from, c.to, 1)); !strings.Contains(right, c.from) {
			t.Fatalf("%s is not in the dashboard", c.from)
		}
	}
	faults := compile(t, files)
	for i, c := range wrong {
		name := fmt.Sprintf("wrong%d", i)
		if !strings.Contains(faults[name], c.says) {
			t.Errorf("with %s: %q", c.to, faults[name])
		}
		delete(faults, name)
	}
	for name, fault := range faults {
		t.Errorf("%s: %s", name, fault)
	}
}

var fault = regexp.MustCompile(`^(\w+)\.ts\(\d+,\d+\): `)

// compile has dashboards compiled as values of the type Shipped, and returns what is wrong
// with them, file by file.
func compile(t *testing.T, files map[string][]byte) map[string]string {
	t.Helper()
	modules, dir := filepath.Join(installed(t, "schema"), "node_modules"), t.TempDir()
	if err := os.Symlink(modules, filepath.Join(dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	shipped, err := os.ReadFile("testdata/schema/shipped.ts")
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, parts ...[]byte) {
		if err := os.WriteFile(filepath.Join(dir, name), bytes.Join(parts, nil), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("shipped.ts", shipped)
	args := []string{filepath.Join(modules, "typescript/bin/tsc"), "--noEmit", "--strict", "--skipLibCheck", "--target", "es2022",
		"--module", "esnext", "--moduleResolution", "bundler", "--noErrorTruncation", "--pretty", "false"}
	for name, raw := range files {
		write(name+".ts", []byte("import type { Shipped } from './shipped';\nexport const it: Shipped = "), raw, []byte(";\n"))
		args = append(args, name+".ts")
	}
	cmd := exec.CommandContext(t.Context(), "node", args...)
	cmd.Dir = dir
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	faults, of := map[string]string{}, ""
	for line := range strings.Lines(string(out)) {
		if m := fault.FindStringSubmatch(line); m != nil {
			of = m[1]
		} else if !strings.HasPrefix(line, " ") {
			t.Fatalf("the compiler says %s", line)
		}
		faults[of] += line
	}
	return faults
}
