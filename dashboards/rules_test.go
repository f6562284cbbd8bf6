package dashboards

import (
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"huiyin/internal/ops"
)

const (
	rules     = "huiyin.rules.yml"
	rulesTest = "huiyin.rules.test.yml"
)

type rule struct {
	Alert, Expr string
	Labels      struct{ Severity string }
	Annotations struct{ Summary, Description string }
}

func shipped(t *testing.T) (list []rule) {
	t.Helper()
	text, err := os.ReadFile("prometheus/" + rules)
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ Groups []struct{ Rules []rule } }
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	for _, g := range file.Groups {
		list = append(list, g.Rules...)
	}
	return list
}

// promtool is on the path, or where scripts/dashboards put it.
func promtool(t *testing.T, args ...string) {
	t.Helper()
	path, err := exec.LookPath("promtool")
	if err != nil {
		path = installed(t, "promtool")
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Dir = "prometheus"
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s", cmd, err, out)
	}
}

func TestRules(t *testing.T) {
	promtool(t, "check", "rules", rules)
	promtool(t, "test", "rules", rulesTest)
}

// Each rule has a test that hears it, asks for what the program exposes, and says in
// Chinese what happened and what to do.
func TestRulesAreWhole(t *testing.T) {
	tests, err := os.ReadFile("prometheus/" + rulesTest)
	if err != nil {
		t.Fatal(err)
	}
	exposed, metric := metrics(t), regexp.MustCompile(`\bhuiyin_\w+`)
	seen := map[string]bool{}
	for _, r := range shipped(t) {
		if seen[r.Alert] || !strings.HasPrefix(r.Alert, "Huiyin") {
			t.Errorf("rule %q is there twice, or is not called Huiyin…", r.Alert)
		}
		seen[r.Alert] = true
		if !heard(string(tests), r.Alert) {
			t.Errorf("no test hears %s", r.Alert)
		}
		for _, name := range metric.FindAllString(r.Expr, -1) {
			if !exposed[name] {
				t.Errorf("%s asks for %s, which the program does not expose", r.Alert, name)
			}
		}
		said := template.ReplaceAllString(r.Annotations.Summary+r.Annotations.Description, "若干")
		if chinese(t, said); !strings.Contains(said, "请") {
			t.Errorf("%s does not say what to do", r.Alert)
		}
		if r.Labels.Severity != "critical" && r.Labels.Severity != "warning" {
			t.Errorf("%s is %q", r.Alert, r.Labels.Severity)
		}
	}
	for _, name := range metric.FindAllString(string(tests), -1) {
		if !exposed[name] {
			t.Errorf("a test makes up %s", name)
		}
	}
}

var template = regexp.MustCompile(`\{\{[^}]*\}\}B?`)

// heard tells whether some test expects the alert.
func heard(tests, alert string) bool {
	return strings.Contains(tests, `ALERTS{alertname="`+alert+`", alertstate="firing", `) ||
		regexp.MustCompile(`alertname: `+alert+`\n\s+eval_time: \S+\n\s+exp_alerts:\n`).MatchString(tests)
}

// metrics are the names of all that the program exposes.
func metrics(t *testing.T) map[string]bool {
	t.Helper()
	now := time.Now()
	status := func() (ops.Status, error) {
		return ops.Status{
			Started: now, Telegram: new(true), Copies: new(true), Engine: new(true), ClickHouse: new(true),
			Sources: []ops.Source{{Name: "清河论坛", LastOK: now, LastTry: now, Next: now}},
		}, nil
	}
	m := ops.NewMetrics("v1", status)
	m.Call("sendMessage", "ok")
	m.Posts("清河论坛", 1)
	m.Shipped(1, nil)
	w := httptest.NewRecorder()
	ops.Handler(m, status, func() bool { return true }).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	body, err := io.ReadAll(w.Result().Body)
	if err != nil || w.Code != 200 {
		t.Fatal(w.Code, err)
	}
	names := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^# TYPE (\S+)`).FindAllStringSubmatch(string(body), -1) {
		names[m[1]] = true
	}
	return names
}
