package post

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"math/bits"
	"math/rand/v2"
	"os"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

type told struct{ Title, Text string }

// benchPosts are those of the file that DATA names, a JSON object with title and text on
// each line; without one, made ones.
func benchPosts(b *testing.B, r *rand.Rand) (posts []told) {
	path := os.Getenv("DATA")
	if path == "" {
		b.Log("posts: made ones; DATA=….jsonl takes real ones")
		for range 3000 {
			posts = append(posts, made(r))
		}
		return posts
	}
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var p told
		if err := json.Unmarshal(lines.Bytes(), &p); err != nil {
			b.Fatal(err)
		}
		posts = append(posts, p)
	}
	if err := lines.Err(); err != nil {
		b.Fatal(err)
	}
	b.Logf("posts: %d real ones", len(posts))
	return posts
}

// made makes a post as long as people write them, half of them over 200 runes, of words
// of which some are much more used than others.
func made(r *rand.Rand) told {
	place := strange(r, 2) + "小区"
	words := func(n int) string {
		var w []rune
		for len(w) < n {
			switch r.IntN(25) {
			case 0:
				w = append(w, []rune(place)...)
			case 1, 2, 3:
				w = append(w, '，')
			default:
				k := int(20_000 * math.Pow(r.Float64(), 3))
				w = append(w, rune('一'+k%2999), rune('一'+k%2003))
			}
		}
		return string(w)
	}
	return told{place + words(10), words(min(max(int(200*math.Exp(0.95*r.NormFloat64())), 15), 5000))}
}

// strange makes a word that nobody uses.
func strange(r *rand.Rand, n int) string {
	w := make([]rune, n)
	for i := range w {
		w[i] = rune('一' + 3000 + r.IntN(3000))
	}
	return string(w)
}

var placeName = regexp.MustCompile(`(\p{Han}{2})(?:小区|花园|街道|镇|村|路)`)

// changes are what becomes of a post when it is told again. The text is empty where
// there is nothing to change.
var changes = []struct {
	name string
	make func(r *rand.Rand, p told) told
}{
	{"forwarded", func(r *rand.Rand, p told) told { return told{"转发：" + p.Title, "转发微博：" + p.Text} }},
	{"signed", func(r *rand.Rand, p told) told {
		return told{"", p.Text + "\n——来自清河论坛网友，2026年11月21日发布于手机客户端"}
	}},
	{"respelled", func(r *rand.Rand, p told) told {
		return told{"", strings.NewReplacer("，", " ", "。", "！！", "1", "１", "2", "２", "A", "ａ", "个", "個", "业", "業", "们", "們").Replace(p.Text)}
	}},
	{"a name changed", func(r *rand.Rand, p told) told {
		runes := []rune(p.Text)
		i := r.IntN(len(runes) - 3)
		return told{p.Title, strings.ReplaceAll(p.Text, string(runes[i:i+3]), "某某某")}
	}},
	{"a fifth off", func(r *rand.Rand, p told) told {
		runes := []rune(p.Text)
		return told{"", string(runes[:len(runes)*4/5])}
	}},
	{"cut of 50 to 120", func(r *rand.Rand, p told) told {
		runes := []rune(p.Text)
		if len(runes) < 200 {
			return told{}
		}
		n := 50 + r.IntN(71)
		i := r.IntN(len(runes) - n + 1)
		return told{"", string(runes[i : i+n])}
	}},
	{"cut, commented", func(r *rand.Rand, p told) told {
		runes := []rune(p.Text)
		if len(runes) < 200 {
			return told{}
		}
		n := 50 + r.IntN(71)
		i := r.IntN(len(runes) - n + 1)
		return told{"", "求扩散：" + string(runes[i:i+n])}
	}},
	{"ANOTHER PLACE", func(r *rand.Rand, p told) told { // is another matter: none should be found
		name := placeName.FindStringSubmatch(p.Title)
		if name == nil || !strings.Contains(p.Text, name[1]) {
			return told{}
		}
		other := strange(r, 2)
		return told{strings.ReplaceAll(p.Title, name[1], other), strings.ReplaceAll(p.Text, name[1], other)}
	}},
}

