package app

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"

	"huiyin/internal/config"
	"huiyin/internal/opml"
)

const smallOffice = "agency: 清河市人民政府\nunits: [{name: 甲, a: 王敏}]\nleaders: [刘建国]\ntopics: {\"*\": 甲}\nsources:\n"

const oneSource = "  - name: 清河新闻网\n    kind: feed\n    url: https://news.example.cn/rss.xml\n"

// configured loads a configuration with these sources.
func configured(t rapid.TB, dir, sources string) *config.Config {
	t.Helper()
	path := filepath.Join(dir, "huiyin.yaml")
	if err := os.WriteFile(path, []byte(smallOffice+sources), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatalf("%v\n%s", err, sources)
	}
	return cfg
}

// imported gives the YAML that comes of a list, and what is said with it.
func imported(t rapid.TB, cfg *config.Config, list string) (yaml, notes string) {
	t.Helper()
	var out, err strings.Builder
	if e := ImportOPML(cfg, strings.NewReader(list), &out, &err); e != nil {
		t.Fatal(e)
	}
	return out.String(), err.String()
}

func listOf(outlines string) string {
	return `<opml version="2.0"><body>` + outlines + "</body></opml>"
}

func TestImportOPML(t *testing.T) {
	cfg := configured(t, t.TempDir(), oneSource)
	yaml, notes := imported(t, cfg, listOf(`
<outline text="清河新闻" type="rss" xmlUrl="http://news.example.cn/rss.xml"/>
<outline text="清河新闻网" type="rss" xmlUrl="https://other.example.cn/rss"/>
<outline text="论坛"><outline text="区县">
<outline text="“河东”" type="rss" xmlUrl="https://hd.example.cn/?a=1&amp;b=#x"/>
</outline></outline>
<outline text="“河东”" type="rss" xmlUrl="https://hd.example.cn/2"/>
<outline text="河东" type="rss" xmlUrl="https://hd.example.cn/3"/>
<outline type="rss" xmlUrl="https://bare.example.cn/"/>
<outline text="坏的" type="rss" xmlUrl="ftp://x"/>
<outline text="口令" type="rss" xmlUrl="https://x.example.cn:8080/feed@y"/>
<outline text="`+strings.Repeat("长", 60)+`" type="rss" xmlUrl="https://long.example.cn/"/>`))
	want := `  - name: "清河新闻网（other.example.cn）"
    kind: feed
    url: "https://other.example.cn/rss"
  # 论坛 / 区县
  - name: "河东"
    kind: feed
    url: "https://hd.example.cn/?a=1&b="
  # （没有分文件夹的）
  - name: "河东（hd.example.cn）"
    kind: feed
    url: "https://hd.example.cn/2"
  - name: "河东（2）"
    kind: feed
    url: "https://hd.example.cn/3"
  - name: "bare.example.cn"
    kind: feed
    url: "https://bare.example.cn/"
  - name: "` + strings.Repeat("长", 40) + `"
    kind: feed
    url: "https://long.example.cn/"
`
	if d := cmp.Diff(want, yaml); d != "" {
		t.Error(d)
	}
	wantNotes := `没有导入：第 10 行“坏的”：地址不是以 http:// 或 https:// 开头的完整网址。
没有导入：“清河新闻”：这个地址配置里已经有了，就是来源“清河新闻网”。
没有导入：x.example.cn 上的一个订阅：名称或地址里像是带着口令，配置里不能写。
一共 6 个来源。请把它们贴到配置文件 sources: 的最后，再执行 huiyin check 检查一遍。
`
	if d := cmp.Diff(wantNotes, notes); d != "" {
		t.Error(d)
	}
	if cfg := configured(t, t.TempDir(), oneSource+yaml); len(cfg.Sources) != 7 || cfg.Sources[2].URL != "https://hd.example.cn/?a=1&b=" {
		t.Errorf("%+v", cfg.Sources)
	} else if yaml, notes := imported(t, cfg, listOf(`<outline xmlUrl="https://hd.example.cn/2"/>`)); yaml != "" || !strings.Contains(notes, "没有可以新加的来源") {
		t.Errorf("%s%s", yaml, notes)
	}
}

