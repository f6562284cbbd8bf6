package board

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"huiyin/internal/cases"
)

// What each page shows of the sample quarter.
func TestPages(t *testing.T) {
	w := newWorld(t, data(t), nil)
	v := w.as("刘建国")
	all := pages(t)
	for page, want := range map[string][]string{
		"open":        {"在办事项", "超时未回应", "已超时", "还剩", "每分钟自动更新", "跳到正文", `aria-current="page">在办`},
		"wall":        {"最急的", "各单位", `class="wall"`},
		"list":        {"超时，7月1日至9月30日立案，共 ", "换条件"},
		"case":        {"要做什么，什么时候到期", "怎么算的", "办理记录", "说这件事的帖文", "已超", "看原文"},
		"big-case":    {"看全部 86 帖", "并入 ", "在谁手里多久", "合计 1 小时 48 分", "✓ 已核验"},
		"story":       {"86 帖", "最早读到", "每小时新读到的帖数", "在哪里说", "第 1 页，共 2 页"},
		"map":         {"合计", "供水集团", "件超时未回应"},
		"map-quarter": {"7月1日至9月22日立案的事项", "合计", "供水集团"},
		"trends":      {"按专题", "按时率", "前 90 天", "民"},
		"search":      {"说到“小区 停水”", "帖，涉及", "<mark>小区</mark>"},
		"sources":     {"1 个有问题", "清河论坛", "论坛"},
		"source":      {"每天新读到的帖数", "下次读", "9月21日读到的帖"},
		"topics":      {"准确率", "引起误报的词", "误报 "},
		"digest":      {"7月15日简报", "前一天", "帖文增加最快", "近 14 天"},
		"digest-now":  {"此刻的简报", "超时未回应"},
		"reports":     {"季报", "2026年第三季度"},
		"report":      {"2026年第三季度", "下载表格", "统计口径", `<h2 id="part-2" class="apart">二、各单位按时回应情况通报</h2>`},
	} {
		body := v.must(all[page])
		for _, s := range want {
			if !strings.Contains(body, s) && !strings.Contains(text(body), s) {
				t.Errorf("%s does not say %q:\n%s", page, s, text(body))
			}
		}
		if n := strings.Count(body, "<h1"); n != 1 {
			t.Errorf("%s has %d h1", page, n)
		}
	}
	if status, body := v.get("/nowhere"); status != http.StatusNotFound || !strings.Contains(body, "没有这一页") {
		t.Errorf("a page that is none: %d", status)
	}
	for _, path := range []string{"/case/1", "/case/2026-999999", "/case/%00", "/story/2026-999999", "/source/none", "/digest/2026-13-01", "/digest/2027-01-01",
		"/report/x", "/report/2026Q3.exe", "/static/none", "/search?case=2026-999999"} {
		if status, _ := v.get(path); status != http.StatusNotFound {
			t.Errorf("%s answers %d, want 404", path, status)
		}
	}
	res, body := v.do("GET", "/report/2026Q3.xlsx")
	if d := res.Header.Get("Content-Disposition"); res.StatusCode != 200 || body != "2026Q3" || !strings.Contains(d, url.PathEscape("2026年第三季度.xlsx")) {
		t.Errorf("the file: %d, %s, %q", res.StatusCode, d, body)
	}
}

var (
	number1 = regexp.MustCompile(`^\D{0,3}(\d+)( 件.*| 帖.*|)$`)
	ofCases = regexp.MustCompile(`共 (\d+) 件`)
	ofPosts = regexp.MustCompile(`： ?(\d+) 帖，涉及`)
)

// Every number that is a link counts what stands behind it; and no link leads nowhere.
func TestNumbersAreLists(t *testing.T) {
	w := newWorld(t, data(t), nil)
	for _, who := range []string{"刘建国", "王敏"} {
		v := w.as(who)
		counted, seen := 0, map[string]string{}
		for page, path := range pages(t) {
			if page == "none" || who == "王敏" && (page == "sources" || page == "source" || page == "digest" || page == "digest-now" || page == "case" || page == "evil" || page == "odd") {
				continue
			}
			for _, l := range some(links(v.must(path))) {
				n := number1.FindStringSubmatch(l.text)
				if _, ok := seen[l.href]; !ok {
					status, body := v.get(l.href)
					if status != http.StatusOK {
						t.Errorf("%s, %s: the link %s (%s) answers %d", who, page, l.href, l.text, status)
					}
					seen[l.href] = text(body)
				}
				of := ofCases
				if strings.HasPrefix(l.href, "/search?") {
					of = ofPosts
				} else if !strings.HasPrefix(l.href, "/cases?") {
					continue
				}
				there := of.FindStringSubmatch(seen[l.href])
				if n == nil {
					continue
				}
				if counted++; there == nil || there[1] != n[1] {
					t.Errorf("%s, %s: %q leads to %s, which says %q", who, page, l.text, l.href, there)
				}
			}
		}
		t.Logf("%s: %d links, %d numbers", who, len(seen), counted)
		if counted < 40 {
			t.Errorf("only %d numbers were compared", counted)
		}
	}
}

