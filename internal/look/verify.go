package look

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/idna"

	"huiyin/internal/post"
)

// FaultKind names what is wrong with a reply's page.
type FaultKind string

// The kinds of faults.
const (
	Unreachable FaultKind = "unreachable" // it cannot be opened
	Elsewhere   FaultKind = "elsewhere"   // it is on no site that the unit publishes on
	Blank       FaultKind = "blank"       // no text could be read on it
	Unrelated   FaultKind = "unrelated"   // it has nothing to do with the case
	Late        FaultKind = "late"        // it bears a date after the due time
)

// Fault is one thing that is wrong with a reply's page.
type Fault struct {
	Kind FaultKind
	Text string // says in plain Chinese what is wrong and what to do
}

// Claim is what a reply's page is said to be: the answer to this case.
type Claim struct {
	Sites       []string  // hosts that the unit publishes on, "gov.example.cn" with all below it, or with a path: "social.example/office"; none: any will do
	Words       []string  // the words that made the case
	Title       string    // the case's
	MentionText string    // of its first mention, for a case without a title
	Topic       string    // the topic's name, for a case with neither
	Due         time.Time // when the reply is due; zero when it is not
	Now         time.Time // when the page was looked at
}

// Verify tells what speaks against p's being the reply of c; nil when nothing
// does. A page without a date is not at fault: p.Published tells.
func Verify(p Page, c Claim) []Fault {
	if p.State == Gone {
		why := fmt.Sprintf("对方返回 %d（网页不存在）", p.Status)
		if p.Status/100 == 2 {
			why = "打开后只显示内容不存在或已删除"
		}
		return []Fault{{Unreachable, "回应链接打不开：" + why + "。请在浏览器里打开核对，换成能打开的链接。"}}
	}
	var faults []Fault
	if host, ok := published(p.URL, c.Sites); !ok {
		faults = append(faults, Fault{Elsewhere, fmt.Sprintf("回应链接在 %s，不在本单位公开发布的网站上（%s）。请换成这些网站上的链接。",
			host, strings.Join(c.Sites, "、"))})
	}
	switch {
	case post.Plain(p.Title+p.Text) == "":
		faults = append(faults, Fault{Blank, "回应页面上没有读到文字，可能是图片、视频，或者要用手机打开。请在浏览器里打开核对。"})
	case !related(p, c):
		faults = append(faults, Fault{Unrelated, "回应页面的内容看不出与这件事有关" + about(p, c) + "。请核对是不是贴错了链接。"})
	}
	if late(p, c) {
		layout := "2006-01-02"
		if p.DatePrecise {
			layout += " 15:04"
		}
		faults = append(faults, Fault{Late, fmt.Sprintf("回应页面上的日期是 %s，晚于时限 %s。页面日期写错了的，请改正；没有写错的，是超时回应，要请领导认可。",
			p.Published.Format(layout), c.Due.In(p.Published.Location()).Format("2006-01-02 15:04"))})
	}
	return faults
}

// CannotOpen is the fault of a reply's page at which Look failed with err.
func CannotOpen(err *UnknownError) Fault {
	return Fault{Unreachable, "回应链接打不开：" + strings.TrimSuffix(err.Reason(), "。") + "。"}
}

// about says by what a page was found to have nothing to do with its case.
func about(p Page, c Claim) string {
	parts := ""
	if p.Title != "" {
		parts = "：页面标题是“" + post.Cut(p.Title, 40) + "”"
	}
	words := slices.Compact(slices.Sorted(slices.Values(c.Words)))
	if len(words) > 0 {
		parts += "，里面没有“" + strings.Join(words[:min(3, len(words))], "”“") + "”等字词"
	}
	return parts
}

// late says whether the page's own date is beyond doubt after the due time. A
// date without a time of day is that day's midnight: it counts in the office's
// favour. What was seen before the due time was there, whatever its date.
func late(p Page, c Claim) bool {
	return !c.Due.IsZero() && c.Now.After(c.Due) && p.Published.After(c.Due)
}

// Home is the host, or host:port, of address where that is on one of sites; else empty.
func Home(address string, sites []string) string {
	u, err := url.Parse(address)
	if _, ok := published(address, sites); !ok || err != nil || len(sites) == 0 {
		return ""
	}
	return u.Host
}

// published says whether address is on one of sites, and on what host it is.
func published(address string, sites []string) (host string, ok bool) {
	host = post.Line(post.Host(address), 60)
	u, err := url.Parse(address)
	if err != nil {
		return host, false
	}
	if len(sites) == 0 {
		return host, true
	}
	for _, site := range sites {
		s, err := url.Parse("//" + strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(site), "https://"), "http://"))
		if err != nil || s.Hostname() == "" {
			continue
		}
		name, its := ascii(u.Hostname()), ascii(s.Hostname())
		if name != its && !strings.HasSuffix(name, "."+its) || s.Port() != "" && s.Port() != u.Port() {
			continue
		}
		if folder := strings.TrimSuffix(s.Path, "/"); folder == "" || u.Path == folder || strings.HasPrefix(path.Clean(u.Path), folder+"/") {
			return host, true
		}
	}
	return host, false
}

// ascii is a host's name as it goes over the wire.
func ascii(host string) string {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if a, err := idna.Lookup.ToASCII(host); err == nil {
		return a
	}
	return host
}
