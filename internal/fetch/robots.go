package fetch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

const (
	robotsFor   = 24 * time.Hour   // how long a robots.txt is relied on (RFC 9309, 2.4)
	robotsAgain = 10 * time.Minute // after which one that could not be read is asked for again
	manyRobots  = 16 << 20         // bytes of rules that are kept: for 10,000 forums of the usual kind about 10 MiB
	robotsCost  = 300              // bytes that keeping one takes, besides its rules
)

// robots keeps what the hosts' robots.txt say.
type robots struct {
	name    string // of us, as robots.txt knows programs
	mu      sync.Mutex
	reading map[string]*reading   // those on their way, by the same
	kept    map[string]robotsFile // by scheme, host and port
	size    int                   // bytes, about
	ignored map[string]bool       // hosts that are known to be read without asking
}

// robotsFile is what one robots.txt says.
type robotsFile struct {
	rules rules
	err   error     // a *RobotsError: nothing may be read
	until time.Time // when it is to be read again
}

func newRobots(userAgent string) *robots {
	return &robots{name: productToken(userAgent), kept: make(map[string]robotsFile), reading: make(map[string]*reading), ignored: make(map[string]bool)}
}

// reading is a robots.txt on its way.
type reading struct {
	done    chan struct{} // closed when what follows is known
	file    robotsFile
	err     error
	waiting int // under robots.mu
	cancel  context.CancelFunc
}

// rulesOf returns what the robots.txt of u's host says, fetched where it is not
// known. One that cannot be read again says what it said before. Those who ask at
// the same time wait for the same fetch; it ends when the last of them gives up.
// The error is a *RobotsError, a *BlockedError or that of ctx.
func (c *Client) rulesOf(ctx context.Context, u *url.URL, h home) (rules, error) {
	key := u.Scheme + "://" + net.JoinHostPort(canonical(u.Hostname()), portOf(u))
	if c.allow.opens(u, h) {
		key = "inside " + key // what is known of it is for those who may go there
	}
	r := c.robots
	r.mu.Lock()
	before, known := r.kept[key]
	if known && time.Now().Before(before.until) {
		r.mu.Unlock()
		return before.rules, before.err
	}
	job := r.reading[key]
	if job == nil {
		job = &reading{done: make(chan struct{})}
		ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
		job.cancel = cancel
		r.reading[key] = job
		go func() {
			job.file, job.err = c.readRobots(ctx, u, h)
			if known && before.err == nil && job.file.err != nil {
				c.log.LogAttrs(ctx, slog.LevelWarn, "robots.txt cannot be read, the one before counts",
					slog.String("host", u.Host), slog.Any("error", job.file.err))
				job.file.rules, job.file.err = before.rules, nil
			}
			r.end(key, job)
		}()
	}
	job.waiting++
	r.mu.Unlock()
	defer r.leave(key, job)
	select {
	case <-job.done:
		if job.err != nil {
			return rules{}, job.err
		}
		return job.file.rules, job.file.err
	case <-ctx.Done():
		return rules{}, fmt.Errorf("wait for robots.txt: %w", ctx.Err())
	}
}

// end keeps what job brought and tells those who wait.
func (r *robots) end(key string, job *reading) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.reading[key] == job {
		delete(r.reading, key)
	}
	if job.err == nil {
		r.put(key, job.file)
	}
	close(job.done)
}

// leave ends job when nobody waits for it any more.
func (r *robots) leave(key string, job *reading) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if job.waiting--; job.waiting == 0 {
		job.cancel()
		if r.reading[key] == job {
			delete(r.reading, key)
		}
	}
}

// readRobots fetches the robots.txt of u's host. A file that is not there refuses
// nothing; one that cannot be had now refuses everything. That goes on for as long
// as it takes: whether a site that has been broken for a month is to be read after all
// (RFC 9309, 2.3.1.4, leaves it open) is for the admin to say, with robots: ignore.
func (c *Client) readRobots(ctx context.Context, u *url.URL, h home) (robotsFile, error) {
	address := (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/robots.txt"}).String()
	resp, err := c.follow(ctx, ask{Request: Request{URL: address}, home: h, method: http.MethodGet, max: maxRobots, cut: true})
	now := time.Now()
	var blocked *BlockedError
	switch {
	case err == nil:
		return robotsFile{rules: parseRobots(resp.Body, c.robots.name), until: now.Add(robotsFor)}, nil
	case errors.As(err, &blocked), ctx.Err() != nil: // says nothing about the file
		return robotsFile{}, err
	case unavailable(err):
		return robotsFile{until: now.Add(robotsFor)}, nil
	}
	return robotsFile{err: &RobotsError{err}, until: now.Add(max(robotsAgain, RetryAfter(err)))}, nil
}

// unavailable says whether err means that there is no robots.txt to be had: the
// server says so (RFC 9309, 2.3.1.3), or redirects to nowhere (2.3.1.2).
func unavailable(err error) bool {
	var status *StatusError
	return errors.As(err, &status) && status.Status < 500 || errors.Is(err, ErrRedirects) || errors.Is(err, ErrBadURL)
}

// unreadable says whether err, for which a robots.txt could not be had, is about
// that file, while the site as such can be reached.
func unreadable(err error) bool {
	var status *StatusError
	return errors.As(err, &status) || errors.Is(err, ErrEncoding) || errors.Is(err, ErrHeaders) || errors.Is(err, ErrProtocol)
}

// overridden says whether this is the first time that u's host is read without
// asking its robots.txt.
func (r *robots) overridden(u *url.URL) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	host := canonical(u.Hostname())
	if r.ignored[host] {
		return false
	}
	if len(r.ignored) >= 10_000 { // links may lead anywhere
		clear(r.ignored)
	}
	r.ignored[host] = true
	return true
}

// put keeps f, under r.mu. When all take too much, the longest are forgotten first: a few
// hosts with much to say must not drive out the many with little.
func (r *robots) put(key string, f robotsFile) {
	cost := func(key string) int { return robotsCost + len(key) + len(r.kept[key].rules.lines) }
	if _, ok := r.kept[key]; ok {
		r.size -= cost(key)
	}
	r.kept[key] = f
	r.size += cost(key)
	for r.size > manyRobots {
		longest := key
		for k := range r.kept {
			if cost(k) > cost(longest) {
				longest = k
			}
		}
		r.size -= cost(longest)
		delete(r.kept, longest)
	}
}
