package websub

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

const day = 24 * time.Hour

func TestSubscribe(t *testing.T) {
	for _, atOnce := range []bool{false, true} {
		inTime(t, func(t *testing.T, w *world) {
			h := w.hub("hub.example")
			h.set(func(h *hub) { h.atOnce = atOnce })
			w.offer("论坛", "", "")
			w.offer("新闻", h.url, topic)
			w.offer("新闻", h.url, topic)
			w.rest(time.Minute)
			asked := h.requests()
			if len(asked) != 1 {
				t.Fatalf("asked %d times", len(asked))
			}
			f := asked[0]
			id, ours := strings.CutPrefix(f.Get("hub.callback"), base+"/")
			if f.Get("hub.mode") != "subscribe" || f.Get("hub.topic") != topic || f.Get("hub.lease_seconds") != "864000" ||
				!ours || len(id) < 22 || len(f.Get("hub.secret")) < 40 || len(f.Get("hub.secret")) >= 200 || strings.Contains(f.Get("hub.secret"), id) {
				t.Errorf("%v", f)
			}
			w.live("新闻", true)
			w.live("论坛", false)
			w.live("没有的", false)
			for algorithm := range algorithms {
				body := "<feed>" + algorithm + "</feed>"
				if got := h.publish(body, algorithm); len(got) != 1 || got[0] != http.StatusNoContent {
					t.Errorf("%s: answered %v", algorithm, got)
				}
				if got := w.pushes(); len(got) != 1 || got[0] != (push{"新闻", body, atom}) {
					t.Errorf("%s: brought %v", algorithm, got)
				}
			}
		})
	}
}

// A lease is renewed before it ends, however long it is and whatever a hub says of it, and
// hubs are not asked without need.
func TestLeases(t *testing.T) {
	for _, c := range []struct {
		lease       string
		until       time.Duration
		days        int
		least, most int // requests in these days
		always      bool
	}{
		{"", 10 * day, 30, 4, 6, true},
		{"86400", day, 30, 40, 52, true},
		{"3600", time.Hour, 2, 60, 90, true},
		{"60", time.Minute, 1, 130, 150, false}, // live only part of the time: polls go on
		{"0", day, 10, 13, 18, true},
		{"-", day, 10, 13, 18, true},
		{"-3", day, 10, 13, 18, true},
		{"1e9", day, 10, 13, 18, true},
		{"31536000", 10 * day, 30, 4, 6, true},
		{"9223372036854775807", 10 * day, 30, 4, 6, true},
		{"92233720368547758070", day, 10, 13, 18, true},
	} {
		t.Run(c.lease, func(t *testing.T) {
			inTime(t, func(t *testing.T, w *world) {
				h := w.hub("hub.example")
				h.set(func(h *hub) { h.lease = c.lease })
				w.offer("新闻", h.url, topic)
				w.rest(3 * time.Second)
				first := w.kept()[0]
				if got := time.Until(first.Until); got != c.until {
					t.Errorf("good for %v, want %v", got, c.until)
				}
				for range c.days * 48 {
					w.rest(30 * time.Minute)
					if c.always {
						w.live("新闻", true)
					}
				}
				if n := len(h.requests()); n < c.least || n > c.most {
					t.Errorf("asked %d times in %d days", n, c.days)
				}
				if last := w.kept()[0]; last.ID != first.ID || last.Secret != first.Secret {
					t.Error("a renewal changed the address or the secret")
				}
			})
		})
	}
}

