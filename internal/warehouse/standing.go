package warehouse

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"huiyin/internal/cases"
)

// standingAt is the one definition of how a case stands for counting; cases that were
// merged are left out, but for those that were late before: lateness is not washed away by
// merging or dismissing a case. Of several reports and boards none shall count otherwise.
//
//   - until: when what is owed becomes overdue; NULL: it is not owed, or time stands;
//   - overdue: it is;
//   - kept: late, unsound or intime; empty: not decided yet, or no answer is owed;
//   - whose, whose_officer: whose the figure is: for late who held it when the time ran out,
//     with an answer who gave it, otherwise who holds it;
//   - signing: intime or late; empty: not decided yet;
//   - first_unit, first_officer: who was asked first, and was to sign.
//
// The moment stands for %s.
const standingAt = `SELECT *,
    if(paused IS NULL OR due < paused, due, NULL) AS until,
    ifNull(until < %[1]s, false) AS overdue,
    multiIf(late_unit != '' OR overdue, 'late', state = '无需回应' OR replied IS NULL, '', doubtful, 'unsound', 'intime') AS kept,
    multiIf(kept = 'late', if(late_unit != '', late_unit, unit), replied IS NULL, unit, reply_unit) AS whose,
    multiIf(kept = 'late', if(late_unit != '', late_officer, officer), replied IS NULL, officer, reply_officer) AS whose_officer,
    multiIf(signed <= sign_by, 'intime', signed IS NOT NULL OR sign_by < %[1]s, 'late', '') AS signing,
    turn_unit[1] AS first_unit, turn_officer[1] AS first_officer
FROM cases FINAL WHERE state != '已并案' OR late_unit != ''`

// standing is it for a query that names its moment: args has it.
var standing = fmt.Sprintf(standingAt, "fromUnixTimestamp64Milli({now:Int64})")

// view is it for dashboards, at any moment.
var view = "CREATE OR REPLACE VIEW cases_now AS " + fmt.Sprintf(standingAt, "now64(3)")

// rushedIn is the condition on standing for what is late and was passed on in a rush by
// another unit than the one whose it is. Rows of old have no turn_rushed.
const rushedIn = "kept = 'late' AND arrayExists(n -> turn_rushed[n] > 0 AND turn_unit[n] != whose, arrayEnumerate(turn_unit))"

// chosen are the conditions on standing for each way to stand.
var chosen = map[cases.Standing]string{
	"":                 "true",
	cases.IsOpen:       "due IS NOT NULL",
	cases.IsOverdue:    "due IS NOT NULL AND overdue",
	cases.IsUnsigned:   "due IS NOT NULL AND signed IS NULL",
	cases.IsPaused:     "due IS NOT NULL AND paused IS NOT NULL",
	cases.IsAnswered:   "replied IS NOT NULL",
	cases.IsInTime:     "kept = 'intime'",
	cases.IsLate:       "kept = 'late'",
	cases.IsDoubtful:   "doubtful",
	cases.IsDismissed:  "state = '无需回应'",
	cases.IsFalseAlarm: "dismissed = {false_alarm:String}",
	cases.IsClosed:     "state = '办结'",
	cases.IsReopened:   "reopened > 0",
	cases.IsReturned:   "returned > 0",
	cases.IsPassedOn:   "transfers > 0",
	cases.IsUnsound:    "kept = 'unsound'",
	cases.WasPaused:    "pauses > 0",
	cases.IsExtended:   "extended > 0",
	cases.IsDeclined:   "declined > 0",
	cases.IsBack:       "back > 0",
	cases.IsRushed:     "arrayExists(n -> n > 0, turn_rushed)",
	cases.IsRushedIn:   rushedIn,
	cases.IsPageless:   "replied IS NOT NULL AND reply_url = ''",
	cases.IsByHand:     "by_hand",
}

// dated are the columns for each time that a span may speak of, and what the index knows.
var dated = map[cases.Dated][]string{
	"": {"opened"}, cases.ByReplied: {"replied", "assumeNotNull(replied)"}, cases.ByEnded: {"ended", "assumeNotNull(ended)"},
}

