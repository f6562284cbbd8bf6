package playground

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"huiyin/internal/botapi"
)

// reconcile asserts that ClickHouse, the phones and the town agree: every post that
// should fire has one mention in one case, every case its events in order, and
// matched = cased = delivered = shipped.
func (c *checker) reconcile(ctx context.Context) error {
	if err := c.shipped(ctx); err != nil {
		return err
	}
	for _, p := range c.posts {
		n, err := c.p.counted(ctx, "SELECT count() AS n FROM mentions WHERE url = ?", p.url)
		if err != nil {
			return err
		}
		if want := uint64(btoi(p.fires)); n != want {
			return fmt.Errorf("%q has %d mentions, want %d", p.title, n, want)
		}
	}
	if err := c.broken(ctx); err != nil {
		return err
	}
	var figures []uint64
	for _, sql := range []string{
		"SELECT sum(matched) AS n FROM polls",
		"SELECT uniqExact(post) AS n FROM case_events WHERE kind IN ('opened', 'joined')",
		"SELECT sum(shown) AS n FROM (SELECT max(mentions) AS shown FROM case_events WHERE kind = 'delivered' GROUP BY case)",
		"SELECT count() AS n FROM mentions",
		"SELECT uniqExact(case) AS n FROM case_events",
		"SELECT count() AS n FROM case_events",
	} {
		n, err := c.p.counted(ctx, sql)
		if err != nil {
			return err
		}
		figures = append(figures, n)
	}
	if m := figures[0]; m == 0 || m != figures[1] || m != figures[2] || m != figures[3] {
		return fmt.Errorf("matched %d, cased %d, delivered %d, shipped %d", m, figures[1], figures[2], figures[3])
	}
	cards, err := c.cards(ctx)
	if err != nil {
		return err
	}
	c.ok("matched = cased = delivered = shipped", "%d posts, %d cases, %d events in order, %d cards on the phones",
		figures[0], figures[4], figures[5], cards)
	return nil
}

// broken finds what may not be in the record at all.
func (c *checker) broken(ctx context.Context) error {
	for _, rule := range []struct{ what, sql string }{
		{"a mention twice", "SELECT count() AS n FROM (SELECT id FROM mentions GROUP BY id HAVING count() > 1)"},
		{"a post twice", "SELECT count() AS n FROM (SELECT id FROM posts GROUP BY id HAVING count() > 1)"},
		{"a mention that is not kept as a post", "SELECT count() AS n FROM mentions WHERE id NOT IN (SELECT id FROM posts WHERE notEmpty(topics))"},
		{"a post that fired and is no mention", "SELECT count() AS n FROM posts WHERE notEmpty(topics) AND id NOT IN (SELECT id FROM mentions)"},
		{"another number of posts than was read", "SELECT toUInt64((SELECT count() FROM posts) != (SELECT sum(new) FROM polls)) AS n"},
		{"a mention without its case", "SELECT count() AS n FROM mentions WHERE case NOT IN (SELECT case FROM case_events WHERE kind = 'opened')"},
		{"a gap in a case's mentions", "SELECT count() AS n FROM (SELECT case FROM mentions GROUP BY case HAVING max(no) != count() OR uniqExact(no) != count())"},
		{"a gap in a case's events", "SELECT count() AS n FROM (SELECT case FROM case_events GROUP BY case HAVING max(seq) != count() OR uniqExact(seq) != count())"},
		{"a case opened twice", "SELECT count() AS n FROM (SELECT case FROM case_events WHERE kind = 'opened' GROUP BY case HAVING count() != 1)"},
		{"a post that opened two cases", "SELECT count() AS n FROM (SELECT post FROM case_events WHERE kind IN ('opened', 'joined') GROUP BY post HAVING count() != 1)"},
		// A joined event has the time at which its post was first seen: before the poll that read it ended.
		{"an event before the one it follows", "SELECT count() AS n FROM (SELECT seq, at, lagInFrame(at) OVER (PARTITION BY case ORDER BY seq " +
			"ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS before FROM case_events WHERE kind != 'joined') WHERE seq > 1 AND at < before"},
	} {
		n, err := c.p.counted(ctx, rule.sql)
		if err != nil {
			return fmt.Errorf("look for %s: %w", rule.what, err)
		}
		if n > 0 {
			return fmt.Errorf("the record has %s (%d times)", rule.what, n)
		}
	}
	return nil
}

