package board

import (
	"errors"
	"fmt"
	"html"
	"html/template"
	"mime"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// contentPage is what the caller wrote, in the board's frame.
type contentPage struct {
	Inside         template.HTML
	Parts          []place // links to its headings
	Previous, Next string  // links
	Latest         bool    // Next is the digest of this moment
	Files          []place
}

var (
	title   = regexp.MustCompile(`<h1>.*?</h1>`) // the frame has one
	heading = regexp.MustCompile(`<h2([^>]*)>(.*?)</h2>`)
	tables  = strings.NewReplacer("<table", `<div class="scroll" role="group" aria-label="表格，可以左右移动" tabindex="0"><table`, "</table>", "</table></div>",
		"<th></th>", "<td></td>") // what has no name is no heading
	outside = regexp.MustCompile(`<a href="https?://`)
)

// framed is what the caller wrote with a name at each heading, to be reached by a link, each
// table in a box that scrolls by itself, and other sites in windows of their own. What people
// wrote is no markup in it.
func (b *Board) framed(inside template.HTML) (p contentPage) {
	named := heading.ReplaceAllStringFunc(title.ReplaceAllString(string(inside), ""), func(h string) string {
		m := heading.FindStringSubmatch(h)
		id := fmt.Sprintf("part-%d", len(p.Parts)+1)
		p.Parts = append(p.Parts, place{Path: "#" + id, Name: html.UnescapeString(m[2])})
		return fmt.Sprintf(`<h2 id="%s"%s>%s</h2>`, id, m[1], m[2])
	})
	own := regexp.MustCompile(`<a href="` + regexp.QuoteMeta(html.EscapeString(strings.TrimRight(b.URL, "/"))) + `/([^/\\])`) // //x would be the site x
	named = own.ReplaceAllString(named, `<a href="/$1`)
	named = outside.ReplaceAllStringFunc(named, func(a string) string { return `<a target="_blank" rel="noopener noreferrer nofollow"` + a[2:] })
	p.Inside = template.HTML(tables.Replace(named))
	return p
}

// digest shows the digest of a day.
func (b *Board) digest(_ http.ResponseWriter, r *http.Request, who Reader) (*view, error) {
	if r.PathValue("day") == "now" && b.Digest != nil {
		title, inside, err := b.Digest(r.Context(), who, time.Time{})
		p := b.framed(inside)
		p.Previous = "/digest/" + b.Now().In(b.Zone).Format(time.DateOnly)
		return &view{Template: "content", Title: title, Body: p, Here: "/digest"}, err
	}
	day, err := time.ParseInLocation(time.DateOnly, r.PathValue("day"), b.Zone)
	if err != nil || b.Digest == nil || day.After(b.Now()) || day.Year() < 2000 {
		return nil, ErrNone
	}
	title, inside, err := b.Digest(r.Context(), who, day)
	if err != nil {
		return nil, err
	}
	p := b.framed(inside)
	p.Previous = "/digest/" + day.AddDate(0, 0, -1).Format(time.DateOnly)
	if next := day.AddDate(0, 0, 1); !next.After(b.Now()) {
		p.Next = "/digest/" + next.Format(time.DateOnly)
	} else {
		p.Next, p.Latest = "/digest/now", true
	}
	return &view{Template: "content", Title: title, Body: p, Here: "/digest"}, nil
}

// kinds are the files that a report can be kept as.
var kinds = map[string]string{
	"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	"csv":  "text/csv; charset=utf-8",
}

// report shows the report of a period, or sends it as a file.
func (b *Board) report(_ http.ResponseWriter, r *http.Request, who Reader) (*view, error) {
	period, kind, isFile := strings.Cut(r.PathValue("period"), ".")
	if len(period) > 40 || isFile && kinds[kind] == "" || isFile && b.File == nil || !isFile && b.Report == nil {
		return nil, ErrNone
	}
	if !isFile {
		title, inside, err := b.Report(r.Context(), who, period)
		if err != nil {
			return nil, err
		}
		p := b.framed(inside)
		if b.File != nil {
			p.Files = []place{{Path: "/report/" + period + ".xlsx", Name: "下载表格（XLSX）"}, {Path: "/report/" + period + ".csv", Name: "下载数据（CSV）"}}
		}
		return &view{Template: "content", Title: title, Body: p, Here: "/reports"}, nil
	}
	name, content, err := b.File(r.Context(), who, period, kind)
	if err != nil {
		return nil, err
	}
	disposition := mime.FormatMediaType("attachment", map[string]string{"filename": name})
	if disposition == "" {
		return nil, errors.New("the file's name cannot be written: " + strconv.Quote(name))
	}
	return &view{File: &file{kind: kinds[kind], disposition: disposition, content: content}}, nil
}

// reports lists the periods whose reports are offered.
func (b *Board) reports(http.ResponseWriter, *http.Request, Reader) (*view, error) {
	if b.Periods == nil {
		return nil, ErrNone
	}
	type kind struct {
		Name    string
		Periods []Period
	}
	var kinds []kind
	for _, p := range b.Periods(b.Now().In(b.Zone)) {
		if n := len(kinds); n == 0 || kinds[n-1].Name != p.Kind {
			kinds = append(kinds, kind{Name: p.Kind})
		}
		last := &kinds[len(kinds)-1]
		last.Periods = append(last.Periods, p)
	}
	return &view{Template: "reports", Title: "报表", Here: "/reports", Body: kinds}, nil
}

// today leads to the digest of today.
func (b *Board) today(w http.ResponseWriter, r *http.Request, _ Reader) (*view, error) {
	http.Redirect(w, r, "/digest/"+b.Now().In(b.Zone).Format(time.DateOnly), http.StatusSeeOther)
	return nil, nil
}
