package botapi

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"time"
)

// Long polls last at most this many seconds, whatever the bot asks for, as at Telegram.
const maxPollSeconds = 50

// A webhook that fails is called again after these times, doubling in between.
const (
	firstRetry = 100 * time.Millisecond
	lastRetry  = 10 * time.Second
)

func conflict(description string) *apiError {
	return &apiError{Code: http.StatusConflict, Description: "Conflict: " + description}
}

// queue adds an update, unless the bot asked not to get its kind.
func (t *tx) queue(kind string, u wireUpdate) error {
	var allowed []string
	if _, err := t.get(bMeta, []byte("allowed"), &allowed); err != nil {
		return err
	}
	if len(allowed) > 0 && !slices.Contains(allowed, kind) {
		return nil
	}
	id, err := t.next(bUpdates)
	if err != nil {
		return err
	}
	u.ID = id
	return t.put(bUpdates, key(id), u)
}

// allow keeps allowed_updates, if given, for the updates to come.
func (t *tx) allow(p params) error {
	raw, ok := p["allowed_updates"]
	if !ok {
		return nil
	}
	var kinds []string
	if err := json.Unmarshal([]byte(raw), &kinds); err != nil {
		return badRequest("can't parse allowed_updates JSON object")
	}
	return t.put(bMeta, []byte("allowed"), kinds)
}

// confirm forgets the updates before offset; a negative one keeps only that many of
// the last. An offset beyond the next update confirms nothing, as at Telegram.
func (t *tx) confirm(offset int) error {
	b := t.Bucket(bUpdates)
	if offset > int(b.Sequence())+1 {
		return nil
	}
	var ids [][]byte
	err := b.ForEach(func(id, _ []byte) error {
		if offset < 0 || binary.BigEndian.Uint64(id) < uint64(offset) {
			ids = append(ids, id)
		}
		return nil
	})
	if offset < 0 {
		ids = ids[:max(len(ids)+offset, 0)]
	}
	for _, id := range ids {
		err = errors.Join(err, b.Delete(id))
	}
	return err
}

func (s *Server) getUpdates(ctx context.Context, p params) (any, error) {
	offset := p.number("offset", 0, -1<<31, 1<<31-1)
	limit := p.number("limit", 100, 1, 100)
	seconds := p.number("timeout", 0, 0, maxPollSeconds)
	ended := s.takePoll()
	defer s.leavePoll(ended)
	err := s.update(func(t *tx) error {
		if h, err := t.webhook(); err != nil || h.URL != "" {
			if err == nil {
				err = conflict("can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first")
			}
			return err
		}
		if err := t.allow(p); err != nil {
			return err
		}
		return t.confirm(offset)
	})
	if err != nil {
		return nil, err
	}
	timer := time.NewTimer(time.Duration(seconds) * time.Second)
	defer timer.Stop()
	for over := seconds == 0; ; {
		changed := s.Changed()
		list, hooked, err := s.pending(limit)
		switch {
		case isClosed(ended):
			return nil, conflict("terminated by other getUpdates request; make sure that only one bot instance is running")
		case err != nil:
			return nil, err
		case hooked:
			return nil, conflict("terminated by setWebhook request")
		case over || len(list) > 0:
			return list, nil
		}
		select {
		case <-changed:
		case <-ended:
		case <-timer.C:
			over = true
		case <-ctx.Done():
			over = true
		case <-s.ctx.Done():
			over = true
		}
	}
}

func isClosed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// takePoll ends the getUpdates that is running, if any, in favour of the caller.
func (s *Server) takePoll() chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.poll != nil {
		close(s.poll)
	}
	s.poll = make(chan struct{})
	return s.poll
}

func (s *Server) leavePoll(mine chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.poll == mine {
		s.poll = nil
	}
}

// pending returns the oldest updates, and whether a webhook is set.
func (s *Server) pending(limit int) (list []json.RawMessage, hooked bool, err error) {
	list = []json.RawMessage{}
	err = s.view(func(t *tx) error {
		h, err := t.webhook()
		if err != nil {
			return err
		}
		hooked = h.URL != ""
		c := t.Bucket(bUpdates).Cursor()
		for k, v := c.First(); k != nil && len(list) < limit; k, v = c.Next() {
			list = append(list, bytes.Clone(v))
		}
		return nil
	})
	return list, hooked, err
}

// webhook is where updates are sent, with the last thing that went wrong.
type webhook struct {
	URL            string
	Secret         string
	MaxConnections int
	ErrorDate      int64 // Unix seconds
	Error          string
}

func (t *tx) webhook() (webhook, error) {
	var h webhook
	_, err := t.get(bMeta, []byte("webhook"), &h)
	return h, err
}

var reSecret = regexp.MustCompile(`^[A-Za-z0-9_-]*$`)

