package playground

import (
	"bytes"
	"encoding/json"
	"html/template"
	"log/slog"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
)

// phone is a pane of the page.
type phone struct {
	ID     int64
	Name   string
	Role   string
	Leader bool
}

// Initial is what stands in the pane's round picture.
func (p phone) Initial() string { return string([]rune(p.Name)[:1]) }

func phones() []phone {
	var all []phone
	for _, name := range people {
		all = append(all, phone{idOf(name), name, roleOf(name), slices.Contains(leaders, name)})
	}
	return all
}

// sampleButton is one button over the form, with the posts that it fills in by turns.
type sampleButton struct {
	Label string       `json:"label"`
	Posts []samplePost `json:"posts"`
}

type samplePost struct {
	Author string `json:"author"`
	Title  string `json:"title"`
	Text   string `json:"text"`
}

func sampleButtons() ([]sampleButton, error) {
	seeds, err := readSeeds(samplesYAML)
	if err != nil {
		return nil, err
	}
	var all []sampleButton
	for _, s := range seeds {
		i := slices.IndexFunc(all, func(b sampleButton) bool { return b.Label == s.Label })
		if i < 0 {
			i, all = len(all), append(all, sampleButton{Label: s.Label})
		}
		all[i].Posts = append(all[i].Posts, samplePost{s.Author, s.Title, s.Text})
	}
	return all, nil
}

var pageTemplate = template.Must(template.New("page.html").Funcs(template.FuncMap{"json": func(v any) (string, error) {
	data, err := json.Marshal(v)
	return string(data), err
}}).ParseFS(web, "web/page.html"))

// page is the page with the phones. What is in them comes through live.
func (p *Playground) page(w http.ResponseWriter, r *http.Request) {
	samples, err := sampleButtons()
	if err != nil {
		p.fail(w, "read the samples", err)
		return
	}
	var b bytes.Buffer
	err = pageTemplate.Execute(&b, map[string]any{
		"Phones": phones(), "Samples": samples, "Answer": p.URL() + "/town/answer",
		"MaxAuthor": maxAuthor, "MaxTitle": maxTitle, "MaxText": maxText,
	})
	if err != nil {
		p.fail(w, "render the page", err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	serve(w, r, b.Bytes())
}

// static serves the page's script and styles.
func (p *Playground) static(w http.ResponseWriter, r *http.Request) {
	file := r.PathValue("file")
	data, err := web.ReadFile("web/" + file)
	if err != nil || path.Ext(file) == ".html" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(file)))
	serve(w, r, data)
}

// apiHandler is what the page's script talks to.
func (p *Playground) apiHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/live", p.live)
	mux.HandleFunc("GET /api/record", p.record)
	mux.HandleFunc("GET /api/photo", p.photo)
	mux.HandleFunc("POST /api/tap", act(p, func(in struct {
		Person         int64
		Message, Index int
	}) error {
		_, err := p.bot.TapIndex(in.Person, in.Message, in.Index)
		return err
	}))
	mux.HandleFunc("POST /api/send", act(p, func(in struct {
		Person  int64
		ReplyTo int
		Text    string
	}) (err error) {
		if in.ReplyTo != 0 {
			_, err = p.bot.Reply(in.Person, in.ReplyTo, in.Text)
		} else {
			_, err = p.bot.Send(in.Person, in.Text)
		}
		return err
	}))
	return mux
}

// photo serves the picture of a message.
func (p *Playground) photo(w http.ResponseWriter, r *http.Request) {
	chat, _ := strconv.ParseInt(r.FormValue("chat"), 10, 64)
	message, _ := strconv.Atoi(r.FormValue("message"))
	content, err := p.bot.Photo(chat, message)
	if err != nil {
		p.fail(w, "read a photo", err)
		return
	}
	kind := http.DetectContentType(content)
	if !strings.HasPrefix(kind, "image/") {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", kind)
	serve(w, r, content)
}

// act makes a handler of something that a person does on a phone: it takes JSON, and
// answers 204, or 409 when the phone does not let it happen.
func act[T any](p *Playground, do func(T) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in T
		if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
			http.Error(w, "JSON only", http.StatusUnsupportedMediaType)
			return
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			http.Error(w, "读不懂这个请求。", http.StatusBadRequest)
			return
		}
		if err := do(in); err != nil {
			p.log.Info("a phone refused", slog.String("path", r.URL.Path), slog.Any("error", err))
			http.Error(w, "没有成功：消息或按钮已经变了，请看最新的消息再试。", http.StatusConflict)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}
}

// writeJSON answers with v.
func (p *Playground) writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if err := json.NewEncoder(w).Encode(v); err != nil {
		p.log.Debug("answer not delivered", slog.Any("error", err))
	}
}