// cards compares the cards on the phones with the deliveries in the record: one card
// for each case and officer, and no other. Messages go out one after the other, so a
// kill can make Huiyin repeat one card, whose arrival it could not know of.
func (c *checker) cards(ctx context.Context) (int, error) {
	var delivered []struct {
		Case    string `ch:"case"`
		Officer string `ch:"officer"`
	}
	err := c.p.Query(ctx, &delivered, "SELECT DISTINCT case, officer FROM case_events WHERE kind = 'delivered'")
	if err != nil {
		return 0, err
	}
	onPhones := map[[2]string]int{}
	repeated := 0
	for _, name := range people {
		for _, m := range c.p.bot.Chat(idOf(name)) {
			number := caseOf(m)
			if number == "" {
				continue
			}
			if onPhones[[2]string{number, name}]++; onPhones[[2]string{number, name}] > 1 {
				repeated++
			}
		}
	}
	if repeated > c.kills {
		return 0, fmt.Errorf("%d cards came twice, after %d kills", repeated, c.kills)
	}
	for _, d := range delivered {
		if onPhones[[2]string{d.Case, d.Officer}] == 0 {
			return 0, fmt.Errorf("%s has no card of %s", d.Officer, d.Case)
		}
	}
	if len(onPhones) != len(delivered) {
		return 0, fmt.Errorf("%d cards on the phones, %d delivered", len(onPhones), len(delivered))
	}
	return len(delivered), nil
}

var caseNumber = regexp.MustCompile(`20\d\d-\d{6}`)

// caseOf is the number of the case that a message is the card of; empty when it is none.
func caseOf(m botapi.Message) string {
	if !m.FromBot || !strings.Contains(m.Text, "看原帖") {
		return ""
	}
	return caseNumber.FindString(m.Text)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// restart ends everything and starts it again on the same folder: the phones are as
// they were, nothing rings again, and the next post does.
func (c *checker) restart(ctx context.Context) error {
	if err := c.shipped(ctx); err != nil {
		return err
	}
	before := c.snapshot()
	h, err := c.health(ctx)
	if err != nil {
		return err
	}
	if err := c.end(ctx); err != nil {
		return err
	}
	if err := c.start(ctx); err != nil {
		return err
	}
	const title = "东湖路加压泵坏了，整栋楼没水"
	if err := c.post(ctx, title, "东湖路十二号的加压泵昨晚坏了，八楼以上没水，物业让等厂家。老人提不动水，请帮忙协调。", true); err != nil {
		return err
	}
	took, err := c.wait(ctx, settleIn, "王敏's phone to ring after the restart", func() bool { return c.shows("王敏", title, "请在") })
	if err != nil {
		return err
	}
	if err := c.shipped(ctx); err != nil {
		return err
	}
	fresh := 0
	for id, m := range c.snapshot() {
		old, there := before[id]
		switch {
		case !there && strings.Contains(m.Text, title):
			fresh++
		case !there:
			return fmt.Errorf("a message came again after the restart: %q", firstLine(m.Text))
		case old.Seq != m.Seq:
			return fmt.Errorf("a message changed after the restart: %q", firstLine(m.Text))
		}
		delete(before, id)
	}
	if len(before) > 0 || fresh != 1 || c.digests() != 1 {
		return fmt.Errorf("after the restart: %d messages lost, %d new cards (want 1), %d digests (want 1)", len(before), fresh, c.digests())
	}
	now, err := c.health(ctx)
	if err != nil {
		return err
	}
	if now.Open != h.Open+1 {
		return fmt.Errorf("after the restart: %d open cases, want %d", now.Open, h.Open+1)
	}
	c.ok("restart", "nothing lost, nothing alerted twice; the next post rang after %.2f s", took.Seconds())
	return nil
}

// snapshot is every message on every phone, by its ID.
func (c *checker) snapshot() map[int]botapi.Message {
	all := map[int]botapi.Message{}
	for _, name := range people {
		for _, m := range c.p.bot.Chat(idOf(name)) {
			all[m.ID] = m
		}
	}
	return all
}
