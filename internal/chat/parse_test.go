package chat

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestDays(t *testing.T) {
	today := midnight(friday) // 2026-11-20
	tests := []struct{ text, days, rest string }{
		{"", "", ""},
		{"今天", "2026-11-20", ""},
		{"明天", "2026-11-21", ""},
		{"明日", "2026-11-21", ""},
		{"后天", "2026-11-22", ""},
		{"大后天", "2026-11-23", ""},
		{"11-24", "2026-11-24", ""},
		{"１１－２４", "2026-11-24", ""},
		{"11/24", "2026-11-24", ""},
		{"11.24", "2026-11-24", ""},
		{"11月24日", "2026-11-24", ""},
		{"11月24号", "2026-11-24", ""},
		{"11 月 24 日", "2026-11-24", ""},
		{"2026-11-24", "2026-11-24", ""},
		{"2027年1月2日", "2027-01-02", ""},
		{"11-24 11-26", "2026-11-24 2026-11-26", ""},
		{"11-24到11-26", "2026-11-24 2026-11-26", ""},
		{"11-24 至 11-26", "2026-11-24 2026-11-26", ""},
		{"11-24~11-26", "2026-11-24 2026-11-26", ""},
		{"11-24—11-26", "2026-11-24 2026-11-26", ""},
		{"11-24-11-26", "2026-11-24 2026-11-26", ""},
		{"11月24日至26日", "2026-11-24 2026-11-26", ""},
		{"12-30 到 1-2", "2026-12-30 2027-01-02", ""},
		{"1-2", "2027-01-02", ""},   // has passed this year
		{"11-19", "2027-11-19", ""}, // so has this
		{"24日", "2026-11-24", ""},
		{"5号", "2026-12-05", ""},
		{"周五", "2026-11-20", ""},
		{"周日", "2026-11-22", ""},
		{"周一", "2026-11-23", ""},
		{"下周一", "2026-11-23", ""},
		{"下周五", "2026-11-27", ""},
		{"星期三", "2026-11-25", ""},
		{"李强 11-24 11-26", "2026-11-24 2026-11-26", "李强"},
		{"11-24 李强", "2026-11-24", "李强"},
		{"李强明天", "2026-11-21", "李强"},
		{"2-30", "-", ""},
		{"2-29", "-", ""}, // 2027 has none
		{"13-1", "-", ""},
		{"0-0", "-", ""},
		{"99日", "-", ""},
		{"2025-11-24", "-", ""},
		{"2028-11-24", "-", ""},
		{"本周一", "-", ""}, // has passed
		{"11-24 - 26", "2026-11-24", "-26"},
		{"下个月", "", "下个月"},
	}
	for _, tt := range tests {
		list, rest, ok := days(tt.text, today)
		var got []string
		for _, d := range list {
			got = append(got, d.Format(time.DateOnly))
		}
		if !ok {
			got = []string{"-"}
			rest = ""
		}
		if s := strings.Join(got, " "); s != tt.days || strings.Join(strings.Fields(rest), "") != tt.rest {
			t.Errorf("%q: %q and %q, want %q and %q", tt.text, s, rest, tt.days, tt.rest)
		}
	}
}

func TestUntil(t *testing.T) {
	tests := []struct{ text, want string }{ // from friday, 11-20 09:05
		{"2小时", "11-20 11:05"},
		{"2 小时", "11-20 11:05"},
		{"２个小时", "11-20 11:05"},
		{"两小时", "11-20 11:05"},
		{"半小时", "11-20 09:35"},
		{"半个小时", "11-20 09:35"},
		{"90分钟", "11-20 10:35"},
		{"一天", "11-21 09:05"},
		{"十天", "11-30 09:05"},
		{"到明天", "11-21 08:00"},
		{"至明天", "11-21 08:00"},
		{"明天", "11-21 08:00"},
		{"到今天", "11-21 00:00"},
		{"今天", "11-21 00:00"},
		{"到下周一", "11-23 08:00"},
		{"到 11-24", "11-24 08:00"},
		{"到11月24日", "11-24 08:00"},
		{"到17:30", "11-20 17:30"},
		{"到 17：30", "11-20 17:30"},
		{"到18点", "11-20 18:00"},
		{"到24点", "11-21 00:00"},
		{"到9点", "-"}, // has passed
		{"到25点", "-"},
		{"到17:99", "-"},
		{"31天", "-"}, // longer than is allowed
		{"999天", "-"},
		{"0小时", "-"},
		{"", "-"},
		{"很久", "-"},
		{"到", "-"},
		{"明天后天", "-"},
		{"到明天吧", "-"},
	}
	for _, tt := range tests {
		got := "-"
		if end, ok := until(tt.text, friday); ok {
			got = end.Format("01-02 15:04")
		}
		if got != tt.want {
			t.Errorf("%q: %s, want %s", tt.text, got, tt.want)
		}
	}
}

