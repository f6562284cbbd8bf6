package fetch

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"
)

// The examples of RFC 9309, and what sites in China have.
func TestRobotsRules(t *testing.T) {
	gbk := func(s string) string { return string(encode(t, simplifiedchinese.GBK, s)) }
	for _, tt := range []struct {
		name, file, path string
		want             bool
	}{
		{"empty", "", "/a", true},
		{"all", "User-agent: *\nDisallow: /", "/a", false},
		{"the root", "User-agent: *\nDisallow: /", "", false},
		{"nothing", "User-agent: *\nDisallow:", "/a", true},
		{"robots.txt itself", "User-agent: *\nDisallow: /", "/robots.txt", true},
		{"others only", "User-agent: Baiduspider\nDisallow: /", "/a", true},
		{"us by name", "User-agent: huiyin\nDisallow: /", "/a", false},
		{"us by name and version", "User-agent: HUIYIN/2.0\nDisallow: /", "/a", false},
		{"one that begins like us", "User-agent: Huiyin-image\nDisallow: /", "/a", true},
		{"one that we begin like", "User-agent: Hui\nDisallow: /", "/a", true},
		{"our own group, not the one for all", "User-agent: *\nDisallow: /\n\nUser-agent: Huiyin\nDisallow: /x", "/a", true},
		{"an empty group of our own", "User-agent: Huiyin\nDisallow:\n\nUser-agent: *\nDisallow: /", "/a", true},
		{"a group for two", "User-agent: other\nUser-agent: Huiyin\nDisallow: /", "/a", false},
		{"a group for two, we first", "User-agent: Huiyin\nUser-agent: other\nDisallow: /", "/a", false},
		{"a delay between two names", "User-agent: other\nCrawl-delay: 2\nUser-agent: Huiyin\nDisallow: /", "/a", false},
		{"a blank line inside a group", "User-agent: *\n\nDisallow: /", "/a", false},
		{"groups of one name are one", "User-agent: Huiyin\nDisallow: /a\nUser-agent: b\nDisallow: /c\nUser-agent: Huiyin\nDisallow: /d", "/d", false},
		{"a name ends the group before", "User-agent: Huiyin\nDisallow: /a\nUser-agent: b\nDisallow: /c", "/c", true},
		{"rules before any name", "Disallow: /\nUser-agent: *\nDisallow: /x", "/a", true},
		{"a line that means nothing", "User-agent: *\nCrawl-delay: slow\nNoindex: /\nhello\nDisallow: /a", "/a", false},
		{"prefix", "User-agent: *\nDisallow: /foo", "/foobar", false},
		{"case of a path", "User-agent: *\nDisallow: /Foo", "/foo", true},
		{"case and spaces of a key", "\tuser-AGENT :  * \n disallow\t:\t/a \n", "/a", false},
		{"comment", "User-agent: * # all\nDisallow: /a # not this\n#Disallow: /b", "/b", true},
		{"comment behind a path", "User-agent: *\nDisallow: /a#b", "/ax", false},
		{"longest wins", "User-agent: *\nAllow: /example/page/\nDisallow: /example/page/disallowed.gif", "/example/page/disallowed.gif", false},
		{"longest wins, order aside", "User-agent: *\nAllow: /p/q\nDisallow: /", "/p/q", true},
		{"allow wins a draw", "User-agent: *\nDisallow: /page\nAllow: /page", "/page", true},
		{"allow wins a draw with a wildcard", "User-agent: *\nDisallow: /p*ge\nAllow: /page", "/page", true},
		{"wildcard", "User-agent: *\nDisallow: /*?action=", "/forum.php?mod=x&action=y", true},
		{"wildcard in the query", "User-agent: *\nDisallow: /*?mod=misc*", "/forum.php?mod=misc&a=1", false},
		{"wildcard begins at the root", "User-agent: *\nDisallow: /a*b", "/x/a1b", true},
		{"wildcard for nothing", "User-agent: *\nDisallow: /a*b", "/ab", false},
		{"wildcard at the beginning", "User-agent: *\nDisallow: *.gif$", "/x/y.gif", false},
		{"end", "User-agent: *\nDisallow: /*.php$", "/a.php", false},
		{"end, not there", "User-agent: *\nDisallow: /*.php$", "/a.php?x=1", true},
		{"end of the root", "User-agent: *\nDisallow: /$", "/a", true},
		{"dollar elsewhere is a dollar", "User-agent: *\nDisallow: /a$b", "/a$bc", false},
		{"star encoded", "User-agent: *\nDisallow: /file-with-a-%2A.html", "/file-with-a-*.html", false},
		{"star encoded is no wildcard", "User-agent: *\nDisallow: /file-with-a-%2A.html", "/file-with-a-b.html", true},
		{"dollar encoded", "User-agent: *\nDisallow: /path/foo-%24", "/path/foo-$", false},
		{"Chinese as it is", "User-agent: *\nDisallow: /论坛/", "/论坛/1", false},
		{"Chinese encoded here", "User-agent: *\nDisallow: /论坛/", "/%e8%ae%ba%E5%9D%9B/1", false},
		{"Chinese encoded there", "User-agent: *\nDisallow: /%e8%ae%ba%E5%9D%9B/", "/论坛/1", false},
		{"Chinese in the query", "User-agent: *\nDisallow: /*?k=停水", "/s?k=停水&p=1", false},
		{"other Chinese", "User-agent: *\nDisallow: /论坛/", "/新闻/1", true},
		{"GBK paths", gbk("User-agent: *\nDisallow: /论坛/"), "/%C2%DB%CC%B3/1", false},
		{"GBK comments", gbk("# 本站不让程序读后台\nUser-agent: *\nDisallow: /admin"), "/admin/", false},
		{"letters encoded", "User-agent: *\nDisallow: /%7Ejoe/%61bc", "/~joe/abc", false},
		{"slash encoded is no slash", "User-agent: *\nDisallow: /a%2fb", "/a/b", true},
		{"byte order mark", "\uFEFFUser-agent: *\nDisallow: /a", "/a", false},
		{"UTF-16", "\xFF\xFEU\x00s\x00e\x00r\x00", "/a", true},
		{"old Macs", "User-agent: *\rDisallow: /a\r", "/a", false},
		{"Windows", "User-agent: *\r\nDisallow: /a\r\n", "/a", false},
		{"a page of HTML", "<html><head><title>404: 网页不存在</title></head><body style=\"color: red\">Disallow: /</body></html>", "/a", true},
		{"a path without a slash", "User-agent: *\nDisallow: admin", "/admin", true},
		{"full-width colon", "User-agent： *\nDisallow： /", "/a", true},
		{"a long file", "User-agent: *\nDisallow: /a\n" + strings.Repeat("#", maxRobots) + "\nDisallow: /b", "/a", false},
		{"a rule cut in two by the limit", "User-agent: *\n" + strings.Repeat("#\n", (maxRobots-len("User-agent: *\nDisallow: /"))/2) + "Disallow: /abc", "/ax", true},
	} {
		u, err := url.Parse("http://h" + tt.path)
		if err != nil {
			t.Fatal(err)
		}
		body := []byte(tt.file)
		if got := parseRobots(body[:min(len(body), maxRobots)], "Huiyin").allow(u); got != tt.want {
			t.Errorf("%s: allow(%s) = %v", tt.name, tt.path, got)
		}
	}
}

