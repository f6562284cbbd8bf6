package chat

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"huiyin/internal/botapi"
	"huiyin/internal/cases"
)

// picture is a photo of its own for each n.
func picture(n int) botapi.File {
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 10+n, 10))); err != nil {
		panic(err)
	}
	return botapi.File{Photo: true, Data: b.Bytes()}
}

func document(name, content string) botapi.File {
	return botapi.File{Name: name, Data: []byte(content)}
}

func digestOf(f botapi.File) string {
	sum := sha256.Sum256(f.Data)
	return hex.EncodeToString(sum[:])
}

// awaitEvidence waits until a case has so many files.
func (w *world) awaitEvidence(number string, n int) []cases.File {
	w.t.Helper()
	w.until(fmt.Sprint(n, " files"), func() bool { return len(w.caseOf(number).Evidence) == n })
	return w.caseOf(number).Evidence
}

func TestEvidence(t *testing.T) {
	w := staffed(t)
	number := w.ring("城东停水三天", "城东停水三天了，没人管。")
	card := w.await(wang, number)
	photo, doc := picture(0), document("检测报告.pdf", "%PDF-1.4")
	must(w.api.Write(botapi.Draft{From: wang, ReplyTo: card.ID, Files: []botapi.File{photo}}))
	must(w.api.Write(botapi.Draft{From: wang, ReplyTo: card.ID, Files: []botapi.File{doc}}))
	got := w.awaitEvidence(number, 2)
	if !strings.HasPrefix(got[0].Name, "照片-1120-0905-") || got[0].SHA256 != digestOf(photo) ||
		got[1] != (cases.File{Name: "检测报告.pdf", SHA256: digestOf(doc), By: "王敏"}) {
		t.Errorf("kept %+v", got)
	}
	w.await(wang, number+" 的材料已存证：检测报告.pdf。")
	w.await(wang, "已存证 2 份")
	if c := w.caseOf(number); len(c.Replies) > 0 {
		t.Errorf("logged as an answer: %+v", c.Replies)
	}

	// With words it is an answer too.
	must(w.api.Write(botapi.Draft{From: wang, ReplyTo: card.ID, Text: "已抢修，见 https://water.example.gov.cn/2", Files: []botapi.File{picture(1)}}))
	w.awaitEvidence(number, 3)
	w.await(wang, "已记录对 "+number+" 的回应")
	if c := w.caseOf(number); len(c.Replies) != 1 || c.Replies[0].URL != "https://water.example.gov.cn/2" {
		t.Errorf("logged %+v", c.Replies)
	}

	// An album is one message for each, and its words are those of the first.
	album := botapi.Draft{From: wang, ReplyTo: card.ID, Files: []botapi.File{picture(2), picture(3), picture(4)}}
	must(w.api.Write(album))
	w.awaitEvidence(number, 6)
	album.ReplyTo, album.Text = 0, number+" 现场照片"
	must(w.api.Write(album))
	w.awaitEvidence(number, 9)
	if c := w.caseOf(number); len(c.Replies) != 1 {
		t.Errorf("logged %+v", c.Replies)
	}
	must(w.api.Write(botapi.Draft{From: wang, Files: []botapi.File{picture(5)}}))
	w.await(wang, noCase)
	w.awaitEvidence(number, 9)
}

// Who has no part in a case adds nothing to it, and nothing is fetched.
func TestEvidenceOfOthers(t *testing.T) {
	w := newWorld(t)
	w.options = func(o *Options) {
		o.Keep = func(context.Context, io.Reader, int64) (string, error) { t.Error("kept"); return "", nil }
	}
	w.start()
	w.bind(wang, zhao)
	number := w.ring("城东停水三天", "城东停水三天了，没人管。")
	w.await(wang, number)
	must(w.api.Write(botapi.Draft{From: zhao, Text: number, Files: []botapi.File{picture(0)}}))
	w.await(zhao, "没有 "+number+" 这一件，或者它已归档，或者不归您办。请核对编号。")
	must(w.api.Write(botapi.Draft{From: zhao, Text: "2026-000099", Files: []botapi.File{picture(0)}}))
	w.await(zhao, "没有 2026-000099 这一件，或者它已归档，或者不归您办。请核对编号。")
	must(w.api.Send(stranger, "你好"))
	must(w.api.Write(botapi.Draft{From: stranger, Text: number, Files: []botapi.File{picture(0)}}))
	w.idle(wang)
}

