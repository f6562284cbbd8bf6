package chdb

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ClickHouse/ch-go/proto"
)

// maxStatements run at once; more wait for their turn. It lies above what the
// parent's driver opens, so that a caller that runs a statement inside a loop
// over another's rows never waits for itself.
const maxStatements = 32

// sessionDefaults hold memory down (a quarter GiB in all); a request may set
// its own.
var sessionDefaults = map[string]string{
	"max_threads": "1", "max_block_size": "8192", "preferred_block_size_bytes": "262144",
}

// server answers ClickHouse's HTTP protocol from the engine in this process.
// Each request gets a connection of its own (0.1 ms), so that neither SET nor
// USE nor a temporary table outlives it.
type server struct {
	open     func() (*conn, error)
	guard    *guard
	vault    *vault
	version  string
	timeZone string
	slots    chan struct{}
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/ping" {
		io.WriteString(w, "Ok.\n")
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxInsert)
	q, err := parseRequest(r)
	if err != nil {
		fail(w, err)
		return
	}
	w.Header().Set("X-ClickHouse-Server-Display-Name", "huiyin")
	w.Header().Set("X-ClickHouse-Timezone", s.timeZone)
	if q.hello > 0 {
		s.hello(w, q.hello)
		return
	}
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-r.Context().Done():
		return
	}
	c, err := s.open()
	if err != nil {
		fail(w, err)
		return
	}
	defer c.close()
	id := randomHex(16)
	if err := prepare(c, q, id); err != nil {
		fail(w, err)
		return
	}
	defer s.killWhenDone(r.Context(), id)()
	switch {
	case q.streams():
		s.stream(w, r, c, q)
	case q.reads():
		s.read(w, c, q)
	default:
		s.write(w, c, q)
	}
}

// prepare gives a fresh session the request's database and settings. The
// log_comment is the request's id, by which killWhenDone finds it.
func prepare(c *conn, q *request, id string) error {
	if q.database != "" && q.database != "default" {
		if _, err := c.text("USE " + quoteName(q.database)); err != nil {
			return err
		}
	}
	settings := maps.Clone(sessionDefaults)
	maps.Copy(settings, q.settings)
	settings["log_comment"] = id
	if q.reads() {
		settings["readonly"] = "2"
	}
	parts := make([]string, 0, len(settings))
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		parts = append(parts, quoteName(name)+" = "+quoteText(settings[name]))
	}
	_, err := c.text("SET " + strings.Join(parts, ", "))
	return err
}

// killWhenDone stops the statement when the caller goes away. It asks until
// the returned function is called: the first time may come before the engine
// has listed the statement.
func (s *server) killWhenDone(ctx context.Context, id string) (ended func()) {
	done := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(20 * time.Millisecond):
			}
			c, err := s.open()
			if err != nil {
				return
			}
			// A failed attempt is followed by the next one.
			_, _ = c.text("KILL QUERY WHERE Settings['log_comment'] = " + quoteText(id) + " ASYNC")
			c.close()
		}
	})
	return func() { stop(); close(done) }
}

// stream sends a SELECT's output as it comes.
func (s *server) stream(w http.ResponseWriter, r *http.Request, c *conn, q *request) {
	st, err := c.selectStream(q.sql, q.format, q.params)
	if err != nil {
		fail(w, err)
		return
	}
	defer st.close()
	tag := randomHex(8)
	w.Header().Set("X-ClickHouse-Exception-Tag", tag)
	for sent := false; ; sent = true {
		part, err := st.next()
		switch {
		case err != nil && sent:
			// The status line is gone: the error follows the rows, framed as
			// ClickHouse frames it.
			text := err.Error() + "\n"
			fmt.Fprintf(w, "\r\n__exception__\r\n%s\r\n%s%d %s\r\n__exception__\r\n", tag, text, len(text), tag)
			return
		case err != nil:
			fail(w, err)
			return
		case part == nil:
			return
		}
		_, err = w.Write(part.data)
		part.free()
		if err != nil || r.Context().Err() != nil {
			return
		}
	}
}

