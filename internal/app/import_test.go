package app

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"huiyin/internal/cases"
	"huiyin/internal/config"
	"huiyin/internal/inbox"
	"huiyin/internal/journal"
	"huiyin/internal/match"
	"huiyin/internal/ops"
)

var update = flag.Bool("update", false, "write the golden files anew")

// ledgerOffice is the configuration of an office with inboxes.
func ledgerOffice(t *testing.T, inboxes string) *config.Config {
	t.Helper()
	dir, err := os.MkdirTemp("", "h") // a short path: a socket stands in it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "huiyin.yaml")
	text := "agency: 甲\ndata_dir: data\nfetch: {max_age: 72h}\nunits: [{name: 供水集团, a: 王敏}, {name: 住建局, a: 赵倩}]\nleaders: [刘建国]\ntopics: {\"*\": 供水集团}\n" +
		"sources: [{name: 新闻, kind: feed, url: https://news.example.cn/rss}" + inboxes + "]\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// letterTopics are compiled once: the dictionary takes above a second to load.
var letterTopics = sync.OnceValues(func() (*match.Set, error) {
	list, err := match.LoadTopics(fstest.MapFS{"t.yaml": {Data: []byte("{name: 供水, any: [停水]}")}}, match.Lists{})
	if err != nil {
		return nil, err
	}
	seg, err := match.NewSegmenter(nil)
	if err != nil {
		return nil, err
	}
	return match.Compile(list, match.Lists{}, seg)
})

const mayor = ", {name: 市长信箱, kind: inbox, unit: 住建局}"

// registry is a program of which only what takes letters runs, until stop.
func registry(t *testing.T, cfg *config.Config) (a *App, stop func()) {
	t.Helper()
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(os.MkdirAll(cfg.DataDir, 0o700))
	a = &App{cfg: cfg, log: slog.New(slog.DiscardHandler)}
	a.metrics = ops.NewMetrics("test", a.Status)
	var err error
	a.calendar, err = newCalendar(cfg)
	check(err)
	a.journal, err = journal.Open(filepath.Join(cfg.DataDir, "journal.db"))
	check(err)
	topics, err := letterTopics()
	check(err)
	check(a.openPipeline(topics))
	a.inbox = a.newInbox()
	ln, err := a.listenControl()
	check(err)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- serve(ln, a.controlHandler())(ctx) }()
	return a, func() {
		cancel()
		check(errors.Join(<-done, a.journal.Close()))
	}
}

