package e2e

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"huiyin/internal/cases"
	"huiyin/internal/chat"
	"huiyin/internal/inbox"
	"huiyin/internal/pipeline"
)

const mailboxToken = "mayor-token-0123456789"

// mailbox is an inbox that the mayor's mailbox sends letters to.
func (w *world) mailbox() *httptest.Server {
	srv := httptest.NewServer(inbox.New(inbox.Options{
		Desk: w.pipeline, Units: w.pipeline.UnitNames(), Observe: func(string, int) {}, Now: w.now, Log: slog.New(slog.DiscardHandler),
		Sources: []inbox.Source{{Name: "市长信箱", Token: mailboxToken, Zone: shanghai}},
	}))
	w.t.Cleanup(srv.Close)
	return srv
}

// deliver sends letters to the inbox, writes the answer down, and waits for what follows.
func (w *world) deliver(srv *httptest.Server, lines ...string) {
	w.t.Helper()
	r := must(http.NewRequest(http.MethodPost, srv.URL, strings.NewReader(strings.Join(lines, "\n"))))
	r.Header.Set("Authorization", "Bearer "+mailboxToken)
	r.Header.Set("Content-Type", "application/x-ndjson")
	res := must(srv.Client().Do(r))
	answer := must(io.ReadAll(res.Body))
	w.check(res.Body.Close())
	w.line("市长信箱送来 %d 封：", len(lines))
	w.indent("", strings.Join(lines, "\n"))
	w.line("回答 %d：", res.StatusCode)
	w.indent("", strings.ReplaceAll(strings.TrimSpace(string(answer)), "},{", "},\n{"))
	w.settle()
}

func TestInbox(t *testing.T) {
	w := newWorld(t, "2026-11-20 09:05", func(o *pipeline.Office, _ *chat.Options) {
		o.Inboxes = map[string]string{"市长信箱": "城管局"}
	})
	srv := w.mailbox()
	letters := []string{
		`{"key":"MX20261120001","title":"桃园小区三号楼停水","text":"今天早上起停水，没有看到通知，请问什么时候来水？","name":"张三","contact":"13900001234","channel":"网站","time":"2026-11-20 08:40"}`,
		`{"key":"MX20261120002","title":"公园里能不能多放几把椅子","text":"人民公园里老人多，椅子少，想请多放几把。"}`,
		`{"key":"MX20261120003","title":"下周一来访","time":"下周一"}`,
	}
	w.deliver(srv, letters...)
	w.rang(map[int64]int{wang: 1, he: 1})
	w.shows(wang, number(1), "来自市长信箱，11-20 08:40 写，11-20 09:05 收到", "联系方式：张… 139******34")
	w.shows(he, number(2), "人工登记")
	w.tap(wang, "签收")
	w.to("2026-11-20 09:20")
	w.deliver(srv, letters...) // the mailbox lost the answer
	w.rang(map[int64]int{wang: 1, he: 1})
	w.to("2026-11-20 10:00")
	w.reply(wang, number(1), w.answer("/huifu/mailbox.html", "关于桃园小区三号楼停水的答复", mended))
	w.to("2026-11-20 10:30")
	w.tap(wang, "办结")
	w.reads(wang, "139******34，完整的号码请到市长信箱里查")
	w.toast(w.tap(wang, "满意"), "回访结果已记录：满意")
	if m, told := w.phone(wang, func(m botapiMessage) bool { return strings.Contains(m.Text, "13900001234") }); told {
		t.Errorf("a phone shows the telephone number:\n%s", m.Text)
	}
	w.happened(number(1), cases.Opened, cases.Signed, cases.Replied, cases.Verified, cases.Closed, cases.Rated)
	w.golden("inbox", "市长信箱送来信件：响、签收、回应、核验、办结、回访；再送一次什么也不变")
}
