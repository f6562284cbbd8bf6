package config

import (
	"maps"
	"math"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// noLogin is what is wrong with a user or a password in most URLs.
const noLogin = "里不能带用户名和密码"

// maxURL is the longest URL, in bytes.
const maxURL = 2000

// url is an absolute URL with one of schemes and no user in it, or def. login is
// the message for one that has a user. URLs are not shown in messages: a password
// may stand in the wrong place of one.
func (o *object) url(key, def, login string, schemes ...string) string {
	raw := o.str(key, def)
	if raw == def {
		return def
	}
	u, err := url.Parse(raw)
	switch {
	case err == nil && u.User != nil, urlPassword.MatchString(raw):
		o.bad(key, "%s", login)
	case err != nil || !slices.Contains(schemes, u.Scheme) || u.Hostname() == "" || len(raw) > maxURL || !validPort(u.Port(), u.Host):
		o.bad(key, "应当是完整的网址，以 %s 开头%s", strings.Join(schemes, ":// 或 ")+"://", wideHint(raw))
	case u.Fragment != "":
		o.bad(key, "里不要带“#”和它后面的部分")
	default:
		return raw
	}
	return ""
}

// validPort reports whether the port of host is absent or a number up to 65535.
func validPort(port, host string) bool {
	if port == "" {
		return !strings.HasSuffix(host, ":")
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return err == nil && n > 0
}

// portOf is the port written in a URL that parses.
func portOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.Port()
}

// chParams are the parameters a ClickHouse URL may carry, and their values.
var chParams = map[string]func(string) bool{
	"secure":   isBool,
	"compress": func(v string) bool { return isBool(v) || v == "lz4" || v == "zstd" },
	"read_timeout": func(v string) bool {
		d, err := time.ParseDuration(v)
		return err == nil && d > 0
	},
	"tls_server_name": func(v string) bool { return validHost(v) },
	"connection_open_strategy": func(v string) bool {
		return slices.Contains([]string{"in_order", "round_robin", "random"}, v)
	},
}

func isBool(v string) bool { return v == "true" || v == "false" }

var databaseForm = regexp.MustCompile(`^(/[A-Za-z_][A-Za-z0-9_]*)?$`)

// clickhouseURL checks the URL of a server or a cluster, and returns it in the
// form the driver takes.
func (o *object) clickhouseURL(raw string) string {
	const form = "应当是 embedded，或 clickhouse://用户@主机:9000/库名，或 https://用户@主机:8443/库名；多台主机用逗号隔开"
	// net/url takes several hosts with ports in any scheme but http and https.
	scheme, rest, _ := strings.Cut(raw, "://")
	u, err := url.Parse("clickhouse://" + rest)
	if urlPassword.MatchString(raw) {
		o.bad("url", "%s", "里带着密码。"+secretHome["password"])
		return ""
	}
	if err != nil || !slices.Contains([]string{"clickhouse", "http", "https"}, scheme) || u.Fragment != "" || len(raw) > maxURL {
		o.bad("url", form)
		return ""
	}
	for h := range strings.SplitSeq(u.Host, ",") {
		if _, port, err := net.SplitHostPort(h); err != nil || port == "" || !validHost(h) {
			o.bad("url", "里每台主机都要写成“主机:端口”，多台用逗号隔开")
			return ""
		}
	}
	u.Scheme = scheme
	if !databaseForm.MatchString(u.Path) {
		o.bad("url", "里的库名只能有英文字母、数字和下划线")
		return ""
	}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		o.bad("url", form)
		return ""
	}
	return o.clickhouseParams(u, q)
}

func (o *object) clickhouseParams(u *url.URL, q url.Values) string {
	known := slices.Sorted(maps.Keys(chParams))
	before := len(o.r.probs)
	for _, k := range slices.Sorted(maps.Keys(q)) {
		v, valid := q[k], chParams[k]
		switch {
		case k == "password":
			o.bad("url", "%s", "里带着密码。"+secretHome["password"])
		case k == "username" || k == "database":
			o.bad("url", "里的 %s 请写在 clickhouse://用户@主机:端口/库名 里", k)
		case k == "skip_verify":
			o.bad("url", "里不能写 skip_verify：请用 clickhouse.ca_file 指明证书")
		case valid == nil:
			o.bad("url", "里不认识的参数%s，可以写的有：%s", quote(k), strings.Join(known, "、"))
		case len(v) != 1 || !valid(v[0]):
			o.bad("url", "里参数 %s 的值不对", k)
		}
	}
	secure := q.Get("secure")
	switch {
	case u.Scheme == "http" && secure == "true":
		o.bad("url", "里 secure=true 要配 https://，不能配 http://")
	case u.Scheme == "https" && secure == "false":
		o.bad("url", "里 https:// 不能配 secure=false")
	case u.Scheme == "clickhouse" && secure != "true" && q.Has("tls_server_name"):
		o.bad("url", "里写了 tls_server_name，就要同时写 secure=true")
	case u.Scheme == "http" && q.Has("tls_server_name"):
		o.bad("url", "里 tls_server_name 要配 https://，不能配 http://")
	}
	if len(o.r.probs) > before {
		return ""
	}
	if u.Scheme == "https" {
		q.Set("secure", "true")
	}
	u.RawQuery = q.Encode()
	return u.String()
}

