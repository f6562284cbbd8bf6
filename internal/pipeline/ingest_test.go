package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"huiyin/internal/cases"
	"huiyin/internal/journal"
	"huiyin/internal/post"
)

// One reading makes its mention, case, card, records, counts and polling state.
func TestIngest(t *testing.T) {
	d := newDesk(t)
	text := "小区停水了，" + telling(1, "") + "电话13812345678，请回电"
	first, chatter := d.post("论坛", "1", text), d.post("论坛", "2", "今天天气不错，大家出来走走。")
	first.Title = "又停水"
	d.ingest(first, chatter)
	due := time.Date(2026, 11, 24, 17, 30, 0, 0, zone)
	c := d.kase("2026-000001")
	if c.Topic != "供水" || c.Unit != "供水公司" || c.Officer != "王敏" || c.State != cases.Registered || c.Mentions != 1 ||
		!c.Opened.Equal(d.now) || len(c.Steps) != 1 || !c.Steps[0].Due.Equal(due) || c.Steps[0].Why == "" {
		t.Errorf("%+v", c)
	}
	d.view(func(tx *journal.Tx) error {
		m, ok, err := tx.Mention(c.Number, 1)
		if !ok || err != nil {
			t.Fatal(ok, err)
		}
		if m.ID != first.ID || m.Case != c.Number || strings.Contains(m.Text, "13812345678") || !slices.Equal(m.Words, []string{"停水"}) ||
			!slices.Equal(m.Topics, []string{"供水"}) || len(m.Marks) != 2 || !m.Marks[0].InTitle || !m.Published.Equal(first.Published) {
			t.Errorf("%+v", m)
		}
		for _, k := range m.Marks {
			field := m.Text
			if k.InTitle {
				field = m.Title
			}
			if field[k.Start:k.End] != "停水" {
				t.Errorf("mark %+v", k)
			}
		}
		return nil
	})
	if got := d.queued(); !slices.Equal(got, []string{"王敏 2026-000001!"}) {
		t.Errorf("queued %q", got)
	}
	var got []string
	for _, r := range d.ship() {
		switch {
		case r.Event != nil:
			got = append(got, "event "+r.Event.ID())
		case r.Mention != nil:
			got = append(got, "mention "+r.Mention.ID)
		case r.Post != nil:
			got = append(got, fmt.Sprint("post ", r.Post.ID, r.Post.Topics))
		case r.Poll != nil:
			got = append(got, fmt.Sprint("poll ", r.Poll.Source, r.Poll.Read, r.Poll.New, r.Poll.Old, r.Poll.Matched))
		}
	}
	if want := []string{"post " + first.ID + "[供水]", "event 2026-000001/0001", "mention " + first.ID,
		"post " + chatter.ID + "[]", "poll 论坛2 2 0 1"}; !slices.Equal(got, want) {
		t.Errorf("to ship: %q, want %q", got, want)
	}
	state, err := d.p.LoadState(context.Background(), "论坛")
	if err != nil || state.ETag != d.now.String() {
		t.Errorf("state %+v, %v", state, err)
	}
	known, err := d.p.Known(context.Background(), []string{first.ID, chatter.ID, "other"})
	if err != nil || !known[first.ID] || !known[chatter.ID] || len(known) != 2 {
		t.Errorf("known %v, %v", known, err)
	}
}

