// Package sample is the room of a made-up quarter of the made-up 清河市, from 2026-07-01 to
// 2026-09-30: what people wrote, what its offices did about it, and how the sources were
// read. It is the same each time, so that digests, reports, boards and dashboards can be
// held against golden files. No part of the program; the room is pure.
package sample

import (
	_ "embed"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/workday"
)

// The quarter, and the morning on which it is looked back upon: a working day.
var (
	From  = moment("2026-07-01 00:00")
	Until = moment("2026-10-01 00:00")
	Now   = moment("2026-10-09 08:30")
)

// Agency is whose quarter it is, Board the address of its board.
const (
	Agency = "清河市人民政府"
	Board  = "https://huiyin.oa.example.cn"
)

// Within and Major are how long there is to sign.
const (
	Within = 30 * time.Minute
	Major  = 10 * time.Minute
)

// Unit is one that answers.
type Unit struct {
	Name, A, B, Head string
	Topics           []string
	slow             float64 // how long its answers take: 1 is what others take
	forgets          float64 // how often it answers late
}

// Units answer for the topics.
var Units = []Unit{
	{Name: "供水集团", A: "王敏", B: "李强", Head: "马国庆", Topics: []string{"供水"}, slow: 0.7, forgets: 0.04},
	{Name: "住建局", A: "赵倩", B: "孙丽", Head: "高建军", Topics: []string{"物业", "烂尾与购房"}, slow: 1.3, forgets: 0.22},
	{Name: "城管局", A: "周涛", B: "吴军", Head: "高建军", Topics: []string{"道路与市政", "噪音扰民", "城管与环境卫生"}, slow: 0.9, forgets: 0.09},
	{Name: "教育局", A: "郑洁", B: "冯霞", Head: "何志远", Topics: []string{"教育"}, slow: 1, forgets: 0.07},
	{Name: "交通局", A: "陈刚", B: "褚燕", Topics: []string{"交通出行"}, slow: 1, forgets: 0.12},
	{Name: "人社局", A: "卫平", B: "蒋芳", Topics: []string{"欠薪与劳动"}, slow: 1.1, forgets: 0.1},
	{Name: "生态环境局", A: "沈浩", B: "韩梅", Topics: []string{"扬尘与污染"}, slow: 0.8, forgets: 0.05},
	{Name: "市场监管局", A: "杨帆", Topics: []string{"食品安全"}, slow: 0.9, forgets: 0},
	{Name: "卫健委", A: "朱琳", Topics: []string{"医疗"}, slow: 1, forgets: 0.1},
	{Name: "市政府办公室", A: "陈静", B: "许亮", Head: "刘建国", Topics: []string{"政务服务"}, slow: 0.8, forgets: 0.03},
}

// Leaders read digests.
var Leaders = []string{"刘建国"}

// Categories are the topics of each category.
var Categories = map[string][]string{
	"民生保障": {"供水", "物业", "医疗", "教育", "食品安全"},
	"城市管理": {"道路与市政", "噪音扰民", "城管与环境卫生", "交通出行", "扬尘与污染"},
	"权益维护": {"欠薪与劳动", "烂尾与购房"},
	"政务服务": {"政务服务"},
}

// source is a place where people write.
type source struct {
	name, channel string
	weight        int
}

var sources = []source{
	{"清河论坛", "论坛", 34}, {"百姓呼声", "论坛", 16}, {"清河微博", "微博", 14}, {"清河新闻网", "新闻", 6},
	{"市长信箱", "信箱", 12}, {"12345热线", "热线", 14}, {"来访登记", "来访", 4},
}

// Channels are the channel of each source.
func Channels() map[string]string {
	m := make(map[string]string, len(sources))
	for _, s := range sources {
		m[s.name] = s.channel
	}
	return m
}

var places = []string{"翠湖小区", "锦绣花园", "阳光花园", "幸福里二期", "金桥公寓", "学府路", "建设路", "文化路", "中山路", "城南新村", "河西村", "滨河步道", "老街", "北山公园", "开发区"}

//go:embed texts.txt
var texts string

// text is one thing that people write.
type text struct{ title, body string }

// Calendar is the one by which all units work.
func Calendar() *workday.Calendar {
	hours, err := workday.ParseHours([]string{"09:00-12:00", "13:00-17:30"})
	if err != nil {
		panic(err) // it is written above
	}
	cal, err := workday.New(zone, hours)
	if err != nil {
		panic(err)
	}
	return cal
}

// Rules are by which its cases are summed up.
func Rules() cases.Rules {
	cal := Calendar()
	return cases.Rules{Calendar: func(string) *workday.Calendar { return cal }, Within: Within, Major: Major}
}

var zone = time.FixedZone("CST", 8*60*60) // as Asia/Shanghai is since 1991

// Zone is where it is.
func Zone() *time.Location { return zone }

func moment(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, zone)
	if err != nil {
		panic(err)
	}
	return t
}