// some are about 30 of the numbers on a page, and three other links.
func some(list []link) (chosen []link) {
	var numbers []link
	others := 0
	for _, l := range list {
		switch {
		case !strings.HasPrefix(l.href, "/"):
		case number1.MatchString(l.text):
			numbers = append(numbers, l)
		case others < 3:
			others++
			chosen = append(chosen, l)
		}
	}
	for i := 0; i < len(numbers); i += 1 + len(numbers)/30 {
		chosen = append(chosen, numbers[i])
	}
	return chosen
}

// Nothing that was written by somebody else becomes a part of the page.
func TestHostile(t *testing.T) {
	w := newWorld(t, data(t), nil)
	v := w.as("刘建国")
	all := pages(t)
	all["evil-list"] = "/cases?topic=" + url.QueryEscape(evil)
	all["evil-search"] = "/search?topic=" + url.QueryEscape(evil) + "&q=" + url.QueryEscape("<script>")
	all["evil-story"] = "/story/2026-900001"
	all["evil-source"] = "/source/" + url.PathEscape("坏"+evil)
	all["evil-echo"] = "/cases?unit=" + url.QueryEscape(evil) + "&is=" + url.QueryEscape(evil) + "&from=" + url.QueryEscape(evil)
	all["evil-open"] = "/?unit=" + url.QueryEscape(evil)
	shown := 0
	for page, path := range all {
		_, body := v.get(path)
		faults := 0
		for _, bad := range []string{"<script>alert", `href="javascript:`, `href="data:`, "ZgotmplZ", "style=", "onclick=", "onerror="} {
			if strings.Contains(strings.ToLower(body), strings.ToLower(bad)) {
				t.Errorf("%s has %q in it", page, bad)
			}
		}
		if strings.Contains(text(body), evil) {
			shown++
		}
		for _, m := range regexp.MustCompile(`<a [^>]*href="https?:[^>]*>`).FindAllString(body, -1) {
			if !strings.Contains(m, `target="_blank" rel="noopener noreferrer nofollow"`) && faults < 5 {
				faults++
				t.Errorf("%s: %s", page, m)
			}
		}
	}
	if shown < 8 {
		t.Errorf("%d pages show what was written, want at least 8", shown)
	}
}

// A filter comes back from its link, and the words for it are never missing.
func TestLinks(t *testing.T) {
	name := rapid.StringMatching(`[^\x00]{0,12}`)
	rapid.Check(t, func(t *rapid.T) {
		f := cases.Filter{
			Is: rapid.SampledFrom(cases.StandingNames).Draw(t, "is").Is, Dated: rapid.SampledFrom([]cases.Dated{"", cases.ByReplied, cases.ByEnded}).Draw(t, "dated"),
			Unit: name.Draw(t, "unit"), Officer: name.Draw(t, "officer"), Topic: name.Draw(t, "topic"), Category: name.Draw(t, "category"),
			Channel: name.Draw(t, "channel"), Source: name.Draw(t, "source"),
		}
		if rapid.Bool().Draw(t, "from") {
			f.From = now.AddDate(0, 0, -rapid.IntRange(0, 5000).Draw(t, "days"))
		}
		if rapid.Bool().Draw(t, "until") {
			f.Until = now.Truncate(1e9*60).AddDate(0, 0, rapid.IntRange(0, 5000).Draw(t, "days"))
		}
		q, err := url.ParseQuery(f.Link(zone))
		if err != nil {
			t.Fatal(err)
		}
		got := cases.FilterOf(q, zone)
		if !got.From.Equal(f.From) || !got.Until.Equal(f.Until) {
			t.Fatalf("%v–%v came back as %v–%v", f.From, f.Until, got.From, got.Until)
		}
		if got.Link(zone) != f.Link(zone) || got.Is != f.Is || got.Dated != f.Dated || got.Unit != f.Unit || got.Source != f.Source {
			t.Fatalf("%+v came back as %+v", f, got)
		}
		if inWords(f, zone, now) == "" {
			t.Fatal("no words")
		}
	})
}

