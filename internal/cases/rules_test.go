package cases

import (
	"errors"
	"strings"
	"testing"
	"time"

	"huiyin/internal/workday"
)

// Every act, in every state: done, or refused with the words an officer needs.
func TestMay(t *testing.T) {
	signed := Event{Kind: Signed, At: at(1), By: "王敏"}
	replied := Event{Kind: Replied, At: at(2), By: "王敏"}
	states := map[string][]Event{
		"登记":   {opened(one)},
		"签收":   {opened(one), signed},
		"差一步":  {opened(major), signed, replied},
		"已回应":  {opened(one), signed, replied},
		"办结":   {opened(one), signed, replied, {Kind: Closed, At: at(3), By: "李强"}},
		"无需回应": {opened(one), {Kind: Dismissed, At: at(3), By: "李强", Reason: "误报"}},
	}
	closed := "2026-000001 已由李强于 23-12 办结，不用再操作。要补充回应，请直接回复这张卡片。"
	dismissed := "2026-000001 已由李强于 23-12 标为无需回应（误报），不用再操作。要补充回应，请直接回复这张卡片。"
	ended := func(s string) map[Kind]string {
		return map[Kind]string{Signed: s, Replied: "", Transferred: s, Dismissed: s, Closed: s}
	}
	for state, want := range map[string]map[Kind]string{
		"登记": {Signed: "", Replied: "", Transferred: "", Dismissed: "",
			Closed: "2026-000001 还没有回应，不能办结。请先回复这张卡片，发来回应的链接或文字。"},
		"签收": {Signed: "2026-000001 已由王敏于 23-10 签收，不用重复签收。", Replied: "", Transferred: "", Dismissed: "",
			Closed: "2026-000001 还没有回应，不能办结。请先回复这张卡片，发来回应的链接或文字。"},
		"差一步": {Signed: "2026-000001 已由王敏于 23-10 签收，不用重复签收。", Replied: "", Transferred: "",
			Dismissed: "2026-000001 已经回应过，不能再标为无需回应。还差一步：新闻发布，请继续完成。",
			Closed:    "2026-000001 还差一步：新闻发布，不能办结。请回复这张卡片，发来链接或文字。"},
		"已回应": {Signed: "2026-000001 已经回应，不用再签收。", Replied: "",
			Transferred: "2026-000001 已经回应，不能再转办。没有别的事就请点“办结”。",
			Dismissed:   "2026-000001 已经回应过，不能再标为无需回应。没有别的事就请点“办结”。", Closed: ""},
		"办结":   ended(closed),
		"无需回应": ended(dismissed),
	} {
		c := fold(t, states[state]...)
		for kind, sentence := range want {
			err := c.May(kind, func(t time.Time) string { return t.Format("02-15") })
			if sentence == "" {
				if err != nil {
					t.Errorf("%s, %s: refused: %v", state, kind, err)
				}
				continue
			}
			var refusal Refusal
			if !errors.As(err, &refusal) || err.Error() != sentence {
				t.Errorf("%s, %s: %v\nwant %s", state, kind, err, sentence)
			}
		}
	}
}

// What a refusal tells an officer to do instead is itself allowed.
func TestRefusalsLeadSomewhere(t *testing.T) {
	signed := Event{Kind: Signed, At: at(1), By: "王敏"}
	replied := Event{Kind: Replied, At: at(2), By: "王敏"}
	when := func(time.Time) string { return "" }
	for _, c := range []Case{
		fold(t, opened(one)), fold(t, opened(one), signed), fold(t, opened(major), signed, replied),
		fold(t, opened(one), signed, replied),
	} {
		for _, kind := range []Kind{Signed, Transferred, Dismissed, Closed, Replied} {
			err := c.May(kind, when)
			if err == nil {
				continue
			}
			if strings.Contains(err.Error(), "请点“办结”") && c.May(Closed, when) != nil {
				t.Errorf("%s: %v — but it may not be closed", c.State, err)
			}
			if strings.Contains(err.Error(), "回复这张卡片") && c.May(Replied, when) != nil {
				t.Errorf("%s: %v — but it may not be replied to", c.State, err)
			}
		}
	}
}

func TestSteps(t *testing.T) {
	hours, err := workday.ParseHours([]string{"09:00-12:00", "13:00-17:30"})
	if err != nil {
		t.Fatal(err)
	}
	zone := time.FixedZone("UTC+8", 8*3600)
	cal, err := workday.New(zone, hours)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 11, 20, 16, 0, 0, 0, zone) // a Friday
	for ladder, want := range map[string][]string{
		"reply":      {"回应 1wd 2026-11-23 17:30"},
		"general":    {"回应 48h 2026-11-22 16:00"},
		"major":      {"首次表态 5h 2026-11-20 21:00", "新闻发布 24h 2026-11-21 16:00"},
		"written":    {"书面答复 5wd 2026-11-27 17:30"},
		"disclosure": {"信息公开答复 20wd 2026-12-18 17:30"},
	} {
		steps, err := Steps(cal, ladder, start)
		if err != nil || len(steps) != len(want) {
			t.Errorf("%s: %v, %v", ladder, steps, err)
			continue
		}
		for i, s := range steps {
			if got := s.Name + " " + s.Target + " " + s.Due.Format("2006-01-02 15:04"); got != want[i] {
				t.Errorf("%s: %s, want %s", ladder, got, want[i])
			}
			if s.Why == "" {
				t.Errorf("%s: no word on how %s was derived", ladder, s.Due)
			}
		}
	}
	if len(Ladders) != 5 {
		t.Errorf("%d ladders, 5 are checked here", len(Ladders))
	}
	if _, err := Steps(cal, "nope", start); err == nil {
		t.Error("an unknown ladder is no error")
	}
}
