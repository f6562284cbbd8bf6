// Package fetch brings the embedded engine's library onto this machine: once,
// into the user's cache folder, from the npm package that carries it, checked
// against digests kept here.
//
// Two variables of the environment change where it looks: HUIYIN_ENGINE names
// a library file of the user's own, which is then used as it is; HUIYIN_CACHE
// names another cache folder.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"huiyin/internal/chdb/flock"
)

const (
	engineVariable = "HUIYIN_ENGINE"
	cacheVariable  = "HUIYIN_CACHE"
	libraryName    = "libchdb.so"
)

// errInterrupted is all there is to say when the context ends, wherever that was.
var errInterrupted = errors.New("interrupted; run make engine again, it goes on from here")

// Path is where the engine's library is expected on this machine, whether or
// not it is there.
func Path() (string, error) {
	if own := os.Getenv(engineVariable); own != "" {
		return filepath.Abs(own)
	}
	root := os.Getenv(cacheVariable)
	if root == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("find the cache folder (set %s to name one): %w", cacheVariable, err)
		}
		root = filepath.Join(cache, "huiyin")
	}
	return filepath.Abs(filepath.Join(root, "engine", Version, platform(), libraryName))
}

// Ensure returns the path of a library that is there and checked. If it is
// not there, or is not what it was, Ensure fetches it (180 MB), telling
// progress line by line. Two that run at once wait for each other; one that was
// broken off goes on where it stopped. When ctx ends so does Ensure, without
// finishing what it is at.
func Ensure(ctx context.Context, progress io.Writer) (string, error) {
	path, err := Path()
	if err != nil {
		return "", err
	}
	unfit := verify(ctx, path)
	if unfit == nil {
		return path, nil
	}
	if os.Getenv(engineVariable) != "" {
		return "", unfit
	}
	pin, ok := pins[platform()]
	if !ok {
		return "", notPinned()
	}
	err = ctx.Err()
	if err == nil {
		err = ensure(ctx, pin, path, progress)
	}
	if err != nil && ctx.Err() != nil {
		return "", errInterrupted
	}
	return path, err
}

// Refetch is Ensure after reading the whole library against its digest: it
// also finds damage that left the file's size and time as they were.
func Refetch(ctx context.Context, progress io.Writer) (string, error) {
	path, err := Path()
	if err != nil {
		return "", err
	}
	if os.Getenv(engineVariable) == "" {
		if err := os.Remove(stampPath(path)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", fmt.Errorf("check the engine anew: %w", err)
		}
	}
	return Ensure(ctx, progress)
}

// Verify is nil if the library at path may be loaded: it is the user's own, or
// has the digest kept here. A library that was checked before and has not been
// touched since is not read again.
func Verify(path string) error { return verify(context.Background(), path) }

func verify(ctx context.Context, path string) error {
	st, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("the engine's library is not there; run `make engine` to fetch it: %w", err)
	}
	if !st.Mode().IsRegular() {
		return notAFile(path)
	}
	expected, err := Path()
	if err != nil || path != expected || os.Getenv(engineVariable) != "" {
		return nil // named by the user, who answers for it
	}
	pin, ok := pins[platform()]
	if !ok {
		return notPinned()
	}
	return pin.verify(ctx, path, st)
}

func notAFile(path string) error {
	return fmt.Errorf("the engine's library %s is no regular file; remove it and run `make engine`", path)
}

func notPinned() error {
	return fmt.Errorf("no digest of the engine for %s is known here, so it is not fetched: get the package %s@%s yourself "+
		"(`npm pack`), unpack its %s and name that file in %s", platform(), packageName(platform()), Version, libraryName, engineVariable)
}

// platform is this machine's name in the npm package's name.
func platform() string {
	arch := map[string]string{"amd64": "x64"}[runtime.GOARCH]
	if arch == "" {
		arch = runtime.GOARCH
	}
	if runtime.GOOS == "linux" {
		return "linux-" + arch + "-gnu"
	}
	return runtime.GOOS + "-" + arch
}

// ensure fetches pin's library to path under the folder's lock.
func ensure(ctx context.Context, pin pin, path string, progress io.Writer) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the engine's folder: %w", err)
	}
	lock, err := flock.Wait(ctx, filepath.Join(dir, "fetch.lock"), func(h *flock.HeldError) {
		fmt.Fprintf(progress, "engine: another run fetches it already (process %d): waiting\n", h.Pid)
	})
	if err != nil {
		return fmt.Errorf("fetch the engine: %w", err)
	}
	defer lock.Unlock()
	st, err := os.Stat(path)
	if err == nil {
		if !st.Mode().IsRegular() {
			return notAFile(path)
		}
		if err = pin.verify(ctx, path, st); err == nil {
			return nil // the other run did it
		}
		if ctx.Err() != nil {
			return err
		}
		fmt.Fprintf(progress, "engine: %v; fetching it again\n", err)
	} else if !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("look for the engine: %w", err)
	}
	started := time.Now()
	tarball := filepath.Join(dir, "engine.tgz")
	if err := obtain(ctx, pin, tarball, progress); err != nil {
		return fmt.Errorf("fetch the engine %s@%s: %w", pin.Package, Version, err)
	}
	fmt.Fprintln(progress, "engine: unpacking")
	if err := install(ctx, pin, tarball, path); err != nil {
		return fmt.Errorf("unpack the engine %s@%s: %w", pin.Package, Version, err)
	}
	if err := os.Remove(tarball); err != nil {
		return fmt.Errorf("remove the engine's package after unpacking: %w", err)
	}
	fmt.Fprintf(progress, "engine: ready after %v: %s\n", time.Since(started).Round(time.Second), path)
	return nil
}
