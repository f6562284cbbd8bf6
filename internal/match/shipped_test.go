package match

import (
	"testing"
)

// TestShippedExamples runs every example of every shipped topic.
func TestShippedExamples(t *testing.T) {
	s := testShipped(t)
	for _, p := range s.CheckExamples() {
		t.Error(p)
	}
	for _, topic := range s.Topics() {
		if len(topic.Examples.Match) < 5 || len(topic.Examples.Skip) < 5 {
			t.Errorf("%s: %d match and %d skip examples, want 5 of each", topic.Name, len(topic.Examples.Match), len(topic.Examples.Skip))
		}
	}
}
