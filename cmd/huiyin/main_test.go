package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const example = "../../huiyin.example.yaml"

// do runs a command as a shell would.
func do(t *testing.T, in string, args ...string) (code int, out, errOut string) {
	t.Helper()
	var o, e strings.Builder
	code = run(t.Context(), args, strings.NewReader(in), &o, &e)
	return code, o.String(), e.String()
}

func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// withTopic writes a configuration whose only topic is the one given, in water.yaml.
func withTopic(t *testing.T, topic string) (config string) {
	t.Helper()
	alerts := filepath.Dir(file(t, "water.yaml", topic))
	return file(t, "huiyin.yaml", "agency: 甲\ndata_dir: data\nalerts: "+alerts+"\nunits: [{name: 甲, a: 王敏}]\nleaders: [刘建国]\ntopics: {\"*\": 甲}\n"+
		"sources: [{name: 新闻, kind: feed, url: https://news.example.cn/rss}]\n")
}

func TestCommands(t *testing.T) {
	bad := file(t, "bad.yaml", "agency: 甲\nport: 80\nunits: [{name: 甲, a: 王敏}]\nleaders: [刘建国]\ntopics: {\"*\": 乙}\nsources: []\n")
	unmapped := file(t, "unmapped.yaml", "agency: 甲\nunits: [{name: 甲, a: 王敏}]\nleaders: [刘建国]\ntopics:\n  供水: 甲\n  供氺: 甲\n"+
		"categories: {民生: [供水, 物夜]}\nsources: [{name: 新闻, kind: feed, url: https://news.example.cn/rss}]\n")
	complaint := file(t, "complaint.txt", "我们小区\n停水三天了\n")
	badQuery, warned := withTopic(t, "name: 供水\nquery: 停水 AND\n"), withTopic(t, "name: 供水\nany: [停水, 停水通知]\nnone: [通知]\n")
	untrue := withTopic(t, "name: 供水\nany: [停水]\nexamples:\n  match: [断水了]\n")
	inboxed := file(t, "huiyin.yaml", "agency: 甲\ndata_dir: data\nunits: [{name: 甲, a: 王敏}]\nleaders: [刘建国]\ntopics: {\"*\": 甲}\nsources: [{name: 市长信箱, kind: inbox}]\n")
	subscriptions := file(t, "subscriptions.opml", `<opml><body><outline text="新闻" xmlUrl="https://news.example.cn/rss.xml"/>`+
		`<outline text="河东" xmlUrl="https://hd.example.cn/rss"/></body></opml>`)
	t.Setenv("HUIYIN_TELEGRAM_TOKEN", "")
	for _, c := range []struct {
		name     string
		in       string
		args     []string
		code     int
		out, err []string // parts of what is printed
	}{
		{"nothing", "", nil, 2, nil, []string{"用法"}},
		{"unknown command", "", []string{"dance"}, 2, nil, []string{"用法"}},
		{"unknown flag", "", []string{"check", "-x"}, 2, nil, []string{"用法"}},
		{"version", "", []string{"version"}, 0, []string{"huiyin dev"}, nil},
		{"the example is good", "", []string{"check", "-c", example}, 0, []string{"配置没有问题", "条例子都对", "token_file"}, nil},
		{"everything wrong at once", "", []string{"check", "-c", bad}, 2, nil, []string{"bad.yaml:2:", "bad.yaml:5:", "bad.yaml:6:"}},
		{"topics without a unit, and none such", "", []string{"check", "-c", unmapped}, 2, nil,
			[]string{"unmapped.yaml:6:", "没有叫“供氺”的专题", "“教育”没有单位负责", "unmapped.yaml:7:", "没有叫“物夜”的专题"}},
		{"missing file", "", []string{"check", "-c", "none.yaml"}, 2, nil, []string{"none.yaml", "找不到"}},
		{"serve needs its secrets", "", []string{"serve", "-c", example}, 2, nil, []string{"token_file"}},
		{"why it does not", "我公司提供水泥", []string{"match", "-c", example, "-"}, 0, []string{"提供|水泥"}, nil},
		{"why one topic matches", "", []string{"match", "-c", example, "-topic", "供水", "-title", "小区停水", "-f", complaint}, 0, []string{"标题：小区 / 停水", "正文：", "✓ 命中 供水", "@供水", "微秒"}, nil},
		{"a topic's query", "", []string{"match", "-c", example, "-topic", "供水"}, 0, []string{"专题 供水", "@供水", "个词"}, nil},
		{"no such topic", "", []string{"match", "-c", example, "-topic", "供氺", "停水"}, 1, nil, []string{"没有叫“供氺”的专题"}},
		{"a file and words", "", []string{"match", "-c", example, "-f", complaint, "停水"}, 1, nil, []string{"只能给一个"}},
		{"no such file", "", []string{"match", "-c", example, "-f", "none.txt"}, 1, nil, []string{"打不开文件"}},
		{"for programs", "", []string{"match", "-c", example, "-json", "我们小区停水三天了"}, 0, []string{`"topic": "供水"`, `"fired": true`, `"match_us"`}, nil},
		{"an empty text", "", []string{"match", "-c", example, "-"}, 1, nil, []string{"没有要看的文字"}},
		{"nothing to match", "", []string{"match", "-c", example}, 2, nil, []string{"用法"}},
		{"only parsed", "", []string{"check", "-c", example, "-parse"}, 0, []string{"写法没有问题", "例句没有试"}, nil},
		{"a report of what", "", []string{"report", "-c", example}, 2, nil, []string{"请选一个时间"}},
		{"a report of two", "", []string{"report", "-c", example, "-week", "2026W01", "-year", "2026"}, 2, nil, []string{"只能选一个"}},
		{"a report of no period", "", []string{"report", "-c", example, "-quarter", "2026Q5"}, 1, nil, []string{"只有 1 到 4"}},
		{"a report of another kind", "", []string{"report", "-c", example, "-month", "2026Q3"}, 1, nil, []string{"请写 -quarter 2026Q3"}},
		{"a report of a strange kind", "", []string{"report", "-c", example, "--quarter", "2026Q3", "-o", "季报.doc"}, 1, nil, []string{"季报.doc", ".xlsx"}},
		{"a bad query", "", []string{"check", "-c", badQuery, "-parse"}, 2, nil, []string{"water.yaml:2:14: ", "查询没有写完"}},
		{"a topic that cannot work", "", []string{"check", "-c", warned}, 0, []string{"提醒  ", "“停水通知”永远不起作用", "配置没有问题"}, nil},
		{"an example that does not hold", "", []string{"check", "-c", untrue}, 2, nil, []string{"water.yaml:4: ", "应当命中这个例句"}},
		{"backtest", `{"title":"又停水","text":"三天了"}`, []string{"backtest", "-c", example, "-f", "-", "-samples", "1"}, 0, []string{"读了 1 帖", "供水：1 帖", "【停水】"}, nil},
		{"backtest without a record", "", []string{"backtest", "-c", warned}, 1, nil, []string{"还没有记录"}},
		{"reload needs a running program", "", []string{"reload", "-c", example}, 1, nil, []string{"huiyin serve"}},
		{"invite needs a running program", "", []string{"invite", "-c", example, "王敏"}, 1, nil, []string{"huiyin serve"}},
		{"topics without a record", "", []string{"topics", "-c", warned, "-days", "30"}, 1, nil, []string{"还没有记录", "huiyin serve"}},
		{"topics of no days", "", []string{"topics", "-c", warned, "-days", "0"}, 1, nil, []string{"天数应当在 1 与"}},
		{"topics of something", "", []string{"topics", "-c", warned, "供水"}, 2, nil, []string{"用法"}},
		{"days where they mean nothing", "", []string{"check", "-c", warned, "-days", "30"}, 2, nil, []string{"用法"}},
		{"import into nothing", "标题\n停水\n", []string{"import", "-c", warned, "-"}, 1, nil, []string{"配置里没有收件来源"}},
		{"import only looks", "标题,来电时间\n停水,昨天 22:15\n", []string{"import", "-c", inboxed, "-n", "-source", "市长信箱", "-"}, 0, []string{"A 标题 → 标题", "要登记的 1 封", "只是看看"}, nil},
		{"import asks nobody", "标题\n停水\n", []string{"import", "-c", inboxed, "-"}, 1, nil, []string{"要登记请加 -yes"}},
		{"import needs a running program", "何事\n停水\n", []string{"import", "-c", inboxed, "-yes", "-old", "-map", "标题=何事", "-"}, 1, nil, []string{"huiyin serve"}},
		{"import of a sheet", "标题\n停水\n", []string{"import", "-c", inboxed, "-sheet", "十月", "-"}, 1, nil, []string{"不用写 -sheet"}},
		{"import of two files", "", []string{"import", "-c", inboxed, "a.xlsx", "b.xlsx"}, 2, nil, []string{"用法"}},
		{"feeds for other readers", "", []string{"opml", "-c", example}, 0, []string{`<opml version="2.0">`, `xmlUrl="https://news.example.cn/rss.xml"`}, []string{"放不进去"}},
		{"feeds of other readers", "", []string{"opml", "-c", example, subscriptions}, 0, []string{"kind: feed", `"https://hd.example.cn/rss"`}, []string{"已经有了", "1 个来源", "huiyin check"}},
		{"feeds from standard input", `<opml><body><outline text="河东" xmlUrl="https://hd.example.cn/rss"/></body></opml>`, []string{"opml", "-", "-c", example}, 0, []string{`name: "河东"`}, nil},
		{"feeds that are none", "", []string{"opml", "-c", example, complaint}, 1, nil, []string{"不是 OPML"}},
		{"feeds of no file", "", []string{"opml", "-c", example, "none.opml"}, 1, nil, []string{"打不开文件"}},
		{"two lists of feeds", "", []string{"opml", "-c", example, "a", "b"}, 2, nil, []string{"用法"}},
		{"unknown source", "", []string{"poll", "-c", example, "没有的来源"}, 1, nil, []string{"没有叫“没有的来源”的来源"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, errOut := do(t, c.in, c.args...)
			if code != c.code {
				t.Errorf("exit code %d, want %d\n%s%s", code, c.code, out, errOut)
			}
			for _, s := range c.out {
				if !strings.Contains(out, s) {
					t.Errorf("standard output lacks %q:\n%s", s, out)
				}
			}
			for _, s := range c.err {
				if !strings.Contains(errOut, s) {
					t.Errorf("standard error lacks %q:\n%s", s, errOut)
				}
			}
		})
	}
}

