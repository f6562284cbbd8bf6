// Package inbox is the room of the letters that other programs of the office hand on: those
// of the mayor's mailbox (市长信箱), of the hotline, of a ledger. It reads them strictly, says
// of each what became of it, and says so only of what the journal holds: whoever heard
// nothing asks again, and nothing happens twice.
package inbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"golang.org/x/time/rate"

	"huiyin/internal/cases"
)

// Limits of one request.
const (
	MaxBody  = 16 << 20 // bytes
	MaxLine  = 1 << 20  // bytes of one letter
	MaxLines = 1000     // letters
)

// Desk registers letters.
type Desk interface {
	// Receive has a receipt for each letter, in order, or fails. When it returns, what has
	// a receipt is in the journal; after an error the same letters may be given again.
	Receive(ctx context.Context, source string, letters []cases.Letter) ([]cases.Receipt, error)
}

// Source is where letters come from.
type Source struct {
	Name  string
	Token string         // what its program shows; empty: none may
	Zone  *time.Location // of times that do not name one
}

// Options are what an Inbox is made of.
type Options struct {
	Desk    Desk
	Sources []Source
	Units   []string                         // the names that a letter's unit may have
	Address string                           // where letters are sent to, for the help
	Page    func(string) string              // the address of a case on the board; nil: there is none
	Observe func(source string, letters int) // is told how many letters came for the first time
	Now     func() time.Time
	Log     *slog.Logger
}

// Inbox takes letters in, from programs over HTTP and from a ledger.
type Inbox struct {
	Options
	tokens    [][32]byte      // of the sources, as SHA-256
	floods    []*rate.Limiter // of the sources: letters
	strangers strangers
	room      chan struct{} // for requests that are read and registered
}

// New makes an Inbox.
func New(o Options) *Inbox {
	b := &Inbox{Options: o, strangers: newStrangers(), room: make(chan struct{}, together)}
	for _, s := range o.Sources {
		b.tokens = append(b.tokens, digest(s.Token))
		b.floods = append(b.floods, rate.NewLimiter(perSecond, atOnce))
	}
	return b
}

// Answer is what became of the letters of a request.
type Answer struct {
	Taken   int      `json:"taken"` // registered, now or before
	Refused int      `json:"refused"`
	Results []Result `json:"results"`
}

// What became of a letter.
const (
	Opened  = "opened"  // it is a new case
	Joined  = "joined"  // it joined a case that is about the same
	Known   = "known"   // it was registered before
	Refused = "refused" // it was not registered
)

// Result is what became of one letter.
type Result struct {
	Line    int    `json:"line"` // in the request, from 1
	Status  string `json:"status"`
	Case    string `json:"case,omitempty"`
	URL     string `json:"url,omitempty"` // of the case on the board
	Message string `json:"message"`       // for people; of a refused one, why
}

// errUnknown is what Take says of a source that is not there.
var errUnknown = errors.New("没有这个收件来源")

// Take registers the lines of an NDJSON text as letters of a source, as a program's request
// does. An error says in Chinese why nothing could be registered, or that it is not known how
// much was.
func (b *Inbox) Take(ctx context.Context, source string, body []byte) (Answer, error) {
	for i, s := range b.Sources {
		if s.Name == source {
			lines := split(body)
			if len(lines) > MaxLines {
				return Answer{}, errTooMany
			}
			return b.take(ctx, i, lines)
		}
	}
	return Answer{}, fmt.Errorf("%w：“%s”。配置里刚加的，请重新启动 huiyin serve 再试", errUnknown, source)
}

var errTooMany = fmt.Errorf("一次最多 %d 行，请分几次送", MaxLines)

// line is one letter of a request.
type line struct {
	no   int
	text []byte
}

// bom is a byte order mark, which some programs put before a text.
const bom = "\ufeff"

// split cuts a text into its lines; empty ones are left out.
func split(body []byte) (lines []line) {
	no := 0
	for text := range bytes.Lines(bytes.TrimPrefix(body, []byte(bom))) {
		no++
		if text = bytes.TrimSpace(text); len(text) > 0 {
			lines = append(lines, line{no, text})
		}
	}
	return lines
}

// take registers lines as letters of the source with that index.
func (b *Inbox) take(ctx context.Context, source int, lines []line) (Answer, error) {
	a := Answer{Results: make([]Result, len(lines))}
	s := b.Sources[source]
	var letters []cases.Letter
	var places []int // of the letters among the lines
	for i, l := range lines {
		a.Results[i].Line = l.no
		letter, err := b.read(l.text, s.Zone)
		if err != nil {
			a.Results[i].Status, a.Results[i].Message = Refused, err.Error()
			continue
		}
		letters, places = append(letters, letter), append(places, i)
	}
	receipts, err := b.Desk.Receive(ctx, s.Name, letters)
	if err != nil {
		return Answer{}, fmt.Errorf("登记时出错：%w", err)
	}
	for i, r := range receipts {
		b.tell(&a.Results[places[i]], r)
	}
	fresh := 0
	for _, r := range a.Results {
		if r.Status == Refused {
			a.Refused++
			continue
		}
		a.Taken++
		if r.Status != Known {
			fresh++
		}
	}
	b.Observe(s.Name, fresh)
	return a, nil
}

func (b *Inbox) read(text []byte, zone *time.Location) (cases.Letter, error) {
	if len(text) > MaxLine {
		return cases.Letter{}, fmt.Errorf("这一封超过 %d MiB", MaxLine>>20)
	}
	it, err := ParseItem(text)
	if err != nil {
		return cases.Letter{}, err
	}
	return it.Letter(zone, b.Now(), b.Units)
}

// tell says what a receipt says.
func (b *Inbox) tell(to *Result, r cases.Receipt) {
	to.Case = r.Case
	if b.Page != nil && r.Case != "" {
		to.URL = b.Page(r.Case)
	}
	switch {
	case r.Refused != "":
		to.Status, to.Message = Refused, r.Refused
	case r.Known:
		to.Status, to.Message = Known, "已经登记过："+r.Case
	case r.Joined:
		to.Status, to.Message = Joined, "已登记，与 "+r.Case+" 是同一件事，已并入"
	default:
		to.Status, to.Message = Opened, "已登记："+r.Case
	}
}
