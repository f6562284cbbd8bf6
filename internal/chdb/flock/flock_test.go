package flock

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.lock")
	first, err := Try(path)
	if err != nil {
		t.Fatal(err)
	}
	var held *HeldError
	if _, err := Try(path); !errors.As(err, &held) || held.Pid != os.Getpid() || held.Path != path {
		t.Errorf("second: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := Wait(ctx, path, func(*HeldError) { cancel() }); !errors.As(err, &held) {
		t.Errorf("wait that is cancelled: %v", err)
	}
	second, err := Wait(t.Context(), path, func(*HeldError) {
		if err := first.Unlock(); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Unlock(); err != nil {
		t.Error(err)
	}
	if third, err := Try(path); err != nil {
		t.Error(err)
	} else if err := third.Unlock(); err != nil {
		t.Error(err)
	}
}

func TestNoFolder(t *testing.T) {
	if _, err := Try(filepath.Join(t.TempDir(), "no", "a.lock")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	for want, err := range map[string]error{"process 7": &HeldError{"x", 7}, "another process": &HeldError{"x", 0}} {
		if !strings.Contains(err.Error(), want) {
			t.Error(err)
		}
	}
}
