package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	yaml "go.yaml.in/yaml/v4"
)

// maxSecret is the largest secret file that is read, in bytes.
const maxSecret = 4 << 10

// Secret is a value that must not be seen: printed, logged or marshalled in any
// way it shows as ***. The zero Secret is empty.
type Secret struct {
	// A pointer, because fmt prints the unexported fields of an enclosing struct
	// without asking them.
	v *string
}

// NewSecret hides v.
func NewSecret(v string) Secret {
	if v == "" {
		return Secret{}
	}
	return Secret{v: &v}
}

// Reveal is the value itself; empty when there is none.
func (s Secret) Reveal() string {
	if s.v == nil {
		return ""
	}
	return *s.v
}

// IsZero reports whether there is no value.
func (s Secret) IsZero() bool { return s.v == nil }

// String is *** or, when there is no value, empty.
func (s Secret) String() string {
	if s.IsZero() {
		return ""
	}
	return "***"
}

// Format writes String, whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { io.WriteString(f, s.String()) }

// MarshalText writes String; encoding/json uses it too.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue is String, for log/slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// secretRule is what one of the secrets must be.
type secretRule struct {
	env     string         // the environment variable that goes before the file; "": there is none
	form    *regexp.Regexp // nil: any single line
	want    string         // what form asks for, in words
	what    string         // what stands in the file, in a word
	missing string         // what to do when it is given nowhere; "": it is optional
}

var (
	tokenRule = secretRule{
		env: EnvToken, form: regexp.MustCompile(`^[0-9]+:[A-Za-z0-9_-]+$`),
		want: "应当是 BotFather 给的“数字:字母数字”一整串", what: "口令",
		missing: "没有写：请把 BotFather 给的口令存成文件并在这里指明，或设环境变量 " + EnvToken,
	}
	webhookRule = secretRule{
		env: EnvWebhookSecret, form: regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`),
		want: "只能有字母、数字、_ 和 -，1 到 256 个", what: "口令",
		missing: "没有写：请自定一串字母数字存成文件并在这里指明，或设环境变量 " + EnvWebhookSecret,
	}
	passwordRule = secretRule{env: EnvPassword, want: "应当只有一行", what: "口令"}
)

// secret is the value that the environment gives or key names a file for; empty
// after a problem, or where it is missing.
func (o *object) secret(key string, rule secretRule) Secret {
	name, from := o.str(key, ""), "指的文件"
	v := ""
	if rule.env != "" {
		v = strings.TrimSpace(os.Getenv(rule.env))
	}
	switch {
	case v != "":
		from = "的环境变量 " + rule.env + " "
	case name != "":
		v = o.secretFile(key, o.r.abs(name), rule)
	case rule.missing != "" && !o.gone(key) && !o.has(key, yaml.SequenceNode, yaml.MappingNode):
		o.missingSecret(key, rule.missing)
	}
	if v == "" {
		return Secret{}
	}
	if len(v) > maxSecret || !oneLine(v) || rule.form != nil && !rule.form.MatchString(v) {
		o.bad(key, "%s里的内容不对，%s", from, rule.want)
		return Secret{}
	}
	return NewSecret(v)
}

// secretFile reads the file at path for key; "" after a problem or a warning.
func (o *object) secretFile(key, path string, rule secretRule) string {
	data, err := readLimited(path, maxSecret)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		msg := "指的文件还不存在（相对路径从配置文件所在的文件夹算起）。请建好这个文件，只放" + rule.what + "一行"
		if rule.env != "" {
			msg += "；或设环境变量 " + rule.env
		}
		o.missingSecret(key, msg)
		return ""
	case errors.Is(err, errTooLarge):
		o.bad(key, "指的文件超过 4 KiB，不像是%s文件", rule.what)
		return ""
	case err != nil:
		o.bad(key, "指的文件读不出来：%s", reason(err))
		return ""
	}
	v := strings.TrimSpace(strings.TrimPrefix(string(data), "\ufeff"))
	if v == "" {
		o.bad(key, "指的文件是空的，请把%s写进去", rule.what)
	}
	if st, err := os.Stat(path); err == nil && st.Mode().Perm()&0o004 != 0 {
		o.warn(key, "指的文件人人可读，请执行 chmod 600 收紧权限")
	}
	return v
}

// missingSecret is a warning, or a problem for whoever loads with NeedSecrets.
func (o *object) missingSecret(key, msg string) {
	if o.r.needSecrets {
		o.bad(key, "%s", msg)
	} else {
		o.warn(key, "%s", msg)
	}
}

// oneLine reports whether v is a single line of text.
func oneLine(v string) bool {
	return utf8.ValidString(v) && !strings.ContainsFunc(v, unicode.IsControl)
}

// secretHome says where a secret belongs, by the key it was wrongly written under.
var secretHome = map[string]string{
	"token":    "口令不能写在配置里：请存成单独的文件，用 telegram.token_file 指明，或用环境变量 " + EnvToken,
	"secret":   "口令不能写在配置里：请存成单独的文件，用 telegram.webhook.secret_file 指明，或用环境变量 " + EnvWebhookSecret,
	"password": "密码不能写在配置里：请存成单独的文件，用 clickhouse.password_file 指明，或用环境变量 " + EnvPassword,
}

// inboxHome is secretHome for sources.
var inboxHome = map[string]string{"token": "口令不能写在配置里：请存成单独的文件，用 token_file 指明"}

// copyHome is secretHome for outward copies.
var copyHome = map[string]string{
	"token":    "口令不能写在配置里：" + robotHome,
	"secret":   "暗号不能写在配置里：请存成单独的文件，用 secret_file 指明",
	"password": "密码不能写在配置里：请存成单独的文件，用 password_file 指明",
	"url":      "群机器人的网址不能写在配置里，里面带着口令：" + robotHome,
}

// robotHome says where a robot's address belongs.
const robotHome = "请把群机器人的整个网址存成单独的文件，用 copies 里的 url_file 指明"

// secretKey says where the secret belongs that an unknown key seems to hold.
func (o *object) secretKey(key string) string {
	home := secretHome
	switch {
	case strings.HasPrefix(o.path, "copies["):
		home = copyHome
	case strings.HasPrefix(o.path, "sources[") && o.vals["kind"] != nil && o.vals["kind"].Value == KindInbox:
		home = inboxHome
	}
	key = strings.ToLower(strings.ReplaceAll(key, "-", "_"))
	switch key {
	case "token", "bot_token", "api_token", "令牌", "口令":
		return home["token"]
	case "secret", "webhook_secret", "secret_token":
		return home["secret"]
	case "password", "passwd", "pwd", "pass", "密码":
		return home["password"]
	case "url", "webhook", "webhook_url":
		return home["url"] // only robots' are secret
	}
	return ""
}

var (
	errTooLarge = errors.New("file too large")
	errNotFile  = errors.New("not a regular file")
)

// readLimited reads a regular file of at most limit bytes. Pipes and devices are
// refused: they may never end.
func readLimited(path string, limit int64) ([]byte, error) {
	st, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, errNotFile
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, errTooLarge
	}
	return data, nil
}

// reason says in Chinese why a file could not be read.
func reason(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "找不到这个文件"
	case errors.Is(err, fs.ErrPermission):
		return "没有读它的权限"
	case errors.Is(err, errNotFile):
		return "它不是普通文件"
	}
	return "系统报错，请检查路径和磁盘"
}
