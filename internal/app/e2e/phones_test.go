package e2e

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"huiyin/internal/botapi"
	"huiyin/internal/cases"
	"huiyin/internal/journal"
)

var update = flag.Bool("update", false, "write the transcripts anew")

// phone finds the newest message of the bot in a chat that is as wanted.
func (w *world) phone(chat int64, ok func(botapi.Message) bool) (botapi.Message, bool) {
	list := w.api.Chat(chat)
	slices.Reverse(list)
	i := slices.IndexFunc(list, func(m botapi.Message) bool { return m.FromBot && ok(m) })
	if i < 0 {
		return botapi.Message{}, false
	}
	return list[i], true
}

// card is the newest card of a case in a chat.
func (w *world) card(chat int64, number string) botapi.Message {
	w.t.Helper()
	m, ok := w.phone(chat, func(m botapi.Message) bool {
		lines := strings.Split(m.Text, "\n")
		return slices.ContainsFunc(lines[:min(2, len(lines))], func(l string) bool { return strings.HasSuffix(l, " · "+number) })
	})
	if !ok {
		w.t.Fatalf("no card of %s on %d's phone\n%s", number, chat, w.transcript(""))
	}
	return m
}

// tap taps the newest button of that label on a phone, and returns what that showed.
func (w *world) tap(person int64, label string) string {
	w.t.Helper()
	return w.tapIn(person, person, label)
}

// tapIn is tap in a group.
func (w *world) tapIn(chat, person int64, label string) string {
	w.t.Helper()
	m, ok := w.phone(chat, func(m botapi.Message) bool {
		_, ok := button(m, label)
		return ok
	})
	if !ok {
		w.t.Fatalf("no button %s for %s\n%s", label, names[person], w.transcript(""))
	}
	return w.tapOn(person, m, label)
}

// tapOn taps a button of a message.
func (w *world) tapOn(person int64, m botapi.Message, label string) string {
	w.t.Helper()
	data, ok := button(m, label)
	if !ok {
		w.t.Fatalf("no button %s under %q", label, m.Text)
	}
	query := must(w.api.Tap(person, m.ID, data))
	w.settle()
	for _, tap := range w.api.Taps(m.Chat) {
		if tap.Query == query && tap.Answer != nil {
			return tap.Answer.Text
		}
	}
	w.t.Fatalf("the tap on %s was not answered", label)
	return ""
}

func button(m botapi.Message, label string) (data string, ok bool) {
	all := slices.Concat(m.Buttons...)
	i := slices.IndexFunc(all, func(b botapi.Button) bool { return b.Text == label })
	if i < 0 {
		return "", false
	}
	return all[i].Data, true
}

// labels are the buttons under a message.
func labels(m botapi.Message) (list []string) {
	for _, b := range slices.Concat(m.Buttons...) {
		list = append(list, b.Text)
	}
	return list
}

// write sends a message to the bot.
func (w *world) write(person int64, text string) {
	w.t.Helper()
	must(w.api.Send(person, text))
	w.settle()
}

// reply answers the newest card of a case.
func (w *world) reply(person int64, number, text string) int {
	w.t.Helper()
	id := must(w.api.Reply(person, w.card(person, number).ID, text))
	w.settle()
	return id
}

// reads demands that a phone shows a message of the bot that holds each of the texts.
func (w *world) reads(chat int64, texts ...string) {
	w.t.Helper()
	for _, text := range texts {
		if _, ok := w.phone(chat, func(m botapi.Message) bool { return strings.Contains(m.Text, text) }); !ok {
			w.t.Errorf("%d does not read %q\n%s", chat, text, w.transcript(""))
		}
	}
}

// shows demands that the newest card of a case holds each of the texts.
func (w *world) shows(chat int64, number string, texts ...string) {
	w.t.Helper()
	m := w.card(chat, number)
	for _, text := range texts {
		if !strings.Contains(m.Text, text) {
			w.t.Errorf("%s's card of %s does not say %q:\n%s", names[chat], number, text, m.Text)
		}
	}
}

// rang demands how often phones rang so far.
func (w *world) rang(want map[int64]int) {
	w.t.Helper()
	for id := range names {
		if rang, _ := w.api.Rings(id); rang != want[id] {
			w.t.Errorf("%s's phone rang %d times, not %d\n%s", names[id], rang, want[id], w.api.Transcript(id))
		}
	}
}

func (w *world) toast(got, want string) {
	w.t.Helper()
	if !strings.Contains(got, want) {
		w.t.Errorf("the tap shows %q, not %q", got, want)
	}
}

// happened demands what happened to a case, in order; what the program notes without
// anybody seeing it is left out.
func (w *world) happened(number string, want ...cases.Kind) {
	w.t.Helper()
	var got []cases.Kind
	for _, e := range w.history(number) {
		if e.Kind != cases.Delivered && (e.Kind != cases.Kept || e.By != "") {
			got = append(got, e.Kind)
		}
	}
	if !slices.Equal(got, want) {
		w.t.Errorf("to %s happened\n%v, not\n%v", number, got, want)
	}
}

func (w *world) history(number string) (events []cases.Event) {
	w.t.Helper()
	w.check(w.journal.View(func(tx *journal.Tx) (err error) {
		events, err = tx.Events(number)
		return err
	}))
	return events
}

// held is a case as it stands.
func (w *world) held(number string) (c cases.Case) {
	w.t.Helper()
	c, err := cases.Fold(w.history(number))
	w.check(err)
	return c
}

// due demands when the next answer is due.
func (w *world) due(number, want string) {
	w.t.Helper()
	c := w.held(number)
	next, owed := c.Next()
	if got := next.Due.In(shanghai).Format(minutes); !owed || got != want {
		w.t.Errorf("%s is due %s (%v), not %s: %s", number, got, owed, want, next.Why)
	}
}

// golden compares what all phones show with testdata/name.txt.
func (w *world) golden(name, title string) {
	w.t.Helper()
	got := w.transcript(title)
	legible(w.t, got)
	file := filepath.Join("testdata", name+".txt")
	if *update {
		w.check(os.WriteFile(file, []byte(got), 0o644))
		return
	}
	want, err := os.ReadFile(file)
	w.check(err)
	if got != string(want) {
		w.t.Errorf("%s differs; run with -update and read the difference. Now it is\n%s", file, got)
	}
}

// halfWidth is ASCII punctuation between Chinese characters, which typing brings in.
var halfWidth = regexp.MustCompile(`\p{Han}[,;:?!]|[,;?!]\p{Han}|\p{Han}\.\s|\p{Han}\(|\)\p{Han}`)

// legible demands what every text on a phone must be.
func legible(t testing.TB, transcript string) {
	t.Helper()
	if !utf8.ValidString(transcript) || strings.Contains(transcript, "�") {
		t.Error("broken characters")
	}
	for line := range strings.Lines(transcript) {
		if m := halfWidth.FindString(line); m != "" {
			t.Errorf("ASCII punctuation %q in %q", m, line)
		}
		for _, bad := range []string{"%!", "<nil>", "0001-01-01", "。。", "，，", "，。", "：。", "（）", "“”"} {
			if strings.Contains(line, bad) {
				t.Errorf("%q in %q", bad, line)
			}
		}
	}
}