func TestLetter(t *testing.T) {
	tests := []struct{ text, channel, title, body, contact string }{
		{"来电 城东小区停水\n张先生反映停水三天，电话 13812345678", "来电", "城东小区停水", "张先生反映停水三天，电话 13812345678", "13812345678"},
		{"来电：城东小区停水", "来电", "城东小区停水", "", ""},
		{"电话，城东停水 138 1234 5678", "来电", "城东停水 138 1234 5678", "", "138 1234 5678"},
		{"来信\n关于停水\n很久了\n电话：010-12345678", "来信", "关于停水", "很久了", "010-12345678"},
		{"邮件 关于停水\n联系人：张先生\n电话：１３８１２３４５６７８", "来信", "关于停水", "", "张先生 １３８１２３４５６７８"},
		{"来访 要求恢复供水\n固话 0371-65432100。", "来访", "要求恢复供水", "固话 0371-65432100。", "0371-65432100"},
		{"上访 要求恢复供水\n身份证 110101199003078515", "来访", "要求恢复供水", "身份证 110101199003078515", ""},
		{"来电", "", "", "", ""},
		{"来电 \n ", "", "", "", ""},
		{"来电 电话：13812345678", "", "", "", ""},
		{"城东停水", "", "", "", ""},
		{"", "", "", "", ""},
	}
	for _, tt := range tests {
		l, ok := letter(tt.text)
		if !ok {
			l.Channel, l.Title, l.Text, l.Contact = "", "", "", ""
		}
		if ok != (tt.channel != "") || l.Channel != tt.channel || l.Title != tt.title || l.Text != tt.body || l.Contact != tt.contact {
			t.Errorf("%q: %v %+v", tt.text, ok, l)
		}
	}
}

func TestSplit(t *testing.T) {
	tests := []struct{ text, name, rest string }{
		{"/todo", "todo", ""},
		{" /Todo ", "todo", ""},
		{"/case 123", "case", "123"},
		{"/case123", "case", "123"},
		{"/case@huiyin_bot 123", "case", "123"},
		{"／case 123", "case", "123"},
		{"/new来电 停水\n很久", "new", "来电 停水\n很久"},
		{"/待办", "待办", ""},
		{"/", "help", ""},
		{"/1", "help", ""},
		{"待办", "", "待办"},
		{"", "", ""},
		{"a/b", "", "a/b"},
	}
	for _, tt := range tests {
		if name, rest := split(tt.text); name != tt.name || rest != tt.rest {
			t.Errorf("%q: %q %q", tt.text, name, rest)
		}
	}
}

func TestOneOf(t *testing.T) {
	units := []string{"供水集团", "供水集团二分公司", "住建局", "城管局", "公安局"}
	tests := []struct{ text, name, rest string }{
		{"住建局 不归我们管", "住建局", "不归我们管"},
		{"住建局不归我们管", "住建局", "不归我们管"},
		{"住建局：不归我们管", "住建局", "不归我们管"},
		{"住建 不归我们管", "住建局", "不归我们管"},
		{"供水集团 x", "供水集团", "x"},
		{"供水集团二分公司 x", "供水集团二分公司", "x"},
		{"二分公司", "供水集团二分公司", ""},
		{"供水 x", "", "供水 x"}, // two of them
		{"局", "", "局"},
		{"水利局", "", "水利局"},
		{"", "", ""},
	}
	for _, tt := range tests {
		if name, rest := oneOf(units, tt.text); name != tt.name || rest != tt.rest {
			t.Errorf("%q: %q %q", tt.text, name, rest)
		}
	}
}

func TestPlainNumber(t *testing.T) {
	for typed, want := range map[string]string{
		"123": "123", "#123": "123", "第123号": "123", "１２３": "123", "No.123": "123", "2026-000123": "2026-000123",
		"2026－7": "2026-7", "2026—7": "2026-7", "编号：7": "7", "abc": "abc", "": "",
	} {
		if got := plainNumber(typed); got != want {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}

func TestNameIn(t *testing.T) {
	for text, want := range map[string]string{
		"": "", "李强": "李强", " 李强 请假": "李强", "由李强值班": "李强", "李强，": "李强", "换 李强": "李强", "李强 王敏": "-",
	} {
		got, ok := nameIn(text)
		if !ok {
			got = "-"
		}
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// FuzzTyped: whatever people type behind a command is read without a panic, and what is
// understood of it is within bounds.
func FuzzTyped(f *testing.F) {
	for _, s := range []string{
		"", "明天", "11-24 11-26", "11月31日", "2小时", "到17:30", "来电 停水\n电话：1", "李强 11-24", "住建局 理由", "1-1-1-1-1", "９９９９－９９－９９",
		"\xff\x00到到到", "日日日号号", "12345678901234567890-1", strings.Repeat("11-24到", 500),
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		today := midnight(friday)
		list, rest, ok := days(s, today)
		for _, d := range list {
			if ok && (d.Before(today) || d.Year() > today.Year()+1 || !d.Equal(midnight(d))) {
				t.Errorf("%q: %v", s, d)
			}
		}
		nameIn(rest)
		if end, ok := until(s, friday); ok && (!end.After(friday) || end.Sub(friday) > maxMute) {
			t.Errorf("%q: until %v", s, end)
		}
		if l, ok := letter(s); ok && (l.Title == "" || strings.Contains(l.Title, "\n") || l.Channel == "") {
			t.Errorf("%q: %+v", s, l)
		}
		if name, rest := oneOf([]string{"供水集团", "住建局"}, s); name == "" && rest != s {
			t.Errorf("%q: %q is left", s, rest)
		}
		if name, _ := split(s); utf8.ValidString(s) && strings.ContainsAny(name, " \n/") {
			t.Errorf("%q: the command %q", s, name)
		}
		first(s)
		plainNumber(s)
	})
}
