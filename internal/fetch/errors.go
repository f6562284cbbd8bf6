package fetch

import (
	"compress/flate"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"syscall"
	"time"
)

// What can be wrong with a request or an answer, besides what the network does.
var (
	ErrBadURL    = errors.New("URL not allowed")
	ErrBadHeader = errors.New("header not allowed")
	ErrTooLarge  = errors.New("page too large")
	ErrRedirects = fmt.Errorf("more than %d redirects", maxRedirects)
	ErrEncoding  = errors.New("content encoding unknown or broken")
	ErrHeaders   = errors.New("headers too large")
	ErrProtocol  = errors.New("answer is not HTTP as it should be")
	ErrCharset   = errors.New("unknown charset")
)

// StatusError is an answer whose status is neither success nor "not modified".
type StatusError struct {
	Status     int
	RetryAfter time.Duration // how long the server asks to be left alone; zero when it does not
}

// Error implements error.
func (e *StatusError) Error() string {
	return fmt.Sprintf("status %d %s", e.Status, http.StatusText(e.Status))
}

// BlockedError is a host refused because it lies at an address that is not public.
type BlockedError struct {
	Host    string // host:port as asked for
	Addr    netip.Addr
	Allowed bool // the host is in the list of allowed hosts, but not the Request's Home
}

// Error implements error.
func (e *BlockedError) Error() string {
	why := "not in the list of allowed hosts"
	if e.Allowed {
		why = "allowed only to the source that has its own address there"
	}
	return fmt.Sprintf("%s is at %s, not a public address, and %s", e.Host, e.Addr, why)
}

// RobotsError is a page that the site's robots.txt does not let programs read.
type RobotsError struct {
	Err error // why robots.txt could not be read, so that nothing may be; nil when it could
}

// Error implements error.
func (e *RobotsError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("robots.txt cannot be read: %v", e.Err)
	}
	return "refused by robots.txt"
}

// Unwrap returns why robots.txt could not be read.
func (e *RobotsError) Unwrap() error { return e.Err }

// RetryAfter is how long the server behind err asks to be left alone; zero when
// it does not.
func RetryAfter(err error) time.Duration {
	var se *StatusError
	if errors.As(err, &se) {
		return se.RetryAfter
	}
	return 0
}

// Reason says in plain Chinese what went wrong and what to do about it; empty
// for nil.
func Reason(err error) string {
	var (
		status  *StatusError
		blocked *BlockedError
		robots  *RobotsError
		dns     *net.DNSError
		record  tls.RecordHeaderError
	)
	switch {
	case err == nil:
		return ""
	case errors.As(err, &robots):
		return robotsReason(robots)
	case errors.As(err, &status):
		return statusReason(status)
	case errors.As(err, &blocked) && blocked.Allowed:
		return "内网地址不允许：网页引到了别处的内网网址，没有读取；这个内网网址只有直接以它为网址的来源才能读，确要读取，请管理员另设一个来源"
	case errors.As(err, &blocked):
		// Where the name leads is not told: it would tell how the network inside is laid out.
		return "内网地址不允许：这个网址在内网，公众打不开；确要读取内网，请管理员把它加进配置的 fetch.allow_hosts"
	case errors.Is(err, ErrTooLarge):
		return "网页太大，没有读取；请核对网址是不是列表页或订阅地址"
	case errors.Is(err, ErrRedirects):
		return "对方网站转来转去（跳转超过 5 次），请在浏览器里打开，换用最后的网址"
	case errors.Is(err, ErrBadURL):
		return "网址不能用：要以 http:// 或 https:// 开头，里面不能写用户名和密码，也不能太长"
	case errors.Is(err, ErrBadHeader):
		return "配置里给这个来源写的请求标头不能用：里面有换行或别的不能写的字符；请管理员核对配置和存密钥的文件"
	case errors.Is(err, ErrEncoding):
		return "对方网站用了读不懂的压缩方式，或者压缩内容已损坏；请联系对方网站"
	case errors.Is(err, ErrCharset):
		return "配置里写的网页编码不认识，请改成 utf-8、gbk 或 big5，或者去掉这一项"
	case isCertificate(err):
		return "证书有问题：对方网站的安全证书过期或不对，请在浏览器里核对网址，或联系对方网站"
	case isTimeout(err):
		return "超时：对方网站太慢或没有回应，稍后会自动再试"
	case errors.Is(err, context.Canceled):
		return "读取被中断，稍后会自动再试"
	case errors.As(err, &dns):
		return "连不上：找不到这个网址的服务器，请核对网址有没有写错"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "连不上：对方服务器拒绝连接，可能正在停机，稍后会自动再试"
	case errors.As(err, &record):
		return "连不上：对方网站不支持 https，请把网址改成 http:// 开头"
	case errors.Is(err, ErrHeaders):
		return "对方网站的回答不合规范（标头过大），没有读取；请在浏览器里打开核对网址"
	case errors.Is(err, ErrProtocol):
		return "对方网站的回答不合规范（不是网页的格式），没有读取；请在浏览器里打开核对网址"
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET):
		return "连接中途断开，稍后会自动再试"
	}
	return "连不上：网络或对方网站有故障，稍后会自动再试"
}

