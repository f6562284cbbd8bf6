package source

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/url"
	"slices"
	"time"

	"huiyin/internal/fetch"
	"huiyin/internal/post"
)

const previewPages = 10

// reader reads one source once.
type reader struct {
	cfg   Config // with defaults
	get   Getter
	known Known
}

// document is what the source's own page showed.
type document struct {
	items []keyed
	lost  int // items of a damaged feed that could not be read
}

// read polls the source: what is new, and the state to remember with it. The
// Reason in state is that of a poll that worked. On an error nothing was taken
// and state is to stay as it was, but for the failure.
func (r *reader) read(ctx context.Context, state post.State, now time.Time) (post.Batch, error) {
	if setup := r.setup(); state.Setup != setup { // the page is to be read anew, changed or not
		state.Setup, state.ETag, state.LastModified, state.Digest = setup, "", "", ""
		state.Reason, state.Error = "", "" // it may have been the old selectors' fault
	}
	doc, next, err := r.document(ctx, state, now)
	if err != nil {
		return post.Batch{}, err
	}
	b := post.Batch{Source: r.cfg.Name, At: now, Read: len(doc.items)}
	b.Posts, err = r.fresh(ctx, doc.items, now)
	if err != nil {
		return post.Batch{}, err
	}
	if r.cfg.Kind == KindForum && r.cfg.Post.Text != "" {
		v := r.pages(ctx, state.Waiting, b.Posts, now)
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
		for _, w := range state.Waiting { // they waited for pages that are no longer asked for
			b.Posts = append(b.Posts, w.Post)
		}
		next.Waiting, next.Reason, next.Error = nil, "", ""
	}
	next.Failures, next.LastTry, next.LastOK = 0, now, now
	if doc.lost > 0 {
		next.Reason = damaged(len(doc.items), doc.lost)
		next.Error = fmt.Sprintf("feed damaged: %d items read, at least %d lost", len(doc.items), doc.lost)
	}
	b.State = next
	return b, nil
}

// setup names what of the configuration decides how a page is read.
func (r *reader) setup() string {
	c := r.cfg
	sum := sha256.Sum256(fmt.Appendf(nil, "%q", []any{c.Kind, c.URL, c.Zone.String(), c.Charset, c.List, c.Post}))
	return hex.EncodeToString(sum[:8])
}

// document fetches and parses the source's page, if it changed since state.
func (r *reader) document(ctx context.Context, state post.State, now time.Time) (document, post.State, error) {
	resp, err := r.get.Get(ctx, fetch.Request{URL: r.cfg.URL, ETag: state.ETag, LastModified: state.LastModified})
	if err != nil {
		return document{}, state, err
	}
	state.NotBefore = time.Time{}
	if resp.RetryAfter > 0 {
		state.NotBefore = now.Add(resp.RetryAfter)
	}
	if resp.NotModified {
		return document{}, state, nil
	}
	sum := sha256.Sum256(resp.Body)
	digest := hex.EncodeToString(sum[:])
	if digest == state.Digest {
		state.ETag, state.LastModified = resp.ETag, resp.LastModified
		return document{}, state, nil
	}
	items, lost, err := r.parse(resp, now)
	if err != nil {
		return document{}, state, err
	}
	var doc document
	doc.lost = lost
	doc.items, state.SharedKeys = keys(items, state.SharedKeys)
	state.ETag, state.LastModified, state.Digest = resp.ETag, resp.LastModified, digest
	if lost > 0 { // what is missing may be there next time under the same tag
		state.ETag, state.LastModified, state.Digest = "", "", ""
	}
	return doc, state, nil
}

func (r *reader) parse(resp *fetch.Response, now time.Time) ([]item, int, error) {
	body, at, err := r.decode(resp, now)
	if err != nil {
		return nil, 0, err
	}
	if r.cfg.Kind == KindFeed {
		return parseFeed(body, at)
	}
	items, err := parseList(body, r.cfg.List, at)
	return items, 0, err
}

func (r *reader) decode(resp *fetch.Response, now time.Time) ([]byte, place, error) {
	body, _, err := fetch.Decode(resp.Body, resp.ContentType, r.cfg.Charset)
	if err != nil {
		return nil, place{}, err
	}
	base, err := url.Parse(resp.FinalURL)
	if err != nil {
		return nil, place{}, fmt.Errorf("final URL: %w", err)
	}
	return body, place{base, r.cfg.Zone, now}, nil
}

// fresh makes posts of the items that are not known yet and not too old, the
// oldest first.
func (r *reader) fresh(ctx context.Context, items []keyed, now time.Time) ([]post.Post, error) {
	if len(items) == 0 {
		return nil, nil
	}
	ids := make([]string, len(items))
	for i, it := range items {
		ids[i] = post.IDOf(r.cfg.Name, it.key)
	}
	known, err := r.known.Known(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errKnown, err)
	}
	var out []post.Post
	for i, it := range slices.Backward(items) { // pages show the newest first
		if known[ids[i]] {
			continue
		}
		out = append(out, post.Post{
			ID: ids[i], Source: r.cfg.Name, Key: it.key, Title: it.title, Text: it.text,
			Author: it.author, URL: it.link, Published: it.published, Seen: now,
		})
	}
	oldestFirst(out)
	return out, nil
}

// oldestFirst sorts posts by when they were written. Where one does not say,
// the order of the page is all there is to go by.
func oldestFirst(posts []post.Post) {
	for _, p := range posts {
		if p.Published.IsZero() {
			return
		}
	}
	slices.SortStableFunc(posts, func(a, b post.Post) int { return a.Published.Compare(b.Published) })
}

// Preview reads a source once, as if nothing of it were known: what `huiyin
// poll` shows, the oldest first. At most ten post pages are read; the other posts, and
// those whose page cannot be read, are as the list page has them. Reason tells
// the error in Chinese, unless it is one of Validate. A *PartError is only a
// warning: it comes beside the posts.
func Preview(ctx context.Context, get Getter, cfg Config) ([]post.Post, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	r := &reader{cfg: cfg.withDefaults(), get: get, known: nothingKnown{}}
	r.cfg.Pages = min(r.cfg.Pages, previewPages)
	var b post.Batch
	err := safely(func() (err error) {
		b, err = r.read(ctx, post.State{}, time.Now())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("poll %s: %w", cfg.Name, err)
	}
	posts := b.Posts
	for _, w := range b.State.Waiting {
		posts = append(posts, w.Post)
	}
	oldestFirst(posts)
	if b.State.Reason != "" {
		return posts, &PartError{b.State.Reason, b.State.Error}
	}
	return posts, nil
}

type nothingKnown struct{}

func (nothingKnown) Known(context.Context, []string) (map[string]bool, error) { return nil, nil }
