package fetch

import (
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestFreshFor(t *testing.T) {
	now := time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)
	const at, later = "Sat, 21 Nov 2026 07:00:00 GMT", "Sat, 21 Nov 2026 08:10:00 GMT"
	for _, tt := range []struct {
		header []string // name, value, name, value …
		want   time.Duration
	}{
		{nil, 0},
		{[]string{"Cache-Control", "max-age=600"}, 10 * time.Minute},
		{[]string{"Cache-Control", "public, MAX-AGE = 600"}, 10 * time.Minute},
		{[]string{"Cache-Control", `max-age="600"`}, 10 * time.Minute},
		{[]string{"Cache-Control", "public", "Cache-Control", "max-age=60"}, time.Minute},
		{[]string{"Cache-Control", "max-age=600", "Age", "100"}, 500 * time.Second},
		{[]string{"Cache-Control", "max-age=600", "Age", "700"}, 0},
		{[]string{"Cache-Control", "max-age=600", "Age", "-700"}, 10 * time.Minute},
		{[]string{"Cache-Control", "max-age=600, max-age=60"}, time.Minute},
		{[]string{"Cache-Control", "max-age=60, max-age=600"}, time.Minute},
		{[]string{"Cache-Control", "max-age=31536000"}, maxFresh},
		{[]string{"Cache-Control", "max-age=99999999999999999999"}, 0},
		{[]string{"Cache-Control", "max-age=-5"}, 0},
		{[]string{"Cache-Control", "max-age=soon"}, 0},
		{[]string{"Cache-Control", "max-age"}, 0},
		{[]string{"Cache-Control", "s-maxage=600"}, 0},
		{[]string{"Cache-Control", "max-age=600, no-cache"}, 0},
		{[]string{"Cache-Control", "max-age=600, No-Store"}, 0},
		{[]string{"Cache-Control", "max-age=600, must-revalidate"}, 0},
		{[]string{"Cache-Control", `max-age=600, no-cache="Set-Cookie, X"`}, 0},
		{[]string{"Cache-Control", `private="x, no-cache, y", max-age=600`}, 10 * time.Minute},
		{[]string{"Expires", later}, 10 * time.Minute},
		{[]string{"Expires", later, "Date", at}, 70 * time.Minute},
		{[]string{"Expires", later, "Date", at, "Age", "600"}, time.Hour},
		{[]string{"Expires", "Thu, 19 Nov 1981 08:52:00 GMT", "Cache-Control", "max-age=60"}, time.Minute},
		{[]string{"Expires", "Thu, 19 Nov 1981 08:52:00 GMT"}, 0},
		{[]string{"Expires", "-1"}, 0},
		{[]string{"Expires", "Mon, 21 Nov 2050 07:00:00 GMT"}, maxFresh},
	} {
		h := http.Header{}
		for pair := range slices.Chunk(tt.header, 2) {
			h.Add(pair[0], pair[1])
		}
		if got := freshFor(h, now); got != tt.want {
			t.Errorf("%q: %v, want %v", tt.header, got, tt.want)
		}
	}
}

func TestLinks(t *testing.T) {
	base, err := url.Parse("https://bbs.example.cn/a/feed.xml?x=1")
	if err != nil {
		t.Fatal(err)
	}
	many := strings.Repeat("<h>; rel=x, ", maxLinks) + "<n>; rel=next"
	hubs := ""
	for _, c := range "abcdefgh" {
		hubs += "<https://" + string(c) + "/>; rel=hub, "
	}
	for _, tt := range []struct {
		header []string
		want   Links
	}{
		{nil, Links{}},
		{[]string{`<https://hub.example.cn/>; rel="hub", <https://bbs.example.cn/feed>; rel="self"`},
			Links{Hubs: []string{"https://hub.example.cn/"}, Self: "https://bbs.example.cn/feed"}},
		{[]string{`<https://hub.example.cn/>; rel=hub`, `<?page=2>;rel=NEXT`}, Links{Hubs: []string{"https://hub.example.cn/"}, Next: "https://bbs.example.cn/a/feed.xml?page=2"}},
		{[]string{`</b?x=1,2;y>; title="a, b; rel=self"; rel="next prev"`}, Links{Next: "https://bbs.example.cn/b?x=1,2;y"}},
		{[]string{`<a>; rel=next, <b>; rel=next`}, Links{Next: "https://bbs.example.cn/a/a"}},
		{[]string{`<a>; rel=x; rel=next`, `<b>; rel="self hub"; rev=next`}, Links{Hubs: []string{"https://bbs.example.cn/a/b"}, Self: "https://bbs.example.cn/a/b"}},
		{[]string{`<a>; rel=hub; anchor="#foo"`, `a; rel=next`, `<a; rel=next`, `rel=next`, `,,;;`}, Links{}},
		{[]string{`<javascript:alert(1)>; rel=next, <file:///etc/passwd>; rel=self, <http://u:p@h/>; rel=hub, <http://[::1/>; rel=hub`}, Links{}},
		{[]string{`<` + strings.Repeat("x", maxLink+1) + `>; rel=next`}, Links{}},
		{[]string{`<//hub.example.cn/论坛>; title="\"; rel=self"; rel=hub`}, Links{Hubs: []string{"https://hub.example.cn/%E8%AE%BA%E5%9D%9B"}}},
		{[]string{many}, Links{}},
		{[]string{hubs}, Links{Hubs: []string{"https://a/", "https://b/", "https://c/", "https://d/", "https://e/"}}},
	} {
		if got := linksOf(http.Header{"Link": tt.header}, base); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%.200q:\n%+v, want\n%+v", tt.header, got, tt.want)
		}
	}
}

func FuzzLinks(f *testing.F) {
	f.Add(`<https://hub.example.cn/>; rel="hub self", <b>; rel=next; title="\"a,b"`)
	f.Add(`<a,b;c>;anchor=x;rel=next,`)
	f.Add(`"<`)
	base := &url.URL{Scheme: "https", Host: "bbs.example.cn", Path: "/feed"}
	f.Fuzz(func(t *testing.T, header string) {
		l := linksOf(http.Header{"Link": {header}}, base)
		if len(l.Hubs) > maxHubs {
			t.Fatalf("%d hubs", len(l.Hubs))
		}
		for _, a := range append(l.Hubs, l.Self, l.Next) {
			if a == "" {
				continue
			}
			if u, err := parseURL(a); err != nil || !u.IsAbs() || len(a) > maxLink {
				t.Fatalf("%q: %v", a, err)
			}
		}
	})
}

func FuzzFreshFor(f *testing.F) {
	f.Add(`max-age="600", private="a, b"`, "Sat, 21 Nov 2026 08:10:00 GMT", "Sat, 21 Nov 2026 07:00:00 GMT", "5")
	f.Add(`max-age=99999999999999999999`, "0", "", "-1")
	f.Add(``, "Mon, 01 Jan 0001 00:00:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "9223372036854775807")
	f.Fuzz(func(t *testing.T, control, expires, date, age string) {
		h := http.Header{"Cache-Control": {control}, "Expires": {expires}, "Date": {date}, "Age": {age}}
		fresh := freshFor(h, time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC))
		if fresh < 0 || fresh > maxFresh {
			t.Fatalf("fresh for %v", fresh)
		}
		if fresh > 0 && strings.EqualFold(strings.TrimSpace(control), "no-store") {
			t.Fatal("fresh in spite of no-store")
		}
	})
}
