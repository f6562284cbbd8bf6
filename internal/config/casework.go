package config

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	yaml "go.yaml.in/yaml/v4"
)

// Signing is how long the officer asked may take to sign for a case, and who is
// asked after that.
type Signing struct {
	Within time.Duration // working time; 1m to 24h
	Major  time.Duration // for major cases: plain time, by day and night; 1m to 24h
	// Escalate is who is asked after the officer, in this order: EscalateB, EscalateHead,
	// EscalateLeader, each at most once. Empty: nobody.
	Escalate []string
}

// Who a case that nobody signs for goes to.
const (
	EscalateB      = "b"      // the unit's B officer
	EscalateHead   = "head"   // the unit's head, if it has one
	EscalateLeader = "leader" // the leaders
)

// Severity says from where on a case is more than ordinary.
type Severity struct{ Larger, Major Spread }

// Spread is how far a story has gone. Each number is 1 to 100000, and a severity is
// reached with any of them; those of major are above those of larger.
type Spread struct {
	Mentions int // posts
	Sources  int // different sources
	Hourly   int // posts within one hour
}

// What leaves the house on a card.
const (
	DiscloseFull  = "full"  // all of the card
	DiscloseBrief = "brief" // topic, number and times
	DiscloseLink  = "link"  // a link to the board
)

func (o *object) signing() Signing {
	s := Signing{
		Within: o.duration("within", 30*time.Minute, time.Minute, 24*time.Hour),
		Major:  o.duration("major", 10*time.Minute, time.Minute, 24*time.Hour),
	}
	known := []string{EscalateB, EscalateHead, EscalateLeader}
	for i, who := range o.strs("escalate", known) {
		switch {
		case who == "":
		case !slices.Contains(known, who):
			o.bad(index("escalate", i), "只能是 b（B 岗）、head（单位负责人）或 leader（领导），现在是%s", quote(who))
		case slices.Contains(s.Escalate, who):
			o.bad(index("escalate", i), "%s写了两次", quote(who))
		}
		s.Escalate = append(s.Escalate, who)
	}
	o.done()
	return s
}

func (o *object) review() []string {
	list := o.strs("review", []string{"written"})
	for i, ladder := range list {
		if ladder != "" && slices.Contains(list[:i], ladder) {
			o.bad(index("review", i), "%s写了两次", quote(ladder))
		}
	}
	return list
}

func (o *object) severity() Severity {
	larger, major := o.section("larger"), o.section("major")
	s := Severity{
		Larger: larger.spread(Spread{Mentions: 10, Sources: 4, Hourly: 10}),
		Major:  major.spread(Spread{Mentions: 50, Sources: 10, Hourly: 40}),
	}
	above := func(key string, low, high int) {
		switch {
		case low == 0 || high == 0 || low < high: // 0: told before
		case major.get(key) != nil:
			major.bad(key, "应当多于 severity.larger.%s：现在重大是 %d，较大是 %d", key, high, low)
		default:
			larger.bad(key, "应当少于 severity.major.%s：现在较大是 %d，重大没有写，就是 %d", key, low, high)
		}
	}
	above("mentions", s.Larger.Mentions, s.Major.Mentions)
	above("sources", s.Larger.Sources, s.Major.Sources)
	above("hourly", s.Larger.Hourly, s.Major.Hourly)
	o.done()
	return s
}

func (o *object) spread(def Spread) Spread {
	const most = 100_000
	s := Spread{
		Mentions: o.number("mentions", def.Mentions, 1, most),
		Sources:  o.number("sources", def.Sources, 1, most),
		Hourly:   o.number("hourly", def.Hourly, 1, most),
	}
	o.done()
	return s
}

var numberForm = regexp.MustCompile(`^(0|[1-9][0-9]{0,8})$`)

// number is a whole number between low and high; 0 after a problem.
func (o *object) number(key string, def, low, high int) int {
	node := o.get(key)
	if node == nil {
		return def
	}
	if node.Kind != yaml.ScalarNode {
		o.r.problem(o.lineAt(key), wrongKind(o.at(key), "正整数", node))
		return 0
	}
	v := o.str(key, "")
	n, err := strconv.Atoi(v)
	switch {
	case err != nil || !numberForm.MatchString(v):
		o.bad(key, "应当是正整数，数字用半角，例如 %d，现在是%s", def, quote(v))
	case n < low || n > high:
		o.bad(key, "应当在 %d 与 %d 之间，现在是%s", low, high, quote(v))
	default:
		return n
	}
	return 0
}

// disclose reads what leaves the house, and the board's address.
func (o *object) disclose() (disclose, board string) {
	disclose = o.str("disclose", DiscloseFull)
	if o.get("board") != nil {
		board = strings.TrimRight(o.url("board", "", noLogin, "https", "http"), "/")
		if u, err := url.Parse(board); err == nil && (u.Path != "" || u.RawQuery != "" || u.Fragment != "") {
			o.bad("board", "只写到主机名和端口，后面不要路径，例如 https://huiyin.oa.example.cn，现在是%s", quote(board))
		}
	}
	switch disclose {
	case DiscloseFull, DiscloseBrief:
	case DiscloseLink:
		if o.str("board", "") == "" && !o.gone("board") && !o.has("board", yaml.SequenceNode, yaml.MappingNode) {
			o.bad("disclose", "写了 link，就要在 board 里写上内部看板的网址")
		}
	default:
		o.bad("disclose", "只能是 full（完整）、brief（只有专题、编号和时间）或 link（只有看板的链接），现在是%s", quote(disclose))
	}
	return disclose, board
}
