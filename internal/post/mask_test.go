package post

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestMask(t *testing.T) {
	for in, want := range map[string]string{
		"电话13812345678谢谢":                "电话138******78谢谢",
		"联系 138 1234 5678":               "联系 138 **** **78",
		"联系138-1234-5678。":               "联系138-****-**78。",
		"+86 13812345678":                "+86 138******78",
		"8613812345678":                  "86138******78",
		"身份证110101199003071234":          "身份证110*************34",
		"身份证11010119900307123x":          "身份证110*************3x",
		"卡号6222 0212 3456 7890 123":      "卡号622* **** **** **** *23",
		"座机 0571-87654321":               "座机 0571-******21",
		"电话１３８１２３４５６７８":                  "电话１３８＊＊＊＊＊＊７８",
		"2026-11-21 13812345678":         "2026-11-21 138******78",
		"13812345678 2026-11-21 08:30":   "138******78 2026-11-21 08:30",
		"案件 2026-000123 于 2026-11-21 登记": "案件 2026-000123 于 2026-11-21 登记",
		"3栋2单元1801室,欠费12345.67元":         "3栋*单元****室,欠费12345.67元",
		"110101 19900307 123X":           "110*** ******** **3X",
		"见https://a.cn/5101234567890123?p=13812345678 电话13812345678": "见https://a.cn/5101234567890123?p=13812345678 电话138******78",
		"13812345678https://a.cn/13812345678":                        "138******78https://a.cn/13812345678",
		"138.1234.5678 138–1234–5678":                                "138.****.**78 138–****–**78",
		"138_1234_5678":                                              "138_****_**78",
		"1381234 5678、138 123 456 78":                                "138**** **78、138 *** *** 78",
		"138\n1234\n5678":                                            "138\n****\n**78",
		"(0571)87654321":                                             "(0571)******21",
		"0571 8765 4321":                                             "0571 **** **21",
		"110101 199003 071234":                                       "110*** ****** ****34",
		"6222 0212345678901":                                         "622* ***********01",
		"1、3、5、6、7、8、9、10、11号楼停水":                                    "1、3、5、6、7、8、9、10、11号楼停水",
		"1301 1302 1303号,2026/11/22 13.5度":                           "1301 1302 1303号,2026/11/22 13.5度",
		"12345热线":                                                    "12345热线",
		"":                                                           "",
	} {
		if got := Mask(in); got != want {
			t.Errorf("Mask(%q) = %q, want %q", in, got, want)
		}
	}
}

// Plates lose all but the province and the letter, addresses the door; the building stays.
func TestMaskPlaces(t *testing.T) {
	for in, want := range map[string]string{
		"车牌鲁A·12345乱停":               "车牌鲁A·*****乱停",
		"鲁A12345、鲁a 1234B":           "鲁A*****、鲁a *****",
		"鲁 A 12345":                  "鲁 A *****",
		"鲁A-12345 鲁A.12345 鲁·A12345": "鲁A-***** 鲁A.***** 鲁·A*****",
		"京AD12345，沪A12345F":          "京A******，沪A******",
		"鲁Ａ１２３４５":                    "鲁Ａ＊＊＊＊＊",
		"鲁A1234警 鲁A1234学 鲁A1234挂":    "鲁A****警 鲁A****学 鲁A****挂",
		"粤Z·1234港，粤Z1234澳，沪A1234领":   "粤Z·****港，粤Z****澳，沪A****领",
		"最新A12345款":                  "最新A12345款",
		"A12345号商品，沪A股12345":         "A12345号商品，沪A股12345",
		"京G1234次，川A123456789":        "京G1234次，川A123456789",
		"鲁ABCDEF":                    "鲁ABCDEF",

		"翠湖小区3号楼2单元501室漏水":   "翠湖小区3号楼*单元***室漏水",
		"12栋3单元停水":           "12栋*单元停水",
		"5#楼1单元402":          "5#楼*单元***",
		"三号楼二单元501":          "三号楼＊单元***",
		"３号楼２单元５０１室":         "３号楼＊单元＊＊＊室",
		"3号楼 2 单元 501 室":     "3号楼 * 单元 *** 室",
		"3号楼2门501":           "3号楼*门***",
		"锦绣小区16栋218号业主":      "锦绣小区16栋***号业主",
		"A座1203，B2栋1801号房":   "A座****，B2栋****号房",
		"22栋104棋牌室":          "22栋***棋牌室",
		"2单元501户":            "*单元***户",
		"建设路12号301室":         "建设路12号***室",
		"1301 1302 1303室":    "1301 1302 ****室",
		"501房漏水，1202房间":      "***房漏水，****房间",
		"翠湖小区3-2-501":        "翠湖小区3-*-***",
		"3-2-501室":           "3-*-***室",
		"3栋138-1234-5678":    "3栋138-****-**78",
		"2单元402 13812345678": "*单元*** 138******78",
		"3号楼2单元2019年开始漏水":    "3号楼*单元2019年开始漏水",
		"见https://a.cn/3栋301室 https://a.cn/%E9/1-2-301?d=2": "见https://a.cn/3栋***室 https://a.cn/%E9/1-2-301?d=2",

		"501路公交车":                "501路公交车",
		"20单元考试，第3单元课文":          "20单元考试，第3单元课文",
		"课本第2单元501":              "课本第2单元501",
		"第3单元100分":               "第3单元100分",
		"302国道，302教室":            "302国道，302教室",
		"拨打12345热线，12305室":       "拨打12345热线，12305室",
		"12栋300户居民，共300户":        "12栋300户居民，共300户",
		"5栋120平方米，3号楼2019年交房":    "5栋120平方米，3号楼2019年交房",
		"3室2厅，室内24小时":            "3室2厅，室内24小时",
		"8栋105商铺，公租房1000房源":      "8栋105商铺，公租房1000房源",
		"建设路128号，1-2-2026，11-21": "建设路128号，1-2-2026，11-21",
		"3号楼停水，1至6栋都停":           "3号楼停水，1至6栋都停",
		"园区2026-11-21 08:30":     "园区2026-11-21 08:30",
		"翠湖小区2单元漏水":              "翠湖小区2单元漏水",
	} {
		if got := Mask(in); got != want {
			t.Errorf("Mask(%q) = %q, want %q", in, got, want)
		}
	}
}

