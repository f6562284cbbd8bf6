package app

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"huiyin/internal/config"
	"huiyin/internal/inbox"
	"huiyin/internal/inbox/sheet"
)

// Ledger is what `huiyin import` was asked.
type Ledger struct {
	File    string // "-": standard input
	Source  string // an inbox; empty: the only one
	Sheet   string // of the file; empty: the first
	Columns string // which column is what, as 标题=诉求标题,时间=C; empty: to be guessed
	Look    bool   // only show what would be done
	Old     bool   // take in also what is older than fetch.max_age
	Yes     bool   // do not ask
	// Ask puts a question to whoever sits at the terminal; nil: nobody does.
	Ask func(question string) (answer string, err error)
}

// Import reads a ledger, shows what it understood, and has the running program register its
// letters. Bad rows are told of, and are an error at the end; they never stop the good ones.
func Import(ctx context.Context, cfg *config.Config, l Ledger, in io.Reader, out io.Writer) error {
	return importAt(ctx, cfg, l, in, out, time.Now())
}

func importAt(ctx context.Context, cfg *config.Config, l Ledger, in io.Reader, out io.Writer, now time.Time) error {
	source, err := inboxOf(cfg, l.Source)
	if err != nil {
		return err
	}
	data, err := l.read(in)
	if err != nil {
		return err
	}
	columns, err := columnsOf(l.Columns)
	if err != nil {
		return err
	}
	o := sheet.Options{Sheet: l.Sheet, Columns: columns, Zone: source.Zone, Now: now}
	for _, u := range cfg.Units {
		o.Units = append(o.Units, u.Name)
	}
	table, err := sheet.Read(data, o)
	if err != nil {
		return fmt.Errorf("%s：%w", l.File, err)
	}
	p := planOf(table, now.Add(-cfg.Fetch.MaxAge), l.Old)
	p.show(out, l, source, cfg.Fetch.MaxAge)
	if l.Look {
		fmt.Fprintln(out, "这次只是看看，没有登记。")
		return p.unfit()
	}
	if len(p.rows) == 0 {
		fmt.Fprintln(out, "没有要登记的。")
		return p.unfit()
	}
	if yes, err := l.agreed(); err != nil {
		return err
	} else if !yes {
		fmt.Fprintln(out, "没有登记。")
		return nil
	}
	done, err := p.send(ctx, cfg, source.Name)
	done.show(out)
	if errors.Is(err, ErrNotRunning) {
		return err
	}
	if err != nil {
		return fmt.Errorf("登记中断了：%w。已经登记的都在上面；请再执行一次，不会重复登记", err)
	}
	if len(done.refused) > 0 {
		return fmt.Errorf("有 %d 行没有登记，原因见上", len(p.bad)+len(done.refused))
	}
	return p.unfit()
}

// inboxOf is the inbox of that name, or the only one.
func inboxOf(cfg *config.Config, name string) (config.Source, error) {
	var all []string
	var found config.Source
	for _, s := range cfg.Sources {
		if s.Inbox == nil {
			continue
		}
		if all = append(all, s.Name); name == "" || name == s.Name {
			found = s
		}
	}
	switch {
	case len(all) == 0:
		return found, errors.New("配置里没有收件来源。请在 sources 里加一个，例如 - {name: 市长信箱, kind: inbox}，重新启动 huiyin serve，再导入")
	case name == "" && len(all) > 1:
		return found, fmt.Errorf("有几个收件来源，请用 -source 写明是哪一个：%s", strings.Join(all, "、"))
	case found.Name == "":
		return found, fmt.Errorf("配置里没有叫“%s”的收件来源，有：%s", name, strings.Join(all, "、"))
	}
	return found, nil
}

func (l Ledger) read(in io.Reader) ([]byte, error) {
	if l.File != "-" {
		f, err := OpenFile(l.File)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, sheet.MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("读不了文件 %s：%w", l.File, err)
	}
	return data, nil
}

// columnsOf reads 标题=诉求标题,时间=C. Full-width signs do as well.
func columnsOf(text string) (map[string]string, error) {
	columns := map[string]string{}
	text = strings.NewReplacer("，", ",", "、", ",", "＝", "=").Replace(text)
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		field, column, ok := strings.Cut(part, "=")
		field = strings.TrimSpace(field)
		if known := slices.Contains(sheet.FieldNames, field); !ok || !known {
			return nil, fmt.Errorf("-map 里的“%s”看不懂：应当是“项目=列名”，用逗号隔开；项目有：%s", part, strings.Join(sheet.FieldNames, "、"))
		}
		if _, twice := columns[field]; twice {
			return nil, fmt.Errorf("-map 里“%s”写了两次", field)
		}
		columns[field] = strings.TrimSpace(column)
	}
	return columns, nil
}

