package fetch

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

const (
	memberName = "package/" + libraryName // the only file that is taken
	maxMembers = 100
	otherBytes = 16 << 20 // what may lie before it, unpacked
)

// install unpacks the library from tarball, checks it, and puts it at path,
// whole or not at all.
func install(ctx context.Context, pin pin, tarball, path string) (err error) {
	tmp := path + ".new"
	defer func() {
		if err != nil {
			err = errors.Join(err, discard(tmp))
		}
	}()
	if err := unpack(ctx, pin, tarball, tmp); err != nil {
		return err
	}
	// Whole seconds: some copies of a cache folder keep no more.
	now := time.Now().Truncate(time.Second)
	if err := os.Chtimes(tmp, now, now); err != nil {
		return err
	}
	if err := os.Rename(tmp, path); err != nil {
		return err
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return err
	}
	writeStamp(path, stamp{pin.LibrarySHA256, pin.LibrarySize, now.UnixNano()})
	return nil
}

// unpack makes to the library in tarball, on the disk and checked.
func unpack(ctx context.Context, pin pin, tarball, to string) error {
	in, err := os.Open(tarball)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	defer out.Close()
	sum := sha256.New()
	if err := extract(during(ctx, in), io.MultiWriter(out, sum), pin.LibrarySize); err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != pin.LibrarySHA256 {
		return fmt.Errorf("its %s is not the one expected: sha256 %s instead of %s", libraryName, got, pin.LibrarySHA256)
	}
	if err := errors.Join(out.Sync(), out.Close()); err != nil {
		return err
	}
	return ctx.Err() // the disk may have taken its time
}

// during reads r until ctx ends: hundreds of megabytes go through here, and
// who asks for an end is not to wait for them.
func during(ctx context.Context, r io.Reader) io.Reader {
	return readerFunc(func(p []byte) (int, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		return r.Read(p)
	})
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// extract copies the one member that is wanted, of exactly size bytes, to w.
// Other members are passed over; names never become paths.
func extract(r io.Reader, w io.Writer, size int64) error {
	z, err := gzip.NewReader(r)
	if err != nil {
		return fmt.Errorf("read the package: %w", err)
	}
	t := tar.NewReader(io.LimitReader(z, size+otherBytes))
	for range maxMembers {
		h, err := t.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return fmt.Errorf("read the package: %w", err)
		}
		if h.Name != memberName {
			continue
		}
		if h.Typeflag != tar.TypeReg || h.Size != size {
			return fmt.Errorf("%s in the package is not a file of %d bytes", memberName, size)
		}
		if _, err := io.Copy(w, t); err != nil {
			return fmt.Errorf("read %s in the package: %w", memberName, err)
		}
		return nil
	}
	return fmt.Errorf("the package has no %s", memberName)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
