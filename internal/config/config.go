// Package config is the room of the configuration: huiyin.yaml and the secrets
// it names become checked values, or a list of everything that is wrong, each
// with its file, its line and a plain Chinese sentence.
//
// The rule for secrets: none in the YAML. A `…_file` key names a file, relative
// to the configuration's folder; the environment (EnvToken, EnvWebhookSecret,
// EnvPassword) goes before the file. A secret that is not there yet is a warning,
// so that a fresh configuration can be checked; with NeedSecrets it is a problem.
// A secret that is there but unusable is always a problem.
package config

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // zones are found on machines that have no tables of their own

	yaml "go.yaml.in/yaml/v4"

	"huiyin/internal/parse"
	"huiyin/internal/workday"
)

// The environment variables that give secrets instead of files.
const (
	EnvToken         = "HUIYIN_TELEGRAM_TOKEN"
	EnvWebhookSecret = "HUIYIN_WEBHOOK_SECRET"
	EnvPassword      = "HUIYIN_CLICKHOUSE_PASSWORD"
)

// Others is the topic that stands for all topics without a line of their own.
const Others = "*"

// Config is a checked configuration. Paths in it are absolute.
type Config struct {
	Agency   string         // shown in digests
	Timezone *time.Location // where the agency works
	DataDir  string         // journal and embedded engine; need not exist yet
	Hours    workday.Hours  // office hours; a unit may have its own
	// Overrides are the days set by hand in all files under holidays, in the order of
	// the files; no day is there twice. They suit workday.New.
	Overrides  []workday.Override
	Telegram   Telegram
	ClickHouse ClickHouse
	Ops        Ops
	Fetch      Fetch
	Digest     Digest
	AlertsDir  string            // folder of topic files; "" is the built-in ones
	DictDir    string            // folder of word lists; "" is the built-in ones
	Units      []Unit            // at least one
	Sites      []string          // hosts on which the whole agency publishes
	Leaders    []string          // at least one; they read digests
	Admins     []string          // they bind phones, see to sources and mute; may be empty
	Topics     map[string]string // topic or Others → a unit's name
	// Categories are the topics of each category in reports, each topic in one; topics that
	// are in none count as others. That there are such topics is not checked here. nil: the
	// UsualCategories.
	Categories map[string][]string
	Signing    Signing
	// Review are the ladders whose replies must be approved before they are published.
	// That there are such ladders is not checked here.
	Review   []string
	Severity Severity
	Storm    int      // new rings to one officer within a minute before they are bundled: 1 to 1000
	Disclose string   // DiscloseFull, DiscloseBrief or DiscloseLink
	Board    string   // the read-only board's URL, no slash at the end; "" only without DiscloseLink
	Copies   []Copy   // may be empty
	Sources  []Source // at least one
	Receive  Receive  // zero: other programs do not reach this one

	// Warnings are what works but deserves attention, sorted by line.
	Warnings Problems

	file  string
	lines map[string]int
}

// Telegram is how the chat is reached.
type Telegram struct {
	Token   Secret   // empty only without NeedSecrets
	BaseURL string   // http or https, no slash at the end
	Proxy   string   // http, https or socks5 URL; "" leaves it to the environment (HTTPS_PROXY)
	Webhook *Webhook // nil: long polling
}

// Webhook is where Telegram delivers updates, when it does not wait to be asked.
type Webhook struct {
	URL    string // as Telegram sees it
	Listen string // host:port on this machine
	Secret Secret // 1–256 of A-Z a-z 0-9 _ -; empty only without NeedSecrets
}

// ClickHouse is where the record is kept.
type ClickHouse struct {
	Embedded bool
	// URL is what clickhouse.ParseDSN reads, without a password; "" when embedded.
	// An https URL always carries secure=true, which the driver insists on.
	URL      string
	Password Secret
	CAFile   string // PEM; "" is the system's authorities
	Library  string // the embedded engine's file; "" is the user's cache folder
	KeepFree int64  // embedded: bytes of disk below which writes are refused
	// KeepPosts is how long posts are kept, also those that are about nothing: 1 to 366
	// whole days.
	KeepPosts time.Duration
}

// Ops is the address of /healthz, /readyz and /metrics.
type Ops struct {
	Listen string // host:port; "" is off
}

// Fetch is how sources are read.
type Fetch struct {
	Contact    string        // URL or mail address for the User-Agent; may be ""
	Timeout    time.Duration // for one request
	HostGap    time.Duration // between two requests to one host
	AllowHosts []string      // private hosts that may be read: host or host:port, lower case
	MaxAge     time.Duration // older posts do not ring when first seen
	Budget     int           // requests a minute for all sources together; 0: one for each source in five minutes
}

