package playground

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// whole is a process that is a playground in dir until it is killed. It prints its
// URL when it is ready.
func whole(dir string) {
	opts, err := options(dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	p, err := Open(opts)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	go func() {
		<-p.Ready()
		fmt.Println(p.URL())
	}()
	fmt.Fprintln(os.Stderr, p.Run(context.Background()))
	os.Exit(1)
}

// victim starts such a process and returns its URL and how to kill it.
func victim(t *testing.T, dir string) (home string, kill func()) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "whole-playground", dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
	}
	home, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		kill()
		t.Fatalf("the playground did not get ready: %v", err)
	}
	return strings.TrimSpace(home), kill
}

// onPhone waits until the page's stream shows 王敏 a message with all the words.
func onPhone(t *testing.T, home string, words ...string) bubble {
	t.Helper()
	res, err := http.Get(home + "/api/live")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	lines := bufio.NewReader(res.Body)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			t.Fatalf("the stream ended before %q came: %v", words, err)
		}
		var d chatDelta
		data, ok := bytes.CutPrefix(line, []byte("data: "))
		if !ok || json.Unmarshal(data, &d) != nil || d.Person != idOf("王敏") {
			continue
		}
		i := slices.IndexFunc(d.Messages, func(b bubble) bool {
			return !b.Mine && !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(b.HTML, w) })
		})
		if i >= 0 {
			return d.Messages[i]
		}
	}
}

// TestKill kills the whole demo with SIGKILL right after a post, right after its card
// came, and right after a tap. Each time it goes on; in the end the phones, the town
// and ClickHouse agree.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	follow := &http.Client{} // redirects too, to learn the posts' addresses
	c := &checker{out: io.Discard, http: follow, kills: 3}
	posting := func(home, title, text string) {
		t.Helper()
		c.p = &Playground{addr: strings.TrimPrefix(home, "http://")}
		if err := c.post(t.Context(), title, text, true); err != nil {
			t.Fatal(err)
		}
	}

	home, kill := victim(t, dir)
	posting(home, "泉水路停水", "泉水路从早上开始停水，楼里住着几位独居老人，请问几点恢复？")
	kill()

	home, kill = victim(t, dir)
	onPhone(t, home, "泉水路停水")
	posting(home, "槐树街水压太低", "槐树街十号院的水压太低，三楼的洗衣机进不了水，已经一个星期了。")
	onPhone(t, home, "槐树街水压太低")
	kill()

	home, kill = victim(t, dir)
	card := onPhone(t, home, "槐树街水压太低", "请在")
	body := fmt.Sprintf(`{"person": %d, "message": %d, "index": 0}`, idOf("王敏"), card.ID)
	res, err := follow.Post(home+"/api/tap", "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	kill()
	if res.StatusCode != http.StatusNoContent {
		t.Fatalf("the tap was answered %s", res.Status)
	}

	opts, err := options(dir)
	if err != nil {
		t.Fatal(err)
	}
	c.opts = opts
	if err := c.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := c.stop(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := c.wait(t.Context(), settleIn, "签收 on the card", func() bool {
		return c.shows("王敏", "槐树街水压太低", "已签收")
	}); err != nil {
		t.Error(err)
	}
	for _, step := range []func(context.Context) error{c.settled, c.reconcile} {
		if err := step(t.Context()); err != nil {
			t.Error(err)
		}
	}
}