// A hub that is away, refuses or does not call back is asked again, ever more rarely.
func TestRetries(t *testing.T) {
	for name, fault := range map[string]func(*hub, bool){
		"away":    func(h *hub, bad bool) { h.url = map[bool]string{true: "http://none.example/", false: h.url}[bad] },
		"refuses": func(h *hub, bad bool) { h.status = map[bool]int{true: 503}[bad] },
		"mute":    func(h *hub, bad bool) { h.mute = bad },
	} {
		t.Run(name, func(t *testing.T) {
			inTime(t, func(t *testing.T, w *world) {
				h := w.hub("hub.example")
				good := h.url
				h.set(func(h *hub) { fault(h, true) })
				if name == "away" {
					h.stop()
				}
				w.offer("新闻", good, topic)
				w.rest(day)
				w.live("新闻", false)
				tries := w.kept()[0].Failures
				if tries < 7 || tries > 10 {
					t.Errorf("asked %d times in a day", tries)
				}
				w.rest(30 * day)
				if n := w.kept()[0].Failures - tries; n < 27 || n > 34 {
					t.Errorf("asked %d times in thirty more days", n)
				}
				if name == "away" {
					h = w.hub("hub.example")
				}
				h.set(func(h *hub) { fault(h, false) })
				w.rest(27 * time.Hour)
				w.live("新闻", true)
				if s := w.kept()[0]; s.Failures != 0 || s.Pending {
					t.Errorf("%+v", s)
				}
			})
		})
	}
}

// A renewal that fails leaves the old lease in force to its end, and no longer.
func TestLeaseEnds(t *testing.T) {
	inTime(t, func(t *testing.T, w *world) {
		h := w.hub("hub.example")
		w.offer("新闻", h.url, topic)
		w.rest(4 * time.Second)
		h.set(func(h *hub) { h.status = 500 })
		w.rest(10*day - 2*time.Second)
		w.live("新闻", true)
		w.rest(time.Second)
		w.live("新闻", false)
		h.set(func(h *hub) { h.status = 0 })
		w.rest(27 * time.Hour)
		w.live("新闻", true)
	})
}

func TestDenied(t *testing.T) {
	inTime(t, func(t *testing.T, w *world) {
		h := w.hub("hub.example")
		h.set(func(h *hub) { h.deny = "this topic is\nnot for you" })
		w.offer("新闻", h.url, topic)
		w.rest(time.Minute)
		w.live("新闻", false)
		if !strings.Contains(w.logged(), `not for you`) {
			t.Error("the reason is not told")
		}
		id := w.kept()[0].ID
		verification := url.Values{"hub.mode": {"subscribe"}, "hub.topic": {topic}, "hub.challenge": {"c"}, "hub.lease_seconds": {"99"}}
		if status, _ := w.call(http.MethodGet, id, verification, nil, ""); status != http.StatusNotFound {
			t.Errorf("what was denied is verified: %d", status)
		}
		for range 6 * 24 {
			w.offer("新闻", h.url, topic)
			w.rest(time.Hour)
		}
		if n := len(h.requests()); n != 1 {
			t.Errorf("asked %d times in six days", n)
		}
		h.set(func(h *hub) { h.deny = "" })
		w.rest(2 * day)
		w.live("新闻", true)
		// A hub may deny what it had granted.
		denial := url.Values{"hub.mode": {"denied"}, "hub.topic": {topic}}
		if status, said := w.call(http.MethodGet, id, denial, nil, ""); status != http.StatusOK || said != "" {
			t.Errorf("%d %q", status, said)
		}
		w.live("新闻", false)
	})
}

