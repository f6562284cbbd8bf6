package match

import (
	"strings"
	"testing"
)

// TestWarnings: what is written correctly and can never work is told of, and nothing
// else is.
func TestWarnings(t *testing.T) {
	lists := Lists{lists: map[string][]string{"停": {"停水", "停水通知"}, "通知": {"通知", "停水通知"}}}
	for name, c := range map[string]struct {
		topic Topic
		want  []string // parts of the warnings, in order
	}{
		"fine":                         {Topic{Any: []string{"停水", "=办公"}, None: []string{"招聘"}}, nil},
		"covered by an exclusion":      {Topic{Any: []string{"停水", "停水通知"}, None: []string{"停水通知"}}, []string{"“停水通知”永远不起作用：排除词“停水通知”就在它里面"}},
		"an exclusion inside it":       {Topic{Any: []string{"停水", "停水通知"}, None: []string{"通知"}}, []string{"排除词“通知”就在它里面"}},
		"part of the list":             {Topic{Any: []string{"@停"}, None: []string{"@通知"}}, []string{"“停水通知”永远"}},
		"never":                        {Topic{Any: []string{"停水通知"}, None: []string{"@通知"}}, []string{"“停水通知”永远", "永远不会命中"}},
		"never, by a query":            {Topic{Query: "停水 NEAR/3 通知 NOT 停水"}, []string{"“停水”永远", "永远不会命中：停水 NEAR/3 通知"}},
		"one of two dead":              {Topic{Query: "(停水 OR 断水) NOT 停水"}, []string{"“停水”永远"}},
		"not a word":                   {Topic{Query: "=供水发黄 OR 停水"}, []string{"“=供水发黄”永远不起作用：它不是词典里的一个词"}},
		"excluded in the title only":   {Topic{Query: "停水 NOT title:停水"}, nil},
		"excluded where it is sought":  {Topic{Query: "title:停水 NOT title:停水"}, []string{"“停水”永远", "永远不会命中"}},
		"an exclusion that straddles":  {Topic{Any: []string{"提供水泥"}, None: []string{"供水"}}, nil},
		"a plain one that does not":    {Topic{Any: []string{"提供水泥"}, None: []string{"~供水"}}, []string{"排除词“供水”就在它里面", "永远不会命中"}},
		"an exclusion with company":    {Topic{Query: "停水通知 NOT (通知 AND 招聘)"}, nil},
		"a name, not prose":            {Topic{Query: "source:论坛 NOT 论坛"}, nil},
		"a name that excludes itself":  {Topic{Query: "source:论坛 NOT source:坛"}, []string{"“论坛”永远", "永远不会命中"}},
		"two of which one is dead":     {Topic{Query: "2 OF (停水, 断水, 投诉) NOT 停水"}, []string{"“停水”永远"}},
		"one left of two":              {Topic{Query: "2 OF (@停, 停水) NOT 停水"}, []string{"“停水”永远", "“停水通知”永远", "永远不会命中"}},
		"both of which must, one dead": {Topic{All: []string{"停水", "投诉"}, None: []string{"停水"}}, []string{"“停水”永远", "永远不会命中"}},
		"a full-width comma":           {Topic{Any: []string{"停水，断水"}}, []string{"“停水，断水”里有“，”"}},
		"a slash":                      {Topic{Query: "停水/断水 OR PM2.5"}, []string{"“停水/断水”里有“/”"}},
		"a field that is none":         {Topic{Any: []string{"断水"}, None: []string{"内容:停水"}}, []string{"“内容:停水”里有“:”"}},
		"a star":                       {Topic{Any: []string{"停*"}}, []string{"里有“*”"}},
	} {
		t.Run(name, func(t *testing.T) {
			c.topic.Name, c.topic.File, c.topic.Line = "试", "a.yaml", 3
			s := must[*Set](t)(Compile([]Topic{c.topic}, lists, testSegmenter(t)))
			got := s.Warnings()
			for i, w := range got {
				if i >= len(c.want) || !strings.Contains(w.String(), c.want[i]) {
					t.Errorf("warning %d: %s", i, w)
				}
			}
			if len(got) < len(c.want) {
				t.Errorf("%d warnings, want %d: %v", len(got), len(c.want), c.want)
			}
		})
	}
	for _, w := range testShipped(t).Warnings() {
		t.Errorf("a shipped topic: %s", w)
	}
}
