// Command sourcebench measures how many feeds the program can watch: make
// bench-sources. Thousands of feeds are served over HTTP on loopback addresses, one
// host each, and read twice: by the program's own parts, from the socket to the
// journal's commit, and by gofeed in a plain loop. It is a measurement, no part of
// the program.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) == 2 && (os.Args[1] == oursName || os.Args[1] == plainName) {
		if err := beChild(os.Args[1], os.Stdin, os.Stdout); err != nil {
			log.Fatal(err)
		}
		return
	}
	var o options
	flag.IntVar(&o.feeds, "feeds", 10_000, "how many feeds, each on a host of its own")
	flag.IntVar(&o.items, "items", 100, "items that each shows")
	flag.IntVar(&o.cores, "cores", 2, "that the reading process may use")
	flag.DurationVar(&o.stretch, "stretch", 6*time.Second, "how long each kind of poll is measured")
	flag.DurationVar(&o.every, "every", 20*time.Second, "between two polls of a feed, while the delay of posts is measured")
	flag.IntVar(&o.posts, "posts", 500, "posts whose delay is measured")
	flag.Uint64Var(&o.seed, "seed", 1, "of what is written, where and when")
	flag.StringVar(&o.profile, "profile", "", "a folder, to write profiles of the program's own process to: cpu.pprof, and heap1.pprof and so on for each row")
	flag.Parse()
	if o.feeds < 1 || o.feeds > 1<<20 || o.items < 1 || o.cores < 1 || o.posts < 1 || o.stretch <= 0 || o.every < time.Second {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if _, err := bench(ctx, o, os.Stdout); err != nil {
		stop()
		log.Fatal(err)
	}
}

// options say how much is measured.
type options struct {
	feeds, items, cores, posts int
	stretch, every             time.Duration
	seed                       uint64
	profile                    string
}

// bench measures and writes as it goes. What it returns besides an error is complete
// only without one.
func bench(ctx context.Context, o options, out io.Writer) (*run, error) {
	began := time.Now()
	dir, err := os.MkdirTemp("", "sourcebench")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	s, err := listen(o.feeds, o.items, o.seed)
	if err != nil {
		return nil, err
	}
	b := &run{options: o, sites: s, out: out}
	to := setup{Feeds: o.feeds, Port: s.port, Cores: o.cores, Dir: dir, Profile: o.profile}
	ours, first, err := start(ctx, oursName, to)
	if err != nil {
		return b, err
	}
	b.ours, b.stages = ours, first.Stages
	plain, _, err := start(ctx, plainName, to)
	if err != nil {
		return b, errors.Join(err, ours.end())
	}
	b.plain = plain
	err = b.measure(ctx)
	if err := errors.Join(err, ours.end(), plain.end()); err != nil {
		return b, err
	}
	fmt.Fprintf(out, "\nIt took %s.\n", time.Since(began).Round(time.Second))
	return b, nil
}
