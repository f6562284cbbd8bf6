package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"huiyin/internal/fetch"
	"huiyin/internal/parse"
	"huiyin/internal/post"
)

// maxWaiting is how many threads may wait for their page to be read; the oldest
// beyond that go on with their title only.
const maxWaiting = 500

// maxWaitingText is how many bytes they may have said on the list: all of it is written
// with each batch of the source.
const maxWaitingText = 1 << 20

// visit is what came of asking for post pages.
type visit struct {
	done     []post.Post    // their page was read, or asked for in vain for the last time
	waiting  []post.Waiting // the others
	rest     time.Duration  // how long the source asks to be left alone
	asked    int
	failures []pageFailure
}

// pageFailure is a post page that could not be read.
type pageFailure struct {
	url string
	err error
}

// pages reads the posts' own pages: of those that waited and of the fresh ones,
// at most cfg.Pages of them, the never tried before the tried.
func (r *reader) pages(ctx context.Context, waited, fresh []post.Waiting, now time.Time) visit {
	queue := slices.Clone(waited)
	for _, f := range fresh {
		if !slices.ContainsFunc(waited, func(w post.Waiting) bool { return w.Post.ID == f.Post.ID }) {
			queue = append(queue, f)
		}
	}
	if r.newest {
		slices.Reverse(queue)
	}
	slices.SortStableFunc(queue, func(a, b post.Waiting) int { return cmp.Compare(a.Tries, b.Tries) })
	var v visit
	for i, w := range queue {
		if i >= r.cfg.Pages {
			v.waiting = append(v.waiting, queue[i:]...)
			break
		}
		p, err := r.page(ctx, w, now)
		w.Tries++
		v.asked++
		if err != nil {
			v.failures = append(v.failures, pageFailure{w.Post.URL, err})
		}
		switch {
		case err == nil:
			v.done = append(v.done, p)
		case w.Tries >= r.cfg.Tries:
			v.done = append(v.done, w.Post)
		default:
			v.waiting = append(v.waiting, w)
		}
		if err != nil && !ofThisPage(err) { // the next would fail as well, or hold up what is done
			v.rest = fetch.RetryAfter(err)
			v.waiting = append(v.waiting, queue[i+1:]...)
			break
		}
	}
	size := 0
	for _, w := range v.waiting {
		size += len(w.Post.Text)
	}
	for len(v.waiting) > maxWaiting || size > maxWaitingText {
		size -= len(v.waiting[0].Post.Text)
		v.done = append(v.done, v.waiting[0].Post)
		v.waiting = v.waiting[1:]
	}
	oldestFirst(v.done, func(p post.Post) time.Time { return p.Published })
	return v
}

// ofThisPage says whether err is a fault of the one page, not of the whole site.
func ofThisPage(err error) bool {
	var se *fetch.StatusError
	var le *parse.LayoutError
	var re *fetch.RobotsError
	if errors.As(err, &re) {
		return re.Err == nil // of what could be read of it; else the next would be refused as well
	}
	if errors.As(err, &se) {
		return se.Status != http.StatusTooManyRequests && se.Status != http.StatusServiceUnavailable
	}
	return errors.As(err, &le) || errors.Is(err, parse.ErrPage) || errors.Is(err, fetch.ErrTooLarge) || errors.Is(err, fetch.ErrBadURL)
}

// page reads the own page of a post that waits for it.
func (r *reader) page(ctx context.Context, w post.Waiting, now time.Time) (post.Post, error) {
	p := w.Post
	resp, err := r.get.Get(ctx, r.request(cmp.Or(w.Page, p.URL), "", ""))
	if err != nil {
		return p, err
	}
	it, err := r.parsePage(ctx, resp, now)
	if err != nil {
		return p, err
	}
	p.Text = it.Text
	p.Author = cmp.Or(it.Author, p.Author)
	if !it.Published.IsZero() {
		p.Published = it.Published
	}
	return p, nil
}

func (r *reader) parsePage(ctx context.Context, resp *fetch.Response, now time.Time) (it parse.Item, err error) {
	err = r.decode(ctx, resp, now, func(body []byte, at parse.At) (err error) {
		if r.cfg.Kind == KindJSON {
			it, err = parse.JSONPage(body, r.cfg.Post, at)
			return err
		}
		it, err = parse.Page(body, r.cfg.Post, at)
		return err
	})
	return it, err
}

// warning says which pages could not be read, in Chinese and for the log; empty
// if all could. Where they failed for different reasons it names the one most
// of them have.
func (v visit) warning() (reason, detail string) {
	if len(v.failures) == 0 {
		return "", ""
	}
	count := make(map[string]int)
	for _, f := range v.failures {
		count[pageReason(f.err)]++
	}
	most := slices.MaxFunc(v.failures, func(a, b pageFailure) int {
		return cmp.Compare(count[pageReason(a.err)], count[pageReason(b.err)])
	})
	why := pageReason(most.err)
	n := count[why]
	detail = fmt.Sprintf("%d of %d post pages could not be read, %d of them like %s: %v", len(v.failures), v.asked, n, most.url, most.err)
	var layout *parse.LayoutError
	switch {
	case !errors.As(most.err, &layout):
		return fmt.Sprintf("%d 个帖文页打不开：%s", n, why), detail
	case n == v.asked:
		return fmt.Sprintf("帖文页上选择器 %s 找不到正文，%s", layout.Selector, why), detail
	}
	return fmt.Sprintf("%d 个帖文页上选择器 %s 找不到正文，%s", n, layout.Selector, why), detail
}

// pageReason is Reason for a post page, where other things are to be done than
// for the source's own page.
func pageReason(err error) string {
	var status *fetch.StatusError
	var layout *parse.LayoutError
	switch {
	case errors.As(err, &layout):
		return "暂时只看标题；可能要登录才能看，也可能选择器不对，请管理员核对配置"
	case errors.As(err, &status) && (status.Status == http.StatusNotFound || status.Status == http.StatusGone):
		return fmt.Sprintf("对方返回 %d（网页不存在），暂时只看标题；可能已经删帖，也可能帖文的网址取错了，请管理员核对配置", status.Status)
	}
	return Reason(err)
}
