package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMain lets the test's own program stand for the command.
func TestMain(m *testing.M) {
	if os.Getenv("ENGINE_TEST_MAIN") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// TestInterrupted presses Ctrl-C in the middle of the download.
func TestInterrupted(t *testing.T) {
	started := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte("the beginning"))
		w.(http.Flusher).Flush()
		close(started)
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	npm := t.TempDir()
	if err := os.WriteFile(filepath.Join(npm, "npm"), []byte("#!/bin/sh\necho '\""+server.URL+"/lib.tgz\"'\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "ENGINE_TEST_MAIN=1", "HUIYIN_ENGINE=", "HUIYIN_CACHE="+t.TempDir(), "PATH="+npm+":/bin:/usr/bin")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-started
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	err := cmd.Wait()
	const want = "engine: interrupted; run make engine again, it goes on from here"
	if cmd.ProcessState.ExitCode() != 1 || stdout.Len() > 0 || strings.TrimSpace(stderr.String()) != want {
		t.Errorf("%v\n%s%s", err, &stdout, &stderr)
	}
}