// The list is paged, and a page past its end is empty and says how many there are.
func TestPaging(t *testing.T) {
	w := newWorld(t, data(t), nil)
	v := w.as("刘建国")
	first := v.must("/cases")
	total, err := strconv.Atoi(ofCases.FindStringSubmatch(text(first))[1])
	if err != nil || total < 200 {
		t.Fatal(total, err)
	}
	seen := map[string]bool{}
	path := "/cases"
	pages := 0
	for path != "" && pages < 50 {
		body := v.must(path)
		path = ""
		for _, l := range links(body) {
			if m, ok := strings.CutPrefix(l.href, "/case/"); ok {
				seen[m] = true
			}
			if strings.HasPrefix(l.text, "下一页") {
				path = l.href
			}
		}
		pages++
	}
	if len(seen) != total || pages != (total+perPage-1)/perPage {
		t.Errorf("%d cases on %d pages, want %d", len(seen), pages, total)
	}
	for _, page := range []string{"0", "-3", "x", "99999999999999999999", "1999"} {
		if body := v.must("/cases?page=" + page); !strings.Contains(text(body), "共 "+strconv.Itoa(total)+" 件") {
			t.Errorf("page %s: %s", page, text(body))
		}
	}
}

// Chosen words, and what is asked of the search.
func TestSearch(t *testing.T) {
	w := newWorld(t, data(t), nil)
	v := w.as("刘建国")
	for query, want := range map[string]string{
		"":   "几个词要同时有",
		"q=": "几个词要同时有",
		"q=" + url.QueryEscape("没有这样的话"):      "没有找到",
		"q=" + url.QueryEscape("小区 昨天"):       "说到“小区”，9月21日读到",
		"q=" + url.QueryEscape("昨天"):          "9月21日读到",
		"from=2026-07-14&to=2026-07-15":       "7月14日至7月15日读到",
		"case=2026-900001":                    "2026-900001： 1 帖，涉及 1 件事",
		"channel=" + url.QueryEscape("论坛"):    "渠道“论坛”，8月24日至9月22日读到",
		"category=" + url.QueryEscape("其他"):   "类别“其他”",
		"q=" + strings.Repeat("%E6%B0%B4", 9): "说到“水水水水水水水水水”",
	} {
		if body := text(v.must("/search?" + query)); !strings.Contains(body, want) {
			t.Errorf("%s: no %q in:\n%s", query, want, body)
		}
	}
}

func TestWords(t *testing.T) {
	day := func(s string) url.Values { v, _ := url.ParseQuery(s); return v }
	for query, want := range map[string]string{
		"": "全部事项",
		"unit=供水集团&is=intime&from=2026-07-01&until=2026-10-01":      "供水集团，按时，7月1日至9月30日立案",
		"officer=王敏&dated=replied&from=2025-12-30&until=2026-01-02": "责任人王敏，2025年12月30日至1月1日首次回应",
		"from=2026-09-22&until=2026-09-23":                          "9月22日立案",
		"until=2026-10-01&dated=ended":                              "9月30日及以前结束",
		"from=2026-09-22T08:30":                                     "今天 08:30起立案",
		"is=none&dated=none&from=none":                              "全部事项",
	} {
		if got := inWords(cases.FilterOf(day(query), zone), zone, now); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	for s, want := range map[string]string{"停水": "<mark>停水</mark>三天", "ＡＢ": "三天", "": "停水三天"} {
		if got := string(mark("停水三天", []string{s})); s != "ＡＢ" && got != want {
			t.Errorf("%q marks %s", s, got)
		}
	}
	if got := string(mark(`a<b>Ｂ&ab`, []string{"ab", "B"})); got != `a&lt;<mark>b</mark>&gt;<mark>Ｂ</mark>&amp;<mark>ab</mark>` {
		t.Error(got)
	}
	long := strings.Repeat("水", 500) + "漏" + strings.Repeat("电", 500)
	if got := string(excerpt(long, []string{"漏"})); !strings.HasPrefix(got, "…水") || !strings.Contains(got, "<mark>漏</mark>") || !strings.HasSuffix(got, "电…") || len(got) > 700 {
		t.Error(got)
	}
	for address, ok := range map[string]bool{"https://a.cn/x?y#z": true, "http://a.cn": true, "javascript:alert(1)": false, "//a.cn": false, "ftp://a.cn": false,
		" https://a.cn": false, "https:a.cn": false, "": false, "data:text/html,x": false} {
		if got := webLink(address); (got != "") != ok {
			t.Errorf("%q is linked as %q", address, got)
		}
	}
}
