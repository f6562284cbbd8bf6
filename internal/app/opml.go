package app

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strings"

	"huiyin/internal/config"
	"huiyin/internal/fetch"
	"huiyin/internal/opml"
)

// ExportOPML writes the configured feeds as OPML. How many sources OPML has no words for
// is told on notes.
func ExportOPML(cfg *config.Config, out, notes io.Writer) error {
	var feeds []opml.Feed
	for _, s := range cfg.Sources {
		if s.Kind == config.KindFeed && !s.Keyed && len(s.Header) == 0 {
			feeds = append(feeds, opml.Feed{Title: s.Name, URL: s.URL})
		}
	}
	if err := opml.Write(out, cfg.Agency, feeds); err != nil {
		return err
	}
	if n := len(cfg.Sources) - len(feeds); n > 0 {
		fmt.Fprintf(notes, "OPML 只放得下不要密钥的订阅源：导出了 %d 个，另外 %d 个放不进去。\n", len(feeds), n)
	}
	return nil
}

// ImportOPML reads OPML in any charset and writes its feeds as items for the
// configuration's sources. Which are left out, and why, is told on notes.
func ImportOPML(cfg *config.Config, in io.Reader, out, notes io.Writer) error {
	feeds, skipped, err := readOPML(in)
	if err != nil {
		return err
	}
	for _, p := range skipped {
		fmt.Fprintf(notes, "没有导入：第 %d 行%s：%s。\n", p.Line, inQuotes(p.Title), p.Msg)
	}
	names, known := map[string]bool{}, map[string]string{}
	for _, s := range cfg.Sources {
		names[s.Name] = true
		known[opml.Feed{URL: s.URL}.Key()] = s.Name
	}
	var items bytes.Buffer
	n, folder := 0, ""
	for _, f := range feeds {
		if at, ok := known[f.Key()]; ok {
			fmt.Fprintf(notes, "没有导入：%s：这个地址配置里已经有了，就是来源%s。\n", inQuotes(cmp.Or(f.Title, feedHost(f))), inQuotes(at))
			continue
		}
		name := sourceName(f, names)
		if looksSecret.MatchString(name) || looksSecret.MatchString(f.URL) {
			fmt.Fprintf(notes, "没有导入：%s 上的一个订阅：名称或地址里像是带着口令，配置里不能写。\n", feedHost(f))
			continue
		}
		if now := strings.Join(f.Folder, " / "); now != folder {
			folder = now
			fmt.Fprintln(&items, "  #", cmp.Or(folder, "（没有分文件夹的）"))
		}
		fmt.Fprintf(&items, "  - name: %s\n    kind: feed\n    url: %s\n", quoted(name), quoted(f.URL))
		names[name] = true
		n++
	}
	if _, err := items.WriteTo(out); err != nil {
		return err
	}
	if n == 0 {
		fmt.Fprintln(notes, "没有可以新加的来源。")
		return nil
	}
	fmt.Fprintf(notes, "一共 %d 个来源。请把它们贴到配置文件 sources: 的最后，再执行 huiyin check 检查一遍。\n", n)
	return nil
}

// readOPML reads a whole list; a list without feeds is an error.
func readOPML(in io.Reader) ([]opml.Feed, []opml.Problem, error) {
	raw, err := io.ReadAll(io.LimitReader(in, opml.MaxBytes+1))
	if err != nil {
		return nil, nil, fmt.Errorf("读不了 OPML 文件：%w", err)
	}
	doc, _, err := fetch.Decode(raw, "", "")
	if err != nil {
		return nil, nil, err
	}
	feeds, skipped, err := opml.Parse(doc)
	switch {
	case errors.Is(err, opml.ErrTooLarge):
		return nil, nil, fmt.Errorf("OPML 文件超过 %d MB，请分成几个再导入", opml.MaxBytes>>20)
	case errors.Is(err, opml.ErrTooMany):
		return nil, nil, fmt.Errorf("OPML 文件里的订阅超过 %d 个，请分成几个文件再导入", opml.MaxFeeds)
	case errors.Is(err, opml.ErrTooDeep):
		return nil, nil, fmt.Errorf("OPML 文件里的文件夹套了超过 %d 层，请重新导出一份", opml.MaxDepth)
	case err != nil:
		return nil, nil, errors.New("这不是 OPML 文件：请在原来的阅读器里选“导出 OPML”，用导出的那个文件")
	case len(feeds)+len(skipped) == 0:
		return nil, nil, errors.New("OPML 文件里一个订阅也没有")
	}
	return feeds, skipped, nil
}

// maxSourceName is how many characters the configuration lets a source's name have.
const maxSourceName = 40

// looksSecret is what the configuration takes for a secret wherever it stands: a bot's
// token, a login in a URL, the address of a group's robot.
var looksSecret = regexp.MustCompile(`\b[0-9]{6,}:[A-Za-z0-9_-]{30,}|://[^/\s]*:[^\s]*@|` +
	`(?i:qyapi\.weixin\.qq\.com/cgi-bin/webhook/|oapi\.dingtalk\.com/robot/|open\.(?:feishu\.cn|larksuite\.com)/open-apis/bot/)`)

// sourceName is a name for a feed that the configuration accepts and that is not taken:
// its title, or its host.
func sourceName(f opml.Feed, taken map[string]bool) string {
	host := feedHost(f)
	name := fitting(f.Title, "")
	if name == "" {
		name = fitting(host, "")
	}
	if !taken[name] {
		return name
	}
	if with := fitting(name, "（"+host+"）"); !taken[with] && strings.HasPrefix(with, name) {
		return with
	}
	for i := 2; ; i++ {
		if with := fitting(name, fmt.Sprintf("（%d）", i)); !taken[with] {
			return with
		}
	}
}

func feedHost(f opml.Feed) string {
	u, err := url.Parse(f.URL)
	if err != nil {
		return "" // Parse would not have taken it
	}
	return u.Hostname()
}

// fitting is a name with a suffix, cut to what the configuration accepts. Of a suffix
// that is too long itself nothing is left.
func fitting(name, suffix string) string {
	room := maxSourceName - len([]rune(suffix))
	if room <= 0 {
		return ""
	}
	if runes := []rune(name); len(runes) > room {
		name = string(runes[:room])
	}
	return strings.TrimSpace(unquoted(strings.TrimSpace(name))) + suffix
}

// unquoted is a name without the quotes around it: the configuration takes those of
// Chinese for a slip of the keyboard. Quotes around parts of it stay.
func unquoted(name string) string {
	const quotes = "\u201c\u201d\u2018\u2019\uff02\uff07\u300c\u300d\u300e\u300f"
	runes := []rune(name)
	for len(runes) > 2 && strings.ContainsRune(quotes+`"`, runes[0]) && strings.ContainsRune(quotes+`"`, runes[len(runes)-1]) &&
		!strings.ContainsAny(string(runes[1:len(runes)-1]), quotes) {
		runes = runes[1 : len(runes)-1]
	}
	return string(runes)
}

// quoted is a text as YAML takes it whatever is in it: JSON is YAML.
func quoted(v string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // a string always can be
	return strings.TrimSuffix(b.String(), "\n")
}

// inQuotes shows a name in a message; nothing when there is none.
func inQuotes(name string) string {
	if name == "" {
		return ""
	}
	return "“" + name + "”"
}
