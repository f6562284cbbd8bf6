package journal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
)

// bbolt maps its file and follows what stands there without a check: in a file that
// was cut short or has a wrong bit it reads past the end, which ends the program with
// a signal, or goes round in circles, or hands out pages that are in use. So a file is
// read page by page before bbolt may have it.

// The format of bbolt's pages, version 2.
const (
	headerSize  = 16 // id, flags, count, overflow
	elementSize = 16 // of leaf and branch pages alike
	metaSize    = 64
	magic       = 0xED0CDAED

	branchFlag   = 0x01
	leafFlag     = 0x02
	freelistFlag = 0x10
	bucketFlag   = 0x01 // of a leaf's element

	maxDepth = 64 // pages below one another; a healthy file has three or four
)

type meta struct {
	Magic, Version, PageSize, Flags           uint32
	Root, Sequence, Freelist, Pages, Tx, Hash uint64
}

type header struct {
	ID              uint64
	Flags, Elements uint16
	Overflow        uint32
}

// element is a leaf's element; a branch's has the same size, and other fields.
type element struct{ Flags, Pos, Key, Value uint32 }

type checker struct {
	file     io.ReaderAt
	pageSize int64
	used     []bool // by page: referred to, or free
	last     []byte // the bucket's key before
}

// check reads a bbolt file of that size and tells what makes it unsafe to open.
func check(file io.ReaderAt, size int64, pageSize int) error {
	c := checker{file: file, pageSize: int64(pageSize)}
	m, err := c.meta()
	if err != nil {
		return err
	}
	if m.Pages > uint64(size/c.pageSize) {
		return fmt.Errorf("%d bytes, and there should be %d pages of %d", size, m.Pages, pageSize)
	}
	if m.Pages < 4 {
		return fmt.Errorf("%d pages", m.Pages)
	}
	c.used = make([]bool, m.Pages)
	c.used[0], c.used[1] = true, true
	if _, err := c.tree(m.Root, 0); err != nil {
		return err
	}
	return c.freelist(m.Freelist)
}

// meta returns the newer one of the two meta pages that are whole.
func (c *checker) meta() (best meta, err error) {
	err = errors.New("no whole meta page")
	for page := range int64(2) {
		raw := make([]byte, metaSize)
		if _, e := c.file.ReadAt(raw, page*c.pageSize+headerSize); e != nil {
			continue
		}
		var m meta
		h := fnv.New64a()
		h.Write(raw[:metaSize-8])
		decode(raw, &m)
		if m.Magic == magic && m.Hash == h.Sum64() && (err != nil || m.Tx > best.Tx) {
			best, err = m, nil
		}
	}
	return best, err
}

// take reads a page with what overflows from it, once.
func (c *checker) take(id uint64) (h header, raw []byte, err error) {
	if id >= uint64(len(c.used)) {
		return h, nil, fmt.Errorf("page %d is out of bounds", id)
	}
	head := make([]byte, headerSize)
	if _, err := c.file.ReadAt(head, int64(id)*c.pageSize); err != nil {
		return h, nil, fmt.Errorf("page %d: %w", id, err)
	}
	decode(head, &h)
	if h.ID != id || uint64(h.Overflow) >= uint64(len(c.used))-id {
		return h, nil, fmt.Errorf("page %d calls itself %d and has %d more", id, h.ID, h.Overflow)
	}
	for i := range uint64(h.Overflow) + 1 {
		if c.used[id+i] {
			return h, nil, fmt.Errorf("page %d is used twice", id+i)
		}
		c.used[id+i] = true
	}
	raw = make([]byte, (int64(h.Overflow)+1)*c.pageSize)
	if _, err := c.file.ReadAt(raw, int64(id)*c.pageSize); err != nil {
		return h, nil, fmt.Errorf("page %d: %w", id, err)
	}
	return h, raw, nil
}