// Every new post is kept once, also what is about nothing or too old to ring: masked,
// and without its author.
func TestStoredPosts(t *testing.T) {
	d := newDesk(t)
	about, chatter, old := d.post("论坛", "1", telling(1, "停水"+"，家门口又塌陷了")), d.post("论坛", "2", "无事，电话13812345678。"), d.post("论坛", "3", telling(3, "停水"))
	chatter.Title, chatter.Author, chatter.Published = "证件110101199003078515", "张三", time.Time{}
	old.Published = d.now.Add(-100 * time.Hour)
	d.ingest(about, chatter, old)
	d.ingest(about, chatter, old)
	var got []cases.StoredPost
	for _, r := range d.ship() {
		if r.Post != nil {
			got = append(got, *r.Post)
		}
	}
	at := func(p post.Post, title, text string, topics ...string) cases.StoredPost {
		return cases.StoredPost{ID: p.ID, Source: "论坛", Title: title, Text: text, URL: p.URL, Published: p.Published, Seen: p.Seen, Topics: topics}
	}
	want := []cases.StoredPost{
		at(about, "", about.Text, "道路", "供水"), at(chatter, "证件110*************15", "无事，电话138******78。"), at(old, "", old.Text),
	}
	want[1].Topics, want[2].Topics = []string{}, []string{}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestUntitledMention(t *testing.T) {
	d := newDesk(t)
	c := d.open1(1, "停水")
	if want := post.Line(telling(1, "停水"), 30); c.Title != want {
		t.Errorf("title %q, want %q", c.Title, want)
	}
}

func TestSameBatchAgain(t *testing.T) {
	d := newDesk(t)
	b := batch(d.now, d.post("论坛", "1", telling(1, "停水")), d.post("论坛", "2", telling(2, "爆炸")), d.post("论坛", "3", "无事。"))
	d.ok(d.p.Ingest(context.Background(), b))
	before := d.dump()
	for range 2 {
		d.ok(d.p.Ingest(context.Background(), b))
		if diff := cmp.Diff(before, d.dump()); diff != "" {
			t.Fatal(diff)
		}
		d.restart()
	}
	twice := batch(d.now.Add(time.Minute), d.post("论坛", "4", telling(4, "停水")), d.post("论坛", "4", telling(4, "停水")))
	d.ok(d.p.Ingest(context.Background(), twice)) // the same post twice in one batch
	if c := d.kase("2026-000003"); c.Mentions != 1 {
		t.Errorf("%d mentions", c.Mentions)
	}
}

// Whatever fails, nothing of the batch stays, in the file or in the index of stories;
// and the batch that is sent again is taken as if nothing had been.
func TestIngestFails(t *testing.T) {
	far := time.Date(10_000, 1, 1, 0, 0, 0, 0, zone) // no JSON
	for name, spoil := range map[string]func(*desk, *post.Batch) context.Context{
		"a state that cannot be kept": func(_ *desk, b *post.Batch) context.Context { b.State.Next = far; return context.Background() },
		"a poll that cannot be kept":  func(_ *desk, b *post.Batch) context.Context { b.At = far; return context.Background() },
		"a mention that cannot be kept": func(_ *desk, b *post.Batch) context.Context {
			b.Posts[2].Published = far
			return context.Background()
		},
		"a case that cannot be kept": func(_ *desk, b *post.Batch) context.Context {
			b.Posts[2].Seen, b.Posts[2].Published = far, far
			return context.Background()
		},
		"a closed journal": func(d *desk, _ *post.Batch) context.Context { d.j.Close(); return context.Background() },
		"an ended context": func(*desk, *post.Batch) context.Context {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			return ctx
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.open1(1, "停水")
			before, stories := d.dump(), d.p.stories.same.Len()
			posts := []post.Post{d.post("论坛", "2", telling(2, "停水")), d.post("论坛", "3", telling(1, "停水")), d.post("论坛", "4", telling(4, "爆炸"))}
			bad := batch(d.now, slices.Clone(posts)...)
			if err := d.p.Ingest(spoil(d, &bad), bad); err == nil {
				t.Fatal("no error")
			}
			if diff := cmp.Diff(before, d.dump()); diff != "" {
				t.Errorf("it left %s", diff)
			}
			if n := d.p.stories.same.Len(); n != stories {
				t.Errorf("%d stories in the index, were %d", n, stories)
			}
			d.ingest(posts...)
			var got []string
			for _, c := range d.cases() {
				got = append(got, fmt.Sprint(c.Number, " ", c.Mentions))
			}
			if want := []string{"2026-000001 2", "2026-000002 1", "2026-000003 1"}; !slices.Equal(got, want) {
				t.Errorf("cases %q, want %q", got, want)
			}
		})
	}
}

// One post that is not fit does not hold up the others.
func TestUnfitPost(t *testing.T) {
	d := newDesk(t)
	bad := d.post("论坛", "1", telling(1, "停水"))
	bad.ID = "made up"
	d.ingest(bad, d.post("论坛", "2", telling(2, "停水")))
	if all := d.cases(); len(all) != 1 || all[0].Post != post.IDOf("论坛", "2") {
		t.Errorf("%+v", all)
	}
}

