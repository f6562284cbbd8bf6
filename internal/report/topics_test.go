package report

import (
	"slices"
	"strings"
	"testing"

	"huiyin/internal/cases"
)

func TestTopicsText(t *testing.T) {
	word := func(w string, alarms, good int) cases.WordFigures {
		return cases.WordFigures{Word: w, FalseAlarms: alarms, Good: good}
	}
	topics := Topics{From: at(8, 23, 9, 0), Until: at(11, 21, 9, 0), Location: calendar(t).Location(),
		Topics: []cases.TopicFigures{
			{Topic: "供水", Opened: 128, Answered: 97, FalseAlarms: 3, Judged: 110, Words: []cases.WordFigures{word("管道", 2, 0), word("停水", 1, 90)}},
			{Topic: "城管与环境卫生", Opened: 40, Answered: 36, Judged: 40},
			{Topic: "物业", Opened: 3, FalseAlarms: 2, Judged: 3, Words: []cases.WordFigures{word("物业", 2, 1)}},
			{Topic: "噪音扰民", Opened: 1},
		},
		Exclude: func(topic string) []string {
			if topic == "供水" {
				return []string{"招聘", "转让"}
			}
			return nil
		},
	}
	golden(t, "topics", topics.Text())
	topics.Topics = nil
	golden(t, "topics-none", topics.Text())
}

// What is suggested is shared by false alarms, is in nothing good of the topic, and tells
// something.
func TestExclusions(t *testing.T) {
	cut := func(text string) []string {
		return strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '\n' })
	}
	m := func(topic, number, text string, words ...string) cases.JudgedText {
		return cases.JudgedText{Topic: topic, Case: number, Title: "标题", Text: text, Words: words}
	}
	for name, c := range map[string]struct {
		alarms, good []cases.JudgedText
		want         []string
	}{
		"nothing": {nil, []cases.JudgedText{m("供水", "1", "招聘")}, nil},
		"shared by two": {[]cases.JudgedText{m("供水", "1", "招聘 转让 急招", "水管"), m("供水", "2", "转让 招聘 招聘", "水管")},
			nil, []string{"招聘", "转让"}},
		"a good one has it": {[]cases.JudgedText{m("供水", "1", "招聘 转让"), m("供水", "2", "转让 招聘")},
			[]cases.JudgedText{m("供水", "3", "转让")}, []string{"招聘"}},
		"a good one of another topic": {[]cases.JudgedText{m("供水", "1", "招聘"), m("供水", "2", "招聘")},
			[]cases.JudgedText{m("物业", "3", "招聘")}, []string{"招聘"}},
		"told twice is one false alarm": {[]cases.JudgedText{m("供水", "1", "招聘"), m("供水", "1", "招聘"), m("供水", "2", "转让")},
			nil, []string{}},
		"with few, all": {[]cases.JudgedText{m("供水", "1", "招聘 水管 招聘 转让", "水管")}, nil, []string{"招聘", "转让"}},
		"keywords, and parts of them": {[]cases.JudgedText{m("供水", "1", "停水 通知 招聘", "停水通知"), m("供水", "2", "停水 通知 招聘", "水管")},
			nil, []string{"招聘"}},
		"what tells nothing": {[]cases.JudgedText{m("供水", "1", "我们 已经 招 2026 abc 招聘 招聘a"), m("供水", "2", "我们 已经 招 2026 abc 招聘 招聘a")},
			nil, []string{"招聘"}},
		"the most frequent five": {[]cases.JudgedText{
			m("供水", "1", "甲甲 乙乙 丙丙 丁丁 戊戊 己己 庚庚"), m("供水", "2", "甲甲 乙乙 丙丙 丁丁 戊戊 己己 庚庚"),
			m("供水", "3", "己己 庚庚 庚庚")}, nil, []string{"庚庚", "己己", "丁丁", "丙丙", "乙乙"}},
	} {
		x := NewExclusions(cut)
		for _, a := range c.alarms {
			if err := x.FalseAlarm(a); err != nil {
				t.Fatal(err)
			}
		}
		for _, g := range c.good {
			if err := x.Good(g); err != nil {
				t.Fatal(err)
			}
		}
		if got := x.Of("供水"); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