func (l Ledger) agreed() (bool, error) {
	if l.Yes {
		return true, nil
	}
	if l.Ask == nil {
		return false, errors.New("没有登记：要登记请加 -yes，只看看请加 -n")
	}
	answer, err := l.Ask("要登记吗？（要就输入 y，不要就直接按回车）")
	if err != nil {
		return false, fmt.Errorf("没有登记，读不到回答：%w", err)
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes", "ｙ", "是", "要", "好":
		return true, nil
	}
	return false, nil
}

// Letters go to the running program in pieces, so that none takes long.
const (
	pieceLines = 200
	pieceBytes = 1 << 20
)

// outcome is what became of the letters that were sent.
type outcome struct {
	opened, joined, known int
	refused               []string // by row
	rows                  []string // what became of each, of the first
}

// send has the running program register the letters of a plan.
func (p plan) send(ctx context.Context, cfg *config.Config, source string) (done outcome, err error) {
	var lines bytes.Buffer
	var sent []sheet.Row
	flush := func() error {
		text, err := ask(ctx, cfg, "letters", url.Values{"source": {source}, "lines": {lines.String()}}, time.Minute)
		if err != nil {
			return err
		}
		var a inbox.Answer
		if err := json.Unmarshal([]byte(text), &a); err != nil || len(a.Results) != len(sent) {
			return errors.New("正在运行的回音是别的版本，请重新启动它")
		}
		for i, r := range a.Results {
			done.add(sent[i].No, r)
		}
		lines.Reset()
		sent = sent[:0]
		return nil
	}
	for _, r := range p.rows {
		line, err := json.Marshal(r.Item)
		if err != nil {
			return done, err
		}
		if len(sent) == pieceLines || lines.Len()+len(line) > pieceBytes && len(sent) > 0 {
			if err := flush(); err != nil {
				return done, err
			}
		}
		lines.Write(append(line, '\n'))
		sent = append(sent, r)
	}
	return done, flush()
}

func (d *outcome) add(row int, r inbox.Result) {
	told := fmt.Sprintf("第 %d 行：%s", row, r.Message)
	switch r.Status {
	case inbox.Opened:
		d.opened++
	case inbox.Joined:
		d.joined++
	case inbox.Known:
		d.known++
	default:
		d.refused = append(d.refused, told)
		return
	}
	if len(d.rows) < mostShown {
		d.rows = append(d.rows, told)
	}
}

func (d *outcome) show(out io.Writer) {
	taken := d.opened + d.joined + d.known
	if taken == 0 && len(d.refused) == 0 {
		return
	}
	if d.known == taken && taken > 0 {
		fmt.Fprintf(out, "这 %d 封以前都登记过，没有重复登记。\n", taken)
	} else {
		said := fmt.Sprintf("登记好了：新立 %d 件", d.opened)
		if d.joined > 0 {
			said += fmt.Sprintf("，与在办的是同一件事、已并入的 %d 封", d.joined)
		}
		if d.known > 0 {
			said += fmt.Sprintf("，以前登记过、没有重复登记的 %d 封", d.known)
		}
		fmt.Fprintln(out, said+"。")
	}
	list(out, d.rows, taken)
	if len(d.refused) > 0 {
		fmt.Fprintf(out, "没有登记的 %d 行：\n", len(d.refused))
		list(out, d.refused, len(d.refused))
	}
}

// mostShown is how many lines of a kind are shown.
const mostShown = 20

// list shows the first of so many lines.
func list(out io.Writer, lines []string, of int) {
	for _, l := range lines[:min(len(lines), mostShown)] {
		fmt.Fprintln(out, "  "+l)
	}
	if of > mostShown {
		fmt.Fprintf(out, "  ……还有 %d 行\n", of-mostShown)
	}
}

// name is what a ledger is called for people.
func (l Ledger) name() string {
	if l.File == "-" {
		return "标准输入"
	}
	return cmp.Or(filepath.Base(l.File), l.File)
}
