package main

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

const mb = 1 << 20

// goal is how much may be resident beside the segmenter.
const goal = 200 * mb

func (b *run) introduce() {
	fmt.Fprintf(b.out, `%d feeds of %d items, each on a host of its own (127.x.y.z), over HTTP without compression; seed %d.
The reading process may use %d cores; the server of the feeds is a process of its own on the
same machine, and takes its part of them. CPU is the reading process's alone (getrusage, user
and system), and so is its memory (VmRSS, looked at every %v).
`, b.feeds, b.items, b.seed, b.cores, sampleEvery)
}

const head = `                                       Huiyin                     plain loop (2)            Huiyin : loop
                              polls/s  CPU ms   peak MB   polls/s  on all  CPU ms   peak MB   polls/s  CPU
                                       a poll    in all     (one)   cores  a poll    in all      (3)   a poll
`

const notes = `
(1) Huiyin: HTTP, robots.txt, digest, charset, parsing, keys, what is new, topics, stories, journal
    (each batch is on the disk before the next), and an emptied queue for ClickHouse. Polls follow
    one another without a rest, but for a second between two of one feed.
(2) http.Get and gofeed.NewParser().Parse, one feed after another ("one"), or with a worker for each
    core. It keeps nothing, knows nothing of what it has read before, and gets no 304.
(3) against the loop on all cores.
`

// tell writes what one kind of poll took, and keeps it.
func (b *run) tell(r row) {
	b.rows = append(b.rows, r)
	f := r.ours
	fmt.Fprintf(b.out, "%-29s %7.0f %7.2f   %7.0f", r.name, f.perSecond(), f.perPoll(), float64(f.Peak.RSS)/mb)
	if len(r.plain) == 2 {
		one, all := r.plain[0], r.plain[1]
		fmt.Fprintf(b.out, "   %7.0f %7.0f %7.2f   %7.0f   %6.2f  %7.3f", one.perSecond(), all.perSecond(), all.perPoll(), float64(all.Peak.RSS)/mb,
			f.perSecond()/all.perSecond(), f.perPoll()/all.perPoll())
	}
	fmt.Fprintln(b.out)
	if len(b.rows) > 1 && f.perSecond() > 0.75*float64(b.feeds) {
		fmt.Fprintln(b.out, "  so few feeds can be polled no more often: the rate is no limit")
	}
	if f.Posts > 0 {
		fmt.Fprintf(b.out, "  new posts                   %7.0f a second\n", float64(f.Posts)/f.Seconds)
	}
	if n := f.Failed; n > 0 {
		fmt.Fprintf(b.out, "  %d of Huiyin's polls FAILED\n", n)
	}
	if n := failures(r.plain); n > 0 {
		fmt.Fprintf(b.out, "  %d of the plain loop's polls FAILED\n", n)
	}
}

func failures(all []figures) (n int64) {
	for _, f := range all {
		n += f.Failed
	}
	return n
}

// tellDelays writes how long posts took to be mentions.
func (b *run) tellDelays(f figures, posted map[string]time.Time, found []sighting, mentions map[string]bool) error {
	var whole, own []time.Duration
	for _, s := range found {
		at, ok := posted[s.URL]
		if !ok || !mentions[s.URL] {
			continue
		}
		whole = append(whole, s.Committed.Sub(at))
		own = append(own, s.Committed.Sub(s.Poll))
	}
	fmt.Fprintf(b.out, `
From post to mention, each feed polled every %v (that is %.0f polls a second, of which %.0f%% 304; %.0f%% of a core):
%d posts at random moments on random feeds; %d were committed as mentions
                                         mean      p95      max
  from being posted to the commit    %s
  of it, since the poll began        %s
`, b.every, f.perSecond(), 100*float64(f.Same)/float64(max(f.Polls, 1)), 100*f.CPU/f.Seconds, len(posted), len(whole), spread(whole), spread(own))
	if len(whole) != len(posted) {
		return fmt.Errorf("%d posts were not found", len(posted)-len(whole))
	}
	if len(mentions) != len(posted) {
		return errors.New("posts that complain of nothing are mentions")
	}
	return nil
}

// spread is the mean, the 95th percentile and the greatest, in seconds.
func spread(all []time.Duration) string {
	if len(all) == 0 {
		return "none"
	}
	slices.Sort(all)
	var sum time.Duration
	for _, d := range all {
		sum += d
	}
	return fmt.Sprintf("%8.3f %8.3f %8.3f s", (sum / time.Duration(len(all))).Seconds(), all[(len(all)-1)*95/100].Seconds(), all[len(all)-1].Seconds())
}

// memory writes what was resident when, and whether the goal is met.
func (b *run) memory() {
	fmt.Fprint(b.out, `
Resident memory of Huiyin in MB           in all    of it pages   beside the segmenter
                                                     of files (4)    in all   without (4)
`)
	all := b.stages
	for _, r := range b.rows {
		all = append(all, stage{"peak, " + r.name, r.ours.Peak})
	}
	all = append(all, stage{"peak, polling steadily", b.steady.Peak})
	segmenter := all[1]
	var worst, worstOwn int64
	for i, s := range all {
		fmt.Fprintf(b.out, "  %-40s%7.0f %11.0f", s.Name, float64(s.RSS)/mb, float64(s.File)/mb)
		if i > 1 {
			beside, own := s.RSS-segmenter.RSS, s.own()-segmenter.own()
			worst, worstOwn = max(worst, beside), max(worstOwn, own)
			fmt.Fprintf(b.out, " %14.0f %12.0f", float64(beside)/mb, float64(own)/mb)
		}
		fmt.Fprintln(b.out)
	}
	fmt.Fprintf(b.out, `(4) the program's own code, and the journal, which is mapped: the kernel's cache, counted as resident
    (VmRSS) while nobody else needs the room. It grows with the posts that are remembered.
  goal, under %d MB beside the segmenter: %s without pages of files (%d MB at worst), %s with them (%d MB)
`, goal/mb, met(worstOwn), worstOwn/mb, met(worst), worst/mb)
}

func met(n int64) string {
	if n < goal {
		return "met"
	}
	return "NOT MET"
}
