package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"huiyin/internal/config"
	"huiyin/internal/report"
	"huiyin/internal/report/book"
	"huiyin/internal/warehouse"
	"huiyin/internal/workday"
)

// Last is the word for the last whole period of a kind.
const Last = "last"

// PeriodKinds are the kinds of periods, by the names of their flags.
var PeriodKinds = []string{string(report.Week), string(report.Month), string(report.Quarter), string(report.Half), string(report.Year)}

// formats are the kinds of files that a report is written to, by their ending; without a
// file it is a text. A PDF is none of them: it is printed from a page, by who asked for it,
// because the program itself may not be allowed to start a browser.
var formats = map[string]func(io.Writer, *report.Report) error{
	"":      func(w io.Writer, r *report.Report) error { _, err := io.WriteString(w, r.Text()); return err },
	".xlsx": book.Write,
	".html": func(w io.Writer, r *report.Report) error { return r.HTML(w) },
	".csv":  func(w io.Writer, r *report.Report) error { return r.CSV(w) },
}

const pdf, page = ".pdf", ".html"

// reportFor is how long a report may take.
const reportFor = 5 * time.Minute

// periodOf reads what somebody wrote after -week, -month and so on; the last whole period of
// the kind for Last. The error is for that person.
func periodOf(kind report.PeriodKind, written string, now time.Time) (report.Period, error) {
	if written == Last {
		return report.PeriodOf(kind, now).Previous(), nil
	}
	p, err := report.ParsePeriod(written)
	if err != nil {
		return p, err
	}
	if p.Kind != kind {
		return p, fmt.Errorf("%s 是一%s，请写 -%s %s", written, unitOf(p.Kind), string(p.Kind), written)
	}
	return p, nil
}

// unitOf counts periods of a kind: 个季度.
func unitOf(kind report.PeriodKind) string {
	if kind == report.Year || kind == report.Half {
		return kind.String()
	}
	return "个" + kind.String()
}

// Report makes the report of a period: kind is one of PeriodKinds, written what stands
// after it. It is written to a file, whose ending says what it is to be, or, where none is
// named, told on out; with details a page lists the cases one by one. A running program is asked;
// otherwise the record is opened.
func Report(ctx context.Context, cfg *config.Config, kind, written, file string, details bool, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, reportFor)
	defer cancel()
	p, err := periodOf(report.PeriodKind(kind), written, time.Now().In(cfg.Timezone))
	if err != nil {
		return err
	}
	ending := strings.ToLower(filepath.Ext(file))
	format := ending
	if ending == pdf {
		format = page
	}
	if formats[format] == nil || file != "" && format == "" {
		return fmt.Errorf("不知道 %s 要存成什么：文件名请用 .xlsx、.html、.pdf 或 .csv 结尾", file)
	}
	if details && format != page {
		return errors.New("-details 只用于 .html 和 .pdf：.xlsx 和 .csv 里本来就有逐件的明细")
	}
	if _, err := os.Stat(filepath.Dir(file)); file != "" && errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("文件夹 %s 不存在，请先建好，再做一次", filepath.Dir(file))
	}
	var made bytes.Buffer
	if err := makeReport(ctx, cfg, p, format, details, &made); err != nil {
		return err
	}
	if ending == pdf {
		html := bytes.Clone(made.Bytes())
		made.Reset()
		if err := book.PDF(ctx, &made, html); err != nil {
			return err
		}
	}
	if file == "" {
		_, err := fmt.Fprintln(out, made.String())
		return err
	}
	replaced, err := writeFile(file, made.Bytes())
	if err != nil {
		return err
	}
	said := fmt.Sprintf("%s%s已写到 %s", p.Name(), p.Kind.Report(), file)
	if replaced {
		said += "（替换了原来的同名文件）"
	}
	_, err = fmt.Fprintln(out, said+"。")
	return err
}

func makeReport(ctx context.Context, cfg *config.Config, p report.Period, format string, details bool, w io.Writer) error {
	res, err := call(ctx, cfg, "report", url.Values{"period": {p.String()}, "format": {format}, "details": {strconv.FormatBool(details)}})
	if errors.Is(err, ErrNotRunning) {
		return alone(ctx, cfg, func(record *warehouse.Warehouse) error {
			cal, err := newCalendar(cfg)
			if err != nil {
				return err
			}
			return writeReport(ctx, record, making(cfg, cal, p), format, details, w)
		})
	}
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if n, err := io.Copy(w, res.Body); err != nil || n != res.ContentLength {
		return fmt.Errorf("报表没有传完就断了（回音可能刚刚停止），请再试一次：%w", errors.Join(err, io.ErrUnexpectedEOF))
	}
	return nil
}

// writeReport makes a report from the record and writes it in a format.
func writeReport(ctx context.Context, record report.Record, m report.Making, format string, details bool, w io.Writer) error {
	m.Details = details
	r, err := report.Make(ctx, record, m)
	if err != nil {
		return err
	}
	return formats[format](w, &r)
}

// sendReport answers /report. The whole is made before any of it is sent: its length tells
// a reader whether all of it came.
func (a *App) sendReport(w http.ResponseWriter, r *http.Request) {
	control := http.NewResponseController(w) // it takes longer than an ordinary answer
	err := errors.Join(control.SetReadDeadline(time.Time{}), control.SetWriteDeadline(time.Now().Add(reportFor)))
	p, wrong := report.ParsePeriod(r.FormValue("period"))
	format := r.FormValue("format")
	if formats[format] == nil {
		wrong = errors.Join(wrong, fmt.Errorf("unknown format %q", format))
	}
	select {
	case a.streams <- struct{}{}: // few at a time: a year's cases are much to hold
		defer func() { <-a.streams }()
	case <-r.Context().Done():
		return
	}
	var made bytes.Buffer
	if err = errors.Join(err, wrong); err == nil {
		err = writeReport(r.Context(), a.warehouse, making(a.cfg, a.calendar, p), format, r.FormValue("details") == "true", &made)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	w.Header().Set("Content-Length", fmt.Sprint(made.Len()))
	if _, err := made.WriteTo(w); err != nil {
		a.log.Warn("send report", "error", err)
	}
}

// writeFile writes a file as a whole: who has the old one open keeps it, and nobody ever
// sees half of the new one. It tells whether there was one before. The error is for the
// person who named the file.
func writeFile(name string, content []byte) (replaced bool, err error) {
	st, err := os.Stat(name)
	switch {
	case err == nil && !st.Mode().IsRegular():
		return false, fmt.Errorf("写不了 %s：它不是普通文件，请换一个文件名", name)
	case err == nil:
		replaced = true
	case !errors.Is(err, fs.ErrNotExist):
		return false, fmt.Errorf("写不了 %s：%w", name, err)
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".huiyin-*")
	if err != nil {
		return false, fmt.Errorf("写不了 %s：请核对所在的文件夹在不在、有没有写的权限（%w）", name, err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(content)
	if err = errors.Join(err, f.Chmod(0o640), f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return false, fmt.Errorf("写不了 %s：%w", name, err)
	}
	return replaced, nil
}

// making says what report of a period is to be made, for somebody who may see all.
func making(cfg *config.Config, cal *workday.Calendar, p report.Period) report.Making {
	return report.Making{
		Period: p, Agency: cfg.Agency, Now: time.Now(), Calendar: cal, Categories: categories(cfg), Channels: channels(cfg), Board: cfg.Board,
	}
}
