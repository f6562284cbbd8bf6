package config

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/google/go-cmp/cmp"

	"huiyin/internal/workday"
)

// Every rejection has a fixture, and the exact lines that a person reads.
func TestBad(t *testing.T) {
	noEnv(t)
	for _, path := range fixtures(t, "bad") {
		name := strings.TrimSuffix(filepath.Base(path), ".yaml")
		t.Run(name, func(t *testing.T) {
			cfg, err := Load(path)
			if err == nil {
				t.Fatal("accepted")
			}
			if cfg != nil {
				t.Error("a configuration came with the error")
			}
			var problems Problems
			if !errors.As(err, &problems) {
				t.Fatalf("error of type %T", err)
			}
			for i, p := range problems {
				if strings.ContainsAny(p.String(), "\r\n") {
					t.Errorf("more than one line: %q", p.String())
				}
				if note := strings.Contains(p.Msg, "再检查一遍"); note && i < len(problems)-1 {
					t.Errorf("not at the end: %s", p)
				} else if before := problems[max(0, i-1)]; p.File == before.File && p.Line < before.Line && !note {
					t.Errorf("not sorted: line %d after %d", p.Line, before.Line)
				} else if p.File == path && before.File != path && !note {
					t.Errorf("not sorted: the configuration after %s", before.File)
				}
			}
			got := strings.ReplaceAll(err.Error(), filepath.Dir(path)+string(filepath.Separator), "")
			golden(t, strings.TrimSuffix(path, ".yaml")+".txt", got+"\n")
		})
	}
}

func TestGood(t *testing.T) {
	noEnv(t)
	for _, path := range fixtures(t, "good") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			// A checkout gives secret files the mode of the umask.
			for _, secret := range []string{"bot.token", "webhook.secret", "ch.password", "robot.url", "robot.secret", "inbox.token"} {
				if err := os.Chmod(filepath.Join("testdata", "secrets", secret), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			cfg, err := Load(path, NeedSecrets)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, strings.TrimSuffix(path, ".yaml")+".json", view(t, cfg))
		})
	}
}

const example = "../../huiyin.example.yaml"

// The example is accepted as it stands on a fresh clone, where no secret exists.
func TestExample(t *testing.T) {
	noEnv(t)
	cfg, err := Load(example)
	if err != nil {
		t.Fatal(err)
	}
	if len(cfg.Warnings) != 1 || !strings.Contains(cfg.Warnings[0].Msg, "token_file") {
		t.Errorf("want one warning about the token, got:\n%v", cfg.Warnings)
	}
	if _, err := Load(example, NeedSecrets); err == nil {
		t.Error("served without a token")
	}
}

// With its disabled settings switched on the example still loads, and then leaves
// nothing of a configuration unsaid.
func TestExampleComplete(t *testing.T) {
	noEnv(t)
	data, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	data = regexp.MustCompile(`(?m)^( *)#((?:- )?[a-z_\p{Han}]+:)`).ReplaceAll(data, []byte("$1$2"))
	server := bytes.Replace(data, []byte("url: embedded"), []byte("url: https://huiyin@ch.example.cn:8443/huiyin"), 1)
	ca, err := os.ReadFile("testdata/secrets/ca.pem")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, content := range map[string]string{
		"bot.token": "123:abc", "webhook.secret": "s3cret", "clickhouse.password": "pw", "ca.pem": string(ca), "lib.so": "x",
		"holidays-2027.txt": "2027-02-06 上班 春节", "water.url": "https://robot.example.cn/send?key=1", "water.secret": "SEC1", "mail.password": "pw", "wenzheng.key": "k", "mayor.token": "0123456789abcdef",
		"topics/.keep": "", "words/.keep": "",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, edit := range [][2]string{
		{"/opt/huiyin/libchdb.so", "lib.so"}, {`alerts: ""`, "alerts: topics"}, {`dict: ""`, "dict: words"}, {"allow_hosts: []", "allow_hosts: [10.0.0.8]"},
	} {
		if !bytes.Contains(data, []byte(edit[0])) {
			t.Errorf("the example does not say %s", edit[0])
		}
		data = bytes.ReplaceAll(data, []byte(edit[0]), []byte(edit[1]))
		server = bytes.ReplaceAll(server, []byte(edit[0]), []byte(edit[1]))
	}
	embedded, err := load("huiyin.yaml", dir, data, NeedSecrets)
	if err != nil {
		t.Fatal(err)
	}
	remote, err := load("huiyin.yaml", dir, server, NeedSecrets)
	if err != nil {
		t.Fatal(err)
	}
	remote.ClickHouse.Library = embedded.ClickHouse.Library // these two are the
	remote.ClickHouse.Embedded = true                       // embedded engine's alone
	remote.Units = remote.Units[:1]                         // B officers may be missing
	remote.Sources[4].Own = remote.Sources[1].Own           // the forum is not the agency's,
	remote.Sources[4].Header = remote.Sources[5].Header     // asks for no key,
	remote.Sources[4].Keyed = true                          // in its address,
	remote.Sources[4].Inbox = remote.Sources[6].Inbox       // is polled,
	remote.Sources = remote.Sources[4:5]                    // and feeds have no selectors
	remote.Copies[0].Mail = remote.Copies[1].Mail           // robots send no mail,
	remote.Copies = remote.Copies[:1]                       // and mail goes to no robot
	said(t, "Config", reflect.ValueOf(*remote))
}

// said fails for every exported field under v that is empty.
func said(t *testing.T, path string, v reflect.Value) {
	t.Helper()
	switch {
	case v.IsZero():
		t.Errorf("%s is not in the example", path)
	case v.Kind() == reflect.Pointer && v.Elem().Kind() == reflect.Struct && v.Type().Elem().PkgPath() == reflect.TypeFor[Config]().PkgPath():
		said(t, path, v.Elem())
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && f.Name != "Warnings" {
				said(t, path+"."+f.Name, v.Field(i))
			}
		}
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			said(t, path+"[]", v.Index(i))
		}
	}
}

