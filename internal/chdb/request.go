package chdb

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// Limits on what one request may bring.
const (
	maxStatement = 16 << 20  // bytes of SQL
	maxInsert    = 512 << 20 // bytes of rows
	maxHeaders   = 4 << 20   // bytes of request line and headers; named parameters travel there
	maxRevision  = 1 << 20   // of client_protocol_version
)

// helloStatement is what clickhouse-go asks first on every HTTP connection.
const helloStatement = "SELECT displayName(), version(), revision(), timezone()"

// request is one statement as ClickHouse's HTTP protocol carries it.
type request struct {
	sql      string
	format   string            // of the output, or of rows
	rows     io.Reader         // an INSERT's rows, nil when the statement has none beside it
	database string            // "" is the default one
	params   map[string]string // values of {name:Type}, escaped as in TSV
	settings map[string]string
	hello    int // > 0: clickhouse-go's handshake, to be answered at this revision
}

// transportParams are URL parameters that are no settings: they name the
// caller or steer features of the real server that change no answer here.
var transportParams = map[string]bool{
	"query": true, "database": true, "default_format": true, "client_protocol_version": true,
	"user": true, "password": true, "query_id": true, "quota_key": true, "wait_end_of_query": true,
	"enable_http_compression": true, "log_comment": true,
}

// unsupportedParams change the meaning of the bytes or of the session, so they
// are refused instead of overlooked.
var unsupportedParams = []string{"compress", "decompress", "session_id", "role"}

var (
	namePattern   = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.]*$`)
	formatPattern = regexp.MustCompile(`(?i)\sFORMAT\s+([A-Za-z0-9_]+)\s*$`)
)

// badRequest is what the caller did wrong, before the engine was asked.
type badRequest struct{ text string }

func (e *badRequest) Error() string { return e.text }

// parseRequest reads r's URL and, where the statement is in the body, its body.
func parseRequest(r *http.Request) (*request, error) {
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		return nil, &badRequest{"use GET or POST"}
	}
	if enc := r.Header.Get("Content-Encoding"); enc != "" {
		return nil, &badRequest{"a body with Content-Encoding " + enc + " is not read here: send it plain"}
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		return nil, &badRequest{"external tables are not supported: use a temporary literal or a table"}
	}
	q := &request{params: map[string]string{}, settings: map[string]string{}, format: "TabSeparated"}
	if err := q.readURL(r); err != nil {
		return nil, err
	}
	return q, q.readBody(r)
}

func (q *request) readURL(r *http.Request) error {
	values := r.URL.Query()
	for _, name := range unsupportedParams {
		if v := values.Get(name); v != "" && v != "0" {
			return &badRequest{fmt.Sprintf("%s=%s is not supported by the embedded engine", name, v)}
		}
		values.Del(name)
	}
	for name, all := range values {
		value := all[len(all)-1]
		param, isParam := strings.CutPrefix(name, "param_")
		switch {
		case transportParams[name]:
		case !namePattern.MatchString(name) || (isParam && param == ""):
			return &badRequest{fmt.Sprintf("%q is neither a parameter nor a setting", name)}
		case isParam:
			q.params[param] = value
		default:
			q.settings[name] = value
		}
	}
	q.sql, q.database = values.Get("query"), values.Get("database")
	if f := values.Get("default_format"); f != "" {
		q.format = f
	}
	if v := values.Get("client_protocol_version"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > maxRevision {
			return &badRequest{fmt.Sprintf("client_protocol_version=%q is no revision", v)}
		}
		q.hello = n
	}
	return nil
}

// readBody takes the body as the statement, or, where the URL has an INSERT,
// leaves it to be read as rows.
func (q *request) readBody(r *http.Request) error {
	body := bufio.NewReader(r.Body)
	if q.sql == "" {
		b, err := io.ReadAll(io.LimitReader(body, maxStatement+1))
		if err != nil {
			return fmt.Errorf("read the statement: %w", err)
		}
		q.sql = string(b)
	} else if _, err := body.Peek(1); err == nil {
		q.rows = body
	} else if !errors.Is(err, io.EOF) {
		return fmt.Errorf("read the rows: %w", err)
	}
	if len(q.sql) > maxStatement {
		return &badRequest{fmt.Sprintf("the statement is longer than %d bytes", maxStatement)}
	}
	if strings.TrimSpace(q.sql) == "" {
		return &badRequest{"there is no statement"}
	}
	if q.sql != helloStatement {
		q.hello = 0
	}
	if q.rows == nil {
		return nil
	}
	if keyword(q.sql) != "INSERT" {
		return &badRequest{"a body beside the statement is for INSERT only"}
	}
	if m := formatPattern.FindStringSubmatchIndex(q.sql); m != nil {
		q.sql, q.format = q.sql[:m[0]], q.sql[m[2]:m[3]]
	}
	return nil
}

// keyword is sql's first word in capitals, behind comments and parentheses.
func keyword(sql string) string {
	for {
		sql = strings.TrimLeft(sql, " \t\r\n\f\v(")
		switch {
		case strings.HasPrefix(sql, "--"):
			_, sql, _ = strings.Cut(sql, "\n")
		case strings.HasPrefix(sql, "/*"):
			_, sql, _ = strings.Cut(sql, "*/")
		default:
			end := strings.IndexFunc(sql, func(c rune) bool { return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') })
			if end < 0 {
				end = len(sql)
			}
			return strings.ToUpper(sql[:end])
		}
	}
}

// streams tells whether the engine can hand out the statement's output in
// pieces; all else it runs to the end first.
func (q *request) streams() bool {
	k := keyword(q.sql)
	return k == "SELECT" || k == "WITH"
}

// reads tells whether the statement may run under readonly=2, where the engine
// itself refuses to write. All other statements count as writes.
func (q *request) reads() bool {
	switch keyword(q.sql) {
	case "SELECT", "WITH", "SHOW", "DESCRIBE", "DESC", "EXISTS", "EXPLAIN":
		return true
	}
	return false
}
