package cases

import (
	"fmt"
	"time"

	"huiyin/internal/workday"
)

// Rung is one step of a ladder: what is owed, and how long the agency has.
type Rung struct {
	Name   string
	Target string
}

// Ladders are the built-in lists of what is owed on a case:
//
//   - reply: a plain question or complaint, within one working day;
//   - general: 48 hours (国办发〔2016〕61号: 一般政务舆情);
//   - major: a first statement within 5 hours and a press briefing within 24
//     (国办发〔2016〕80号: 重大突发事件);
//   - written: five working days, for an answer that a leader signs;
//   - disclosure: 20 working days (政府信息公开条例 第三十三条).
var Ladders = map[string][]Rung{
	"reply":      {{"回应", "1wd"}},
	"general":    {{"回应", "48h"}},
	"major":      {{"首次表态", "5h"}, {"新闻发布", "24h"}},
	"written":    {{"书面答复", "5wd"}},
	"disclosure": {{"信息公开答复", "20wd"}},
}

// Steps works out what is owed, and when, on a case received at start. With review each
// answer must be approved before it is published (先审核后公开).
func Steps(cal *workday.Calendar, ladder string, start time.Time, review bool) ([]Step, error) {
	rungs, ok := Ladders[ladder]
	if !ok {
		return nil, fmt.Errorf("ladder %q is not known", ladder)
	}
	steps := make([]Step, len(rungs))
	for i, r := range rungs {
		t, err := workday.ParseTarget(r.Target)
		if err != nil {
			return nil, fmt.Errorf("ladder %s: %w", ladder, err)
		}
		due := cal.Due(start, t)
		steps[i] = Step{Name: r.Name, Target: r.Target, Due: due.At, Why: due.Why, Review: review}
	}
	return steps, nil
}
