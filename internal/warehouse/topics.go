package warehouse

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"huiyin/internal/cases"
)

// judged are the cases opened in a span, with what became of them up to now. An answer
// after a dismissal takes a case up again: then it was no false alarm.
const judged = `
WITH judged AS (
    SELECT case, anyIf(topic, kind = 'opened') AS about, countIf(kind = 'replied') > 0 AS answered,
        countIf(kind = 'dismissed' AND reason = {reason:String}) > 0 AND NOT answered AS false_alarm,
        countIf(kind IN ('replied', 'closed', 'dismissed')) > 0 AS is_judged
    FROM case_events WHERE at >= fromUnixTimestamp64Milli({from:Int64}) GROUP BY case
    HAVING countIf(kind = 'opened' AND at < fromUnixTimestamp64Milli({until:Int64})) > 0
)`

const byTopic = judged + `
SELECT about, count() AS opened, countIf(answered) AS replied, countIf(false_alarm) AS alarms, countIf(is_judged) AS decided
FROM judged GROUP BY about ORDER BY opened DESC, about`

// badWords is how many words are told of a topic.
const badWords = 5

// wordsOf are the words of each case since a time. It asks for those of whole months, which
// are kept ready: the projection by_words.
const wordsOf = `
SELECT case, arrayJoin(words) AS word FROM (
    SELECT case, words FROM mentions WHERE toStartOfMonth(seen) >= toStartOfMonth(fromUnixTimestamp64Milli({from:Int64}, 'Asia/Shanghai')) GROUP BY case, words
)`

// byWord puts the words first that make many false alarms and little else.
var byWord = judged + `
SELECT about, word, uniqExactIf(case, false_alarm) AS alarms, uniqExactIf(case, is_judged AND NOT false_alarm) AS good
FROM (` + wordsOf + `) AS m INNER JOIN judged AS j ON m.case = j.case
GROUP BY about, word HAVING alarms > 0
ORDER BY about, alarms * alarms / (alarms + good) DESC, alarms DESC, word LIMIT ` + strconv.Itoa(badWords) + ` BY about`

func topicArgs(from, until time.Time) []any {
	return []any{
		clickhouse.Named("from", fmt.Sprint(from.UnixMilli())), clickhouse.Named("until", fmt.Sprint(until.UnixMilli())),
		clickhouse.Named("reason", cases.FalseAlarm),
	}
}

// Topics counts, topic by topic, what became of the cases that were opened from one
// instant up to and without another. The topic with most cases comes first.
func (w *Warehouse) Topics(ctx context.Context, from, until time.Time) ([]cases.TopicFigures, error) {
	var rows []struct {
		About   string `ch:"about"`
		Opened  uint64 `ch:"opened"`
		Replied uint64 `ch:"replied"`
		Alarms  uint64 `ch:"alarms"`
		Decided uint64 `ch:"decided"`
	}
	if err := w.conn.Select(ctx, &rows, byTopic, topicArgs(from, until)...); err != nil {
		return nil, fmt.Errorf("figures by topic: %w", err)
	}
	var words []struct {
		About  string `ch:"about"`
		Word   string `ch:"word"`
		Alarms uint64 `ch:"alarms"`
		Good   uint64 `ch:"good"`
	}
	if err := w.conn.Select(ctx, &words, byWord, topicArgs(from, until)...); err != nil {
		return nil, fmt.Errorf("words of false alarms: %w", err)
	}
	var topics []cases.TopicFigures
	for _, r := range rows {
		t := cases.TopicFigures{
			Topic: r.About, Opened: int(r.Opened), Answered: int(r.Replied), FalseAlarms: int(r.Alarms), Judged: int(r.Decided),
		}
		for _, f := range words {
			if f.About == t.Topic {
				t.Words = append(t.Words, cases.WordFigures{Word: f.Word, FalseAlarms: int(f.Alarms), Good: int(f.Good)})
			}
		}
		topics = append(topics, t)
	}
	return topics, nil
}

// maxAlarmTexts is how many texts of false alarms are looked at; above that they tell
// nothing new.
const maxAlarmTexts = 10_000

const judgedTexts = judged + `
SELECT about, m.case, title, text, words FROM mentions AS m INNER JOIN judged AS j ON m.case = j.case
WHERE seen >= fromUnixTimestamp64Milli({from:Int64}) AND `

var (
	alarmTexts = judgedTexts + `false_alarm ORDER BY about, m.case, no LIMIT ` + strconv.Itoa(maxAlarmTexts)
	goodTexts  = judgedTexts + `is_judged AND NOT false_alarm AND about IN (SELECT about FROM judged WHERE false_alarm)`
)

// FalseAlarmTexts calls f for the mentions of the false alarms among the cases that were
// opened in the span, those of one case after another, until f returns an error.
func (w *Warehouse) FalseAlarmTexts(ctx context.Context, from, until time.Time, f func(cases.JudgedText) error) error {
	return w.texts(ctx, alarmTexts, from, until, f)
}

// GoodTexts calls f for the mentions of the cases opened in the span that were judged and
// found right, in topics that had false alarms too, until f returns an error.
func (w *Warehouse) GoodTexts(ctx context.Context, from, until time.Time, f func(cases.JudgedText) error) error {
	return w.texts(ctx, goodTexts, from, until, f)
}

func (w *Warehouse) texts(ctx context.Context, query string, from, until time.Time, f func(cases.JudgedText) error) error {
	return w.each(ctx, "texts of judged cases", query, topicArgs(from, until), func(scan func(...any) error) error {
		var t cases.JudgedText
		if err := scan(&t.Topic, &t.Case, &t.Title, &t.Text, &t.Words); err != nil {
			return err
		}
		return f(t)
	})
}
