package match

import (
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ExtraWord is a word the segmenter should know: a place, a local expression.
type ExtraWord struct {
	Text string
	Freq float64 // how common, on the scale of gse's dictionary; 0 for the usual
}

// extraFile holds the segmenter's extra words; every other file is a list.
const extraFile = "words.txt"

// Lists are the word lists of dict/, read and resolved. The zero value has none.
type Lists struct {
	lists map[string][]string
	extra []ExtraWord
}

// Names returns the lists' names in order.
func (l Lists) Names() []string { return slices.Sorted(maps.Keys(l.lists)) }

// Words returns the words of a list, those of the lists in it included, each
// once. The slice is not to be changed.
func (l Lists) Words(name string) ([]string, bool) {
	w, ok := l.lists[name]
	return w, ok
}

// Extra returns the words for NewSegmenter.
func (l Lists) Extra() []ExtraWord { return l.extra }

// listEntry is one line of a list file.
type listEntry struct {
	text string // a word, or @name
	line int
}

type listFile struct {
	file    string
	entries []listEntry
}

// LoadLists reads <list>.txt and words.txt from the top of fsys: one word to a
// line, with or without the sign of a mode (=供水, ~供水); # begins a comment, @name
// takes in another list. In words.txt a word may be followed by a frequency. The
// error is a Problems; the lists are then as far as they could be read, so that topics
// can be read too and all problems be told at once.
func LoadLists(fsys fs.FS) (Lists, error) {
	var ps Problems
	files, raw := map[string]listFile{}, Lists{lists: map[string][]string{}}
	total := 0
	for _, file := range namesOf(fsys, &ps, ".txt") {
		data, ok := readFile(fsys, file, &ps)
		if !ok {
			continue
		}
		if file == extraFile {
			raw.extra = parseExtra(file, data, &ps)
			continue
		}
		name := strings.TrimSuffix(file, ".txt")
		if err := checkName(name); err != nil {
			ps.add(file, 0, "词表文件名不能用：%v", err)
			continue
		}
		files[name] = listFile{file, parseList(file, data, &ps)}
		if total += len(files[name].entries); total > maxWords {
			ps.add(file, 0, "所有词表加起来超过 %d 个词，请删减", maxWords)
			break
		}
	}
	x := expander{files: files, done: raw.lists, ps: &ps}
	expanded := 0
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if expanded += len(x.expand(name, nil)); expanded > maxExpanded {
			ps.add(name+".txt", 0, "词表互相引用，展开后超过 %d 个词，请删减", maxExpanded)
			break
		}
	}
	return raw, ps.err()
}

// namesOf lists the files at the top of fsys that end in one of exts, in order.
func namesOf(fsys fs.FS, ps *Problems, exts ...string) []string {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		ps.add(".", 0, "读不了这个文件夹：%v", err)
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() && slices.Contains(exts, path.Ext(e.Name())) && !strings.HasPrefix(e.Name(), ".") {
			names = append(names, e.Name())
		}
	}
	return names
}

// readFile reads one file of text within the limits, without a byte order mark.
func readFile(fsys fs.FS, file string, ps *Problems) (string, bool) {
	f, err := fsys.Open(file)
	if err != nil {
		ps.add(file, 0, "打不开文件：%v", err)
		return "", false
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		ps.add(file, 0, "读文件出错：%v", err)
	case len(data) > maxFile:
		ps.add(file, 0, "文件超过 %d MB，不像是词表或专题文件，请检查", maxFile>>20)
	case !utf8.Valid(data):
		ps.add(file, 0, "文件不是 UTF-8 编码，请在编辑器里另存为 UTF-8")
	default:
		return strings.TrimPrefix(string(data), "\ufeff"), true
	}
	return "", false
}

// linesOf yields the lines of a text that hold something but a comment.
func linesOf(data string) []listEntry {
	var out []listEntry
	line := 0
	for text := range strings.Lines(data) {
		line++
		text, _, _ = strings.Cut(text, "#")
		if text = strings.TrimSpace(text); text != "" {
			out = append(out, listEntry{text, line})
		}
	}
	return out
}

