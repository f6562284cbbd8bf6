package config

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"time"
)

// KindInbox is a source that is not polled: other programs of the office hand letters to
// it, and spreadsheets are imported into it.
const KindInbox = "inbox"

// Inbox is what a source of KindInbox has besides its name and its zone.
type Inbox struct {
	Token Secret // what another program must show; empty: only spreadsheets come in
	Unit  string // who answers what no topic fires on; "": as for all other topics
}

// Receive is where other programs reach this one.
type Receive struct {
	Listen string // host:port on this machine; "": nowhere
	URL    string // the same as seen from outside, without a slash at its end; may be ""
}

// shortestToken is how many characters an inbox's token has at least.
const shortestToken = 16

var inboxRule = secretRule{
	form: regexp.MustCompile(fmt.Sprintf(`^[!-~]{%d,256}$`, shortestToken)),
	want: fmt.Sprintf("应当是 %d 到 256 个字母、数字或半角符号，中间没有空格，例如用 openssl rand -hex 16 生成的一串", shortestToken),
	what: "口令",
}

// inbox reads a source that is not polled.
func (o *object) inbox(home *time.Location) Source {
	s := Source{Name: o.title("name", true), Kind: KindInbox, Zone: o.zone("zone", home)}
	s.Channel = cmp.Or(o.title("channel", false), letterChannel(s.Name))
	s.Inbox = &Inbox{Token: o.secret("token_file", inboxRule), Unit: o.str("unit", "")}
	o.get("kind")
	for _, key := range []string{"url", "preset", "with", "every", "charset", "own", "robots", "header_files", "list", "post"} {
		if _, there := o.vals[key]; there {
			o.bad(key, "只用于要去读的来源；kind: inbox 是等别人送来，这里请删去")
			o.get(key)
		}
	}
	return s
}

// letterChannel is what letters of an inbox of that name count as in reports.
func letterChannel(name string) string {
	switch {
	case strings.Contains(name, "热线") || strings.Contains(name, "来电") || strings.Contains(name, "12345"):
		return "热线"
	case strings.Contains(name, "访"):
		return "来访"
	}
	return "信箱"
}

// receive reads where other programs reach this one, and sees what the inboxes have to do
// with the rest of the configuration.
func (o *object) receive(c *Config) Receive {
	var out Receive
	r := o.object("receive")
	if r != nil {
		if r.need("listen") != "" {
			out.Listen = r.listen("listen", "")
		}
		out.URL = strings.TrimRight(r.url("url", "", noLogin, "https", "http"), "/")
		if host, _, err := net.SplitHostPort(out.Listen); err == nil && !loopback(host) {
			r.warn("listen", "不只是本机能连，口令会不加密地传过来：请改成 127.0.0.1，前面用反向代理加上 https")
		}
		r.done()
	}
	names := unitNames(c.Units)
	first := map[string]string{} // token → source
	for i, s := range c.Sources {
		if s.Inbox == nil {
			continue
		}
		bad := func(key, format string, args ...any) {
			path := fmt.Sprintf("sources[%d].%s", i, key)
			o.r.problem(c.Line(path), fmt.Sprintf(key+" "+format, args...))
		}
		if hint, missing := strangeUnit(s.Inbox.Unit, names); missing {
			bad("unit", "是%s，但 units 里没有这个单位%s", quote(s.Inbox.Unit), hint)
		}
		token := s.Inbox.Token.Reveal()
		if token == "" {
			continue
		}
		if other := first[token]; other != "" {
			bad("token_file", "里的口令和来源%s的一样：口令用来认出是哪个来源，请各用各的", quote(other))
		}
		first[token] = s.Name
		if r == nil && !o.gone("receive") && o.get("receive") == nil {
			bad("token_file", "写了，就要在 receive 里写上在哪里接收，例如 receive: {listen: \"127.0.0.1:9181\"}；只导入表格的，请删去 token_file")
		}
	}
	return out
}

// loopback tells whether only this machine reaches a host.
func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}
