package botapi

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// FuzzRequest throws any body, as any content type, at the methods that read most.
// Whatever comes, the answer is one of a few statuses, and a chat never gets a text
// that Telegram would not take.
func FuzzRequest(f *testing.F) {
	part := func(name, value string) string {
		return "--B\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n"
	}
	f.Add("sendMessage", "multipart/form-data; boundary=B", part("chat_id", "101")+part("text", "<b>x</b>")+part("parse_mode", "HTML")+
		part("reply_markup", `{"inline_keyboard":[[{"text":"签收","callback_data":"ack","copy_text":{"text":""}}]]}`)+"--B--\r\n")
	f.Add("sendMessage", "application/json", `{"chat_id":101,"text":"x","entities":[{"type":"bold","offset":0,"length":1}],"reply_parameters":{"message_id":1}}`)
	f.Add("editMessageText", "application/x-www-form-urlencoded", "chat_id=101&message_id=1&text=x&link_preview_options=%7B%7D")
	f.Add("editMessageReplyMarkup", "application/json", `{"chat_id":101,"message_id":1,"reply_markup":{"inline_keyboard":[[]]}}`)
	f.Add("answerCallbackQuery", "application/json", `{"callback_query_id":"1","text":null}`)
	f.Add("setMyCommands", "application/json", `{"commands":[{"command":"a","description":"b"}],"scope":{"type":"chat","chat_id":1}}`)
	f.Add("getUpdates", "application/json", `{"offset":-1,"limit":1000,"allowed_updates":["message"]}`)
	f.Add("setMyCommands", "application/json", `{"commands":[{"command":"/todo","description":"待办"}],"scope":{"type":"chat_member","chat_id":"101","user_id":101}}`)
	f.Add("sendDocument", "multipart/form-data; boundary=B", part("chat_id", "101")+"--B\r\nContent-Disposition: form-data; name=\"document\"; filename=\"a.txt\"\r\n\r\nx\r\n--B--\r\n")
	f.Add("sendPhoto", "multipart/form-data; boundary=B", part("chat_id", "101")+"--B\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"a.png\"\r\n\r\n"+string(picture(f, 100, 2))+"\r\n--B--\r\n")
	f.Add("getFile", "application/json", `{"file_id":"`+Size{File: 1}.FileID()+`"}`)
	f.Add("setWebhook", "multipart/form-data; boundary=B", part("url", "")+"--B--")
	s, err := New(Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		if err := s.Close(); err != nil {
			f.Error(err)
		}
	})
	if err := s.AddPerson(Person{ID: wang, FirstName: "敏"}); err != nil {
		f.Fatal(err)
	}
	if _, err := s.Start(wang, ""); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, method, contentType, body string) {
		if strings.ContainsAny(method, "/?#%") || strings.EqualFold(method, "setWebhook") && strings.Contains(body, "http") {
			return // another path, or a webhook that would really be called
		}
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.URL.Path = "/bot" + s.Token() + "/" + method
		r.URL.RawQuery = "timeout=0" // nobody waits here
		r.Header.Set("Content-Type", contentType)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		switch w.Code {
		case 200, 400, 403, 404, 405, 413:
		default:
			t.Fatalf("%s %q: %d %s", method, body, w.Code, w.Body)
		}
		chat := s.Chat(wang)
		if len(chat) == 0 {
			if _, err := s.Start(wang, ""); err != nil { // it was deleted, which is allowed
				t.Fatal(err)
			}
			return
		}
		for _, m := range chat {
			if m.Text == "" && m.Media == nil || len(m.Text) > maxRawText {
				t.Fatalf("%s %q: the chat holds %q", method, body, m.Text)
			}
		}
		if len(chat) > 50 { // keep it small
			r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(""))
			r.URL.Path = "/bot" + s.Token() + "/getUpdates"
			r.URL.RawQuery = "offset=-1"
			s.ServeHTTP(httptest.NewRecorder(), r)
			for _, m := range chat[1:] {
				if err := s.update(func(t *tx) error { return t.Bucket(bMessages).Delete(key(wang, int64(m.ID))) }); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}
