package playground

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"huiyin/internal/cases"
)

// recordRows is how many rows of each table the page shows.
const recordRows = 10

// recordView is what the panel "ClickHouse 里有什么" shows.
type recordView struct {
	Mentions uint64       `json:"mentions"`
	Events   uint64       `json:"events"`
	LastIn   []mentionRow `json:"lastIn"`
	LastDone []eventRow   `json:"lastDone"`
	Problem  string       `json:"problem,omitempty"`
}

type mentionRow struct {
	Case   string    `json:"case" ch:"case"`
	No     uint32    `json:"no" ch:"no"`
	Source string    `json:"source" ch:"source"`
	Title  string    `json:"title" ch:"title"`
	Topics []string  `json:"-" ch:"topics"`
	Words  []string  `json:"-" ch:"words"`
	Seen   time.Time `json:"-" ch:"seen"`

	Topic string `json:"topics" ch:"-"`
	Found string `json:"words" ch:"-"`
	At    string `json:"at" ch:"-"`
}

type eventRow struct {
	Case    string    `json:"case" ch:"case"`
	Seq     uint32    `json:"seq" ch:"seq"`
	Kind    string    `json:"kind" ch:"kind"`
	By      string    `json:"by" ch:"by"`
	Officer string    `json:"officer" ch:"officer"`
	Unit    string    `json:"unit" ch:"unit"`
	When    time.Time `json:"-" ch:"at"`

	At string `json:"at" ch:"-"`
}

// count is one row of SELECT count().
type count struct {
	N uint64 `ch:"n"`
}

// counted asks for one number.
func (p *Playground) counted(ctx context.Context, sql string, args ...any) (uint64, error) {
	var rows []count
	if err := p.Query(ctx, &rows, sql, args...); err != nil || len(rows) == 0 {
		return 0, err
	}
	return rows[0].N, nil
}

// record answers with what the warehouse holds.
func (p *Playground) record(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 5*time.Second)
	defer cancel()
	v, err := p.readRecord(ctx)
	if err != nil {
		p.log.Info("the record cannot be read now", slog.Any("error", err))
		v = recordView{Problem: "引擎还没有准备好。过一分钟还是这样的话，请看终端里的记录。"}
	}
	p.writeJSON(w, v)
}

func (p *Playground) readRecord(ctx context.Context) (v recordView, err error) {
	if v.Mentions, err = p.counted(ctx, "SELECT count() AS n FROM mentions"); err != nil {
		return v, err
	}
	if v.Events, err = p.counted(ctx, "SELECT count() AS n FROM case_events"); err != nil {
		return v, err
	}
	err = p.Query(ctx, &v.LastIn,
		"SELECT case, no, source, title, topics, words, seen FROM mentions ORDER BY seen DESC, case DESC LIMIT ?", recordRows)
	if err != nil {
		return v, err
	}
	err = p.Query(ctx, &v.LastDone,
		"SELECT case, seq, kind, by, officer, unit, at FROM case_events ORDER BY at DESC, case DESC, seq DESC LIMIT ?", recordRows)
	for i, m := range v.LastIn {
		v.LastIn[i].Topic, v.LastIn[i].Found = strings.Join(m.Topics, "、"), strings.Join(m.Words, "、")
		v.LastIn[i].At = p.clock(m.Seen)
	}
	for i, e := range v.LastDone {
		v.LastDone[i].Kind, v.LastDone[i].At = cases.Kind(e.Kind).String(), p.clock(e.When)
	}
	return v, err
}
