package playground

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"huiyin/internal/botapi"
)

// heartbeat keeps the page's stream open, and finds out when nobody reads it.
const heartbeat = 20 * time.Second

// recentPosts is how many posts the page lists beside the form.
const recentPosts = 6

// chatShown is how many messages of a chat the page shows.
const chatShown = 100

// bubble is a message as the page shows it.
type bubble struct {
	ID      int        `json:"id"`
	Mine    bool       `json:"mine"` // written by the phone's owner
	HTML    string     `json:"html"` // escaped by botapi, with Telegram's few tags only
	Line    string     `json:"line"` // its first line, as plain text
	At      string     `json:"at"`
	Edited  string     `json:"edited,omitempty"`
	ReplyTo int        `json:"replyTo,omitempty"`
	Quote   string     `json:"quote,omitempty"` // first line of the message it answers
	Keys    [][]keyTop `json:"keys,omitempty"`
	Silent  bool       `json:"silent,omitempty"`
	Photo   *photo     `json:"photo,omitempty"`
}

// photo is a picture above the text, with its size in pixels so that room is kept for it.
type photo struct {
	URL    string `json:"url"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
}

type keyTop struct {
	Text  string `json:"text"`
	Index int    `json:"index"`
	URL   string `json:"url,omitempty"`
}

// chatDelta is what changed in a chat since the stream's last word on it.
type chatDelta struct {
	Person   int64    `json:"person"`
	Whole    bool     `json:"whole"` // these are all messages: forget the others
	Messages []bubble `json:"messages"`
	Gone     []int    `json:"gone,omitempty"`
	Toasts   []string `json:"toasts,omitempty"`
}

// stream is what one open page has been told.
type stream struct {
	p     *Playground
	seen  map[int64]map[int]int64 // person → message → its Seq
	toast map[int64]int           // person → last tap answered
	town  int                     // number of the newest post told
}

// live is the page's stream of changes (server-sent events): "chat" and "town".
func (p *Playground) live(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	rc := http.NewResponseController(w)
	s := stream{p: p, seen: map[int64]map[int]int64{}, toast: map[int64]int{}, town: -1}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		phones, posts := p.bot.Changed(), p.town.Changed()
		if err := s.tell(w); err != nil {
			return // the page is gone, or the next stream tries again
		}
		if err := rc.Flush(); err != nil {
			return
		}
		select {
		case <-phones:
		case <-posts:
		case <-beat.C:
			if _, err := fmt.Fprint(w, ": still here\n\n"); err != nil {
				return
			}
		case <-r.Context().Done():
			return
		case <-p.ended:
			return
		}
	}
}

// tell writes what is new.
func (s *stream) tell(w http.ResponseWriter) error {
	for _, name := range people {
		d, ok := s.chat(idOf(name))
		if !ok {
			continue
		}
		if err := event(w, "chat", d); err != nil {
			return err
		}
	}
	posts, total, err := s.p.town.list(forum, 0, recentPosts)
	if err != nil || total == s.town {
		return err
	}
	s.town = total
	type line struct {
		Title  string `json:"title"`
		Author string `json:"author"`
		At     string `json:"at"`
		URL    string `json:"url"`
	}
	var lines []line
	for _, t := range posts {
		lines = append(lines, line{t.Title, t.Author, s.p.clock(t.At), fmt.Sprintf("/town/forum/%d", t.No)})
	}
	return event(w, "town", map[string]any{"total": total, "posts": lines})
}

func event(w http.ResponseWriter, name string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write event %s: %w", name, err)
	}
	_, err = fmt.Fprintf(w, "event: %s\ndata: %s\n\n", name, data)
	return err
}

// chat compares a chat with what the page was told of it; false when nothing is new.
func (s *stream) chat(person int64) (d chatDelta, changed bool) {
	before, known := s.seen[person]
	all := s.p.bot.Chat(person)
	all = all[max(0, len(all)-chatShown):]
	now := make(map[int]int64, len(all))
	d = chatDelta{Person: person, Whole: !known, Messages: []bubble{}}
	lines := map[int]string{}
	for _, m := range all {
		now[m.ID], lines[m.ID] = m.Seq, firstLine(m.Text)
		if before[m.ID] != m.Seq {
			d.Messages = append(d.Messages, s.p.bubble(m, lines))
		}
	}
	for id := range before {
		if _, there := now[id]; !there {
			d.Gone = append(d.Gone, id)
		}
	}
	s.seen[person] = now
	for _, t := range s.p.bot.Toasts(person) {
		n, _ := strconv.Atoi(t.Query)
		if n <= s.toast[person] {
			continue
		}
		s.toast[person] = n
		if known && t.Text != "" {
			d.Toasts = append(d.Toasts, t.Text)
		}
	}
	return d, d.Whole || len(d.Messages)+len(d.Gone)+len(d.Toasts) > 0
}

// bubble shows a message; lines are the first lines of those before it.
func (p *Playground) bubble(m botapi.Message, lines map[int]string) bubble {
	b := bubble{
		ID: m.ID, Mine: !m.FromBot, HTML: m.HTML(), Line: firstLine(m.Text), At: p.clock(m.Date),
		ReplyTo: m.ReplyTo, Quote: lines[m.ReplyTo], Silent: m.Silent,
	}
	if m.Media != nil && m.Media.Photo {
		z := m.Media.Sizes[len(m.Media.Sizes)-1]
		b.Photo = &photo{fmt.Sprintf("/api/photo?chat=%d&message=%d", m.Chat, m.ID), z.Width, z.Height}
	}
	if !m.EditedAt.IsZero() {
		b.Edited = p.clock(m.EditedAt)
	}
	i := 0
	for _, row := range m.Buttons {
		var keys []keyTop
		for _, k := range row {
			keys = append(keys, keyTop{k.Text, i, k.URL})
			i++
		}
		b.Keys = append(b.Keys, keys)
	}
	return b
}

// clock shows today's times without the date.
func (p *Playground) clock(t time.Time) string {
	t = t.In(p.zone)
	if now := time.Now().In(p.zone); t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return t.Format("15:04")
	}
	return t.Format("01-02 15:04")
}

// firstLine is what stands for a text where there is little room.
func firstLine(text string) string {
	const max = 36
	for i, r := range []rune(text) {
		if r == '\n' {
			return string([]rune(text)[:i])
		}
		if i == max {
			return string([]rune(text)[:i]) + "…"
		}
	}
	return text
}
