package main

import (
	"fmt"
	"math/bits"
	"slices"
	"sort"
	"strings"
	"time"

	"huiyin/internal/cases"
)

// set is what is generated: how much, over which days. All of it follows from numbers by
// integer arithmetic, which is written twice, in Go and in SQL, and gives the same in both.
type set struct {
	Cases    int // each has a first mention …
	Mentions int // … which are among these
	Polls    int // of each source on each day
	Days     int
	Sources  int
}

// Three whole years of full size end where the working days are still known.
var (
	zone   = time.FixedZone("Asia/Shanghai", 8*3600) // by this name ClickHouse knows it
	begins = time.Date(2023, 10, 1, 0, 0, 0, 0, zone)
	ends   = time.Date(2026, 10, 1, 0, 0, 0, 0, zone)
)

func scaled(scale float64) set {
	n := func(full float64) int { return max(1, int(full*scale)) }
	return set{
		Cases: max(n(1e6), 100), Mentions: max(n(1e8), 10_000), Polls: n(100), Days: int(ends.Sub(begins).Hours()) / 24,
		Sources: 200,
	}
}

// great is of how many cases one has the greatest story: what is told for ten days.
func (s set) great() int { return 1 << (s.levels() - 1) }

// levels is how many sizes of stories there are, each half as often as the one before.
func (s set) levels() int { return max(1, bits.Len(uint(10*(s.Cases/s.Days+1)))) }

// curve is the course of a day: by which millisecond of it so many millionths of what is
// told on the day were told. Little is by night, and most before noon.
var curve = []struct{ upTo, at, num, den int }{
	{80_000, 0, 315, 1}, {480_000, 7 * hour, 45, 1}, {600_000, 12 * hour, 60, 1}, {850_000, 14 * hour, 288, 5}, {1_000_000, 18 * hour, 144, 1},
}

const (
	hour  = 3600 * 1000
	dayMS = 24 * hour
)

// when is the time of the i-th of n things, which follow one another over all days.
func (s set) when(i, n int) time.Time {
	x := (2*i + 1) * s.Days
	day, f := x/(2*n), x%(2*n)*1_000_000/(2*n)
	from := 0
	for _, c := range curve {
		if f < c.upTo {
			return begins.Add(time.Duration(day*dayMS+c.at+(f-from)*c.num/c.den) * time.Millisecond)
		}
		from = c.upTo
	}
	return begins
}

// whenSQL is when, as milliseconds since 1970.
func (s set) whenSQL(i string, n int) string {
	x := fmt.Sprintf("(2 * %s + 1) * %d", i, s.Days)
	f := fmt.Sprintf("intDiv(%s %% %d * 1000000, %d)", x, 2*n, 2*n)
	var b strings.Builder
	from := 0
	for k, c := range curve {
		if k < len(curve)-1 {
			fmt.Fprintf(&b, "%s < %d, ", f, c.upTo)
		}
		fmt.Fprintf(&b, "%d + intDiv((%s - %d) * %d, %d), ", c.at, f, from, c.num, c.den)
		from = c.upTo
	}
	return fmt.Sprintf("%d + intDiv(%s, %d) * %d + multiIf(%s)", begins.UnixMilli(), x, 2*n, dayMS, strings.TrimSuffix(b.String(), ", "))
}

// before is how many of n things come before t.
func (s set) before(t time.Time, n int) int {
	return sort.Search(n, func(i int) bool { return !s.when(i, n).Before(t) })
}

// years are those of the set, with the first case of each.
func (s set) years() (years, first []int) {
	for y := begins.Year(); y <= ends.Year(); y++ {
		years, first = append(years, y), append(first, s.before(time.Date(y, 1, 1, 0, 0, 0, 0, zone), s.Cases))
	}
	return years, first
}

// numbers names the cases.
func (s set) numbers() func(i int) string {
	years, first := s.years()
	return func(i int) string {
		k := len(first) - 1
		for first[k] > i {
			k--
		}
		return cases.Number(years[k], i-first[k]+1)
	}
}

