package fetch

import (
	"encoding/xml"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
)

const (
	simplified  = "城东片区从昨天夜里开始停水,物业说要等三天才能恢复供水,老人小孩怎么办?"
	traditional = "城東片區從昨天夜裡開始停水,物業說要等三天才能恢復供水,老人小孩怎麼辦?"
	french      = "Les élèves ont été reçus à l'école près de la forêt où l'été s'achève."
	japaneseTxt = "昨日の夜から水が出ません。いつ直りますか、教えてください。"
	koreanTxt   = "어젯밤부터 수돗물이 나오지 않습니다. 언제 복구됩니까?"
)

func encode(t testing.TB, e encoding.Encoding, s string) []byte {
	t.Helper()
	out, err := e.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatalf("encode: %v", err)
	}
	return out
}

func TestDecode(t *testing.T) {
	gbk, gb18030, big5 := simplifiedchinese.GBK, simplifiedchinese.GB18030, traditionalchinese.Big5
	latin := charmap.Windows1252
	u16le := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	u16be := unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	page := func(charset, text string) string {
		return `<html><head><meta http-equiv="Content-Type" content="text/html; charset=` + charset + `"></head><body>` + text + `</body></html>`
	}
	xmlDoc := func(charset, text string) string {
		return `<?xml version="1.0" encoding="` + charset + `"?><rss><channel><title>` + text + `</title></channel></rss>`
	}
	bare := func(text string) string { return "<html><body>" + text + "</body></html>" }
	tests := []struct {
		name string
		body []byte
		ct   string
		hint string
		want string // must be in the result
		code string
	}{
		{"ascii", []byte("<html>ok</html>"), "", "", "ok", "utf-8"},
		{"utf-8 undeclared", []byte(bare(simplified)), "", "", simplified, "utf-8"},
		{"utf-8 with BOM", []byte("\xEF\xBB\xBF" + bare(simplified)), "", "", simplified, "utf-8"},
		{"gbk by meta", encode(t, gbk, page("gbk", simplified)), "text/html", "", simplified, "gb18030"},
		{"gb2312 by header", encode(t, gbk, bare(simplified)), "text/html; charset=gb2312", "", simplified, "gb18030"},
		{"gb2312 that uses a character of gb18030 only", encode(t, gb18030, page("gb2312", simplified+"㐂㙍")), "", "", "㐂㙍", "gb18030"},
		{"gb18030 by XML declaration", encode(t, gb18030, xmlDoc("GB18030", simplified)), "", "", simplified, "gb18030"},
		{"gbk by hint", encode(t, gbk, bare("停水")), "", "gbk", "停水", "gb18030"},
		{"gbk undeclared", encode(t, gbk, bare(simplified)), "text/html", "", simplified, "gb18030"},
		{"gbk undeclared, behind much ASCII", encode(t, gbk, bare(strings.Repeat("<br>", 50_000)+simplified)), "", "", simplified, "gb18030"},
		{"gbk that says utf-8 in its header", encode(t, gbk, bare(simplified)), "text/html; charset=utf-8", "", simplified, "gb18030"},
		{"gbk that says utf-8 in its declaration", encode(t, gbk, xmlDoc("utf-8", simplified)), "", "", simplified, "gb18030"},
		{"gbk that says latin-1", encode(t, gbk, bare(simplified)), "text/html; charset=ISO-8859-1", "", simplified, "gb18030"},
		{"utf-8 that says gbk in its meta", []byte(page("gbk", simplified)), "", "", simplified, "utf-8"},
		{"utf-8 that says gbk in its header", []byte(bare(simplified)), "text/html; charset=gbk", "", simplified, "utf-8"},
		{"utf-8 that the hint calls gbk", []byte(bare(simplified)), "", "gbk", simplified, "utf-8"},
		{"utf-8 with one broken byte", []byte(bare(simplified + "\xB0" + simplified)), "text/html; charset=utf-8", "", simplified + "\uFFFD" + simplified, "utf-8"},
		{"two gbk characters that are valid utf-8", encode(t, gbk, bare("吗")), "text/html; charset=gbk", "", "吗", "gb18030"},
		{"big5 by meta", encode(t, big5, page("big5", traditional)), "", "", traditional, "big5"},
		{"big5 undeclared", encode(t, big5, bare(traditional)), "", "", traditional, "big5"},
		{"big5 that says gbk", encode(t, big5, bare(traditional)), "text/html; charset=gbk", "", traditional, "big5"},
		{"gbk that says big5", encode(t, gbk, bare(simplified)), "text/html; charset=big5", "", simplified, "gb18030"},
		{"utf-16 with BOM", append([]byte{0xFF, 0xFE}, encode(t, u16le, bare(simplified))...), "", "", simplified, "utf-16le"},
		{"utf-16be with BOM", append([]byte{0xFE, 0xFF}, encode(t, u16be, xmlDoc("UTF-16", simplified))...), "", "", simplified, "utf-16be"},
		{"utf-16 without BOM", encode(t, u16le, bare(simplified)), "", "", simplified, "utf-16le"},
		{"utf-16be without BOM", encode(t, u16be, xmlDoc("UTF-16", simplified)), "", "", simplified, "utf-16be"},
		{"utf-8 that says utf-16", []byte(xmlDoc("utf-16", simplified)), "", "", simplified, "utf-8"},
		{"latin-1 by header", encode(t, latin, bare(french)), "text/html; charset=iso-8859-1", "", french, "windows-1252"},
		{"latin-1 undeclared", encode(t, latin, bare(french)), "", "", french, "windows-1252"},
		{"shift_jis declared", encode(t, japanese.ShiftJIS, bare(japaneseTxt)), "text/html; charset=Shift_JIS", "", japaneseTxt, "shift_jis"},
		{"euc-kr declared", encode(t, korean.EUCKR, bare(koreanTxt)), "text/html; charset=euc-kr", "", koreanTxt, "euc-kr"},
		{"an unknown label is passed over", encode(t, gbk, bare(simplified)), "text/html; charset=chinese-standard", "", simplified, "gb18030"},
		{"meta behind scripts", encode(t, gbk, "<html><head><script>"+strings.Repeat("x", 2000)+"</script><meta charset='gbk'></head>"+simplified), "", "", simplified, "gb18030"},
		{"one short gbk title", encode(t, gbk, bare("供水恢复")), "", "", "供水恢复", "gb18030"},
		{"gbk that happens to be valid utf-8", encode(t, gbk, bare("停水通知")), "text/html; charset=gb2312", "", "停水通知", "gb18030"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, code, err := Decode(tt.body, tt.ct, tt.hint)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(got), tt.want) {
				t.Errorf("got %.300q\nwant %q in it", got, tt.want)
			}
			if code != tt.code {
				t.Errorf("charset %q, want %q", code, tt.code)
			}
		})
	}
}

