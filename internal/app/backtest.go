package app

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/config"
	"huiyin/internal/match"
	"huiyin/internal/post"
)

// Trial is what `huiyin backtest` was asked.
type Trial struct {
	Files   []string // topic files to try; none: the configured topics
	Days    int      // how far back in the stored posts
	Posts   string   // read posts from this file instead, one JSON object to a line; "-": standard input
	Samples int      // how many posts to show for each topic
	Seed    uint64   // which ones: another number draws others
}

// judgedPost is a post and the topics that fire on it by the rules now in force; nil
// where they are those on the disk, and it was not matched yet.
type judgedPost struct {
	post.Post
	now []string
}

// Backtest tries topics on posts that were read before: how many they would have
// matched, on which days, some of them, and what that changes.
func Backtest(ctx context.Context, cfg *config.Config, t Trial, in io.Reader, out io.Writer) error {
	if t.Samples < 0 || t.Samples > 100 {
		return errors.New("例子的个数（-samples）应当在 0 与 100 之间")
	}
	r, err := readRules(cfg)
	if err != nil {
		return err
	}
	topics, err := readFiles(t.Files, r.lists) // before the dictionary, which takes a second
	if err != nil {
		return err
	}
	onDisk, err := r.compile(cfg)
	if err != nil {
		return err
	}
	tried := onDisk
	if len(topics) > 0 {
		if tried, err = match.Compile(topics, r.lists, onDisk.Segmenter()); err != nil {
			return err
		}
	}
	sum := newTally(tried, t, cfg.Timezone)
	var failed error
	var mu sync.Mutex
	fail := func(p post.Post, r any) {
		mu.Lock()
		defer mu.Unlock()
		failed = fmt.Errorf("查 %s 时程序出错：%v", p.URL, r)
	}
	take := func(batch []judgedPost) {
		posts := make([]post.Post, len(batch))
		for i := range batch {
			posts[i] = batch[i].Post
		}
		hits := tried.MatchAll(posts, fail)
		now := hits
		if len(batch) > 0 && batch[0].now == nil && tried != onDisk {
			now = onDisk.MatchAll(posts, fail)
		}
		for i := range batch {
			if batch[i].now == nil {
				batch[i].now = topicNames(now[i])
			}
			sum.add(batch[i], hits[i])
		}
	}
	if err := eachJudged(ctx, cfg, t, in, take); err != nil {
		return err
	}
	if failed != nil {
		return failed
	}
	_, err = io.WriteString(out, sum.String())
	return err
}

// readFiles reads the topics of some files.
func readFiles(files []string, lists match.Lists) ([]match.Topic, error) {
	var topics []match.Topic
	for _, file := range files {
		dir, name := filepath.Split(file)
		dir = cmp.Or(dir, ".")
		more, err := match.LoadTopics(oneFile{os.DirFS(dir), name}, lists)
		if problems, err := located(dir, err); err != nil {
			return nil, err
		} else if len(problems) > 0 {
			return nil, problems
		}
		if len(more) == 0 {
			return nil, fmt.Errorf("%s 里没有专题，文件名要以 .yaml 结尾", file)
		}
		for _, topic := range more {
			if slices.ContainsFunc(topics, func(t match.Topic) bool { return t.Name == topic.Name }) {
				return nil, fmt.Errorf("专题“%s”在两个文件里都有，请只留一个", topic.Name)
			}
			topics = append(topics, topic)
		}
	}
	return topics, nil
}

// batchSize is how many posts are matched at once, and kept in memory.
const batchSize = 1000

// eachJudged hands on the posts of a trial in batches.
func eachJudged(ctx context.Context, cfg *config.Config, t Trial, in io.Reader, take func([]judgedPost)) error {
	var batch []judgedPost
	add := func(p judgedPost) error {
		if batch = append(batch, p); len(batch) == batchSize {
			take(batch)
			batch = batch[:0]
		}
		return ctx.Err()
	}
	var err error
	if t.Posts != "" {
		err = eachLine(t.Posts, in, cfg.Timezone, func(p post.Post) error { return add(judgedPost{Post: p}) })
	} else {
		err = StoredPosts(ctx, cfg, t.Days, func(p KeptPost) error { return add(judgedPost{asPost(p.StoredPost), p.InForce}) })
	}
	if err == nil {
		take(batch)
	}
	return err
}

func topicNames(hits []match.Hit) []string {
	names := make([]string, len(hits))
	for i, h := range hits {
		names[i] = h.Topic.Name
	}
	return names
}

// maxLine is how long a line of posts may be, in bytes.
const maxLine = 1 << 20

// eachLine reads posts from a file, one JSON object to a line: title, text, and if
// known source, url, time.
func eachLine(file string, in io.Reader, zone *time.Location, f func(post.Post) error) error {
	if file != "-" {
		r, err := OpenFile(file)
		if err != nil {
			return err
		}
		defer r.Close()
		in = r
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxLine)
	n := 0
	for lines.Scan() {
		n++
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		var l struct{ Title, Text, Source, URL, Time string }
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			return fmt.Errorf("%s 第 %d 行不是一个 JSON 对象（要有 title、text）：%w", file, n, err)
		}
		p := post.Post{Title: l.Title, Text: l.Text, Source: l.Source, URL: l.URL}
		for _, layout := range []string{time.RFC3339, time.DateTime, "2006-01-02 15:04", time.DateOnly, "2006/1/2 15:04:05", "2006/1/2 15:04", "2006/1/2"} {
			if at, err := time.ParseInLocation(layout, strings.TrimSpace(l.Time), zone); err == nil {
				p.Seen = at
				break
			}
		}
		if err := f(p); err != nil {
			return err
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return fmt.Errorf("%s 第 %d 行超过 1 MB", file, n+1)
	}
	return lines.Err()
}

// asPost is a stored post as the matcher takes it: without its author, who is not kept.
func asPost(p cases.StoredPost) post.Post {
	return post.Post{ID: p.ID, Source: p.Source, Title: p.Title, Text: p.Text, URL: p.URL, Published: p.Published, Seen: p.Seen}
}

// has tells whether a topic is among those that fire now.
func (p judgedPost) has(topic string) bool { return slices.Contains(p.now, topic) }
