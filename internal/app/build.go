package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"huiyin/alerts"
	"huiyin/dict"
	"huiyin/internal/config"
	"huiyin/internal/match"
	"huiyin/internal/ops"
	"huiyin/internal/pipeline"
	"huiyin/internal/post"
	"huiyin/internal/source"
)

// loadTopics reads the topics and word lists that the configuration names, or the
// built-in ones, and compiles them.
func loadTopics(cfg *config.Config) (*match.Set, error) {
	set, problems, err := readTopics(cfg, nil)
	if err != nil {
		return nil, err
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return set, nil
}

// readTopics is loadTopics with all that is wrong listed. A segmenter that is there
// already is used, since loading one takes above a second.
func readTopics(cfg *config.Config, seg *match.Segmenter) (*match.Set, config.Problems, error) {
	alertFS, dictFS := fs.FS(alerts.Files), fs.FS(dict.Files)
	if cfg.AlertsDir != "" {
		alertFS = os.DirFS(cfg.AlertsDir)
	}
	if cfg.DictDir != "" {
		dictFS = os.DirFS(cfg.DictDir)
	}
	var problems config.Problems
	found := func(dir, builtin string, err error) error {
		var list match.Problems
		if !errors.As(err, &list) {
			return err
		}
		if dir == "" {
			dir = builtin
		}
		for _, p := range list {
			problems = append(problems, config.Problem{File: filepath.Join(dir, p.File), Line: p.Line, Msg: p.Msg})
		}
		return nil
	}
	lists, err := match.LoadLists(dictFS)
	if err := found(cfg.DictDir, "dict", err); err != nil {
		return nil, nil, err
	}
	topics, err := match.LoadTopics(alertFS, lists)
	if err := found(cfg.AlertsDir, "alerts", err); err != nil {
		return nil, nil, err
	}
	if len(problems) == 0 { // topics that did not load have no names to compare
		problems = mapped(cfg, topics)
	}
	if len(problems) > 0 {
		return nil, problems, nil
	}
	if seg == nil {
		if seg, err = match.NewSegmenter(lists.Extra()); err != nil {
			return nil, nil, err
		}
	}
	set, err := match.Compile(topics, lists, seg)
	if err := found(cfg.AlertsDir, "alerts", err); err != nil {
		return nil, nil, err
	}
	return set, problems, nil
}

// mapped sees that every topic has a unit, and that every topic that is given one is
// there.
func mapped(cfg *config.Config, topics []match.Topic) config.Problems {
	var problems config.Problems
	var names []string
	for _, t := range topics {
		names = append(names, t.Name)
		switch _, known := cfg.Unit(t.Unit); {
		case t.Unit != "" && !known:
			problems = append(problems, config.Problem{File: t.File, Line: t.Line,
				Msg: fmt.Sprintf("专题“%s”的单位“%s”不在配置的 units 里：请核对名称", t.Name, t.Unit)})
		case t.Unit == "" && cfg.UnitOf(t.Name) == "":
			problems = append(problems, cfg.Problem("topics",
				fmt.Sprintf("专题“%s”没有单位负责：请在 topics 里写上，或写一行 \"*\" 管其余的", t.Name)))
		}
	}
	for name := range cfg.Topics {
		if name != config.Others && !slices.Contains(names, name) {
			problems = append(problems, cfg.Problem("topics."+name, fmt.Sprintf("没有叫“%s”的专题：请核对名称", name)))
		}
	}
	slices.SortFunc(problems, func(a, b config.Problem) int { return a.Line - b.Line })
	return problems
}

// sources translates the configured sources.
func sources(cfg *config.Config) []source.Config {
	var list []source.Config
	for _, s := range cfg.Sources {
		c := source.Config{Name: s.Name, Kind: s.Kind, URL: s.URL, Every: s.Every, Zone: s.Zone, Charset: s.Charset}
		if s.List != nil {
			c.List = source.ListSelectors(*s.List)
		}
		if s.Post != nil {
			c.Post = source.PostSelectors(*s.Post)
		}
		list = append(list, c)
	}
	return list
}

// userAgent says who reads, and where to complain.
func userAgent(contact string) string {
	if contact == "" {
		return "Huiyin/" + Version
	}
	return "Huiyin/" + Version + " (+" + contact + ")"
}

// counted is the pipeline as a sink that counts for the metrics.
type counted struct {
	*pipeline.Pipeline
	metrics *ops.Metrics
}

// Ingest journals a batch and counts its posts.
func (c counted) Ingest(ctx context.Context, b post.Batch) error {
	err := c.Pipeline.Ingest(ctx, b)
	if err == nil {
		c.metrics.Posts(b.Source, len(b.Posts))
	}
	return err
}
