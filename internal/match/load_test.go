package match

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with testdata/name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// files makes an fs.FS of a text in which "== name" begins each file.
func files(text string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for part := range strings.SplitSeq(text, "== ") {
		if name, data, ok := strings.Cut(part, "\n"); ok {
			fsys[name] = &fstest.MapFile{Data: []byte(data)}
		}
	}
	return fsys
}

func TestLoadTopics(t *testing.T) {
	lists := Lists{lists: map[string][]string{"水": {"停水"}}}
	got := must[[]Topic](t)(LoadTopics(files(`== b.yaml
# two topics in one file
- name: 热线
  unit: 市民热线办
  ladder: general
  urgency: 3
  any: [12345, 'no']
- name: 供水
  urgency: 较大
  any:
    - "@水"
  all: [投诉]
  none: [广告, =特价]
  query: 自来水 NEAR/3 发黄
  examples:
    match: [停水了，投诉]
    skip:
      - 停水了
      - {title: 通知, text: 停水了}
== a.yml
name: 单个
any: [停电]
== c.yaml
raises: 重大
name: 伤亡
any: [身亡]
== readme.md
not read
`), lists))
	want := []Topic{
		{Name: "单个", Ladder: "reply", Urgency: Normal, Any: []string{"停电"}, File: "a.yml", Line: 1},
		{Name: "热线", Unit: "市民热线办", Ladder: "general", Urgency: Grave, Any: []string{"12345", "no"}, File: "b.yaml", Line: 2},
		{Name: "供水", Ladder: "reply", Urgency: Serious, Any: []string{"@水"}, All: []string{"投诉"}, None: []string{"广告", "=特价"}, Query: "自来水 NEAR/3 发黄",
			Examples: Examples{Match: []Example{{"", "停水了，投诉", 15}}, Skip: []Example{{"", "停水了", 17}, {"通知", "停水了", 18}}}, File: "b.yaml", Line: 7},
		{Name: "伤亡", Raises: "重大", Any: []string{"身亡"}, File: "c.yaml", Line: 1},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(Topic{})); diff != "" {
		t.Errorf("topics (-want +got):\n%s", diff)
	}
}

// TestTopicProblems holds the messages for everything that can be wrong, all of
// them reported at once.
func TestTopicProblems(t *testing.T) {
	bad := files(`== 01-keys.yaml
name: 甲
unti: 水务局
any: 停水
urgency: 5
ladder: 明天
== 02-empty.yaml
name: 乙
none: [广告]
== 03-words.yaml
name: 丙
any:
  - 停水
  - 停水
  - ""
  - "停水。停电"
  - "@没有这个表"
  - "@不 行"
  - [停水]
  - yes please and a very long word that is over the limit
  - 2024-01-01
  - null
  - "，，"
  - "停\u0000水"
  - &x 断水
  - *x
all: {a: b}
== 04-dup.yaml
- name: 甲
  any: [停电]
- any: [停电]
- 停电
- name: ""
  any: [停电]
- name: 丁/戊
  any: [停电]
  any: [停水]
== 05-at.yaml
name: 己
any:
  - @水
== 06-tab.yaml
name: 庚
any:
	- 停水
== 07-docs.yaml
name: 辛
any: [停水]
---
name: 壬
any: [停水]
== 08-none.yaml
== 09-scalar.yaml
停水
== 10-examples.yaml
- name: 癸
  any: [停水]
  examples: [停水了]
- name: 子
  any: [停水]
  examples:
    math: [停水了]
    skip: ["", {titel: 停水}, {title: 停水, text: [a]}, {}, [停水]]
== 12-query.yaml
- name: 丑
  query: 停水 AND (投诉 OR
- name: 寅
  query: '停水 投诉'
- name: 卯
  query: |
    停水 OR 断水
      OR (缺水 NEAR 三天)
- name: 辰
  query: >
    停水 AND
    @没有
- name: 巳
  query: NOT 停水
- name: 午
  query: ""
- name: 未
  query: [停水]
== 16-colon.yaml
name：试
query: 停水
== 15-quote.yaml
name: 申
query: "自来水 发黄" AND 停水
== 17-raises.yaml
- name: 酉
  unit: 水务局
  raises: 重大
  ladder: major
  any: [停水]
- name: 戌
  raises: 严重
  any: [停水]
- name: 亥
  raises: [重大]
  urgency: 3
  any: [停水]
== 11-comment.yaml
# a topic that was commented out is no topic and no problem
`)
	bad["14-gbk.yaml"] = &fstest.MapFile{Data: []byte("name: \xb9\xa9\xcb\xae\n")}
	bad["13-big.yaml"] = &fstest.MapFile{Data: []byte(strings.Repeat("#", maxFile+1))}
	_, err := LoadTopics(bad, Lists{})
	var ps Problems
	if !errors.As(err, &ps) {
		t.Fatalf("error %v, want Problems", err)
	}
	golden(t, "topic-problems.txt", err.Error()+"\n")
}

