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
	"huiyin/internal/post"
)

// maxWaiting is how many threads may wait for their page to be read; the oldest
// beyond that go on with their title only.
const maxWaiting = 500

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
func (r *reader) pages(ctx context.Context, waited []post.Waiting, fresh []post.Post, now time.Time) visit {
	queue := slices.Clone(waited)
	for _, p := range fresh {
		if !slices.ContainsFunc(waited, func(w post.Waiting) bool { return w.Post.ID == p.ID }) {
			queue = append(queue, post.Waiting{Post: p})
		}
	}
	slices.SortStableFunc(queue, func(a, b post.Waiting) int { return cmp.Compare(a.Tries, b.Tries) })
	var v visit
	for i, w := range queue {
		if i >= r.cfg.Pages {
			v.waiting = append(v.waiting, queue[i:]...)
			break
		}
		p, err := r.page(ctx, w.Post, now)
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
	for len(v.waiting) > maxWaiting {
		v.done = append(v.done, v.waiting[0].Post)
		v.waiting = v.waiting[1:]
	}
	oldestFirst(v.done)
	return v
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
	var layout *layoutError
	switch {
	case !errors.As(most.err, &layout):
		return fmt.Sprintf("%d 个帖子页打不开：%s", n, why), detail
	case n == v.asked:
		return fmt.Sprintf("帖子页上选择器 %s 找不到正文，%s", layout.selector, why), detail
	}
	return fmt.Sprintf("%d 个帖子页上选择器 %s 找不到正文，%s", n, layout.selector, why), detail
}

// pageReason is Reason for a post page, where other things are to be done than
// for the source's own page.
func pageReason(err error) string {
	var status *fetch.StatusError
	var layout *layoutError
	switch {
	case errors.As(err, &layout):
		return "暂时只看标题；可能要登录才能看，也可能选择器不对，请管理员核对配置"
	case errors.As(err, &status) && (status.Status == http.StatusNotFound || status.Status == http.StatusGone):
		return fmt.Sprintf("对方返回 %d（网页不存在），暂时只看标题；可能已经删帖，也可能帖子的网址取错了，请管理员核对配置", status.Status)
	}
	return Reason(err)
}