// Digest is when leaders get theirs.
type Digest struct {
	At       []time.Duration // after midnight in Config.Timezone; sorted, at least one
	Workdays bool            // on working days only; otherwise every day
}

// Unit answers for topics. Names have 1–16 printable characters without spaces and
// without punctuation other than dots, hyphens and round brackets.
type Unit struct {
	Name  string
	A     string        // the officer
	B     string        // the deputy; "" when there is none
	Head  string        // who leads it; may be A or B, or lead other units too; "" when there is none
	Hours workday.Hours // its own office hours; zero: the agency's, as workday.Calendar.WithHours takes it
	Sites []string      // hosts on which it publishes, besides those of the agency
}

// Source is a place that is polled, or an inbox.
type Source struct {
	Name    string            // unique, at most 40 characters
	Kind    string            // KindFeed, KindForum or KindJSON
	URL     string            // http or https; of what is read, which a preset may have made of what is written
	Keyed   bool              // URL holds a key, and is not to be shown
	Channel string            // what it counts as in reports: 论坛, 微博, 信箱, 热线, 来访, …
	Floor   time.Duration     // the shortest time between two readings
	Ceiling time.Duration     // the longest
	Zone    *time.Location    // of dates that do not name one
	Charset string            // a hint such as gb18030; "" is to find out
	Own     bool              // where the agency itself publishes: no complaints, but answers
	Robots  bool              // read against the wish of its robots.txt
	Header  map[string]Secret // sent with each request, such as keys
	List    parse.Fields      // not for feeds: where the posts are on the list
	Post    parse.PageFields  // not for feeds: where things are on a post's page; zero when the list says it all
	Inbox   *Inbox            // KindInbox only, and always there; but for Name, Kind, Channel and Zone the rest is empty then
}

// The kinds of sources.
const (
	KindFeed  = "feed"
	KindForum = "forum"
	KindJSON  = "json"
)

// Option changes what Load insists on.
type Option func(*reader)

// NeedSecrets makes a missing token, webhook secret or password a problem
// instead of a warning: what is loaded can then be served.
func NeedSecrets(r *reader) { r.needSecrets = true }

// Load reads and checks the configuration at path. Its error is always Problems:
// everything that is wrong, sorted by line; where not everything could be checked,
// the last one says so.
func Load(path string, opts ...Option) (*Config, error) {
	data, err := readLimited(path, maxFile)
	switch {
	case errors.Is(err, errTooLarge):
		return nil, Problems{{File: path, Msg: "配置文件超过 1 MiB，请检查是不是选错了文件"}}
	case errors.Is(err, fs.ErrNotExist):
		return nil, Problems{{File: path, Msg: "找不到这个配置文件，请核对路径，或照 huiyin.example.yaml 写一份"}}
	case err != nil:
		return nil, Problems{{File: path, Msg: "读不了配置文件：" + reason(err)}}
	}
	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return nil, Problems{{File: path, Msg: "找不到当前文件夹，请写出配置文件的完整路径"}}
	}
	return load(path, dir, data, opts...)
}

// load checks data as if it were the file at path, in the folder dir.
func load(path, dir string, data []byte, opts ...Option) (*Config, error) {
	r := &reader{file: path, dir: dir, lines: map[string]int{}, told: map[*yaml.Node]bool{}}
	for _, opt := range opts {
		opt(r)
	}
	cfg := &Config{file: path, lines: r.lines}
	if root := r.parse(data); root != nil {
		if o := r.newObject(root, "", 1); o != nil {
			o.config(cfg)
		}
	}
	if len(r.probs) > 0 {
		probs := r.probs.sort(path)
		if r.cut {
			probs = append(probs, Problem{File: path, Msg: "改好以后请再检查一遍，可能还有别的问题"})
		}
		return nil, probs
	}
	cfg.Warnings = r.warns.sort(path)
	return cfg, nil
}

// Line is the line of a key or list item, such as "topics.供水" or
// "sources[0].url"; of what holds it when it is not written; in the end 1.
func (c *Config) Line(path string) int {
	for path != "" {
		if l, ok := c.lines[path]; ok {
			return l
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return 1
}

// Problem is a problem with the key at path (see Line) that the caller found.
func (c *Config) Problem(path, msg string) Problem {
	return Problem{File: c.file, Line: c.Line(path), Msg: msg}
}

// UnitOf is the name of the unit that answers for topic; "" when the configuration
// names none.
func (c *Config) UnitOf(topic string) string {
	if u, ok := c.Topics[topic]; ok {
		return u
	}
	return c.Topics[Others]
}

// Unit is the unit called name.
func (c *Config) Unit(name string) (Unit, bool) {
	i := slices.IndexFunc(c.Units, func(u Unit) bool { return u.Name == name })
	if i < 0 {
		return Unit{}, false
	}
	return c.Units[i], true
}
