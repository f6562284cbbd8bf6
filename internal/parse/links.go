package parse

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"

	"huiyin/internal/post"
)

// resolve makes ref absolute; empty when it is no http or https address that a
// person could open.
func resolve(base *url.URL, ref string) string {
	ref = strings.Join(strings.Fields(ref), "")
	if ref == "" || len(ref) > post.MaxURL {
		return ""
	}
	u, err := url.Parse(ref)
	if err != nil {
		return ""
	}
	if base != nil {
		u = base.ResolveReference(u)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return ""
	}
	u.User = nil
	if s := u.String(); len(s) <= post.MaxURL {
		return s
	}
	return ""
}

// NextPage is address, where the page at here says that the next one is, outside of the
// document; empty when it leads to another host, out of encryption, or nowhere.
func NextPage(here *url.URL, address string) string { return nextPage(here, here, address) }

// nextPage makes ref, the way from the page at address here to the next, absolute; empty
// when it leads to another host, where nobody sent us, out of encryption, or nowhere.
func nextPage(here, base *url.URL, ref string) string {
	next, err := url.Parse(resolve(base, ref))
	if err != nil || here == nil || !strings.EqualFold(next.Host, here.Host) || here.Scheme == "https" && next.Scheme != "https" {
		return ""
	}
	next.Fragment, next.RawFragment = "", ""
	if s := next.String(); s != here.String() {
		return s
	}
	return ""
}

// passing are query parameters that change from visit to visit or tell how the
// reader came, and do not belong to what is read.
var passing = map[string]bool{
	"extra": true, "sid": true, "phpsessid": true, "jsessionid": true, "sessionid": true, "spm": true,
	"highlight": true, "fbclid": true, "gclid": true,
}

// linkKey names what link leads to: the same thread has the same key from
// whatever page and visit its link is.
func linkKey(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return link
	}
	if !strings.HasPrefix(u.Fragment, "/") && !strings.HasPrefix(u.Fragment, "!") { // those are pages too
		u.Fragment, u.RawFragment = "", ""
	}
	if i := strings.Index(strings.ToLower(u.Path), ";jsessionid="); i >= 0 {
		u.Path, u.RawPath = u.Path[:i], ""
	}
	if u.RawQuery != "" {
		kept := make([]string, 0, 4)
		for _, p := range strings.Split(u.RawQuery, "&") {
			name, _, _ := strings.Cut(strings.ToLower(p), "=")
			if p != "" && !passing[name] && !strings.HasPrefix(name, "utm_") {
				kept = append(kept, p)
			}
		}
		u.RawQuery = strings.Join(kept, "&")
	}
	u.ForceQuery = false
	u.Host = strings.ToLower(u.Host)
	return u.String()
}

// textKey names an item by what it says.
func textKey(title, text string) string {
	h := sha256.New()
	h.Write([]byte(title))
	h.Write([]byte{0})
	h.Write([]byte(text))
	return "text:" + hex.EncodeToString(h.Sum(nil)[:16])
}
