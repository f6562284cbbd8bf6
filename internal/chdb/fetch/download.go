package fetch

import (
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

const (
	tries     = 6                // downloads in a row without headway
	stallTime = 60 * time.Second // without a byte
)

// tryPause is a variable for the tests' sake.
var tryPause = time.Second

// errRefused says that the plain download is not allowed here, while npm, with
// its own login and proxy, may do better.
var errRefused = errors.New("the server refuses a plain download")

// obtain makes tarball the package with pin's digest: by plain HTTP, which can
// be resumed, or else through npm.
func obtain(ctx context.Context, pin pin, tarball string, progress io.Writer) error {
	err := checkTarball(ctx, pin, tarball)
	if err == nil || ctx.Err() != nil {
		return err
	}
	if err := discard(tarball); err != nil {
		return err
	}
	url, err := tarballURL(ctx, pin)
	if err != nil {
		return err
	}
	part := tarball + ".part"
	err = downloadChecked(ctx, pin, url, part, progress)
	if errors.Is(err, errRefused) {
		fmt.Fprintf(progress, "engine: %v; trying `npm pack`, which shows no progress\n", err)
		packed := npmPack(ctx, pin, part)
		if packed == nil {
			packed = checkTarball(ctx, pin, part)
		}
		if packed != nil {
			return fmt.Errorf("%w; and with npm: %w", err, packed)
		}
		err = nil
	}
	if err != nil {
		return err
	}
	return os.Rename(part, tarball)
}

// downloadChecked makes part the package; if it is another, once more from the
// beginning: what was resumed may have been the start of something else.
func downloadChecked(ctx context.Context, pin pin, url, part string, progress io.Writer) error {
	for again := false; ; again = true {
		if err := download(ctx, url, part, pin.TarballSize, progress); err != nil {
			return err
		}
		err := checkTarball(ctx, pin, part)
		if err == nil || ctx.Err() != nil {
			return err // interrupted, nothing is known against what came
		}
		if gone := discard(part); gone != nil || again {
			return errors.Join(err, gone)
		}
		fmt.Fprintf(progress, "engine: %v; once more from the beginning\n", err)
	}
}

func discard(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

// checkTarball compares the package with npm's own kind of digest.
func checkTarball(ctx context.Context, pin pin, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	sum := sha512.New()
	n, err := io.Copy(sum, during(ctx, io.LimitReader(f, pin.TarballSize+1)))
	if err != nil {
		return fmt.Errorf("check the package %s: %w", path, err)
	}
	if n != pin.TarballSize {
		return fmt.Errorf("the package %s has another size than the %d bytes expected", path, pin.TarballSize)
	}
	if got := base64.StdEncoding.EncodeToString(sum.Sum(nil)); got != pin.TarballSHA512 {
		return fmt.Errorf("the package %s is not the one expected: its sha512 is %s instead of %s", path, got, pin.TarballSHA512)
	}
	return nil
}

// download fills part up to size bytes, in as many tries as make headway.
func download(ctx context.Context, url, part string, size int64, progress io.Writer) error {
	f, err := os.OpenFile(part, os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	for try := 1; ; try++ {
		before, err := f.Seek(0, io.SeekEnd)
		if err != nil {
			return err
		}
		if before > size { // not ours
			if err := f.Truncate(0); err != nil {
				return err
			}
			before = 0
		}
		if before == size {
			return errors.Join(f.Sync(), f.Close())
		}
		err = downloadRest(ctx, url, f, before, size, progress)
		if err == nil {
			continue
		}
		var local *os.PathError // the disk, not the net
		if ctx.Err() != nil || errors.Is(err, errRefused) || errors.As(err, &local) {
			return err
		}
		if after, seekErr := f.Seek(0, io.SeekEnd); seekErr == nil && after > before {
			try = 1
		}
		if try >= tries && before == 0 {
			return fmt.Errorf("%w: %w", errRefused, err) // a proxy that only npm knows, for one
		}
		if try >= tries {
			return fmt.Errorf("download (%s keeps what came; run `make engine` again to go on): %w", part, err)
		}
		fmt.Fprintf(progress, "engine: %v; going on\n", err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(tryPause):
		}
	}
}

// downloadRest asks for the bytes from offset on and appends them to f.
func downloadRest(ctx context.Context, url string, f *os.File, offset, size int64, progress io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stall := time.AfterFunc(stallTime, cancel)
	defer stall.Stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	if offset > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", offset))
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusPartialContent:
		var from, to int64
		if _, err := fmt.Sscanf(resp.Header.Get("Content-Range"), "bytes %d-%d/", &from, &to); err != nil || from != offset {
			return restart(f, fmt.Errorf("the server sent range %q when asked for the bytes from %d on", resp.Header.Get("Content-Range"), offset))
		}
	case http.StatusOK: // the whole file, asked for or not
		offset = 0
	case http.StatusRequestedRangeNotSatisfiable:
		return restart(f, fmt.Errorf("the server has no bytes from %d on", offset))
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusProxyAuthRequired:
		return fmt.Errorf("%w: %s", errRefused, resp.Status)
	default:
		return fmt.Errorf("the server answered %s", resp.Status)
	}
	if resp.ContentLength >= 0 && resp.ContentLength != size-offset {
		return restart(f, fmt.Errorf("the server offers %d bytes instead of %d", resp.ContentLength, size-offset))
	}
	if offset == 0 {
		if err := restart(f, nil); err != nil {
			return err
		}
	}
	report := &reporter{out: progress, size: size, done: offset, shown: offset * 10 / size}
	body := io.TeeReader(io.LimitReader(resp.Body, size-offset), onRead(func(n int) { stall.Reset(stallTime); report.add(n) }))
	n, err := io.Copy(f, body)
	if err != nil {
		return err
	}
	if n < size-offset {
		return io.ErrUnexpectedEOF
	}
	return nil
}

// restart empties f, so that the next try asks for everything.
func restart(f *os.File, why error) error {
	_, err := f.Seek(0, io.SeekStart)
	return errors.Join(why, f.Truncate(0), err)
}

// onRead is a Writer that only counts.
type onRead func(n int)

func (f onRead) Write(p []byte) (int, error) { f(len(p)); return len(p), nil }

// reporter prints a line for each tenth.
type reporter struct {
	out               io.Writer
	size, done, shown int64
}

func (r *reporter) add(n int) {
	r.done += int64(n)
	if tenth := r.done * 10 / r.size; tenth > r.shown {
		r.shown = tenth
		fmt.Fprintf(r.out, "engine: %d of %d MB (%d%%)\n", r.done/1e6, r.size/1e6, tenth*10)
	}
}
