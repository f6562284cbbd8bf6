package look

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/PuerkitoBio/goquery"
	"golang.org/x/text/unicode/norm"

	"huiyin/internal/post"
)

const maxAhead = 24 * time.Hour // a clock may be wrong; a date further ahead is none of publishing

var earliest = time.Date(1995, 1, 1, 0, 0, 0, 0, time.UTC) // before: no page was published

// date is a date that a page bears.
type date struct {
	at      time.Time
	precise bool // with a time of day
}

// settle picks the page's date from those found, the most certain first. A time
// of day is taken from a later one of the same day. What a page that is there at
// now cannot bear is passed over.
func settle(found []date, now time.Time) (at time.Time, precise bool) {
	for _, d := range found {
		switch {
		case d.at.Before(earliest), d.at.After(now.Add(maxAhead)):
		case at.IsZero():
			at, precise = d.at, d.precise
		case !precise && d.precise && d.at.Format(time.DateOnly) == at.Format(time.DateOnly):
			return d.at, true
		}
	}
	return at, precise
}

const datePattern = `((?:19|20)\d{2})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})\s?日?` +
	`(?:\s?[(（]?(?:星期|周)[一二三四五六日天][)）]?)?` +
	`(?:(?:T|\s{0,3})(上午|下午|中午|晚上|凌晨)?\s?(\d{1,2})[:：时](\d{1,2})(?:[:：分](\d{1,2}))?(?:[.,]\d{1,9})?\s?(Z|[+-]\d{2}:?\d{2})?)?`

var (
	dateRe   = regexp.MustCompile(`(?:^|[^\d])` + datePattern)
	digitsRe = regexp.MustCompile(`^(?:19|20)\d{6}(?:\d{6})?$`)
	// Not 来信时间, 办理时间, 最后回复时间, which are of something else.
	answeredRe = regexp.MustCompile(`(?:^|[^\p{Han}])(?:答复|回复)(?:时间|日期|于)\s?[:：]?\s{0,3}` + datePattern)
	postedRe   = regexp.MustCompile(`(?:^|[^\p{Han}])(?:信息|文章|新闻|稿件)?(?:发布|发表|发文|发稿|刊发|公开|公布)(?:时间|日期|于)\s?[:：]?\s{0,3}` + datePattern)
	byline     = regexp.MustCompile(`来源|作者|编辑|浏览|阅读|点击|字体|字号|分享`)
)

// readDate reads the first absolute date in s.
func (r *reader) readDate(s string) (date, bool) {
	s = norm.NFKC.String(strings.TrimSpace(post.Cut(s, 200)))
	if digitsRe.MatchString(s) {
		t, err := time.ParseInLocation("20060102150405"[:len(s)], s, r.zone)
		return date{t, len(s) > 8}, err == nil
	}
	return r.dateOf(dateRe.FindStringSubmatch(s))
}

// dateOf makes a date of the groups of datePattern. Midnight to the second is what
// publishing systems write for a day without a time.
func (r *reader) dateOf(m []string) (date, bool) {
	if m == nil {
		return date{}, false
	}
	var n [7]int
	for i := range n {
		n[i], _ = strconv.Atoi(m[i+1]) // digits, or no time of day
	}
	hour, half, zone := n[4], m[4], r.zone
	if hour < 12 && (half == "下午" || half == "晚上" || half == "中午" && hour < 3) {
		hour += 12
	}
	if m[8] != "" {
		t, err := time.Parse("Z0700", strings.ReplaceAll(m[8], ":", ""))
		if err != nil {
			return date{}, false
		}
		zone = t.Location()
	}
	t := time.Date(n[0], time.Month(n[1]), n[2], hour, n[5], n[6], 0, zone)
	if n[1] != int(t.Month()) || n[2] != t.Day() || hour > 23 || n[5] > 59 || n[6] > 59 {
		return date{}, false
	}
	t = t.In(r.zone)
	return date{t, m[5] != "" && (t.Hour() != 0 || t.Minute() != 0 || t.Second() != 0)}, true
}

