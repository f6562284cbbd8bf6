package websub

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"huiyin/internal/journal"
)

// subscribed is a hub with one verified subscription.
func (w *world) subscribed() (*hub, Subscription) {
	w.t.Helper()
	h := w.hub("hub.example")
	w.offer("新闻", h.url, topic)
	w.rest(time.Minute)
	w.live("新闻", true)
	h.requests()
	return h, w.kept()[0]
}

// What nobody vouches for is answered like the rest, and goes nowhere.
func TestUnsignedPushes(t *testing.T) {
	inTime(t, func(t *testing.T, w *world) {
		_, sub := w.subscribed()
		const body = "<feed>x</feed>"
		right := signed("sha256", sub.Secret, body)
		for _, c := range []struct {
			header, body string
			good         bool
		}{
			{right, body, true},
			{strings.ToUpper(right), body, true},
			{right, body, true}, // a replay: Deliver minds it not
			{right, body + " ", false},
			{right, "", false},
			{"", body, false},
			{"sha256", body, false},
			{"sha256=", body, false},
			{right[:len(right)-2], body, false},
			{right + "00", body, false},
			{"sha256=xyz", body, false},
			{"md5=" + right[7:], body, false},
			{"sha512=" + right[7:], body, false},
			{right[7:], body, false},
			{signed("sha1", sub.Secret+"x", body), body, false},
			{signed("sha1", "", body), body, false},
			{signed("sha1", sub.ID, body), body, false},
		} {
			status, _ := w.call(http.MethodPost, sub.ID, nil, http.Header{"X-Hub-Signature": {c.header}}, c.body)
			got := w.pushes()
			if c.good && (status != http.StatusNoContent || len(got) != 1) || !c.good && (status != http.StatusAccepted || len(got) != 0) {
				t.Errorf("%q: %d, brought %v", c.header, status, got)
			}
		}
		for _, why := range []string{errUnsigned.Error(), errForged.Error(), errAlgorithm.Error()} {
			if !strings.Contains(w.logged(), why) {
				t.Errorf("%q is not logged", why)
			}
		}
	})
}

// Success is answered only for what was committed, and what can never be.
func TestDelivery(t *testing.T) {
	inTime(t, func(t *testing.T, w *world) {
		h, sub := w.subscribed()
		push := func(want int, brought int) {
			t.Helper()
			if got := h.publish("<feed/>", "sha1"); len(got) != 1 || got[0] != want {
				t.Errorf("answered %v, want %d", got, want)
			}
			if n := len(w.pushes()); n != brought {
				t.Errorf("brought %d", n)
			}
		}
		w.Missed(t.Context(), "新闻")
		w.fail(errors.New("disk full"))
		push(http.StatusServiceUnavailable, 0)
		w.fail(fmt.Errorf("parse: %w", ErrUnreadable))
		push(http.StatusAccepted, 0)
		w.rest(grace)
		w.live("新闻", false) // neither was a push that works
		w.fail(nil)
		push(http.StatusNoContent, 1)
		w.live("新闻", true)

		large := strings.Repeat("x", maxBody)
		for extra, want := range map[string]int{"": http.StatusNoContent, "x": http.StatusRequestEntityTooLarge} {
			if got := h.publish(large+extra, "sha1"); got[0] != want {
				t.Errorf("%d bytes: %v", len(large+extra), got)
			}
		}
		w.pushes()
		long := http.Header{"X-Hub-Signature": {signed("sha1", sub.Secret, "x")}, "Content-Type": {strings.Repeat("编", 100)}}
		w.call(http.MethodPost, sub.ID, nil, long, "x")
		if got := w.pushes(); len(got) != 1 || len(got[0].contentType) > maxHeader || !strings.HasPrefix(long.Get("Content-Type"), got[0].contentType) {
			t.Errorf("%q", got)
		}
	})
}

// A push that was under way when its hub hung up is delivered, and a slow one holds up
// only its own subscription.
func TestSlowDelivery(t *testing.T) {
	inTime(t, func(t *testing.T, w *world) {
		_, sub := w.subscribed()
		two := w.hub("two.example")
		w.offer("论坛", two.url, topic)
		w.rest(time.Minute)
		slow, began := make(chan struct{}), make(chan struct{}, 10)
		w.mu.Lock()
		w.during = func() { began <- struct{}{}; <-slow }
		w.mu.Unlock()
		go w.hangUp(sub)
		go w.hangUp(sub)
		<-began
		w.rest(time.Second)
		if len(began) != 0 {
			t.Error("two pushes of one subscription are delivered at once")
		}
		w.mu.Lock()
		w.during = nil
		w.mu.Unlock()
		if got := two.publish("<feed>two</feed>", "sha1"); len(got) != 1 || got[0] != http.StatusNoContent || len(w.pushes()) != 1 {
			t.Errorf("%v", got)
		}
		w.rest(15 * time.Second) // the hub has given up waiting, and the second push too
		close(slow)
		w.rest(time.Second)
		if got := w.pushes(); len(got) != 1 {
			t.Errorf("%v", got)
		}
	})
}

