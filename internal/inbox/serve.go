package inbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// ServeHTTP takes letters by POST, and tells by GET how.
func (b *Inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		io.WriteString(w, b.help())
	case http.MethodPost:
		b.post(w, r)
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		refuse(w, http.StatusMethodNotAllowed, "只能用 POST 送信件，用 GET 看说明")
	}
}

// refuse answers a request of which nothing was registered.
func refuse(w http.ResponseWriter, status int, why string) {
	reply(w, status, struct {
		Error string `json:"error"`
	}{why})
}

// retry is refuse for what may go well later.
func retry(w http.ResponseWriter, status int, after time.Duration, why string) {
	w.Header().Set("Retry-After", strconv.Itoa(int((after+time.Second-1)/time.Second)))
	refuse(w, status, why)
}

func reply(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	_ = out.Encode(v) // who sent the letters is gone; asked again, the answer is the same
}

func (b *Inbox) post(w http.ResponseWriter, r *http.Request) {
	source := b.who(r)
	if source < 0 {
		b.stranger(w, r)
		return
	}
	many, why := kind(r)
	if why != "" {
		refuse(w, http.StatusUnsupportedMediaType, why)
		return
	}
	select {
	case b.room <- struct{}{}:
		defer func() { <-b.room }()
	case <-r.Context().Done():
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		refuse(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("一次最多 %d MiB，请分几次送", MaxBody>>20))
		return
	case err != nil:
		refuse(w, http.StatusBadRequest, "没有收完整，请再送一次")
		return
	}
	lines := split(body)
	if !many && len(lines) > 0 { // one object, over as many lines as it likes
		lines = []line{{1, bytes.TrimPrefix(body, []byte(bom))}}
	}
	switch {
	case len(lines) == 0:
		refuse(w, http.StatusBadRequest, "没有内容")
		return
	case len(lines) > MaxLines:
		refuse(w, http.StatusRequestEntityTooLarge, errTooMany.Error())
		return
	}
	if wait := b.flood(source, len(lines)); wait > 0 {
		retry(w, http.StatusTooManyRequests, wait, "送得太快了，请按 Retry-After 说的秒数等一等再送")
		return
	}
	a, err := b.take(r.Context(), source, lines)
	if err != nil {
		b.Log.Error("letters not registered", "source", b.Sources[source].Name, "error", err)
		retry(w, http.StatusServiceUnavailable, 30*time.Second, "现在登记不了，请过一会儿把整个请求再送一次，已经登记的不会重复")
		return
	}
	status := http.StatusOK
	switch {
	case a.Taken == 0:
		status = http.StatusBadRequest
	case a.Refused > 0:
		status = http.StatusMultiStatus
	}
	b.Log.Info("letters received", "source", b.Sources[source].Name, "taken", a.Taken, "refused", a.Refused)
	reply(w, status, a)
}

// stranger answers who shows no token of ours.
func (b *Inbox) stranger(w http.ResponseWriter, r *http.Request) {
	if !b.strangers.may(r.RemoteAddr, b.Now()) {
		retry(w, http.StatusTooManyRequests, perTry, "口令错得太多，请核对口令，过一会儿再试")
		return
	}
	b.Log.Warn("letters with a wrong token", "address", r.RemoteAddr)
	w.Header().Set("WWW-Authenticate", strings.TrimSpace(bearer))
	refuse(w, http.StatusUnauthorized, "口令不对：请求头要有 Authorization: Bearer 加一个空格和口令，口令就是配置里 token_file 指的文件里的那一行")
}

// kind tells whether a request holds one letter or one to a line; why not, when it is neither.
func kind(r *http.Request) (many bool, why string) {
	media, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if charset := params["charset"]; err == nil && charset != "" && !strings.EqualFold(charset, "utf-8") {
		return false, "只收 UTF-8 编码的，请转成 UTF-8 再送"
	}
	if coding := r.Header.Get("Content-Encoding"); coding != "" && !strings.EqualFold(coding, "identity") {
		return false, "不收压缩过的内容，请不要写 Content-Encoding"
	}
	switch {
	case err == nil && media == "application/json":
		return false, ""
	case err == nil && (media == "application/x-ndjson" || media == "application/ndjson"):
		return true, ""
	}
	return false, "Content-Type 应当是 application/json（一封）或 application/x-ndjson（每行一封）"
}

// help is what a person reads who opens the address in a browser.
func (b *Inbox) help() string {
	return fmt.Sprintf(helpText, b.Address, strings.Join(fields, "、"), MaxLines, MaxBody>>20)
}

const helpText = `回音的收件地址。市长信箱、热线、登记系统用 POST 把信件送到这里，每一封都会立案，或者并入正在办的同一件事。

送一封：

  curl -X POST %[1]s \
    -H 'Authorization: Bearer 口令' \
    -H 'Content-Type: application/json' \
    -d '{"key":"MX20261120001","title":"小区停水三天","text":"……","contact":"13800000000","time":"2026-11-20 08:30"}'

送多封：每行一个 JSON 对象，Content-Type 写 application/x-ndjson，最多 %[3]d 行、%[4]d MiB。

字段都是文字：%[2]s。title 和 text 至少要有一个，别的都可以不写。key 是贵系统里的编号：同一个 key 再送，不会重复登记。
时间写 2026-11-20 08:30 或 2026-11-20T08:30:00+08:00。编码用 UTF-8。

回答是 JSON：每封的编号，或者为什么没有登记。状态 200 是都登记了，207 是登记了一部分，400 是一封也没有登记。
没有收到回答，或者收到 429、503，就等一等把整个请求再送一次，已经登记的不会重复。

详细说明见 docs/inbox.zh-CN.md。
`
