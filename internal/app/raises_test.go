package app

import (
	"path/filepath"
	"strings"
	"testing"
)

// A topic that only tells how grave a post is needs no unit, may not be given one, and
// says what it is wherever it is shown.
func TestTopicsThatRaise(t *testing.T) {
	file := write(t, "topics.yaml", "- {name: 供水, any: [停水]}\n- {name: 伤亡, raises: 重大, any: [身亡]}\n")
	alerts := "alerts: " + filepath.Dir(file) + "\n"
	cfg := load(t, alerts)
	posts := `{"text":"停水了，有人身亡"}` + "\n" + `{"text":"有人身亡"}` + "\n" + `{"text":"天气真好"}`
	out, err := trial(t, cfg, Trial{Posts: "-"}, posts)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"2 帖（66.7%）没有命中所试的专题", "2 帖  66.7%  伤亡（提级：重大）", "伤亡（提级：重大）：2 帖（66.7%），其中 1 帖也命中别的专题"} {
		if !strings.Contains(out, want) {
			t.Errorf("lacks %q:\n%s", want, out)
		}
	}
	var b strings.Builder
	if err := Explain(cfg, Asked{Text: "停水了，有人身亡"}, &b); err != nil || !strings.Contains(b.String(), "✓ 命中 伤亡（提级：重大）") {
		t.Errorf("%v\n%s", err, b.String())
	}
	b.Reset()
	if err := Explain(cfg, Asked{Topic: "伤亡"}, &b); err != nil || !strings.HasPrefix(b.String(), "专题 伤亡（提级：重大），") {
		t.Errorf("%v\n%s", err, b.String())
	}

	delete(cfg.Topics, "*")
	_, err = readRules(cfg)
	if err == nil || !strings.Contains(err.Error(), "专题“供水”没有单位负责") || strings.Contains(err.Error(), "伤亡") {
		t.Errorf("without a unit for the rest: %v", err)
	}
	cfg.Topics["供水"], cfg.Topics["伤亡"] = "甲", "甲"
	_, err = readRules(cfg)
	if err == nil || !strings.Contains(err.Error(), "专题“伤亡”写了 raises（提级），自己不立单，不用指定单位：请删去") {
		t.Errorf("with a unit: %v", err)
	}
	delete(cfg.Topics, "伤亡")
	if _, err = readRules(cfg); err != nil {
		t.Errorf("as it should be: %v", err)
	}
}
