package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// How the sites answer.
const (
	atFirst     = iota // with an ETag, and the word that nothing will change for a while: each is read once
	withTags           // with an ETag, and 304 to who names it
	withoutTags        // the whole feed each time, and nothing to ask by
	growing            // likewise, and each time one item more
)

// sites are many small forums, each at a loopback address of its own, since one
// host is asked for one thing at a time. What they say is a function of the seed, of
// how many items a feed ever had, and of what was posted.
type sites struct {
	port  int
	items int       // that a feed shows
	began time.Time // when the items that were always there end
	texts []string  // what ordinary items say, as XML
	mode  atomic.Int32
	feeds []feed
	sent  atomic.Int64 // bytes of feeds
	full  atomic.Int64 // feeds sent whole
}

// feed is one site's feed.
type feed struct {
	mu    sync.Mutex
	total int     // items ever
	added []added // the last of them, at most as many as the feed shows
}

// added is an item that was not there at the beginning.
type added struct {
	at   time.Time
	text string // as XML
}

// listen opens n sites whose feeds show so many items.
func listen(n, items int, seed uint64) (*sites, error) {
	s := &sites{items: items, began: time.Now(), feeds: make([]feed, n)}
	r := rand.New(rand.NewPCG(seed, 1))
	for range 2000 {
		s.texts = append(s.texts, itemText(chat(r), chat(r)+chat(r)+chat(r), chat(r)+chat(r)))
	}
	for i := range s.feeds {
		s.feeds[i].total = items
	}
	// One socket for all of 127/8 has to be that for every address.
	ln, err := net.Listen("tcp4", "0.0.0.0:0")
	if err != nil {
		return nil, err
	}
	s.port = ln.Addr().(*net.TCPAddr).Port
	srv := &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	go func() { _ = srv.Serve(loopback{ln}) }() // until the program ends
	return s, nil
}

// loopback accepts from this machine only.
type loopback struct{ net.Listener }

func (l loopback) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if a, ok := c.RemoteAddr().(*net.TCPAddr); ok && a.IP.IsLoopback() {
			return c, nil
		}
		_ = c.Close()
	}
}

// hostOf is the address of the i-th site.
func hostOf(i int) string { return fmt.Sprintf("127.%d.%d.%d", 1+i>>16, i>>8&255, i&255) }

// feedURL is where its feed is.
func feedURL(i, port int) string { return fmt.Sprintf("http://%s:%d/feed", hostOf(i), port) }

// ServeHTTP serves the feed of the site that is asked, and its robots.txt.
func (s *sites) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var a, b, c int
	if _, err := fmt.Sscanf(r.Host, "127.%d.%d.%d:", &a, &b, &c); err != nil || (a-1)<<16|b<<8|c >= len(s.feeds) {
		http.NotFound(w, r)
		return
	}
	i := (a-1)<<16 | b<<8 | c
	if r.URL.Path != "/feed" {
		_, _ = io.WriteString(w, "User-agent: *\nDisallow: /admin/\n")
		return
	}
	f := &s.feeds[i]
	f.mu.Lock()
	mode := s.mode.Load()
	if mode == growing {
		s.add(f, time.Now(), s.texts[(i+f.total)%len(s.texts)])
	}
	tag := `"` + strconv.Itoa(f.total) + `"`
	if mode == atFirst {
		w.Header().Set("Cache-Control", "max-age=3600")
	}
	if mode == atFirst || mode == withTags {
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			f.mu.Unlock()
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	body := s.rss(i, f)
	f.mu.Unlock()
	w.Header().Set("Content-Type", "application/rss+xml; charset=utf-8")
	s.sent.Add(int64(len(body)))
	s.full.Add(1)
	_, _ = w.Write(body) // who has gone away does not want it
}