func TestMissingAndStrangeFiles(t *testing.T) {
	dir := t.TempDir()
	big := filepath.Join(dir, "big.yaml")
	if err := os.WriteFile(big, bytes.Repeat([]byte("#\n"), maxFile), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "none.yaml"): "找不到这个配置文件",
		dir:                             "它不是普通文件",
		os.DevNull:                      "它不是普通文件",
		big:                             "超过 1 MiB",
	} {
		cfg, err := Load(path)
		if cfg != nil || err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), path+": ") {
			t.Errorf("%s: got %v, want …%s", path, err, want)
		}
	}
}

// What config hands on as a ClickHouse URL is what the driver takes.
func TestClickHouseURLSuitsTheDriver(t *testing.T) {
	noEnv(t)
	for raw, want := range map[string]struct {
		protocol clickhouse.Protocol
		addrs    []string
		secure   bool
	}{
		"clickhouse://u@h1:9000,h2:9000/huiyin?secure=true":                                   {clickhouse.Native, []string{"h1:9000", "h2:9000"}, true},
		"clickhouse://h1:9000?read_timeout=3s&compress=lz4&connection_open_strategy=in_order": {clickhouse.Native, []string{"h1:9000"}, false},
		"https://u@h:8443/huiyin?tls_server_name=ch.example.cn":                               {clickhouse.HTTP, []string{"h:8443"}, true},
		"http://h:8123/huiyin":      {clickhouse.HTTP, []string{"h:8123"}, false},
		"https://[::1]:8443/huiyin": {clickhouse.HTTP, []string{"[::1]:8443"}, true},
	} {
		cfg, err := load("huiyin.yaml", t.TempDir(), []byte(minimal+"clickhouse: {url: '"+raw+"'}\n"))
		if err != nil {
			t.Errorf("%s: %v", raw, err)
			continue
		}
		opts, err := clickhouse.ParseDSN(cfg.ClickHouse.URL)
		if err != nil {
			t.Errorf("%s: the driver refuses %s: %v", raw, cfg.ClickHouse.URL, err)
			continue
		}
		if opts.Protocol != want.protocol || !cmp.Equal(opts.Addr, want.addrs) || (opts.TLS != nil) != want.secure || len(opts.Settings) > 0 {
			t.Errorf("%s: the driver reads %s as %v %v TLS %v settings %v", raw, cfg.ClickHouse.URL, opts.Protocol, opts.Addr, opts.TLS != nil, opts.Settings)
		}
	}
}

const minimal = `agency: 清河市人民政府
units: [{name: 市政府办公室, a: 陈静, b: 王敏}, {name: 供水集团, a: 王敏}]
leaders: [刘建国]
topics: {供水: 供水集团, "*": 市政府办公室}
sources: [{name: 清河新闻, kind: feed, url: "https://news.example.cn/rss.xml"}]
`

func TestLookups(t *testing.T) {
	noEnv(t)
	cfg, err := load("huiyin.yaml", t.TempDir(), []byte(minimal))
	if err != nil {
		t.Fatal(err)
	}
	for topic, want := range map[string]string{"供水": "供水集团", "供暖": "市政府办公室"} {
		if got := cfg.UnitOf(topic); got != want {
			t.Errorf("UnitOf(%s) = %q, want %q", topic, got, want)
		}
	}
	if u, ok := cfg.Unit("供水集团"); !ok || u.A != "王敏" || u.B != "" {
		t.Errorf("Unit = %+v, %v", u, ok)
	}
	if _, ok := cfg.Unit("教育局"); ok {
		t.Error("found a unit that is not there")
	}
	for path, want := range map[string]int{
		"agency": 1, "units[1].a": 2, "leaders[0]": 3, "topics.供水": 4, "topics.供暖": 4, "sources[0].url": 5, "sources[0].list.item": 5,
		"digest.at": 1, "": 1,
	} {
		if got := cfg.Line(path); got != want {
			t.Errorf("Line(%q) = %d, want %d", path, got, want)
		}
	}
	if got, want := cfg.Problem("topics.供水", "没有这个专题").String(), "huiyin.yaml:4: 没有这个专题"; got != want {
		t.Errorf("Problem = %q, want %q", got, want)
	}
}