// ofWire names what broke an exchange, where net/http has no type for it.
func ofWire(err error) error {
	var (
		operation *net.OpError
		dns       *net.DNSError
		record    tls.RecordHeaderError
		corrupt   flate.CorruptInputError
	)
	switch {
	case strings.Contains(err.Error(), "response headers exceeded"):
		return fmt.Errorf("%w: %.300s", ErrHeaders, err)
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.As(err, &corrupt):
		return fmt.Errorf("%w: %w", ErrEncoding, err)
	case isTimeout(err), isCertificate(err), errors.Is(err, context.Canceled), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.As(err, &operation), errors.As(err, &dns), errors.As(err, &record), strings.Contains(err.Error(), "server closed idle connection"):
		return err // the network's, not the answer's
	}
	return fmt.Errorf("%w: %.300s", ErrProtocol, err) // the text repeats what came
}

// isTimeout says whether err is a deadline of ours or of the network.
func isTimeout(err error) bool {
	var ne net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &ne) && ne.Timeout()
}

func isCertificate(err error) bool {
	var (
		verify    *tls.CertificateVerificationError
		invalid   x509.CertificateInvalidError
		hostname  x509.HostnameError
		authority x509.UnknownAuthorityError
	)
	return errors.As(err, &verify) || errors.As(err, &invalid) || errors.As(err, &hostname) || errors.As(err, &authority)
}

func robotsReason(e *RobotsError) string {
	switch {
	case e.Err == nil:
		return "对方网站的 robots.txt 不让程序读这个网页；请先和对方网站商量，对方同意了，再请管理员在配置里把这个来源的 robots 一项写成 ignore"
	case unreadable(e.Err):
		return "对方网站的 robots.txt（写着哪些网页让程序读）读不出来，按规矩先不读它的网页：" + Reason(e.Err)
	}
	return Reason(e.Err) // the site cannot be reached at all
}

func statusReason(e *StatusError) string {
	head := fmt.Sprintf("对方返回 %d", e.Status)
	switch {
	case e.Status == http.StatusNotFound, e.Status == http.StatusGone:
		return head + "（网页不存在），请核对网址"
	case e.Status == http.StatusUnauthorized, e.Status == http.StatusForbidden:
		return head + "（不让看），可能要登录或限制了访问，请联系对方网站；要密钥的接口，请把密钥存成文件，写进 header_files"
	case e.Status == http.StatusTooManyRequests:
		return head + "（嫌我们来得太勤），会自动放慢再试"
	case e.Status >= 500:
		return head + "（对方网站故障），稍后会自动再试"
	}
	return head + "，请在浏览器里打开核对网址"
}
