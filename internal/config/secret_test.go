package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSecretIsNeverSeen(t *testing.T) {
	const value = "hunter2"
	type holder struct {
		Public Secret
		hidden Secret
	}
	h := holder{NewSecret(value), NewSecret(value)}
	if h.hidden.Reveal() != value {
		t.Fatal("the secret is lost")
	}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb+"\n", h)
		fmt.Fprintf(&out, verb+"\n", h.Public)
		fmt.Fprintf(&out, verb+"\n", &h.Public)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "secret", h.Public, "holder", h)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "secret", h.Public, "holder", h)
	if err := json.NewEncoder(&out).Encode(map[string]any{"s": h.Public, "h": h}); err != nil {
		t.Fatal(err)
	}
	for _, form := range []string{value, fmt.Sprintf("%x", value)} {
		if strings.Contains(out.String(), form) {
			t.Errorf("the secret shows as %q in:\n%s", form, out.String())
		}
	}
	if !strings.Contains(out.String(), "***") {
		t.Error("nothing shows that there is a secret")
	}
	if s := NewSecret(""); !s.IsZero() || s.String() != "" || s.Reveal() != "" {
		t.Error("an empty secret is not empty")
	}
}

func TestSecretFiles(t *testing.T) {
	const yaml = minimal + "telegram: {token_file: the.token}\n"
	for _, tc := range []struct {
		name, content string
		mode          os.FileMode
		env           string
		problem, warn string // what is said, with NeedSecrets
		token         string
	}{
		{name: "plain", content: "123:abc\n", mode: 0o600, token: "123:abc"},
		{name: "byte order mark", content: "\ufeff123:abc\r\n", mode: 0o600, token: "123:abc"},
		{name: "readable by all", content: "123:abc", mode: 0o644, token: "123:abc", warn: "人人可读"},
		{name: "readable by group", content: "123:abc", mode: 0o640, token: "123:abc"},
		{name: "missing", problem: "还不存在"},
		{name: "empty", content: " \n", mode: 0o600, problem: "是空的"},
		{name: "too large", content: strings.Repeat("1", maxSecret+1), mode: 0o600, problem: "超过 4 KiB"},
		{name: "not a token", content: "my-bot", mode: 0o600, problem: "内容不对"},
		{name: "two lines", content: "123:abc\n456:def", mode: 0o600, problem: "内容不对"},
		{name: "environment first", content: "123:abc", mode: 0o600, env: " 456:def ", token: "456:def"},
		{name: "environment alone", env: "456:def", token: "456:def"},
		{name: "bad environment", content: "123:abc", mode: 0o600, env: "nonsense", problem: EnvToken + " 里的内容不对"},
		{name: "long environment", env: "1:" + strings.Repeat("a", maxSecret), problem: "内容不对"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			noEnv(t)
			t.Setenv(EnvToken, tc.env)
			dir := t.TempDir()
			if tc.mode != 0 {
				path := filepath.Join(dir, "the.token")
				if err := os.WriteFile(path, []byte(tc.content), 0o600); err != nil {
					t.Fatal(err)
				}
				if err := os.Chmod(path, tc.mode); err != nil { // whatever the umask
					t.Fatal(err)
				}
			}
			cfg, err := load("huiyin.yaml", dir, []byte(yaml), NeedSecrets)
			if tc.problem != "" {
				if err == nil || !strings.HasPrefix(err.Error(), "huiyin.yaml:6: telegram.token_file ") || !strings.Contains(err.Error(), tc.problem) {
					t.Fatalf("got %v, want …%s", err, tc.problem)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := cfg.Telegram.Token.Reveal(); got != tc.token {
				t.Errorf("token %q, want %q", got, tc.token)
			}
			if warned := strings.Contains(cfg.Warnings.Error(), "人人可读"); warned != (tc.warn != "") {
				t.Errorf("warnings: %v", cfg.Warnings)
			}
		})
	}
}

// A token in the place of its file's name is told once, also to whoever serves.
func TestTokenForItsFileIsToldOnce(t *testing.T) {
	noEnv(t)
	_, err := load("huiyin.yaml", t.TempDir(), []byte(minimal+"telegram: {token_file: '123456789:"+strings.Repeat("Ab_-", 9)+"'}\n"), NeedSecrets)
	var problems Problems
	if !errors.As(err, &problems) || len(problems) != 1 || !strings.HasPrefix(problems[0].Msg, "这里写着 Telegram 机器人的口令") {
		t.Errorf("got %v", err)
	}
}

// A secret that stands where it must not is not repeated in what is said about it.
func TestMisplacedSecretsAreNotRepeated(t *testing.T) {
	noEnv(t)
	token := "123456789:" + strings.Repeat("Ab_-", 9) // the form of a real one
	for _, yaml := range []string{
		"telegram: {token: '" + token + "'}",
		"telegram: {token_file: '" + token + "'}",
		"'" + token + "': x",
		"agency: '" + token + "'",
		"fetch: {timeout: '" + token + "'}",
		"digest: {at: ['" + token + "'], days: '" + token + "'}",
		"clickhouse: {url: 'clickhouse://u:" + token + "@h:9000/x'}",
		"clickhouse: {url: 'clickhouse://u:%zz" + token + "@h:9000/x'}",
		"clickhouse: {url: 'clickhouse://h:9000/x?password=" + token + "'}",
		"clickhouse: {password: '" + token + "'}",
		"telegram: {proxy: 'socks5://u:" + token + "@h:1'}",
		"telegram: {proxy: 'socks5://u:" + token + "#@h:1'}",
		"ops: {listen: 'http://u:" + token + "@h'}",
		"ops: {listen: 'http://u:hunter2@h'}",
		"digest: {days: 'http://u:hunter2@h'}",
		"hours: ['http://u:hunter2-x@h']",
		"leaders: ['http://u:hunter2,x@h']",
		"fetch: {allow_hosts: ['http://u:" + token + "@h']}",
		"fetch: {contact: 'https://oapi.dingtalk.com/robot/send?access_token=hunter2'}",
		"agency: 'open.feishu.cn/open-apis/bot/v2/hook/hunter2'",
		"copies: [{name: x, kind: wecom, url_file: 'https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=hunter2'}]",
		"copies: [{name: x, kind: wecom, url_file: 'https://robot.example.cn/send?key=hunter2'}]",
		"copies: [{name: x, kind: feishu, secret: hunter2, webhook: hunter2}]",
		"copies: [{name: x, kind: mail, server: 'u:hunter2@smtp.example.cn:25', password: hunter2}]",
		"copies: [{name: x, kind: mail, server: 'smtp://u:hunter2@smtp.example.cn:25'}]",
	} {
		_, err := load("huiyin.yaml", t.TempDir(), []byte(yaml))
		if err == nil {
			t.Errorf("accepted: %s", yaml)
		} else if strings.Contains(err.Error(), token[12:18]) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s\nis repeated in:\n%v", yaml, err)
		}
	}
}