// BenchmarkRecall shows how many posts are found when they are told again, beside a
// SimHash of 64 bits that may differ in three: by the index among all posts, by SimHash
// from the post itself.
func BenchmarkRecall(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	posts := benchPosts(b, r)
	for b.Loop() {
		recall(b, r, posts)
	}
}

func recall(b *testing.B, r *rand.Rand, posts []told) {
	x, held := NewIndex(), make([]Sketch, len(posts))
	twice := 0
	for i, p := range posts {
		held[i] = SketchOf(p.Title, p.Text)
		if id, _ := x.Find(held[i]); id != "" {
			twice++
		}
		x.Add(fmt.Sprint(i), held[i])
	}
	b.Logf("%d of %d posts tell what an earlier one told", twice, len(posts))
	for _, c := range changes {
		all, found, astray, simhash := 0, 0, 0, 0
		for i, p := range posts {
			if n := utf8.RuneCountInString(p.Text); n < 50 {
				continue
			}
			again := c.make(r, p)
			if again.Text == "" {
				continue
			}
			all++
			switch id, _ := x.Find(SketchOf(again.Title, again.Text)); {
			case id == "":
			case id == fmt.Sprint(i), toldBy(x, id, held[i], again):
				found++
			default:
				astray++
			}
			if bits.OnesCount64(simHash(p)^simHash(again)) <= 3 {
				simhash++
			}
		}
		share := func(n int) float64 { return 100 * float64(n) / float64(max(all, 1)) }
		b.Logf("%-17s %5d posts: found %6.2f%%, another one %.2f%%; SimHash %6.2f%%", c.name, all, share(found), share(astray), share(simhash))
		b.ReportMetric(share(found), strings.ReplaceAll(strings.ReplaceAll(c.name, " ", "-"), ",", "")+"-%")
	}
}

// toldBy tells whether the story found is another telling of the post, or has all of what
// was asked for.
func toldBy(x *Index, id string, post Sketch, again told) bool {
	other := x.stories[x.numbers[id]].sketch
	if _, _, same := other.alike(post); same {
		return true
	}
	share, _, _ := other.alike(SketchOf("", again.Text))
	return share == 1
}

func simHash(p told) (h uint64) {
	var votes [64]int
	for _, s := range hashes(append(folded(nil, p.Title), folded(nil, p.Text)...), shingleRunes) {
		for i, wide := 0, mix(uint64(s)); i < 64; i++ {
			votes[i] += int(wide>>i&1)*2 - 1
		}
	}
	for i, v := range votes {
		if v > 0 {
			h |= 1 << i
		}
	}
	return h
}

// BenchmarkIndex shows what an index of STORIES posts (100,000 if that is not said) takes
// of memory and time.
func BenchmarkIndex(b *testing.B) {
	n, err := strconv.Atoi(cmp.Or(os.Getenv("STORIES"), "100000"))
	if err != nil {
		b.Fatal(err)
	}
	heap := func() float64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc)
	}
	for b.Loop() {
		r := rand.New(rand.NewPCG(2, 2))
		before, x, runes := heap(), NewIndex(), 0
		var adding, finding time.Duration
		var some []told
		for i := range n {
			p := made(r)
			runes += utf8.RuneCountInString(p.Text)
			if i%(n/1000+1) == 0 {
				some = append(some, p)
			}
			begun := time.Now()
			x.Add(IDOf("b", fmt.Sprint(i)), SketchOf(p.Title, p.Text))
			adding += time.Since(begun)
		}
		b.ReportMetric((heap()-before)/float64(n), "B/story")
		b.ReportMetric(float64(runes)/float64(n), "runes/story")
		b.ReportMetric(float64(n)/adding.Seconds(), "adds/s")
		begun := time.Now()
		for _, p := range some {
			if id, _ := x.Find(SketchOf(p.Title, p.Text)); id == "" {
				b.Fatal("a held post was not found")
			}
		}
		finding = time.Since(begun)
		b.ReportMetric(float64(len(some))/finding.Seconds(), "finds/s")
	}
}
