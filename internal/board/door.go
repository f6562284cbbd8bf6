package board

import (
	"crypto/rand"
	"crypto/sha256"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// How long a way in lasts, and how many there may be.
const (
	codeLasts    = 10 * time.Minute
	sessionLasts = 12 * time.Hour
	sessionIdle  = 2 * time.Hour
	maxCodes     = 1000
	maxSessions  = 1000
	perPerson    = 10 // of each
)

type digest [sha256.Size]byte

// door lets people in: by a code that is used once, and then by a token. Only their hashes
// are kept, in memory: after a restart one asks the bot for another link.
type door struct {
	now   func() time.Time
	wrong *rate.Limiter // codes that are none

	mu       sync.Mutex
	codes    map[digest]*pass
	sessions map[digest]*pass
}

// pass is a code or a session of a person.
type pass struct {
	name        string
	bound       time.Time // since when the person had the phone that asked for the link: it names that phone
	begun, used time.Time
}

func newDoor(now func() time.Time) *door {
	return &door{
		now: now, wrong: rate.NewLimiter(rate.Every(time.Second), 20),
		codes: make(map[digest]*pass), sessions: make(map[digest]*pass),
	}
}

// code makes a code for a person with the phone that is bound since then.
func (d *door) code(name string, bound time.Time) string {
	code := rand.Text() // 130 bits
	d.mu.Lock()
	defer d.mu.Unlock()
	d.put(d.codes, code, pass{name: name, bound: bound}, maxCodes, codeLasts)
	return code
}

// enter uses a code up and returns a session's token; false when the code is not, or no
// longer, good. tooMany tells that there were many such before.
func (d *door) enter(code string) (p pass, token string, ok, tooMany bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	key := sha256.Sum256([]byte(code))
	held := d.codes[key]
	delete(d.codes, key)
	if held == nil || !d.now().Before(held.begun.Add(codeLasts)) {
		return pass{}, "", false, !d.wrong.AllowN(d.now(), 1)
	}
	token = rand.Text()
	d.put(d.sessions, token, *held, maxSessions, sessionLasts)
	return *held, token, true, false
}

// put keeps a pass. Those that are over go, and of a person's, or of all, that which was
// not used for longest where there are too many.
func (d *door) put(in map[digest]*pass, secret string, of pass, most int, lasts time.Duration) {
	now := d.now()
	for key, p := range in {
		if !now.Before(p.begun.Add(lasts)) || lasts == sessionLasts && !now.Before(p.used.Add(sessionIdle)) {
			delete(in, key)
		}
	}
	drop := func(limit int, counts func(*pass) bool) {
		var oldest digest
		var at *pass
		n := 0
		for key, p := range in {
			if !counts(p) {
				continue
			}
			if n++; at == nil || p.used.Before(at.used) {
				oldest, at = key, p
			}
		}
		if n >= limit {
			delete(in, oldest)
		}
	}
	drop(perPerson, func(p *pass) bool { return p.name == of.name })
	drop(most, func(*pass) bool { return true })
	of.begun, of.used = now, now
	in[sha256.Sum256([]byte(secret))] = &of
}

// who has that token; the zero pass when nobody has, or no longer. idle tells that nobody asked,
// but a page that renews itself.
func (d *door) who(token string, idle bool) pass {
	d.mu.Lock()
	defer d.mu.Unlock()
	key := sha256.Sum256([]byte(token))
	p, ok := d.sessions[key]
	now := d.now()
	if !ok || !now.Before(p.begun.Add(sessionLasts)) || !now.Before(p.used.Add(sessionIdle)) {
		delete(d.sessions, key)
		return pass{}
	}
	if !idle {
		p.used = now
	}
	return *p
}

// leave ends a session.
func (d *door) leave(token string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.sessions, sha256.Sum256([]byte(token)))
}
