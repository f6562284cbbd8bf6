package websub

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// notes is a store in memory.
type notes struct {
	mu   sync.Mutex
	subs map[string]string
}

func (n *notes) Subscriptions(_ context.Context, f func(string, []byte) error) error {
	for id, raw := range n.subs {
		if err := f(id, []byte(raw)); err != nil {
			return err
		}
	}
	return nil
}

func (n *notes) PutSubscription(_ context.Context, id string, v any) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	raw, err := json.Marshal(v)
	n.subs[id] = string(raw)
	return err
}

func (n *notes) DropSubscription(_ context.Context, id string) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.subs, id)
	return nil
}

// Whatever is sent to the callback, only a signed push is delivered, and only a call with
// the right topic and mode changes what is kept.
func FuzzCallback(f *testing.F) {
	const secret = "s3cret"
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	good := url.Values{"hub.mode": {"subscribe"}, "hub.topic": {topic}, "hub.challenge": {"c"}, "hub.lease_seconds": {"864000"}}
	f.Add("GET", "WANTED", good.Encode(), "", "", "")
	f.Add("GET", "LEAVING", strings.ReplaceAll(good.Encode(), "subscribe", "unsubscribe"), "", "", "")
	f.Add("GET", "WANTED", "hub.mode=denied&hub.reason=%ff&hub.topic="+url.QueryEscape(topic), "", "", "")
	f.Add("POST", "WANTED", "", signed("sha1", secret, "<feed/>"), "<feed/>", atom)
	f.Add("POST", "LEAVING", "", signed("sha512", secret, "<feed/>"), "<feed/>", atom)
	f.Add("POST", "NONE", "%%%;&=", "sha256=00", "x", "\xff")
	f.Fuzz(func(t *testing.T, method, id, query, signature, body, contentType string) {
		store := &notes{subs: map[string]string{}}
		for id, sub := range map[string]Subscription{
			"WANTED":  {ID: "WANTED", Source: "新闻", Topic: topic, Callback: base + "/", Secret: secret, Pending: true, Next: now},
			"LEAVING": {ID: "LEAVING", Source: "论坛", Topic: topic, Callback: base + "/", Secret: secret, Leaving: true, Until: now.Add(day)},
		} {
			if err := store.PutSubscription(t.Context(), id, sub); err != nil {
				t.Fatal(err)
			}
		}
		before := maps.Clone(store.subs)
		var brought []string
		s, err := New(t.Context(), Options{
			Store: store, Callback: base, Sources: []string{"新闻", "论坛"}, Log: slog.New(slog.DiscardHandler),
			Now: func() time.Time { return now },
			Deliver: func(_ context.Context, source string, body []byte, _ string) error {
				brought = append(brought, source+string(body))
				return nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodGet, "/", strings.NewReader(body))
		r.Method, r.URL.RawQuery = method, query
		r.Header.Set("X-Hub-Signature", signature)
		r.Header.Set("Content-Type", contentType)
		r.SetPathValue("id", id)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)

		q := r.URL.Query()
		if len(brought) > 0 && (method != "POST" || id != "WANTED" || brought[0] != "新闻"+body || verify(signature, secret, []byte(body)) != nil) {
			t.Errorf("delivered %q", brought)
		}
		known := id == "WANTED" || id == "LEAVING"
		if !maps.Equal(before, store.subs) && (method != "GET" || !known || q.Get("hub.topic") != topic) {
			t.Errorf("%s changed %v to %v", method, before, store.subs)
		}
		if _, there := store.subs["WANTED"]; !there {
			t.Error("what is wanted is gone")
		}
		if said := w.Body.String(); said != "" && (said != q.Get("hub.challenge") || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain")) {
			t.Errorf("said %q", said)
		}
		if w.Code == http.StatusOK && (method != "GET" || !known) || w.Code >= 500 {
			t.Errorf("%s: %d", method, w.Code)
		}
	})
}
