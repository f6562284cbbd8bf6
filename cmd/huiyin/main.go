// Command huiyin hears what the public says about an office's work, tells the officer
// who must answer, and keeps the count until the answer is published.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"huiyin/internal/app"
	"huiyin/internal/config"
)

const usage = `回音：听见群众怎么说，一个工作日内给回音。

用法：
  huiyin serve                        开始工作，直到被停止
  huiyin check [-parse]               检查配置、专题和词表，不启动；-parse 只看写法，不试例句
  huiyin reload                       专题和词表改好了，让正在运行的程序启用；有错就不启用
  huiyin match [-topic 专题] [-title 标题] [-json] 文字（或 -f 文件）
                                      这段文字会不会提醒，为什么；只写 -topic 就列出这个专题的查询
  huiyin backtest [-days 30] [-samples 5] [-seed 1] [-f 文件.jsonl] [专题文件.yaml …]
                                      用新写的专题查存下的帖文：多少帖、每天多少、例子、和现在的差别；
                                      -seed 换个数就换一批例子，-f 查文件里的帖文（每行一个 JSON）
  huiyin poll 来源                    从这个来源会读到什么；写配置里来源的名称，或任何网址：
                                      认一认是什么软件，看看能读到什么，给出写进配置的几行
  huiyin import [-source 来源] [-sheet 表] [-map 标题=诉求标题,时间=C] [-old] [-n 或 -yes] 台账.xlsx
                                      把台账（.xlsx 或 .csv）里的信件登记到收件来源：先说看懂了什么，问过再登记；
                                      -n 只看看，-yes 不问，-old 连旧信也登记，-map 写明哪一列是什么
  huiyin opml [文件.opml]             把配置里的订阅（kind: feed）写成 OPML，给别的阅读器用；
                                      写了文件，就把里面的订阅变成可以贴进配置的来源
  huiyin invite 姓名                  给这个人一个邀请码
  huiyin digest                       现在的简报
  huiyin report -quarter 2026Q3 [-o 文件.xlsx]
                                      这一期的报表；-week 2026W37 -month 2026-09 -half 2026H1 -year 2026 也可以，
                                      写 last 就是刚过去的那一期；文件可以是 .xlsx .html .pdf .csv，不写就只看概要；
                                      加 -details，.html 和 .pdf 里也逐件列出明细
  huiyin topics [-days 90]            各专题提醒得准不准，误报是哪些词引起的
  huiyin version                      版本

每个命令都可以加 -c 配置文件，不加就是 huiyin.yaml。文字、文件写成“-”表示从标准输入读。

退出码：0 正常；1 出错；2 命令或配置写得不对。
`

func main() {
	if len(os.Args) > 1 && os.Args[1] == "engine-child" { // started by serve itself
		os.Exit(app.EngineChild(os.Args[2:]))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run carries out a command and returns the exit code.
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	err := command(ctx, args, in, out, errOut)
	var problems config.Problems
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errUsage):
		fmt.Fprint(errOut, usage)
		return 2
	case errors.As(err, new(misuseError)):
		fmt.Fprintln(errOut, "huiyin:", err)
		return 2
	case errors.As(err, &problems):
		fmt.Fprintln(errOut, problems)
		return 2
	}
	fmt.Fprintln(errOut, "huiyin:", err)
	return 1
}

var errUsage = errors.New("usage")

// misuseError says in a sentence how one command is used: the usage of all would push it off
// the screen.
type misuseError string

func (e misuseError) Error() string { return string(e) }

// options are the flags of all commands; each takes those that concern it.
type options struct {
	config, topic, title, file string
	days, samples              int
	seed                       uint64
	json, parse, details       bool
	ledger                     app.Ledger
	periods                    map[string]string
}

// parseArgs reads a command's flags, which may stand behind the words too.
func (o *options) parseArgs(name string, args []string) (words []string, err error) {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.config, "c", "huiyin.yaml", "configuration")
	switch name {
	case "check":
		flags.BoolVar(&o.parse, "parse", false, "only read")
	case "match":
		flags.StringVar(&o.topic, "topic", "", "only this topic")
		flags.StringVar(&o.title, "title", "", "the title")
		flags.StringVar(&o.file, "f", "", "file with the text")
		flags.BoolVar(&o.json, "json", false, "for programs")
	case "import":
		flags.StringVar(&o.ledger.Source, "source", "", "the inbox")
		flags.StringVar(&o.ledger.Sheet, "sheet", "", "the sheet of a workbook")
		flags.StringVar(&o.ledger.Columns, "map", "", "which column is what")
		flags.BoolVar(&o.ledger.Look, "n", false, "only show")
		flags.BoolVar(&o.ledger.Yes, "yes", false, "do not ask")
		flags.BoolVar(&o.ledger.Old, "old", false, "old letters too")
	case "report":
		flags.StringVar(&o.file, "o", "", "the file to write")
		flags.BoolVar(&o.details, "details", false, "list the cases on pages too")
		o.periods = map[string]string{}
		for _, kind := range app.PeriodKinds {
			flags.Func(kind, "which one", func(s string) error { o.periods[kind] = s; return nil })
		}
	case "topics":
		flags.IntVar(&o.days, "days", app.TopicsFor, "how far back")
	case "backtest":
		flags.IntVar(&o.days, "days", 30, "how far back")
		flags.IntVar(&o.samples, "samples", 5, "how many to show")
		flags.Uint64Var(&o.seed, "seed", 1, "which samples")
		flags.StringVar(&o.file, "f", "", "posts, one JSON object to a line")
	}
	for len(args) > 0 {
		if err := flags.Parse(args); err != nil {
			return nil, errUsage
		}
		if args = flags.Args(); len(args) > 0 {
			words, args = append(words, args[0]), args[1:]
		}
	}
	return words, nil
}

