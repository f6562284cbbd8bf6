package notify

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// outcome is how an attempt ended.
type outcome int

const (
	unknown   outcome = iota // it may have arrived, or not
	delivered                // the far end took it
	lost                     // it surely did not arrive; to be tried again
	limited                  // it did not, because there were too many
	doubtful                 // it was not taken, and nobody knows whether others will be
	refused                  // it will never be taken
)

var outcomeNames = [...]string{"unknown", "delivered", "lost", "limited", "doubtful", "refused"}

// String is the outcome as logs have it.
func (o outcome) String() string { return outcomeNames[o] }

// answer is how an attempt ended, and why.
type answer struct {
	outcome outcome
	wait    time.Duration // how long the far end is to be left alone, at the least
	said    string        // what it said, or what went wrong; empty when delivered
	fault   fault         // what somebody should do about it
}

// fault is what is wrong at our end of a target, as far as the far end tells.
type fault int

const (
	noFault       fault = iota
	away                // no connection
	wrongAddress        // the robot is not there
	wrongSign           // the signature is not as it should be
	wantsKeyword        // the robot takes only messages with a word in them
	wantsOrigin         // the robot takes messages only from other addresses
	noLogin             // the mail server does not let us in
	wrongEnvelope       // the mail server does not take the sender or a recipient
)

var advices = map[fault]string{
	away:          "连不上，程序会不断重试，恢复后自动补发。请检查网络和地址",
	wrongAddress:  "机器人地址不对，或机器人已被移出群、停用。请到群设置里核对或重新添加机器人，改好地址后重新启动，没发出的会自动补发",
	wrongSign:     "加签暗号（secret_file）对不上，或本机时间不准。请核对暗号和本机时间，改好后没发出的会自动补发",
	wantsKeyword:  "机器人设了“自定义关键词”，不含关键词的消息它不收。请在机器人的安全设置里改用加签，没发出的会自动补发",
	wantsOrigin:   "机器人设了 IP 白名单，本机不在里面。请在机器人的安全设置里加上本机的出口 IP，没发出的会自动补发",
	noLogin:       "邮件服务器不让登录。请核对用户名和密码（有的邮箱要用授权码）以及加密方式，改好后没发出的会自动补发",
	wrongEnvelope: "邮件服务器不接受发件人或某个收件人。请核对这些邮箱地址，改好后没发出的会自动补发",
}

// advice is what is wrong and what to do, for the people who run the program; empty
// when the target works.
func (a answer) advice() string {
	switch {
	case a.outcome == delivered || a.outcome == refused || a.outcome == limited:
		return ""
	case a.fault != noFault:
		return advices[a.fault] + "（" + a.said + "）"
	case a.outcome == doubtful:
		return "不收消息，程序会不断重试。请照它的说明检查机器人的设置（" + a.said + "）"
	}
	return "应答不正常，程序会不断重试，恢复后自动补发。一直这样请检查网络和地址（" + a.said + "）"
}

// meaning is what a code of a robot stands for.
type meaning struct {
	outcome outcome
	fault   fault
	codes   []int
}

// meanings are the codes that are known, by kind. Others are doubtful.
var meanings = map[string][]meaning{
	WeCom: {
		{limited, noFault, []int{45009, 45033}},
		{unknown, noFault, []int{-1}}, // busy
		{lost, wrongAddress, []int{93000, 93004, 93008}},
		{lost, wantsOrigin, []int{60020}},
		{refused, noFault, []int{40008, 40058, 44004, 45002}},
	},
	DingTalk: {
		{limited, noFault, []int{130101, 410100, 660026, 90018, 90030}},
		{unknown, noFault, []int{-1}},
		{lost, wrongAddress, []int{300001, 300005, 400013, 400101, 400102, 400106}},
		{refused, noFault, []int{40035, 400105, 430101, 430102, 430103, 430104, 460101}},
	},
	Feishu: {
		{limited, noFault, []int{11232, 99991400}},
		{lost, wrongAddress, []int{19001}},
		{lost, wrongSign, []int{19021}},
		{lost, wantsOrigin, []int{19022}},
		{lost, wantsKeyword, []int{19024}},
		{refused, noFault, []int{9499, 19002}},
	},
}