// hangUp pushes, and does not wait long for the answer.
func (w *world) hangUp(sub Subscription) {
	const body = "<feed>one</feed>"
	client := w.net.client()
	client.Timeout = 2 * time.Second
	req, err := http.NewRequest(http.MethodPost, base+"/"+sub.ID, strings.NewReader(body))
	if err != nil {
		w.t.Error(err)
		return
	}
	req.Header.Set("X-Hub-Signature", signed("sha1", sub.Secret, body))
	if resp, err := client.Do(req); err == nil {
		resp.Body.Close()
		w.t.Errorf("answered %s", resp.Status)
	}
}

// Only what was asked for is verified, and only for who knows where.
func TestStrangers(t *testing.T) {
	inTime(t, func(t *testing.T, w *world) {
		h, sub := w.subscribed()
		before := w.kept()
		query := func(mode, topic, challenge string) url.Values {
			return url.Values{"hub.mode": {mode}, "hub.topic": {topic}, "hub.challenge": {challenge}, "hub.lease_seconds": {"5"}}
		}
		for name, c := range map[string]struct {
			id    string
			query url.Values
		}{
			"another ID":            {"AAAAAAAAAAAAAAAAAAAAAAAAAA", query("subscribe", topic, "c")},
			"an ID in lower case":   {strings.ToLower(sub.ID), query("subscribe", topic, "c")},
			"part of an ID":         {sub.ID[:25], query("subscribe", topic, "c")},
			"another topic":         {sub.ID, query("subscribe", topic+"/", "c")},
			"no topic":              {sub.ID, query("subscribe", "", "c")},
			"to unsubscribe":        {sub.ID, query("unsubscribe", topic, "c")},
			"another mode":          {sub.ID, query("publish", topic, "c")},
			"no mode":               {sub.ID, query("", topic, "c")},
			"no challenge":          {sub.ID, query("subscribe", topic, "")},
			"an endless challenge":  {sub.ID, query("subscribe", topic, strings.Repeat("c", maxChallenge+1))},
			"a denial of another":   {sub.ID, query("denied", topic+"/", "c")},
			"a stranger's denial":   {sub.ID[1:], query("denied", topic, "c")},
			"nothing":               {sub.ID, nil},
			"an ID that is no text": {"%00%ff", query("subscribe", topic, "c")},
		} {
			if status, said := w.call(http.MethodGet, c.id, c.query, nil, ""); status != http.StatusNotFound || said != "" {
				t.Errorf("%s: %d %q", name, status, said)
			}
		}
		if status, _ := w.call(http.MethodPost, "AAAAAAAAAAAAAAAAAAAAAAAAAA", nil, nil, "x"); status != http.StatusGone {
			t.Errorf("a push to nobody: %d", status)
		}
		for _, method := range []string{http.MethodHead, http.MethodPut, http.MethodDelete} {
			if status, _ := w.call(method, sub.ID, nil, nil, ""); status != http.StatusMethodNotAllowed {
				t.Errorf("%s: %d", method, status)
			}
		}
		if after := w.kept(); len(after) != 1 || after[0] != before[0] || len(w.pushes()) != 0 {
			t.Errorf("%+v, was %+v", after, before)
		}
		// A hub may make sure of a lease that is good.
		const page = "<script>alert(1)</script>"
		if status, said := w.call(http.MethodGet, sub.ID, query("subscribe", topic, page), nil, ""); status != http.StatusOK || said != page {
			t.Errorf("%d %q", status, said)
		}
		w.rest(time.Minute)
		h.stop()
		w.live("新闻", false)
	})
}

func TestRateCap(t *testing.T) {
	inTime(t, func(t *testing.T, w *world) {
		h, sub := w.subscribed()
		w.rest(time.Minute)
		counts := map[int]int{}
		for range perMinute + 30 {
			status, _ := w.call(http.MethodPost, sub.ID, nil, nil, "x")
			counts[status]++
		}
		if counts[http.StatusAccepted] != perMinute || counts[http.StatusTooManyRequests] != 30 {
			t.Errorf("%v", counts)
		}
		w.rest(time.Minute)
		if got := h.publish("<feed/>", "sha1"); got[0] != http.StatusNoContent {
			t.Errorf("%v", got)
		}
	})
}

