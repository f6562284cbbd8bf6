package post

import "strings"

const (
	// sameShare is how much of the shorter text must stand in the longer one for both to
	// tell the same. Of texts equal in length, two thirds is a Jaccard similarity of one
	// half.
	sameShare = 2.0 / 3

	// cutShingles is how many shingles a part of a text must have to be known as such, and
	// fewest how many of them in the sample: in fewer there may be nothing but a request
	// that many make. A part of partShingles is known when nearly all of it stands in the
	// other text; texts that are shorter are the same only when the longer one has little
	// else.
	cutShingles  = 40
	fewest       = 8
	partShingles = 24
	partShare    = 0.9
	sameOfAll    = 0.5

	// briefShingles: of two texts that both have fewer, the numbers must be the same.
	briefShingles = 58
)

// alike tells which share of the shorter text's shingles stands in the other one, and
// which share of all of both is common. same tells whether they are one story.
func (s Sketch) alike(o Sketch) (share, common float64, same bool) {
	if s.whole() == o.whole() {
		return 1, 1, true
	}
	if s.word(wordCount) > o.word(wordCount) {
		s, o = o, s
	}
	count := s.word(wordCount)
	if count < shortest {
		return 0, 0, false
	}
	both, own, other := s.shared(o, wordSample, wordCount)
	if own == 0 || other == 0 {
		return 0, 0, false
	}
	share = float64(both) / float64(min(own, other))
	common = float64(both) / float64(own+other-both)
	part := count >= cutShingles && min(own, other) >= fewest || count >= partShingles && share >= partShare
	if share < sameShare || !part && common < sameOfAll {
		return share, common, false
	}
	return share, common, s.samePlaces(o) && s.sameNumbers(o)
}

// samePlaces tells whether s and o are about the same places: one names all that the
// other names. Either may name more, in its title or in what was added or left off.
func (s Sketch) samePlaces(o Sketch) bool {
	both, own, other := s.shared(o, wordPlaces, wordPlaced)
	return both == min(own, other)
}

// sameNumbers tells the same of the numbers in two brief texts; longer ones are told
// again with numbers brought up to date.
func (s Sketch) sameNumbers(o Sketch) bool {
	if max(s.word(wordCount), o.word(wordCount)) >= briefShingles {
		return true
	}
	both, own, other := s.shared(o, wordNumbers, wordNumbers)
	return both == min(own, other)
}

// shared counts the hashes of a list that s and o have in common, and those of each,
// below the limit up to which both hold all of theirs.
func (s Sketch) shared(o Sketch, list, total int) (both, own, other int) {
	i, n := s.list(list)
	j, m := o.list(list)
	n, m = i+n, j+m
	limit := min(s.limit(list, total), o.limit(list, total))
	for i < n || j < m {
		a, b := uint64(1)<<32, uint64(1)<<32
		if i < n {
			a = uint64(s.word(i))
		}
		if j < m {
			b = uint64(o.word(j))
		}
		if min(a, b) > limit {
			break
		}
		if a == b {
			both++
		}
		if a <= b {
			own++
			i++
		}
		if b <= a {
			other++
			j++
		}
	}
	return both, own, other
}

// limit is the hash up to which s holds all hashes of a list.
func (s Sketch) limit(list, total int) uint64 {
	at, n := s.list(list)
	if n == int(s.word(total)) || n == 0 {
		return 1<<32 - 1
	}
	return uint64(s.word(at + n - 1))
}

// placeEnds are the characters that end the name of a place or company, each with those
// that may stand before it as a part of the ending (小区, 花园). What is before the ending
// tells one place from another.
var placeEnds = map[rune]string{
	'市': "", '区': "小社", '县': "", '镇': "", '乡': "", '村': "", '组': "", '街': "", '路': "", '道': "", '巷': "",
	'弄': "", '桥': "", '站': "", '苑': "", '园': "花公", '城': "", '府': "", '湾': "", '庭': "", '居': "",
	'院': "医", '校': "学", '厂': "", '场': "广", '楼': "", '栋': "", '幢': "", '期': "", '厦': "大", '寓': "公",
	'学': "小中大", '司': "公",
}

// fullEnds end a place only together with the character before.
const fullEnds = "厦寓学司"

const numerals = "0123456789一二三四五六七八九十百千两"

// noNames are runes after which an ending ends no name: 我们小区, 在路上.
const noNames = "的们本该这那各个在到是和与及我你他住全老每条有无对为不了上下进出知报邻超星定"

// placesIn are the hashes of what a text seems to name as places: of their endings with
// the two runes before.
func placesIn(s string) (out []uint32) {
	var run []rune
	for _, r := range s {
		f := fold(r)
		if f == 0 {
			run = run[:0]
			continue
		}
		run = append(run, f)
		before, ok := placeEnds[f]
		if !ok {
			continue
		}
		n := 1
		if len(run) > 1 && strings.ContainsRune(before, run[len(run)-2]) {
			n = 2
		} else if strings.ContainsRune(fullEnds, f) {
			continue
		}
		if from := len(run) - n - 2; from >= 0 && !strings.ContainsRune(noNames, run[from+1]) {
			out = append(out, hashes(run[from:], n+2)...)
		}
	}
	return out
}

// numbersIn are the hashes of the numbers in a folded text.
func numbersIn(text []rune) (out []uint32) {
	from := 0
	for i, r := range append(text, 0) {
		if strings.ContainsRune(numerals, r) {
			continue
		}
		if i > from {
			out = append(out, hashes(text[from:i], i-from)...)
		}
		from = i + 1
	}
	return out
}
