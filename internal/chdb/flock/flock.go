// Package flock locks a file between processes. The kernel drops the lock when
// its holder ends, however it ends, so there is no stale lock to clean up.
package flock

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Lock is a held lock.
type Lock struct{ file *os.File }

// HeldError says that another process (or another Lock of this one) has the
// lock.
type HeldError struct {
	Path string
	Pid  int // the holder, 0 if it cannot be told
}

func (e *HeldError) Error() string {
	if e.Pid == 0 {
		return e.Path + " is locked by another process"
	}
	return fmt.Sprintf("%s is locked by process %d", e.Path, e.Pid)
}

// Try locks path, which it makes if need be, or returns a *HeldError at once.
// The file then holds this process's id.
func Try(path string) (*Lock, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer f.Close()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock %s: %w", path, err)
		}
		held := &HeldError{Path: path}
		text := make([]byte, 20)
		n, _ := f.ReadAt(text, 0) // without a readable id the message names none
		held.Pid, _ = strconv.Atoi(strings.TrimSpace(string(text[:n])))
		return nil, held
	}
	// The id is a help for a person only: a full disk must not stop us here.
	if f.Truncate(0) == nil {
		_, _ = f.WriteString(strconv.Itoa(os.Getpid()) + "\n")
	}
	return &Lock{f}, nil
}

// Wait is Try again and again until ctx ends; its error then is the
// *HeldError. It calls waiting once if it has to wait at all.
func Wait(ctx context.Context, path string, waiting func(*HeldError)) (*Lock, error) {
	for first := true; ; first = false {
		l, err := Try(path)
		var held *HeldError
		if !errors.As(err, &held) {
			return l, err
		}
		if first {
			waiting(held)
		}
		select {
		case <-ctx.Done():
			return nil, held
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Unlock gives the lock back.
func (l *Lock) Unlock() error { return l.file.Close() }
