package parse

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// What a feed says of itself: where it goes on, where it tells of news, when it wants to rest.
func TestFeedSaysOfItself(t *testing.T) {
	const item = "<item><title>好</title></item>"
	for name, tt := range map[string]struct {
		doc  string
		want Document
	}{
		"RSS": {`<rss version="2.0" xmlns:a="http://www.w3.org/2005/Atom"><channel><a:link rel="self" href="/feeds/all.xml"/><a:link rel="hub" href="https://hub.example.cn/"/>
			<a:link rel="hub" href="https://second.example.cn/"/><a:link rel="next" href="?page=2"/><ttl>90</ttl>
			<skipHours><hour>0</hour><hour>23</hour><hour>24</hour><hour>99</hour></skipHours><skipDays><day>Sunday</day><day>saturday</day><day>某日</day></skipDays>` + item + `</channel></rss>`,
			Document{Next: "https://news.example.cn/feeds/all.xml?page=2", Hub: "https://hub.example.cn/", Self: "https://news.example.cn/feeds/all.xml",
				Rest: 90 * time.Minute, SkipHours: 1<<0 | 1<<23, SkipDays: 1<<0 | 1<<6}},
		"a prefix that is not declared": {`<rss><channel><atom:link rel="hub" href="https://hub.example.cn/"/>` + item + `</channel></rss>`,
			Document{Hub: "https://hub.example.cn/"}},
		"as WordPress says always": {`<rss xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel><sy:updatePeriod> hourly </sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>` + item + `</channel></rss>`,
			Document{}},
		"a ttl beyond reason": {`<rss><channel><ttl>99999999999</ttl>` + item + `</channel></rss>`, Document{Rest: 24 * time.Hour}},
		"a ttl of nothing":    {`<rss><channel><ttl>-5 </ttl><ttl>0</ttl>` + item + `</channel></rss>`, Document{}},
		"cut off": {`<rss xmlns:atom="http://www.w3.org/2005/Atom"><channel><ttl>30</ttl><atom:link rel="hub" href="https://hub.example.cn/"/>` + item + `<item><tit`,
			Document{Hub: "https://hub.example.cn/", Rest: 30 * time.Minute, Lost: 1}},
		"RDF": {`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" xmlns:atom="http://www.w3.org/2005/Atom">
			<channel><title>甲</title><sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency><atom:link rel="hub" href="https://hub.example.cn/"/></channel>` + item + `</rdf:RDF>`,
			Document{Hub: "https://hub.example.cn/"}},
		"Atom": {`<feed xmlns="http://www.w3.org/2005/Atom"><link rel="self" href="https://news.example.cn/feeds/all.xml"/><link rel="hub" href="//hub.example.cn/"/>
			<link rel="next" href="/feeds/all.xml?before=9#top"/><entry><title>好</title></entry></feed>`,
			Document{Next: "https://news.example.cn/feeds/all.xml?before=9", Hub: "https://hub.example.cn/", Self: "https://news.example.cn/feeds/all.xml"}},
		"a next page elsewhere": {`<feed xmlns="http://www.w3.org/2005/Atom"><link rel="next" href="https://evil.example.com/"/><link rel="hub" href="javascript:alert(1)"/><entry><title>好</title></entry></feed>`,
			Document{}},
		"a next page without encryption": {`<feed xmlns="http://www.w3.org/2005/Atom"><link rel="next" href="http://news.example.cn/2"/><entry><title>好</title></entry></feed>`, Document{}},
		"a next page that is this one":   {`<feed xmlns="http://www.w3.org/2005/Atom"><link rel="next" href="all.xml"/><entry><title>好</title></entry></feed>`, Document{}},
		"JSON Feed": {`{"version":"https://jsonfeed.org/version/1.1","next_url":"all.json?p=2","feed_url":"https://news.example.cn/all.json",
			"hubs":[{"type":"rssCloud","url":"https://no.example.cn/"},{"type":"WebSub","url":"https://hub.example.cn/"}],"items":[{"id":1,"title":"好"}]}`,
			Document{Next: "https://news.example.cn/feeds/all.json?p=2", Hub: "https://hub.example.cn/", Self: "https://news.example.cn/all.json"}},
	} {
		read, err := Feed([]byte(tt.doc), here(t))
		if err != nil || len(read.Items) != 1 {
			t.Errorf("%s: %d items, %v", name, len(read.Items), err)
		}
		if diff := cmp.Diff(tt.want, read, cmpopts.IgnoreFields(Document{}, "Items")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestFeedCountsAnswers(t *testing.T) {
	read, err := Feed([]byte(`<rss xmlns:slash="http://purl.org/rss/1.0/modules/slash/" xmlns:thr="http://purl.org/syndication/thread/1.0"><channel>
		<item><title>甲</title><slash:comments>12</slash:comments></item><item><title>乙</title><thr:total>3</thr:total></item>
		<item><title>丙</title><slash:comments></slash:comments></item><item><title>丁</title></item><item><title>戊</title><slash:comments>0</slash:comments></item></channel></rss>`), here(t))
	if err != nil {
		t.Fatal(err)
	}
	var got []int
	for _, it := range read.Items {
		got = append(got, it.Replies)
		if it.Views != -1 {
			t.Errorf("%s: %d views", it.Title, it.Views)
		}
	}
	if diff := cmp.Diff([]int{12, 3, -1, -1, 0}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Whatever happens to a feed on its way, what is whole in it is read.
func TestFeedSurvives(t *testing.T) {
	const good = "<item><title>停水</title><link>https://a.example.cn/1</link></item><item><title>漏水</title><link>https://a.example.cn/2</link></item>"
	const head, tail = `<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>民生</title>`, "</channel></rss>"
	for name, doc := range map[string]string{
		"whole":                       head + good + tail,
		"no end":                      head + good,
		"no end of the root":          head + good + "</channel>",
		"cut in CDATA":                head + good + "<item><title><![CDATA[坏<b>",
		"cut in a character":          head + good + "<item><title>坏\xe5\x9d",
		"cut in an attribute":         head + good + `<item><enclosure url="http://a.exa`,
		"cut in a tag":                head + good + "<item><titl",
		"cut in an end tag":           head + good + "<item><title>坏</title></ite",
		"cut in an entity":            head + good + "<item><title>坏&am",
		"cut in a comment":            head + good + "<!-- 坏",
		"another document behind":     head + good + tail + head + "<item><title>坏</title></item>" + tail,
		"a web page behind":           head + good + tail + "\n<!-- 0.02s --><script>x<y && z</script>",
		"a warning before":            "<br />\n<b>Warning</b>:  Undefined variable $x in <b>/www/feed.php</b> on line <b>3</b><br />\n" + head + good + tail,
		"a warning in plain text":     "PHP Notice:  a < b in /www/feed.php on line 3\n" + head + good + tail,
		"a warning behind the prolog": `<?xml version="1.0"?><br /><b>Warning</b>: x in <b>y</b><br />` + head[len(`<?xml version="1.0" encoding="UTF-8"?>`):] + good + tail,
		"a warning in the middle":     head + "<br />\n<b>Warning</b>:  a & b <c in <b>x.php</b><br />" + good + tail,
		"blank lines before":          "\r\n\n  " + head + good + tail,
		"an entity nobody defined":    head + "<description>甲&nbsp;乙&middot;丙&foo;</description>" + good + tail,
		"an & that is none":           head + "<description>a & b &</description>" + good + tail,
		"a < that is none":            head + "<description>a < b</description>" + good + tail,
		"an address with &":           head + "<link>http://a.example.cn/?a=1&b=2&copy=3</link>" + good + tail,
		"a broken tag":                head + "<image><url>x</image></url>" + good + tail,
		"an attribute without quotes": head + "<image width=3 height>x</image>" + good + tail,
		"control characters":          head + "<description>\x00\x0b\x1b&#0;&#x1F;</description>" + good + tail,
		"a document type with markup": `<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x "<item><title>坏</title></item>">]>` + head[len(`<?xml version="1.0" encoding="UTF-8"?>`):] + good + tail,
		"another version of XML":      `<?xml version="1.1"?>` + head[len(`<?xml version="1.0" encoding="UTF-8"?>`):] + good + tail,
		"upper case":                  "<RSS><channel>" + good + "</channel></RSS>",
	} {
		read, err := Feed([]byte(doc), here(t))
		var titles []string
		for _, it := range read.Items {
			titles = append(titles, it.Title+" "+it.Link)
		}
		if diff := cmp.Diff([]string{"停水 https://a.example.cn/1", "漏水 https://a.example.cn/2"}, titles); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}

// What is called item and is none does not make a feed a damaged one.
func TestFeedWithOtherItems(t *testing.T) {
	read, err := Feed([]byte(`<rss><channel><x:menu><item><title>甲</title></item><item><title>乙</title></item></x:menu><item><title>停水</title></item></channel></rss>`), here(t))
	if err != nil || len(read.Items) != 1 || read.Lost != 0 {
		t.Errorf("%+v, %v", read, err)
	}
}

// One broken item of a JSON Feed costs itself, a cut what stands behind it.
func TestJSONFeedSurvives(t *testing.T) {
	const good = `{"id":"1","url":"https://a.example.cn/1","title":"停水"}`
	for name, tt := range map[string]struct {
		doc         string
		items, lost int
	}{
		"whole":              {`{"items":[` + good + `]}`, 1, 0},
		"null":               {`{"items":[null,` + good + `,7,"x",[]]}`, 1, 4},
		"a title of objects": {`{"items":[{"title":{"a":1}},` + good + `]}`, 1, 1},
		"fields of any kind": {`{"title":7,"author":[],"authors":{},"hubs":3,"next_url":{},"items":[{"id":{},"url":7,"title":"甲","authors":3,"content_html":null},` + good + `]}`, 2, 0},
		"cut in an item":     {`{"items":[` + good + `,{"id":"2","title":"漏`, 1, 1},
		"cut behind":         {`{"items":[` + good, 1, 1},
		"broken later":       {`{"items":[` + good + `],"x":nonsense}`, 1, 1},
		"two of items":       {`{"items":[` + good + `],"items":[` + good + `]}`, 1, 0},
		"none":               {`{"items":[]}`, 0, 0},
	} {
		read, err := Feed([]byte(tt.doc), here(t))
		if err != nil || len(read.Items) != tt.items || read.Lost != tt.lost {
			t.Errorf("%s: %d items, lost %d, %v", name, len(read.Items), read.Lost, err)
		}
	}
}

func TestRDF(t *testing.T) {
	read, err := Feed([]byte(`<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
		xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel rdf:about="x"><title>甲</title></channel>
		<item rdf:about="https://a.example.cn/1"><title>停水</title><link>https://a.example.cn/1</link><description>短</description><dc:creator>张三</dc:creator>
		<dc:date>2026-11-20T08:30:00+08:00</dc:date><content:encoded><![CDATA[<p>停了三天</p><p>没人管</p>]]></content:encoded></item></rdf:RDF>`), here(t))
	if err != nil || len(read.Items) != 1 {
		t.Fatalf("%+v, %v", read, err)
	}
	want := Item{GUID: read.Items[0].GUID, Title: "停水", Text: "停了三天\n没人管", Author: "张三", Link: "https://a.example.cn/1",
		Published: time.Date(2026, 11, 20, 8, 30, 0, 0, here(t).Zone), Replies: -1, Views: -1}
	if diff := cmp.Diff(want, read.Items[0], cmpopts.EquateApproxTime(0)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
