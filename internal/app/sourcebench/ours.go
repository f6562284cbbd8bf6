package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"huiyin/alerts"
	"huiyin/dict"
	"huiyin/internal/app"
	"huiyin/internal/fetch"
	"huiyin/internal/journal"
	"huiyin/internal/match"
	"huiyin/internal/pipeline"
	"huiyin/internal/post"
	"huiyin/internal/source"
	"huiyin/internal/workday"
)

// ours is Huiyin from the socket to the journal, put together as internal/app does it.
// ClickHouse is away: what is queued for it is thrown away, see ship.
type ours struct {
	stages   []stage
	sources  []source.Config
	fetcher  *fetch.Client
	journal  *journal.Journal
	pipeline *pipeline.Pipeline
	log      *slog.Logger

	mu       sync.Mutex
	figures  figures         // Polls, Same, Posts and Failed so far
	read     map[string]bool // sources that were read at all
	seen     []sighting
	mentions map[string]bool // by the post's address
	shipErr  error

	stop     func() // ends the polling that runs
	profile  string // folder for profiles of the heap, as many as there are
	profiles int
}

// stage is what was resident when a part of the program had been made.
type stage struct {
	Name string
	memory
}

// sighting is a post that was committed.
type sighting struct {
	URL             string
	Poll, Committed time.Time // when the poll began that found it; when its transaction was over
}

// openOurs makes all but the polling. Before each look at the memory, what is garbage
// goes back to the system, so that nothing made later can hide in it.
func openOurs(ctx context.Context, dir string, n, port int) (*ours, error) {
	o := &ours{read: map[string]bool{}, mentions: map[string]bool{}, stop: func() {}}
	app.Thrifty()
	o.log = slog.New(slog.NewTextHandler(io.Discard, nil)) // written as ever, and to nowhere
	set, err := o.loadTopics()
	if err != nil {
		return nil, err
	}
	if o.journal, err = journal.Open(filepath.Join(dir, "journal.db")); err != nil {
		return nil, err
	}
	hours, err := workday.ParseHours([]string{"09:00-12:00", "13:30-17:30"})
	if err != nil {
		return nil, err
	}
	calendar, err := workday.New(time.FixedZone("Asia/Shanghai", 8*60*60), hours)
	if err != nil {
		return nil, err
	}
	o.pipeline, err = pipeline.New(pipeline.Options{
		Journal: o.journal, Topics: set, Calendar: calendar, Log: o.log, Now: time.Now,
		Office: pipeline.Office{
			Units: []pipeline.Unit{{Name: "政务办", A: "王敏", B: "李强"}}, Topics: map[string]string{"*": "政务办"},
			MaxAge: 168 * time.Hour, Storm: 5,
		},
	})
	if err != nil {
		return nil, err
	}
	var hosts []string
	for i := range n {
		hosts = append(hosts, hostOf(i))
		o.sources = append(o.sources, source.Config{Name: fmt.Sprintf("论坛%05d", i), Kind: source.KindFeed, URL: feedURL(i, port)})
	}
	o.fetcher = fetch.New(fetch.Options{HostGap: time.Second, AllowHosts: hosts, Log: o.log})
	wake := o.pipeline.Wakes()
	go func() { o.fail(o.ship(ctx, wake)) }()
	return o, o.stage("with the journal and the list of sources")
}

// loadTopics loads the shipped topics, after the segmenter.
func (o *ours) loadTopics() (*match.Set, error) {
	if err := o.stage("the program alone"); err != nil {
		return nil, err
	}
	lists, err := match.LoadLists(dict.Files)
	if err != nil {
		return nil, err
	}
	segmenter, err := match.NewSegmenter(lists.Extra())
	if err := errors.Join(err, o.stage("with the segmenter")); err != nil {
		return nil, err
	}
	topics, err := match.LoadTopics(alerts.Files, lists)
	if err != nil {
		return nil, err
	}
	set, err := match.Compile(topics, lists, segmenter)
	return set, errors.Join(err, o.stage("with the topics"))
}

// stage notes what is resident once this much of the program is there.
func (o *ours) stage(name string) error {
	debug.FreeOSMemory()
	m, err := resident()
	o.stages = append(o.stages, stage{name, m})
	return err
}

// every polls each source as often as that, or as often as it goes.
func (o *ours) every(ctx context.Context, d time.Duration) error {
	o.stop()
	list := append([]source.Config(nil), o.sources...)
	for i := range list {
		list[i].Floor, list[i].Ceiling = d, d
	}
	p, err := source.NewPoller(source.Options{Client: counting{o}, Known: o.pipeline, States: o.pipeline, Sink: o, Sources: list, Log: o.log})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p.Run(ctx)
	}()
	o.stop = func() {
		cancel()
		<-ended
	}
	return nil
}

// counting fetches pages and counts them.
type counting struct{ *ours }

// Get implements source.Getter.
func (c counting) Get(ctx context.Context, req fetch.Request) (*fetch.Response, error) {
	resp, err := c.fetcher.Get(ctx, req)
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case ctx.Err() != nil:
	case err != nil:
		c.figures.Failed++
	default:
		c.figures.Polls++
		if resp.NotModified {
			c.figures.Same++
		}
	}
	return resp, err
}

// Ingest implements source.Sink.
func (o *ours) Ingest(ctx context.Context, b post.Batch) error {
	err := o.pipeline.Ingest(ctx, b)
	committed := time.Now()
	if err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.figures.Posts += int64(len(b.Posts))
	if b.State.Failures > 0 {
		return nil
	}
	if !o.read[b.Source] {
		o.read[b.Source] = true
		return nil
	}
	for _, p := range b.Posts {
		o.seen = append(o.seen, sighting{p.URL, b.At, committed})
	}
	return nil
}

// shipTakes is about what ClickHouse takes to confirm a shipment.
const shipTakes = 50 * time.Millisecond

// ship empties the queue for ClickHouse as the warehouse does, and notes which posts
// are mentions.
func (o *ours) ship(ctx context.Context, wake <-chan struct{}) error {
	for {
		s, err := o.journal.Seal(1000)
		if err != nil {
			return err
		}
		if len(s.Records) == 0 {
			select {
			case <-wake:
				continue
			case <-ctx.Done():
				return nil
			}
		}
		select {
		case <-time.After(shipTakes):
		case <-ctx.Done():
			return nil
		}
		o.mu.Lock()
		for _, r := range s.Records {
			if r.Mention != nil {
				o.mentions[r.Mention.URL] = true
			}
		}
		o.mu.Unlock()
		if err := o.journal.Shipped(s.ID); err != nil {
			return err
		}
	}
}

func (o *ours) fail(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.shipErr = err
}

// count is what was polled so far.
func (o *ours) count() figures {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.figures
}

// all is closed when every source has been read once, or ctx is done.
func (o *ours) all(ctx context.Context) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for ctx.Err() == nil {
			o.mu.Lock()
			n := len(o.read)
			o.mu.Unlock()
			if n == len(o.sources) {
				return
			}
			time.Sleep(sampleEvery)
		}
	}()
	return done
}

// sightings are the posts committed since it was last asked, and which of all posts
// are known to be mentions.
func (o *ours) sightings() (seen []sighting, mentions map[string]bool, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	seen, o.seen = o.seen, nil
	mentions = make(map[string]bool, len(o.mentions))
	for url := range o.mentions {
		mentions[url] = true
	}
	return seen, mentions, o.shipErr
}

func (o *ours) close() error {
	o.stop()
	o.fetcher.Close()
	return o.journal.Close()
}
