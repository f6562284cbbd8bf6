package botapi

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"
)

// picture is a PNG of that size.
func picture(t testing.TB, w, h int) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewGray(image.Rect(0, 0, w, h))); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func (w *world) filesOf(m Message) []Size {
	w.t.Helper()
	if m.Media == nil {
		w.t.Fatalf("no file in %+v", m)
	}
	return m.Media.Sizes
}

// fetch downloads a file as a bot does.
func (w *world) fetch(path string) (int, []byte) {
	w.t.Helper()
	resp, err := http.Get(w.url + "/file/bot" + w.Token() + "/" + path)
	w.ok(err)
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	w.ok(err)
	return resp.StatusCode, data
}

func TestFilesOfPeople(t *testing.T) {
	w := newWorld(t)
	b := w.bot()
	card := w.send(b, "单")
	w.drain()
	photo, small := picture(t, 300, 120), picture(t, 60, 40)
	w.must(first(w.Write(Draft{From: wang, ReplyTo: card, Text: "现场", Files: []File{{Photo: true, Data: photo}}})))
	w.must(first(w.Write(Draft{From: wang, Files: []File{{Name: "情况说明.pdf", Data: []byte("%PDF-1.7")}}})))
	w.must(first(w.Write(Draft{From: wang, Files: []File{{Photo: true, Data: small}}})))
	list := w.drain()
	m := list[0].Message
	if m.Text != "" || m.Caption != "现场" || m.ReplyToMessage.ID != card || m.MediaGroupID != "" || len(m.Photo) != 2 {
		t.Fatalf("%+v", m)
	}
	if s, l := m.Photo[0], m.Photo[1]; s.Width != 90 || s.Height != 36 || l.Width != 300 || l.Height != 120 || l.FileSize != len(photo) ||
		s.FileID == l.FileID || s.FileUniqueID == l.FileUniqueID {
		t.Errorf("%+v", m.Photo)
	}
	d := list[1].Message.Document
	if d.FileName != "情况说明.pdf" || d.MimeType != "application/pdf" || d.FileSize != 8 || list[1].Message.Caption != "" {
		t.Errorf("%+v", d)
	}
	if p := list[2].Message.Photo; len(p) != 1 || p[0].Width != 60 {
		t.Errorf("%+v", p)
	}
	for id, want := range map[string]struct {
		ext  string
		data []byte
	}{m.Photo[1].FileID: {".png", photo}, d.FileID: {".pdf", []byte("%PDF-1.7")}, m.Photo[0].FileID: {".jpg", nil}} {
		f, err := b.GetFile(t.Context(), &bot.GetFileParams{FileID: id})
		w.ok(err)
		status, data := w.fetch(f.FilePath)
		if status != 200 || want.data != nil && !bytes.Equal(data, want.data) || int64(len(data)) != f.FileSize || !strings.HasSuffix(f.FilePath, want.ext) {
			t.Errorf("%s: %d, %d bytes, %+v", want.ext, status, len(data), f)
		}
		if c, _, err := image.DecodeConfig(bytes.NewReader(data)); want.ext == ".jpg" && (err != nil || c.Width != 90) {
			t.Errorf("the small one: %+v, %v", c, err)
		}
	}
}