// Lists in the charsets that Chinese programs write, declared rightly and wrongly.
func TestImportCharsets(t *testing.T) {
	cfg := configured(t, t.TempDir(), oneSource)
	text := func(declared string) string {
		return `<?xml version="1.0" encoding="` + declared + `"?>` + listOf(`<outline text="河东区政府门户网站信息公开" type="rss" xmlUrl="https://hd.example.cn/"/>`)
	}
	gbk := func(s string) string {
		out, err := simplifiedchinese.GBK.NewEncoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for name, list := range map[string]string{
		"UTF-8": text("utf-8"), "a byte order mark": "\uFEFF" + text("UTF-8"), "GBK": gbk(text("GBK")), "gb2312": gbk(text("gb2312")),
		"GBK that says UTF-8": gbk(text("UTF-8")), "UTF-8 that says GBK": text("gbk"),
	} {
		if yaml, _ := imported(t, cfg, list); !strings.Contains(yaml, `name: "河东区政府门户网站信息公开"`) {
			t.Errorf("%s: %s", name, yaml)
		}
	}
}

func TestImportRefuses(t *testing.T) {
	cfg := configured(t, t.TempDir(), oneSource)
	for list, want := range map[string]string{
		"":                                      "这不是 OPML",
		"<html/>":                               "这不是 OPML",
		listOf("<a>"):                           "一个订阅也没有",
		listOf(strings.Repeat("<outline>", 60)): "层",
		strings.Repeat(" ", opml.MaxBytes+1):    "超过 10 MB",
		listOf(strings.Repeat(`<outline type="rss"/>`, opml.MaxFeeds+1)): "超过 20000 个",
	} {
		var out, notes strings.Builder
		if err := ImportOPML(cfg, strings.NewReader(list), &out, &notes); err == nil || !strings.Contains(err.Error(), want) || out.Len() > 0 {
			t.Errorf("%.40q: %v", list, err)
		}
	}
}

// Whatever a list holds, the configuration takes what comes of it, with all that was not
// left out aloud.
func TestImportLoads(t *testing.T) {
	dir := t.TempDir()
	cfg := configured(t, dir, oneSource)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 8).Draw(t, "feeds")
		var outlines strings.Builder
		for i := range n {
			name := rapid.OneOf(rapid.String(), rapid.StringOf(rapid.SampledFrom([]rune("“”‘’\"'「」：:#-&*!|>%@` 　\t,，、{}[]甲a\u200b\ufeff\U0001F600"))),
				rapid.SampledFrom([]string{"同名", "清河新闻网", "null", "true", "123", "~", "- a", "a: b", strings.Repeat("长", 45), "“" + strings.Repeat("长", 38) + "”尾"})).Draw(t, "name")
			path := rapid.StringMatching(`[a-zA-Z0-9%:&=;?@#'"{}\[\]!*|测 ~.-]{0,12}`).Draw(t, "path")
			fmt.Fprintf(&outlines, `<outline text="%s" xmlUrl="https://h%d.example.cn/%s"/>`, escaped(name), i, escaped(path))
		}
		yaml, notes := imported(t, cfg, listOf(outlines.String()))
		got := configured(t, dir, oneSource+yaml)
		if made := len(got.Sources) - 1; made+strings.Count(notes, "没有导入") != n {
			t.Fatalf("%d of %d\n%s%s", made, n, yaml, notes)
		}
	})
}

func escaped(v string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&quot;", "\x00", "").Replace(v)
}

// What is exported and imported again is what was configured.
func TestExportOPML(t *testing.T) {
	forum := "  - name: 论坛\n    kind: forum\n    url: https://bbs.example.cn/\n    list: {item: li}\n"
	feeds := oneSource + "  - name: \"a & <b> “c” 'd'\"\n    kind: feed\n    url: \"http://d.example.cn:81/?q=1&x=<>\"\n"
	var list, notes strings.Builder
	keyed := "  - {name: 吧, preset: tieba, url: https://rsshub.example.cn, with: {forum: 清河, key_file: key}}\n"
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "key"), []byte("s3cret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := ExportOPML(configured(t, dir, feeds+forum+keyed), &list, &notes); err != nil {
		t.Fatal(err)
	}
	if want := "OPML 只放得下不要密钥的订阅源：导出了 2 个，另外 2 个放不进去。\n"; notes.String() != want || strings.Contains(list.String(), "s3cret") {
		t.Error(notes.String(), list.String())
	}
	yaml, _ := imported(t, configured(t, t.TempDir(), forum), list.String())
	var got, want [][2]string
	for _, s := range configured(t, t.TempDir(), yaml).Sources {
		got = append(got, [2]string{s.Name, s.URL})
	}
	for _, s := range configured(t, t.TempDir(), feeds).Sources {
		want = append(want, [2]string{s.Name, s.URL})
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s\n%s", d, list.String())
	}
}
