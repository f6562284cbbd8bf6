package match

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// checkWord tells what makes a word unfit to be looked for.
func checkWord(w string) error {
	switch n := utf8.RuneCountInString(w); {
	case strings.TrimSpace(w) == "":
		return errors.New("有一个词是空的，请写上词或删掉这一行")
	case n > maxWord:
		return fmt.Errorf("“%s”太长，一个词最多 %d 个字，请拆成几个词", cutShort(w), maxWord)
	case foldString(w) != strings.TrimSpace(foldString(w)):
		return fmt.Errorf("“%s”前后有空格，请去掉", cutShort(w))
	case strings.HasPrefix(w, "@") || strings.HasPrefix(w, "＠") || strings.ContainsAny(w[:1], modeSigns):
		return fmt.Errorf("“%s”不是一个词", cutShort(w))
	}
	letters := 0
	runes := []rune(foldString(w))
	for i, r := range runes {
		switch {
		case endsSentence(r):
			return fmt.Errorf("“%s”里有句末标点或换行，词只在一句话里找，请拆成几个词", cutShort(w))
		case r == utf8.RuneError || unicode.IsControl(r):
			return fmt.Errorf("%q里有看不见的或坏的字符，请重新输入这个词", w)
		case r == ' ' && !(isLetterRun(runes[i-1]) && isLetterRun(runes[i+1])):
			return fmt.Errorf("“%s”中间有空格，几个词请分开写，每个词占一行或一项", cutShort(w))
		case unicode.IsLetter(r) || unicode.IsNumber(r):
			letters++
		}
	}
	if letters == 0 || foldWord(w) == "" {
		return fmt.Errorf("“%s”里没有文字，只有符号", cutShort(w))
	}
	return nil
}

// checkName tells what makes a name unfit for a topic or a list.
func checkName(name string) error {
	switch n := utf8.RuneCountInString(name); {
	case n == 0:
		return errors.New("名字是空的")
	case n > maxName:
		return fmt.Errorf("名字太长，最多 %d 个字", maxName)
	case name == strings.TrimSuffix(extraFile, ".txt"):
		return errors.New("words 是分词用词，不是词表")
	}
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsNumber(r) && !strings.ContainsRune("-_、·（）()", r) {
			return fmt.Errorf("名字里只能有文字、数字和 - _ 、，不能有%q", r)
		}
	}
	return nil
}