// Reposts join their case in silence: in one batch, over batches, from elsewhere and
// after reopening; ten of them are one edit.
func TestReposts(t *testing.T) {
	d := newDesk(t)
	d.bind("王敏", 1)
	text := telling(1, "停水")
	d.ingest(d.post("论坛", "1", text), d.post("论坛", "2", "转发："+text))
	if sent := d.drain(); len(sent) != 2 || sent[1].View.Mentions != 2 { // the welcome and the card
		t.Fatalf("%+v", sent)
	}
	for i := range 5 {
		d.ingest(d.post("微博", fmt.Sprint(i), text+"！"))
	}
	d.restart()
	for i := range 5 {
		d.ingest(d.post("贴吧", fmt.Sprint(i), text))
	}
	if got := d.queued(); !slices.Equal(got, []string{"王敏 2026-000001"}) {
		t.Errorf("queued %q", got)
	}
	sent := d.drain()
	if len(sent) != 1 || sent[0].Message == 0 || sent[0].View.Mentions != 12 {
		t.Fatalf("%+v", sent)
	}
	c := d.kase("2026-000001")
	want := []cases.SourceCount{{Source: "论坛", Count: 2}, {Source: "微博", Count: 5}, {Source: "贴吧", Count: 5}}
	if diff := cmp.Diff(want, c.Sources); diff != "" || c.Shown["王敏"] != 12 || len(d.cases()) != 1 {
		t.Errorf("%s; shown %v", diff, c.Shown)
	}
	d.view(func(tx *journal.Tx) error {
		for no := 1; no <= 12; no++ {
			if m, ok, err := tx.Mention(c.Number, no); !ok || err != nil || m.No != no || m.Case != c.Number {
				t.Errorf("mention %d: %+v, %v", no, m, err)
			}
		}
		return nil
	})
	d.now = d.now.Add(journal.KeepStories + time.Hour) // forgotten: the same again is a new matter
	d.ok(d.p.Prune())
	if d.p.stories.same.Len() != 0 {
		t.Errorf("%d stories in the index", d.p.stories.same.Len())
	}
	if c := d.open1(1, "停水"); c.Number != "2026-000002" {
		t.Errorf("it joined %s", c.Number)
	}
}

func TestOldPostsDoNotRing(t *testing.T) {
	for name, c := range map[string]struct {
		maxAge, age time.Duration
		unknown     bool
		rings       bool
	}{
		"fresh":           {maxAge: 72 * time.Hour, age: 72 * time.Hour, rings: true},
		"old":             {maxAge: 72 * time.Hour, age: 72*time.Hour + 1},
		"no limit":        {age: 1000 * time.Hour, rings: true},
		"time not given":  {maxAge: time.Hour, unknown: true, rings: true},
		"from the future": {maxAge: time.Hour, age: -time.Hour, rings: true},
	} {
		d := newDesk(t)
		d.office.MaxAge = c.maxAge
		d.restart()
		ps := d.post("论坛", "1", telling(1, "停水"))
		ps.Published = d.now.Add(-c.age)
		if c.unknown {
			ps.Published = time.Time{}
		}
		d.ingest(ps)
		if got := len(d.queue()) == 1 && len(d.cases()) == 1; got != c.rings {
			t.Errorf("%s: rings %v", name, got)
		}
		for _, r := range d.ship() {
			if r.Poll != nil && (r.Poll.New != 1 || (r.Poll.Old == 0) != c.rings) {
				t.Errorf("%s: %+v", name, *r.Poll)
			}
		}
		d.view(func(tx *journal.Tx) error {
			if !tx.Seen(ps.ID) {
				t.Errorf("%s: it is not remembered", name)
			}
			return nil
		})
	}
}

func TestWhoAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		text        string
		edit        func(*Office)
		topic, unit string
		officer     string
		urgent      bool
	}{
		"the topic's own unit":              {text: "停水", topic: "供水", unit: "供水公司", officer: "王敏"},
		"the configuration goes before it":  {text: "扬尘", topic: "工地", unit: "住建局", officer: "赵刚"},
		"its unit is not there: the others": {text: "噪音", topic: "噪音", unit: "应急局", officer: "钱伟"},
		"it names none: the others":         {text: "爆炸", topic: "险情", unit: "应急局", officer: "钱伟"},
		"nobody for the others": {text: "爆炸", edit: func(o *Office) { o.Topics = nil },
			topic: "险情", unit: "供水公司", officer: "王敏"},
		"the configured unit is not there": {text: "停水", edit: func(o *Office) { o.Topics["供水"] = "不存在" },
			topic: "供水", unit: "供水公司", officer: "王敏"},
		"the most urgent first":   {text: "停水，水压，扬尘，塌陷，爆炸", topic: "险情", unit: "应急局", officer: "钱伟"},
		"though another has more": {text: "停水，塌陷，水压", topic: "道路", unit: "城管局", officer: "孙丽"},
		"then the one with more":  {text: "停水，扬尘，扬尘", topic: "工地", unit: "住建局", officer: "赵刚"},
		"as many: the first one":  {text: "扬尘，停水", topic: "供水", unit: "供水公司", officer: "王敏"},
		"other words for another": {text: "噪音，扬尘", topic: "工地", unit: "住建局", officer: "赵刚"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			if c.edit != nil {
				c.edit(&d.office)
				d.restart()
			}
			got := d.open1(1, c.text)
			if got.Topic != c.topic || got.Unit != c.unit || got.Officer != c.officer {
				t.Errorf("%s, %s, %s", got.Topic, got.Unit, got.Officer)
			}
			d.view(func(tx *journal.Tx) error {
				if m, _, _ := tx.Mention(got.Number, 1); m.Topics[0] != c.topic || len(m.Topics) > 1 && slices.Contains(m.Topics[1:], c.topic) {
					t.Errorf("topics %v", m.Topics)
				}
				return nil
			})
		})
	}
}

