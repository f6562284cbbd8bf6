package playground

import (
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"
)

// TestMain runs the tests, or is the engine or the playground that one of them started.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "engine-child" {
		os.Exit(Child(os.Args[2:]))
	}
	if len(os.Args) > 1 && os.Args[1] == "whole-playground" {
		whole(os.Args[2])
	}
	os.Exit(m.Run())
}

// options are those of a test's own playground in dir.
func options(dir string) (Options, error) {
	exe, err := os.Executable()
	return Options{
		Dir: dir, Listen: "127.0.0.1:0", Child: []string{exe, "engine-child"},
		Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
	}, err
}

// running is a fresh playground that has read and told everything it began with.
func running(t *testing.T) *Playground {
	t.Helper()
	opts, err := options(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	c := &checker{opts: opts, out: io.Discard, http: client}
	if err := c.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.stop(); err != nil {
			t.Error(err)
		}
	})
	if err := c.settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c.p
}

// client does not follow redirects.
var client = &http.Client{
	Timeout:       time.Minute,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// postForm posts to the forum and returns the answer's status and Location.
func postForm(t *testing.T, p *Playground, form url.Values, header ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(http.MethodPost, p.URL()+"/town/forum", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode, res.Header.Get("Location")
}