// read runs SHOW, DESCRIBE and their like.
func (s *server) read(w http.ResponseWriter, c *conn, q *request) {
	out, err := c.query(q.sql, q.format, q.params)
	if err != nil {
		fail(w, err)
		return
	}
	defer out.free()
	w.Header().Set("Content-Length", strconv.Itoa(len(out.data)))
	w.Write(out.data)
}

// write runs everything that may change the data. It answers 200 only after
// the guard has seen that no write to the disk failed.
func (s *server) write(w http.ResponseWriter, c *conn, q *request) {
	if err := s.guard.admit(); err != nil {
		fail(w, err)
		return
	}
	out := &result{}
	var err error
	if q.rows != nil {
		err = insert(c, q)
	} else if out, err = c.query(q.sql, q.format, q.params); err == nil {
		defer out.free()
	}
	// Also after an error: the failed write may be another statement's.
	if guardErr := s.guard.check(); guardErr != nil {
		err = guardErr
	}
	if err == nil && keyword(q.sql) != "INSERT" {
		err = s.vault.save()
	}
	if err != nil {
		fail(w, err)
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(out.data)))
	w.Write(out.data)
}

// insert feeds the body's rows to the engine. A body that breaks off is an
// error of the body, so nothing of a torn batch is kept beyond the blocks that
// the engine had already written.
func insert(c *conn, q *request) error {
	st, err := c.insertStream(q.sql, q.format, q.params)
	if err != nil {
		return err
	}
	defer st.close()
	buf := make([]byte, 1<<20)
	for {
		n, err := 0, error(nil)
		// Not io.ReadFull: its ErrUnexpectedEOF could mean the end of the rows or
		// a body that broke off, and the latter must never be acknowledged.
		for n < len(buf) && err == nil {
			var m int
			m, err = q.rows.Read(buf[n:])
			n += m
		}
		if err != nil && err != io.EOF {
			st.cancel()
			return fmt.Errorf("read the rows: %w", err)
		}
		if failed := st.append(buf[:n]); failed != nil {
			st.cancel()
			return failed
		}
		if err == io.EOF {
			return st.done()
		}
	}
}

// hello answers clickhouse-go's handshake. The engine writes its Native format
// at revision 0, so the handshake, which the driver reads at its own revision,
// says 0, and the driver reads all later blocks at 0.
func (s *server) hello(w http.ResponseWriter, revision int) {
	name, version, zone, rev := new(proto.ColStr), new(proto.ColStr), new(proto.ColStr), new(proto.ColUInt32)
	name.Append("huiyin")
	version.Append(s.version)
	zone.Append(s.timeZone)
	rev.Append(0)
	block := proto.Block{Info: proto.BlockInfo{BucketNum: -1}, Columns: 4, Rows: 1}
	var buf proto.Buffer
	err := block.EncodeBlock(&buf, revision, []proto.InputColumn{
		{Name: "displayName()", Data: name}, {Name: "version()", Data: version},
		{Name: "revision()", Data: rev}, {Name: "timezone()", Data: zone},
	})
	if err != nil {
		fail(w, err)
		return
	}
	w.Write(buf.Buf)
}

// fail answers as ClickHouse does: a status that is not 200, the code in a
// header, the text in the body. clickhouse-go makes a *clickhouse.Exception of
// it where there is a code.
func fail(w http.ResponseWriter, err error) {
	status, code, text := http.StatusInternalServerError, 0, err.Error()
	var bad *badRequest
	var engine *engineError
	switch {
	case errors.As(err, &engine):
		code = engine.code
	case errors.As(err, &bad):
		status, code = http.StatusBadRequest, codeBadArguments
		text = fmt.Sprintf("Code: %d. DB::Exception: %s. (BAD_ARGUMENTS)", code, text)
	}
	if code != 0 {
		w.Header().Set("X-ClickHouse-Exception-Code", strconv.Itoa(code))
	}
	http.Error(w, text, status)
}

func randomHex(bytes int) string {
	b := make([]byte, bytes)
	rand.Read(b)
	return hex.EncodeToString(b)
}

func quoteName(s string) string {
	return "`" + strings.NewReplacer("\\", "\\\\", "`", "\\`").Replace(s) + "`"
}

func quoteText(s string) string {
	return "'" + strings.NewReplacer("\\", "\\\\", "'", "\\'").Replace(s) + "'"
}