// tree checks a page of a bucket and all below it, and returns its first key. By that
// key a branch refers to it.
func (c *checker) tree(id uint64, depth int) (first []byte, err error) {
	h, raw, err := c.take(id)
	switch {
	case err != nil:
		return nil, err
	case depth > maxDepth:
		return nil, fmt.Errorf("page %d is too deep", id)
	case h.Flags == leafFlag:
		return c.leaf(id, h, raw, depth)
	case h.Flags != branchFlag || h.Elements == 0:
		return nil, fmt.Errorf("page %d is of the type %x with %d elements", id, h.Flags, h.Elements)
	}
	for i := range int(h.Elements) {
		at := headerSize + i*elementSize
		if at+elementSize > len(raw) {
			return nil, fmt.Errorf("page %d is too small for its elements", id)
		}
		from := uint64(at) + uint64(binary.NativeEndian.Uint32(raw[at:]))
		end := from + uint64(binary.NativeEndian.Uint32(raw[at+4:]))
		if end > uint64(len(raw)) {
			return nil, fmt.Errorf("page %d: element %d is out of bounds", id, i)
		}
		child := binary.NativeEndian.Uint64(raw[at+8:])
		key, err := c.tree(child, depth+1)
		if err != nil {
			return nil, err
		}
		if !bytes.Equal(key, raw[from:end]) {
			return nil, fmt.Errorf("page %d begins with another key than page %d says", child, id)
		}
		if i == 0 {
			first = key
		}
	}
	return first, nil
}

// leaf checks the elements of a leaf page, which may be one inside a value, and the
// buckets among them, and returns its first key.
func (c *checker) leaf(id uint64, h header, raw []byte, depth int) (first []byte, err error) {
	for i := range int(h.Elements) {
		at := headerSize + i*elementSize
		if at+elementSize > len(raw) {
			return nil, fmt.Errorf("page %d is too small for its elements", id)
		}
		var e element
		decode(raw[at:], &e)
		from := uint64(at) + uint64(e.Pos)
		end := from + uint64(e.Key) + uint64(e.Value)
		if end > uint64(len(raw)) || e.Flags > bucketFlag {
			return nil, fmt.Errorf("page %d: element %d is out of bounds", id, i)
		}
		key, value := raw[from:from+uint64(e.Key)], raw[from+uint64(e.Key):end]
		if len(key) == 0 || bytes.Compare(c.last, key) >= 0 {
			return nil, fmt.Errorf("page %d: element %d is out of order", id, i)
		}
		if i == 0 {
			first = key
		}
		if e.Flags == bucketFlag {
			if err := c.bucket(id, value, depth); err != nil {
				return nil, err
			}
		}
		c.last = key
	}
	return first, nil
}

// bucket checks the bucket that a leaf's value heads: with a page of its own, or
// inside the value.
func (c *checker) bucket(id uint64, value []byte, depth int) error {
	const head = 16 // root, sequence
	if len(value) < head {
		return fmt.Errorf("page %d: a bucket without a root", id)
	}
	c.last = nil
	if root := binary.NativeEndian.Uint64(value); root != 0 {
		_, err := c.tree(root, depth+1)
		return err
	}
	inline := value[head:]
	if len(inline) < headerSize || depth > maxDepth {
		return fmt.Errorf("page %d: a bucket without a page", id)
	}
	var h header
	decode(inline, &h)
	if h.Flags != leafFlag {
		return fmt.Errorf("page %d: a bucket's page is of the type %x", id, h.Flags)
	}
	_, err := c.leaf(id, h, inline, depth+1)
	return err
}

// freelist checks that no page is free and in use.
func (c *checker) freelist(id uint64) error {
	h, raw, err := c.take(id)
	if err != nil {
		return fmt.Errorf("free pages: %w", err)
	}
	if h.Flags != freelistFlag {
		return fmt.Errorf("page %d is of the type %x, not the list of free pages", id, h.Flags)
	}
	ids, n := raw[headerSize:], uint64(h.Elements)
	if n == 0xFFFF { // so many that the number stands before them
		n, ids = binary.NativeEndian.Uint64(ids), ids[8:]
	}
	if n > uint64(len(ids)/8) {
		return fmt.Errorf("page %d: %d free pages are too many", id, n)
	}
	for i := range n {
		free := binary.NativeEndian.Uint64(ids[8*i:])
		if free >= uint64(len(c.used)) || c.used[free] {
			return fmt.Errorf("page %d is free, and out of bounds or used twice", free)
		}
		c.used[free] = true
	}
	return nil
}

// decode fills v, of a fixed size that raw is known to hold, as bbolt laid it out.
func decode(raw []byte, v any) {
	if _, err := binary.Decode(raw, binary.NativeEndian, v); err != nil {
		panic(err) // a slice that is too short: a defect of this file
	}
}
