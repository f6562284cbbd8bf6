package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"
)

// Whoever reads the feeds does so in a process of its own, so that its CPU time and its
// memory are nobody else's. It is told what to do, and answers, in JSON: one object each.

// The two that read, as the program's first argument.
const (
	oursName  = "read-as-huiyin"
	plainName = "read-in-a-plain-loop"
)

// setup is what a child is told first; it answers with an empty reply, or Stages.
type setup struct {
	Feeds, Port, Cores int
	Dir                string // for the journal
	Profile            string // a folder for profiles of ours; none when empty
}

// What a child can be told to do.
const (
	readAll    = "read all"  // ours: poll each source once
	poll       = "poll"      // ours: poll from now on, each source Every
	rest       = "rest"      // ours: stop polling
	measure    = "measure"   // for a time; the plain loop reads only while it is measured
	tellPosts  = "posts"     // ours: what was committed
	readingAll = time.Second // how often ours polls while it is measured what it can: always, as it cannot be so fast
)

type order struct {
	Do         string
	Every, For time.Duration
	Workers    int // of the plain loop
}

type reply struct {
	Err      string
	Stages   []stage
	Figures  figures
	Seen     []sighting
	Mentions map[string]bool
}

// child is a process that reads feeds.
type child struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *json.Decoder
}

func start(ctx context.Context, name string, s setup) (*child, reply, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, reply{}, err
	}
	c := &child{cmd: exec.CommandContext(ctx, exe, name)}
	c.cmd.Stderr = os.Stderr
	in, err1 := c.cmd.StdinPipe()
	out, err2 := c.cmd.StdoutPipe()
	if err := errors.Join(err1, err2, c.cmd.Start()); err != nil {
		return nil, reply{}, err
	}
	c.in, c.out = in, json.NewDecoder(out)
	r, err := c.ask(s)
	if err != nil {
		return nil, reply{}, errors.Join(err, c.end())
	}
	return c, r, nil
}

// ask tells the child what to do and waits until it is done.
func (c *child) ask(what any) (r reply, err error) {
	if err := json.NewEncoder(c.in).Encode(what); err != nil {
		return r, err
	}
	if err := c.out.Decode(&r); err != nil {
		return r, fmt.Errorf("the reading process has ended: %w", err)
	}
	if r.Err != "" {
		return r, errors.New(r.Err)
	}
	return r, nil
}

// end ends the child and waits for it.
func (c *child) end() error { return errors.Join(c.in.Close(), c.cmd.Wait()) }

// beChild is what the child's process does, until in ends.
func beChild(name string, in io.Reader, out io.Writer) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	orders, replies := json.NewDecoder(in), json.NewEncoder(out)
	var s setup
	if err := orders.Decode(&s); err != nil {
		return err
	}
	runtime.GOMAXPROCS(s.Cores)
	do := plain(s)
	var first reply
	if name == oursName {
		o, err := openOurs(ctx, s.Dir, s.Feeds, s.Port)
		if err != nil {
			return err
		}
		defer func() { _ = o.close() }() // the parent throws the journal away
		do, first.Stages = o.do, o.stages
		if s.Profile != "" {
			stop, err := profile(s.Profile)
			if err != nil {
				return err
			}
			defer stop()
			o.profile = s.Profile
		}
	}
	if err := replies.Encode(first); err != nil {
		return err
	}
	todo := make(chan order)
	ended := make(chan error, 1)
	go func() { // also while an order is carried out: when nobody is left to ask, that is over
		defer cancel()
		for {
			var what order
			if err := orders.Decode(&what); err != nil {
				ended <- err
				return
			}
			todo <- what
		}
	}()
	for {
		select {
		case err := <-ended:
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		case what := <-todo:
			r, err := do(ctx, what)
			if err != nil {
				r.Err = err.Error()
			}
			if err := replies.Encode(r); err != nil {
				return err
			}
		}
	}
}

// do carries out an order.
func (o *ours) do(ctx context.Context, what order) (r reply, err error) {
	switch what.Do {
	case readAll:
		if err := o.every(ctx, readingAll); err != nil {
			return r, err
		}
		r.Figures, err = measured(o.all(ctx), o.count)
	case poll:
		err = o.every(ctx, what.Every)
	case rest:
		o.stop()
	case measure:
		ctx, cancel := context.WithTimeout(ctx, what.For)
		defer cancel()
		r.Figures, err = measured(ctx.Done(), o.count)
	case tellPosts:
		r.Seen, r.Mentions, err = o.sightings()
	default:
		err = fmt.Errorf("no such order: %s", what.Do)
	}
	if o.profile != "" && err == nil && r.Figures.Polls > 0 {
		o.profiles++ // while the polling goes on
		err = heapProfile(filepath.Join(o.profile, fmt.Sprintf("heap%d.pprof", o.profiles)))
	}
	return r, err
}
