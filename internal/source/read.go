package source

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"time"

	"huiyin/internal/fetch"
	"huiyin/internal/parse"
	"huiyin/internal/post"
	"huiyin/internal/schedule"
)

// reader reads one source once.
type reader struct {
	cfg     Config // with defaults
	get     Getter
	known   Known
	newest  bool          // the pages of the newest posts are read first: it is a preview
	parsing chan struct{} // held while a document is parsed: a hostile one takes much memory
}

// reading is what one poll has found so far.
type reading struct {
	state   post.State
	now     time.Time
	items   []parse.Named
	ids     []string        // of items
	known   map[string]bool // by ID
	damaged int             // items that could not be read
	lost    string          // why posts may be missing; empty when none are
}

// read polls the source: what is new, and the state to remember with it. The
// Reason in state is that of a poll that worked. On an error nothing was taken
// and state is to stay as it was, but for the failure.
func (r *reader) read(ctx context.Context, state post.State, now time.Time) (post.Batch, error) {
	if setup := r.setup(); state.Setup != setup { // the page is to be read anew, changed or not
		state.Setup, state.ETag, state.LastModified, state.Digest = setup, "", "", ""
		state.Reason, state.Error = "", "" // it may have been the old selectors' fault
		state.Items, state.Newest = 0, nil
	}
	g := reading{state: state, now: now}
	doc, err := r.document(ctx, &g)
	if err != nil {
		return post.Batch{}, err
	}
	if err := r.name(ctx, &g, doc); err != nil {
		return post.Batch{}, err
	}
	if doc != nil {
		if err := r.catchUp(ctx, &g, *doc); err != nil {
			return post.Batch{}, err
		}
	}
	return r.batch(ctx, &g, now)
}

// batch makes posts of what is new, and the state that goes with them.
func (r *reader) batch(ctx context.Context, g *reading, now time.Time) (post.Batch, error) {
	fresh := r.fresh(g)
	b := post.Batch{Source: r.cfg.Name, At: now, Read: len(g.items), Gap: g.lost}
	next := &g.state
	next.Habit.Learn(written(fresh, now, r.cfg.Zone), next.LastOK.In(r.cfg.Zone), now.In(r.cfg.Zone))
	if r.cfg.Post.Text != "" {
		v := r.pages(ctx, next.Waiting, fresh, now)
		if ctx.Err() != nil {
			return post.Batch{}, ctx.Err()
		}
		b.Posts, next.Waiting = v.done, v.waiting
		if v.rest > 0 {
			next.NotBefore = now.Add(v.rest)
		}
		if v.asked > 0 { // without a page to read, the last warning stands
			next.Reason, next.Error = v.warning()
		}
	} else {
		for _, w := range next.Waiting { // they waited for pages that are no longer asked for
			b.Posts = append(b.Posts, w.Post)
		}
		for _, w := range fresh {
			b.Posts = append(b.Posts, w.Post)
		}
		next.Waiting, next.Reason, next.Error = nil, "", ""
	}
	next.Failures, next.Since, next.LastTry, next.LastOK = 0, time.Time{}, now, now
	if g.damaged > 0 {
		next.Reason = damaged(len(g.items), g.damaged)
		next.Error = fmt.Sprintf("document damaged: %d items read, at least %d lost", len(g.items), g.damaged)
	}
	if len(g.items) >= parse.MaxItems {
		next.Reason = fmt.Sprintf("列表太长，只读了前 %d 条；请把网址改成只列出最新的，例如加上每页的条数", parse.MaxItems)
		next.Error = fmt.Sprintf("only the first %d items are read", parse.MaxItems)
	}
	b.State = *next
	return b, nil
}

// written are the times at which posts were written; now for those that do not say.
func written(posts []post.Waiting, now time.Time, zone *time.Location) []time.Time {
	out := make([]time.Time, len(posts))
	for i, w := range posts {
		out[i] = now.In(zone)
		if !w.Post.Published.IsZero() {
			out[i] = w.Post.Published.In(zone)
		}
	}
	return out
}

// setup names what of the configuration decides how a page is read.
func (r *reader) setup() string {
	c := r.cfg
	sum := sha256.Sum256(fmt.Appendf(nil, "%q", []any{c.Kind, c.URL, c.Zone.String(), c.Charset, c.List, c.Post}))
	return hex.EncodeToString(sum[:8])
}

// wholeEvery is how often a document is asked for whatever its validators say. WordPress
// goes by the newest post's date, in whole seconds: what is published within the same
// second, or approved later with an older date, hides behind a 304.
const wholeEvery = time.Hour

// usual is how many items a document held that is not expected to be empty: a search for
// a word may well find nothing today.
const usual = 3

