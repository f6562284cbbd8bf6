package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strings"
	"syscall"
	"time"
)

// memory is what a process holds, in bytes.
type memory struct {
	RSS  int64 // all that is resident
	File int64 // of it, what are pages of files that can be dropped and read again
}

// own is what is resident but for pages of files.
func (m memory) own() int64 { return m.RSS - m.File }

// resident reads it from the kernel (proc(5): VmRSS and RssFile of /proc/self/status).
func resident() (m memory, err error) {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return m, err
	}
	defer func() { _ = f.Close() }()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), ":")
		var kib int64
		switch name {
		case "VmRSS", "RssFile":
			if _, err := fmt.Sscanf(value, "%d kB", &kib); err != nil {
				return m, fmt.Errorf("/proc/self/status: %s: %w", name, err)
			}
		}
		switch name {
		case "VmRSS":
			m.RSS = kib << 10
		case "RssFile":
			m.File = kib << 10
		}
	}
	return m, nil
}

// cpu is the time that this process has spent on processors so far, user and system.
func cpu() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0 // it cannot fail for oneself
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// figures are what a stretch of polling took.
type figures struct {
	Seconds float64
	CPU     float64 // seconds
	Polls   int64   // feeds that were read, whether they had changed or not
	Same    int64   // of them, answered with 304
	Posts   int64   // new ones, committed
	Failed  int64
	Peak    memory // at the moment when most was resident
}

// perSecond is polls per second of time.
func (f figures) perSecond() float64 { return float64(f.Polls) / max(f.Seconds, 1e-9) }

// perPoll is milliseconds of CPU.
func (f figures) perPoll() float64 { return 1000 * f.CPU / float64(max(f.Polls, 1)) }

// sampleEvery is how often the memory is looked at.
const sampleEvery = 50 * time.Millisecond

// measured measures until done is closed; count gives the polls so far.
func measured(done <-chan struct{}, count func() figures) (figures, error) {
	tick := time.NewTicker(sampleEvery)
	defer tick.Stop()
	before, began, start := count(), time.Now(), cpu()
	var peak memory
	for running := true; running; {
		select {
		case <-done:
			running = false
		case <-tick.C:
		}
		m, err := resident()
		if err != nil {
			return figures{}, err
		}
		if m.RSS > peak.RSS {
			peak = m
		}
	}
	after := count()
	return figures{
		Seconds: time.Since(began).Seconds(), CPU: (cpu() - start).Seconds(), Peak: peak,
		Polls: after.Polls - before.Polls, Same: after.Same - before.Same, Posts: after.Posts - before.Posts, Failed: after.Failed - before.Failed,
	}, nil
}

// profile writes to cpu.pprof in dir where the CPU time goes, until stop.
func profile(dir string) (stop func(), err error) {
	f, err := os.Create(filepath.Join(dir, "cpu.pprof"))
	if err != nil {
		return nil, err
	}
	return func() {
		pprof.StopCPUProfile()
		_ = f.Close() // a profile cut short says so itself
	}, pprof.StartCPUProfile(f)
}

// heapProfile writes what the heap holds, as of the last garbage collection.
func heapProfile(path string) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(pprof.Lookup("heap").WriteTo(f, 0), f.Close())
}