func TestAlbum(t *testing.T) {
	w := newWorld(t)
	w.drain()
	f := File{Photo: true, Data: picture(t, 10, 10)}
	ids, err := w.Write(Draft{From: wang, Text: "三张", Files: []File{f, f, f}})
	w.ok(err)
	list := w.drain()
	if len(ids) != 3 || len(list) != 3 {
		t.Fatalf("%d messages, %d updates", len(ids), len(list))
	}
	for i, u := range list {
		caption := []string{"三张", "", ""}[i]
		if m := u.Message; m.ID != ids[i] || m.MediaGroupID == "" || m.MediaGroupID != list[0].Message.MediaGroupID || m.Caption != caption || len(m.Photo) != 1 {
			t.Errorf("%d: %+v", i, m)
		}
	}
	for name, d := range map[string]Draft{
		"eleven":         {From: wang, Files: slices.Repeat([]File{f}, 11)},
		"mixed":          {From: wang, Files: []File{f, {Name: "a", Data: []byte("x")}}},
		"caption":        {From: wang, Text: strings.Repeat("长", 1025), Files: []File{f}},
		"empty":          {From: wang, Files: []File{{Name: "a"}}},
		"no picture":     {From: wang, Files: []File{{Photo: true, Data: []byte("x")}}},
		"cut picture":    {From: wang, Files: []File{{Photo: true, Data: f.Data[:40]}}},
		"thin picture":   {From: wang, Files: []File{{Photo: true, Data: picture(t, 210, 10)}}},
		"large picture":  {From: wang, Files: []File{{Photo: true, Data: picture(t, 9600, 500)}}},
		"heavy picture":  {From: wang, Files: []File{{Photo: true, Data: make([]byte, maxPhoto+1)}}},
		"nothing at all": {From: wang},
	} {
		if _, err := w.Write(d); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if len(w.drain()) != 0 {
		t.Error("something came of what was refused")
	}
}

func TestGetFileRefuses(t *testing.T) {
	w := newWorld(t)
	b := w.bot()
	w.must(first(w.Write(Draft{From: wang, Files: []File{{Name: "录像.mp4", Data: []byte("x"), Size: 20<<20 + 1}}})))
	w.must(first(w.Write(Draft{From: wang, Files: []File{{Name: "a.txt", Data: []byte("好"), Size: 1}}})))
	chat := w.Chat(wang)
	big, file := w.filesOf(chat[1])[0], w.filesOf(chat[2])[0]
	for id, words := range map[string]string{
		big.FileID(): "Bad Request: file is too big", "": "Bad Request: file_id not specified",
		"AgACAgUAAxkBAAI": "Bad Request: invalid file_id", Size{File: 99}.FileID(): "Bad Request: invalid file_id",
	} {
		if a := w.raw("getFile", url.Values{"file_id": {id}}); a.Status != 400 || a.Description != words {
			t.Errorf("%q: %+v", id, a)
		}
	}
	path := fmt.Sprintf("documents/file_%d.txt", file.File)
	if status, _ := w.fetch(path); status != 404 {
		t.Errorf("before getFile: %d", status)
	}
	f, err := b.GetFile(t.Context(), &bot.GetFileParams{FileID: file.FileID()})
	w.ok(err)
	if f.FilePath != path || f.FileSize != 3 {
		t.Errorf("%+v", f)
	}
	w.clock.move(time.Hour)
	if status, data := w.fetch(path); status != 200 || string(data) != "好" {
		t.Errorf("within the hour: %d %q", status, data)
	}
	for _, path := range []string{"photos/file_2.txt", "documents/file_x", "../file_2.txt"} {
		if status, _ := w.fetch(path); status != 404 {
			t.Errorf("%s: %d", path, status)
		}
	}
	w.FailNext("download", &Fault{Code: 502, Body: "<html>"}, &Fault{Kind: CutAfter})
	if status, _ := w.fetch(path); status != 502 {
		t.Errorf("with a fault: %d", status)
	}
	w.fetch(path) // tries again when it is cut
	if calls := w.Calls(); !slices.ContainsFunc(calls, func(c Call) bool {
		return c.Method == "download" && c.Applied && c.Code == 0 && c.Params["file_path"] == path
	}) {
		t.Errorf("%+v", calls)
	}
	w.clock.move(time.Second)
	if status, _ := w.fetch(path); status != 404 {
		t.Errorf("after an hour: %d", status)
	}
	resp, err := http.Get(w.url + "/file/bot1:x/" + path)
	w.ok(err)
	if a := w.read(resp); a.Status != 401 {
		t.Errorf("wrong token: %+v", a)
	}
}

func TestSendFile(t *testing.T) {
	w := newWorld(t)
	b := w.bot()
	upload := func(name string, data []byte) *models.InputFileUpload {
		return &models.InputFileUpload{Filename: name, Data: bytes.NewReader(data)}
	}
	pic := picture(t, 640, 320)
	m, err := b.SendPhoto(t.Context(), &bot.SendPhotoParams{ChatID: wang, Photo: upload("周报.png", pic), Caption: "<b>本周</b>", ParseMode: "HTML",
		DisableNotification: true, ReplyMarkup: keyboard(tapButton("详情", "more"))})
	w.ok(err)
	if len(m.Photo) != 2 || m.Photo[1].Width != 640 || m.Caption != "本周" || m.CaptionEntities[0].Type != "bold" || m.Text != "" {
		t.Errorf("%+v", m)
	}
	if got := w.last(); !got.Media.Photo || !got.Silent || got.HTML() != "<b>本周</b>" || got.Buttons[0][0].Data != "more" {
		t.Errorf("%+v", got)
	}
	if got, err := w.Server.Photo(wang, m.ID); err != nil || !bytes.Equal(got, pic) {
		t.Errorf("the phone shows a picture of %d bytes, %v; want %d", len(got), err, len(pic))
	}
	if got, err := w.Server.Photo(wang, m.ID+99); err != nil || got != nil {
		t.Errorf("a picture of no message: %d bytes, %v", len(got), err)
	}
	again, err := b.SendPhoto(t.Context(), &bot.SendPhotoParams{ChatID: wang, Photo: &models.InputFileString{Data: m.Photo[1].FileID}})
	w.ok(err)
	if again.Photo[1].FileUniqueID != m.Photo[1].FileUniqueID || again.Caption != "" {
		t.Errorf("%+v", again)
	}
	doc, err := b.SendDocument(t.Context(), &bot.SendDocumentParams{ChatID: wang, Document: upload("周报.xlsx", []byte("PK")), ReplyParameters: &models.ReplyParameters{MessageID: m.ID}})
	w.ok(err)
	if doc.Document.FileName != "周报.xlsx" || doc.ReplyToMessage.ID != m.ID {
		t.Errorf("%+v", doc)
	}
	w.ok(second(b.EditMessageReplyMarkup(t.Context(), &bot.EditMessageReplyMarkupParams{ChatID: wang, MessageID: m.ID})))
	photo := func(f models.InputFile, caption string) error {
		return second(b.SendPhoto(t.Context(), &bot.SendPhotoParams{ChatID: wang, Photo: f, Caption: caption}))
	}
	for _, c := range []struct {
		name  string
		err   error
		words string
	}{
		{"edit its text", second(b.EditMessageText(t.Context(), &bot.EditMessageTextParams{ChatID: wang, MessageID: m.ID, Text: "x"})), "there is no text in the message to edit"},
		{"no picture", photo(upload("a.png", []byte("x")), ""), "IMAGE_PROCESS_FAILED"},
		{"too thin", photo(upload("a.png", picture(t, 30, 1)), ""), "PHOTO_INVALID_DIMENSIONS"},
		{"too heavy", photo(upload("a.png", make([]byte, maxPhoto+1)), ""), "file of size 10485761 bytes is too big for a photo; the maximum size is 10485760 bytes"},
		{"empty", photo(upload("a.png", nil), ""), "file must be non-empty"},
		{"none", photo(&models.InputFileString{}, ""), "there is no photo in the request"},
		{"an address", photo(&models.InputFileString{Data: "https://a.cn/b.png"}, ""), "failed to get HTTP URL content"},
		{"unknown", photo(&models.InputFileString{Data: "AgAC"}, ""), "wrong file identifier/HTTP URL specified"},
		{"a document", photo(&models.InputFileString{Data: doc.Document.FileID}, ""), "type of file mismatch"},
		{"long caption", photo(&models.InputFileString{Data: m.Photo[1].FileID}, strings.Repeat("长", 1025)), "message caption is too long"},
		{"to nobody", second(b.SendDocument(t.Context(), &bot.SendDocumentParams{ChatID: 999, Document: upload("a", []byte("x"))})), "chat not found"},
	} {
		if !errors.Is(c.err, bot.ErrorBadRequest) || !strings.Contains(fmt.Sprint(c.err), "Bad Request: "+c.words) {
			t.Errorf("%s: got %v", c.name, c.err)
		}
	}
}

func TestEditByPerson(t *testing.T) {
	w := newWorld(t)
	b := w.bot()
	card := w.send(b, "单")
	id := w.must(w.Reply(wang, card, "已办"))
	pic := w.must(first(w.Write(Draft{From: wang, Text: "图", Files: []File{{Photo: true, Data: picture(t, 9, 9)}}})))
	w.drain()
	w.clock.move(time.Minute)
	w.ok(w.Edit(wang, id, "已办结 "))
	w.ok(w.Edit(wang, pic, ""))
	list := w.drain()
	if m := list[0].EditedMessage; m == nil || m.ID != id || m.Text != "已办结" || m.EditDate != int(w.clock.now().Unix()) || m.ReplyToMessage.ID != card {
		t.Errorf("%+v", m)
	}
	if m := list[1].EditedMessage; m == nil || m.ID != pic || m.Caption != "" || len(m.Photo) != 1 {
		t.Errorf("%+v", m)
	}
	if m := w.Chat(wang)[2]; m.Edits != 1 || m.Text != "已办结" {
		t.Errorf("%+v", m)
	}
	w.updates(url.Values{"allowed_updates": {`["message","callback_query"]`}})
	w.ok(w.Edit(wang, id, "又改"))
	if got := w.drain(); len(got) != 0 {
		t.Errorf("not allowed, but came: %+v", got)
	}
	for name, err := range map[string]error{
		"the bot's":     w.Edit(wang, card, "x"),
		"no such":       w.Edit(wang, 999, "x"),
		"another's":     w.Edit(li, id, "x"),
		"to nothing":    w.Edit(wang, id, " "),
		"to too much":   w.Edit(wang, id, strings.Repeat("长", maxText+1)),
		"a long legend": w.Edit(wang, pic, strings.Repeat("长", maxCaption+1)),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	w.clock.move(48 * time.Hour)
	if w.Edit(wang, id, "x") == nil {
		t.Error("an old message was edited")
	}
}