func TestCrawlDelay(t *testing.T) {
	for file, want := range map[string]time.Duration{
		"User-agent: *\nCrawl-delay: 10":                                              10 * time.Second,
		"User-agent: *\ncrawl-delay: 0.5":                                             time.Second / 2,
		"User-agent: *\nCrawl-delay: 86400":                                           maxDelay,
		"User-agent: *\nCrawl-delay: 1e300":                                           maxDelay,
		"User-agent: *\nCrawl-delay: +Inf":                                            maxDelay,
		"User-agent: *\nCrawl-delay: NaN":                                             0,
		"User-agent: *\nCrawl-delay: -3":                                              0,
		"Crawl-delay: 5\nUser-agent: *\nAllow: /":                                     0,
		"User-agent: other\nCrawl-delay: 9\n\nUser-agent: Huiyin\nDisallow: /x":       0,
		"User-agent: *\nCrawl-delay: 9\n\nUser-agent: Huiyin\nCrawl-delay: 3":         3 * time.Second,
		"User-agent: *\nDisallow: /x\nCrawl-delay: 4\nUser-agent: b\nCrawl-delay: 30": 4 * time.Second,
	} {
		if got := parseRobots([]byte(file), "Huiyin").delay; got != want {
			t.Errorf("%q: %v, want %v", file, got, want)
		}
	}
}