// document reads the source's own page; nil if that has not changed.
func (r *reader) document(ctx context.Context, g *reading) (*parse.Document, error) {
	s := &g.state
	if g.now.Sub(s.Whole) >= wholeEvery {
		s.ETag, s.LastModified = "", ""
	}
	resp, err := r.get.Get(ctx, r.request(r.cfg.URL, s.ETag, s.LastModified))
	if err != nil {
		return nil, err
	}
	s.NotBefore = time.Time{}
	if resp.RetryAfter > 0 { // with an answer: it is not that we come too often
		s.NotBefore = g.now.Add(min(resp.RetryAfter, maxRest))
	}
	s.Fresh = resp.Fresh
	if resp.NotModified {
		return nil, nil
	}
	s.Whole = g.now
	sum := sha256.Sum256(resp.Body)
	digest := hex.EncodeToString(sum[:])
	if digest == s.Digest {
		s.ETag, s.LastModified = resp.ETag, resp.LastModified
		return nil, nil
	}
	doc, err := r.parse(ctx, resp, g.now)
	if err != nil {
		return nil, err
	}
	if len(doc.Items) == 0 && s.Items >= usual {
		return nil, &emptyError{had: s.Items}
	}
	s.Items = len(doc.Items)
	s.Rest, s.Quiet = doc.Rest, schedule.Quiet{Hours: doc.SkipHours, Days: doc.SkipDays}
	s.Hub, s.Self = cmp.Or(doc.Hub, firstOf(resp.Links.Hubs)), cmp.Or(doc.Self, resp.Links.Self)
	s.ETag, s.LastModified, s.Digest = resp.ETag, resp.LastModified, digest
	if g.damaged = doc.Lost; doc.Lost > 0 { // what is missing may be there next time under the same tag
		s.ETag, s.LastModified, s.Digest = "", "", ""
	}
	return &doc, nil
}

// request is one for this source. Of a source that is read over https no header, which may
// hold a key, goes out over http, wherever its pages lead.
func (r *reader) request(address, etag, lastModified string) fetch.Request {
	req := fetch.Request{
		URL: address, ETag: etag, LastModified: lastModified, Home: r.cfg.home, Header: r.cfg.Header, IgnoreRobots: r.cfg.Robots,
	}
	if encrypted(r.cfg.URL) && !encrypted(address) {
		req.Header = nil
	}
	return req
}

func encrypted(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Scheme == "https"
}

func (r *reader) parse(ctx context.Context, resp *fetch.Response, now time.Time) (doc parse.Document, err error) {
	err = r.decode(ctx, resp, now, func(body []byte, at parse.At) (err error) {
		switch r.cfg.Kind {
		case KindFeed:
			doc, err = parse.Feed(body, at)
		case KindJSON:
			doc, err = parse.JSON(body, r.cfg.List, at)
		default:
			doc, err = parse.List(body, r.cfg.List, at)
		}
		doc.Next = cmp.Or(doc.Next, parse.NextPage(at.Base, resp.Links.Next))
		return err
	})
	return doc, err
}

// decode has read work on what resp holds, in UTF-8, once there is room to parse it in.
func (r *reader) decode(ctx context.Context, resp *fetch.Response, now time.Time, read func(body []byte, at parse.At) error) error {
	select {
	case r.parsing <- struct{}{}:
		defer func() { <-r.parsing }()
	case <-ctx.Done():
		return ctx.Err()
	}
	body, _, err := fetch.Decode(resp.Body, resp.ContentType, r.cfg.Charset)
	if err != nil {
		return err
	}
	base, err := url.Parse(resp.FinalURL)
	if err != nil {
		return fmt.Errorf("final URL: %w", err)
	}
	return read(body, parse.At{Base: base, Zone: r.cfg.Zone, Now: now})
}

// name names the items of doc, and finds out which of them are known.
func (r *reader) name(ctx context.Context, g *reading, doc *parse.Document) error {
	if doc == nil || len(doc.Items) == 0 {
		return nil
	}
	var named []parse.Named
	named, g.state.SharedKeys = parse.Keys(doc.Items, g.state.SharedKeys)
	ids := make([]string, len(named))
	for i, it := range named {
		ids[i] = post.IDOf(r.cfg.Name, it.Key)
	}
	known, err := r.known.Known(ctx, ids)
	if err != nil {
		return fmt.Errorf("%w: %w", errKnown, err)
	}
	if g.known == nil {
		g.known = make(map[string]bool)
	}
	for i, id := range ids {
		if _, twice := g.known[id]; twice { // it moved on to this page while we read
			continue
		}
		g.known[id] = known[id]
		g.items, g.ids = append(g.items, named[i]), append(g.ids, id)
	}
	return nil
}

// fresh makes posts of the items that are not known yet, the oldest first.
func (r *reader) fresh(g *reading) []post.Waiting {
	var out []post.Waiting
	for i, it := range slices.Backward(g.items) { // pages show the newest first
		if g.known[g.ids[i]] {
			continue
		}
		out = append(out, post.Waiting{Page: it.Page, Post: post.Post{
			ID: g.ids[i], Source: r.cfg.Name, Key: it.Key, Title: it.Title, Text: it.Text,
			Author: it.Author, URL: it.Link, Published: it.Published, Seen: g.now, Replies: max(it.Replies, 0), Views: max(it.Views, 0),
		}})
	}
	oldestFirst(out, func(w post.Waiting) time.Time { return w.Post.Published })
	return out
}

// oldestFirst sorts posts by when they were written. Where one does not say,
// the order of the page is all there is to go by.
func oldestFirst[T any](posts []T, published func(T) time.Time) {
	if slices.ContainsFunc(posts, func(p T) bool { return published(p).IsZero() }) {
		return
	}
	slices.SortStableFunc(posts, func(a, b T) int { return published(a).Compare(published(b)) })
}

// emptyError is a document without items where there always were some.
type emptyError struct{ had int }

// Error implements error.
func (e *emptyError) Error() string { return fmt.Sprintf("no items, where there were %d", e.had) }

func firstOf(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
