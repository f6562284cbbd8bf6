package playground

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"strconv"
	"time"
)

//go:embed web
var web embed.FS

// pageSize is how many threads one list page of the forum shows.
const pageSize = 50

// newsShown is how many items the feed lists.
const newsShown = 30

// townHandler serves the town's forum, its news and its feed.
func (p *Playground) townHandler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /town/{$}", http.RedirectHandler("/town/forum", http.StatusFound))
	mux.HandleFunc("GET /town/forum", p.forumList)
	mux.HandleFunc("POST /town/forum", p.forumPost)
	mux.HandleFunc("GET /town/forum/new", func(w http.ResponseWriter, r *http.Request) {
		p.render(w, r, http.StatusOK, "new", townView{Title: "发帖"})
	})
	mux.HandleFunc("GET /town/forum/{no}", p.showPost(forum))
	mux.HandleFunc("GET /town/news/{no}", p.showPost(news))
	mux.HandleFunc("GET /town/news.xml", p.feed)
	mux.HandleFunc("GET /town/answer", p.answers)
	return p.whenOpen(mux)
}

// whenOpen lets visitors of a new town wait until the phones are ready: what is
// posted before would ring with whoever has a phone first.
func (p *Playground) whenOpen(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-p.opened:
			next.ServeHTTP(w, r)
		case <-r.Context().Done():
		}
	})
}

// townView is what the town's templates show.
type townView struct {
	Title       string
	Posts       []townPost
	Post        townPost
	Newer       int // page to turn to, 0: none
	Older       int
	Problem     string // why the form was refused
	Zone        *time.Location
	Author, Say string // what the refused form held
}

// When formats a time as Chinese forums do: without a zone.
func (v townView) When(t time.Time) string { return t.In(v.Zone).Format("2006-01-02 15:04") }

var townTemplates = template.Must(template.ParseFS(web, "web/town.html"))

// render writes a page of the town. It has an ETag, so that a reader that has it
// already is told so.
func (p *Playground) render(w http.ResponseWriter, r *http.Request, status int, name string, v townView) {
	v.Zone = p.zone
	var b bytes.Buffer
	if err := townTemplates.ExecuteTemplate(&b, name, v); err != nil {
		p.fail(w, "render "+name, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if status != http.StatusOK {
		w.WriteHeader(status)
		_, _ = w.Write(b.Bytes())
		return
	}
	serve(w, r, b.Bytes())
}

// serve writes content with its ETag, or says that it has not changed.
func serve(w http.ResponseWriter, r *http.Request, content []byte) {
	sum := sha256.Sum256(content)
	w.Header().Set("ETag", `"`+hex.EncodeToString(sum[:12])+`"`)
	w.Header().Set("Cache-Control", "no-cache")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(content))
}

// fail answers that something inside went wrong.
func (p *Playground) fail(w http.ResponseWriter, what string, err error) {
	p.log.Error(what, slog.Any("error", err))
	http.Error(w, "演示程序出错了，请看终端里的记录。", http.StatusInternalServerError)
}

// answers is the page on which the town's offices answer the newest threads, all at once.
func (p *Playground) answers(w http.ResponseWriter, r *http.Request) {
	posts, _, err := p.town.list(forum, 0, pageSize)
	if err != nil {
		p.fail(w, "show the answers", err)
		return
	}
	p.render(w, r, http.StatusOK, "answer", townView{Title: "对网友反映问题的集中答复", Posts: posts})
}

func (p *Playground) forumList(w http.ResponseWriter, r *http.Request) {
	page := max(1, number(r.FormValue("page")))
	posts, total, err := p.town.list(forum, (page-1)*pageSize, pageSize)
	if err != nil {
		p.fail(w, "show the forum", err)
		return
	}
	v := townView{Title: "清河论坛", Posts: posts, Newer: page - 1}
	if page*pageSize < total {
		v.Older = page + 1
	}
	p.render(w, r, http.StatusOK, "list", v)
}

// number reads a small positive number; 0 for anything else.
func number(s string) int {
	n, err := strconv.ParseUint(s, 10, 20)
	if err != nil {
		return 0
	}
	return int(n)
}

func (p *Playground) forumPost(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		http.Error(w, "这个帖子太长或者读不出来，没有发布。", http.StatusBadRequest)
		return
	}
	author, title, text := r.PostForm.Get("author"), r.PostForm.Get("title"), r.PostForm.Get("text")
	done, err := p.town.post(author, title, text)
	var no refusal
	switch {
	case errors.As(err, &no):
		v := townView{Title: "发帖", Problem: no.Error(), Author: author, Post: townPost{Title: title}, Say: text}
		p.render(w, r, http.StatusUnprocessableEntity, "new", v)
	case err != nil:
		p.fail(w, "post to the forum", err)
	default:
		http.Redirect(w, r, fmt.Sprintf("/town/forum/%d", done.No), http.StatusSeeOther)
	}
}

func (p *Playground) showPost(place string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		found, ok, err := p.town.get(number(r.PathValue("no")))
		switch {
		case err != nil:
			p.fail(w, "show a post", err)
		case !ok || found.Place != place:
			p.render(w, r, http.StatusNotFound, "missing", townView{Title: "没有这个帖子"})
		default:
			p.render(w, r, http.StatusOK, "post", townView{Title: found.Title, Post: found})
		}
	}
}

// The shape of an RSS 2.0 document.
type (
	rss struct {
		XMLName xml.Name   `xml:"rss"`
		Version string     `xml:"version,attr"`
		Channel rssChannel `xml:"channel"`
	}
	rssChannel struct {
		Title       string    `xml:"title"`
		Link        string    `xml:"link"`
		Description string    `xml:"description"`
		Language    string    `xml:"language"`
		Items       []rssItem `xml:"item"`
	}
	rssItem struct {
		Title       string  `xml:"title"`
		Link        string  `xml:"link"`
		Description string  `xml:"description"`
		GUID        rssGUID `xml:"guid"`
		PubDate     string  `xml:"pubDate"`
	}
	rssGUID struct {
		IsPermaLink bool   `xml:"isPermaLink,attr"`
		Value       string `xml:",chardata"`
	}
)

func (p *Playground) feed(w http.ResponseWriter, r *http.Request) {
	posts, _, err := p.town.list(news, 0, newsShown)
	if err != nil {
		p.fail(w, "show the feed", err)
		return
	}
	doc := rss{Version: "2.0", Channel: rssChannel{
		Title: "清河新闻网", Link: p.URL() + "/town/forum", Description: "清河市的新闻和读者来信（演示）", Language: "zh-cn",
	}}
	for _, n := range posts {
		doc.Channel.Items = append(doc.Channel.Items, rssItem{
			Title: n.Title, Link: fmt.Sprintf("%s/town/news/%d", p.URL(), n.No), Description: n.Text,
			GUID: rssGUID{Value: fmt.Sprintf("qinghe-news-%d", n.No)}, PubDate: n.At.In(p.zone).Format(time.RFC1123Z),
		})
	}
	body, err := xml.MarshalIndent(doc, "", "  ")
	if err != nil {
		p.fail(w, "write the feed", err)
		return
	}
	w.Header().Set("Content-Type", "application/rss+xml; charset=utf-8")
	serve(w, r, append([]byte(xml.Header), body...))
}
