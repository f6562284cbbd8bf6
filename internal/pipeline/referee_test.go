package pipeline

import (
	"slices"

	"pgregory.net/rapid"

	"huiyin/internal/cases"
)

// referee sees that an event may follow on a case, by whom it is: by rules that are
// written down here once more, on purpose.
func (m *model) referee(t *rapid.T, c cases.Case, e cases.Event) {
	u, _ := m.p.unit(c.Unit)
	theirs, _ := m.p.unit(e.Unit)
	own, lead, program := u.Has(e.By), m.p.Leads(e.By), e.By == ""
	_, owed := c.Next()
	fair := true
	switch e.Kind {
	case cases.Opened, cases.Joined, cases.Delivered, cases.Undelivered, cases.Changed, cases.Verified:
	case cases.Signed:
		taken := c.Offer != nil && e.Unit == c.Offer.Unit
		fair = c.Open() && theirs.Has(e.By) && (taken || c.State == cases.Registered && e.Unit == c.Unit)
	case cases.Reassigned:
		fair = c.Open() && program && (e.Unit == "" && u.Has(e.Officer) || c.Offer != nil && e.Unit == c.Offer.Unit && theirs.Has(e.Officer))
	case cases.Called:
		fair = c.Unsigned() && program && (c.Offer != nil || e.Officer != c.Officer) && !slices.Contains(c.Called, e.Officer)
	case cases.Reminded:
		switch e.Reason {
		case cases.LongPaused:
			fair = program && c.Paused() != nil
		case cases.Unsound: // also while time stands: it is about what was published before
			fair = program && !c.Over() && c.Doubtful() >= 0
		default:
			fair = program && owed && c.Paused() == nil && e.Reason != c.Reminded
		}
	case cases.Transferred:
		fair = c.Open() && c.Offer == nil && (own || lead) && e.Unit != c.Unit && theirs.Has(e.Officer)
	case cases.Declined:
		fair = c.Offer != nil && e.Unit == c.Offer.Unit && theirs.Has(e.By)
	case cases.Enlisted:
		fair = !c.Over() && (own || lead || program && c.Helper(e.Unit) != nil) && e.Unit != c.Unit && theirs.Has(e.Officer)
	case cases.Helped:
		fair = !c.Over() && c.Helper(e.Unit) != nil && theirs.Has(e.By) && e.Text != ""
	case cases.Paused:
		fair = c.State == cases.InHand && owed && c.Paused() == nil && (own || lead)
	case cases.Resumed:
		fair = owed && c.Paused() != nil && !e.At.Before(c.Paused().From) && len(e.Steps) == len(c.Steps)
	case cases.Extended:
		fair = owed && lead && c.Extended == "" && e.Steps[len(e.Steps)-1].Due.After(c.Steps[len(c.Steps)-1].Due)
	case cases.Submitted:
		fair = c.Open() && e.Officer != "" && e.Officer != e.By
	case cases.Approved, cases.Returned:
		fair = c.Reviewing() != nil && (lead || c.Reviewing().Reviewer == e.By)
	case cases.Replied:
		fair = (own || lead || c.Offer != nil) && c.State != cases.Joint && (e.URL != "" || !c.Unapproved()) && len(e.Steps) > 0 == owed
	case cases.Accepted:
		fair = lead && len(c.Replies[e.Reply-1].Faults) > 0
	case cases.Dismissed:
		fair = (own || lead) && !c.Over() && len(c.Replies) == c.Base
	case cases.Closed:
		fair = (own || lead) && c.State == cases.Answered && c.Replies[len(c.Replies)-1].Stands()
	case cases.Reopened:
		fair = c.Over() && c.State != cases.Joint && len(e.Steps) > 0 && e.Officer != ""
	case cases.Raised:
		fair = !c.Over() && e.Severity.Above(c.Severity) && len(e.Steps) > 0
	case cases.Merged, cases.Took, cases.Split:
		fair = !c.Over() && (own || lead) && e.Other != c.Number
	case cases.Kept:
		fair = program || c.State != cases.Joint
	case cases.Rated:
		fair = c.Contact != "" && (own || lead)
	default:
		fair = e.Kind == cases.Alike
	}
	if !fair {
		t.Fatalf("%s may not follow on %+v", e.Line(), c)
	}
}

// owedNoLess sees that what is owed does not come to be due later but for a reason: a
// pause, more time from a leader, or a new beginning.
func owedNoLess(t *rapid.T, before, after cases.Case, e cases.Event) {
	was, owed := before.Next()
	is, still := after.Next()
	if !owed || !still || slices.Contains([]cases.Kind{cases.Resumed, cases.Extended, cases.Reopened, cases.Replied}, e.Kind) {
		return
	}
	if is.Due.After(was.Due) && before.Paused() == nil {
		t.Fatalf("%s puts off %+v to %+v", e.Line(), was, is)
	}
}
