package app

import (
	"cmp"
	"fmt"
	"runtime/debug"
	"strings"
)

// Reload reads the topics and word lists anew and takes them up, all or none: when
// anything is wrong, or an example of a topic does not hold, those in force stay and
// the error is config.Problems. The rest of the configuration takes a restart. The
// text says what is in force now, and what in it cannot work.
func (a *App) Reload() (string, error) {
	a.reloading.Lock()
	defer a.reloading.Unlock()
	set, err := loadTopics(a.cfg)
	if err == nil {
		if problems := examples(a.cfg, set); len(problems) > 0 {
			err = problems
		}
	}
	if err != nil {
		a.log.Error("topics are not taken up; those in force stay", "error", err)
		return "", fmt.Errorf("新的专题和词表有问题，没有启用，仍按原来的运行：\n%w", err)
	}
	old := a.pipeline.InForce()
	a.pipeline.Enforce(set)
	if old.Segmenter() != set.Segmenter() {
		debug.FreeOSMemory() // a dictionary is some 130 MB
	}
	var b strings.Builder
	warnings, _ := located(cmp.Or(a.cfg.AlertsDir, "alerts"), set.Warnings())
	for _, w := range warnings {
		fmt.Fprintf(&b, "提醒  %s\n", w)
	}
	a.log.Info("topics taken up", "topics", len(set.Topics()), "keywords", set.Keywords())
	fmt.Fprintf(&b, "新的专题和词表已启用：专题 %d 个，%d 个词。下一次读到的帖文就按新的来。\n", len(set.Topics()), set.Keywords())
	return b.String(), nil
}
