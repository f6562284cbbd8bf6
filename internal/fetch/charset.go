package fetch

import (
	"bytes"
	"fmt"
	"mime"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// headBytes is how far into a document its own declaration is looked for. The
// HTML standard says 1,024; real pages put scripts before their meta element.
const headBytes = 4096

var (
	xmlDeclared = regexp.MustCompile(`(?i)^\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*["']\s*([A-Za-z0-9._:-]{1,40})`)
	metaCharset = regexp.MustCompile(`(?i)<meta\s[^>]{0,400}?charset\s*=\s*["']?\s*([A-Za-z0-9._:-]{1,40})`)
	xmlProlog   = regexp.MustCompile(`(?s)^\s*<\?xml\s.{0,200}?\?>`)
)

// Decode turns body into valid UTF-8 and names the charset it was in.
//
// contentType is the HTTP header, hint the charset the configuration gives;
// either may be empty. What is declared (byte order mark, hint, header, XML
// declaration or meta element, in that order) is believed where the bytes bear
// it out: UTF-8 that calls itself GBK, GBK that calls itself UTF-8 or Latin-1,
// and Chinese that calls itself nothing are recognised. gb2312 and gbk are read
// as GB18030, which contains them. Bytes that mean nothing become U+FFFD.
//
// An XML declaration is rewritten to say UTF-8, so that no parser decodes again.
// The only error is ErrCharset, for a hint that names no charset.
func Decode(body []byte, contentType, hint string) (utf8Body []byte, name string, err error) {
	declared, err := declaredEncodings(body, contentType, hint)
	if err != nil {
		return nil, "", err
	}
	c := choose(body, declared)
	out := body
	if c.name != "utf-8" {
		if out, err = c.enc.NewDecoder().Bytes(body); err != nil {
			return nil, "", fmt.Errorf("decode %s: %w", c.name, err)
		}
	}
	out = bytes.TrimPrefix(bytes.ToValidUTF8(out, []byte("\uFFFD")), []byte("\uFEFF"))
	if loc := xmlProlog.FindIndex(out[:min(len(out), headBytes)]); loc != nil {
		out = append([]byte(`<?xml version="1.0" encoding="UTF-8"?>`), out[loc[1]:]...)
	}
	return out, c.name, nil
}

// KnownCharset says whether label names a charset that Decode accepts as a hint.
func KnownCharset(label string) bool {
	_, ok := lookup(label)
	return ok
}

// coding is an encoding by the name it is shown under.
type coding struct {
	name string
	enc  encoding.Encoding
}

var (
	codeUTF8    = coding{"utf-8", encoding.Nop}
	codeGB18030 = coding{"gb18030", simplifiedchinese.GB18030}
	codeBig5    = mustLookup("big5")
	codeLatin   = mustLookup("windows-1252")
	codeUTF16LE = coding{"utf-16le", unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)}
	codeUTF16BE = coding{"utf-16be", unicode.UTF16(unicode.BigEndian, unicode.UseBOM)}
)

// lookup finds the coding a label means; GB2312 and GBK mean GB18030.
func lookup(label string) (coding, bool) {
	enc, name := charset.Lookup(label)
	switch name {
	case "":
		return coding{}, false
	case "utf-8":
		return codeUTF8, true
	case "gbk", "gb18030", "hz-gb-2312":
		return codeGB18030, true
	case "utf-16le":
		return codeUTF16LE, true
	case "utf-16be":
		return codeUTF16BE, true
	case "replacement", "x-user-defined":
		return coding{}, false // no charsets for reading
	}
	return coding{name, enc}, true
}

func mustLookup(label string) coding {
	c, ok := lookup(label)
	if !ok {
		panic("fetch: no charset " + label)
	}
	return c
}

// declaredEncodings lists what the document is said to be in, the most
// trustworthy first. Labels that mean nothing are passed over, but not a hint.
func declaredEncodings(body []byte, contentType, hint string) ([]coding, error) {
	head := body[:min(len(body), headBytes)]
	var out []coding
	if c, ok := byteOrderMark(head); ok {
		out = append(out, c)
	}
	if hint != "" {
		c, ok := lookup(hint)
		if !ok {
			return nil, fmt.Errorf("%w: %q", ErrCharset, hint)
		}
		out = append(out, c)
	}
	var labels []string
	if _, params, err := mime.ParseMediaType(contentType); err == nil {
		labels = append(labels, params["charset"])
	}
	if m := xmlDeclared.FindSubmatch(head); m != nil {
		labels = append(labels, string(m[1]))
	}
	if m := metaCharset.FindSubmatch(head); m != nil {
		labels = append(labels, string(m[1]))
	}
	for _, l := range labels {
		if c, ok := lookup(l); ok {
			out = append(out, c)
		}
	}
	return out, nil
}

// choose decides what body is in.
func choose(body []byte, declared []coding) coding {
	if c, ok := byteOrderMark(body); ok && isUTF16(c) {
		return c
	}
	if c, ok := sniffUTF16(body); ok {
		return c
	}
	// A document whose ASCII can be read as such is not in UTF-16, whatever it says.
	kept := declared[:0:0]
	for _, c := range declared {
		if !isUTF16(c) {
			kept = append(kept, c)
		}
	}
	first := codeUTF8
	if len(kept) > 0 {
		first = kept[0]
	}
	sample := sampleOf(body)
	if len(sample) == 0 {
		if strings.HasPrefix(first.name, "iso-2022") { // the one kind that writes Han in ASCII bytes
			return first
		}
		return codeUTF8
	}
	if utf8.Valid(body) && (first.name == "utf-8" || hasHan(sample) || !cleanly(first, sample)) {
		return codeUTF8
	}
	return mostPlausible(sample, kept)
}

// byteOrderMark names the charset a byte order mark stands for.
func byteOrderMark(body []byte) (coding, bool) {
	switch {
	case bytes.HasPrefix(body, []byte{0xEF, 0xBB, 0xBF}):
		return codeUTF8, true
	case bytes.HasPrefix(body, []byte{0xFF, 0xFE}):
		return codeUTF16LE, true
	case bytes.HasPrefix(body, []byte{0xFE, 0xFF}):
		return codeUTF16BE, true
	}
	return coding{}, false
}

func isUTF16(c coding) bool { return strings.HasPrefix(c.name, "utf-16") }

// sniffUTF16 recognises UTF-16 without a byte order mark by the zero bytes that
// its ASCII has on one side only.
func sniffUTF16(body []byte) (coding, bool) {
	head := body[:min(len(body), 512)&^1]
	if len(head) < 4 {
		return coding{}, false
	}
	var zero [2]int
	for i, b := range head {
		if b == 0 {
			zero[i&1]++
		}
	}
	half := len(head) / 2
	switch {
	case zero[1]*4 >= half && zero[0]*20 <= half:
		return codeUTF16LE, true
	case zero[0]*4 >= half && zero[1]*20 <= half:
		return codeUTF16BE, true
	}
	return coding{}, false
}
