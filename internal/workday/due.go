package workday

import (
	"fmt"
	"time"
)

// Due is when a target ends and how that was found.
type Due struct {
	At  time.Time // in the calendar's zone
	Why string    // one Chinese sentence with every step, to be shown as it is
}

// Due counts target t from start, the moment of receipt.
//
// Working days follow the Civil Code: the day of receipt does not count
// (民法典第二百零一条第一款：按照年、月、日计算期间的，开始的当日不计入，自下一日开始计算),
// and the last day ends at closing time (第二百零三条第二款：有业务时间的，停止业务活动的
// 时间为截止时间). Days off are not working days, wherever in the period they lie.
// Hours run from the moment of receipt (第二百零一条第二款): working hours inside
// office hours only, plain hours day and night.
//
// t must be valid; a Target that does not pass Validate gives the zero Due.
func (c *Calendar) Due(start time.Time, t Target) Due {
	if t.Validate() != nil {
		return Due{}
	}
	start = start.In(c.loc)
	switch t.Unit {
	case WorkingDays:
		return c.dueDays(start, t)
	case WorkingHours:
		return c.dueWorkingHours(start, t)
	}
	at := start.Add(time.Duration(t.N) * time.Hour)
	return Due{at, fmt.Sprintf("%s 收到，即时起算，节假日和夜间照计；满 %d 小时，%s 截止",
		c.moment(start, start), t.N, c.moment(at, start))}
}

func (c *Calendar) dueDays(start time.Time, t Target) Due {
	first := c.dayOf(start)
	last := first
	for range t.N {
		last = c.step(last, 1)
	}
	at := c.closing(last)
	off := ""
	if !c.works(first) {
		off = "（" + c.Why(start) + "）"
	}
	why := fmt.Sprintf("%s 收到%s，次日起算；%s第 %d 个工作日 %s，%s 截止", c.moment(start, start), off,
		c.story(first+1, last, start), t.N, c.date(last, start), at.Format("15:04"))
	return Due{at, why + c.unknown(first+1, last)}
}

func (c *Calendar) dueWorkingHours(start time.Time, t Target) Due {
	begin, at := start, c.Add(start, time.Duration(t.N)*time.Hour)
	for from := range c.open(start) {
		begin = from
		break
	}
	counted := "即时起算"
	if begin.After(start) {
		counted = "不在上班时间，" + c.moment(begin.In(c.loc), start) + " 起算"
	}
	first, last := c.dayOf(start), c.dayOf(at)
	why := fmt.Sprintf("%s 收到，%s，只计上班时间 %s；%s满 %d 个工作小时，%s 截止", c.moment(start, start), counted,
		c.hours, c.story(first, last, start), t.N, c.moment(at, start))
	return Due{at, why + c.unknown(first, last)}
}