func TestDecodeUnknownHint(t *testing.T) {
	if _, _, err := Decode([]byte("x"), "", "klingon"); !errors.Is(err, ErrCharset) {
		t.Errorf("err = %v, want ErrCharset", err)
	}
	if KnownCharset("klingon") || !KnownCharset("GB2312") {
		t.Error("KnownCharset is wrong about klingon or GB2312")
	}
}

// What Decode returns must parse without another decoding, whatever its XML
// declaration said: another version, another charset, blank lines before it.
func TestDecodeLeavesXMLReadable(t *testing.T) {
	for _, head := range []string{
		`<?xml version="1.0" encoding="gb2312"?>`,
		`<?xml version='1.0' encoding='GBK' standalone='yes'?>`,
		`<?xml version="1.1" encoding="no-such-charset"?>`,
		"\r\n\n <?xml version=\"1.0\" encoding=\"gbk\"?>\n",
		``,
	} {
		body := encode(t, simplifiedchinese.GBK, head+"<a>"+simplified+"</a>")
		got, _, err := Decode(body, "", "")
		if err != nil {
			t.Fatal(err)
		}
		var text string
		if err := xml.Unmarshal(got, &text); err != nil || text != simplified {
			t.Errorf("%q: read %q, %v", head, text, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(simplified), "text/html; charset=gbk", "")
	f.Add(encode(f, simplifiedchinese.GBK, "<?xml version=\"1.0\" encoding=\"gbk\"?>"+simplified), "", "")
	f.Add(encode(f, traditionalchinese.Big5, traditional), "text/html; charset=big5", "big5")
	f.Add([]byte{0xFF, 0xFE, 'a'}, "", "utf-16")
	f.Add([]byte("\x1b$B!!"), "text/html; charset=iso-2022-jp", "")
	f.Fuzz(func(t *testing.T, body []byte, ct, hint string) {
		out, name, err := Decode(body, ct, hint)
		if err != nil {
			if !errors.Is(err, ErrCharset) {
				t.Fatalf("error other than ErrCharset: %v", err)
			}
			return
		}
		if !utf8.Valid(out) || name == "" {
			t.Fatalf("%q decoded as %q is not UTF-8: %q", body, name, out)
		}
	})
}
