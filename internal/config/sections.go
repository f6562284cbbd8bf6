package config

import (
	"crypto/x509"
	"net/mail"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"huiyin/internal/workday"
)

const (
	publicAPI      = "https://api.telegram.org"
	defaultKeep    = 1 << 30 // bytes
	defaultDays    = 30      // of posts
	embeddedEngine = "embedded"
)

// config reads the whole file.
func (o *object) config(c *Config) {
	c.Agency = o.title("agency", true)
	c.Timezone = o.zone("timezone", nil)
	c.DataDir = o.dataDir()
	c.Hours = o.hours([]string{"09:00-12:00", "13:00-17:30"})
	c.Overrides = o.holidays()
	c.Telegram = o.section("telegram").telegram()
	c.ClickHouse = o.section("clickhouse").clickhouse()
	ops := o.section("ops")
	c.Ops.Listen = ops.listen("listen", "127.0.0.1:9180")
	ops.done()
	c.Fetch = o.section("fetch").fetch()
	c.Digest = o.section("digest").digest()
	c.AlertsDir = o.folder("alerts")
	c.DictDir = o.folder("dict")
	c.Units = o.units()
	c.Sites = o.sites()
	o.siteless(c.Units, c.Sites)
	c.Leaders = o.leaders()
	c.Admins = o.people("admins")
	c.Topics = o.topics(c.Units)
	c.Categories = o.categories()
	c.Signing = o.section("signing").signing()
	c.Review = o.review()
	c.Severity = o.section("severity").severity()
	c.Storm = o.number("storm", 5, 1, 1000)
	c.Disclose, c.Board = o.disclose()
	c.Copies = o.copies(unitNames(c.Units))
	c.Sources = o.sources(c)
	c.Receive = o.receive(c)
	o.done()
}

// dataDir is where the data go. The socket through which commands reach a running
// program stands in it, and the system keeps the path of a socket short.
func (o *object) dataDir() string {
	const limit = len(syscall.RawSockaddrUnix{}.Path) - 1 - len("/control.sock")
	dir := o.r.abs(o.str("data_dir", "/var/lib/huiyin"))
	if len(dir) > limit {
		o.bad("data_dir", "的完整路径太长：最多 %d 个字节（一个汉字算 3 个），现在是 %d 个，请换一个路径短些的文件夹", limit, len(dir))
	}
	return dir
}

// hours are the office hours, or def; none when def is nil. It tells what is wrong
// with each span by itself, and only then with their order.
func (o *object) hours(def []string) workday.Hours {
	list := o.strs("hours", def)
	if list == nil {
		return workday.Hours{}
	}
	told := false
	bad := func(i int, err error) {
		told = true
		if e := err.(*workday.SpanError); e.Item < 0 {
			o.bad("hours", "%s", e.Reason)
		} else {
			shown := quote(e.Value)
			if quote(list[i+e.Item]) == masked { // of a secret not even a part
				shown = masked
			}
			o.bad(index("hours", i+e.Item), "%s%s", shown, e.Reason)
		}
	}
	for i, s := range list {
		if s == "" { // strs has told
			told = true
		} else if _, err := workday.ParseHours([]string{s}); err != nil {
			bad(i, err)
		}
	}
	if told {
		return workday.Hours{}
	}
	h, err := workday.ParseHours(list)
	if err != nil {
		bad(0, err)
	}
	return h
}

func (o *object) telegram() Telegram {
	var t Telegram
	t.Token = o.secret("token_file", tokenRule)
	t.BaseURL = strings.TrimRight(o.url("base_url", publicAPI, noLogin, "https", "http"), "/")
	t.Proxy = o.url("proxy", "", "里不能写用户名和密码：请删去 proxy，改用环境变量 HTTPS_PROXY 给出整个代理地址", "http", "https", "socks5")
	if w := o.object("webhook"); w != nil {
		t.Webhook = w.webhook(t.BaseURL == publicAPI)
	}
	o.done()
	return t
}

// webhook reads telegram.webhook. The public Bot API insists on HTTPS and on four
// ports; a local Bot API server does not.
func (o *object) webhook(public bool) *Webhook {
	var w Webhook
	if o.need("url") != "" {
		w.URL = o.url("url", "", noLogin, "https", "http")
	}
	if w.URL != "" && public {
		port := portOf(w.URL)
		if !strings.HasPrefix(w.URL, "https://") {
			o.bad("url", "应当以 https:// 开头，Telegram 不往别的地址送消息")
		} else if !slices.Contains([]string{"", "443", "80", "88", "8443"}, port) {
			o.bad("url", "的端口只能是 443、80、88 或 8443，这是 Telegram 的规定")
		}
	}
	if o.need("listen") != "" {
		w.Listen = o.listen("listen", "")
	}
	w.Secret = o.secret("secret_file", webhookRule)
	o.done()
	return &w
}

