package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"huiyin/internal/config"
	"huiyin/internal/match"
	"huiyin/internal/post"
)

// Asked is what `huiyin match` was asked.
type Asked struct {
	Topic       string // tell of this topic only; empty: of all that have to do with the text
	Title, Text string // both empty: how the topic was understood
	JSON        bool   // for programs
	Colour      bool   // for a terminal
}

// Explain tells why a text matches the configured topics, or does not, and how long
// that took.
func Explain(cfg *config.Config, a Asked, out io.Writer) error {
	r, err := readRules(cfg)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(r.topics, func(t match.Topic) bool { return t.Name == a.Topic })
	if a.Topic != "" && i < 0 {
		return fmt.Errorf("没有叫“%s”的专题：请核对名称", a.Topic)
	}
	if a.Title == "" && a.Text == "" {
		if a.Topic == "" {
			return errors.New("没有要看的文字：给出的文件或输入是空的")
		} // to show a topic needs no dictionary
		_, err := fmt.Fprint(out, r.topics[i].Outline(r.lists))
		return err
	}
	start := time.Now()
	set, err := r.compile(cfg)
	if err != nil {
		return err
	}
	loaded := time.Since(start)
	p := post.Post{Title: a.Title, Text: a.Text}
	e := set.Explain(p, a.Topic)
	took := timed(func() { set.Match(p) })
	if a.JSON {
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(struct {
			match.Explanation
			Microseconds float64 `json:"match_us"` // one match of all topics
		}{e, float64(took.Nanoseconds()) / 1e3})
	}
	paint := match.Plain
	if a.Colour {
		paint = ansi
	}
	_, err = fmt.Fprintf(out, "%s\n%s\n", e.Write(paint),
		paint("faint", fmt.Sprintf("查一遍全部 %d 个专题用 %.1f 微秒；装载词典用了 %.1f 秒，运行中只装一次。",
			len(r.topics), float64(took.Nanoseconds())/1e3, loaded.Seconds())))
	return err
}

// timed returns how long f takes, the fastest of many runs.
func timed(f func()) time.Duration {
	best := time.Duration(1 << 62)
	for range 100 {
		start := time.Now()
		f()
		best = min(best, time.Since(start))
	}
	return best
}

// ansi colours text for a terminal.
func ansi(kind, text string) string {
	code := map[string]string{"good": "32", "bad": "31", "faint": "2"}[kind]
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}
