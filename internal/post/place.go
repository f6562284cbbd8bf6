package post

import (
	"bytes"
	"regexp"
	"strings"
	"unicode/utf8"
)

// What of a number plate and of an address leads to one person's car and door.
var (
	// 鲁A·12345, 京AD12345, 粤Z 1234港: province, letter, the rest, an ending.
	plate = regexp.MustCompile(`[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][ ·•・]?` +
		`[A-HJ-NP-Za-hj-np-zＡ-ＨＪ-ＮＰ-Ｚ][ ·•・.．-]?([A-Za-z0-9Ａ-Ｚ０-９]+)([挂学警港澳领]?)`)

	// 3号楼2单元501室, 5#楼1单元402, A座1203, 16栋218号: the unit and the room of a building.
	inBuilding = regexp.MustCompile(building + `(?:` + number + `[ ]?(?:单元|门)` + joint + `)?` + room + roomEnd)

	// 12栋3单元: the unit alone.
	unitOnly = regexp.MustCompile(building + number + `[ ]?单元`)

	// 2单元501室: without the building.
	inUnit = regexp.MustCompile(number + `[ ]?单元` + joint + room + roomEnd)

	// 301室, 1202号房: the room alone.
	roomOnly = regexp.MustCompile(room + `[ ]?(室|号房|房号|房间|房)`)

	// 翠湖小区3-2-501, 3-2-501室: building, unit and room.
	dashed = regexp.MustCompile(`[区苑园城府湾庭居院里村][ ]?[0-9]{1,2}[-－]([0-9]{1,2})[-－]([1-9][0-9]{2,3})|` +
		`[0-9]{1,2}[-－]([0-9]{1,2})[-－]([1-9][0-9]{2,3})[室户]`)
)

const (
	building = `(?:[0-9０-９一二三四五六七八九十甲乙丙丁][ ]?(?:号楼|#楼|栋|幢|#|座)|[A-Za-zＡ-Ｚ][0-9]?(?:号楼|栋|幢|座))` + joint
	number   = `([0-9０-９]{1,2}|[一二三四五六七八九十]{1,3}|[甲乙丙丁A-Za-z])`
	room     = `([1-9１-９][0-9０-９]{2,3})`
	roomEnd  = `([ ]?(?:室|号房|房|号|户))?`
	joint    = `[ ,，-]?`

	// doorSigns are characters of which each of these patterns needs one, but for plate.
	doorSigns = "楼栋幢#座元室房-－"
)

// hidePlaces stars in s, of number plates, all but the province and the letter, and of
// addresses the numbers of units and rooms: an officer needs the building, not the door.
func hidePlaces(s []byte) {
	star(s, plate, func(m match) bool { return m.isPlate() }, 1)
	if !bytes.ContainsAny(s, doorSigns) { // most posts: the patterns are slow
		return
	}
	star(s, inBuilding, func(m match) bool { return m.isRoom(2) }, 1, 2)
	star(s, unitOnly, func(match) bool { return true }, 1)
	star(s, inUnit, func(m match) bool { return m.before() != '第' && m.isRoom(2) }, 1, 2)
	star(s, roomOnly, func(m match) bool { return !counting(m.before()) && m.isRoom(1) }, 1)
	star(s, dashed, func(m match) bool { return !counting(m.before()) && !counting(m.after()) }, 1, 2, 3, 4)
}

// star hides groups of what an expression finds in s and is truly one.
func star(s []byte, re *regexp.Regexp, truly func(match) bool, groups ...int) {
	for at := 0; at < len(s); {
		place := re.FindSubmatchIndex(s[at:])
		if place == nil {
			return
		}
		for i := range place {
			if place[i] >= 0 {
				place[i] += at
			}
		}
		m := match{s, place}
		if !truly(m) {
			_, n := utf8.DecodeRune(s[place[0]:])
			at = place[0] + n
			continue
		}
		for _, g := range groups {
			if place[2*g] >= 0 {
				starRunes(s[place[2*g]:place[2*g+1]])
			}
		}
		at = place[1]
	}
}

// starRunes makes every rune of s a star of the same length.
func starRunes(s []byte) {
	for i := 0; i < len(s); {
		_, n := utf8.DecodeRune(s[i:])
		if n == 3 {
			copy(s[i:], "＊")
		} else {
			s[i] = '*'
		}
		i += n
	}
}

// match is what an expression found in a text.
type match struct {
	text  []byte
	place []int // as regexp returns it
}

func (m match) group(n int) string {
	if m.place[2*n] < 0 {
		return ""
	}
	return string(m.text[m.place[2*n]:m.place[2*n+1]])
}

func (m match) before() rune {
	r, _ := utf8.DecodeLastRune(m.text[:m.place[0]])
	return r
}

func (m match) after() rune {
	r, _ := utf8.DecodeRune(m.text[m.place[1]:])
	return r
}

// counting tells whether a number goes on with r: one with more digits, with decimals.
func counting(r rune) bool { return asDigit(r) != 0 || strings.ContainsRune("*＊.．-－/", r) }

// isPlate tells whether a plate has as many signs as there are on plates.
func (m match) isPlate() bool {
	rest, ending := []rune(m.group(1)), m.group(2)
	digits := 0
	for _, r := range rest {
		if v := asDigit(r); v != 0 && v != 'X' {
			digits++
		}
	}
	first, _ := utf8.DecodeRune(m.text[m.place[0]:])
	if digits < 3 || counting(m.after()) || first == '新' && strings.ContainsRune("最更全重刷创", m.before()) {
		return false
	}
	return len(rest) == 5 || len(rest) == 6 || len(rest) == 4 && ending != ""
}

// What follows a number that counts something, and is no room: 12栋300户居民, 3号楼2019年.
const (
	counted    = "年月日元块个人名位米平多余万千百亿户家套辆台点时分秒级届度路次条件层楼栋幢页题课篇斤吨瓦℃%％商铺店门"
	households = "居人村业家，。,"
	houses     = "产屋子东贷价源型改租款租地"
)

// isRoom tells whether the number in a group is that of a room; the next group is what
// was said to be one, if anything.
func (m match) isRoom(group int) bool {
	switch next := m.after(); strings.TrimSpace(m.group(group + 1)) {
	case "":
		return !counting(next) && !strings.ContainsRune(counted, next)
	case "户":
		return !strings.ContainsRune(households, next)
	case "房":
		return !strings.ContainsRune(houses, next)
	}
	return true
}
