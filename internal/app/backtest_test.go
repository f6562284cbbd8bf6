package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/config"
	"huiyin/internal/post"
)

// trial runs a backtest and returns what it prints.
func trial(t *testing.T, cfg *config.Config, tr Trial, in string) (string, error) {
	t.Helper()
	var out strings.Builder
	err := Backtest(t.Context(), cfg, tr, strings.NewReader(in), &out)
	return out.String(), err
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A changed topic is held against the one that the running program has in force, on
// what it has read; where none runs, against the one on the disk.
func TestBacktest(t *testing.T) {
	cfg := load(t, "")
	now := time.Now()
	var records []cases.Record
	for i, text := range []string{"小区停水了", "又停水，已经三天", "家里断水", "天气真好", "我厂提供水泥"} {
		records = append(records, cases.Record{Post: &cases.StoredPost{ID: string(rune('a' + i)), Source: "论坛", Title: "求助", Text: text,
			Seen: now.Add(time.Duration(i-10) * time.Hour), Topics: []string{}}})
	}
	changed := write(t, "water.yaml", "name: 供水\nquery: 断水 OR \"停水 了\"\n")
	_, stop := running(t, cfg, records...)
	out, err := trial(t, cfg, Trial{Files: []string{changed}, Days: 2, Samples: 5}, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"读了 5 帖", "供水：2 帖（40.0%）", "现在的专题 2 帖，改后多 1 帖，少 1 帖", "多出来的", "家里【断水】", "少掉的", "又停水"} {
		if !strings.Contains(out, want) {
			t.Errorf("lacks %q:\n%s", want, out)
		}
	}
	stop()
	out, err = trial(t, cfg, Trial{Files: []string{changed}, Days: 2, Samples: 5}, "")
	if err != nil || !strings.Contains(out, "现在的专题 3 帖，改后多 0 帖，少 1 帖") {
		t.Errorf("with none running: %v\n%s", err, out)
	}
	author := write(t, "a.yaml", "name: 新的\nquery: 停水 NOT author:发布\n")
	out, err = trial(t, cfg, Trial{Files: []string{author}, Days: 2}, "")
	if err != nil || !strings.Contains(out, "新的：2 帖") || !strings.Contains(out, "不留作者") {
		t.Errorf("a topic that asks for the author: %v\n%s", err, out)
	}
}

// Posts may come from a file, and all the configured topics be tried.
func TestBacktestFile(t *testing.T) {
	cfg := load(t, "")
	posts := `{"title":"停水","text":"小区停水三天，电话 13812345678","time":"2026-11-01 08:00"}` + "\n\n" +
		`{"title":"天气","text":"真好","time":"2026/11/3 8:00:00"}` + "\n" + `{"text":"没有时间的停水"}`
	out, err := trial(t, cfg, Trial{Posts: "-", Samples: 5}, posts)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"读了 3 帖（2026-11-01 至 2026-11-03）；1 帖（33.3%）没有命中", "供水：2 帖（66.7%），平均每天 0.7 帖", "每天：11-01 1", "138******78"} {
		if !strings.Contains(out, want) {
			t.Errorf("lacks %q:\n%s", want, out)
		}
	}
	for name, c := range map[string]struct {
		tr   Trial
		want string
	}{
		"samples":        {Trial{Posts: "-", Samples: 1000}, "-samples"},
		"no such topics": {Trial{Posts: "-", Files: []string{"none.yaml"}}, "none.yaml"},
		"not a topic":    {Trial{Posts: "-", Files: []string{write(t, "a.txt", "停水")}}, ".yaml"},
		"a topic twice":  {Trial{Posts: "-", Files: []string{write(t, "d.yaml", "name: 甲\nany: [停水]\n"), write(t, "e.yaml", "name: 甲\nany: [停电]\n")}}, "在两个文件里都有"},
		"a bad topic":    {Trial{Posts: "-", Files: []string{write(t, "b.yaml", "name: 甲\nquery: 停水 AND\n")}}, "b.yaml:2:14: "},
	} {
		if _, err := trial(t, cfg, c.tr, ""); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if out := newTally(water(), Trial{}, time.UTC).String(); !strings.Contains(out, "没有存下的帖文") {
		t.Errorf("no posts: %s", out)
	}
	for name, c := range map[string]struct{ file, in, want string }{
		"not JSON":     {"-", "{}\n停水\n", "第 2 行不是一个 JSON 对象"},
		"too long":     {"-", strings.Repeat("x", maxLine+1), "超过 1 MB"},
		"no such file": {"none.jsonl", "", "打不开文件"},
	} {
		err := eachLine(c.file, strings.NewReader(c.in), time.UTC, func(post.Post) error { return nil })
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// FuzzPostLines: whatever a file holds, it is read or refused.
func FuzzPostLines(f *testing.F) {
	f.Add(`{"title":"停水","text":"三天","time":"2026-11-01 08:00"}` + "\n{}\n")
	f.Add("停水")
	f.Add(`{"time":1}`)
	f.Fuzz(func(t *testing.T, in string) {
		n := 0
		err := eachLine("-", strings.NewReader(in), time.UTC, func(post.Post) error { n++; return nil })
		if lines := strings.Count(in, "\n") + 1; err == nil && n > lines {
			t.Errorf("%d posts in %d lines", n, lines)
		}
	})
}
