package chdb

import (
	"errors"
	"maps"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"unsafe"
)

// conn is one session of the engine. It runs one statement at a time, and what
// SET and USE change stays with it until close.
type conn struct {
	lib    *library
	handle uintptr // chdb_connection*: a pointer to the connection's own pointer
}

func (c *conn) inner() uintptr { return *(*uintptr)(cPointer(c.handle)) }

func (c *conn) close() {
	if c.handle != 0 {
		c.lib.closeConn(c.handle)
		c.handle = 0
	}
}

// engineError is what ClickHouse answered, with its code (0 when it gave none).
type engineError struct {
	code int
	text string
}

func (e *engineError) Error() string { return e.text }

var codePattern = regexp.MustCompile(`^Code: (\d+)\.`)

func newEngineError(text string) *engineError {
	e := &engineError{text: strings.TrimSpace(text)}
	if m := codePattern.FindStringSubmatch(e.text); m != nil {
		e.code, _ = strconv.Atoi(m[1])
	}
	return e
}

// start calls one of the three statement functions. All bytes are pinned by
// KeepAlive until C has copied them.
func (c *conn) start(f statementFunc, sql, format string, params map[string]string) uintptr {
	s, fm := []byte(sql), []byte(format)
	var names, values []*byte
	var nameLens, valueLens []uintptr
	for _, name := range slices.Sorted(maps.Keys(params)) {
		n, v := append([]byte(name), 0), append([]byte(params[name]), 0)
		names, nameLens = append(names, &n[0]), append(nameLens, uintptr(len(name)))
		values, valueLens = append(values, &v[0]), append(valueLens, uintptr(len(params[name])))
	}
	var np, nl, vp, vl unsafe.Pointer
	if len(names) > 0 {
		np, nl, vp, vl = unsafe.Pointer(&names[0]), unsafe.Pointer(&nameLens[0]), unsafe.Pointer(&values[0]), unsafe.Pointer(&valueLens[0])
	}
	r := f(c.inner(), bytePointer(s), uintptr(len(s)), bytePointer(fm), uintptr(len(fm)), np, nl, vp, vl, uintptr(len(names)))
	runtime.KeepAlive([]any{s, fm, names, values, nameLens, valueLens})
	return r
}

// result is a piece of output. Its bytes belong to the engine until free.
type result struct {
	lib    *library
	handle uintptr
	data   []byte
}

func (r *result) free() {
	if r.handle != 0 {
		r.lib.destroy(r.handle)
		r.handle, r.data = 0, nil
	}
}

func (c *conn) result(handle uintptr) (*result, error) {
	if handle == 0 {
		return nil, errors.New("the engine returned no result")
	}
	if text := cString(c.lib.resultError(handle)); text != "" {
		c.lib.destroy(handle)
		return nil, newEngineError(text)
	}
	r := &result{lib: c.lib, handle: handle}
	if n := c.lib.length(handle); n > 0 {
		r.data = unsafe.Slice((*byte)(cPointer(c.lib.buffer(handle))), int(n))
	}
	return r, nil
}

// query runs a statement to its end and returns all of its output.
func (c *conn) query(sql, format string, params map[string]string) (*result, error) {
	return c.result(c.start(c.lib.query, sql, format, params))
}

// text runs a statement of ours and copies its output, tab-separated.
func (c *conn) text(sql string) (string, error) {
	r, err := c.query(sql, "TSVRaw", nil)
	if err != nil {
		return "", err
	}
	defer r.free()
	return strings.TrimRight(string(r.data), "\n"), nil
}

// selectStream is a running SELECT; each next is a few blocks of its output.
type selectStream struct {
	conn   *conn
	handle uintptr
	ended  bool
}

func (c *conn) selectStream(sql, format string, params map[string]string) (*selectStream, error) {
	r, err := c.result(c.start(c.lib.stream, sql, format, params))
	if err != nil {
		return nil, err
	}
	return &selectStream{conn: c, handle: r.handle}, nil
}

// next returns nil at the end of the output.
func (s *selectStream) next() (*result, error) {
	r, err := s.conn.result(s.conn.lib.fetch(s.conn.inner(), s.handle))
	if err != nil {
		s.ended = true
		return nil, err
	}
	if len(r.data) == 0 {
		r.free()
		s.ended = true
		return nil, nil
	}
	return r, nil
}

// close stops the statement if it has not ended.
func (s *selectStream) close() {
	if !s.ended {
		s.conn.lib.cancelStream(s.conn.inner(), s.handle)
	}
	s.conn.lib.destroy(s.handle)
}

// insertStream is a running INSERT that takes its rows in pieces.
type insertStream struct {
	conn   *conn
	handle uintptr
}

func (c *conn) insertStream(sql, format string, params map[string]string) (*insertStream, error) {
	handle := c.start(c.lib.insert, sql, format, params)
	if handle == 0 {
		return nil, errors.New("the engine returned no insert stream")
	}
	if text := cString(c.lib.insertError(handle)); text != "" {
		c.lib.insertDestroy(handle)
		return nil, newEngineError(text)
	}
	return &insertStream{conn: c, handle: handle}, nil
}

func (s *insertStream) append(data []byte) error {
	if len(data) == 0 || s.conn.lib.insertAppend(s.handle, bytePointer(data), uintptr(len(data))) == 0 {
		return nil
	}
	if text := cString(s.conn.lib.insertError(s.handle)); text != "" {
		return newEngineError(text)
	}
	return errors.New("the engine refused a piece of an insert without a reason")
}

// done ends the rows and waits until the engine has written them.
func (s *insertStream) done() error {
	r, err := s.conn.result(s.conn.lib.insertDone(s.handle))
	if err == nil {
		r.free()
	}
	return err
}

// cancel drops the rows that the engine has not yet written.
func (s *insertStream) cancel() { s.conn.lib.insertCancel(s.handle) }

func (s *insertStream) close() { s.conn.lib.insertDestroy(s.handle) }
