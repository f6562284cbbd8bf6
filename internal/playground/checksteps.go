package playground

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"huiyin/internal/cases"
)

// The three matters that the check posts, by their titles in samples.yaml, and whose
// phone is to ring.
const (
	water, waterOfficer   = "桃园小区今天早上突然停水", "王敏"
	noise, noiseOfficer   = "滨江夜市的音响吵到凌晨两点", "李强"
	school, schoolOfficer = "随迁子女明年上小学要准备什么材料", "孙丽"
)

// settled waits until everything that the town began with is read, told and shipped.
func (c *checker) settled(ctx context.Context) error {
	began := time.Now()
	_, inForum, err := c.p.town.list(forum, 0, 0)
	if err != nil {
		return err
	}
	_, inNews, err := c.p.town.list(news, 0, 0)
	if err != nil {
		return err
	}
	if err := c.read(ctx, inForum+inNews); err != nil {
		return err
	}
	if err := c.shipped(ctx); err != nil {
		return err
	}
	h, err := c.health(ctx)
	if err != nil {
		return err
	}
	c.ok("the town's own posts", "%d read after %.1f s, %d cases", inForum+inNews, time.Since(began).Seconds(), h.Open)
	return nil
}

// read waits until ClickHouse says that so many posts were read in all.
func (c *checker) read(ctx context.Context, posts int) error {
	return c.until(ctx, fmt.Sprintf("%d posts read", posts), func() (bool, error) {
		n, err := c.p.counted(ctx, "SELECT sum(new) AS n FROM polls")
		return err == nil && n == uint64(posts), errors.Join(err, fmt.Errorf("%d posts", n))
	})
}

// shipped waits until nothing is on its way to a phone or to ClickHouse.
func (c *checker) shipped(ctx context.Context) error {
	return c.until(ctx, "everything delivered and shipped", func() (bool, error) {
		h, err := c.health(ctx)
		return err == nil && h.Outbox == 0 && h.ShipQueue == 0, errors.Join(err, fmt.Errorf("%+v", h))
	})
}

// ring posts the three matters; the right phones ring in time.
func (c *checker) ring(ctx context.Context) error {
	samples, err := readSeeds(samplesYAML)
	if err != nil {
		return err
	}
	for _, m := range [][2]string{{water, waterOfficer}, {noise, noiseOfficer}, {school, schoolOfficer}} {
		title, officer := m[0], m[1]
		i := slices.IndexFunc(samples, func(s seed) bool { return s.Title == title })
		if err := c.post(ctx, title, samples[i].Text, true); err != nil {
			return err
		}
		took, err := c.wait(ctx, ringWithin, officer+"'s phone to ring", func() bool { return c.shows(officer, title, "请在") })
		if err != nil {
			return err
		}
		for _, other := range people {
			if other != officer && c.shows(other, title) {
				return fmt.Errorf("%q rang with %s too", title, other)
			}
		}
		c.ok("post → phone of "+officer, "%.2f s (limit %v)", took.Seconds(), ringWithin)
	}
	return nil
}

func (c *checker) sign(ctx context.Context) error {
	if err := c.tap(waterOfficer, "签收", water); err != nil {
		return err
	}
	took, err := c.wait(ctx, editWithin, "签收 on the card and as a toast", func() bool {
		toasts := c.p.bot.Toasts(idOf(waterOfficer))
		return c.shows(waterOfficer, water, "已签收", waterOfficer) && len(toasts) > 0 &&
			strings.Contains(toasts[len(toasts)-1].Text, "已签收")
	})
	if err != nil {
		return err
	}
	c.ok("签收", "card edited after %d ms", took.Milliseconds())
	return nil
}

func (c *checker) reply(ctx context.Context) error {
	card, _ := c.last(waterOfficer, water)
	link := c.p.URL() + "/town/answer"
	if _, err := c.p.bot.Reply(idOf(waterOfficer), card.ID, link); err != nil {
		return err
	}
	took, err := c.wait(ctx, editWithin, "the reply on the card and confirmed", func() bool {
		now, _ := c.last(waterOfficer, water)
		return now.ID == card.ID && strings.Contains(now.Text, "已回应") && strings.Contains(now.Text, link) &&
			c.shows(waterOfficer, "已记录对", "在时限内")
	})
	if err != nil {
		return err
	}
	c.ok("reply with a link", "card edited after %d ms", took.Milliseconds())
	return c.verify(ctx)
}

// verify waits until the answer's page was looked at, and closes the case.
func (c *checker) verify(ctx context.Context) error {
	took, err := c.wait(ctx, settleIn, "核验 on the card", func() bool { return c.shows(waterOfficer, water, "已核验") })
	if err != nil {
		return err
	}
	if err := c.tap(waterOfficer, "办结", water); err != nil {
		return err
	}
	if _, err := c.wait(ctx, editWithin, "办结 on the card", func() bool { return c.shows(waterOfficer, water, "已办结") }); err != nil {
		return err
	}
	c.ok("核验, 办结", "the answer's page was looked at after %.1f s", took.Seconds())
	return nil
}

