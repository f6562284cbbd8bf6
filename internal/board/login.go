package board

import (
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// headers keep all that is not the board's own out of its pages. connect-src is for the
// page's script, which fetches the same page again each minute. The referrer policy tells
// other sites nothing; with no-referrer, browsers would call the origin of the board's own
// forms null, and it could not be told from others'.
var headers = map[string]string{
	"Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
		"form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
	"X-Content-Type-Options":       "nosniff",
	"Referrer-Policy":              "same-origin",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Cache-Control":                "no-store",
}

// guarded answers only requests that name the board or this machine as their host: a web
// page elsewhere that made its own name point here must not read the board. What changes
// something must come from the board's own pages.
func (b *Board) guarded(next http.Handler) http.Handler {
	origin := http.NewCrossOriginProtection()
	origin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { b.fail(w, r, Reader{}, errForeign) }))
	next = origin.Handler(http.MaxBytesHandler(next, maxBody))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for k, v := range headers {
			w.Header().Set(k, v)
		}
		host := hostOf("//" + r.Host)
		addr, err := netip.ParseAddr(host)
		switch {
		case host != "localhost" && (err != nil || !addr.IsLoopback()) && (host != b.host || host == ""):
			http.Error(w, "请用看板自己的网址打开。", http.StatusMisdirectedRequest)
		case len(r.URL.RawQuery) > maxQuery || len(r.URL.Path) > maxQuery:
			b.fail(w, r, Reader{}, errLong)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// hostOf is the name of an address's host, without its port.
func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
}

// secure tells whether the board is reached by https; then its cookie goes no other way.
func (b *Board) secure() bool { return strings.HasPrefix(b.URL, "https://") }

func (b *Board) cookieName() string {
	if b.secure() {
		return "__Host-huiyin"
	}
	return "huiyin"
}

func (b *Board) cookie(token string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: b.cookieName(), Value: token, Path: "/", MaxAge: maxAge, HttpOnly: true, Secure: b.secure(), SameSite: http.SameSiteStrictMode,
	}
}

// renewal is the header of the page's own requests: they are not a person's, and do not
// keep a session from ending, unless the page hangs on a wall.
const renewal = "X-Board-Renewal"

// token is that of the request's session; empty: it has none.
func (b *Board) token(r *http.Request) string {
	c, err := r.Cookie(b.cookieName())
	if err != nil || len(c.Value) > 100 {
		return ""
	}
	return c.Value
}

// reader is who sent the request; false when nobody is logged in, or somebody who may see
// nothing any more.
func (b *Board) reader(r *http.Request) (Reader, bool) {
	token := b.token(r)
	if token == "" {
		return Reader{}, false
	}
	idle := r.Header.Get(renewal) != "" && r.URL.Query().Get("wall") == ""
	who, ok := b.person(b.door.who(token, idle))
	if !ok {
		b.door.leave(token)
	}
	return who, ok
}

// person is somebody's roles as they are now; false when there is nothing to see with them.
func (b *Board) person(p pass) (Reader, bool) {
	if p.name == "" {
		return Reader{}, false
	}
	if since := b.People.Bound(p.name); since.IsZero() || !since.Equal(p.bound) { // not which is later: clocks are set
		return Reader{}, false
	}
	who := Reader{
		Name: p.name, Leads: b.People.Leads(p.name), Administers: b.People.Administers(p.name),
		Units: b.People.UnitsOf(p.name), Heads: b.People.HeadOf(p.name),
	}
	return who, who.casework() || who.Administers
}

// askLogin shows a button. Chats and mail programs open links to show what is behind them:
// to look at this page uses nothing up, and tells nothing about the code.
func (b *Board) askLogin(w http.ResponseWriter, r *http.Request) {
	b.show(w, r, http.StatusOK, Reader{}, &view{Template: "login", Title: "进入看板", Body: r.URL.EscapedPath()})
}

// login uses the code up.
func (b *Board) login(w http.ResponseWriter, r *http.Request) {
	p, token, ok, tooMany := b.door.enter(r.PathValue("code"))
	if ok {
		if _, ok = b.person(p); !ok {
			b.door.leave(token)
		}
	}
	switch {
	case tooMany:
		b.fail(w, r, Reader{}, errTooMany)
	case !ok:
		b.fail(w, r, Reader{}, errCode)
	default:
		b.Log.Info("logged in to the board", slog.String("name", p.name))
		http.SetCookie(w, b.cookie(token, int(sessionLasts.Seconds())))
		http.Redirect(w, r, "/", http.StatusSeeOther)
	}
}

// logout ends the session.
func (b *Board) logout(w http.ResponseWriter, r *http.Request) {
	b.door.leave(b.token(r))
	http.SetCookie(w, b.cookie("", -1))
	b.show(w, r, http.StatusOK, Reader{}, &view{Template: "message", Title: "已退出看板", Body: []string{"要再看，请向机器人发 /board 取得新链接。"}})
}

// What a reader is told instead of a page. The text of an error is the page's; nothing of
// what went wrong inside is shown.
type refusal struct {
	status int
	title  string
	lines  []string
}

func (r *refusal) Error() string { return r.title }

var (
	errLogin = &refusal{http.StatusUnauthorized, "请先登录", []string{
		"向机器人发 /board，它会回一个登录链接，10 分钟内有效，只能用一次。",
		"登录后 12 小时内有效，2 小时没有使用会自动退出。",
	}}
	errCode = &refusal{http.StatusForbidden, "这个链接不能用了", []string{
		"登录链接只能用一次，10 分钟内有效。", "请向机器人发 /board，取得新链接。",
	}}
	errTooMany = &refusal{http.StatusTooManyRequests, "试的次数太多", []string{"请过一分钟，向机器人发 /board，取得新链接再试。"}}
	errBusy    = &refusal{http.StatusTooManyRequests, "同时打开的页太多", []string{"请等前面的打开以后再试。"}}
	errForeign = &refusal{http.StatusForbidden, "没有执行", []string{"这个操作不是从看板自己的网页发出的。请打开看板，再试一次。"}}
	errLong    = &refusal{http.StatusRequestURITooLong, "网址太长", []string{"请减少条件，再试一次。"}}
	errMay     = &refusal{http.StatusForbidden, "这一页不归您看", []string{"需要看的，请联系管理员。"}}
	errNone    = &refusal{http.StatusNotFound, "没有这一页", []string{"可能是网址写错了，或者它不归您看。"}}
	errNotYet  = &refusal{http.StatusNotFound, "这一期还没有开始", []string{"请在“报表”里选以前的各期。"}}
	errAway    = &refusal{http.StatusServiceUnavailable, "统计数据库暂时连不上", []string{
		"请过几分钟再看。提醒和登记不受影响，数据恢复后会补上。",
	}}
)

// refused is what a reader is told of an error.
func refused(err error) *refusal {
	var r *refusal
	switch {
	case errors.As(err, &r):
		return r
	case errors.Is(err, ErrNone):
		return errNone
	case errors.Is(err, ErrNotYet):
		return errNotYet
	}
	return errAway
}
