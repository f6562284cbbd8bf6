package cases

// Rings returns whose phone rings for the event, which was the last to happen to c;
// empty when nobody's does. It is the whole list of occasions: anything else edits the
// cards in silence.
func (c *Case) Rings(e Event) string {
	switch e.Kind {
	case Opened, Reassigned, Reopened, Called, Enlisted, Submitted, Transferred:
		return e.Officer
	case Raised, Reminded, Declined, Approved, Returned:
		return c.Officer
	}
	return ""
}

// Grave tells whether the event is one that must not be bundled with others.
func (c *Case) Grave(e Event) bool { return c.Severity == Major || e.Kind == Called }