func TestCaseNumbersFollowTheYear(t *testing.T) {
	d := newDesk(t)
	d.now = time.Date(2026, 12, 31, 23, 59, 0, 0, zone)
	d.open1(1, "停水")
	d.now = time.Date(2026, 12, 31, 16, 1, 0, 0, time.UTC) // a minute past midnight in the office
	if c := d.open1(2, "停水"); c.Number != "2027-000001" {
		t.Errorf("%s", c.Number)
	}
}

// No phone number stands in anything that is kept or queued, whoever wrote it where.
// (What a source or an officer gives as a web address stays as it is.)
func TestMasking(t *testing.T) {
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		d := deskIn(rt, folder(dir, n))
		defer d.j.Close()
		d.bind("王敏", 1)
		var numbers []string
		number := func() string {
			s := rapid.StringMatching(`1[3-9][0-9]{9}`).Draw(rt, "number")
			numbers = append(numbers, s)
			return rapid.SampledFrom([]string{"", "电话", "+86 ", "：", "tel:"}).Draw(rt, "before") + s +
				rapid.SampledFrom([]string{"", "。", "，谢谢", "\n", " 张先生"}).Draw(rt, "after")
		}
		var posts []post.Post
		for i := range rapid.IntRange(1, 3).Draw(rt, "posts") {
			ps := d.post("论坛", fmt.Sprint(i), telling(rapid.IntRange(0, 1).Draw(rt, "story"), "停水")+number())
			ps.Title = rapid.SampledFrom([]string{"", "停水" + number()}).Draw(rt, "title")
			posts = append(posts, ps)
		}
		b := batch(d.now, posts...)
		b.State.Waiting = []post.Waiting{{Post: d.post("论坛", "9", number())}}
		b.State.Waiting[0].Post.Author = "张三" + number()
		d.ok(d.p.Ingest(context.Background(), b))
		if !strings.Contains(b.State.Waiting[0].Post.Text, numbers[len(numbers)-2]) {
			rt.Fatalf("the poller's own state was changed")
		}
		for _, o := range d.queue() {
			parcel, ok, err := d.p.Begin(o.Seq)
			if err != nil || !ok {
				continue
			}
			shown := fmt.Sprintf("%+v", parcel)
			for _, s := range numbers {
				if strings.Contains(shown, s) {
					rt.Fatalf("%s is sent: %s", s, shown)
				}
			}
		}
		d.ok(d.answer(d.by("王敏", "2026-000001"), "", "已电话答复"+number()))
		for k, v := range d.dump() {
			for _, s := range append(numbers, "张三", "某人") {
				if strings.Contains(v, s) {
					rt.Fatalf("%s stands in %q: %s", s, k, v)
				}
			}
		}
	})
}

// One that quotes an old complaint to tell of something graver is a matter of its own.
func TestQuotedComplaintWithAnotherTopic(t *testing.T) {
	d := newDesk(t)
	d.ingest(d.post("论坛", "1", telling(1, "停水")))
	d.ingest(d.post("论坛", "2", "转发 "+telling(1, "停水")+"另外，三号楼刚才爆炸了。"))
	d.ingest(d.post("论坛", "3", "转发 "+telling(1, "停水")))
	all := d.cases()
	if len(all) != 2 || all[0].Topic == all[1].Topic || all[0].Mentions != 2 || all[1].Mentions != 1 ||
		!slices.Equal(all[1].Alike, []string{all[0].Number}) || len(all[0].Alike) != 0 {
		t.Errorf("%+v", all)
	}
}