// rss is the feed of site i as it is now, the newest item first.
func (s *sites) rss(i int, f *feed) []byte {
	host := "http://" + hostOf(i) + ":" + strconv.Itoa(s.port)
	b := make([]byte, 0, s.items*900)
	b = append(b, `<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>邻里论坛</title><link>`...)
	b = append(b, host...)
	b = append(b, `</link><description>街坊说说话</description>`...)
	for n := f.total - 1; n >= f.total-s.items; n-- {
		at := s.began.Add(time.Duration(n-s.items) * 7 * time.Hour) // 29 days for 100 items
		text := s.texts[(i*31+n)%len(s.texts)]
		if back := f.total - 1 - n; back < len(f.added) {
			at, text = f.added[len(f.added)-1-back].at, f.added[len(f.added)-1-back].text
		}
		b = append(b, "<item><guid isPermaLink=\"false\">t"...)
		b = strconv.AppendInt(b, int64(n), 10)
		b = append(b, "</guid><link>"...)
		b = append(b, host...)
		b = append(b, "/thread/"...)
		b = strconv.AppendInt(b, int64(n), 10)
		b = append(b, "</link><pubDate>"...)
		b = at.UTC().AppendFormat(b, time.RFC1123Z)
		b = append(b, "</pubDate>"...)
		b = append(b, text...)
		b = append(b, "</item>\n"...)
	}
	return append(b, "</channel></rss>\n"...)
}

// add puts an item on top of f, whose lock is held.
func (s *sites) add(f *feed, at time.Time, text string) {
	f.total++
	if f.added = append(f.added, added{at, text}); len(f.added) > s.items {
		f.added = f.added[1:]
	}
}

// post has somebody write on site i, and returns when that can be read and where.
func (s *sites) post(i int, text string) (at time.Time, url string) {
	f := &s.feeds[i]
	f.mu.Lock()
	defer f.mu.Unlock()
	at = time.Now()
	s.add(f, at, itemText(text, text, ""))
	return at, fmt.Sprintf("http://%s:%d/thread/%d", hostOf(i), s.port, f.total-1)
}

// itemText is the part of an item that does not depend on where it stands.
func itemText(title, first, second string) string {
	return "<title>" + title + "</title><dc:creator>街坊</dc:creator><category>闲聊</category><description><![CDATA[<p>" + first +
		"</p>\n<p>" + second + "</p>]]></description>"
}

// What people chat about, and what they complain of. The poller's process sees that
// none of the first is a mention, and all of the second are.
var (
	who  = words("我爸 邻居 同事 表妹 老同学 舅舅 几个朋友 对门的大姐 外婆 球友")
	when = words("昨天下午 上周末 今天一早 前几天 国庆的时候 晚饭以后 春天里 这个月初")
	did  = words("去河边走了走 做了一锅红烧肉 借来一本旧小说 在阳台种了番茄 学会了拉二胡 打了一场羽毛球 看了场老电影 包了荠菜馄饨 拍了好多晚霞 织完一条围巾 教我写毛笔字 翻出小时候的照片")
	felt = words("心情好得很 味道真不错 有人一起去吗 下回还想再来 越看越喜欢 笑了半天 值得推荐 收获不小 明年继续 给大家看看")

	places     = words("清河路 柳树街 东关桥 望湖花园 南门新村 凤凰里 石榴巷 青年广场 北苑小区 槐安里")
	complaints = words("已经停水两天了，什么时候能恢复？ 的路灯坏了半个月，一直没人修。 的井盖不见了，晚上走路太危险。 旁边工地夜里两点还在施工，噪音大得睡不着。 的暖气一点不热，家里只有十二度。 的垃圾堆了一个星期没人清，臭得不行。")
)

func words(s string) []string { return strings.Fields(s) }

// chat is a sentence nobody has to answer.
func chat(r *rand.Rand) string {
	return pick(r, when) + pick(r, who) + pick(r, did) + "，" + pick(r, felt) + "。"
}

// complaint is what somebody has to answer.
func complaint(r *rand.Rand) string {
	return pick(r, places) + strconv.Itoa(1+r.IntN(200)) + "号" + pick(r, complaints)
}

func pick(r *rand.Rand, from []string) string { return from[r.IntN(len(from))] }
