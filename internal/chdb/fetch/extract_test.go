package fetch

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"fmt"
	"strings"
	"testing"
)

type member struct {
	name string
	kind byte
	data []byte
}

func pack(t testing.TB, members ...member) []byte {
	t.Helper()
	var buf bytes.Buffer
	z, err := gzip.NewWriterLevel(&buf, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	w := tar.NewWriter(z)
	for _, m := range members {
		h := &tar.Header{Name: m.name, Typeflag: m.kind, Size: int64(len(m.data)), Mode: 0o755}
		if m.kind != tar.TypeReg {
			h.Linkname, h.Size = string(m.data), 0
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			if _, err := w.Write(m.data); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestHostileTar(t *testing.T) {
	for name, c := range map[string]struct {
		members []member
		word    string
	}{
		"link":            {[]member{{memberName, tar.TypeSymlink, []byte("/etc/passwd")}}, "not a file"},
		"other paths":     {[]member{{"../../" + memberName, tar.TypeReg, []byte("x")}, {"/" + memberName, tar.TypeReg, []byte("x")}, {"./" + memberName, tar.TypeReg, []byte("x")}}, "no package/"},
		"too large":       {[]member{{memberName, tar.TypeReg, make([]byte, 11)}}, "not a file of 10 bytes"},
		"too small":       {[]member{{memberName, tar.TypeReg, make([]byte, 9)}}, "not a file of 10 bytes"},
		"bomb before":     {[]member{{"package/bomb", tar.TypeReg, make([]byte, otherBytes+1)}, {memberName, tar.TypeReg, make([]byte, 10)}}, "EOF"},
		"endless members": {append(make([]member, 0), many(maxMembers)...), "no package/"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			err := extract(bytes.NewReader(pack(t, c.members...)), &out, 10)
			if err == nil || !strings.Contains(err.Error(), c.word) || out.Len() > 0 {
				t.Errorf("%v, %d bytes", err, out.Len())
			}
		})
	}
}

// many members, the wanted one behind them.
func many(n int) (m []member) {
	for i := range n {
		m = append(m, member{fmt.Sprint("package/", i), tar.TypeReg, nil})
	}
	return append(m, member{memberName, tar.TypeReg, make([]byte, 10)})
}

// FuzzExtract reads any package: never more than the size that is wanted comes
// out, and without an error exactly that.
func FuzzExtract(f *testing.F) {
	f.Add(pack(f, member{memberName, tar.TypeReg, make([]byte, 10)}))
	f.Add(pack(f, member{memberName, tar.TypeSymlink, []byte("x")}))
	f.Add(pack(f, member{"a", tar.TypeReg, []byte("x")}, member{memberName, tar.TypeReg, make([]byte, 12)})[:80])
	f.Fuzz(func(t *testing.T, data []byte) {
		var out bytes.Buffer
		if err := extract(bytes.NewReader(data), &out, 10); out.Len() > 10 || err == nil && out.Len() != 10 {
			t.Errorf("%d bytes, %v", out.Len(), err)
		}
	})
}