func command(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) error {
	if len(args) == 0 {
		return errUsage
	}
	var o options
	name := args[0]
	words, err := o.parseArgs(name, args[1:])
	if err != nil {
		return err
	}
	rest := strings.Join(words, " ")
	switch {
	case name == "help" || name == "-h" || name == "--help":
		fmt.Fprint(out, usage)
		return nil
	case name == "version" && rest == "":
		fmt.Fprintln(out, "huiyin", app.Version)
		return nil
	case name == "serve" && rest == "":
		return serve(ctx, o.config, errOut)
	case name == "check" && rest == "":
		return app.Check(o.config, o.parse, out)
	case name == "opml" && len(words) <= 1:
		cfg, err := config.Load(o.config)
		if err != nil {
			return err
		}
		return feeds(cfg, rest, in, out, errOut)
	case name == "match" && (rest != "" || o.file != "" || o.title != "" || o.topic != ""),
		name == "backtest", name == "import" && len(words) == 1, name == "poll" && rest != "", name == "invite" && rest != "",
		name == "report" && rest == "" && len(o.periods) == 1, name == "digest" && rest == "", name == "topics" && rest == "", name == "reload" && rest == "":
		cfg, err := config.Load(o.config)
		if err != nil {
			return err
		}
		return withConfig(ctx, cfg, name, words, o, in, out)
	}
	if name == "report" {
		return misuseError("请选一个时间，只能选一个，例如 huiyin report -quarter 2026Q3 -o 第三季度.xlsx；全部写法见 huiyin help")
	}
	fmt.Fprintf(errOut, "“%s”不能这样用，请看下面的用法。\n\n", strings.Join(args, " "))
	return errUsage
}

func withConfig(ctx context.Context, cfg *config.Config, name string, words []string, o options, in io.Reader, out io.Writer) error {
	rest := strings.Join(words, " ")
	switch name {
	case "poll":
		return app.Preview(ctx, cfg, rest, out)
	case "match":
		text, err := textOf(rest, o.file, in)
		if err != nil {
			return err
		}
		return app.Explain(cfg, app.Asked{Topic: o.topic, Title: o.title, Text: text, JSON: o.json, Colour: isTerminal(out)}, out)
	case "backtest":
		return app.Backtest(ctx, cfg, app.Trial{Files: words, Days: o.days, Samples: o.samples, Seed: o.seed, Posts: o.file}, in, out)
	case "import":
		o.ledger.File, o.ledger.Ask = words[0], asking(in, out)
		return notRunning(app.Import(ctx, cfg, o.ledger, in, out))
	case "report":
		for kind, written := range o.periods {
			return app.Report(ctx, cfg, kind, written, o.file, o.details, out)
		}
	case "topics":
		text, err := app.Topics(ctx, cfg, o.days)
		if err == nil {
			fmt.Fprintln(out, text)
		}
		return err
	}
	text, err := app.Ask(ctx, cfg, name, url.Values{"name": {rest}})
	if err != nil {
		return notRunning(err)
	}
	fmt.Fprintln(out, strings.TrimRight(text, "\n"))
	return nil
}

// notRunning says what to do about a program that does not run.
func notRunning(err error) error {
	if errors.Is(err, app.ErrNotRunning) {
		return fmt.Errorf("%w：请先用 huiyin serve 启动它，再执行这个命令（用同一个用户、同一份配置）", err)
	}
	return err
}

// asking puts questions to the person at a terminal; nil when nobody is there.
func asking(in io.Reader, out io.Writer) func(string) (string, error) {
	f, ok := in.(*os.File)
	if !ok || !isDevice(f) {
		return nil
	}
	return func(question string) (string, error) {
		fmt.Fprint(out, question)
		return bufio.NewReader(in).ReadString('\n')
	}
}

// feeds writes the configured feeds as OPML or, given a file, its feeds as YAML.
func feeds(cfg *config.Config, file string, in io.Reader, out, errOut io.Writer) error {
	if file == "" {
		return app.ExportOPML(cfg, out, errOut)
	}
	if file != "-" {
		f, err := app.OpenFile(file)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	return app.ImportOPML(cfg, in, out, errOut)
}

// textOf returns the text that match was given: words, or what a file or standard
// input holds.
func textOf(words, file string, in io.Reader) (string, error) {
	const most = 1 << 20
	switch {
	case words != "" && words != "-" && file != "":
		return "", errors.New("文字和 -f 文件只能给一个")
	case words == "-" || file == "-":
	case file != "":
		f, err := app.OpenFile(file)
		if err != nil {
			return "", err
		}
		defer f.Close()
		in = f
	default:
		return words, nil
	}
	raw, err := io.ReadAll(io.LimitReader(in, most+1))
	if len(raw) > most {
		return "", errors.New("文字超过 1 MB，请截短再试")
	}
	return string(raw), err
}

// isTerminal tells whether people read what is written to w, in colour if they like.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return false
	}
	return isDevice(f)
}

func isDevice(f *os.File) bool {
	st, err := f.Stat()
	return err == nil && st.Mode()&os.ModeCharDevice != 0
}

func serve(ctx context.Context, path string, errOut io.Writer) error {
	cfg, err := config.Load(path, config.NeedSecrets)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(errOut, nil))
	for _, w := range cfg.Warnings {
		log.Warn("configuration", "warning", w.String())
	}
	a, err := app.Open(cfg, app.Options{Log: log})
	if err != nil {
		return err
	}
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	go func() {
		for range hangups {
			_, _ = a.Reload() // which logs how it went
		}
	}()
	return a.Run(ctx)
}
