package source

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"huiyin/internal/fetch"
	"huiyin/internal/post"
)

// maxWaiting is how many threads may wait for their page to be read; the oldest
// beyond that go on with their title only.
const maxWaiting = 500

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

// read polls the source: what is new, and the state to remember with it. On an
// error nothing was taken and state is to stay as it was, but for the failure.
func (r *reader) read(ctx context.Context, state post.State, now time.Time) (post.Batch, error) {
	if setup := r.setup(); state.Setup != setup { // the page is to be read anew, changed or not
		state.Setup, state.ETag, state.LastModified, state.Digest = setup, "", "", ""
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
		var rest time.Duration
		b.Posts, next.Waiting, rest = r.pages(ctx, state.Waiting, b.Posts, now)
		if ctx.Err() != nil {
			return post.Batch{}, ctx.Err()
		}
		if rest > 0 {
			next.NotBefore = now.Add(rest)
		}
	} else {
		for _, w := range state.Waiting { // they waited for pages that are no longer asked for
			b.Posts = append(b.Posts, w.Post)
		}
		next.Waiting = nil
	}
	next.Failures, next.Reason, next.Error = 0, "", ""
	next.LastTry, next.LastOK = now, now
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
		title := it.title
		if title == "" { // short messages have none
			title = post.Line(it.text, 60)
		}
		out = append(out, post.Post{
			ID: ids[i], Source: r.cfg.Name, Key: it.key, Title: title, Text: it.text,
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

// pages reads the posts' own pages: of those that waited and of the fresh ones,
// at most cfg.Pages of them, the never tried before the tried. The posts whose
// page was read, or asked for in vain for the last time, are done; the others
// wait. rest is how long the source asks to be left alone.
func (r *reader) pages(ctx context.Context, waited []post.Waiting, fresh []post.Post, now time.Time) (done []post.Post, waiting []post.Waiting, rest time.Duration) {
	queue := slices.Clone(waited)
	for _, p := range fresh {
		if !slices.ContainsFunc(waited, func(w post.Waiting) bool { return w.Post.ID == p.ID }) {
			queue = append(queue, post.Waiting{Post: p})
		}
	}
	slices.SortStableFunc(queue, func(a, b post.Waiting) int { return cmp.Compare(a.Tries, b.Tries) })
	for i, w := range queue {
		if i >= r.cfg.Pages {
			waiting = append(waiting, queue[i:]...)
			break
		}
		p, err := r.page(ctx, w.Post, now)
		w.Tries++
		switch {
		case err == nil:
			done = append(done, p)
		case w.Tries >= r.cfg.Tries:
			done = append(done, w.Post)
		default:
			waiting = append(waiting, w)
		}
		if err != nil && !ofThisPage(err) { // the next would fail as well, or hold up what is done
			rest = fetch.RetryAfter(err)
			waiting = append(waiting, queue[i+1:]...)
			break
		}
	}
	for len(waiting) > maxWaiting {
		done = append(done, waiting[0].Post)
		waiting = waiting[1:]
	}
	oldestFirst(done)
	return done, waiting, rest
}

// ofThisPage says whether err is a fault of the one page, not of the whole site.
func ofThisPage(err error) bool {
	var se *fetch.StatusError
	var le *layoutError
	if errors.As(err, &se) {
		return se.Status != http.StatusTooManyRequests && se.Status != http.StatusServiceUnavailable
	}
	return errors.As(err, &le) || errors.Is(err, errPage) || errors.Is(err, fetch.ErrTooLarge) || errors.Is(err, fetch.ErrBadURL)
}

func (r *reader) page(ctx context.Context, p post.Post, now time.Time) (post.Post, error) {
	resp, err := r.get.Get(ctx, fetch.Request{URL: p.URL})
	if err != nil {
		return p, err
	}
	body, at, err := r.decode(resp, now)
	if err != nil {
		return p, err
	}
	return parsePost(body, r.cfg.Post, at, p)
}

// Preview reads a source once, as if nothing of it were known: what `huiyin
// poll` shows, the oldest first. At most ten post pages are read; the other posts, and
// those whose page cannot be read, are as the list page has them. Reason tells
// the error in Chinese, unless it is one of Validate.
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
	return posts, nil
}

type nothingKnown struct{}

func (nothingKnown) Known(context.Context, []string) (map[string]bool, error) { return nil, nil }