// transfer gives the noise to another unit; it rings there, and when it is signed the
// first card says so.
func (c *checker) transfer(ctx context.Context) error {
	const unit, officer = "住建局", "赵磊"
	if err := c.tap(noiseOfficer, "转办", noise); err != nil {
		return err
	}
	if _, err := c.wait(ctx, editWithin, "the units to choose from", func() bool {
		return c.tap(noiseOfficer, unit, noise) == nil
	}); err != nil {
		return err
	}
	took, err := c.wait(ctx, editWithin, "转办 to ring at "+unit, func() bool {
		return c.tap(officer, "签收", noise) == nil
	})
	if err != nil {
		return err
	}
	_, err = c.wait(ctx, editWithin, "签收 of the transfer on both cards", func() bool {
		return c.shows(officer, noise, "已签收："+officer, "请在") && c.shows(noiseOfficer, noise, "现在由"+unit)
	})
	if err != nil {
		return err
	}
	c.ok("转办 → phone of "+officer, "%d ms", took.Milliseconds())
	return nil
}

func (c *checker) dismiss(ctx context.Context) error {
	reason := cases.Reasons[1]
	if err := c.tap(schoolOfficer, "无需回应", school); err != nil {
		return err
	}
	if _, err := c.wait(ctx, editWithin, "the reasons to choose from", func() bool {
		return c.tap(schoolOfficer, reason, school) == nil
	}); err != nil {
		return err
	}
	took, err := c.wait(ctx, editWithin, "无需回应 on the card", func() bool {
		return c.shows(schoolOfficer, school, "无需回应", reason)
	})
	if err != nil {
		return err
	}
	c.ok("无需回应", "card edited after %d ms: %s", took.Milliseconds(), reason)
	return nil
}

// repost tells the noise again: no new card, the old one counts two.
func (c *checker) repost(ctx context.Context) error {
	samples, err := readSeeds(samplesYAML)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(samples, func(s seed) bool { return s.Title == noise })
	card, _ := c.last("赵磊", noise)
	if err := c.post(ctx, "转发："+noise, samples[i].Text+"顶一下！", true); err != nil {
		return err
	}
	took, err := c.wait(ctx, editWithin, "the repost on the card", func() bool { return c.shows("赵磊", noise, "共 2 帖") })
	if err != nil {
		return err
	}
	if now, _ := c.last("赵磊", noise); now.ID != card.ID {
		return errors.New("the repost rang again")
	}
	c.ok("repost", "joined its case after %.2f s, nothing rang", took.Seconds())
	return nil
}

// silent posts what must not fire.
func (c *checker) silent(ctx context.Context) error {
	if err := c.shipped(ctx); err != nil {
		return err
	}
	read, err := c.p.counted(ctx, "SELECT sum(new) AS n FROM polls")
	if err != nil {
		return err
	}
	quiet := [][2]string{
		{"城西仓库提供水泥", "常年提供水泥和沙子，欢迎来电。"},
		{"周末去看了南京市长江大桥", "南京市长江大桥的夜景真好看，推荐傍晚去。"},
	}
	for _, q := range quiet {
		if err := c.post(ctx, q[0], q[1], false); err != nil {
			return err
		}
	}
	if err := c.read(ctx, int(read)+len(quiet)); err != nil {
		return err
	}
	for _, name := range people {
		for _, q := range quiet {
			if c.shows(name, q[0]) {
				return fmt.Errorf("%q rang with %s", q[0], name)
			}
		}
	}
	c.ok("提供水泥, 南京市长江大桥", "read, and no phone rang")
	return nil
}

// demanded asks for the digest, and compares its figures with ClickHouse.
func (c *checker) demanded(ctx context.Context) error {
	if err := c.shipped(ctx); err != nil {
		return err
	}
	leader := leaders[0]
	if err := c.tap(leader, "看简报", leader); err != nil {
		return err
	}
	took, err := c.wait(ctx, editWithin, "the digest", func() bool { return c.shows(leader, "每日简报", "（此刻）") })
	if err != nil {
		return err
	}
	var wants []string
	for _, f := range []struct{ sql, format string }{
		{"SELECT sum(new) AS n FROM polls", "新读到 %d 帖"},
		{"SELECT count() AS n FROM mentions", "有关的 %d = "},
		{"SELECT count() AS n FROM case_events WHERE kind = 'opened'", "新立 %d 件"},
		{"SELECT count() AS n FROM case_events WHERE kind = 'replied'", "首次回应 %d 件"},
		{"SELECT count() AS n FROM case_events WHERE kind = 'dismissed'", "无需回应 %d 件"},
		{"SELECT count() AS n FROM mentions", "存入数据库 %d，一致"},
	} {
		n, err := c.p.counted(ctx, f.sql)
		if err != nil {
			return err
		}
		wants = append(wants, fmt.Sprintf(f.format, n))
	}
	digest, _ := c.last(leader, "每日简报", "（此刻）")
	for _, want := range wants {
		if !strings.Contains(digest.Text, want) {
			return fmt.Errorf("the digest does not say %q:\n%s", want, digest.Text)
		}
	}
	c.ok("digest on demand", "%d ms; %s", took.Milliseconds(), strings.Join(wants, "，"))
	return nil
}

// scheduled waits for the digest of the configured time.
func (c *checker) scheduled(ctx context.Context) error {
	took, err := c.wait(ctx, digestIn, "the digest of "+c.opts.DigestAt, func() bool { return c.digests() == 1 })
	if err != nil {
		return err
	}
	c.ok("digest of "+c.opts.DigestAt, "came, %.0f s waited", took.Seconds())
	return nil
}

// digests counts the scheduled digests on the leader's phone.
func (c *checker) digests() (n int) {
	for _, m := range c.p.bot.Chat(idOf(leaders[0])) {
		if m.FromBot && strings.Contains(m.Text, "每日简报") && !strings.Contains(m.Text, "（此刻）") {
			n++
		}
	}
	return n
}