func TestLoadLists(t *testing.T) {
	lists := must[Lists](t)(LoadLists(files("== 水.txt\n\ufeff停水 # 没有水\n\n# 引用\n@水质\n停水\nKTV\nｋｔｖ\n== 水质.txt\n水发黄\n停水\n== words.txt\n大学路\n小区 5000\n")))
	if diff := cmp.Diff([]string{"水", "水质"}, lists.Names()); diff != "" {
		t.Error(diff)
	}
	words, _ := lists.Words("水")
	if diff := cmp.Diff([]string{"停水", "水发黄", "KTV"}, words); diff != "" {
		t.Errorf("words (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]ExtraWord{{"大学路", 0}, {"小区", 5000}}, lists.Extra()); diff != "" {
		t.Errorf("extra (-want +got):\n%s", diff)
	}
}

func TestListProblems(t *testing.T) {
	deep := files(`== 甲.txt
@乙
停水
== 乙.txt
@丙
== 丙.txt
停电
@甲
== 自己.txt
@自己
== 缺.txt
@没有
@
@words
停水。停电
停水 断水 缺水，这一行写了太多太多太多太多太多太多太多太多太多的字
== 空.txt
# 什么也没有
== bad name.txt
停水
== words.txt
水
大学路 很多
大学路 1
大学路 100 n
大学，路
。
`)
	_, err := LoadLists(deep)
	golden(t, "list-problems.txt", err.Error()+"\n")
}

// TestOddFiles: what YAML reads otherwise than it looks is taken as YAML reads it.
func TestOddFiles(t *testing.T) {
	for text, want := range map[string]string{
		"name: 试\rquery: 停水\r":                  "停水",
		"# \u2028\nname: 试\nquery: |\n  停水\n":   "停水",
		"name: 试\nquery: |2\n    停水\n  OR 断水\n": "停水 OR 断水",
		"name: 试\nquery: >-\n  停水\n\n  OR 断水":   "停水 OR 断水",
		"name: 试\nquery: \"停水\\nOR 断水\"":        "停水 OR 断水",
		"name: 试\r\nquery: |\r\n  停水\r\n":       "停水",
	} {
		topics := must[[]Topic](t)(LoadTopics(fstest.MapFS{"a.yaml": &fstest.MapFile{Data: []byte(text)}}, Lists{}))
		if got := must2(topics[0].root(Lists{})).String(); got != want {
			t.Errorf("%q is read as %s, want %s", text, got, want)
		}
	}
}

func must2(n *expr, ps Problems) *expr {
	if ps != nil {
		panic(ps)
	}
	return n
}

// TestBadListIsTheOnlyProblem: topics are not told that a list is missing which is only
// wrong.
func TestBadListIsTheOnlyProblem(t *testing.T) {
	lists, err := LoadLists(files("== 水.txt\n停水\n停。电\n== 电.txt\n停电\n"))
	if err == nil {
		t.Fatal("a wrong list is taken")
	}
	must[[]Topic](t)(LoadTopics(files("== a.yaml\nname: 甲\nany: [\"@水\", \"@电\"]\n"), lists))
}

// FuzzLoadTopics: no file makes the reader panic, and what it accepts compiles.
func FuzzLoadTopics(f *testing.F) {
	for _, s := range []string{
		"name: 供水\nany: [停水]\n", "- name: a\n  any: ['@水']\n  all: [b]\n", "any: @水", "&a [*a]", "? - a\n: b", "name: [", "---\n---\n",
		"name: x\nany: [a]\nexamples: {match: [a], skip: [b]}\nurgency: 2\nladder: major\nunit: u\nnone: [c]\n", "<<: {name: x}\nany: [y]", "!!binary aGk=",
		"name: 试\rquery: 停水\r", "# \u2028\nname: 试\nquery: |\n  停水\n", "name: 试\nquery: |2\n    停水\n  OR 断水\n",
	} {
		f.Add(s)
	}
	lists := Lists{lists: map[string][]string{"水": {"停水"}}}
	seg := testSegmenter(f) // before the first input: loading takes longer than one may
	f.Fuzz(func(t *testing.T, data string) {
		topics, err := LoadTopics(fstest.MapFS{"t.yaml": &fstest.MapFile{Data: []byte(data)}}, lists)
		if err != nil {
			checkProblems(t, err)
			return
		}
		must[*Set](t)(Compile(topics, lists, seg))
	})
}

// FuzzLoadLists: the same for word lists; two files may name each other.
func FuzzLoadLists(f *testing.F) {
	f.Add("停水\n@b\n", "水\n# c\n", "大学路 20\n")
	f.Add("@b", "@a", "")
	f.Add("\ufeff@@", "＠a", "a b c")
	f.Fuzz(func(t *testing.T, a, b, words string) {
		lists, err := LoadLists(files("== a.txt\n" + a + "\n== b.txt\n" + b + "\n== words.txt\n" + words))
		if err != nil {
			checkProblems(t, err)
			return
		}
		for _, name := range lists.Names() {
			if w, ok := lists.Words(name); !ok {
				t.Errorf("list %s has no words: %q", name, w)
			}
		}
	})
}

// checkProblems holds an error to its form: each problem on one line, with a file.
func checkProblems(t *testing.T, err error) {
	t.Helper()
	var ps Problems
	if !errors.As(err, &ps) || len(ps) == 0 {
		t.Fatalf("error %v is no Problems", err)
	}
	for _, p := range ps {
		if p.File == "" || p.Msg == "" || strings.ContainsAny(p.String(), "\n\r") {
			t.Errorf("problem %q is not one line with a file", p)
		}
	}
}