// Shipments are what had happened up to a moment, Now at the latest, as the journal would
// have shipped it: in the order in which it happened.
func Shipments(upTo time.Time) []cases.Shipment {
	t := newTown()
	t.live()
	slices.SortStableFunc(t.records, func(a, b cases.Record) int { return when(a).Compare(when(b)) })
	end := slices.IndexFunc(t.records, func(r cases.Record) bool { return when(r).After(upTo) })
	if end >= 0 {
		t.records = t.records[:end]
	}
	var list []cases.Shipment
	for records := range slices.Chunk(t.records, 1000) {
		list = append(list, cases.Shipment{ID: fmt.Sprintf("sample-%d", len(list)+1), Records: records})
	}
	return list
}

// Events are the events of each case of Shipments.
func Events(list []cases.Shipment) map[string][]cases.Event {
	m := make(map[string][]cases.Event)
	for _, s := range list {
		for _, r := range s.Records {
			if r.Event != nil {
				m[r.Event.Case] = append(m[r.Event.Case], *r.Event)
			}
		}
	}
	return m
}

func when(r cases.Record) time.Time {
	switch {
	case r.Event != nil:
		return r.Event.At
	case r.Mention != nil:
		return r.Mention.Seen
	case r.Poll != nil:
		return r.Poll.At
	}
	return r.Post.Seen
}

// town makes the records.
type town struct {
	rand    *rand.Rand
	cal     *workday.Calendar
	texts   map[string][]text
	posts   int
	numbers int
	passed  int // from unit to unit
	late    int
	plan    []telling
	records []cases.Record
}

func newTown() *town {
	t := &town{rand: rand.New(rand.NewPCG(2026, 7)), cal: Calendar(), texts: map[string][]text{}}
	topic := ""
	for line := range strings.Lines(texts) {
		line = strings.TrimSpace(line)
		title, body, is := strings.Cut(line, " | ")
		switch {
		case line == "" || line[0] == '#':
		case is:
			t.texts[topic] = append(t.texts[topic], text{title, body})
		default:
			topic = line
		}
	}
	return t
}

// live goes through the quarter: first what people will tell, then what comes of it.
func (t *town) live() {
	for day := From; day.Before(Until); day = day.AddDate(0, 0, 1) {
		n := 3 + t.rand.IntN(3)
		if t.cal.IsWorkday(day) {
			n += 2 + t.rand.IntN(4)
		}
		for range n {
			unit := Units[t.pick()]
			t.plan = append(t.plan, telling{
				at: t.hour(day), unit: unit, topic: unit.Topics[t.rand.IntN(len(unit.Topics))], place: places[t.rand.IntN(len(places))],
				posts: 1 + t.few(), within: 5 * time.Hour,
			})
		}
		t.polls(day)
	}
	t.plan = append(t.plan,
		telling{moment("2026-07-14 06:40"), Units[0], "供水", "翠湖小区", 86, 40 * time.Hour},
		telling{moment("2026-08-19 07:10"), Units[2], "道路与市政", "学府路", 37, 30 * time.Hour},
		telling{moment("2026-09-01 12:05"), Units[3], "教育", "锦绣花园", 24, 20 * time.Hour},
		telling{moment("2026-09-30 08:10"), Units[1], "物业", "金桥公寓", 12, 9 * time.Hour})
	slices.SortStableFunc(t.plan, func(a, b telling) int { return a.at.Compare(b.at) })
	for _, told := range t.plan {
		t.tell(told)
	}
}

// telling is a matter that people will tell.
type telling struct {
	at           time.Time
	unit         Unit
	topic, place string
	posts        int
	within       time.Duration // of the first one; most of them soon
}

// hour is a time of a day at which people write.
func (t *town) hour(day time.Time) time.Time {
	return day.Add(time.Duration(6+t.rand.IntN(17))*time.Hour + time.Duration(t.rand.IntN(60))*time.Minute)
}

// few is mostly 0.
func (t *town) few() int {
	if t.rand.IntN(4) > 0 {
		return 0
	}
	return 1 + t.rand.IntN(4)
}

func (t *town) chance(p float64) bool { return t.rand.Float64() < p }

func (t *town) source() source {
	n := t.rand.IntN(100)
	for _, s := range sources {
		if n -= s.weight; n < 0 {
			return s
		}
	}
	return sources[0]
}

// polls are a day's readings that brought something or failed: sums of hours.
func (t *town) polls(day time.Time) {
	for i, s := range sources {
		for hour := range 24 {
			p := cases.Poll{ID: fmt.Sprintf("poll-%s-%d-%02d", day.Format("0102"), i, hour), Source: s.name, At: day.Add(time.Duration(hour)*time.Hour + 17*time.Minute)}
			p.Read, p.New = 20, t.rand.IntN(1+s.weight/2)
			switch {
			case s.name == "百姓呼声" && day.Equal(moment("2026-08-05 00:00")) && hour < 9:
				p.Read, p.New, p.Error = 0, 0, "连不上：对方网站没有应答"
			case s.name == "清河论坛" && day.Equal(moment("2026-07-14 00:00")) && hour == 8:
				p.Gap = true
			}
			if p.New > 0 || p.Error != "" || p.Gap {
				t.records = append(t.records, cases.Record{Poll: &p})
			}
		}
	}
}
