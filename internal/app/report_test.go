package app

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"huiyin/internal/board"
	"huiyin/internal/cases"
	"huiyin/internal/report"
)

// A report of a running program and that of a record nobody has open are the same, and a
// file is there as a whole or not at all.
func TestReport(t *testing.T) {
	cfg := load(t, "")
	opened := time.Now().Add(-day)
	e := cases.Event{Case: "2026-000001", Seq: 1, Kind: cases.Opened, At: opened, Topic: "供水", Title: "=停水", Unit: "供水集团", Officer: "王敏",
		Steps: []cases.Step{{Name: "回应", Due: opened.Add(time.Hour)}}}
	a, stop := running(t, cfg, cases.Record{Event: &e})
	dir, now := t.TempDir(), report.PeriodOf(report.Year, opened.In(cfg.Timezone)).String()
	made := func(written, name string) (said string, content []byte) {
		t.Helper()
		var out strings.Builder
		file := ""
		if name != "" {
			file = filepath.Join(dir, name)
		}
		if err := Report(t.Context(), cfg, "year", written, file, name == "details.html", &out); err != nil {
			t.Fatal(err)
		}
		if file != "" {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			content = b
		}
		return out.String(), content
	}
	told, _ := made(now, "")
	if !strings.Contains(told, "立案 1 件，按时回应率 0/1") || !strings.Contains(told, "其中到期仍未回应 1 件") {
		t.Errorf("told:\n%s", told)
	}
	for written, want := range map[string]error{"2199": board.ErrNotYet, "2199Q1": board.ErrNotYet, "x": board.ErrNone, "": board.ErrNone} {
		if _, _, err := a.boardReport(t.Context(), board.Reader{Leads: true}, written); !errors.Is(err, want) {
			t.Errorf("the report %q on the board: %v", written, err)
		}
	}
	starts := map[string]string{"a.xlsx": "PK", "a.html": "<!DOCTYPE html>", "a.csv": "\uFEFF编号", "a.PDF": "%PDF-"}
	for name, start := range starts {
		said, content := made(now, name)
		if !strings.HasPrefix(string(content), start) || !strings.Contains(said, "年报已写到 "+dir) || strings.Contains(said, "替换") {
			t.Errorf("%s: %q, and said %s", name, string(content[:min(len(content), 20)]), said)
		}
	}
	if _, listed := made(now, "details.html"); !strings.Contains(string(listed), "九、明细") {
		t.Error("no details in the page that was to have them")
	}
	if _, page := made(now, "a.html"); strings.Contains(string(page), "九、明细") || !strings.Contains(string(page), "1 件的明细没有列在这里") {
		t.Error("details in a page without being asked")
	}
	said, list := made(now, "a.csv")
	if !strings.Contains(said, "替换了原来的同名文件") || !strings.Contains(string(list), "'=停水") {
		t.Errorf("a second time: %s\n%s", said, list)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != len(starts)+1 {
		t.Errorf("%v is left (%v)", left, err)
	}
	for want, c := range map[string][3]string{
		"只有 1 到 4":      {"quarter", "2026Q5", ""},
		"请写 -month":     {"quarter", "2026-09", ""},
		"还没有开始":         {"year", "2199", ""},
		"请用 .xlsx":      {"year", now, "a.doc"},
		"none 不存在，请先建好": {"year", now, filepath.Join(dir, "none", "a.csv")},
		"不是普通文件":        {"year", now, filepath.Join(dir, "folder.csv")},
		"时间没有看懂":        {"week", "上周", ""},
		"是一个季度，请写 -q":   {"month", "2026Q1", "a.csv"},
	} {
		if err := os.MkdirAll(filepath.Join(dir, "folder.csv"), 0o700); err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		if err := Report(t.Context(), cfg, c[0], c[1], c[2], false, &out); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %s", c, err, want)
		}
	}
	a.streams <- struct{}{} // two who are still reading
	a.streams <- struct{}{}
	waited := make(chan error, 1)
	go func() {
		waited <- Report(t.Context(), cfg, "year", now, filepath.Join(dir, "a.csv"), false, io.Discard)
	}()
	select {
	case err := <-waited:
		t.Errorf("a third report did not wait (%v)", err)
	case <-a.streams: // one has gone
	}
	if err := <-waited; err != nil {
		t.Errorf("when one has gone: %v", err)
	}
	<-a.streams
	stop()
	alone, _ := made(now, "")
	if _, of, _ := strings.Cut(alone, "\n\n"); !strings.HasSuffix(told, of) { // it was made a moment later
		t.Errorf("alone\n%s\nand while it ran\n%s", alone, told)
	}
}

func TestPeriodOf(t *testing.T) {
	now := time.Date(2026, 11, 22, 8, 30, 0, 0, time.UTC)
	for kind, want := range map[report.PeriodKind]string{report.Week: "2026W46", report.Month: "2026-10", report.Quarter: "2026Q3", report.Half: "2026H1", report.Year: "2025"} {
		if p, err := periodOf(kind, Last, now); err != nil || p.String() != want {
			t.Errorf("the last %s is %s (%v), want %s", kind, p, err, want)
		}
	}
}

// A report that breaks off on its way is none, and the file that was there stays.
func TestReportBrokenOff(t *testing.T) {
	cfg := load(t, "")
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("unix", controlPath(cfg))
	if err != nil {
		t.Fatal(err)
	}
	for name, length := range map[string]string{"too short": "100", "of unknown length": ""} {
		srv := http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if length != "" {
				w.Header().Set("Content-Length", length)
			}
			io.WriteString(w, "half")
			w.(http.Flusher).Flush()
		})}
		served := make(chan error, 1)
		go func() { served <- srv.Serve(ln) }()
		file := filepath.Join(t.TempDir(), "a.csv")
		if err := os.WriteFile(file, []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
		err := Report(t.Context(), cfg, "year", "2026", file, false, io.Discard)
		if b, _ := os.ReadFile(file); err == nil || !strings.Contains(err.Error(), "没有传完") || string(b) != "old" {
			t.Errorf("%s: %v, and the file holds %q", name, err, b)
		}
		srv.Close()
		<-served
		if ln, err = net.Listen("unix", controlPath(cfg)); err != nil {
			t.Fatal(err)
		}
	}
	ln.Close()
}