// where is the condition on standing of a filter, with its arguments and that of standing.
func where(f cases.Filter, now time.Time) (condition string, args []any) {
	and := []string{chosen[f.Is]}
	arg := func(name, value string) { args = append(args, clickhouse.Named(name, value)) }
	equal := func(name, condition, value string) {
		if value != "" {
			and = append(and, condition)
			arg(name, value)
		}
	}
	arg("now", fmt.Sprint(now.UnixMilli()))
	arg("false_alarm", cases.FalseAlarm)
	for _, column := range dated[f.Dated] {
		if !f.From.IsZero() {
			equal("from", column+" >= fromUnixTimestamp64Milli({from:Int64})", fmt.Sprint(f.From.UnixMilli()))
		}
		if !f.Until.IsZero() {
			equal("until", column+" < fromUnixTimestamp64Milli({until:Int64})", fmt.Sprint(f.Until.UnixMilli()))
		}
	}
	equal("unit", "whose = {unit:String}", f.Unit)
	equal("officer", "whose_officer = {officer:String}", f.Officer)
	equal("topic", "topic = {topic:String}", f.Topic)
	equal("source", "has(sources, {source:String})", f.Source)
	if f.Category != "" || f.Topics != nil {
		and = append(and, "topic IN {topics:Array(String)}")
		args = append(args, clickhouse.Named("topics", f.Topics))
	}
	if f.Channel != "" || f.Sources != nil {
		and = append(and, "sources[1] IN {sources:Array(String)}")
		args = append(args, clickhouse.Named("sources", f.Sources))
	}
	if len(f.Units) > 0 { // also those that they had, and those they are to answer for
		and = append(and, "(unit IN {units:Array(String)} OR hasAny(turn_unit, {units:Array(String)}))")
		args = append(args, clickhouse.Named("units", f.Units))
	}
	return strings.Join(and, " AND "), args
}

const factColumns = `case, seq, opened, topic, title, url, sources, mentions, severity, state, unit, officer, into, due, paused, sign_by, signed,
    replied, reply_due, reply_url, reply_unit, reply_officer, worked, took, answers, late_unit, late_officer, turn_unit, turn_officer, turn_worked,
    verified, doubtful, transfers, returned, reopened, extended, dismissed, ended, rating, pauses, stood, back, declined, turn_rushed, by_hand, settled`

// Cases returns the cases that a filter chooses at now, and how many there are without its
// limit: what is owed first, by when it is due, then the others, the last opened first.
func (w *Warehouse) Cases(ctx context.Context, f cases.Filter, now time.Time) (list []cases.Fact, total int, err error) {
	condition, args := where(f, now)
	var n uint64
	err = w.conn.QueryRow(ctx, "SELECT count() FROM ("+standing+") WHERE "+condition, args...).Scan(&n)
	if err != nil || n == 0 {
		return nil, int(n), wrap("count cases", err)
	}
	const order = " ORDER BY due IS NULL, due, opened DESC, case DESC"
	numbers := "SELECT case FROM (" + standing + ") WHERE " + condition
	if f.Limit > 0 { // all columns are read of these alone
		numbers += order + fmt.Sprintf(" LIMIT %d OFFSET %d", f.Limit, max(0, f.Offset))
	}
	query := "SELECT " + factColumns + " FROM cases FINAL WHERE case IN (" + numbers + ")" + order
	return list, int(n), w.each(ctx, "cases", query, args, func(scan func(...any) error) error {
		fact, err := scanFact(scan)
		list = append(list, fact)
		return err
	})
}

func wrap(what string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

func scanFact(scan func(...any) error) (cases.Fact, error) {
	var f cases.Fact
	var seq, mentions, worked, took, stood uint32
	var answers, transfers, returned, reopened, extended, pauses, back, declined uint16
	var severity, state string
	var due, paused, signed, replied, replyDue, ended, settled *time.Time
	var units, officers []string
	var turns []uint32
	var rushed []uint16
	err := scan(&f.Case, &seq, &f.Opened, &f.Topic, &f.Title, &f.URL, &f.Sources, &mentions, &severity, &state, &f.Unit, &f.Officer, &f.Into,
		&due, &paused, &f.SignBy, &signed, &replied, &replyDue, &f.ReplyURL, &f.ReplyUnit, &f.ReplyOfficer, &worked, &took, &answers,
		&f.LateUnit, &f.LateOfficer, &units, &officers, &turns, &f.Verified, &f.Doubtful, &transfers, &returned, &reopened, &extended,
		&f.Dismissed, &ended, &f.Rating, &pauses, &stood, &back, &declined, &rushed, &f.ByHand, &settled)
	if err != nil {
		return f, err
	}
	f.Seq, f.Mentions, f.Severity, f.State = int(seq), int(mentions), cases.Severity(severity), cases.State(state)
	f.Worked, f.Took, f.Answers = time.Duration(worked)*time.Second, time.Duration(took)*time.Second, int(answers)
	f.Transfers, f.Returned, f.Reopened, f.Extended = int(transfers), int(returned), int(reopened), int(extended)
	f.Pauses, f.Stood, f.Back, f.Declined = int(pauses), time.Duration(stood)*time.Second, int(back), int(declined)
	f.Due, f.Settled, f.Paused, f.Signed = when(due), when(settled), when(paused), when(signed)
	f.Replied, f.ReplyDue, f.Ended = when(replied), when(replyDue), when(ended)
	for i := range min(len(units), len(officers), len(turns), len(rushed)) {
		f.Turns = append(f.Turns, cases.Turn{Unit: units[i], Officer: officers[i], Worked: time.Duration(turns[i]) * time.Second, Rushed: int(rushed[i])})
	}
	return f, nil
}

// when is a time that may be unknown; zero when it is.
func when(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
