package evidence

import (
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
)

// checked reads a file and holds it to its name.
type checked struct {
	f   *os.File
	h   hash.Hash
	sum string
}

// Read implements io.Reader.
func (c *checked) Read(p []byte) (int, error) {
	n, err := c.f.Read(p)
	c.h.Write(p[:n])
	if err == io.EOF && hex.EncodeToString(c.h.Sum(nil)) != c.sum {
		return n, fmt.Errorf("read evidence %s: %w", c.sum, ErrDamaged)
	}
	return n, err
}

// Close implements io.Closer.
func (c *checked) Close() error { return c.f.Close() }
