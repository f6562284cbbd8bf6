package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"huiyin/alerts"
	"huiyin/dict"
	"huiyin/internal/cases"
	"huiyin/internal/config"
	"huiyin/internal/match"
	"huiyin/internal/ops"
	"huiyin/internal/pipeline"
	"huiyin/internal/post"
	"huiyin/internal/source"
	"huiyin/internal/workday"
)

// rules are the topics and word lists that a configuration names, or the built-in
// ones, read and found to be in order, but not compiled: that takes the segmenter's
// dictionary, which takes above a second to load.
type rules struct {
	topics []match.Topic
	lists  match.Lists
}

// readRules reads topics and word lists. The error is config.Problems when something
// is wrong with them.
func readRules(cfg *config.Config) (rules, error) {
	alertFS := fs.FS(alerts.Files)
	if cfg.AlertsDir != "" {
		alertFS = os.DirFS(cfg.AlertsDir)
	}
	lists, err := match.LoadLists(dictFiles(cfg))
	problems, err := located(cmp.Or(cfg.DictDir, "dict"), err)
	if err != nil {
		return rules{}, err
	}
	topics, err := match.LoadTopics(alertFS, lists)
	more, err := located(cmp.Or(cfg.AlertsDir, "alerts"), err)
	if err != nil {
		return rules{}, err
	}
	if problems = append(problems, more...); len(problems) == 0 { // topics that did not load have no names to compare
		problems = mapped(cfg, topics)
	}
	problems = append(problems, reviewed(cfg)...)
	if len(problems) > 0 {
		return rules{}, problems
	}
	return rules{topics, lists}, nil
}

func dictFiles(cfg *config.Config) fs.FS {
	if cfg.DictDir != "" {
		return os.DirFS(cfg.DictDir)
	}
	return dict.Files
}

// segmenter loads what cuts texts, whatever the topics are.
func segmenter(cfg *config.Config) (*match.Segmenter, error) {
	lists, err := match.LoadLists(dictFiles(cfg))
	if err != nil {
		return nil, err
	}
	return match.NewSegmenter(lists.Extra())
}

// located gives the room's problems the folder that was read; any other error is
// returned as it is.
func located(dir string, err error) (config.Problems, error) {
	var list match.Problems
	if !errors.As(err, &list) {
		return nil, err
	}
	var problems config.Problems
	for _, p := range list {
		problems = append(problems, config.Problem{File: filepath.Join(dir, p.File), Line: p.Line, Col: p.Col, Msg: p.Msg})
	}
	return problems, nil
}

// compile makes rules ready to match.
func (r rules) compile(cfg *config.Config) (*match.Set, error) {
	seg, err := match.NewSegmenter(r.lists.Extra())
	if err != nil {
		return nil, err
	}
	set, err := match.Compile(r.topics, r.lists, seg)
	problems, err := located(cmp.Or(cfg.AlertsDir, "alerts"), err)
	if err != nil {
		return nil, err
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return set, nil
}

// loadTopics reads and compiles.
func loadTopics(cfg *config.Config) (*match.Set, error) {
	r, err := readRules(cfg)
	if err != nil {
		return nil, err
	}
	return r.compile(cfg)
}

// mapped sees that every topic that opens cases has a unit, and that every topic that is given one or
// a category is there.
func mapped(cfg *config.Config, topics []match.Topic) config.Problems {
	var problems config.Problems
	var names []string
	for _, t := range topics {
		names = append(names, t.Name)
		if t.Raises != "" { // it opens no case, and nobody has to answer
			if _, given := cfg.Topics[t.Name]; given {
				problems = append(problems, cfg.Problem("topics."+t.Name, fmt.Sprintf("专题“%s”写了 raises（提级），自己不立单，不用指定单位：请删去", t.Name)))
			}
			continue
		}
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
	for category, list := range cfg.Categories {
		for i, name := range list {
			if !slices.Contains(names, name) {
				problems = append(problems, cfg.Problem(fmt.Sprintf("categories.%s[%d]", category, i), fmt.Sprintf("没有叫“%s”的专题：请核对名称", name)))
			}
		}
	}
	slices.SortFunc(problems, func(a, b config.Problem) int { return cmp.Or(a.Line-b.Line, strings.Compare(a.Msg, b.Msg)) })
	return problems
}

// categories tells the category of each topic that is in one.
func categories(cfg *config.Config) map[string]string {
	lists, of := cfg.Categories, make(map[string]string)
	if lists == nil {
		lists = config.UsualCategories
	}
	for category, topics := range lists {
		for _, topic := range topics {
			of[topic] = category
		}
	}
	return of
}

// channels tells what each source counts as in reports: those that are configured, and
// what officers register by hand.
func channels(cfg *config.Config) map[string]string {
	of := map[string]string{"来电": "热线", "来信": "信箱", "来访": "来访"}
	for _, s := range cfg.Sources {
		of[s.Name] = s.Channel
	}
	return of
}

// reviewed sees that every ladder whose replies are reviewed is there.
func reviewed(cfg *config.Config) config.Problems {
	var problems config.Problems
	for i, name := range cfg.Review {
		if _, known := cases.Ladders[name]; !known {
			problems = append(problems, cfg.Problem(fmt.Sprintf("review[%d]", i),
				fmt.Sprintf("review 里的“%s”不是时限的名字：可以写的有 %s", name, strings.Join(slices.Sorted(maps.Keys(cases.Ladders)), "、"))))
		}
	}
	return problems
}

// newCalendar is the agency's calendar, with the days that it set by hand.
func newCalendar(cfg *config.Config) (*workday.Calendar, error) {
	return workday.New(cfg.Timezone, cfg.Hours, cfg.Overrides...)
}

// sources translates the configured sources that are polled.
func sources(cfg *config.Config) []source.Config {
	var list []source.Config
	for _, s := range cfg.Sources {
		if s.Inbox != nil {
			continue
		}
		c := source.Config{
			Name: s.Name, Kind: s.Kind, URL: s.URL, Floor: s.Floor, Ceiling: s.Ceiling, Zone: s.Zone, Charset: s.Charset,
			List: s.List, Post: s.Post, Keyed: s.Keyed, Robots: s.Robots, Header: make(http.Header),
		}
		for name, value := range s.Header {
			c.Header.Set(name, value.Reveal())
		}
		list = append(list, c)
	}
	return list
}

// homes are the hosts of the sources' own addresses, by the sources' names.
func homes(cfg *config.Config) map[string]string {
	m := make(map[string]string, len(cfg.Sources))
	for _, s := range cfg.Sources {
		if u, err := url.Parse(s.URL); err == nil {
			m[s.Name] = u.Host
		}
	}
	return m
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
