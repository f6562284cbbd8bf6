package look

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"huiyin/internal/fetch"
)

// What can keep a page that came from being known.
var (
	ErrNotText  = errors.New("not a page of text")
	ErrLogin    = errors.New("page shown only to those logged in")
	ErrTooLarge = errors.New("page of too many elements, too much text, or nested too deep")
)

// UnknownError says that nothing could be known about a page: neither what it
// says nor whether it is there.
type UnknownError struct {
	URL string // as asked for
	Err error
}

// Error implements error. The address is not in it: it may hold a key.
func (e *UnknownError) Error() string { return fmt.Sprintf("look at page: %v", e.Err) }

// Unwrap returns what went wrong.
func (e *UnknownError) Unwrap() error { return e.Err }

// Again says whether the same look may succeed later without anybody's doing:
// not where the address, the configuration or the kind of page is in the way.
func (e *UnknownError) Again() bool {
	var status *fetch.StatusError
	var blocked *fetch.BlockedError
	var robots *fetch.RobotsError
	switch {
	case errors.As(e.Err, &robots):
		return robots.Err != nil // it could not be read, but may be later
	case errors.As(e.Err, &status): // a site that is busy, or takes us for a robot
		return status.Status >= 500 || status.Status == http.StatusTooManyRequests || status.Status == http.StatusForbidden
	case errors.As(e.Err, &blocked), errors.Is(e.Err, fetch.ErrBadURL), errors.Is(e.Err, fetch.ErrTooLarge),
		errors.Is(e.Err, ErrTooLarge), errors.Is(e.Err, ErrNotText), errors.Is(e.Err, ErrLogin):
		return false
	}
	return true
}

// RetryAfter is how long the site asks to be left alone; zero when it does not.
func (e *UnknownError) RetryAfter() time.Duration { return fetch.RetryAfter(e.Err) }

// Reason says in plain Chinese why nothing could be known, and what to do.
func (e *UnknownError) Reason() string {
	switch {
	case errors.Is(e.Err, ErrNotText):
		return "网址打开的是文件（如 PDF、图片），程序读不出里面的文字；请在浏览器里打开核对"
	case errors.Is(e.Err, ErrLogin):
		return "网页要登录才能看，程序看不到内容；请换一个公众不用登录就能看的网址"
	case errors.Is(e.Err, ErrTooLarge), errors.Is(e.Err, fetch.ErrTooLarge):
		return "网页太大，没有读取；请在浏览器里打开核对"
	}
	return fetch.Reason(e.Err)
}