// What could not be kept is told, and the words that came with it count all the same.
func TestEvidenceThatFails(t *testing.T) {
	tests := []struct {
		name  string
		fault func(w *world)
		file  botapi.File
		want  string
	}{
		{"no answer", func(w *world) { w.api.FailNext("getFile", &botapi.Fault{Code: 500}) }, picture(0), "没有存下，请再发一次。（2026-000001：照片-"},
		{"cut off", func(w *world) { w.api.FailNext("getFile", &botapi.Fault{Kind: botapi.CutAfter}) }, picture(0), "没有存下，请再发一次。"},
		{"no room", func(w *world) {
			w.options = func(o *Options) {
				o.Keep = func(context.Context, io.Reader, int64) (string, error) { return "", errDisk }
			}
			w.check(w.restart())
		}, picture(0), "没有存下，请再发一次。"},
		{"too large", func(*world) {}, botapi.File{Name: "录像<b>.mp4", Data: []byte("x"), Size: 21 << 20}, "没有存下：文件超过 20 兆。请压缩或分开，再发一次。（2026-000001：录像<b>.mp4）"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := staffed(t)
			number := w.ring("城东停水三天", "城东停水三天了，没人管。")
			card := w.await(wang, number)
			tt.fault(w)
			must(w.api.Write(botapi.Draft{From: wang, ReplyTo: card.ID, Text: "已抢修。", Files: []botapi.File{tt.file}}))
			w.await(wang, tt.want)
			w.await(wang, "已记录对 "+number+" 的回应")
			if c := w.caseOf(number); len(c.Evidence) > 0 || len(c.Replies) != 1 {
				t.Errorf("%+v", c)
			}
		})
	}
}

// The token is in a file's address: an error must not tell it.
func TestDownloadErrors(t *testing.T) {
	w := newWorld(t)
	w.open()
	defer w.journal.Close()
	refusing := httptest.NewServer(http.NotFoundHandler())
	defer refusing.Close()
	for _, address := range []string{"http://127.0.0.1:1/file/bot" + w.api.Token(), "\x7f://" + w.api.Token(), refusing.URL + "/" + w.api.Token()} {
		_, err := w.chat.download(t.Context(), address)
		if err == nil || strings.Contains(err.Error(), w.api.Token()) {
			t.Errorf("%v", err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	if _, err := w.chat.download(ctx, refusing.URL); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

// An edit changes nothing that is on record, and says so.
func TestEdits(t *testing.T) {
	w := staffed(t)
	number := w.ring("城东停水三天", "城东停水三天了，没人管。")
	card := w.await(wang, number)
	sent := must(w.api.Reply(wang, card.ID, "今晚恢复。"))
	w.await(wang, "已记录对 "+number)
	w.check(w.api.Edit(wang, sent, "明晚恢复。"))
	w.await(wang, "没有改动："+number+" 已记录的回应不能改。要更正，请再回复一次那张卡片。")
	if c := w.caseOf(number); len(c.Replies) != 1 || c.Replies[0].Text != "今晚恢复。" {
		t.Errorf("logged %+v", c.Replies)
	}
	plain := must(w.api.Send(wang, "待办"))
	w.await(wang, "您手上有 1 件待办")
	n := w.fromBot(wang)
	w.check(w.api.Edit(wang, plain, "/help"))
	w.idle(li)
	if w.fromBot(wang) != n {
		t.Error("an edit of a command was answered")
	}
}

// Anything else that answers a card says what is wanted.
func TestReplyWithNothing(t *testing.T) {
	w := staffed(t)
	number := w.ring("城东停水三天", "城东停水三天了，没人管。")
	card := w.await(wang, number)
	u := message(1, "", card.Text)
	w.check(w.chat.take(context.Background(), u))
	w.await(wang, fmt.Sprintf(notText, number))
}
