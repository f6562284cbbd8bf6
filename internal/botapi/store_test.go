package botapi

import (
	"bufio"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"
)

func open(t *testing.T, path string) *Server {
	t.Helper()
	s, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "town.bolt")
	s := open(t, path)
	t.Run("before", func(t *testing.T) {
		w := serve(t, s, nil)
		if _, err := Open(path, Options{}); err == nil {
			t.Error("two servers on one file")
		}
		b := w.bot()
		id := w.send(b, "<b>单</b>", tapButton("签收", "ack"))
		q, err := w.Tap(wang, id, "ack")
		w.ok(err)
		_, err = b.AnswerCallbackQuery(t.Context(), &bot.AnswerCallbackQueryParams{CallbackQueryID: q, Text: "好"})
		w.ok(err)
		w.ok(second(w.Tap(wang, id, "ack")))
		w.must(w.Reply(wang, id, "办好了"))
		w.updates(url.Values{"offset": {fmt.Sprint(firstUpdate + 2)}, "allowed_updates": {`["message","callback_query"]`}})
	})

	s2 := open(t, path)
	w := &world{Server: s2, t: t}
	chat, toasts, people := w.Chat(wang), w.Toasts(wang), w.People()
	if len(chat) != 3 || chat[1].HTML() != "<b>单</b>" || chat[1].Buttons[0][0].Data != "ack" || chat[2].ReplyTo != chat[1].ID || len(toasts) != 1 || len(people) != 2 || !people[0].Started {
		t.Errorf("chat %+v\ntoasts %+v\npeople %+v", chat, toasts, people)
	}
	t.Run("after", func(t *testing.T) {
		w := serve(t, s2, nil) // says /start again
		if diff := cmp.Diff(chat, w.Chat(wang)[:3]); diff != "" {
			t.Error(diff)
		}
		if got := w.updates(nil); !slices.Equal(got, []string{"tap", "tap", "办好了", "/start"}) {
			t.Errorf("unconfirmed: %q", got)
		}
		if id := w.send(w.bot(), "再来"); id <= chat[2].ID {
			t.Errorf("id %d was used before", id)
		}
		w.ok(w.Block(wang))
		if got := w.updates(nil); slices.Contains(got, "member") {
			t.Error("allowed_updates was forgotten")
		}
		w.ok(w.Unblock(wang))
		_, err := w.bot().SetWebhook(t.Context(), &bot.SetWebhookParams{URL: "http://127.0.0.1:1/", SecretToken: "x"})
		w.ok(err)
	})
	s3 := open(t, path)
	defer s3.Close()
	h, _, body, err := s3.nextDelivery()
	if err != nil || h.URL != "http://127.0.0.1:1/" || h.Secret != "x" || body == nil {
		t.Errorf("webhook %+v, update %s, %v", h, body, err)
	}
}

// TestOpenOlderFile: a file from before there were groups and files goes on.
func TestOpenOlderFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "town.bolt")
	s := open(t, path)
	t.Run("before", func(t *testing.T) {
		w := serve(t, s, nil)
		id := w.send(w.bot(), "单", tapButton("签收", "ack"))
		w.ok(second(w.Tap(wang, id, "ack")))
		w.ok(s.update(func(t *tx) error {
			m, err := t.message(wang, 1)
			if err != nil {
				return err
			}
			m.From = 0
			err = t.keep(m)
			for _, name := range [][]byte{bGroups, bTaps, bRings, bFiles, bContents} {
				err = errors.Join(err, t.DeleteBucket(name))
			}
			return err
		}))
	})
	s = open(t, path)
	t.Run("after", func(t *testing.T) {
		w := serve(t, s, nil)
		b := w.bot()
		m, err := b.SendMessage(t.Context(), &bot.SendMessageParams{ChatID: wang, Text: "x", ReplyParameters: &models.ReplyParameters{MessageID: 1}})
		w.ok(err)
		if m.ReplyToMessage.From.ID != wang {
			t.Errorf("%+v", m.ReplyToMessage.From)
		}
		w.ok(second(b.AnswerCallbackQuery(t.Context(), &bot.AnswerCallbackQueryParams{CallbackQueryID: "1", Text: "好"})))
		w.ok(w.AddGroup(group, "群", wang))
		if got := w.Transcript(wang); !strings.Contains(got, "王敏：\n      /start\n") {
			t.Error(got)
		}
	})
}

func TestOpenRefusesOtherFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "other.bolt")
	if err := os.WriteFile(path, []byte(strings.Repeat("not a database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path, Options{}); err == nil {
		t.Error("no error")
	}
	path += "2"
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error { _, err := tx.CreateBucket(bMeta); return err })
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = Open(path, Options{})
	contains(t, err, `format "", want`)
	if _, err := Open(filepath.Join(path, "below a file"), Options{}); err == nil {
		t.Error("no error")
	}
}

// TestKill kills a process in the middle of writing, again and again; what it had
// been told is written must be there each time.
func TestKill(t *testing.T) {
	path := os.Getenv("BOTAPI_KILL_TEST_FILE")
	if path != "" {
		writeForEver(path)
	}
	path = filepath.Join(t.TempDir(), "town.bolt")
	last := 0
	for round := range 5 {
		cmd := exec.Command(os.Args[0], "-test.run=^TestKill$")
		cmd.Env = append(os.Environ(), "BOTAPI_KILL_TEST_FILE="+path)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		told := 0
		for in := bufio.NewScanner(out); in.Scan(); {
			if told, err = strconv.Atoi(in.Text()); err != nil {
				t.Fatalf("the process said %q", in.Text())
			}
			if told >= last+5*(round+1) {
				break
			}
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // says that it was killed
		s := open(t, path)
		chat := s.Chat(wang)
		list, _, err := s.pending(1 << 20)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		last = chat[len(chat)-1].ID
		if len(chat) != last || len(list) != last || last < told {
			t.Fatalf("round %d: told %d, found %d messages up to %d and %d updates", round, told, len(chat), last, len(list))
		}
	}
}

func writeForEver(path string) {
	s, err := Open(path, Options{})
	if err == nil {
		err = s.AddPerson(Person{ID: wang, FirstName: "敏"})
	}
	for id := 0; err == nil; {
		if id, err = s.Send(wang, "x"); err == nil {
			fmt.Println(id)
		}
	}
	fmt.Println(err)
	os.Exit(1)
}
