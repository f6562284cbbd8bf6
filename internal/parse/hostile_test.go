package parse

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// fill repeats what make gives up to the size of a hostile document, between head and tail.
func fill(head string, each func(i int) string, tail string) []byte {
	var b strings.Builder
	b.WriteString(head)
	for i := 0; b.Len() < hostileSize; i++ {
		b.WriteString(each(i))
	}
	b.WriteString(tail)
	return []byte(b.String())
}

func same(s string) func(int) string { return func(int) string { return s } }

// peak runs f and tells how much the heap grew meanwhile, in bytes.
func peak(f func()) uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	before, top := m.HeapAlloc, m.HeapAlloc
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return top - before
		case <-tick.C:
			runtime.ReadMemStats(&m)
			top = max(top, m.HeapAlloc)
		}
	}
}

// Whatever a stranger sends, reading it takes no gigabytes.
func TestHostileDocuments(t *testing.T) {
	at := here(t)
	feed := func(doc []byte) (Document, error) { return Feed(doc, at) }
	rows := Fields{Item: "li", Link: "a", Text: "p", Time: "i", Next: "a.nxt"}
	list := func(doc []byte) (Document, error) { return List(doc, rows, at) }
	const rss, good = "<rss><channel>", "<item><title>好的</title></item>"
	const li = `<ul><li><a href="/1">好的</a></li></ul>`
	spaces := func(n int) (out []string) {
		for i := range n {
			out = append(out, fmt.Sprintf(" xmlns:x%d='u'", i))
		}
		return out
	}
	numbered := func(format string) func(int) string {
		return func(i int) string { return fmt.Sprintf(format, i) }
	}
	for _, tt := range []struct {
		name  string
		doc   []byte
		read  func([]byte) (Document, error)
		items int   // that are read
		err   error // or why not
	}{
		{"billion laughs", fill(`<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">`, numbered(`<!ENTITY a%[1]d "&a;&a;&a;&a;&a;&a;">`), "]>"+rss+"<item><title>好&a9;&a8;</title></item></channel></rss>"), feed, 1, nil},
		{"quadratic entities", []byte(`<!DOCTYPE r [<!ENTITY a "` + strings.Repeat("a", 1<<20) + `">]>` + rss + "<item><title>好" + strings.Repeat("&a;", 1<<20) + "</title></item></channel></rss>"), feed, 1, nil},
		{"nested deep", fill(rss+good, same("<x:a>"), ""), feed, 1, nil},
		{"attributes", fill(rss+good+"<item", same(" a"), "/></channel></rss>"), feed, 1, nil},
		{"attributes with values that look like ends", fill(rss+good+"<item", same(` a=">"`), "/></channel></rss>"), feed, 1, nil},
		{"attributes of many elements", fill(rss+good+"<item>", same("<x:a a='' b='' c='' d='' e='' f='' g='' h=''/>"), "</item></channel></rss>"), feed, 1, nil},
		{"huge root tag", fill("<rss a='", same("a"), "'><channel>"+good+"</channel></rss>"), feed, 0, ErrNotFeed},
		{"namespaces", fill(rss+good, numbered("<x%[1]d:a xmlns:x%[1]d='u%[1]d'/>"), "</channel></rss>"), feed, 1, nil},
		{"namespaces in namespaces", []byte(rss + good + "<b" + strings.Join(spaces(10_000), "") + ">" + strings.Repeat("<c xmlns:y='u'/>", maxElements-100) + "</b></channel></rss>"), feed, 1, nil},
		{"namespaces in one tag", fill(rss+good+"<a", numbered(" xmlns:x%d='u'"), "/></channel></rss>"), feed, 1, nil},
		{"empty items", fill(rss+good, same("<item/>"), "</channel></rss>"), feed, 1, nil},
		{"many items", fill(rss, same(good), "</channel></rss>"), feed, MaxItems, nil},
		{"extensions", fill(rss+good+"<item><title>好</title>", same("<x:a/>"), "</item></channel></rss>"), feed, 1, nil},
		{"elements of many names", fill(rss+good+"<item><title>好</title>", numbered("<a%d/>"), "</item></channel></rss>"), feed, 1, nil},
		{"text in pieces", fill(rss+good+"<x:a>", same("a<!---->"), "</x:a></channel></rss>"), feed, 1, nil},
		{"text in great pieces", fill(rss+good+"<x:a>", same(strings.Repeat("a", 60)+"<!---->"), "</x:a></channel></rss>"), feed, 1, nil},
		{"character references", fill(rss+good+"<item><title>", same("&#1;"), "好</title></item></channel></rss>"), feed, 2, nil},
		{"broken everywhere", fill(rss, same("<item><title>好的</item>"), ""), feed, MaxItems, nil},
		{"items of markup", fill(rss, same("<item><description><![CDATA["+strings.Repeat("<a><b>", 200)+"水]]></description></item>"), ""), feed, MaxItems, nil},
		{"one item of formatting", fill(rss+"<item><description><![CDATA["+fonts(500), same("<p>x"), "]]></description></item></channel></rss>"), feed, 1, nil},
		{"JSON nested deep", fill("", same("["), ""), feed, 0, ErrNotFeed},
		{"JSON Feed nested deep", fill(`{"items":[`, same("["), ""), feed, 0, ErrBroken},
		{"JSON Feed of nothing", fill(`{"items":[{"title":"好"}`, same(",0"), "]}"), feed, 1, nil},
		{"JSON Feed of many keys", fill(`{`, numbered(`"%d":0,`), `"items":[{"title":"好"}]}`), feed, 0, ErrNotFeed},

		{"links in links", fill(li, same("<a><a>"), ""), list, 0, ErrPage},
		{"large page", []byte(li + strings.Repeat("x", maxPage)), list, 0, ErrPage},
		{"page of attributes", []byte(li + "<p" + strings.Repeat(" a", maxPage/2-50) + ">"), list, 1, nil},
		{"page of formatting", []byte(li + fonts(400) + strings.Repeat("<p>x", maxTags-2000)), list, 1, nil},
		{"page of formatting hidden from who looks for tags", []byte(li + `<script>x<b c="</script><svg><style>` + fonts(400) + strings.Repeat("<p>x", maxTags-2000)), list, 1, nil},
		{"page of bodies", []byte(li + strings.Repeat("<body a b c>", 1000)), list, 0, ErrPage},
		{"page of tables", []byte(li + strings.Repeat("<table><a>x", maxTags/3)), list, 1, nil},
		{"page of rows", []byte(strings.Repeat("<ul>", 200) + strings.Repeat("<li><a href=/1>好</a>", maxTags/4)), list, MaxItems, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var read Document
			var err error
			start := time.Now()
			used := peak(func() { read, err = tt.read(tt.doc) })
			t.Logf("%d MB, %.1f s, %d items, lost %d, %v", used>>20, time.Since(start).Seconds(), len(read.Items), read.Lost, err)
			if used > 400<<20 {
				t.Errorf("it takes %d MB", used>>20)
			}
			if tt.items == MaxItems && read.Lost > 0 {
				t.Errorf("lost %d of those that are not read", read.Lost)
			}
			if len(read.Items) != tt.items || !errors.Is(err, tt.err) {
				t.Errorf("%d items, %v; want %d, %v", len(read.Items), err, tt.items, tt.err)
			}
		})
	}
}

// fonts are formatting elements that are never closed and all differ, in a paragraph:
// HTML opens them again in each that follows.
func fonts(n int) string {
	var b strings.Builder
	b.WriteString("<p>")
	for i := range n {
		fmt.Fprintf(&b, "<font size=%d>", i)
	}
	return b.String()
}
