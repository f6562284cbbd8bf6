package board

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"time"
)

//go:embed web
var web embed.FS

// view is what a page shows within the board's frame.
type view struct {
	Template string // of web/, without .html
	Title    string // h1, and in the window's title
	Body     any
	Here     string // the part of the board that the navigation points out
	Auto     bool   // it renews itself each minute
	Wall     bool   // for a screen seen from afar
	File     *file  // it is sent instead

	// The frame's own.
	Agency  string
	Reader  Reader
	Nav     []place
	Now     time.Time
	CSS, JS string
}

// file is one to keep.
type file struct {
	kind, disposition string // headers
	content           []byte
}

// place is one in the navigation.
type place struct {
	Path, Name string
	Here       bool
}

// page is what answers a request of a reader: a view, or nil when it has answered itself.
type page func(w http.ResponseWriter, r *http.Request, who Reader) (*view, error)

// page serves a page to those who may see it.
func (b *Board) page(may func(Reader) bool, f page) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, in := b.reader(r)
		switch {
		case !in:
			b.fail(w, r, Reader{}, errLogin)
			return
		case !may(who) && r.URL.Path == "/":
			http.Redirect(w, r, "/sources", http.StatusSeeOther)
			return
		case !may(who):
			b.fail(w, r, who, errMay)
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), patience)
		defer cancel()
		made, sent, err := b.gate.pass(ctx, who.Name)
		if err != nil {
			b.fail(w, r, who, err)
			return
		}
		defer sent()
		defer made()
		v, err := f(w, r.WithContext(ctx), who)
		if err != nil {
			made()
			b.fail(w, r, who, err)
			return
		}
		if v == nil {
			return
		}
		out := b.written(w, r, who, v)
		made()
		send(w, http.StatusOK, out)
	})
}

// fail tells a reader why there is no page.
func (b *Board) fail(w http.ResponseWriter, r *http.Request, who Reader, err error) {
	told := refused(err)
	if told == errAway && r.Context().Err() == nil {
		b.Log.Error("board", slog.String("path", r.URL.Path), slog.Any("error", err))
	}
	v := &view{Template: "message", Title: told.title, Body: told.lines}
	if told == errLogin {
		v.Template, v.Body = "knock", struct {
			Lines []string
			Again string
		}{told.lines, r.URL.RequestURI()}
	}
	b.show(w, r, told.status, who, v)
}

// show writes a page.
func (b *Board) show(w http.ResponseWriter, r *http.Request, status int, who Reader, v *view) {
	send(w, status, b.written(w, r, who, v))
}

// send sends what was written; nil: something else was said already.
func send(w http.ResponseWriter, status int, out []byte) {
	if out != nil {
		w.WriteHeader(status)
		w.Write(out) // an error here means that the reader has gone
	}
}

// written is a page or a file, to be sent with the headers that it sets; nil when that went
// wrong and is said.
func (b *Board) written(w http.ResponseWriter, r *http.Request, who Reader, v *view) []byte {
	if v.File != nil {
		w.Header().Set("Content-Type", v.File.kind)
		w.Header().Set("Content-Disposition", v.File.disposition)
		w.Header().Set("Content-Length", strconv.Itoa(len(v.File.content)))
		return v.File.content
	}
	v.Agency, v.Reader, v.Now, v.Nav = b.Agency, who, b.Now().In(b.Zone), b.nav(who, v.Here)
	v.CSS, v.JS = "/static/board.css?v="+assets["board.css"].sum, "/static/board.js?v="+assets["board.js"].sum
	v.Wall = v.Auto && r.URL.Query().Get("wall") != ""
	var out bytes.Buffer
	if err := b.templates[v.Template].ExecuteTemplate(&out, "layout.html", v); err != nil {
		b.Log.Error("board: write page", slog.String("template", v.Template), slog.Any("error", err))
		http.Error(w, "这一页出了错，请告诉管理员。", http.StatusInternalServerError)
		return nil
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	return out.Bytes()
}

// nav are the parts of the board that a reader may see.
func (b *Board) nav(who Reader, here string) (list []place) {
	add := func(may bool, path, name string) {
		if may {
			list = append(list, place{path, name, path == here})
		}
	}
	if who.Name == "" {
		return nil
	}
	add(who.casework(), "/", "在办")
	add(who.casework(), "/cases", "全部事项")
	add(who.casework(), "/map", "分布")
	add(who.casework(), "/trends", "趋势")
	add(who.casework(), "/search", "找帖文")
	add(who.digests() && b.Digest != nil, "/digest", "简报")
	add(who.casework() && b.Periods != nil, "/reports", "报表")
	add(true, "/topics", "专题")
	add(who.Leads || who.Administers, "/sources", "来源")
	return list
}

// asset is a file that pages refer to.
type asset struct {
	kind, sum string
	content   []byte
}

var assets = load()

// load reads what is embedded; it fails at the program's start or never.
func load() map[string]asset {
	files := map[string]asset{}
	for name, kind := range map[string]string{
		"board.css": "text/css; charset=utf-8", "board.js": "text/javascript; charset=utf-8", "icon.svg": "image/svg+xml",
	} {
		content, err := web.ReadFile("web/" + name)
		if err != nil {
			panic(err)
		}
		sum := sha256.Sum256(content)
		files[name] = asset{kind, hex.EncodeToString(sum[:6]), content}
	}
	return files
}

// parse reads the templates, each with the frame around it.
func (b *Board) parse() map[string]*template.Template {
	pages := map[string]*template.Template{}
	entries, err := web.ReadDir("web")
	if err != nil {
		panic(err) // it is embedded
	}
	frame := template.Must(template.New("").Funcs(b.funcs()).ParseFS(web, "web/layout.html", "web/parts.html"))
	for _, e := range entries {
		name := e.Name()
		if path.Ext(name) == ".html" && name != "layout.html" && name != "parts.html" {
			pages[name[:len(name)-len(".html")]] = template.Must(template.Must(frame.Clone()).ParseFS(web, "web/"+name))
		}
	}
	return pages
}

// static serves what pages refer to. An address names the content, so that it may be kept.
func (b *Board) static(w http.ResponseWriter, r *http.Request) {
	f, ok := assets[r.PathValue("file")]
	if !ok {
		b.fail(w, r, Reader{}, errNone)
		return
	}
	w.Header().Set("Content-Type", f.kind)
	w.Header().Set("Cache-Control", "public, max-age=86400")
	w.Write(f.content) // as above
}

// pageNo is which page of a list is asked for, from 1.
func pageNo(v url.Values) int {
	n, err := strconv.Atoi(v.Get("page"))
	if err != nil {
		return 1
	}
	return min(max(n, 1), maxPage)
}

// pager leads through a list.
type pager struct {
	Page, Pages, Total int
	Previous, Next     string // links; empty: there is none
}

// newPager leads through total items by links like path?query.
func newPager(path string, query url.Values, page, total int) pager {
	p := pager{Page: page, Pages: max(1, (total+perPage-1)/perPage), Total: total}
	link := func(n int) string {
		q := url.Values{}
		for k, v := range query {
			q[k] = v
		}
		q.Set("page", strconv.Itoa(n))
		return path + "?" + q.Encode()
	}
	if page > 1 {
		p.Previous = link(min(page-1, p.Pages))
	}
	if page < min(p.Pages, maxPage) {
		p.Next = link(page + 1)
	}
	return p
}
