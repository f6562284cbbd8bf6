package warehouse

import (
	"context"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"huiyin/internal/cases"
)

// What the board asks about sources and topics.

var sourceDays = `
SELECT source, toString(toDate(at, {zone:String})) AS day, count(), sum(new), sum(matched), countIf(error != ''), countIf(gap)
FROM polls WHERE ` + span("at") + ` AND (empty({source:String}) OR source = {source:String})
GROUP BY source, day ORDER BY source, day LIMIT 20000`

// SourceDays counts what was read of a source, or of all where none is named, on each day
// of a span.
func (w *Warehouse) SourceDays(ctx context.Context, source string, from, until time.Time, zone *time.Location) (list []cases.SourceDay, err error) {
	args := append(spanArgs(from, until), clickhouse.Named("source", source), clickhouse.Named("zone", zone.String()))
	return list, w.each(ctx, "what was read of sources", sourceDays, args, func(scan func(...any) error) error {
		var d cases.SourceDay
		var n [5]uint64
		err := scan(&d.Source, &d.Day, &n[0], &n[1], &n[2], &n[3], &n[4])
		d.Polls, d.New, d.Matched, d.Failed, d.Gaps = int(n[0]), int(n[1]), int(n[2]), int(n[3]), int(n[4])
		list = append(list, d)
		return err
	})
}

func spanArgs(from, until time.Time) []any {
	return []any{clickhouse.Named("from", fmt.Sprint(from.UnixMilli())), clickhouse.Named("until", fmt.Sprint(until.UnixMilli()))}
}

var badPolls = `SELECT at, error, gap FROM polls WHERE ` + span("at") + ` AND source = {source:String} AND (error != '' OR gap) ORDER BY at DESC LIMIT %d`

// BadPolls lists the readings of a source that failed, or before which something may have
// been missed, the last first.
func (w *Warehouse) BadPolls(ctx context.Context, source string, from, until time.Time, limit int) (list []cases.Poll, err error) {
	args := append(spanArgs(from, until), clickhouse.Named("source", source))
	return list, w.each(ctx, "failed polls", fmt.Sprintf(badPolls, max(1, limit)), args, func(scan func(...any) error) error {
		p := cases.Poll{Source: source}
		err := scan(&p.At, &p.Error, &p.Gap)
		list = append(list, p)
		return err
	})
}

var postsOfSource = `SELECT id, title, url, published, seen, topics FROM posts WHERE ` + span("seen") + ` AND source = {source:String} ORDER BY seen DESC, id LIMIT %d`

// PostsOf lists the posts that were read of a source in a span and are still kept, the
// last first, without their texts.
func (w *Warehouse) PostsOf(ctx context.Context, source string, from, until time.Time, limit int) (list []cases.StoredPost, err error) {
	args := append(spanArgs(from, until), clickhouse.Named("source", source))
	return list, w.each(ctx, "posts of a source", fmt.Sprintf(postsOfSource, max(1, limit)), args, func(scan func(...any) error) error {
		p := cases.StoredPost{Source: source}
		var published *time.Time
		err := scan(&p.ID, &p.Title, &p.URL, &published, &p.Seen, &p.Topics)
		p.Published = when(published)
		list = append(list, p)
		return err
	})
}

// isJudged is for cases of which somebody has said whether they were right to open.
var isJudged = `(` + chosen[cases.IsAnswered] + ` OR ` + chosen[cases.IsClosed] + ` OR ` + chosen[cases.IsDismissed] + `)`

var topicCounts = `
SELECT topic, count() AS n, countIf(` + chosen[cases.IsAnswered] + `), countIf(` + chosen[cases.IsFalseAlarm] + `), countIf(` + isJudged + `)
FROM (` + standing + `) WHERE %s GROUP BY topic ORDER BY n DESC, topic LIMIT 1000`

var topicWords = `
SELECT topic, word, uniqExactIf(case, alarm) AS alarms, uniqExactIf(case, judged AND NOT alarm) AS good
FROM (` + wordsOf + `) AS m
INNER JOIN (SELECT case, topic, ` + chosen[cases.IsFalseAlarm] + ` AS alarm, ` + isJudged + ` AS judged FROM (` + standing + `) WHERE %s) AS j ON m.case = j.case
GROUP BY topic, word HAVING alarms > 0
ORDER BY topic, alarms * alarms / (alarms + good) DESC, alarms DESC, word LIMIT 5 BY topic`

// TopicFigures counts, topic by topic, what became of the cases that a filter chooses,
// which must have a From; the topic with most cases comes first. Merged cases are left out.
func (w *Warehouse) TopicFigures(ctx context.Context, f cases.Filter, now time.Time) (list []cases.TopicFigures, err error) {
	condition, args := where(f, now)
	err = w.each(ctx, "figures by topic", fmt.Sprintf(topicCounts, condition), args, func(scan func(...any) error) error {
		var t cases.TopicFigures
		var n [4]uint64
		err := scan(&t.Topic, &n[0], &n[1], &n[2], &n[3])
		t.Opened, t.Answered, t.FalseAlarms, t.Judged = int(n[0]), int(n[1]), int(n[2]), int(n[3])
		list = append(list, t)
		return err
	})
	if err != nil {
		return nil, err
	}
	at := make(map[string]*cases.TopicFigures, len(list))
	for i := range list {
		at[list[i].Topic] = &list[i]
	}
	return list, w.each(ctx, "words of false alarms", fmt.Sprintf(topicWords, condition), args, func(scan func(...any) error) error {
		var topic string
		var word cases.WordFigures
		var alarms, good uint64
		err := scan(&topic, &word.Word, &alarms, &good)
		word.FalseAlarms, word.Good = int(alarms), int(good)
		if t := at[topic]; t != nil {
			t.Words = append(t.Words, word)
		}
		return err
	})
}