// Each of doorSigns is enough for a place to be looked for.
func TestDoorSigns(t *testing.T) {
	for _, s := range []string{
		"3号楼501", "3栋501", "3幢501", "3#501", "A座501", "2单元501", "501室", "501房", "翠湖小区3-2-501", "翠湖小区3－2－501",
	} {
		if Mask(s) == s {
			t.Errorf("%s stays as it is", s)
		}
	}
}

// No text, however digits are strewn in it, changes its length, keeps a mobile number
// or a plate whole, or changes when it is masked again.
func TestMaskLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		secret := rapid.StringMatching(`1[3-9][0-9]{9}|[京津沪渝鲁苏][A-HJ-NP-Z]([0-9]{5}|[DF][0-9]{5})`).Draw(t, "secret")
		piece := `([ 电话:，a-z]|[0-9]{1,6}[ X-]?|[栋座单元号楼室户房第])*`
		before := rapid.StringMatching(piece+`[话:，]`).Draw(t, "before")
		after := rapid.StringMatching(piece).Draw(t, "after")
		text := before + secret + "。" + after
		got := Mask(text)
		if len(got) != len(text) || !utf8.ValidString(got) {
			t.Fatalf("%q became %q", text, got)
		}
		if strings.Contains(got, secret) {
			t.Fatalf("%q kept its number: %q", text, got)
		}
		if Mask(got) != got {
			t.Fatalf("masking %q twice gives %q", got, Mask(got))
		}
	})
}

func FuzzMask(f *testing.F) {
	f.Add("电话138 1234 5678")
	f.Add("http://a.cn/13812345678 13812345678")
	f.Add("１３８１２３４５６７８x")
	f.Add("130 0000 00000 00000")
	f.Add("鲁A·12345 京AD12345 粤Z1234港")
	f.Add("3号楼2单元501室, 12栋3单元 5#楼1单元402 小区3-2-501 301室")
	f.Fuzz(func(t *testing.T, s string) {
		got := Mask(s)
		if len(got) != len(s) || utf8.ValidString(s) && !utf8.ValidString(got) {
			t.Fatalf("Mask(%q) = %q", s, got)
		}
		if again := Mask(got); utf8.ValidString(s) && again != got {
			t.Fatalf("Mask(%q) = %q, and of that %q", s, got, again)
		}
	})
}

// A run of digits that is no number is read once, however long it is: what is allocated
// does not grow with each digit.
func TestMaskLongRuns(t *testing.T) {
	for _, piece := range []string{"1", "１"} {
		s := strings.Repeat(piece, 20_000/len(piece))
		if n := testing.AllocsPerRun(1, func() { Mask(s) }); n > 1000 {
			t.Errorf("%.20q and on: %v allocations", s, n)
		}
	}
	if s := strings.Repeat("1", 1<<20); Mask(s) != s {
		t.Error("a run of a million digits was taken for a number")
	}
	if got := Mask(strings.Repeat("1", 1<<20) + "。13812345678"); !strings.HasSuffix(got, "1。138******78") {
		t.Errorf("after a million digits: %s", got[1<<20:])
	}
}

func TestHost(t *testing.T) {
	for address, want := range map[string]string{
		"https://www.gov.cn/a@b":             "www.gov.cn",
		"https://www.gov.cn@127.0.0.1:8399/": "127.0.0.1:8399",
		"https://www.gov.cn:x@y@example.cn":  "example.cn",
		`https://example.cn\@www.gov.cn/`:    "example.cn",
		"https://example.cn#@www.gov.cn":     "example.cn",
		"https://example.cn?@www.gov.cn":     "example.cn",
		"https://[::1]:80/":                  "[::1]:80",
		"www.gov.cn":                         "",
		"":                                   "",
	} {
		if got := Host(address); got != want {
			t.Errorf("Host(%q) = %q, want %q", address, got, want)
		}
	}
}
