package chat

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"

	"huiyin/internal/cases"
)

// verb is something that a button does to a case.
type verb struct {
	kind  cases.Kind
	label string
	// choices are what a tap still has to say, of which data tells them apart; nil when
	// there is nothing to choose.
	choices func(units []string, c cases.Case) []choice
	given   func(a *cases.Act, data string) // what a tap says is no choice among several
	once    bool                            // there is one choice, and the first button has it already
	short   bool                            // the choices fit two in a row
}

// choice is one of several.
type choice struct {
	label, data string
	set         func(*cases.Act)
}

// What may be chosen where internal/cases leaves it to people.
var (
	declineReasons = []string{"不属于本单位职责", "应由原单位办理", "情况说得不清楚，请补充后再转"}
	returnRemarks  = []string{"请把原因说清楚", "请写明怎么解决、何时完成", "请再核实情况", "措辞请再斟酌"}
	acceptReasons  = []string{"已看过，内容属实", "网站一时打不开，确已公开", "已当面或电话答复"}
)

// verbs are the buttons by the beginning of their data. Those of cards that phones still
// show may not be given to anything else.
var verbs = map[string]verb{
	"s":  {kind: cases.Signed, label: "签收"},
	"c":  {kind: cases.Closed, label: "办结"},
	"re": {kind: cases.Reopened, label: "重开"},
	"n":  {kind: cases.Resumed, label: "恢复计时"},
	// A post of the office's own is an answer; the pipeline makes that button.
	"o": {kind: cases.Replied, given: func(a *cases.Act, key string) { a.Offer = key }},
	"t": {kind: cases.Transferred, label: "转办", choices: otherUnits, short: true},
	"u": {kind: cases.Transferred, label: "转办", choices: otherUnits, short: true}, // of earlier versions
	"h": {kind: cases.Enlisted, label: "协办", choices: otherUnits, short: true},
	"x": {kind: cases.Dismissed, label: "无需回应", choices: reasons(cases.Reasons)},
	"r": {kind: cases.Dismissed, label: "无需回应", choices: reasons(cases.Reasons)}, // of earlier versions
	"p": {kind: cases.Paused, label: "停时", choices: reasons(cases.PauseReasons)},
	"e": {kind: cases.Extended, label: "延期", choices: reasons(cases.ExtendReasons)},
	"f": {kind: cases.Declined, label: "退回", choices: reasons(declineReasons)},
	"k": {kind: cases.Accepted, label: "认可", choices: acceptances},
	"a": {kind: cases.Approved, label: "同意", choices: approval, once: true},
	"j": {kind: cases.Returned, label: "退回", choices: remarks},
	"g": {kind: cases.Rated, label: "回访", choices: ratings, short: true},
	"m": {kind: cases.Merged, label: "并到 ", choices: alike},
	"z": {kind: cases.Split, label: "拆出", choices: latest, once: true},
}

// short names what is chosen in a button's data, where the words may be too long.
func short(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:8])
}

// pageData names a page of choices; no short is like it.
func pageData(page int) string { return "p" + strconv.Itoa(page) }

// pageOf reads a page's data; false when it is a choice.
func pageOf(data string) (int, bool) {
	rest, ok := strings.CutPrefix(data, "p")
	n, err := strconv.Atoi(rest)
	return n, ok && err == nil
}

// chosen finds a choice by its data.
func chosen(all []choice, data string) (choice, bool) {
	for _, o := range all {
		if o.data == data {
			return o, true
		}
	}
	return choice{}, false
}

func reasons(list []string) func([]string, cases.Case) []choice {
	return func([]string, cases.Case) (all []choice) {
		for _, r := range list {
			all = append(all, choice{r, short(r), func(a *cases.Act) { a.Reason = r }})
		}
		return all
	}
}

func otherUnits(units []string, c cases.Case) (all []choice) {
	for _, u := range units {
		if u == c.Unit {
			continue
		}
		all = append(all, choice{u, short(u), func(a *cases.Act) { a.Unit = u }})
	}
	return all
}

// acceptances, approval and remarks are of one answer or draft: a tap on the button of an
// earlier one must not count for what nobody has read.
func acceptances(_ []string, c cases.Case) (all []choice) {
	for _, r := range acceptReasons {
		all = append(all, choice{r, short(strconv.Itoa(c.Doubtful()) + r), func(a *cases.Act) { a.Reason = r }})
	}
	return all
}

func approval(_ []string, c cases.Case) []choice {
	if c.Reviewing() == nil {
		return nil
	}
	return []choice{{"同意", short(c.Draft.Text), func(*cases.Act) {}}}
}

func remarks(_ []string, c cases.Case) (all []choice) {
	if c.Reviewing() == nil {
		return nil
	}
	for _, r := range returnRemarks {
		all = append(all, choice{r, short(c.Draft.Text + r), func(a *cases.Act) { a.Text = r }})
	}
	return all
}

// ratings go by their place in the list: the pipeline makes such buttons too.
func ratings(_ []string, _ cases.Case) (all []choice) {
	for i, r := range cases.Ratings {
		all = append(all, choice{r, strconv.Itoa(i), func(a *cases.Act) { a.Reason = r }})
	}
	return all
}

func alike(_ []string, c cases.Case) (all []choice) {
	for _, number := range c.Alike {
		all = append(all, choice{number, number, func(a *cases.Act) { a.Other = number }})
	}
	return all
}

// latest is the mention that the card shows as the last one.
func latest(_ []string, c cases.Case) []choice {
	if c.Latest.Title == "" || c.Mentions < 2 {
		return nil
	}
	return []choice{{"最新一帖", strconv.Itoa(c.Mentions), func(a *cases.Act) { a.No = c.Mentions }}}
}