// setWebhook takes http:// as well, unlike Telegram: here everything is loopback.
func (s *Server) setWebhook(_ context.Context, p params) (any, error) {
	h := webhook{URL: p["url"], Secret: p["secret_token"], MaxConnections: p.number("max_connections", 40, 1, 100)}
	if h.URL == "" {
		h = webhook{}
	} else if u, err := url.Parse(h.URL); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, badRequest("invalid webhook URL specified")
	}
	if len(h.Secret) > 256 {
		return nil, badRequest("secret token is too long")
	}
	if !reSecret.MatchString(h.Secret) {
		return nil, badRequest("secret token contains unallowed characters")
	}
	return s.changeWebhook(p, h)
}

func (s *Server) deleteWebhook(_ context.Context, p params) (any, error) {
	return s.changeWebhook(p, webhook{})
}

func (s *Server) changeWebhook(p params, h webhook) (any, error) {
	err := s.update(func(t *tx) error {
		if err := t.allow(p); err != nil {
			return err
		}
		if p.flag("drop_pending_updates") {
			if err := t.confirm(int(t.Bucket(bUpdates).Sequence()) + 1); err != nil {
				return err
			}
		}
		return t.put(bMeta, []byte("webhook"), h)
	})
	select {
	case s.rehook <- struct{}{}:
	default:
	}
	return true, err
}

// Pending is how many updates the bot has not confirmed yet.
func (s *Server) Pending() (n int) {
	err := s.view(func(t *tx) error {
		n = t.Bucket(bUpdates).Stats().KeyN
		return nil
	})
	if err != nil {
		s.opts.Log.Error("store unreadable", slog.Any("error", err))
	}
	return n
}

func (s *Server) getWebhookInfo(context.Context, params) (any, error) {
	info := struct {
		URL            string   `json:"url"`
		Certificate    bool     `json:"has_custom_certificate"`
		Pending        int      `json:"pending_update_count"`
		ErrorDate      int64    `json:"last_error_date,omitempty"`
		Error          string   `json:"last_error_message,omitempty"`
		MaxConnections int      `json:"max_connections,omitempty"`
		Allowed        []string `json:"allowed_updates,omitempty"`
	}{}
	err := s.view(func(t *tx) error {
		h, err := t.webhook()
		if err != nil {
			return err
		}
		info.URL, info.ErrorDate, info.Error, info.MaxConnections = h.URL, h.ErrorDate, h.Error, h.MaxConnections
		info.Pending = t.Bucket(bUpdates).Stats().KeyN
		_, err = t.get(bMeta, []byte("allowed"), &info.Allowed)
		return err
	})
	return info, err
}

// deliver sends updates to the webhook, one at a time and in order, and each until
// the webhook has taken it. It ends with Close.
func (s *Server) deliver() {
	defer close(s.done)
	wait := firstRetry
	for s.ctx.Err() == nil {
		changed := s.Changed()
		h, id, body, err := s.nextDelivery()
		if err != nil {
			s.opts.Log.Error("webhook queue unreadable", slog.Any("error", err))
		}
		if err != nil || body == nil {
			select {
			case <-changed:
			case <-s.ctx.Done():
			}
			continue
		}
		err = s.post(h, body)
		if err := s.delivered(h, id, err); err != nil {
			s.opts.Log.Error("webhook delivery not noted", slog.Any("error", err))
		}
		if err == nil {
			wait = firstRetry
			continue
		}
		s.opts.Log.Warn("webhook failed, will try again", slog.Any("error", err))
		select {
		case <-time.After(wait):
			wait = min(2*wait, lastRetry)
		case <-s.rehook:
			wait = firstRetry
		case <-s.ctx.Done():
		}
	}
}

func (s *Server) nextDelivery() (h webhook, id, body []byte, err error) {
	err = s.view(func(t *tx) error {
		if h, err = t.webhook(); err != nil || h.URL == "" {
			return err
		}
		k, v := t.Bucket(bUpdates).Cursor().First()
		id, body = bytes.Clone(k), bytes.Clone(v)
		return nil
	})
	return h, id, body, err
}

// post makes one attempt. What a webhook writes in its answer is not read: a bot
// could call a method that way at Telegram, but not here.
func (s *Server) post(h webhook, body []byte) error {
	req, err := http.NewRequestWithContext(s.ctx, http.MethodPost, h.URL, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("call webhook: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	if h.Secret != "" {
		req.Header.Set("X-Telegram-Bot-Api-Secret-Token", h.Secret)
	}
	resp, err := s.opts.Client.Do(req)
	if err != nil {
		return fmt.Errorf("call webhook: %w", err)
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, maxPlain) // so that the connection can be used again
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("wrong response from the webhook: %s", resp.Status)
	}
	return nil
}

// delivered forgets the update, or keeps what went wrong for getWebhookInfo.
func (s *Server) delivered(h webhook, id []byte, failure error) error {
	return s.update(func(t *tx) error {
		if failure == nil {
			return t.Bucket(bUpdates).Delete(id)
		}
		now, err := t.webhook()
		if err != nil || now.URL != h.URL {
			return err
		}
		now.Error, now.ErrorDate = failure.Error(), s.opts.Now().Unix()
		return t.put(bMeta, []byte("webhook"), now)
	})
}
