package sheet

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

var update = flag.Bool("update", false, "write the golden files anew")

var zone = time.FixedZone("UTC+8", 8*3600)

var options = Options{Zone: zone, Now: time.Date(2026, 11, 20, 9, 5, 0, 0, zone), Units: []string{"供水集团", "住建局"}}

// book writes a workbook: its sheets' names, and below them the first one's rows.
func book(t testing.TB, rows [][]any, change ...func(*excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	ok(t, f.SetSheetName("Sheet1", "十一月"))
	for i, row := range rows {
		ok(t, f.SetSheetRow("十一月", fmt.Sprintf("A%d", i+1), &row))
	}
	for _, c := range change {
		c(f)
	}
	var b bytes.Buffer
	ok(t, f.Write(&b))
	return b.Bytes()
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// hotline is shaped as hotlines export their ledgers.
var hotline = [][]any{
	{"2026年11月12345热线工单台账"},
	{"填表单位：市热线办"},
	{"序号", "工单编号", "来电人", "联系电话", "来电时间", "诉求标题", "诉求内容", "诉求来源", "承办单位", "办理状态", "办结时间"},
	{1, "GD20261119001", "王五", 13812345678, time.Date(2026, 11, 19, 8, 30, 0, 0, time.UTC), "小区停水三天", "和平小区停水三天，\n请管一管。", "电话", "供水集团", "办理中", ""},
	{2, "GD20261119002", "赵女士", "0531-88001234", "2026-11-19 14:05", "物业费涨价", "阳光小区物业费涨价，没有公示。", "网站", "市住建局", "办理中", ""},
	{"十一月下旬"},
	{3, 2026111900300, "", "'13912345678", 46345.75, "", "学府路的路灯坏了半个月。", "微信", "", "办结", "2026-11-20"},
	{"序号", "工单编号", "来电人", "联系电话", "来电时间", "诉求标题", "诉求内容", "诉求来源", "承办单位", "办理状态", "办结时间"},
	{4, "GD20261119004", "钱先生", "", "下周一", "公园的树倒了", "", "电话", "", "", ""},
	{5, "GD20261119005", "孙某", "13700000000", "2026-11-18", "", "", "电话", "", "", ""},
	{6, "GD20261119002", "赵女士", "0531-88001234", "2026-11-19 15:00", "又打来问物业费", "", "电话", "", "", ""},
	{7, "GD20261119001", "王五", 13812345678, time.Date(2026, 11, 19, 8, 30, 0, 0, time.UTC), "小区停水三天", "和平小区停水三天，\n请管一管。", "电话", "供水集团", "办理中", ""},
	{8, 987654321, "", "", "", "编号太长", "", "", "", "", ""},
	{},
	{"合计", "8 件", "", "", "", "", "", "", "", "", ""},
}

// shown is a table as a golden file shows it.
func shown(t *Table) string {
	var b strings.Builder
	fmt.Fprintf(&b, "表 %q，共 %q，表头第 %d 行，跳过 %v，不认识的单位 %v\n", t.Sheet, t.Sheets, t.Header, t.Skipped, t.Units)
	for _, c := range t.Columns {
		fmt.Fprintf(&b, "%s %q → %s\n", c.Letter, c.Header, c.Field)
	}
	for _, r := range t.Rows {
		fmt.Fprintf(&b, "%d %q\n", r.No, r.Item)
		if r.Bad != "" || r.Lost {
			fmt.Fprintf(&b, "   %s %v\n", r.Bad, r.Lost)
		}
		if !r.Letter.Written.IsZero() {
			fmt.Fprintf(&b, "   %s\n", r.Letter.Written.In(zone).Format(time.DateTime))
		}
	}
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	if *update {
		ok(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run with -update to write it)", err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// mailbox is shaped as mailboxes export letters; as text, with a blank line and a text of two
// lines.
const mailbox = "信件编号,写信人,手机号,写信时间,信件标题,信件内容,信件链接\r\n" +
	"MX1,王五,13812345678,2026/11/19 8:30,小区停水,\"和平小区停水三天，\r\n请管一管。\",https://www.example.gov.cn/mail/1\r\n" +
	"\r\n" +
	"MX2,李四,1.38123E+10,11月19日,路灯不亮,\"他说“\"\"坏了半个月\"\"”\",\r\n" +
	"2.02611E+10,钱七,\t13912345678,,编号没了,,\r\n"

// Ledgers as offices have them are understood as a clerk would.
func TestLedgers(t *testing.T) {
	encode := func(enc interface{ String(string) (string, error) }, s string) []byte {
		t.Helper()
		out, err := enc.String(s)
		ok(t, err)
		return []byte(out)
	}
	tabs := strings.NewReplacer("\t", "", ",", "\t").Replace(mailbox)
	for name, c := range map[string]struct {
		data []byte
		o    Options
	}{
		"hotline": {repacked(t, book(t, hotline), firstSheet, func(b []byte) []byte {
			return bytes.Replace(b, []byte("<v>987654321</v>"), []byte("<v>4.40582198607151E+17</v>"), 1) // as Excel writes it
		}), options},
		"merged": {book(t, hotline, func(f *excelize.File) {
			ok(t, f.MergeCell("十一月", "A1", "K1"))
			ok(t, f.MergeCell("十一月", "A6", "K6"))
			_, err := f.NewSheet("十月")
			ok(t, err)
		}), options},
		"hidden-first": {book(t, [][]any{{"内容"}, {"不该读"}}, func(f *excelize.File) {
			_, err := f.NewSheet("公开")
			ok(t, err)
			ok(t, f.SetSheetRow("公开", "B3", &[]any{"内容", "电话"}))
			ok(t, f.SetSheetRow("公开", "B4", &[]any{"停水", 1.3812345678e10}))
			f.SetActiveSheet(1)
			ok(t, f.SetSheetVisible("十一月", false))
		}), options},
		"macintosh": {book(t, [][]any{{"标题", "时间"}, {"停水", 44883.5}}, func(f *excelize.File) {
			yes := true
			ok(t, f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &yes}))
		}), options},
		"mapped": {book(t, [][]any{{"台账"}, {"何事", "何人说的", "何时", "来电时间"}, {"停水", "王五", "昨天 22:15", "看不懂"}}),
			with(map[string]string{"标题": "何事", "姓名": "b", "时间": "何时"}, "")},
		"no-header":     {book(t, [][]any{{"GD1", "停水"}, {"GD2", "停电"}}), with(map[string]string{"编号": "A", "标题": "B"}, "")},
		"column-unused": {book(t, [][]any{{"标题", "时间"}, {"停水", "看不懂"}}), with(map[string]string{"时间": ""}, "")},
		"only-text":     {book(t, [][]any{{"内容"}, {"停水"}, {"停电"}}), options},
		"csv":           {[]byte(mailbox), options},
		"csv-bom":       {[]byte("\ufeff" + mailbox), options},
		"csv-gbk":       {encode(simplifiedchinese.GBK.NewEncoder(), mailbox), options},
		"csv-utf16":     {encode(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder(), tabs), options},
	} {
		t.Run(name, func(t *testing.T) {
			table, err := Read(c.data, c.o)
			ok(t, err)
			file, _, _ := strings.Cut(name, "-bom")
			file, _, _ = strings.Cut(file, "-gbk")
			file, _, _ = strings.Cut(file, "-utf16") // in whatever encoding, it says the same
			golden(t, file, shown(table))
		})
	}
}

func with(columns map[string]string, sheet string) Options {
	o := options
	o.Columns, o.Sheet = columns, sheet
	return o
}

// packed is a zip file of parts.
func packed(t testing.TB, parts map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, data := range parts {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		ok(t, err)
		_, err = w.Write(data)
		ok(t, err)
	}
	ok(t, z.Close())
	return b.Bytes()
}

// repacked is a workbook with one of its parts changed.
func repacked(t testing.TB, data []byte, name string, change func([]byte) []byte) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	ok(t, err)
	parts := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		ok(t, err)
		var b bytes.Buffer
		_, err = b.ReadFrom(r)
		ok(t, err)
		parts[f.Name] = b.Bytes()
	}
	if parts[name] == nil {
		t.Fatalf("no %s among %d parts", name, len(parts))
	}
	parts[name] = change(parts[name])
	return packed(t, parts)
}

