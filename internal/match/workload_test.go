//go:build unix

package match

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode/utf8"

	"huiyin/internal/post"
)

// The workload of the side-by-side benchmark: keywords drawn from the segmenter's
// dictionary, and posts made of its other words, as common in them as in Chinese.

const (
	workloadSeed = 20260726
	postBytes    = 726 // of title and text: the mean of what citizens wrote to an office
	postCount    = 400
)

// weighted draws words as often as they are used.
type weighted struct {
	words []string
	sums  []float64 // of the frequencies, up to and with each word
}

func (w *weighted) draw(rng *rand.Rand) string {
	at, _ := slices.BinarySearch(w.sums, rng.Float64()*w.sums[len(w.sums)-1])
	return w.words[at]
}

// workload is keywords and what to make posts of.
type workload struct {
	rng      *rand.Rand
	keywords []string
	others   weighted
}

// newWorkload draws n keywords: words of two to four characters, and as many pairs
// of such words.
func newWorkload(seg *Segmenter, n int) *workload {
	w := &workload{rng: rand.New(rand.NewPCG(workloadSeed, uint64(n)))}
	freqs := map[string]float64{}
	for _, t := range seg.gse.Dict.Tokens {
		if isPlainWord(t.Text()) && t.Freq() > 1 {
			freqs[t.Text()] = t.Freq()
		}
	}
	var all []string
	for word := range freqs {
		all = append(all, word)
	}
	slices.Sort(all) // a map has no order, a seed wants one
	long := slices.DeleteFunc(slices.Clone(all), func(word string) bool { return utf8.RuneCountInString(word) < 2 })
	taken := map[string]bool{}
	for len(w.keywords) < n {
		word := long[w.rng.IntN(len(long))]
		if len(w.keywords)%2 == 1 {
			word += long[w.rng.IntN(len(long))]
		}
		if !taken[word] {
			taken[word] = true
			w.keywords = append(w.keywords, word)
		}
	}
	sum := 0.0
	for _, word := range all {
		if !taken[word] {
			sum += freqs[word]
			w.others.words, w.others.sums = append(w.others.words, word), append(w.others.sums, sum)
		}
	}
	return w
}

// isPlainWord tells whether a word is of one to four Chinese characters that folding
// does not change.
func isPlainWord(word string) bool {
	for _, r := range word {
		if factsOf(r) != (runeFact{r, chinese}) {
			return false
		}
	}
	n := utf8.RuneCountInString(word)
	return 1 <= n && n <= 4
}

// sentence makes a sentence of 25 to 40 characters, a comma in it and no keyword but
// the one given, if any.
func (w *workload) sentence(s *scanner, keyword string) string {
	for {
		var b strings.Builder
		want, comma := 25+w.rng.IntN(16), 10+w.rng.IntN(6)
		for n := 0; n < want; {
			word := w.others.draw(w.rng)
			b.WriteString(word)
			n += utf8.RuneCountInString(word)
			if n >= comma && comma > 0 {
				b.WriteString(keyword + "，")
				comma = 0
			}
		}
		if text := b.String() + "。"; keyword != "" || len(s.find(text, nil)) == 0 {
			return text
		}
	}
}

// posts makes posts of which the given share fires, each in one sentence.
func (w *workload) posts(set *Set, share float64) ([]post.Post, error) {
	s := newScanner(w.keywords)
	posts := make([]post.Post, postCount)
	fires := int(share * postCount)
	for i := range posts {
		for {
			p := post.Post{Title: strings.TrimRight(w.sentence(s, "")[:len("一二三四五六七八九十")], "，")}
			for len(p.Title)+len(p.Text) < postBytes-60 {
				keyword := ""
				if i < fires && p.Text == "" {
					keyword = w.keywords[w.rng.IntN(len(w.keywords))]
				}
				p.Text += w.sentence(s, keyword)
			}
			if i >= fires && len(s.find(p.Title, nil)) > 0 {
				continue
			}
			if (len(set.Match(p)) > 0) == (i < fires) {
				posts[i] = p
				break
			}
		}
	}
	w.rng.Shuffle(len(posts), func(i, j int) { posts[i], posts[j] = posts[j], posts[i] })
	got := 0
	for _, p := range posts {
		if len(set.Match(p)) > 0 {
			got++
		}
	}
	if got != fires {
		return nil, fmt.Errorf("%d posts of %d fire, want %d", got, len(posts), fires)
	}
	return posts, nil
}

// topics divides the keywords over a hundred topics with a list each, as topics with
// many words have them.
func (w *workload) topics() ([]Topic, Lists) {
	var topics []Topic
	lists := Lists{lists: map[string][]string{}}
	for part := range slices.Chunk(w.keywords, len(w.keywords)/100) {
		name := fmt.Sprintf("专题%d", len(topics)+1)
		lists.lists[name] = part
		topics = append(topics, Topic{Name: name, Any: []string{"@" + name}})
	}
	return topics, lists
}
