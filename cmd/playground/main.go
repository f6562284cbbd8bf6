// Command playground is the demo: it opens a web page with a sample town and its
// officers' phones, and runs Huiyin between them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"huiyin/internal/playground"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "engine-child" {
		os.Exit(playground.Child(os.Args[2:]))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "playground:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	data := flag.String("data", "", "数据文件夹；不写就在用户缓存文件夹的 huiyin/demo 里")
	listen := flag.String("listen", "", "地址，只能是本机；不写就是上次的地址，第一次是 "+playground.DefaultListen)
	library := flag.String("library", "", "ClickHouse 引擎的文件；不写就用自动下载的那一份")
	verbose := flag.Bool("v", false, "在终端里显示程序的全部记录")
	check := flag.Bool("check", false, "不开网页：自己发帖、点按钮、回复，把结果逐条核对一遍")
	flag.Parse()
	if flag.NArg() > 0 {
		return fmt.Errorf("不认识 %q；看有哪些参数用 -h", flag.Arg(0))
	}
	exe, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	level := slog.LevelError
	if *verbose {
		level = slog.LevelDebug
	}
	opts := playground.Options{
		Dir: *data, Listen: *listen, Library: *library, Child: []string{exe, "engine-child"},
		Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level})),
	}
	if *check {
		if *data != "" || *listen != "" {
			return errors.New("-check 总在新建的临时文件夹里做，不能和 -data、-listen 一起用")
		}
		return playground.Check(ctx, opts, os.Stdout)
	}
	if opts.Dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return fmt.Errorf("找不到用户缓存文件夹，请用 -data 指定一个：%w", err)
		}
		opts.Dir = filepath.Join(cache, "huiyin", "demo")
	}
	p, err := playground.Open(opts)
	if err != nil {
		return err
	}
	fmt.Printf("回音演示已启动，请在浏览器里打开：\n\n    %s\n\n数据在 %s；随时可以按 Ctrl-C 停下，再次启动会接着来。\n", p.URL(), opts.Dir)
	return p.Run(ctx)
}
