package chdb

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"unsafe"

	"github.com/ebitengine/purego"
)

// library is libchdb's C interface, bound with purego. Pointers to C objects
// are uintptr: Go's collector never sees them.
type library struct {
	version string

	connect    func(argc int32, argv unsafe.Pointer) uintptr
	closeConn  func(conn uintptr)
	setSignals func(on int32)

	query  statementFunc
	stream statementFunc
	insert statementFunc

	fetch        func(conn, stream uintptr) uintptr
	cancelStream func(conn, stream uintptr)
	destroy      func(result uintptr)
	buffer       func(result uintptr) uintptr
	length       func(result uintptr) uintptr
	resultError  func(result uintptr) uintptr

	insertError   func(stream uintptr) uintptr
	insertAppend  func(stream uintptr, data unsafe.Pointer, n uintptr) int32
	insertDone    func(stream uintptr) uintptr
	insertCancel  func(stream uintptr)
	insertDestroy func(stream uintptr)
}

// statementFunc is the shape of the three ..._with_params_n functions: a
// statement, the format of its data, and named parameters as four arrays.
type statementFunc func(conn uintptr, sql unsafe.Pointer, sqlLen uintptr, format unsafe.Pointer, formatLen uintptr,
	names, nameLens, values, valueLens unsafe.Pointer, count uintptr) uintptr

// loadLibrary maps the library at path. The caller has checked the file:
// mapping a truncated one would end the process with SIGBUS.
func loadLibrary(path string) (*library, error) {
	handle, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("load the engine's library %s: %w", path, err)
	}
	l := &library{}
	var version func() uintptr
	var missing []string
	for _, s := range []struct {
		name string
		fn   any
	}{
		{"chdb_version", &version},
		{"chdb_connect", &l.connect},
		{"chdb_close_conn", &l.closeConn},
		{"chdb_set_signal_handlers_enabled", &l.setSignals},
		{"chdb_query_with_params_n", &l.query},
		{"chdb_stream_query_with_params_n", &l.stream},
		{"chdb_stream_insert_with_params_n", &l.insert},
		{"chdb_stream_fetch_result", &l.fetch},
		{"chdb_stream_cancel_query", &l.cancelStream},
		{"chdb_destroy_query_result", &l.destroy},
		{"chdb_result_buffer", &l.buffer},
		{"chdb_result_length", &l.length},
		{"chdb_result_error", &l.resultError},
		{"chdb_stream_insert_error", &l.insertError},
		{"chdb_stream_append", &l.insertAppend},
		{"chdb_stream_done", &l.insertDone},
		{"chdb_stream_cancel_insert", &l.insertCancel},
		{"chdb_destroy_insert_stream", &l.insertDestroy},
	} {
		symbol, err := purego.Dlsym(handle, s.name)
		if err != nil || symbol == 0 {
			missing = append(missing, s.name)
			continue
		}
		purego.RegisterFunc(s.fn, symbol)
	}
	if len(missing) > 0 {
		return nil, fmt.Errorf("load the engine's library %s: it lacks %s; is it another version?", path, strings.Join(missing, ", "))
	}
	l.version = cString(version())
	// With the engine's own handlers a nil dereference that Go would recover
	// from hangs the process.
	l.setSignals(0)
	return l, nil
}

// open connects to the engine; the first connection of a process opens the
// data folder named by --path, later ones share it.
func (l *library) open(args ...string) (*conn, error) {
	argv := append([]string{"huiyin"}, args...)
	texts := make([][]byte, len(argv))
	pointers := make([]*byte, len(argv)+1)
	for i, a := range argv {
		texts[i] = append([]byte(a), 0)
		pointers[i] = &texts[i][0]
	}
	handle := l.connect(int32(len(argv)), unsafe.Pointer(&pointers[0]))
	runtime.KeepAlive(texts)
	runtime.KeepAlive(pointers)
	if handle == 0 {
		return nil, errors.New("the engine refused to open; its reason is on the lines before this one")
	}
	return &conn{lib: l, handle: handle}, nil
}

// cString copies a C string; "" for NULL.
func cString(p uintptr) string {
	if p == 0 {
		return ""
	}
	start := cPointer(p)
	n := 0
	for *(*byte)(unsafe.Add(start, n)) != 0 {
		n++
	}
	return string(unsafe.Slice((*byte)(start), n))
}

// cPointer turns an address that C gave into a pointer. The detour tells go
// vet that this is no Go object that could move.
func cPointer(p uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&p)) }

var noBytes byte

// bytePointer points at b's first byte, and at a byte of ours when b is empty:
// the engine rejects NULL even with length 0.
func bytePointer(b []byte) unsafe.Pointer {
	if len(b) == 0 {
		return unsafe.Pointer(&noBytes)
	}
	return unsafe.Pointer(&b[0])
}
