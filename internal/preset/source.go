package preset

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"huiyin/internal/parse"
)

const maxValue = 200 // runes of a value given under with

// Source is what a source's configuration takes from a preset.
type Source struct {
	Kind    string
	Channel string // what it counts as in reports
	URL     string // that is polled
	List    parse.Fields
	Post    parse.PageFields
}

// Expand is what a source with preset: name, url: address and with: with becomes. secret
// gives what the file holds that key names; nothing when it is not there yet and somebody
// was told. The errors are for whoever writes the configuration, in Chinese.
func Expand(name, address string, with map[string]string, secret func(key, file string) (string, error)) (Source, error) {
	p, err := Find(name)
	if err != nil {
		return Source{}, err
	}
	values := maps.Clone(with)
	for _, q := range p.Params {
		if !q.Secret {
			continue
		}
		key := q.Name + "_file"
		if values[q.Name] != "" {
			return Source{}, fmt.Errorf("with 里的 %s 是密钥，不要直接写在配置里：把它存成一个文件，改写 %s: 文件名", q.Name, key)
		}
		file := values[key]
		delete(values, key)
		if file == "" {
			continue
		}
		v, err := secret(key, file)
		if err != nil {
			return Source{}, fmt.Errorf("with 里的 %s：%w", key, err)
		}
		values[q.Name] = strings.TrimSpace(v)
	}
	return p.Source(address, values)
}

// Source turns the address a person opens in the browser, and the values of the params
// (secrets in clear), into what is polled: always at the scheme and host of address.
// The errors are in Chinese and say what a right one looks like.
func (p Preset) Source(address string, with map[string]string) (Source, error) {
	u, err := url.Parse(strings.TrimSpace(address))
	switch {
	case err != nil, u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		return Source{}, fmt.Errorf("网址写得不对：要以 http:// 或 https:// 开头，例如 %s", p.Example.URL)
	case u.User != nil:
		return Source{}, errors.New("网址里不能带用户名和密码：要登录才能看的来源读不了")
	}
	if err := p.check(with); err != nil {
		return Source{}, err
	}
	for _, a := range p.Addresses {
		found, fits := a.match(u)
		if !fits {
			continue
		}
		base := u.Scheme + "://" + u.Host + found["dir"]
		values, err := p.values(found, with)
		if err != nil {
			return Source{}, err
		}
		s := Source{Kind: p.Kind, Channel: p.Channel, URL: base + a.fill(values), List: p.List, Post: p.Post}
		for _, f := range []*string{&s.List.Link, &s.List.Page, &s.List.Next} {
			*f = strings.ReplaceAll(*f, "{base}", base)
		}
		return s, nil
	}
	return Source{}, fmt.Errorf("这个网址不像 %s 的：请写%s，例如 %s", p.Title, p.Help, p.Example.URL)
}

// check refuses values for what the preset does not ask for, and what can be no name.
func (p Preset) check(with map[string]string) error {
	for _, key := range slices.Sorted(maps.Keys(with)) {
		at := slices.IndexFunc(p.Params, func(q Param) bool { return q.Name == key })
		if at < 0 {
			return fmt.Errorf("%s 不用在 with 里写 %s；%s", p.Title, key, p.asks())
		}
		v := with[key]
		if v == "." || v == ".." || utf8.RuneCountInString(v) > maxValue || !utf8.ValidString(v) || strings.ContainsFunc(v, unicode.IsControl) {
			if p.Params[at].Secret { // the value is nobody's to read
				return fmt.Errorf("with 里的 %s_file 指的文件内容不对：最多 %d 个字", key, maxValue)
			}
			return fmt.Errorf("with 里的 %s 不能这样写：%.50q", key, v)
		}
	}
	return nil
}

// asks lists the params for people.
func (p Preset) asks() string {
	var all []string
	for _, q := range p.Params {
		name := q.Name
		if q.Secret {
			name += "_file"
		}
		all = append(all, name+"（"+q.Title+"）")
	}
	if len(all) == 0 {
		return "它什么都不用写"
	}
	return "可以写的有：" + strings.Join(all, "、")
}

// match tells whether the address has a's form, and what its groups found, unescaped but
// for dir.
func (a Address) match(u *url.URL) (map[string]string, bool) {
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	m := a.path.FindStringSubmatch(path)
	if m == nil {
		return nil, false
	}
	found := map[string]string{}
	for i, name := range a.path.SubexpNames() {
		if name == "dir" {
			found[name] = m[i]
		} else if v, err := url.PathUnescape(m[i]); err == nil && name != "" {
			found[name] = v
		}
	}
	query := u.Query()
	for key, re := range a.query {
		m := re.FindStringSubmatch(query.Get(key))
		if m == nil {
			return nil, false
		}
		for i, name := range re.SubexpNames() {
			if name != "" {
				found[name] = m[i]
			}
		}
	}
	return found, true
}

// values joins what the address says with what is written under with, which goes before it.
func (p Preset) values(found, with map[string]string) (map[string]string, error) {
	values := maps.Clone(found)
	for _, q := range p.Params {
		if v := with[q.Name]; v != "" {
			values[q.Name] = v
		}
		if values[q.Name] == "" {
			values[q.Name] = q.Default
		}
		if values[q.Name] == "" && !q.Optional {
			return nil, fmt.Errorf("还要在 with 里写上 %s：%s。例如 with: {%s: %s}", q.Name, q.Title, q.Name, p.Example.With[q.Name])
		}
	}
	return values, nil
}

// fill is what comes behind base.
func (a Address) fill(values map[string]string) string {
	put := func(template string, escape func(string) string) string {
		return hole.ReplaceAllStringFunc(template, func(h string) string { return escape(values[h[1:len(h)-1]]) })
	}
	path := put(strings.TrimPrefix(a.Poll, "{base}"), url.PathEscape)
	query := url.Values{}
	for key, template := range a.Ask {
		if v := put(template, func(v string) string { return v }); v != "" {
			query.Set(key, v)
		}
	}
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}
