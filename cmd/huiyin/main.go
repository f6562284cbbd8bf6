// Command huiyin hears what the public says about an office's work, tells the officer
// who must answer, and keeps the count until the answer is published.
package main

import (
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
  huiyin serve   [-c huiyin.yaml]            开始工作，直到被停止
  huiyin check   [-c huiyin.yaml]            检查配置、专题和词表，不启动
  huiyin match   [-c huiyin.yaml] 文字       这段文字会不会提醒，为什么（“-”表示从标准输入读）
  huiyin poll    [-c huiyin.yaml] 来源       从这个来源会读到什么（来源的名称，或 RSS 地址）
  huiyin invite  [-c huiyin.yaml] 姓名       给这个人一个邀请码
  huiyin digest  [-c huiyin.yaml]            现在的简报
  huiyin version                             版本

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
	case errors.As(err, &problems):
		fmt.Fprintln(errOut, problems)
		return 2
	}
	fmt.Fprintln(errOut, "huiyin:", err)
	return 1
}

var errUsage = errors.New("usage")

func command(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) error {
	if len(args) == 0 {
		return errUsage
	}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	path := flags.String("c", "huiyin.yaml", "configuration")
	var words []string
	for more := args[1:]; len(more) > 0; { // -c may stand behind the words too
		if err := flags.Parse(more); err != nil {
			return errUsage
		}
		if more = flags.Args(); len(more) > 0 {
			words, more = append(words, more[0]), more[1:]
		}
	}
	rest := strings.Join(words, " ")
	switch name := args[0]; {
	case name == "help" || name == "-h" || name == "--help":
		fmt.Fprint(out, usage)
		return nil
	case name == "version" && rest == "":
		fmt.Fprintln(out, "huiyin", app.Version)
		return nil
	case name == "serve" && rest == "":
		return serve(ctx, *path, errOut)
	case name == "check" && rest == "":
		return app.Check(*path, out)
	case name == "match" && rest != "", name == "poll" && rest != "", name == "invite" && rest != "", name == "digest" && rest == "":
		cfg, err := config.Load(*path)
		if err != nil {
			return err
		}
		return withConfig(ctx, cfg, name, rest, in, out)
	}
	fmt.Fprintf(errOut, "没有“%s”这样的用法。\n\n", strings.Join(args, " "))
	return errUsage
}

func withConfig(ctx context.Context, cfg *config.Config, name, arg string, in io.Reader, out io.Writer) error {
	switch name {
	case "poll":
		return app.Preview(ctx, cfg, arg, out)
	case "match":
		if arg == "-" {
			raw, err := io.ReadAll(io.LimitReader(in, 1<<20))
			if err != nil {
				return err
			}
			arg = string(raw)
		}
		text, err := app.Explain(cfg, "", arg)
		fmt.Fprintln(out, text)
		return err
	}
	text, err := app.Ask(ctx, cfg, name, url.Values{"name": {arg}})
	if errors.Is(err, app.ErrNotRunning) {
		return fmt.Errorf("%w：请先用 huiyin serve 启动它，再执行这个命令（用同一个用户、同一份配置）", err)
	}
	if err != nil {
		return err
	}
	fmt.Fprintln(out, strings.TrimRight(text, "\n"))
	return nil
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
	return a.Run(ctx)
}
