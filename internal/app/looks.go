package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/evidence"
	"huiyin/internal/fetch"
	"huiyin/internal/look"
	"huiyin/internal/pipeline"
	"huiyin/internal/post"
)

const (
	lookEvery  = 5 * time.Second
	lookFor    = time.Minute
	lookers    = 16      // pages that are looked at together, each on another site
	maxKeptFor = 4 << 20 // bytes of a page's text with what is known of it
)

// Looks looks at the pages that are due: posts that cases are about, and answers.
type Looks struct {
	Pipeline *pipeline.Pipeline
	Looker   *look.Looker
	Homes    map[string]string // by source: the host, or host:port, of its own address
	Evidence *evidence.Store
	Together int // pages that are looked at at the same time
	Log      *slog.Logger
}

// run looks every few seconds until ctx ends. It waits for no look then: what is under way
// records nothing any more.
func (k Looks) run(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	r := k.round()
	for {
		k.begin(ctx, r)
		select {
		case <-ctx.Done():
			return nil
		case s := <-r.seen:
			k.take(ctx, r, s)
		case <-tick.C:
			k.find(r)
		}
	}
}

// Due looks at what is due now, and records what it told. What fails is tried again by
// the next call. It returns when all is done, or ctx ends.
func (k Looks) Due(ctx context.Context) {
	r := k.round()
	for k.begin(ctx, r); len(r.underWay) > 0; k.begin(ctx, r) {
		select {
		case <-ctx.Done():
			return
		case s := <-r.seen:
			k.take(ctx, r, s)
		}
	}
}

// round is what waits for a look and what is under way. One goroutine has it, and does all
// the recording: those that look only send it what they saw.
type round struct {
	waiting  []cases.Look
	underWay map[string]cases.Look // by host: a slow site takes one place, however many its pages
	seen     chan sight            // with room for all that are under way
}

// sight is a look that was taken.
type sight struct {
	subject
	page look.Page
	err  error
}

// subject is what is looked at, and what for.
type subject struct {
	cases.Look
	about cases.Case
	first cases.Mention
	sites []string
}

// round makes a round of what is due now.
func (k Looks) round() *round {
	r := &round{underWay: make(map[string]cases.Look), seen: make(chan sight, k.Together)}
	k.find(r)
	return r
}

// find has wait what is due and not under way.
func (k Looks) find(r *round) {
	due, err := k.Pipeline.Looks()
	if err != nil {
		k.Log.Error("looks that are due", "error", err)
		return
	}
	r.waiting = slices.DeleteFunc(due, func(l cases.Look) bool {
		return r.underWay[hostOf(l)].ID() == l.ID()
	})
}

// begin begins what waits, as far as there is room.
func (k Looks) begin(ctx context.Context, r *round) {
	r.waiting = slices.DeleteFunc(r.waiting, func(l cases.Look) bool {
		_, busy := r.underWay[hostOf(l)]
		if busy || len(r.underWay) >= k.Together {
			return false
		}
		s := subject{Look: l}
		var held bool
		var err error
		if s.about, s.first, s.sites, held, err = k.Pipeline.Subject(l.Case); err == nil && !held {
			err = k.Pipeline.Looked(l, cases.Sight{Final: true})
		}
		if err != nil {
			k.Log.Error("look at a page", "case", l.Case, "error", err) // it is tried again
		}
		if err != nil || !held {
			return true
		}
		r.underWay[hostOf(l)] = l
		go func() {
			ctx, cancel := context.WithTimeout(ctx, lookFor)
			defer cancel()
			page, err := k.Looker.Look(ctx, k.ask(s))
			r.seen <- sight{s, page, err}
		}()
		return true
	})
}

// ask is what is to be fetched for a look. A page inside is opened only where it
// belongs: a post's to the source that it came from, an answer's to a site that the
// office publishes on. Of such a site robots.txt is not asked: it is the office's own.
func (k Looks) ask(s subject) fetch.Request {
	if s.Reply > 0 {
		home := look.Home(s.URL, s.sites)
		return fetch.Request{URL: s.URL, Home: home, IgnoreRobots: home != ""}
	}
	return fetch.Request{URL: s.URL, Home: k.Homes[s.Source]}
}

func hostOf(l cases.Look) string { return strings.ToLower(post.Host(l.URL)) }

// take records what a look told, and makes room for the next.
func (k Looks) take(ctx context.Context, r *round, s sight) {
	delete(r.underWay, hostOf(s.Look))
	if ctx.Err() != nil {
		return // it may have been broken off
	}
	if err := k.record(s); err != nil {
		k.Log.Error("look at a page", "case", s.Case, "error", err) // it is tried again
	}
}

// record records what a look told.
func (k Looks) record(seen sight) error {
	l, page := seen.Look, seen.page
	var unknown *look.UnknownError
	switch {
	case errors.As(seen.err, &unknown):
		s := cases.Sight{Unknown: unknown.Reason(), Final: !unknown.Again()}
		if l.Reply > 0 {
			s.Faults = []string{look.CannotOpen(unknown).Text}
		}
		return k.Pipeline.Looked(l, s)
	case seen.err != nil:
		return seen.err
	}
	s := cases.Sight{Title: page.Title}
	var err error
	if s.SHA256, _, err = k.Evidence.Put(strings.NewReader(page.Text), maxKeptFor); err != nil {
		return err
	}
	if l.Reply > 0 {
		s.Faults = faults(seen.subject, page)
		return k.Pipeline.Looked(l, s)
	}
	if s.Change, err = k.changed(l, page); err != nil {
		return err
	}
	raw, err := json.Marshal(page)
	if err != nil {
		return fmt.Errorf("page of %s: %w", l.ID(), err)
	}
	if s.Page, _, err = k.Evidence.Put(bytes.NewReader(raw), maxKeptFor); err != nil {
		return err
	}
	return k.Pipeline.Looked(l, s)
}

// faults is what is wrong with an answer's page.
func faults(s subject, page look.Page) (list []string) {
	c := s.about
	claim := look.Claim{Sites: s.sites, Words: s.first.Words, Title: c.Title, MentionText: s.first.Text, Topic: c.Topic}
	if s.Reply <= len(c.Replies) {
		r := c.Replies[s.Reply-1]
		claim.Now = r.At
		if r.OnTime() { // a late answer is on record as late, whatever its page says
			claim.Due = r.Step.Due
		}
	}
	for _, f := range look.Verify(page, claim) {
		list = append(list, f.Text)
	}
	if s.Reply <= len(c.Replies) {
		if draft := c.Replies[s.Reply-1].Approved; draft != "" && !post.Follows(page.Title+" "+page.Text, draft) {
			list = append(list, "页面上的内容和审核同意的草稿不一样。")
		}
	}
	return list
}

// changed is what became of a post's page since the look before; empty when nothing did,
// and for the first look at a page that is as it should be.
func (k Looks) changed(l cases.Look, page look.Page) (string, error) {
	before := look.Page{State: look.Open, Title: page.Title, Text: page.Text}
	if l.Before != "" {
		kept, err := k.Evidence.Open(l.Before)
		if err != nil {
			return "", err
		}
		defer kept.Close()
		if err := json.NewDecoder(kept).Decode(&before); err != nil {
			return "", fmt.Errorf("page that was kept of %s: %w", l.ID(), err)
		}
	}
	return look.Compare(before, page).Text, nil
}