// Copies need their secrets as the chat does: a fresh configuration can be checked
// without, and not be served.
func TestSecretsOfCopies(t *testing.T) {
	noEnv(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "bot.token"), []byte("123:abc"), 0o600); err != nil {
		t.Fatal(err)
	}
	for yaml, want := range map[string]string{
		"{name: x, kind: wecom}":                                                                          "url_file 没有写",
		"{name: x, kind: wecom, url_file: none}":                                                          "url_file 指的文件还不存在（相对路径从配置文件所在的文件夹算起）。请建好这个文件，只放网址一行",
		"{name: x, kind: feishu, url_file: u, secret_file: none}":                                         "secret_file 指的文件还不存在（相对路径从配置文件所在的文件夹算起）。请建好这个文件，只放暗号一行",
		"{name: x, kind: mail, server: 's:25', from: a@b.cn, to: [a@b.cn], user: a}":                      "password_file 没有写",
		"{name: x, kind: mail, server: 's:25', from: a@b.cn, to: [a@b.cn], user: a, password_file: none}": "password_file 指的文件还不存在",
	} {
		if err := os.WriteFile(filepath.Join(dir, "u"), []byte("https://robot.example.cn/send?key=hunter2\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		data := []byte(minimal + "telegram: {token_file: bot.token}\nfetch: {contact: a@b.cn}\ncopies:\n  - " + yaml + "\nsites: [www.example.gov.cn]\n")
		cfg, err := load("huiyin.yaml", dir, data)
		if err != nil {
			t.Fatalf("%s: %v", yaml, err)
		}
		if len(cfg.Warnings) != 1 || !strings.HasPrefix(cfg.Warnings[0].Msg, want) || strings.Contains(cfg.Warnings[0].Msg, "环境变量") {
			t.Errorf("%s: warned of %v, want %s", yaml, cfg.Warnings, want)
		}
		if _, err := load("huiyin.yaml", dir, data, NeedSecrets); err == nil || !strings.HasPrefix(err.Error(), "huiyin.yaml:9: "+want) {
			t.Errorf("%s: %v, want %s", yaml, err, want)
		}
	}
}
