package app

import (
	"cmp"
	"fmt"
	"io"
	"time"

	"huiyin/internal/config"
	"huiyin/internal/match"
)

// Check reads a configuration with its topics and word lists, runs the topics' own
// examples, and writes what it found. With parseOnly it stops when everything was read,
// without loading the dictionary. The error is config.Problems when something is wrong.
func Check(path string, parseOnly bool, out io.Writer) error {
	cfg, err := config.Load(path)
	if err != nil {
		return err
	}
	r, err := readRules(cfg)
	if err != nil {
		return err
	}
	for _, w := range cfg.Warnings {
		fmt.Fprintf(out, "提醒  %s\n", w)
	}
	cal, err := newCalendar(cfg)
	if err != nil {
		return err
	}
	if year := time.Now().In(cfg.Timezone).Year(); !cal.Known(year) {
		fmt.Fprintf(out, "提醒  %d 年的放假安排还没有录入（最后一年是 %d），时限暂按周一至周五计算。放假通知出来后，请照 huiyin.example.yaml 里 holidays 的说明写上\n", year, cal.LastKnownYear())
	}
	count := fmt.Sprintf("来源 %d 个，单位 %d 个，专题 %d 个", len(cfg.Sources), len(cfg.Units), len(r.topics))
	if parseOnly {
		fmt.Fprintf(out, "写法没有问题：%s。例句没有试。\n", count)
		return nil
	}
	set, err := r.compile(cfg)
	if err != nil {
		return err
	}
	if problems := examples(cfg, set); len(problems) > 0 {
		return problems
	}
	warnings, _ := located(cmp.Or(cfg.AlertsDir, "alerts"), set.Warnings())
	for _, w := range warnings {
		fmt.Fprintf(out, "提醒  %s\n", w)
	}
	tried := 0
	for _, t := range set.Topics() {
		tried += len(t.Examples.Match) + len(t.Examples.Skip)
	}
	fmt.Fprintf(out, "配置没有问题：%s（%d 个词，%d 条例子都对）。\n", count, set.Keywords(), tried)
	return nil
}

// examples runs the topics' examples and lists those that do not hold.
func examples(cfg *config.Config, set *match.Set) config.Problems {
	problems, _ := located(cmp.Or(cfg.AlertsDir, "alerts"), set.CheckExamples())
	return problems
}