// poll shows what would be read, with private addresses refused unless allowed.
func TestPoll(t *testing.T) {
	feed := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte(`<rss version="2.0"><channel><item><title>停水 13812345678</title><link>https://news.example.cn/1</link></item></channel></rss>`))
	}))
	defer feed.Close()
	config := func(allow string) string {
		return file(t, "huiyin.yaml", "agency: 甲\nunits: [{name: 甲, a: 王敏}]\nleaders: [刘建国]\ntopics: {\"*\": 甲}\n"+
			"fetch: {allow_hosts: ["+allow+"]}\nsources: [{name: 新闻, kind: feed, url: \""+feed.URL+"\"}]\n")
	}
	code, out, errOut := do(t, "", "poll", "-c", config(`"127.0.0.1"`), "新闻")
	if code != 0 || !strings.Contains(out, "停水 138******78") || !strings.Contains(out, "https://news.example.cn/1") {
		t.Errorf("exit code %d\n%s%s", code, out, errOut)
	}
	code, _, errOut = do(t, "", "poll", "-c", config(""), "新闻")
	if code != 1 || !strings.Contains(errOut, "内网") {
		t.Errorf("a private address was not refused in plain words: exit code %d\n%s", code, errOut)
	}
}

// A data folder that everybody may change is refused: whoever can swap the journal can
// make the program tell anything.
func TestServeRefusesOpenFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o777); err != nil { // Mkdir's mode is cut by the umask
		t.Fatal(err)
	}
	t.Setenv("HUIYIN_TELEGRAM_TOKEN", "12345:abcdefghijklmnopqrstuvwxyz012345678")
	cfg := file(t, "huiyin.yaml", "agency: 甲\ndata_dir: "+dir+"\nunits: [{name: 甲, a: 王敏}]\nleaders: [刘建国]\ntopics: {\"*\": 甲}\n"+
		"sources: [{name: 新闻, kind: feed, url: https://news.example.cn/rss}]\n")
	if code, _, errOut := do(t, "", "serve", "-c", cfg); code != 1 || !strings.Contains(errOut, "chmod 700") {
		t.Errorf("exit code %d\n%s", code, errOut)
	}
}
