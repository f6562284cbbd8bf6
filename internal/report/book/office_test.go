package book

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"huiyin/internal/report"
	"huiyin/internal/sample"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden holds what was made against a file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) == got {
		return
	}
	g, w := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range g {
		if i >= len(w) || g[i] != w[i] {
			t.Fatalf("%s differs from line %d on: got\n%s", name, i+1, g[i])
		}
	}
	t.Fatalf("%s is %d lines long, want %d", name, len(g), len(w))
}

// few is the report with the first cases only, which is enough to look at.
func few() *report.Report {
	r := *quarter
	r.Cases, r.Details = r.Cases[:25], true
	return &r
}

// What is read of the sample quarter, word by word.
func TestGolden(t *testing.T) {
	var page, list bytes.Buffer
	if err := errors.Join(few().HTML(&page), few().CSV(&list)); err != nil {
		t.Fatal(err)
	}
	golden(t, "2026Q3.txt", quarter.Text()+"\n")
	golden(t, "2026Q3.html", page.String())
	golden(t, "2026Q3.csv", list.String())
	var body bytes.Buffer
	if err := few().Body(&body); err != nil || !strings.HasPrefix(body.String(), `<div class="report">`) || !strings.Contains(page.String(), body.String()) {
		t.Errorf("what goes into a frame is not what the page shows (%v)", err)
	}
	var brief bytes.Buffer
	if err := quarter.HTML(&brief); err != nil || strings.Contains(brief.String(), "九、明细") || !strings.Contains(brief.String(), "597 件的明细没有列在这里，请看电子表格（.xlsx 或 .csv），或者<a href=\"https://huiyin.oa.example.cn/cases?") {
		t.Errorf("the cases are listed without being asked for (%v)", err)
	}
	for _, bad := range []string{"<script", "display:", "<svg", "<img", "src=", "ZgotmplZ"} {
		if strings.Contains(strings.ReplaceAll(page.String(), "display: table-header-group", ""), bad) {
			t.Errorf("the page has %s in it", bad)
		}
	}
}

// The list is what spreadsheets open: marked as UTF-8, one line a case, no formulas.
func TestCSV(t *testing.T) {
	var b bytes.Buffer
	if err := quarter.CSV(&b); err != nil {
		t.Fatal(err)
	}
	text, marked := strings.CutPrefix(b.String(), "\uFEFF")
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || !marked || len(rows) != len(quarter.Cases)+1 {
		t.Fatalf("marked %v, %d rows, %v", marked, len(rows), err)
	}
	titles := 0
	for _, row := range rows {
		for _, text := range row {
			if text != "" && strings.ContainsAny(text[:1], "=+-@") {
				t.Errorf("a formula: %s", text)
			}
			if strings.Contains(text, hostile) {
				titles++
			}
		}
	}
	if titles != 1 {
		t.Errorf("%d hostile titles", titles)
	}
}

// office has LibreOffice convert a file, and returns what it made of it.
func office(t *testing.T, name string, content []byte, to, filter string) []byte {
	t.Helper()
	program, err := exec.LookPath("soffice")
	if err != nil {
		t.Fatal("LibreOffice is missing: run make office, or install libreoffice-calc-nogui and libreoffice-writer-nogui")
	}
	dir := t.TempDir()
	in := filepath.Join(dir, name)
	if err := os.WriteFile(in, content, 0o600); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out")
	cmd := exec.CommandContext(t.Context(), program, "--headless", "-env:UserInstallation=file://"+filepath.Join(dir, "profile"), "--convert-to", to+filter, "--outdir", out, in)
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	made, err := filepath.Glob(filepath.Join(out, "*."+to))
	if err != nil || len(made) == 0 {
		t.Fatalf("nothing was made of %s (%v)", name, err)
	}
	var all []byte
	for _, file := range made {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b...)
	}
	return all
}

// wrong is what spreadsheets show where something is amiss.
var wrong = regexp.MustCompile(`#REF!|#NAME\?|#VALUE!|#DIV/0!|#N/A|Err:\d+|####`)

// has tells what is missing of what should be there, and what should not be there.
func has(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s: no %s", what, part)
		}
	}
	if w := wrong.FindString(text); w != "" {
		t.Errorf("%s shows %s", what, w)
	}
}

// LibreOffice opens the workbook and shows what is in it: every sheet, as a sheet and on
// paper.
func TestWorkbookInOffice(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, quarter); err != nil {
		t.Fatal(err)
	}
	const everySheet = ":Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,true,false,false,-1"
	has(t, "the sheets", string(office(t, "季报.xlsx", b.Bytes(), "csv", everySheet)),
		sample.Agency, "统计口径", "按时回应率", "住建局", "翠湖小区停水两天了", "87.3%", "2小时26分", "2026-000001", "无名专题", "HYPERLINK(\"\"https://evil")
	paper := textOf(t, office(t, "季报.xlsx", b.Bytes(), "pdf", ""))
	has(t, "the sheets on paper", paper, sample.Agency, "第1页", "按时回应率", "住建局", "各单位计入件数和按时回应率", "立案件数和按时回应率", "2026-000001", "2026-000592")
}

// Word's format is made of the page.
func TestPageInOffice(t *testing.T) {
	var b bytes.Buffer
	if err := few().HTML(&b); err != nil {
		t.Fatal(err)
	}
	made := office(t, "季报.html", b.Bytes(), "docx", ":MS Word 2007 XML")
	z, err := zip.NewReader(bytes.NewReader(made), int64(len(made)))
	if err != nil {
		t.Fatal(err)
	}
	f, err := z.Open("word/document.xml")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	xml, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile(`<[^>]*>`).ReplaceAllString(string(xml), "")
	has(t, "the document", text, "舆情回应情况", sample.Agency, "统计口径", "住建局", "翠湖小区停水两天了", "2026-000001", "看答复", "█")
	if !strings.Contains(string(xml), `w:orient="landscape"`) {
		t.Error("the document is not landscape")
	}
}

// A browser prints the page as a PDF.
func TestPDF(t *testing.T) {
	var page, b bytes.Buffer
	if err := few().HTML(&page); err != nil {
		t.Fatal(err)
	}
	if err := PDF(t.Context(), &b, page.Bytes()); err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(b.Bytes(), []byte("%PDF-")) {
		t.Fatal("this is no PDF")
	}
	has(t, "the PDF", textOf(t, b.Bytes()), sample.Agency, "统计口径", "住建局", "翠湖小区停水两天了", "2026-000001", "第1页")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := PDF(ended, io.Discard, page.Bytes()); err == nil {
		t.Error("a PDF was made after the end")
	}
	t.Setenv("PATH", t.TempDir())
	if err := PDF(t.Context(), io.Discard, page.Bytes()); !errors.Is(err, ErrNoBrowser) || !strings.Contains(err.Error(), "请存成 .html，用浏览器打开后打印") {
		t.Errorf("without a browser: %v", err)
	}
}

// textOf is the text of a PDF without its spaces, which lie where they like.
func textOf(t *testing.T, pdf []byte) string {
	t.Helper()
	program, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Fatal("pdftotext is missing: run make office, or install poppler-utils")
	}
	cmd := exec.CommandContext(t.Context(), program, "-", "-")
	cmd.Stdin = bytes.NewReader(pdf)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(string(out)), "")
}