func TestProductToken(t *testing.T) {
	for agent, want := range map[string]string{"Huiyin/1.0 (x)": "Huiyin", "huiyin": "huiyin", "A_b-c d": "A_b-c", "回音": "", "": ""} {
		if got := productToken(agent); got != want {
			t.Errorf("%q: %q", agent, got)
		}
	}
}

// A pattern matches what the regular expression matches that it stands for.
func TestMatchesAsARegexpWould(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringMatching(`/[ab*]{0,8}\$?`).Draw(t, "pattern")
		path := rapid.StringMatching(`/[ab]{0,10}`).Draw(t, "path")
		expr := "^" + strings.ReplaceAll(regexp.QuoteMeta(strings.TrimSuffix(pattern, "$")), `\*`, ".*")
		if strings.HasSuffix(pattern, "$") {
			expr += "$"
		}
		if got, want := matches(pattern, path), regexp.MustCompile(expr).MatchString(path); got != want {
			t.Fatalf("matches(%q, %q) = %v, %s says %v", pattern, path, got, expr, want)
		}
	})
}

// A path stays the same path however it is written.
func TestNormalPathIsOneForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := "/" + rapid.StringMatching(`([a-z~*$]|%2[Ff]|%[Ee]8){0,12}`).Draw(t, "path")
		once := normalPath(raw, false)
		if twice := normalPath(once, false); twice != once {
			t.Fatalf("%q, then %q", once, twice)
		}
		if u, err := url.Parse(raw); err == nil && cmpPath(u) != once {
			t.Fatalf("%q, as a URL %q", once, cmpPath(u))
		}
	})
}

// FuzzRobots: whatever the file says, it is read within limits, and what it says
// is the same for the same path.
func FuzzRobots(f *testing.F) {
	f.Add("User-agent: *\nDisallow: /*a*$\nAllow: /论坛%2A\nCrawl-delay: 1e9", "/a?b=%zz")
	f.Add("User-agent: Huiyin/1.0\r\nDisallow: *\rAllow: /$$\nCrawl-delay: NaN", "/论坛/$")
	f.Add("\uFEFFuser-agent:*\ndisallow:/\xFF\xFE%", "")
	f.Fuzz(func(t *testing.T, file, path string) {
		r := parseRobots([]byte(file), "Huiyin")
		if r.delay < 0 || r.delay > maxDelay {
			t.Fatalf("delay %v", r.delay)
		}
		for line := range strings.Lines(r.lines) {
			if len(line) < 3 || line[0] != '+' && line[0] != '-' || line[1] != '/' && line[1] != '*' || line[len(line)-1] != '\n' {
				t.Fatalf("line %q", line)
			}
		}
		if n := len(r.lines); n > 3*len(file) {
			t.Fatalf("%d bytes of rules from %d", n, len(file))
		}
		u, err := url.Parse("http://h/" + path)
		if err != nil {
			return
		}
		again, err := url.Parse(u.String()) // as it goes over the wire
		if err != nil {
			t.Fatal(err)
		}
		if r.allow(u) != r.allow(again) || !r.allow(&url.URL{Path: "/robots.txt"}) {
			t.Fatalf("%q and %q", cmpPath(u), cmpPath(again))
		}
	})
}

// The worst that a file within the limit can cost for one path.
func BenchmarkHostileRobots(b *testing.B) {
	r := parseRobots([]byte("User-agent: *\n"+strings.Repeat("Allow: /*a*b*c\n", maxRobots/15-2)), "Huiyin")
	u := &url.URL{Path: "/" + strings.Repeat("ab", maxURL/2)}
	b.ReportMetric(float64(len(r.lines)), "kept-bytes")
	for b.Loop() {
		if !r.allow(u) {
			b.Fatal("refused")
		}
	}
}
