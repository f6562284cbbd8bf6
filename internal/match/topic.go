package match

import (
	"fmt"
)

// Urgency says how much a topic presses; it decides who else is told.
type Urgency int

// The urgencies, as they stand in topic files.
const (
	Normal  Urgency = 1 // 一般
	Serious Urgency = 2 // 较大
	Grave   Urgency = 3 // 重大
)

// String is the urgency as officers read it.
func (u Urgency) String() string {
	switch u {
	case Normal:
		return "一般"
	case Serious:
		return "较大"
	case Grave:
		return "重大"
	}
	return "未定"
}

// Topic is an alert rule: what to listen for, who answers, and by when.
//
// It fires on a post for which Query holds (if there is one), at least one entry of
// Any is found (if there are any), every entry of All is found, and no entry of
// None. An entry is a word or @name for a list of dict/, and may carry the sign of
// a mode; a list is found when one of its words is. See query.go for Query.
type Topic struct {
	Name     string   // 供水; unique
	Unit     string   // the unit that answers; may be empty and come from the configuration
	Ladder   string   // reply, general, major, written or disclosure
	Urgency  Urgency  // Normal when not given
	Query    string   // may be empty
	Any      []string // entries
	All      []string
	None     []string
	Examples Examples
	File     string // where it was defined, as a path inside the fs.FS that was read
	Line     int    // from 1

	// Raises is 较大 or 重大 for a topic that only tells how grave a post is: it opens
	// no case by itself, and has no Unit, Ladder or Urgency. Empty for all others.
	Raises string

	queryAt origin
}

// root is the whole of what a topic asks, as one expression.
func (t *Topic) root(lists Lists) (*expr, Problems) {
	var ps Problems
	var parts []*expr
	if t.Query != "" {
		n, err := parseQuery(t.Query, lists)
		if err != nil {
			ps = append(ps, t.queryAt.problem(t, err))
		} else if parts = append(parts, n); n.op == opAnd {
			parts = n.kids
		}
	}
	entries := func(list []string) []*expr {
		var out []*expr
		for _, e := range list {
			term, err := parseEntry(e, lists)
			if err != nil {
				ps.add(t.File, t.Line, "专题“%s”：%v", cutShort(t.Name), err)
			}
			out = append(out, &expr{op: opTerm, term: term})
		}
		return out
	}
	if any := entries(t.Any); len(any) > 0 {
		parts = append(parts, join(opOr, any))
	}
	parts = append(parts, entries(t.All)...)
	if none := entries(t.None); len(none) > 0 {
		parts = append(parts, &expr{op: opNot, kids: []*expr{join(opOr, none)}})
	}
	if len(ps) == 0 && len(parts) == 0 {
		ps.add(t.File, t.Line, "专题“%s”没有要找的词，请写 query（查询）、any（有其一）或 all（都要有）", cutShort(t.Name))
	}
	if len(ps) > 0 {
		return nil, ps
	}
	root := join(opAnd, parts)
	if new(findings).holds(root) { // although nothing was found
		ps.add(t.File, max(t.Line, t.queryAt.line), "专题“%s”什么帖文都会命中：请写上至少一个必须出现的词", cutShort(t.Name))
		return nil, ps
	}
	return root, nil
}

// parseEntry reads one entry of any, all or none.
func parseEntry(entry string, lists Lists) (term, error) {
	if err := checkEntry(entry); err != nil {
		return term{}, err
	}
	m, text := splitMode(entry)
	name, isList := cutAt(text)
	if _, known := lists.Words(name); isList && !known {
		return term{}, fmt.Errorf("没有叫“%s”的词表，请检查名字，或在词表文件夹新建 %s.txt", name, name)
	}
	return term{text: name, list: isList, mode: m, fields: prose}, nil
}

// Examples are texts that hold a topic to its purpose; Set.CheckExamples runs
// them.
type Examples struct {
	Match []Example // must fire the topic
	Skip  []Example // must not
}

// Example is one such text, a title too if it matters, and the line it stands on.
type Example struct {
	Title, Text string
	Line        int
}

// raised are what Raises may be.
var raised = []string{Serious.String(), Grave.String()}

// Label is the topic's name, and how grave it makes a post, if that is what it is for.
func (t *Topic) Label() string {
	if t.Raises == "" {
		return t.Name
	}
	return t.Name + "（提级：" + t.Raises + "）"
}

// ladders are the names a topic may use; the first is the default.
var ladders = []string{"reply", "general", "major", "written", "disclosure"}

// Limits on what is read. They are far above real use: they keep a wrong file
// (a log, an archive) from being taken for topics or words.
const (
	maxFile     = 4 << 20   // bytes of one file
	maxWord     = 32        // runes of one word
	maxWords    = 200_000   // words of all lists, and entries of all topics
	maxExpanded = 1_000_000 // words of all lists, those of the lists in them included
	maxTopics   = 1_000
	maxExample  = 2_000 // runes
	maxName     = 40    // runes of a topic's or list's name
	maxListNest = 16    // @list inside @list
)
