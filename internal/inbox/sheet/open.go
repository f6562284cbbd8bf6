package sheet

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// save says how a file of another kind becomes one that can be read.
const save = "请用 Excel 或 WPS 打开它，另存为 .xlsx 再导入"

var (
	ole       = []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")              // MS-CFB, section 2.2
	encrypted = []byte("E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00") // MS-OFFCRYPTO, section 2.3.4.4: a stream's name
)

// open tells by its first bytes what a file is, and reads it. sheet is the one to read.
func open(data []byte, sheet string) (*grid, error) {
	start := bytes.TrimLeft(data[:min(len(data), 512)], "\ufeff \t\r\n")
	switch {
	case len(start) == 0:
		return nil, errors.New("文件是空的")
	case len(data) > MaxFile:
		return nil, fmt.Errorf("文件超过 %d MiB，请分成几个文件再导入", MaxFile>>20)
	case bytes.HasPrefix(data, ole) && bytes.Contains(data, encrypted):
		return nil, errors.New("这个文件设了打开密码。请打开它，去掉密码，保存以后再导入")
	case bytes.HasPrefix(data, ole):
		return nil, errors.New("这是旧格式的 .xls（或 WPS 的 .et）文件，" + save)
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return workbook(data, sheet)
	case start[0] == '<':
		return nil, errors.New("这其实是网页或 XML 文件，只是起了表格的名字，" + save)
	case sheet != "":
		return nil, errors.New("这个文件里没有几张表，不用写 -sheet")
	}
	return text(data)
}

// workbook reads a sheet of an .xlsx file. The library may stumble over a file that was made
// to hurt it; that is an error like any other.
func workbook(data []byte, sheet string) (g *grid, err error) {
	defer func() {
		if r := recover(); r != nil {
			g, err = nil, broken(fmt.Errorf("%v", r))
		}
	}()
	if bytes.Contains(data, ole) { // the library would take all of it for an old file
		return nil, errors.New("文件里嵌着别的文件，读不了。请把表格复制到一个新文件里，存成 .xlsx 再导入")
	}
	if err := wellFormed(data); err != nil {
		return nil, err
	}
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{UnzipSizeLimit: maxUnzipped, RawCellValue: true})
	if err != nil {
		return nil, broken(err)
	}
	defer f.Close()
	g = &grid{sheets: f.GetSheetList()}
	if g.sheet, err = pick(f, sheet); err != nil {
		return nil, err
	}
	if p, err := f.GetWorkbookProps(); err == nil && p.Date1904 != nil && *p.Date1904 {
		g.epoch = 1462
	}
	rows, err := f.Rows(g.sheet)
	if err != nil {
		return nil, broken(err)
	}
	defer rows.Close()
	for no := 1; rows.Next(); no++ {
		if no > excelize.TotalRows {
			return nil, broken(errors.New("too many rows"))
		}
		values, err := rows.Columns()
		if err != nil {
			return nil, broken(err)
		}
		if err := g.add(no, values); err != nil {
			return nil, err
		}
	}
	return g, nil
}

func broken(err error) error {
	return fmt.Errorf("文件打不开，可能已经损坏，或者不是 .xlsx：%s（%w）", save, err)
}

// wellFormed sees that nothing in a workbook unpacks to more than it may, and that its sheets
// are whole: the library would read them up to where they break.
func wellFormed(data []byte) error {
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return broken(err)
	}
	var size uint64
	for _, part := range z.File {
		if size += part.UncompressedSize64; size > maxUnzipped || part.UncompressedSize64 > maxUnzipped {
			return fmt.Errorf("文件解开以后超过 %d MiB，请分成几个文件再导入", maxUnzipped>>20)
		}
		name := strings.ToLower(part.Name)
		if !strings.HasPrefix(name, "xl/worksheets/") && name != "xl/sharedstrings.xml" || !strings.HasSuffix(name, ".xml") {
			continue
		}
		r, err := part.Open()
		if err != nil {
			return broken(err)
		}
		d := xml.NewDecoder(r)
		for err == nil {
			_, err = d.Token()
		}
		r.Close()
		if err != io.EOF {
			return broken(fmt.Errorf("%s: %w", part.Name, err))
		}
	}
	return nil
}

// pick finds the sheet to read.
func pick(f *excelize.File, sheet string) (string, error) {
	all := f.GetSheetList()
	if sheet != "" {
		if !slices.Contains(all, sheet) {
			return "", fmt.Errorf("文件里没有叫“%s”的表，有：%s", sheet, strings.Join(all, "、"))
		}
		return sheet, nil
	}
	for _, name := range all {
		if shown, err := f.GetSheetVisible(name); err == nil && shown {
			return name, nil
		}
	}
	return "", errors.New("文件里没有表")
}

// text reads rows of text, with the separator that there is most of.
func text(data []byte) (*grid, error) {
	s, err := decode(data)
	if err != nil {
		return nil, err
	}
	head := s[:min(len(s), 4096)]
	r := csv.NewReader(strings.NewReader(s))
	r.FieldsPerRecord = -1
	for _, c := range "\t;" {
		if strings.Count(head, string(c)) > strings.Count(head, string(r.Comma)) {
			r.Comma = c
		}
	}
	g := &grid{shown: true}
	from := int64(0)
	for no := 0; ; {
		values, err := r.Read()
		if err == io.EOF {
			return g, nil
		}
		to := r.InputOffset()
		no += 1 + emptyLines(s[from:to]) // which are rows too, where people look
		from = to
		if err != nil {
			return nil, fmt.Errorf("第 %d 行的引号不成对，后面的内容分不清了。%s", no, save)
		}
		if err := g.add(no, values); err != nil {
			return nil, err
		}
	}
}

// emptyLines counts those that s begins with.
func emptyLines(s string) (n int) {
	for {
		rest := strings.TrimPrefix(s, "\r")
		if !strings.HasPrefix(rest, "\n") {
			return n
		}
		n, s = n+1, rest[1:]
	}
}

// decode makes UTF-8 of a text that may be in UTF-16 with a byte order mark, as Excel writes
// “Unicode text”, or in GBK, as it writes CSV on Chinese machines.
func decode(data []byte) (string, error) {
	unknown := errors.New("文件里的文字编码认不出来（不是 UTF-8，也不是 GBK），或者不是表格。" + save)
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		out, _, err := transform.Bytes(unicode.BOMOverride(transform.Nop), data)
		if err != nil {
			return "", unknown
		}
		data = out
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) {
		out, err := simplifiedchinese.GB18030.NewDecoder().Bytes(data)
		if err != nil || bytes.ContainsRune(out, utf8.RuneError) {
			return "", unknown
		}
		data = out
	}
	if bytes.IndexByte(data, 0) >= 0 {
		return "", unknown
	}
	return string(data), nil
}