func parseList(file, data string, ps *Problems) []listEntry {
	var entries []listEntry
	lines := linesOf(data)
	for _, e := range lines {
		if err := checkEntry(e.text); err != nil {
			ps.add(file, e.line, "%v", err)
			continue
		}
		entries = append(entries, e)
	}
	if len(lines) == 0 {
		ps.add(file, 0, "词表是空的，请写上词，或删掉这个文件")
	}
	return entries
}

func parseExtra(file, data string, ps *Problems) []ExtraWord {
	var extra []ExtraWord
	for _, e := range linesOf(data) {
		fields := strings.Fields(e.text)
		w := ExtraWord{Text: fields[0]}
		if len(fields) == 2 {
			freq, err := strconv.ParseFloat(fields[1], 64)
			if err != nil || !(freq >= 2 && freq <= 1e6) {
				ps.add(file, e.line, "词频“%s”要写成 2 到 1000000 之间的数字", cutShort(fields[1]))
				continue
			}
			w.Freq = freq
		}
		switch err := checkWord(w.Text); {
		case len(fields) > 2:
			ps.add(file, e.line, "一行只写一个词，后面最多再写一个词频")
		case err != nil:
			ps.add(file, e.line, "%v", err)
		case strings.ContainsFunc(w.Text, func(r rune) bool { return factsOf(r).class == divider }):
			ps.add(file, e.line, "“%s”里有逗号、冒号、括号或引号，分词用词里不能有", cutShort(w.Text))
		case utf8.RuneCountInString(w.Text) < 2:
			ps.add(file, e.line, "“%s”只有一个字，分词用词至少两个字", cutShort(w.Text))
		default:
			extra = append(extra, w)
		}
		if len(extra) > maxWords {
			ps.add(file, e.line, "分词用词超过 %d 个，请删减", maxWords)
			break
		}
	}
	return extra
}

// expander resolves lists that name other lists.
type expander struct {
	files map[string]listFile
	done  map[string][]string
	ps    *Problems
}

// expand resolves one list; path are the lists that lead to it. A list that is
// wrong is told of once and then taken as resolved.
func (x *expander) expand(name string, path []string) []string {
	if words, ok := x.done[name]; ok {
		return words
	}
	f := x.files[name]
	path = append(path, name)
	seen := map[string]bool{}
	words := []string{}
	add := func(w string) {
		m, text := splitMode(w)
		if key := m.sign() + foldWord(text); !seen[key] {
			seen[key] = true
			words = append(words, w)
		}
	}
	for _, e := range f.entries {
		_, bare := splitMode(e.text)
		inner, isList := cutAt(bare)
		_, known := x.files[inner]
		switch {
		case !isList:
			add(e.text)
		case bare != e.text:
			x.ps.add(f.file, e.line, "词表里引用词表前面不能写 = 或 ~，请写在每个词前面")
		case !known:
			x.ps.add(f.file, e.line, "没有叫“%s”的词表，请检查名字，或新建 %s.txt", inner, inner)
		case slices.Contains(path, inner):
			x.ps.add(f.file, e.line, "词表绕成了圈：%s，请去掉其中一个引用", strings.Join(append(path, inner), " → "))
		case len(path) >= maxListNest:
			x.ps.add(f.file, e.line, "词表套得太深，最多 %d 层", maxListNest)
		default:
			for _, w := range x.expand(inner, path) {
				add(w)
			}
		}
	}
	x.done[name] = words
	return words
}

// checkEntry tells what is wrong with a word or an @name, with or without the sign
// of a mode.
func checkEntry(entry string) error {
	_, entry = splitMode(entry)
	if name, ok := cutAt(entry); ok {
		if err := checkName(name); err != nil {
			return fmt.Errorf("词表名“%s”不能用：%w", cutShort(name), err)
		}
		return nil
	}
	return checkWord(entry)
}

// cutShort makes what was written fit into a message: one line, not too long.
func cutShort(s string) string {
	r := []rune(s)
	more := ""
	if len(r) > maxWord {
		r, more = r[:maxWord], "…"
	}
	for i := range r {
		if unicode.IsControl(r[i]) {
			r[i] = ' '
		}
	}
	return string(r) + more
}
