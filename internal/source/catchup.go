package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"huiyin/internal/parse"
)

const (
	maxNewest  = 5  // a forum may have deleted some of them
	maxPages   = 10 // further pages that are read in one poll
	maxCatchUp = 3  // polls that try to read further pages before what is missing is given up
)

var errGap = errors.New("items left the list between two polls")

// catchUp guards against rollover: where the newest items of the poll before have left
// the list, others came and went between the two. It reads on, page after page, until
// it meets one of them. What it cannot find is a gap, which is counted and told.
func (r *reader) catchUp(ctx context.Context, g *reading, doc parse.Document) error {
	s := &g.state
	next := doc.Next
	again := s.CatchUps > 0 // what is known may be what the poll before took in front of what it missed
	for n := 0; g.missing(again) || g.endsNew() || again && n == 0; n++ {
		if next == "" || n == maxPages {
			if n == maxPages || g.missing(again) || g.allLater() { // else it may be how this list is
				g.gap(fmt.Errorf("%w: read %d further pages", errGap, n))
			}
			break
		}
		further, err := r.further(ctx, g, next)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			if s.CatchUps++; s.CatchUps < maxCatchUp {
				s.ETag, s.LastModified, s.Digest = "", "", "" // or a page that has not changed would not be looked at
				return nil                                    // what was read is taken; the next poll tries again
			}
			if g.missing(again) || g.allLater() {
				g.gap(fmt.Errorf("%w: %w", errGap, err))
			}
			break
		}
		before := len(g.items)
		if err := r.name(ctx, g, &further); err != nil {
			return err
		}
		if !again && len(g.items) > before && !slices.ContainsFunc(g.ids[before:], g.unknown) {
			break // the newest were deleted, what came before them is here
		}
		if next = further.Next; len(g.items) == before { // it shows the same page again
			next = ""
		}
	}
	s.CatchUps, s.Newest = 0, g.newest()
	return nil
}

// further reads one more page of the list.
func (r *reader) further(ctx context.Context, g *reading, address string) (parse.Document, error) {
	resp, err := r.get.Get(ctx, r.request(address, "", ""))
	if err != nil {
		return parse.Document{}, err
	}
	return r.parse(ctx, resp, g.now)
}

// rolledOver says whether all of the newest items known have left what was read.
func (g *reading) rolledOver() bool {
	return len(g.state.Newest) > 0 && !slices.ContainsFunc(g.state.Newest, func(id string) bool {
		_, there := g.known[id]
		return there
	})
}

// missing says whether what was new at the last poll has left what was read, and more with it.
func (g *reading) missing(again bool) bool {
	return g.rolledOver() && (again || slices.ContainsFunc(g.ids, g.unknown) && !g.reachesBack())
}

// endsNew says whether what was read is new down to its end, but for some known items on
// top: threads that are kept there are at every poll, and hide that all others have left.
// An old item that moved up to the end, since others were deleted, is no sign of that.
func (g *reading) endsNew() bool {
	first := slices.IndexFunc(g.ids, g.unknown)
	if len(g.state.Newest) == 0 || first < 0 || 2*first > len(g.ids) || slices.ContainsFunc(g.ids[first:], func(id string) bool { return g.known[id] }) {
		return false
	}
	last := g.items[len(g.items)-1].Published
	return last.IsZero() || last.After(g.state.LastOK)
}

// allLater says whether what is new was all written since the last poll, the newest first,
// down to the end of what was read: then there was more.
func (g *reading) allLater() bool {
	if !g.endsNew() {
		return false
	}
	list := g.items[slices.IndexFunc(g.ids, g.unknown):]
	first, last := list[0].Published, list[len(list)-1].Published
	return !last.IsZero() && first.After(last) &&
		slices.IsSortedFunc(list, func(a, b parse.Named) int { return b.Published.Compare(a.Published) })
}

func (g *reading) unknown(id string) bool { return !g.known[id] }

// reachesBack says whether what was read ends with an item that was known: then the newest
// ones were deleted, and nothing else is missing. It says so only of a list that shows
// threads in the order in which they were begun, but for known ones on top: where an
// answer lifts a thread, what is new may be anywhere.
func (g *reading) reachesBack() bool {
	first := max(slices.IndexFunc(g.ids, g.unknown), 0)
	list := g.items[first:]
	return len(list) > 0 && !g.unknown(g.ids[len(g.ids)-1]) &&
		!slices.ContainsFunc(list, func(it parse.Named) bool { return it.Published.IsZero() }) &&
		slices.IsSortedFunc(list, func(a, b parse.Named) int { return b.Published.Compare(a.Published) })
}

// gap notes that posts were lost. The source is to be polled sooner from now on.
func (g *reading) gap(err error) {
	g.lost = err.Error()
	g.state.Gaps++
	g.state.GapAt = g.now
	g.state.Habit.Missed(len(g.items), g.now)
}

// newest are the IDs of the newest items read, by when they were written; where they do
// not say, those that were new, and of what is left the first: threads that are kept on
// top of the list are there at every poll.
func (g *reading) newest() []string {
	order := make([]int, len(g.items))
	for i := range order {
		order[i] = i
	}
	rank := func(known bool) int {
		if known {
			return 1
		}
		return 0
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(g.items[b].Published.Compare(g.items[a].Published), rank(g.known[g.ids[a]])-rank(g.known[g.ids[b]]))
	})
	var out []string
	for _, i := range order[:min((len(order)+2)/3, maxNewest)] { // a thread kept on top is not among the newest third
		out = append(out, g.ids[i])
	}
	return out
}