// meta is the content of the meta element of that name, written in lower case.
func (r *reader) meta(name string) string {
	content := ""
	r.doc.Find("meta[content]").EachWithBreak(func(_ int, s *goquery.Selection) bool {
		if strings.EqualFold(s.AttrOr("name", s.AttrOr("property", s.AttrOr("itemprop", ""))), name) {
			content = s.AttrOr("content", "")
		}
		return content == ""
	})
	return content
}

// declared are the dates a page declares for programs: the meta elements of
// Chinese government sites and of the others, JSON-LD, Flarum's data.
func (r *reader) declared() (found []date) {
	add := func(s string) {
		if d, ok := r.readDate(s); ok {
			found = append(found, d)
		}
	}
	for _, name := range []string{"pubdate", "publishdate", "publishtime", "publish_time", "firstpublishedtime",
		"article:published_time", "og:published_time", "datepublished", "dc.date.issued", "dcterms.created", "apub:time"} {
		add(r.meta(name))
	}
	r.doc.Find(`script[type="application/ld+json"]`).EachWithBreak(func(i int, s *goquery.Selection) bool {
		var ld struct{ DatePublished, PubDate string }
		if json.Unmarshal([]byte(s.Text()), &ld) == nil { // what is not so is passed over
			add(ld.DatePublished)
			add(ld.PubDate)
		}
		return i < 10
	})
	add(r.flarum().APIDocument.Data.Attributes.CreatedAt)
	return found
}

// flarumData is what Flarum gives its own script to start with.
type flarumData struct {
	APIDocument struct {
		Data struct {
			Attributes struct {
				CreatedAt string
				IsLocked  bool
			}
		}
	}
}

func (r *reader) flarum() (data flarumData) {
	if json.Unmarshal([]byte(r.doc.Find("#flarum-json-payload").First().Text()), &data) != nil {
		return flarumData{} // another forum
	}
	return data
}

func (r *reader) flarumClosed() bool { return r.flarum().APIDocument.Data.Attributes.IsLocked }

// shown are the dates that elements made for it show: Discuz's line over a post,
// whose relative times have the exact one in an attribute, and time elements.
func (r *reader) shown() (found []date) {
	add := func(s *goquery.Selection) {
		texts := []string{s.AttrOr("datetime", ""), s.AttrOr("title", ""), s.Find("[title]").AttrOr("title", ""), s.Text()}
		for _, text := range texts {
			if d, ok := r.readDate(text); ok {
				found = append(found, d)
				return
			}
		}
	}
	over := r.doc.Find(`[id^="authorposton"]`).First()
	if s := r.doc.Find("#authorposton" + r.post); r.post != "" && s.Length() > 0 {
		over = s
	}
	add(over)
	times := r.doc.Find(`time[pubdate], time[itemprop="datePublished"], [itemprop="datePublished"], article time, main time`)
	if times.Length() == 0 {
		// A page's only time is its own; of several each may be of another page.
		if times = r.doc.Find("time"); times.Length() > 1 {
			return found
		}
	}
	add(times.First())
	return found
}

// labelled are the dates that lines around the text give: 发布时间：2026-11-20
// 10:30, 2026-11-20 来源：市水务局.
func (r *reader) labelled() (found []date) {
	text := norm.NFKC.String(strings.Join(r.around, "\n"))
	for _, label := range []*regexp.Regexp{answeredRe, postedRe} {
		if d, ok := r.dateOf(label.FindStringSubmatch(text)); ok {
			found = append(found, d)
		}
	}
	for line := range strings.Lines(text) {
		if utf8.RuneCountInString(line) <= maxAbout && byline.MatchString(line) {
			if d, ok := r.dateOf(dateRe.FindStringSubmatch(line)); ok {
				return append(found, d)
			}
		}
	}
	return found
}
