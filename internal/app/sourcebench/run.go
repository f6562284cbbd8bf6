package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"time"
)

// run is one measurement from beginning to end.
type run struct {
	options
	sites       *sites
	ours, plain *child
	out         io.Writer
	stages      []stage // of ours, before it polled
	rows        []row
	steady      figures // while the delays were measured
}

// row is what one kind of poll took.
type row struct {
	name  string
	ours  figures
	plain []figures // with one worker, and with as many as there are cores; empty for the first reading
}

// phases are the kinds of poll, after the first reading.
var phases = []struct {
	name string
	mode int32
}{
	{"unchanged, answered with 304", withTags},
	{"unchanged, sent whole", withoutTags},
	{"changed: one item more", growing},
}

// settle is until the first polls of a new schedule are past.
const settle = 2 * time.Second

func (b *run) measure(ctx context.Context) error {
	b.introduce()
	b.sites.mode.Store(atFirst)
	first, err := b.ours.ask(order{Do: readAll})
	if err != nil {
		return err
	}
	fmt.Fprintf(b.out, "A feed is %d bytes long.\n\n%s", b.sites.sent.Load()/max(b.sites.full.Load(), 1), head)
	b.tell(row{"first reading", first.Figures, nil})
	for _, p := range phases {
		ours, plain, err := b.phase(ctx, p.mode)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		b.tell(row{p.name, ours, plain})
	}
	fmt.Fprint(b.out, notes)
	if err := b.delays(ctx); err != nil {
		return err
	}
	b.memory()
	return nil
}

// phase measures one kind of poll: ours, and the plain loop with one worker and with
// as many as there are cores.
func (b *run) phase(ctx context.Context, mode int32) (ours figures, plain []figures, err error) {
	b.sites.mode.Store(mode)
	if _, err := b.ours.ask(order{Do: poll, Every: readingAll}); err != nil {
		return ours, nil, err
	}
	if err := wait(ctx, min(settle, b.stretch)); err != nil {
		return ours, nil, err
	}
	r, err := b.ours.ask(order{Do: measure, For: b.stretch})
	if err != nil {
		return ours, nil, err
	}
	if _, err := b.ours.ask(order{Do: rest}); err != nil {
		return ours, nil, err
	}
	for _, workers := range []int{1, b.cores} {
		p, err := b.plain.ask(order{Do: measure, For: b.stretch / 2, Workers: workers})
		if err != nil {
			return ours, nil, err
		}
		plain = append(plain, p.Figures)
	}
	return r.Figures, plain, nil
}

// delays has people complain on feeds that are polled steadily, and says how long it
// took until that was a mention.
func (b *run) delays(ctx context.Context) error {
	b.sites.mode.Store(withTags)
	if _, err := b.ours.ask(order{Do: poll, Every: b.every}); err != nil {
		return err
	}
	if err := wait(ctx, b.every*9/8); err != nil { // what had changed before is read
		return err
	}
	if _, err := b.ours.ask(order{Do: tellPosts}); err != nil {
		return err
	}
	posted := make(map[string]time.Time)
	span := b.every
	done := make(chan error, 1)
	go func() { done <- b.complain(ctx, span, posted) }()
	r, err := b.ours.ask(order{Do: measure, For: span})
	if err != nil {
		return err
	}
	if err := <-done; err != nil {
		return err
	}
	var found []sighting
	var mentions map[string]bool
	for deadline := time.Now().Add(2*b.every + 30*time.Second); ; {
		told, err := b.ours.ask(order{Do: tellPosts})
		if err != nil {
			return err
		}
		found, mentions = append(found, told.Seen...), told.Mentions
		if len(found) >= len(posted) && len(mentions) >= len(posted) || time.Now().After(deadline) {
			break
		}
		if err := wait(ctx, time.Second/4); err != nil {
			return err
		}
	}
	b.steady = r.Figures
	return b.tellDelays(r.Figures, posted, found, mentions)
}

// complain has people write at random moments of span, at random sites.
func (b *run) complain(ctx context.Context, span time.Duration, posted map[string]time.Time) error {
	r := rand.New(rand.NewPCG(b.seed, 2))
	begin := time.Now()
	moments := make([]time.Duration, b.posts)
	for i := range moments {
		moments[i] = time.Duration(r.Int64N(int64(span)))
	}
	slices.Sort(moments)
	for _, m := range moments {
		if err := wait(ctx, time.Until(begin.Add(m))); err != nil {
			return err
		}
		at, url := b.sites.post(r.IntN(b.feeds), complaint(r))
		posted[url] = at
	}
	return nil
}

// wait waits, or returns the error of ctx.
func wait(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