// workbook writes a ledger.
func workbook(t *testing.T, rows [][]any) string {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for i, row := range rows {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join(t.TempDir(), "台账.xlsx")
	if err := f.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// The year of a case's number is that in which the test runs.
var year = regexp.MustCompile(`\b20\d\d-(\d{6})\b`)

// A clerk imports a ledger: looks, says no, says yes, does it again, and then with the old
// letters; what the terminal shows is in testdata.
func TestImport(t *testing.T) {
	cfg := ledgerOffice(t, mayor)
	file := workbook(t, [][]any{
		{"热线工单台账"},
		{"序号", "工单编号", "来电人", "联系电话", "来电时间", "诉求标题", "诉求内容", "承办单位", "状态"},
		{1, "GD1", "王五", 13812345678, "2025-03-09 08:30", "小区停水三天", "和平小区停水三天，请管一管，电话13812345678。", "供水集团", "办结"},
		{2, "GD2", "赵女士", "0531-88001234", "2025-03-08 14:05", "停水", "和平小区停水三天，请管一管，电话13812345678。", "", ""},
		{"三月"},
		{3, "GD3", "", "", "", "公园的树倒了", "公园东门的大树倒在路上，请来清理。", "市园林局", ""},
		{4, "GD4", "", "", "猴年马月", "路灯不亮", "", "", ""},
		{5, "GD5", "", "", "2024-12-01", "去年的旧信", "", "", ""},
	})
	now := time.Date(2025, 3, 10, 9, 5, 0, 0, cfg.Timezone)
	var shown strings.Builder
	run := func(title string, l Ledger, answers ...string) {
		t.Helper()
		l.File = file
		var out bytes.Buffer
		if len(answers) > 0 {
			l.Ask = func(q string) (string, error) { fmt.Fprintln(&out, q+answers[0]); return answers[0], nil }
		}
		err := importAt(t.Context(), cfg, l, nil, &out, now)
		said := year.ReplaceAllString(out.String(), "2025-$1")
		if shown.Len() > 0 { // it begins as before
			said = said[strings.Index(said, "要登记的 "):]
		}
		fmt.Fprintf(&shown, "—— %s ——\n%s", title, said)
		if err != nil {
			fmt.Fprintf(&shown, "huiyin: %v\n", err)
		}
		shown.WriteString("\n")
	}
	run("只看看，程序没有运行", Ledger{Look: true})
	run("程序没有运行", Ledger{Yes: true})
	a, stop := registry(t, cfg)
	defer stop()
	run("没有人可问", Ledger{})
	run("问过，不要", Ledger{}, "")
	if n := len(held(t, a)); n != 0 {
		t.Fatalf("%d cases without a yes", n)
	}
	run("问过，要", Ledger{Source: "市长信箱"}, "y")
	before := held(t, a)
	run("再导入一次", Ledger{Yes: true})
	if diff := cmp.Diff(before, held(t, a)); diff != "" {
		t.Error(diff)
	}
	run("旧信也要", Ledger{Yes: true, Old: true})
	golden := filepath.Join("testdata", "import.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(shown.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatalf("%v (run with -update to write it)", err)
	}
	if diff := cmp.Diff(string(want), shown.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	all := held(t, a)
	if len(all) != 3 || all[0].Unit != "供水集团" || all[0].Told() != 2 || all[1].Unit != "住建局" || all[0].Contact != "王… 138******78、赵… 0531-******34" {
		t.Errorf("%+v", all)
	}
}

func held(t *testing.T, a *App) (all []cases.Case) {
	t.Helper()
	if err := a.journal.View(func(tx *journal.Tx) error {
		return tx.Cases(func(c cases.Case) error { all = append(all, c); return nil })
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// A long ledger goes in pieces; one that ends in the middle is taken up by doing it again.
func TestImportInPieces(t *testing.T) {
	cfg := ledgerOffice(t, mayor)
	a, stop := registry(t, cfg)
	defer stop()
	const letters = inbox.MaxLines + 7
	csv := "标题,内容\n"
	for i := range letters {
		text := fmt.Sprintf("第%d件", i)
		if i < 20 {
			text = strings.Repeat(text+"，", 5000) // together more than a piece
		}
		csv += fmt.Sprintf("事项%d,%s\n", i, text)
	}
	var out bytes.Buffer
	run := func(ctx context.Context) error {
		out.Reset()
		return Import(ctx, cfg, Ledger{File: "-", Yes: true}, strings.NewReader(csv), &out)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := run(ended); err == nil || !strings.Contains(err.Error(), "请再执行一次，不会重复登记") {
		t.Error(err)
	}
	if err := run(t.Context()); err != nil || !strings.Contains(out.String(), fmt.Sprintf("还有 %d 行", letters-mostShown)) {
		t.Errorf("%v\n%s", err, out.String())
	}
	told := 0
	for _, c := range held(t, a) {
		told += c.Told()
	}
	if told != letters {
		t.Errorf("%d letters arrived, not %d", told, letters)
	}
	if err := run(t.Context()); err != nil || !strings.Contains(out.String(), fmt.Sprintf("这 %d 封以前都登记过", letters)) {
		t.Errorf("%v\n%s", err, out.String())
	}
}

func TestImportAsked(t *testing.T) {
	two := mayor + ", {name: 信访台账, kind: inbox}"
	csv := "标题\n停水\n"
	for name, c := range map[string]struct {
		inboxes string
		l       Ledger
		text    string
		want    string
	}{
		"no inbox":          {"", Ledger{}, csv, "配置里没有收件来源"},
		"several":           {two, Ledger{}, csv, "请用 -source 写明是哪一个：市长信箱、信访台账"},
		"none such":         {two, Ledger{Source: "信访"}, csv, "没有叫“信访”的收件来源，有：市长信箱、信访台账"},
		"not an inbox":      {mayor, Ledger{Source: "新闻"}, csv, "没有叫“新闻”的收件来源"},
		"no file":           {mayor, Ledger{File: "没有.xlsx"}, "", "打不开文件"},
		"empty":             {mayor, Ledger{}, "", "文件是空的"},
		"map of nothing":    {mayor, Ledger{Columns: "标题"}, csv, "-map 里的“标题”看不懂"},
		"map of no field":   {mayor, Ledger{Columns: "题目=标题"}, csv, "项目有：编号、标题、内容、时间、姓名、电话、单位、渠道、网址"},
		"map twice":         {mayor, Ledger{Columns: "标题=A，标题＝B"}, csv, "写了两次"},
		"map of no column":  {mayor, Ledger{Columns: "内容=何事"}, csv, "没有叫“何事”的列"},
		"only bad rows":     {mayor, Ledger{Yes: true}, "标题,时间\n停水,猴年马月\n", "有 1 行不能登记"},
		"nobody at the end": {mayor, Ledger{Ask: func(string) (string, error) { return "", os.ErrClosed }}, csv, "读不到回答"},
		"only looked at":    {mayor, Ledger{Look: true}, csv, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if c.l.File == "" {
				c.l.File = "-"
			}
			err := Import(t.Context(), ledgerOffice(t, c.inboxes), c.l, strings.NewReader(c.text), new(bytes.Buffer))
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}

// Letters for a source that the running program does not know are not lost in silence.
func TestImportUnknownToTheProgram(t *testing.T) {
	cfg := ledgerOffice(t, mayor)
	_, stop := registry(t, cfg)
	defer stop()
	cfg.Sources[1].Name = "新的信箱"
	err := Import(t.Context(), cfg, Ledger{File: "-", Yes: true}, strings.NewReader("标题\n停水\n"), new(bytes.Buffer))
	if err == nil || !strings.Contains(err.Error(), "没有这个收件来源：“新的信箱”") {
		t.Error(err)
	}
}