// A restart keeps subscriptions and their secrets, and asks no hub again.
func TestRestart(t *testing.T) {
	inTime(t, func(t *testing.T, w *world) {
		h, sub := w.subscribed()
		w.restart()
		w.rest(day)
		w.offer("新闻", h.url, topic)
		w.live("新闻", true)
		if after := w.kept(); len(after) != 1 || after[0] != sub {
			t.Errorf("%+v, was %+v", after, sub)
		}
		if got := h.publish("<feed/>", "sha512"); got[0] != http.StatusNoContent || len(w.pushes()) != 1 {
			t.Errorf("%v", got)
		}
		if n := len(h.requests()); n != 0 {
			t.Errorf("asked %d times", n)
		}

		// The address of the program changes: hubs must know.
		w.base = "http://huiyin.example/websub/"
		w.restart()
		w.live("新闻", true) // a slash more is no change
		w.stop()
		w.base = "http://huiyin.example:80/websub"
		w.start()
		w.live("新闻", false)
		asked := h.requests()
		if len(asked) != 1 || asked[0].Get("hub.callback") != w.base+"/"+sub.ID {
			t.Errorf("%v", asked)
		}
		w.base = base
		w.restart()
		w.rest(time.Minute)
		w.live("新闻", true)
		h.requests()

		// A source that is taken out of the configuration is unsubscribed.
		w.sources = []string{"论坛"}
		w.restart()
		w.live("新闻", false)
		w.rest(time.Minute)
		if asked := h.requests(); len(asked) != 1 || asked[0].Get("hub.mode") != "unsubscribe" || len(w.kept()) != 0 || len(h.subs) != 0 {
			t.Errorf("%v %+v", asked, w.kept())
		}
	})
}

// A program that stops between asking and the hub's call goes on where it was.
func TestRestartMeanwhile(t *testing.T) {
	inTime(t, func(t *testing.T, w *world) {
		h := w.hub("hub.example")
		w.offer("新闻", h.url, topic)
		w.restart()
		w.rest(4 * time.Second) // now it calls
		w.live("新闻", true)
		w.rest(time.Hour)
		if n := len(h.requests()); n != 1 {
			t.Errorf("asked %d times", n)
		}
		w.offer("新闻", "", "")
		w.offer("新闻", "", "")
		w.restart()
		w.rest(4 * time.Second)
		if len(h.subs) != 0 || len(w.kept()) != 0 {
			t.Errorf("%+v", w.kept())
		}
	})
}

// While the journal fails nothing is verified, and Run ends.
func TestJournalFails(t *testing.T) {
	inTime(t, func(t *testing.T, w *world) {
		_, sub := w.subscribed()
		w.journal.Close()
		q := url.Values{"hub.mode": {"subscribe"}, "hub.topic": {topic}, "hub.challenge": {"c"}, "hub.lease_seconds": {"500"}}
		if status, said := w.call(http.MethodGet, sub.ID, q, nil, ""); status != http.StatusServiceUnavailable || said != "" {
			t.Errorf("%d %q", status, said)
		}
		w.offer("论坛", "http://hub.example/", topic)
		w.live("论坛", false)
		w.Missed(t.Context(), "新闻")
		w.live("新闻", true)
		if err := w.ask(t.Context(), sub.ID); err != nil { // not due
			t.Error(err)
		}
		w.Subscriber.mu.Lock()
		w.subs[sub.ID].Next = time.Now()
		w.Subscriber.mu.Unlock()
		if err := w.ask(t.Context(), sub.ID); err == nil {
			t.Error("a hub is asked without a trace")
		}
		w.Subscriber.mu.Lock()
		w.subs[sub.ID].Next = time.Now().Add(day)
		w.Subscriber.mu.Unlock()
	})
}

func TestNew(t *testing.T) {
	inTime(t, func(t *testing.T, w *world) {
		for _, callback := range []string{"", "/websub", "ftp://huiyin.example/", "https://a:b@huiyin.example/"} {
			o := w.Options
			o.Callback = callback
			if _, err := New(t.Context(), o); err == nil {
				t.Errorf("%q is taken for a callback", callback)
			}
		}
		if err := w.journal.Update(func(tx *journal.Tx) error { return tx.PutSubscription("x", "no subscription") }); err != nil {
			t.Fatal(err)
		}
		if _, err := New(t.Context(), w.Options); err == nil {
			t.Error("what is kept cannot be read, and is taken")
		}
	})
}