// A feed that names another hub or topic, twice, moves there; one that names none, twice,
// unsubscribes. The odd document changes nothing.
func TestMoves(t *testing.T) {
	inTime(t, func(t *testing.T, w *world) {
		for _, o := range []offer{
			{"javascript:alert(1)", topic}, {"/hub", topic}, {"http://", topic}, {"https://a:b@hub.example/", topic},
			{"https://hub.example/", ""}, {"https://hub.example/", "urn:feed"}, {"", topic}, {"https://hub.example/", topic + strings.Repeat("x", maxURL)},
		} {
			w.offer("论坛", o.hub, o.topic)
			w.offer("论坛", o.hub, o.topic)
			if len(w.kept()) != 0 {
				t.Errorf("%.60q is subscribed", o)
			}
		}
		one, two := w.hub("one.example"), w.hub("two.example")
		w.offer("新闻", one.url, topic)
		w.rest(time.Minute)
		for i := range 20 {
			w.offer("新闻", one.url, fmt.Sprint(topic, i)) // never the same
			w.offer("新闻", "", "")
			w.offer("新闻", one.url, topic)
			w.offer("新闻", "javascript:alert(1)", topic)
			w.offer("新闻", one.url, topic)
			w.offer("新闻", two.url, "")
			w.offer("新闻", one.url, topic)
		}
		w.rest(time.Minute)
		w.live("新闻", true)
		if n := len(one.requests()) + len(two.requests()); n != 1 {
			t.Fatalf("asked %d times", n)
		}
		old := w.kept()[0]
		w.offer("新闻", two.url, topic)
		w.offer("新闻", two.url, topic)
		w.rest(time.Minute)
		w.live("新闻", true)
		kept := w.kept()
		if len(kept) != 1 || kept[0].Hub != two.url || kept[0].ID == old.ID || kept[0].Secret == old.Secret {
			t.Errorf("%+v", kept)
		}
		asked := one.requests()
		if len(asked) != 1 || asked[0].Get("hub.mode") != "unsubscribe" || asked[0].Get("hub.callback") != base+"/"+old.ID || asked[0].Has("hub.secret") {
			t.Errorf("%v", asked)
		}
		if got := two.publish("<feed/>", "sha1"); len(one.subs) != 0 || len(got) != 1 || got[0] != http.StatusNoContent {
			t.Errorf("%d left at the old hub; %v", len(one.subs), got)
		}
		w.offer("新闻", "", "")
		w.offer("新闻", "", "")
		w.live("新闻", false)
		w.rest(time.Minute)
		if len(two.subs) != 0 || len(w.kept()) != 0 {
			t.Errorf("%v %+v", two.subs, w.kept())
		}
	})
}

// A hub that does not let go is asked a few times; it gets no ear any more.
func TestPartingInVain(t *testing.T) {
	inTime(t, func(t *testing.T, w *world) {
		h := w.hub("hub.example")
		w.offer("新闻", h.url, topic)
		w.rest(time.Minute)
		h.set(func(h *hub) { h.mute = true })
		w.offer("新闻", "", "")
		w.offer("新闻", "", "")
		if got := h.publish("<feed/>", "sha1"); len(got) != 1 || got[0] != http.StatusGone || len(w.pushes()) != 0 {
			t.Errorf("%v", got)
		}
		w.rest(day)
		if n := len(h.requests()); n != 1+maxParting || len(w.kept()) != 0 {
			t.Errorf("asked %d times, %+v", n, w.kept())
		}
		w.offer("新闻", h.url, topic) // comes back: anew
		h.set(func(h *hub) { h.mute, h.status = true, 500 })
		w.offer("新闻", "", "")
		w.offer("新闻", "", "") // never verified: nothing to undo
		if n := len(h.requests()); n != 1 || len(w.kept()) != 0 {
			t.Errorf("asked %d times, %+v", n, w.kept())
		}
	})
}

// Pushes that do not come are found out by the polls, and trusted again when one comes.
func TestMissed(t *testing.T) {
	inTime(t, func(t *testing.T, w *world) {
		h := w.hub("hub.example")
		w.Missed(t.Context(), "新闻")
		w.offer("新闻", h.url, topic)
		w.Missed(t.Context(), "新闻") // before anything was verified
		w.rest(time.Minute)
		w.live("新闻", true)
		w.Missed(t.Context(), "新闻")
		w.rest(grace - time.Second)
		w.live("新闻", true)
		h.publish("<feed/>", "sha256") // a little late, and that is all
		w.rest(time.Hour)
		w.live("新闻", true)
		if n := len(h.requests()); n != 1 {
			t.Errorf("asked %d times", n)
		}
		w.rest(2 * day)
		w.Missed(t.Context(), "新闻")
		w.rest(time.Minute)
		w.Missed(t.Context(), "新闻") // does not begin anew
		w.rest(grace - time.Minute)
		w.live("新闻", false)
		w.rest(time.Minute)
		if n := len(h.requests()); n != 1 { // the hub may have forgotten us
			t.Errorf("asked %d times", n)
		}
		w.live("新闻", false) // it verifies, but has pushed nothing
		w.restart()
		w.live("新闻", false)
		w.rest(3 * day)
		if n := len(h.requests()); n < 2 || n > 4 {
			t.Errorf("asked %d times in three days", n)
		}
		h.publish("<feed/>", "sha256")
		w.live("新闻", true)
		w.restart()
		w.live("新闻", true)
	})
}