// The forms of names and times that people write.
func TestForms(t *testing.T) {
	noEnv(t)
	with := func(name, at, hours string) (*Config, error) {
		return load("huiyin.yaml", t.TempDir(), fmt.Appendf(nil, "%sdigest: {at: ['%s']}\nhours: ['%s']\n",
			strings.ReplaceAll(minimal, "王敏", name), at, hours))
	}
	for _, name := range []string{"王伟\uff08住建\uff09", "王伟(住建)", "阿不都\u00b7热合曼", "阿不都\u30fb热合曼", "12345热线", "供水-二所", "佐\u3005木", "二\u3007一"} {
		if cfg, err := with(name, "08:30", "09:00-12:00"); err != nil || cfg.Units[1].A != name {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, c := range "\uff0c\u3001\uff1b\uff1a\u3002\uff01\uff1f\uff0f\u300a\u300b\u3010\u3011\u300c\u201c\u201d\u2018\u2019\u2026\u3000:/;," {
		name := "王" + string(c) + "敏"
		if _, err := with("'"+name+"'", "08:30", "09:00-12:00"); err == nil || !strings.Contains(err.Error(), "huiyin.yaml:2: a ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, hour := range []string{"08:30", "8:30", "8\uff1a30", " 08:30 "} {
		cfg, err := with("王敏", hour, hour+"-12:00")
		if err != nil || cfg.Digest.At[0] != 8*time.Hour+30*time.Minute || cfg.Hours.String() != "08:30–12:00" {
			t.Errorf("%q: %v", hour, err)
		}
	}
	for _, hour := range []string{"24:00", "8", "8:3", "25:30"} {
		if _, err := with("王敏", hour, hour+"-23:59"); err == nil || len(err.(Problems)) != 2 || strings.Count(err.Error(), "“"+hour+"”") != 2 {
			t.Errorf("%q: %v", hour, err)
		}
	}
}

// All files of days together hold no more than a calendar takes, and what they hold
// it takes.
func TestHolidaysSuitTheCalendar(t *testing.T) {
	noEnv(t)
	dir := t.TempDir()
	write := func(name string, year, days int) {
		var b strings.Builder
		for i := range days {
			fmt.Fprintf(&b, "%s 放假\n", time.Date(year, 1, 1+i, 0, 0, 0, 0, time.UTC).Format(time.DateOnly))
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for days, want := range map[int]string{2000: "", 2001: "huiyin.yaml:6: holidays 各个文件一共最多写 4000 天，现在是 4001 天"} {
		write("a.txt", 2027, 2000)
		write("b.txt", 2050, days)
		cfg, err := load("huiyin.yaml", dir, []byte(minimal+"holidays: [a.txt, b.txt]\n"))
		if want != "" {
			if err == nil || err.Error() != want {
				t.Errorf("%d days: %v, want %s", 2000+days, err, want)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := workday.New(cfg.Timezone, cfg.Hours, cfg.Overrides...); err != nil || len(cfg.Overrides) != 4000 {
			t.Errorf("%d days: %v", len(cfg.Overrides), err)
		}
	}
}

// The longest data_dir is the longest in which a socket can be made.
func TestDataDirHoldsASocket(t *testing.T) {
	noEnv(t)
	parent, err := os.MkdirTemp("", "d")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(parent) })
	fits, refused := 0, 0
	for n := 60; n < 120; n++ {
		if n < len(parent)+2 {
			continue
		}
		dir := filepath.Join(parent, strings.Repeat("x", n-len(parent)-1))
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		ln, bindErr := net.Listen("unix", filepath.Join(dir, "control.sock"))
		if bindErr == nil {
			ln.Close()
			fits++
		} else {
			refused++
		}
		_, err := load("huiyin.yaml", parent, []byte(minimal+"data_dir: "+filepath.Base(dir)+"\n"))
		if (err == nil) != (bindErr == nil) || err != nil && !strings.HasPrefix(err.Error(), "huiyin.yaml:6: data_dir 的完整路径太长") {
			t.Errorf("%d bytes: %v, but the system says %v", n, err, bindErr)
		}
	}
	if fits == 0 || refused == 0 {
		t.Errorf("%d paths fit and %d do not", fits, refused)
	}
}

func TestNear(t *testing.T) {
	known := []string{"a", "url", "listen", "token_file", "供水集团"}
	for key, want := range map[string]string{
		"A": "a", "b": "", "ulr": "", "urls": "url", "Listen": "listen", "lisetn": "listen", "token-file": "token_file", "tokenfile": "token_file",
		"供水集困": "供水集团", "教育局": "", strings.Repeat("a", 100): "", "": "",
	} {
		if got := near(key, known); got != want {
			t.Errorf("near(%q) = %q, want %q", key, got, want)
		}
	}
}
