package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Texts are words of two characters each, one after another, from a list in which a word
// is the rarer the later it stands (Zipf's law): there are words to look for that nearly
// every post has, and such as only a few of all have. The first ones mean something.
const (
	vocabulary = 20_000
	common     = "小区居民反映问题希望部门尽快解决我们这里已经没有人管多次投诉电话一直联系不上晚上白天门口道路严重影响生活老人孩子上学出行安全" +
		"请问什么时候能够处理有关领导重视一下回复谢谢昨天今天早上下午最近两周半年整个单元楼下附近学校医院市场公园车站邻居业主物业公司社区街道"
	rare = "江河湖海山川岭峰松柏竹梅兰菊桂枫春夏秋冬东西南北金银铜铁石玉珠宝龙凤虎鹤鹿马牛羊文武德义仁礼智信和平安康福寿吉祥如意光明新华建国庆丰盛兴旺" +
		"达通远方正大同民主自由团结奋斗红橙黄绿青蓝紫黑白灰云雨雪霜露雷电风星月日天地水火木土田园林场村庄镇城堡桥梁亭台楼阁宫殿寺庙塔窑井泉溪谷沟坡坝堤岸港湾洲岛"
)

// words is the list, without anything between the words.
func words() string {
	var b strings.Builder
	first, second := []rune(common), []rune(rare)
	for i := 0; i+1 < len(first); i += 2 {
		b.WriteString(string(first[i : i+2]))
	}
	for i := len(first) / 2; i < vocabulary; i++ {
		b.WriteRune(second[i%len(second)])
		b.WriteRune(second[i/len(second)*7%len(second)])
	}
	return b.String()
}

// word is the i-th of them.
func word(all string, i int) string { return all[6*i : 6*i+6] }

// mentions writes those of one month, from `from` to `until`: the first one of each case
// that was opened in it, and the others, which tell of a case of the last days. A case is
// told of the more often the more zeros its number ends with in binary: of stories there
// are few great ones and many that one post tells.
func (s set) mentions(ctx context.Context, db *database, from, until time.Time) error {
	a, b := s.before(from, s.Cases), s.before(until, s.Cases)
	others := s.Mentions - s.Cases
	c, d := s.before(from, others), s.before(until, others)
	perDay := s.Cases/s.Days + 1
	var names []string
	var list [][3]string
	for _, t := range topics {
		names, list = append(names, t.name), append(list, [3]string(t.words))
	}
	var first, second, third []string
	for _, w := range list {
		first, second, third = append(first, w[0]), append(second, w[1]), append(third, w[2])
	}
	// Which case: the last one that was opened by then, or that of so long ago, down to the
	// next one with so many zeros.
	base := fmt.Sprintf("greatest(toInt64(0), toInt64(intDiv((2 * number + 1) * %d, %d)) - 1 - toInt64(least(%d, -log((h %% 65521 + 1) / 65522) * %d)))",
		s.Cases, 2*others, 60*perDay, perDay+perDay/2)
	query := fmt.Sprintf(`
INSERT INTO mentions (id, shipment, case, no, source, title, text, url, published, seen, topics, words, replies, views)
WITH (SELECT words FROM bench.vocabulary) AS vocab,
    arrayElement([%[1]s, %[2]s, %[3]s], 1 + h %% 3) AS matching, matching[1 + t] AS matched,
    x -> substring(vocab, 1 + 6 * toUInt32(pow(%[4]d, intHash64(seed * 128 + x) / 18446744073709551616.) - 1), 6) AS a_word
SELECT lower(hex(sipHash128(key))), concat('bench-', toString(intDiv(key, 1000))), case, no,
    concat('清河论坛', leftPad(toString(%[5]s), 3, '0'), '版'),
    concat(a_word(100), a_word(101), '路', matched, a_word(102)),
    concat(a_word(103), matched, '，', arrayStringConcat(arrayMap(k -> concat(a_word(k), if(k %% 7 = 6, '，', '')), range(16 + if(seed %% 8 < 7, seed %% 33, seed %% 80)))), '。'),
    concat('https://bbs', toString(%[5]s), '.example.cn/thread-', toString(key), '-1-1.html'),
    if(h %% 10 = 0, NULL, fromUnixTimestamp64Milli(ms - toInt64(h %% 1800000))), fromUnixTimestamp64Milli(ms),
    [%[6]s[1 + t]], [matched], h %% 50, h %% 5000
FROM (
    SELECT key, m.case AS case, ms, h, toUInt64(%[7]s) AS t, toUInt64(if(h %% 5 < 3, i * 8 + intDiv(h, 8) %% 3, %[8]d + key)) AS seed, k + before AS no
    FROM (
        SELECT key, i, ms, h, row_number() OVER (PARTITION BY i ORDER BY ms, key) AS k, %[9]s AS case FROM (
            SELECT number AS key, toInt64(number) AS i, toInt64(%[10]s) AS ms, intHash64(key) AS h FROM numbers(%[11]d, %[12]d)
            UNION ALL
            SELECT %[13]d + number AS key, bitAnd(%[14]s, bitShiftLeft(toInt64(-1), intDiv(h, 65536) %% %[15]d)) AS i, greatest(toInt64(%[16]s), toInt64(%[20]d)) AS ms, intHash64(key) AS h
            FROM numbers(%[17]d, %[18]d)
        )
    ) AS m LEFT JOIN (SELECT case, max(no) AS before FROM mentions WHERE seen >= fromUnixTimestamp64Milli(%[19]d) GROUP BY case) AS b ON m.case = b.case
    ORDER BY ms
)`,
		quoted(first), quoted(second), quoted(third), vocabulary, skewSQL("intDiv(h, 16)", s.Sources), quoted(names), skewSQL(mixedSQL("i"), len(topics)),
		8*s.Cases, s.numberSQL("i"), s.whenSQL("toInt64(number)", s.Cases), a, b-a, s.Cases, base, s.levels(), s.whenSQL("toInt64(number)", others), c, d-c,
		from.AddDate(0, 0, -90).UnixMilli(), s.when(0, s.Cases).UnixMilli()+1)
	return db.exec(ctx, query)
}

// polls writes those of one month: each source is read at even distances.
func (s set) polls(ctx context.Context, db *database, from, until time.Time) error {
	days := int(until.Sub(from).Hours()) / 24
	gap := dayMS / s.Polls
	return db.exec(ctx, fmt.Sprintf(`
INSERT INTO polls (id, shipment, source, at, read, new, old, matched, error, gap)
SELECT lower(hex(sipHash128(%[1]d, number))), concat('bench-', toString(intDiv(number, 1000))), concat('清河论坛', leftPad(toString(source), 3, '0'), '版'),
    fromUnixTimestamp64Milli(toInt64(%[1]d + intDiv(number, %[2]d) * %[3]d + source * 137)), 30, h %% 4, h %% 31 = 0, h %% 3 = 0, if(h %% 97 = 0, '打不开：连接超时', ''), h %% 1009 = 0
FROM (SELECT number, number %% %[2]d AS source, intHash64(number + %[1]d) AS h FROM numbers(%[4]d))`,
		from.UnixMilli(), s.Sources, gap, days*s.Polls*s.Sources))
}
