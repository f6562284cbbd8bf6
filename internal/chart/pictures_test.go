package chart

import (
	"fmt"
	"strings"
)

// day is n days of ordinary figures.
func days(n int) []Day {
	mentions := []int{31, 28, 35, 42, 38, 12, 9, 33, 47, 88, 64, 41, 36, 44}
	opened := []int{6, 4, 7, 9, 5, 1, 0, 6, 8, 14, 10, 7, 6, 8}
	late := []int{1, 0, 0, 2, 1, 0, 0, 1, 1, 5, 3, 1, 0, 1}
	list := make([]Day, n)
	for i := range list {
		k := i % len(mentions)
		list[i] = Day{fmt.Sprintf("%d月%d日", 7+(i+1)/31, (i+1)%31+1), mentions[k], opened[k], max(0, opened[k]-late[k]), opened[k]}
	}
	return list
}

var town = []Unit{
	{"供水集团", 14, 2, 3, 92}, {"城管局", 11, 0, 2, 100}, {"住房和城乡建设局", 9, 4, 1, 61}, {"教育局", 7, 0, 1, 95},
	{"公安局交警支队", 6, 1, 0, 88}, {"卫生健康委", 4, 0, 0, 100}, {"生态环境局", 3, 3, 0, 40}, {"人社局", 1, 0, 0, -1},
}

// units are n units with a name.
func units(n int, name string) []Unit {
	list := make([]Unit, n)
	for i := range list {
		list[i] = Unit{name, 3 * (n - i), (n - i) / 3, i % 4, 100 - 7*i%100}
	}
	return list
}

const sixteen = "清河市人力资源和社会保障综合服务局"

// pictures are the daily pictures that are hard to get right.
func pictures() map[string]Daily {
	const title, day = "清河市舆情每日简报", "2026年7月15日 星期三"
	gaps := days(14)
	for _, i := range []int{0, 3, 5, 6, 8, 12, 13} {
		gaps[i].OnTime, gaps[i].Answered = 0, 0
	}
	zero := make([]Day, 14)
	for i := range zero {
		zero[i].Label = fmt.Sprintf("7月%d日", i+2)
	}
	huge := days(14)
	for i := range huge {
		huge[i].Mentions *= 1 << 40
		huge[i].Opened *= 123_456
	}
	rise := days(14) // ends at its highest, with everything opened
	rise[13] = Day{"7月15日", 102, 101, 101, 101}
	return map[string]Daily{
		"ordinary":   {title, day, days(14), town},
		"no-data":    {title, day, nil, nil},
		"one-day":    {title, day, days(1), town[:1]},
		"two-days":   {title, day, days(2), town[:2]},
		"one-unit":   {title, day, days(14), town[:1]},
		"no-units":   {title, day, days(14), nil},
		"20-units":   {title, day, days(14), units(20, "第三污水处理厂")},
		"long-names": {strings.Repeat(title, 3), strings.Repeat(day, 4), days(14), units(20, sixteen)},
		"all-zero":   {title, day, zero, []Unit{{"供水集团", 0, 0, 0, -1}, {"城管局", 0, 0, 0, -1}}},
		"gaps":       {title, day, gaps, town},
		"huge":       {title, day, huge, []Unit{{"供水集团", 1 << 60, 1 << 59, 1 << 61, 1 << 40}, {"城管局", 1, 1, -5, -9}}},
		"rise":       {title, day, rise, units(10, "住房和城乡建设局")},
		"62-days":    {title, day, days(80), town[:4]},
		"hostile":    {"<script>\n\u202e\x00题\xff", "", []Day{{strings.Repeat("长", 300), 1, 9, 9, 3}}, []Unit{{strings.Repeat("W", 300), 1, 1, 1, 1}, {"", 1, 0, 0, 0}}},
	}
}
