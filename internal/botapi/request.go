package botapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// Limits of one request. Telegram takes files of up to 50 MB and plain requests of
// about 1 MB.
const (
	maxMultipart = 50 << 20
	maxPlain     = 1 << 20
	maxParams    = 256
)

// params are the parameters of one call, as text; objects and arrays are JSON.
type params map[string]string

// apiError is an answer with ok=false.
type apiError struct {
	Code        int
	Description string
	RetryAfter  int   // seconds; 0 if there is nothing to wait for
	MigrateTo   int64 // the supergroup that the group became, or 0
}

func (e *apiError) Error() string { return fmt.Sprintf("%d %s", e.Code, e.Description) }

func badRequest(format string, args ...any) *apiError {
	return &apiError{Code: http.StatusBadRequest, Description: "Bad Request: " + fmt.Sprintf(format, args...)}
}

func asAPIError(err error) *apiError {
	var e *apiError
	if errors.As(err, &e) {
		return e
	}
	return &apiError{Code: http.StatusInternalServerError, Description: "Internal Server Error: " + err.Error()}
}

// readParams reads the parameters of a request from its query string and its body,
// in any of the four forms the Bot API takes. The query string wins, as it does at
// Telegram. Other content types are not read. A file is given to save, which returns
// what stands for it in the parameters.
func readParams(w http.ResponseWriter, r *http.Request, save saver) (params, error) {
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		return nil, &apiError{Code: http.StatusMethodNotAllowed, Description: "Method Not Allowed"}
	}
	p := params{}
	query := r.URL.Query()
	contentType, attrs, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	limit := int64(maxPlain)
	if contentType == "multipart/form-data" {
		limit = maxMultipart
	}
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	var err error
	switch contentType {
	case "multipart/form-data":
		err = p.readMultipart(r, attrs["boundary"], save)
	case "application/json":
		err = p.readJSON(r.Body)
	case "application/x-www-form-urlencoded":
		err = p.readForm(r)
	}
	if err != nil {
		return nil, decodeError(err)
	}
	for name, values := range query {
		p[name] = values[0]
	}
	if len(p) > maxParams {
		return nil, badRequest("too many parameters")
	}
	// The whole body must be read, or net/http could not notice a client that leaves.
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return nil, decodeError(err)
	}
	return p, nil
}

func decodeError(err error) error {
	var tooBig *http.MaxBytesError
	var api *apiError
	switch {
	case errors.As(err, &tooBig):
		return &apiError{Code: http.StatusRequestEntityTooLarge, Description: "Request Entity Too Large"}
	case errors.As(err, &api):
		return api
	}
	return badRequest("can't parse request: %v", err)
}

// A saver keeps the file that came in a form's field under that name.
type saver func(field, name string, content io.Reader) (string, error)

// readMultipart reads form fields. A client that sends no parameter at all sends a
// multipart body of zero bytes, which is fine.
func (p params) readMultipart(r *http.Request, boundary string, save saver) error {
	if boundary == "" {
		return errors.New("no boundary in multipart request")
	}
	mr, err := r.MultipartReader()
	if err != nil {
		return err
	}
	left := int64(maxPlain) // of text; only files may be larger
	for n := 0; ; n++ {
		part, err := mr.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if n >= maxParams {
			return badRequest("too many parameters")
		}
		if part.FileName() != "" {
			id, err := save(part.FormName(), part.FileName(), part)
			if err != nil {
				return err
			}
			p.setFirst(part.FormName(), id)
			continue
		}
		value, err := io.ReadAll(io.LimitReader(part, left+1))
		if err != nil {
			return err
		}
		if left -= int64(len(value)); left < 0 {
			return &http.MaxBytesError{Limit: maxPlain}
		}
		p.setFirst(part.FormName(), string(value))
	}
}

func (p params) readForm(r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	for name, values := range r.PostForm {
		p.setFirst(name, values[0])
	}
	return nil
}

// readJSON reads an object; strings are unquoted, null is as if it were not there,
// anything else is kept as it stands.
func (p params) readJSON(body io.Reader) error {
	data, err := io.ReadAll(body)
	if err != nil || len(data) == 0 {
		return err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil || fields == nil {
		return badRequest("can't parse JSON object")
	}
	for name, raw := range fields {
		var text string
		switch {
		case string(raw) == "null":
		case raw[0] == '"' && json.Unmarshal(raw, &text) == nil:
			p.setFirst(name, text)
		default:
			p.setFirst(name, string(raw))
		}
	}
	return nil
}

func (p params) setFirst(name, value string) {
	if _, there := p[name]; !there && name != "" {
		p[name] = value
	}
}

// number reads an integer leniently, as Telegram does: absent is def, unreadable is
// zero, and what lies outside lo…hi is moved to the nearest end.
func (p params) number(name string, def, lo, hi int) int {
	text := strings.TrimSpace(p[name])
	if text == "" {
		return def
	}
	n, _ := strconv.Atoi(text)
	return min(max(n, lo), hi)
}

func (p params) flag(name string) bool {
	switch strings.ToLower(strings.TrimSpace(p[name])) {
	case "true", "yes", "1":
		return true
	}
	return false
}

// object reads a JSON object into dst; absent leaves dst alone. what names it in errors.
func (p params) object(name, what string, dst any) error {
	raw := strings.TrimSpace(p[name])
	if raw == "" {
		return nil
	}
	if !json.Valid([]byte(raw)) {
		return badRequest("can't parse %s JSON object", what)
	}
	if raw[0] != '{' {
		return badRequest("object expected as %s", what)
	}
	if err := json.Unmarshal([]byte(raw), dst); err != nil {
		return badRequest("can't parse %s: %v", what, err)
	}
	return nil
}
