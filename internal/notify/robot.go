package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"

	"huiyin/internal/cases"
)

// robot is a group robot: an address that takes one message a POST.
type robot struct {
	Target
	client *http.Client
	now    func() time.Time
}

// longest is how many bytes of text a robot takes. 钉钉 and 飞书 count 20000 for the
// whole request.
var longest = map[string]int{WeCom: 2048, DingTalk: 16000, Feishu: 16000}

// send posts one message.
func (r robot) send(ctx context.Context, p cases.Parcel) answer {
	var connected atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	})
	req, err := r.request(ctx, fit(disarm(textOf(p)), longest[r.Kind]))
	if err != nil {
		return answer{outcome: lost, fault: wrongAddress, said: cause(err).Error()}
	}
	res, err := r.client.Do(req)
	if err != nil {
		a := answer{said: oneLine(cause(err).Error())}
		if !connected.Load() { // so it surely had no effect there
			a.outcome, a.fault = lost, away
		}
		return a
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return answer{said: "read answer: " + oneLine(err.Error())}
	}
	return read(r.Kind, res.StatusCode, res.Header, raw)
}

// request is a text as the robot wants it, signed if it has a secret.
func (r robot) request(ctx context.Context, text string) (*http.Request, error) {
	body := map[string]any{"msgtype": "text", "text": map[string]string{"content": text}}
	if r.Kind == Feishu {
		body = map[string]any{"msg_type": "text", "content": map[string]string{"text": text}}
	}
	address, now := r.URL, r.now()
	switch {
	case r.Secret == "":
	case r.Kind == DingTalk:
		u, err := url.Parse(r.URL)
		if err != nil {
			return nil, err
		}
		stamp := strconv.FormatInt(now.UnixMilli(), 10)
		q := u.Query()
		q.Set("timestamp", stamp)
		q.Set("sign", sign([]byte(r.Secret), stamp+"\n"+r.Secret))
		u.RawQuery = q.Encode()
		address = u.String()
	case r.Kind == Feishu: // the text to sign is the key, and nothing is signed with it
		stamp := strconv.FormatInt(now.Unix(), 10)
		body["timestamp"], body["sign"] = stamp, sign([]byte(stamp+"\n"+r.Secret), "")
	}
	raw, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(raw))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	return req, nil
}

func sign(key []byte, text string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// cause leaves out the address that was called: it is the secret.
func cause(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// disarm takes from a text what a robot would do something by: <at user_id="all"> of
// 飞书 and <@name> of 企业微信, written into a post, would call up the whole group.
func disarm(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '<':
			return '＜'
		case r != '\n' && unicode.IsControl(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, ""))
}

const tooLong = "（太长了，后面的没有显示）"

// fit shortens a text to so many bytes.
func fit(text string, room int) string {
	if len(text) <= room {
		return text
	}
	room -= len("…" + tooLong)
	for !utf8.RuneStart(text[room]) {
		room--
	}
	return text[:room] + "…" + tooLong
}