func (o *object) clickhouse() ClickHouse {
	var c ClickHouse
	raw := o.str("url", embeddedEngine)
	c.Embedded = raw == embeddedEngine
	password, ca, library := o.str("password_file", ""), o.str("ca_file", ""), o.str("library", "")
	c.KeepFree = o.size("keep_free", defaultKeep, 1<<20, 1<<40)
	c.KeepPosts = o.days("keep_posts", defaultDays, 366)
	if c.Embedded {
		if password != "" {
			o.warn("password_file", "用不到：内置引擎没有密码")
		}
		if ca != "" {
			o.warn("ca_file", "用不到：内置引擎不走网络")
		}
		if library != "" {
			c.Library = o.r.abs(library)
			if st, err := os.Stat(c.Library); err != nil || !st.Mode().IsRegular() {
				o.bad("library", "指的文件找不到；不写这一行就用自动下载的那一份")
			}
		}
		o.done()
		return c
	}
	if library != "" {
		o.warn("library", "用不到：记录存在 ClickHouse 服务器上")
	}
	c.URL = o.clickhouseURL(raw)
	c.Password = o.secret("password_file", passwordRule)
	if ca != "" {
		c.CAFile = o.r.abs(ca)
		data, err := readLimited(c.CAFile, maxFile)
		if err != nil {
			o.bad("ca_file", "指的文件读不出来：%s", reason(err))
		} else if !x509.NewCertPool().AppendCertsFromPEM(data) {
			o.bad("ca_file", "里没有 PEM 格式的证书")
		} else if c.URL != "" && !strings.Contains(c.URL, "secure=true") {
			o.bad("ca_file", "要配加密的连接：url 用 https:// 开头，或 clickhouse://…?secure=true")
		}
	}
	o.done()
	return c
}

func (o *object) fetch() Fetch {
	f := Fetch{
		Contact: o.str("contact", ""),
		Timeout: o.duration("timeout", 20*time.Second, time.Second, 5*time.Minute),
		HostGap: o.duration("host_gap", time.Second, 0, time.Minute),
		MaxAge:  o.duration("max_age", 168*time.Hour, time.Hour, 8760*time.Hour),
	}
	if o.get("budget") != nil {
		f.Budget = o.number("budget", 60, 1, 100_000)
	}
	switch {
	case f.Contact == "":
		o.warn("contact", "没有写：请写上网址或邮箱，好让被读取的网站知道是谁、找谁")
	case strings.Contains(f.Contact, "://"):
		f.Contact = o.url("contact", "", noLogin, "https", "http")
	default:
		if a, err := mail.ParseAddress(f.Contact); err != nil || a.Address != f.Contact {
			o.bad("contact", "应当是网址（https://…）或邮箱地址")
		}
	}
	for i, h := range o.strs("allow_hosts", nil) {
		h = strings.ToLower(h)
		if h != "" && !validHost(h) {
			o.bad(index("allow_hosts", i), "应当是主机名或 IP，可以带端口，例如 10.0.0.8 或 oa.example.cn:8080，不带 http://%s", wideHint(h))
		}
		f.AllowHosts = append(f.AllowHosts, h)
	}
	o.done()
	return f
}

func (o *object) digest() Digest {
	var d Digest
	at := o.strs("at", []string{"08:30"})
	if len(at) == 0 {
		o.bad("at", "至少要有一个时间，例如 [\"08:30\"]")
	}
	for i, s := range at {
		if s == "" {
			continue
		}
		after, err := workday.ParseClock(s)
		if err != nil {
			o.bad(index("at", i), "应当是 00:00 到 23:59 之间的时间，例如 \"08:30\"，现在是%s", quote(s))
			continue
		}
		if slices.Contains(d.At, after) {
			o.bad(index("at", i), "%s写了两次", quote(s))
		}
		d.At = append(d.At, after)
	}
	slices.Sort(d.At)
	switch days := o.str("days", "workdays"); days {
	case "workdays":
		d.Workdays = true
	case "all":
	default:
		o.bad("days", "只能是 workdays（工作日）或 all（每天），现在是%s", quote(days))
	}
	o.done()
	return d
}

// folder is a folder that must exist when it is named.
func (o *object) folder(key string) string {
	name := o.str(key, "")
	if name == "" {
		return ""
	}
	path := o.r.abs(name)
	if st, err := os.Stat(path); err != nil || !st.IsDir() {
		o.bad(key, "指的文件夹找不到；不写这一行就用内置的")
	}
	return path
}
