package match

import "huiyin/internal/post"

// CheckExamples runs every topic's own examples and returns what did not hold,
// with the line of the example; nil when all held.
func (s *Set) CheckExamples() Problems {
	var ps Problems
	for _, t := range s.Topics() {
		for _, e := range t.Examples.Match {
			if !s.fires(t, e) {
				ps.add(t.File, e.Line, "专题“%s”应当命中这个例句，却没有：%s", t.Name, cutShort(e.show()))
			}
		}
		for _, e := range t.Examples.Skip {
			if s.fires(t, e) {
				ps.add(t.File, e.Line, "专题“%s”不应命中这个例句，却命中了：%s", t.Name, cutShort(e.show()))
			}
		}
	}
	return ps
}

// show is the example for a message.
func (e Example) show() string {
	if e.Title != "" {
		return "《" + e.Title + "》" + e.Text
	}
	return e.Text
}

func (s *Set) fires(t *Topic, e Example) bool {
	for _, h := range s.Match(post.Post{Title: e.Title, Text: e.Text}) {
		if h.Topic == t {
			return true
		}
	}
	return false
}
