package sheet

import (
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"time"

	"huiyin/internal/inbox"
	"huiyin/internal/post"
)

// read makes a letter of a row.
func (t *Table) read(g *grid, row cells, places map[string]int, o Options) Row {
	at := func(field string) string { return row.at(places[field]) }
	r := Row{No: row.no, Item: inbox.Item{
		Title: post.Line(at("标题"), post.MaxTitle), Text: post.Lines(at("内容"), post.MaxText), Name: at("姓名"), Channel: at("渠道"), URL: at("网址"),
		Time: moment(at("时间"), g.epoch), Unit: at("单位"),
	}}
	if unit := r.Item.Unit; unit != "" && !slices.Contains(o.Units, unit) {
		t.Units[post.Line(unit, 40)]++
		r.Item.Unit = ""
	}
	var exact bool
	if r.Item.Contact, exact = g.number(at("电话")); !exact {
		r.Item.Contact, r.Lost = "", true
	}
	if r.Item.Key, exact = g.number(at("编号")); !exact {
		r.Bad = "编号成了“" + at("编号") + "”，后几位已经丢了；请先把这一列设成文本，再从系统里导出"
		return r
	}
	if r.Item.Title == "" && r.Item.Text == "" {
		r.Bad = "没有标题，也没有内容"
		return r
	}
	var err error
	if r.Letter, err = r.Item.Letter(o.Zone, o.Now, o.Units); err != nil {
		r.Bad = latin.ReplaceAllString(err.Error(), "$1")
	}
	return r
}

// latin is a field's name as programs have it, before the one that people read.
var latin = regexp.MustCompile(`[a-z]+（([^）]+)）`)

var (
	scientific = regexp.MustCompile(`^[0-9](?:\.[0-9]{1,17})?[Ee]\+?([0-9]{1,2})$`)
	decimals   = regexp.MustCompile(`^([0-9]+)\.0+$`)
)

// number is a number that stands for a name, such as one of a phone, in full: in a workbook it
// may be 1.3812345678E10. exact is false when digits were lost: Excel keeps the first 15 of
// them, and where it wrote what it showed, as in CSV, fewer.
func (g *grid) number(v string) (whole string, exact bool) {
	if m := decimals.FindStringSubmatch(v); m != nil {
		return m[1], true
	}
	m := scientific.FindStringSubmatch(v)
	if m == nil {
		return v, true
	}
	n, ok := new(big.Rat).SetString(v)
	if !ok || !n.IsInt() {
		return v, true // something else that looks like one
	}
	whole = n.Num().String()
	return whole, len(whole) <= 15 && !g.shown
}

var serial = regexp.MustCompile(`^[0-9]{5}(?:\.[0-9]{1,17})?$`)

// moment is a time as text: Excel counts days from the end of 1899, and the files of old
// Macintoshes from 1904.
func moment(v string, epoch int) string {
	if !serial.MatchString(v) {
		return v
	}
	days, err := strconv.ParseFloat(v, 64)
	if err != nil {
		return v
	}
	seconds := time.Duration(days*24*3600+0.5) * time.Second
	return time.Date(1899, 12, 30+epoch, 0, 0, 0, 0, time.UTC).Add(seconds).Format(time.DateTime)
}