const firstSheet = "xl/worksheets/sheet1.xml"

// Whatever cannot be read is told in words that say what to do, and ends.
func TestUnreadable(t *testing.T) {
	good := book(t, hotline)
	secret := func() []byte {
		out, err := excelize.Encrypt(good, &excelize.Options{Password: "123456"})
		ok(t, err)
		return out
	}()
	// liar is a workbook with a part that unpacks to a lot and says it does not, or the other way.
	liar := func(says, is int) []byte {
		var raw, out bytes.Buffer
		d, err := flate.NewWriter(&raw, flate.BestSpeed)
		ok(t, err)
		for range is >> 20 {
			_, err := d.Write(bytes.Repeat([]byte(" "), 1<<20))
			ok(t, err)
		}
		ok(t, d.Close())
		z := zip.NewWriter(&out)
		w, err := z.CreateRaw(&zip.FileHeader{Name: firstSheet, Method: zip.Deflate, UncompressedSize64: uint64(says), CompressedSize64: uint64(raw.Len())})
		ok(t, err)
		_, err = w.Write(raw.Bytes())
		ok(t, err)
		ok(t, z.Close())
		return out.Bytes()
	}
	for name, c := range map[string]struct {
		data []byte
		o    Options
		want string
	}{
		"empty":          {nil, options, "文件是空的"},
		"blank":          {[]byte(" \r\n\ufeff"), options, "文件是空的"},
		"xls":            {append(slices.Clone(ole), make([]byte, 4096)...), options, "旧格式的 .xls"},
		"password":       {secret, options, "打开密码"},
		"html":           {[]byte("\ufeff<html><table><tr><td>标题"), options, "网页或 XML 文件"},
		"cut off":        {good[:len(good)/2], options, "可能已经损坏"},
		"not a workbook": {packed(t, map[string][]byte{"a.txt": []byte("停水")}), options, "可能已经损坏"},
		"sheet broken off": {repacked(t, good, firstSheet, func(b []byte) []byte { return b[:len(b)*2/3] }), options,
			"可能已经损坏"},
		"strings broken off": {repacked(t, good, "xl/sharedStrings.xml", func(b []byte) []byte { return b[:len(b)*2/3] }), options,
			"可能已经损坏"},
		"bomb":            {liar(maxUnzipped+1, 1<<20), options, "解开以后超过 256 MiB"},
		"bomb that lies":  {liar(100, 64<<20), options, "可能已经损坏"},
		"bomb of 64 bits": {liar(-1, 1<<20), options, "解开以后超过 256 MiB"},
		"row without end": {repacked(t, good, firstSheet, func(b []byte) []byte {
			return bytes.Replace(b, []byte(`<row r="4"`), []byte(`<row r="999999999999"`), 1)
		}), options, "可能已经损坏"},
		"an object in it": {packed(t, map[string][]byte{"x.bin": ole, firstSheet: nil}), options, "嵌着别的文件"},
		"binary":          {[]byte("\x00\x01\x02\x03"), options, "文字编码认不出来"},
		"no such sheet":   {good, with(nil, "十月"), "没有叫“十月”的表，有：十一月"},
		"sheet of text":   {[]byte(mailbox), with(nil, "十月"), "不用写 -sheet"},
		"empty sheet":     {book(t, nil), options, "表里没有内容"},
		"headers only":    {book(t, hotline[:3]), options, "表头下面没有内容"},
		"no headers":      {book(t, [][]any{{"一", "二"}, {"停水", "停电"}}), options, "没有找到表头：要有“标题”或者“内容”这样的列。请用 -map 写明"},
		"headers too low": {book(t, append(make([][]any, within), hotline[2:]...)), options, "没有找到表头"},
		"map without it":  {good, with(map[string]string{"标题": "事由"}, ""), "-map 里写了“标题=事由”，但表里没有叫“事由”的列。第 3 行是：序号、工单编号"},
		"too long":        {[]byte("标题\n" + strings.Repeat("停\n", maxRows)), options, "超过 50000 行"},
		"too large":       {append([]byte("标题\n"), bytes.Repeat([]byte("停\n"), MaxFile/4+1)...), options, "超过 32 MiB"},
		"quotes":          {[]byte("标题,内容\n停水,\"三天\n停电,四天\n"), options, "第 2 行的引号不成对"},
	} {
		t.Run(name, func(t *testing.T) {
			table, err := Read(c.data, c.o)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, %v, want …%s", table, err, c.want)
			}
		})
	}
}

