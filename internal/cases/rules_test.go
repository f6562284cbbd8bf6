package cases

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s: %s", path, d)
	}
}

// Every act, in every state: done, or refused with the words an officer needs.
func TestMay(t *testing.T) {
	var b strings.Builder
	for _, s := range states(t) {
		fmt.Fprintf(&b, "【%s】\n", s.name)
		for _, kind := range acts {
			err := s.c.May(kind, stampOf)
			var refusal Refusal
			switch {
			case err == nil:
				fmt.Fprintf(&b, "%s：可以\n", kind)
			case errors.As(err, &refusal):
				fmt.Fprintf(&b, "%s：%s\n", kind, err)
			default:
				t.Errorf("%s, %s: %v is no refusal", s.name, kind, err)
			}
		}
		b.WriteString("\n")
	}
	golden(t, "may.txt", b.String())
}

func stampOf(t time.Time) string { return t.Format(stamp) }

type named struct {
	name string
	c    Case
}

// states are cases in every state that makes a difference.
func states(t *testing.T) []named {
	signed := Event{Kind: Signed, At: at(1), By: "王敏"}
	replied := Event{Kind: Replied, At: at(2), By: "王敏", Text: "好了"}
	page := Event{Kind: Replied, At: at(2), By: "王敏", URL: "https://a.example"}
	draft := Event{Kind: Submitted, At: at(2), By: "王敏", Officer: "周红", Text: "拟答复"}
	offer := Event{Kind: Transferred, At: at(2), By: "王敏", Unit: "住建局", Officer: "赵刚"}
	bad := Event{Kind: Verified, Reply: 1, Faults: []string{"回应链接打不开：网页不存在。"}}
	closed := Event{Kind: Closed, At: at(3), By: "李强"}
	letter := opened(one)
	letter.Contact = "138****0000"
	reviewed := []Step{{Name: "书面答复", Target: "5wd", Due: at(100), Review: true}}
	state := func(name string, events ...Event) named { return named{name, fold(t, events...)} }
	return []named{
		state("登记", opened(one)),
		state("签收", opened(one), signed),
		state("转办中", opened(one), signed, offer),
		state("停时", opened(one), signed, Event{Kind: Paused, At: at(2), Reason: PauseReasons[0]}),
		state("延过期", opened(one), signed, Event{Kind: Extended, At: at(2), Reason: ExtendReasons[0], Steps: one}),
		state("送审中", opened(reviewed), signed, draft),
		state("已同意", opened(reviewed), signed, draft, Event{Kind: Approved, By: "周红"}),
		state("差一步", opened(major), signed, replied),
		state("已回应", opened(one), signed, replied),
		state("已回应，正在核验", opened(one), signed, page),
		state("已回应，没有通过核验", opened(one), signed, page, bad),
		state("已回应，领导认可", opened(one), signed, page, bad, Event{Kind: Accepted, Reply: 1, Reason: "电话里答的"}),
		state("来信，没有回应", letter),
		state("来信，已回应", letter, signed, replied),
		state("办结", opened(one), signed, replied, closed),
		state("办结，来信", letter, signed, replied, closed),
		state("无需回应", opened(one), Event{Kind: Dismissed, At: at(3), By: "李强", Reason: FalseAlarm}),
		state("已并案", opened(one), signed, Event{Kind: Merged, At: at(3), By: "李强", Other: "2026-000009"}),
		state("已并案，来信", letter, signed, Event{Kind: Merged, At: at(3), By: "李强", Other: "2026-000009"}),
		state("重开", opened(one), signed, replied, closed, Event{Kind: Reopened, At: at(4), Officer: "王敏", Steps: one}),
	}
}

// What a refusal tells an officer to do instead is itself allowed, and what somebody is told
// to do first leads to what was asked for.
func TestRefusalsLeadSomewhere(t *testing.T) {
	leads := map[string]Kind{"请点“办结”": Closed, "回复这张卡片": Replied, "请领导认可": Accepted, "请先签收": Signed}
	used := map[string]bool{}
	for _, s := range states(t) {
		for _, kind := range acts {
			err := s.c.May(kind, stampOf)
			if err == nil {
				continue
			}
			for words, to := range leads {
				if !strings.Contains(err.Error(), words) {
					continue
				}
				used[words] = true
				if to == kind || s.c.May(to, stampOf) != nil {
					t.Errorf("%s, %s: %v — but: %v", s.name, kind, err, s.c.May(to, stampOf))
				}
			}
			if text := err.Error(); !strings.HasSuffix(text, "。") || strings.ContainsAny(text, ",;!?()\"'") ||
				strings.Contains(text, "。 ") || strings.Contains(text, "%") {
				t.Errorf("%s, %s: %s", s.name, kind, text)
			}
		}
	}
	if len(used) != len(leads) {
		t.Errorf("only %v are ever said", used)
	}
}

func TestSteps(t *testing.T) {
	cal := calendar(t)
	start := time.Date(2026, 11, 20, 16, 0, 0, 0, zone) // a Friday
	for ladder, want := range map[string][]string{
		"reply":      {"回应 1wd 2026-11-23 17:30"},
		"general":    {"回应 48h 2026-11-22 16:00"},
		"major":      {"首次表态 5h 2026-11-20 21:00", "新闻发布 24h 2026-11-21 16:00"},
		"written":    {"书面答复 5wd 2026-11-27 17:30"},
		"disclosure": {"信息公开答复 20wd 2026-12-18 17:30"},
	} {
		steps, err := Steps(cal, ladder, start, ladder == "written")
		if err != nil || len(steps) != len(want) {
			t.Errorf("%s: %v, %v", ladder, steps, err)
			continue
		}
		for i, s := range steps {
			if got := s.Name + " " + s.Target + " " + s.Due.Format("2006-01-02 15:04"); got != want[i] {
				t.Errorf("%s: %s, want %s", ladder, got, want[i])
			}
			if s.Review != (ladder == "written") {
				t.Errorf("%s: to be approved: %v", ladder, s.Review)
			}
			if s.Why == "" {
				t.Errorf("%s: no word on how %s was derived", ladder, s.Due)
			}
		}
	}
	if len(Ladders) != 5 {
		t.Errorf("%d ladders, 5 are checked here", len(Ladders))
	}
	if _, err := Steps(cal, "nope", start, false); err == nil {
		t.Error("an unknown ladder is no error")
	}
}