// insecure is the code of 钉钉 for everything about a robot's security settings; which
// of them it is stands only in the words.
const insecure = 310000

// restFor is how long a robot is left alone after it said that there were too many:
// 钉钉 then takes nothing for ten minutes.
var restFor = map[string]time.Duration{WeCom: time.Minute, DingTalk: 10 * time.Minute, Feishu: time.Minute}

// maxAnswer caps what is read of an answer, and maxSaid what is kept of its words.
const (
	maxAnswer = 64 << 10 // bytes
	maxSaid   = 200      // runes
)

// read tells from the HTTP answer of a robot how an attempt ended. The status alone
// says little: a robot says no with 200, and 飞书 says "too many" with 400.
func read(kind string, status int, header http.Header, body []byte) answer {
	code, said, ok := codeOf(body)
	if !ok {
		return readStatus(kind, status, header)
	}
	a := answer{outcome: doubtful, said: strings.TrimSuffix(fmt.Sprintf("%d：%s", code, oneLine(said)), "：")}
	words := strings.ToLower(said)
	for _, m := range meanings[kind] {
		if slices.Contains(m.codes, code) {
			a.outcome, a.fault = m.outcome, m.fault
		}
	}
	switch {
	case code == 0 && status < 300:
		return answer{outcome: delivered}
	case code == 0: // a gateway in between that speaks for itself
		return readStatus(kind, status, header)
	case kind == DingTalk && code == insecure:
		a.outcome, a.fault = lost, securityFault(words)
	case status == http.StatusTooManyRequests, kind == Feishu && strings.Contains(words, "too many request"):
		a.outcome, a.fault = limited, noFault
	}
	if a.outcome == limited {
		a.wait = max(restFor[kind], retryAfter(header))
	}
	return a
}

// securityFault tells which security setting of a 钉钉 robot the words speak of.
func securityFault(words string) fault {
	switch {
	case strings.Contains(words, "keyword"):
		return wantsKeyword
	case strings.Contains(words, "whitelist"):
		return wantsOrigin
	}
	return wrongSign
}

// readStatus is for an answer that is not the robot's own.
func readStatus(kind string, status int, header http.Header) answer {
	a := answer{said: fmt.Sprintf("HTTP %d", status)}
	switch {
	case status == http.StatusTooManyRequests:
		a.outcome, a.wait = limited, max(restFor[kind], retryAfter(header))
	case status == http.StatusRequestEntityTooLarge:
		a.outcome = refused
	case status == http.StatusNotFound:
		a.outcome, a.fault = lost, wrongAddress
	case status >= 300 && status < 500: // a proxy in between, or a login page
		a.outcome = lost
	}
	return a
}

// codeOf reads the code and the words of a robot's answer. 企业微信 and 钉钉 call them
// errcode and errmsg, 飞书 code and msg and, in its first version, StatusCode and
// StatusMessage.
func codeOf(body []byte) (code int, said string, ok bool) {
	var raw struct {
		ErrCode       *int   `json:"errcode"`
		ErrMsg        string `json:"errmsg"`
		Code          *int   `json:"code"`
		Msg           string `json:"msg"`
		StatusCode    *int   `json:"StatusCode"`
		StatusMessage string `json:"StatusMessage"`
	}
	if json.Unmarshal(body, &raw) != nil {
		return 0, "", false
	}
	for _, c := range []*int{raw.ErrCode, raw.Code, raw.StatusCode} {
		if c != nil && (!ok || code == 0) {
			code, ok = *c, true
		}
	}
	for _, s := range []string{raw.ErrMsg, raw.Msg, raw.StatusMessage} {
		if said == "" {
			said = s
		}
	}
	return code, said, ok
}

// retryAfter is what an answer asks to wait, up to an hour.
func retryAfter(h http.Header) time.Duration {
	n, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || n < 0 {
		return 0
	}
	return time.Duration(min(n, 3600)) * time.Second
}

// oneLine makes words from outside fit for a line of a log or a sentence.
func oneLine(s string) string {
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, ""), func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	}), " ")
	if utf8.RuneCountInString(s) > maxSaid {
		s = string([]rune(s)[:maxSaid]) + "…"
	}
	return s
}
