package config

import (
	"net"
	"net/mail"
	"regexp"
	"slices"
	"strings"
)

// Copy is where alerts also go, without buttons, for those who do not use Telegram:
// a group's robot or a list of mailboxes.
type Copy struct {
	Name  string   // unique, at most 40 characters
	Kind  string   // CopyWeCom, CopyDingTalk, CopyFeishu or CopyMail
	Units []string // whose alerts; nil: all units'
	URL   Secret   // robots: the webhook's address, http or https; empty only without NeedSecrets
	Sign  Secret   // CopyDingTalk, CopyFeishu: what messages are signed with; empty: they are not
	Mail  *Mail    // CopyMail only, and always there
}

// Mail is how mail is sent, and to whom.
type Mail struct {
	Server   string   // host:port
	From     string   // an address without a name
	To       []string // 1 to 50 addresses without names
	User     string   // "": without logging in
	Password Secret   // there with User; empty only without NeedSecrets
	TLS      string   // TLSStart, TLSWhole or TLSNone; never TLSNone with User
}

// The kinds of outward copies.
const (
	CopyWeCom    = "wecom"    // 企业微信
	CopyDingTalk = "dingtalk" // 钉钉
	CopyFeishu   = "feishu"   // 飞书
	CopyMail     = "mail"
)

// How the connection to a mail server is encrypted.
const (
	TLSStart = "starttls" // from the STARTTLS command on, and never without it
	TLSWhole = "tls"      // from its first byte
	TLSNone  = "none"
)

const maxTo = 50 // addresses of one copy

var (
	robotRule = secretRule{
		form: regexp.MustCompile(`^https?://[^\s/@#]+/[^\s#]+$`), want: "应当是群机器人给的完整网址，以 https:// 开头，只有一行", what: "网址",
		missing: "没有写：请把群机器人的网址存成文件并在这里指明",
	}
	signRule     = secretRule{form: regexp.MustCompile(`^[!-~]+$`), want: "应当是机器人给的加签暗号，一整串字母数字", what: "暗号"}
	mailPassRule = secretRule{want: "应当只有一行", what: "密码", missing: "没有写：写了 user，就要把密码存成文件并在这里指明"}
)

// copies reads the outward copies; units are the names of all units.
func (o *object) copies(units []string) []Copy {
	var out []Copy
	for _, c := range o.objects("copies") {
		one := c.copy(units)
		if one.Name != "" && slices.ContainsFunc(out, func(other Copy) bool { return other.Name == one.Name }) {
			c.bad("name", "%s已经有了，不能重名", quote(one.Name))
		}
		c.done()
		out = append(out, one)
	}
	return out
}

func (o *object) copy(units []string) Copy {
	c := Copy{Name: o.title("name", true), Kind: o.need("kind"), Units: o.someUnits(units)}
	robot := []string{"url_file", "secret_file"}
	letter := []string{"server", "from", "to", "user", "password_file", "tls"}
	switch c.Kind {
	case CopyWeCom, CopyDingTalk, CopyFeishu:
		c.URL = o.robot()
		if c.Kind != CopyWeCom {
			c.Sign = o.secret("secret_file", signRule)
		} else {
			o.only("dingtalk、feishu", "secret_file")
		}
		o.only("mail", letter...)
	case CopyMail:
		o.only("wecom、dingtalk、feishu", robot...)
		c.Mail = o.mail()
	default:
		if c.Kind != "" {
			o.bad("kind", "只能是 wecom（企业微信）、dingtalk（钉钉）、feishu（飞书）或 mail（邮件），现在是%s", quote(c.Kind))
		}
		for _, key := range append(robot, letter...) {
			o.get(key) // known, whatever the kind should be
		}
	}
	return c
}

// only refuses keys that belong to other kinds.
func (o *object) only(kinds string, keys ...string) {
	for _, key := range keys {
		if o.get(key) != nil {
			o.bad(key, "只用于 kind 是 %s 的，这里请删去", kinds)
		}
	}
}

// robot reads the address of a group's robot, which is a secret as a whole.
func (o *object) robot() Secret {
	if strings.Contains(o.str("url_file", ""), "://") {
		o.bad("url_file", "要写文件名，不能直接写网址：请把网址存成单独的文件")
		return Secret{}
	}
	return o.secret("url_file", robotRule)
}

// someUnits are the units that a copy is for; nil for all.
func (o *object) someUnits(all []string) []string {
	list := o.strs("units", nil)
	if list != nil && o.empty("units", len(list)) {
		o.bad("units", "至少要写一个单位；要所有单位的，请删去这一行")
	}
	for i, unit := range list {
		if hint, missing := strangeUnit(unit, all); missing {
			o.bad(index("units", i), "是%s，但 units 里没有这个单位%s", quote(unit), hint)
		} else if unit != "" && slices.Contains(list[:i], unit) {
			o.bad(index("units", i), "%s写了两次", quote(unit))
		}
	}
	return list
}

func (o *object) mail() *Mail {
	m := Mail{Server: o.need("server"), From: o.need("from"), To: o.strs("to", nil), User: o.str("user", ""), TLS: o.str("tls", TLSStart)}
	_, port, err := net.SplitHostPort(m.Server)
	if strings.Contains(m.Server, "@") { // it is not shown: a password may stand before it
		o.bad("server", "里不能带登录名和密码：登录名写在 user 里，密码存成文件用 password_file 指明")
	} else if m.Server != "" && (err != nil || !validHost(m.Server)) {
		o.bad("server", "应当是“主机:端口”，例如 smtp.example.cn:587，现在是%s%s", quote(m.Server), wideHint(m.Server))
	}
	o.address("from", m.From)
	if o.get("to") == nil && !o.gone("to") {
		o.missing("to")
	} else if o.empty("to", len(m.To)) || len(m.To) > maxTo {
		o.bad("to", "应当有 1 到 %d 个邮箱，例如 [chenjing@example.gov.cn]", maxTo)
	}
	for i, a := range m.To {
		o.address(index("to", i), a)
		if a != "" && slices.Contains(m.To[:i], a) {
			o.bad(index("to", i), "%s写了两次", quote(a))
		}
	}
	switch {
	case !slices.Contains([]string{TLSStart, TLSWhole, TLSNone}, m.TLS):
		o.bad("tls", "只能是 starttls、tls 或 none（不加密），现在是%s", quote(m.TLS))
	case m.TLS == TLSNone && m.User != "":
		o.bad("tls", "写了 none 就不能写 user：密码会不加密地传出去")
	case m.TLS == TLSStart && port == "465":
		o.warn("tls", "是 starttls，但 465 端口一般要写 tls: tls，请向邮箱的管理员核对")
	}
	if m.User != "" {
		m.Password = o.secret("password_file", mailPassRule)
	} else if o.get("password_file") != nil {
		o.bad("password_file", "要和 user（登录名）一起写")
	}
	if len(m.User) > 254 || strings.ContainsFunc(m.User, hidden) {
		o.bad("user", "应当是登录名，一般就是邮箱，里面不能有看不见的字符")
	}
	return &m
}

// address checks a mail address without a name; "" was told before.
func (o *object) address(key, v string) {
	if v == "" {
		return
	}
	if a, err := mail.ParseAddress(v); err != nil || a.Address != v || len(v) > 254 {
		o.bad(key, "应当是邮箱地址，例如 chenjing@example.gov.cn，现在是%s%s", quote(v), wideHint(v))
	}
}
