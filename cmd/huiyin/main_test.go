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

func TestCommands(t *testing.T) {
	bad := file(t, "bad.yaml", "agency: 甲\nport: 80\nunits: [{name: 甲, a: 王敏}]\nleaders: [刘建国]\ntopics: {\"*\": 乙}\nsources: []\n")
	unmapped := file(t, "unmapped.yaml", "agency: 甲\nunits: [{name: 甲, a: 王敏}]\nleaders: [刘建国]\ntopics:\n  供水: 甲\n  供氺: 甲\n"+
		"sources: [{name: 新闻, kind: feed, url: https://news.example.cn/rss}]\n")
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
			[]string{"unmapped.yaml:6:", "没有叫“供氺”的专题", "“教育”没有单位负责"}},
		{"missing file", "", []string{"check", "-c", "none.yaml"}, 2, nil, []string{"none.yaml", "找不到"}},
		{"serve needs its secrets", "", []string{"serve", "-c", example}, 2, nil, []string{"token_file"}},
		{"why it matches", "", []string{"match", "-c", example, "我们小区停水三天了"}, 0, []string{"停水", "供水"}, nil},
		{"why it does not", "我公司提供水泥", []string{"match", "-c", example, "-"}, 0, []string{"提供|水泥"}, nil},
		{"invite needs a running program", "", []string{"invite", "-c", example, "王敏"}, 1, nil, []string{"huiyin serve"}},
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
