package sheet

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/unicode/norm"

	"huiyin/internal/post"
)

// FieldNames are what people call the fields of a letter.
var FieldNames = []string{"编号", "标题", "内容", "时间", "姓名", "电话", "单位", "渠道", "网址"}

// headers are what the columns of a field are called, the best first. The running number of a
// row (序号) is no key: it begins anew in each file.
var headers = map[string][]string{
	"编号": {"编号", "工单编号", "工单号", "受理编号", "受理单号", "信件编号", "来信编号", "诉求编号", "投诉编号", "信访编号", "事项编号", "案件编号", "登记编号", "单号", "流水号"},
	"标题": {"标题", "诉求标题", "工单标题", "信件标题", "来信标题", "问题标题", "事项标题", "主题", "诉求主题", "信件主题", "事项名称", "事由"},
	"内容": {"内容", "诉求内容", "反映内容", "正文", "工单内容", "信件内容", "来信内容", "来电内容", "投诉内容", "问题描述", "诉求描述", "诉求详情", "问题内容", "事项内容",
		"受理内容", "主要内容", "具体内容", "详细内容", "反映问题", "反映事项", "诉求"},
	"时间": {"时间", "来电时间", "来信时间", "来访时间", "写信时间", "诉求时间", "反映时间", "投诉时间", "提交时间", "受理时间", "登记时间", "接收时间", "创建时间",
		"日期", "来电日期", "来信日期", "来访日期", "受理日期", "登记日期"},
	"姓名": {"姓名", "来电人", "来电人姓名", "来信人", "写信人", "来访人", "诉求人", "诉求人姓名", "反映人", "反映人姓名", "投诉人", "市民姓名", "联系人"},
	"电话": {"电话", "联系电话", "联系方式", "来电号码", "来电电话", "手机", "手机号", "手机号码", "电话号码", "联系号码", "联系人电话", "诉求人电话", "反映人电话"},
	"单位": {"单位", "承办单位", "主办单位", "责任单位", "办理单位", "处理单位", "承办部门", "主办部门", "责任部门"},
	"渠道": {"渠道", "来源", "诉求来源", "工单来源", "信件来源", "来源渠道", "受理渠道", "诉求渠道", "反映渠道", "受理方式"},
	"网址": {"网址", "链接", "原文链接", "信件链接"},
}

// within is in how many rows from the top the headers are looked for.
const within = 10

var (
	remark   = regexp.MustCompile(`\([^()]*\)|\[[^\[\]]*\]`)
	trailing = ":*.。、"
	letters  = regexp.MustCompile(`^[A-Z]{1,2}$`)
)

// plain is a header without what does not tell: spaces, remarks in brackets, a colon.
func plain(header string) string {
	s := strings.Join(strings.Fields(norm.NFKC.String(header)), "")
	return strings.Trim(remark.ReplaceAllString(s, ""), trailing)
}

// header finds the row of the headers, as an index of rows, and the column of each field, -1
// for those without one. given are the columns that somebody named.
func (g *grid) header(given map[string]string) (row int, places map[string]int, err error) {
	row, most := -1, 0
	places, _ = guess(cells{}, given)
	for i, r := range g.rows {
		if r.no > within {
			break
		}
		found, known := guess(r, given)
		if known > most && (known > 1 || r.filled() <= 2) { // a title may read as a header does
			row, most, places = i, known, found
		}
	}
	for _, name := range FieldNames {
		if column := given[name]; column != "" && places[name] < 0 {
			return 0, nil, fmt.Errorf("-map 里写了“%s=%s”，但表里没有叫“%[2]s”的列%s", name, column, g.stands(row))
		}
	}
	if places["标题"] < 0 && places["内容"] < 0 {
		return 0, nil, fmt.Errorf("前 %d 行里没有找到表头：要有“标题”或者“内容”这样的列。请用 -map 写明，例如 -map 标题=诉求标题,内容=诉求内容，也可以写列的字母，例如 -map 内容=C%s",
			within, g.stands(row))
	}
	return row, places, nil
}

// stands tells what stands in a row, or in the first when it is none.
func (g *grid) stands(row int) string {
	r := g.rows[max(row, 0)]
	var list []string
	for _, v := range r.values {
		if v != "" && len(list) < 30 {
			list = append(list, post.Line(v, 20))
		}
	}
	return fmt.Sprintf("。第 %d 行是：%s", r.no, strings.Join(list, "、")) + g.other()
}

// guess finds the columns of the fields by the headers in a row. known is how much the row
// looks like one of headers: how many it has, those twice that somebody named.
func guess(r cells, given map[string]string) (places map[string]int, known int) {
	names := make([]string, len(r.values))
	for i, v := range r.values {
		names[i] = plain(v)
	}
	places = map[string]int{}
	for _, field := range FieldNames {
		places[field] = -1
		wanted, weight := headers[field], 1
		if column, said := given[field]; said {
			wanted, weight = []string{plain(column)}, 2
		}
		for _, w := range wanted {
			if at := slices.Index(names, w); w != "" && at >= 0 {
				places[field] = at
				known += weight
				break
			}
		}
		if column := strings.ToUpper(strings.TrimSpace(given[field])); places[field] < 0 && letters.MatchString(column) {
			n, err := excelize.ColumnNameToNumber(column)
			if err == nil && n <= maxColumns {
				places[field] = n - 1
			}
		}
	}
	return places, known
}

// columns lists the columns that have something in the row of the headers, or that are used.
func (g *grid) columns(header int, places map[string]int) (list []Column) {
	for i := range maxColumns {
		c := Column{Letter: letterOf(i)}
		if header >= 0 {
			c.Header = post.Line(g.rows[header].at(i), 40)
		}
		for _, field := range FieldNames {
			if places[field] == i {
				c.Field = field
			}
		}
		if c.Header != "" || c.Field != "" {
			list = append(list, c)
		}
	}
	return list
}

// letterOf is what Excel calls a column, from 0.
func letterOf(column int) string {
	name, err := excelize.ColumnNumberToName(column + 1)
	if err != nil {
		return "?" // beyond what Excel has
	}
	return name
}