// numberSQL is numbers of i.
func (s set) numberSQL(i string) string {
	years, first := s.years()
	parts := make([]string, 0, 2*len(years))
	for k := range years {
		number := fmt.Sprintf("concat('%d-', leftPad(toString(%s - %d), 6, '0'))", years[k], i, first[k]-1)
		if k < len(years)-1 {
			number = fmt.Sprintf("%s < %d, %s", i, first[k+1], number)
		}
		parts = append(parts, number)
	}
	return "multiIf(" + strings.Join(parts, ", ") + ")"
}

// months are the first days of all months, and the end.
func months() (list []time.Time) {
	for m := begins; !m.After(ends); m = m.AddDate(0, 1, 0) {
		list = append(list, m)
	}
	return list
}

// skew picks one of n by a number: the first ones far more often than the last ones.
func skew(h uint64, n int) int {
	a, b := h%uint64(n), h/uint64(n)%uint64(n)
	return int(a * (b + 1) / uint64(n))
}

func skewSQL(h string, n int) string {
	return fmt.Sprintf("intDiv(%[1]s %% %[2]d * (intDiv(%[1]s, %[2]d) %% %[2]d + 1), %[2]d)", h, n)
}

// mixed is a number that has little to do with i.
func mixed(i int) uint64 { return uint64(i) * 2654435761 % (1 << 32) >> 4 }

func mixedSQL(i string) string {
	return fmt.Sprintf("intDiv(bitAnd(toUInt64(%s) * 2654435761, 4294967295), 16)", i)
}

// topic is what a case is about, and who answers for that.
type topic struct {
	name   string
	words  []string
	ladder string
}

var topics = []topic{
	{"供水", []string{"停水", "水压低", "水发黄"}, "reply"}, {"供电", []string{"停电", "电压低", "跳闸"}, "reply"}, {"物业", []string{"物业费", "电梯坏", "门禁坏"}, "reply"},
	{"噪声", []string{"噪音", "施工扰民", "广场舞"}, "reply"}, {"停车", []string{"乱停车", "停车难", "占车位"}, "reply"}, {"道路", []string{"路面坏", "坑洼", "井盖"}, "reply"},
	{"供热", []string{"不热", "暖气", "供暖"}, "reply"}, {"燃气", []string{"停气", "燃气", "漏气"}, "general"}, {"学校", []string{"学区", "校服", "食堂"}, "reply"},
	{"医院", []string{"挂号难", "医保", "看病贵"}, "reply"}, {"公交", []string{"公交车", "班次少", "晚点"}, "reply"}, {"垃圾", []string{"垃圾", "臭味", "清运"}, "reply"},
	{"绿化", []string{"树枝", "绿地", "杂草"}, "reply"}, {"违建", []string{"违建", "加盖", "占用"}, "written"}, {"拆迁", []string{"拆迁", "安置房", "补偿"}, "written"},
	{"工资", []string{"欠薪", "工资", "讨薪"}, "reply"}, {"社保", []string{"社保", "养老金", "公积金"}, "reply"}, {"食品", []string{"变质", "过期", "食品"}, "reply"},
	{"消防", []string{"消防", "堵通道", "灭火器"}, "general"}, {"水污染", []string{"污水", "黑臭", "排污"}, "general"}, {"大气", []string{"焚烧", "扬尘", "异味"}, "reply"},
	{"政务", []string{"办证", "窗口", "跑几趟"}, "reply"}, {"养老", []string{"养老院", "老人", "护工"}, "reply"}, {"宠物", []string{"流浪狗", "遛狗", "咬人"}, "reply"},
	{"事故", []string{"塌了", "爆炸", "伤亡"}, "major"},
}

const units = 30

func unit(i int) string { return fmt.Sprintf("清河市第%02d局", i%units+1) }

func officer(unit, i int) string { return fmt.Sprintf("干事%02d%c", unit%units+1, 'A'+rune(i%3)) }

func topicOf(i int) int { return skew(mixed(i), len(topics)) }

func sourceName(i int) string { return fmt.Sprintf("清河论坛%03d版", i) }

func quoted(list []string) string {
	list = slices.Clone(list)
	for i, w := range list {
		list[i] = "'" + w + "'"
	}
	return "[" + strings.Join(list, ", ") + "]"
}