var hostForm = regexp.MustCompile(`^[\p{L}\p{N}_]([\p{L}\p{N}._-]*[\p{L}\p{N}])?$`)

// validHost reports whether h is a name or an address, perhaps with a port.
func validHost(h string) bool {
	if _, err := netip.ParseAddr(h); err == nil {
		return true
	}
	if host, port, err := net.SplitHostPort(h); err == nil {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return false
		}
		if _, err := netip.ParseAddr(host); err == nil {
			return true
		}
		h = host
	}
	return len(h) <= 253 && hostForm.MatchString(h)
}

// listen is a host:port of this machine; "" stays "". Port 0 takes a free one.
func (o *object) listen(key, def string) string {
	v := o.str(key, def)
	if v == "" {
		return ""
	}
	host, port, err := net.SplitHostPort(v)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err == nil && host != "" && !validHost(host) {
		err = strconv.ErrSyntax
	}
	if err != nil {
		o.bad(key, "应当是“地址:端口”，例如 127.0.0.1:9180，现在是%s%s", quote(v), wideHint(v))
	}
	return v
}

// zone is a time zone by its name; def or, without one, Asia/Shanghai.
func (o *object) zone(key string, def *time.Location) *time.Location {
	const shanghai = "Asia/Shanghai"
	v := o.str(key, "")
	if v == "" && def != nil {
		return def
	}
	if v == "" {
		v = shanghai
	}
	loc, err := time.LoadLocation(v)
	if err != nil || loc == time.Local {
		o.bad(key, "不认识时区%s，国内请写 Asia/Shanghai", quote(v))
		return time.UTC
	}
	return loc
}

// duration is a length of time between low and high.
func (o *object) duration(key string, def, low, high time.Duration) time.Duration {
	if o.get(key) == nil {
		return def
	}
	v := o.str(key, def.String())
	d, err := time.ParseDuration(v)
	switch {
	case err != nil:
		o.bad(key, "应当是数字加单位，s 是秒、m 是分、h 是小时，例如 30s、5m、168h，现在是%s", quote(v))
	case d < low || d > high:
		o.bad(key, "应当在 %s 与 %s 之间，现在是%s", short(low), short(high), quote(v))
	default:
		return d
	}
	return def
}

// short writes a duration the way people do: 24h, not 24h0m0s.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

var daysForm = regexp.MustCompile(`^([0-9]{1,6}) ?d$`)

// days is a number of whole days from one up to high.
func (o *object) days(key string, def, high int) time.Duration {
	const day = 24 * time.Hour
	v := o.str(key, "")
	if v == "" {
		return time.Duration(def) * day
	}
	m := daysForm.FindStringSubmatch(v)
	if m == nil {
		o.bad(key, "应当是天数加 d，例如 30d，现在是%s", quote(v))
		return time.Duration(def) * day
	}
	n, err := strconv.Atoi(m[1])
	if err != nil || n < 1 || n > high {
		o.bad(key, "应当在 1d 与 %dd 之间，现在是%s", high, quote(v))
		return time.Duration(def) * day
	}
	return time.Duration(n) * day
}

var (
	sizeForm  = regexp.MustCompile(`^([0-9]{1,15}) ?(KiB|MiB|GiB|TiB)$`)
	sizeUnits = map[string]int64{"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40}
)

// size is a number of bytes between low and high.
func (o *object) size(key string, def, low, high int64) int64 {
	v := o.str(key, "")
	if v == "" {
		return def
	}
	m := sizeForm.FindStringSubmatch(v)
	if m == nil {
		o.bad(key, "应当是数字加单位，例如 500MiB 或 1GiB，现在是%s", quote(v))
		return def
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	unit := sizeUnits[m[2]]
	if err != nil || n > math.MaxInt64/unit || n*unit < low || n*unit > high {
		o.bad(key, "应当在 1MiB 与 1TiB 之间，现在是%s", quote(v))
		return def
	}
	return n * unit
}