// What is told of another file than the one that was meant names what is in it.
func TestOtherSheets(t *testing.T) {
	data := book(t, [][]any{{"说明"}}, func(f *excelize.File) {
		_, err := f.NewSheet("台账")
		ok(t, err)
	})
	_, err := Read(data, options)
	if err == nil || !strings.Contains(err.Error(), "读的是“十一月”，要读别的，请用 -sheet 写明，有：十一月、台账") {
		t.Error(err)
	}
}

func TestHeaders(t *testing.T) {
	for header, want := range map[string]string{
		"诉求 标题": "诉求标题", "标题：": "标题", "*内容（必填）": "内容", " 联系\n电话 ": "联系电话", "ＩＤ": "ID", "(1)": "",
	} {
		if got := plain(header); got != want {
			t.Errorf("%q is %q, want %q", header, got, want)
		}
	}
	seen := map[string]string{}
	for _, field := range FieldNames {
		if len(headers[field]) == 0 {
			t.Errorf("%s has no headers", field)
		}
		for _, h := range headers[field] {
			if plain(h) != h || seen[h] != "" {
				t.Errorf("%s is a header of %s and %s", h, field, seen[h])
			}
			seen[h] = field
		}
	}
	if len(headers) != len(FieldNames) {
		t.Errorf("headers of %d fields", len(headers))
	}
}

// Whatever a file holds, reading it ends, without a panic, with rows that may be registered or
// a sentence that says why not.
func FuzzRead(f *testing.F) {
	f.Add(book(f, hotline), "", "")
	f.Add([]byte(mailbox), "何事", "")
	f.Add([]byte("标题\t内容\n停水\n"), "A", "")
	f.Fuzz(func(t *testing.T, data []byte, title, sheet string) {
		o := with(nil, sheet)
		if title != "" {
			o.Columns = map[string]string{"标题": title}
		}
		table, err := Read(data, o)
		if (err == nil) != (table != nil) {
			t.Fatal(table, err)
		}
		if err != nil {
			if errors.Unwrap(err) == nil && !strings.ContainsFunc(err.Error(), func(r rune) bool { return r > 0x4e00 }) {
				t.Fatal(err)
			}
			return
		}
		last := 0
		for _, r := range table.Rows {
			if r.No <= last {
				t.Fatalf("row %d after %d", r.No, last)
			}
			last = r.No
			if r.Bad == "" && (r.Letter.Key == "" || r.Letter.Title == "" && r.Letter.Text == "") {
				t.Fatalf("%+v", r)
			}
		}
	})
}
