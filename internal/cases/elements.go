package cases

import (
	"fmt"
	"regexp"
	"strings"
)

// ritual is what answers say without telling anything: that a message came, that it was
// passed on, that an answer follows, thanks. It is looked at for nothing.
var ritual = regexp.MustCompile(strings.Join([]string{
	`[^，。：！]{0,40}收悉`,
	`[现特并]?[将就][^，。；：！]{0,30}(回复|答复|回答|说明|回应|反馈)(如下|您|你)`,
	`[已会将]?(转|移交|交办|交由)[^，。；：！]{0,24}(调查|核查|核实|核处|处理|处置|办理|办复|答复|反馈|关注|部门|科室|单位|局)[^，。；！]{0,12}`,
	`[如一]有[^。！]{0,20}(反馈|回复|告知|答复)`,
	`[将会]?(尽快|及时)[^，。！]{0,12}(回复|答复|反馈)`,
	`(正在)?调查(核查|核实|核处|处理|处置)中?`,
	`高度重视`,
	`感谢[^，。；！]*`,
	`敬请[^，。；！]*`,
}, "|"))

// elements are the four of a good answer (四要素), and the words that show each. The rules
// are plain on purpose: they hint, and never block.
var elements = []struct {
	name string
	said *regexp.Regexp
}{
	{"原因", regexp.MustCompile(`因|由于|导致|造成|引起|系|据|了解到|属实|按照|规定|不符合|经[^，。]{0,12}[查核勘]`)},
	{"解决办法", regexp.MustCompile(`修|更换|整改|整治|改造|处理|处置|解决|安排|组织|责成|责令|督促|协调|协商|措施|清理|关闭|补发|退还|查处|处罚|约谈|要求|恢复|加强|办理|申请|[可请][您你以到在向凭持带携拨致联与]|建议`)},
	{"进展", regexp.MustCompile(`目前|已|正在|正式|截至|截止|当前|现[在有处阶]|日前|近日|暂|月\d{1,2}日，?\p{Han}|完成|多次`)},
	{"下一步", regexp.MustCompile(`下一步|下步|接下来|后续|预计|计划|将|今后|以后|力争|争取|继续|届时|下周|明天|明日|尽快|拟|进一步|待|如[有果需您你对]|若|请|电话|致电|欢迎`)},
}

// Missing returns which of the four elements a text of an answer does not seem to have.
func Missing(text string) (names []string) {
	text = ritual.ReplaceAllString(text, "")
	for _, e := range elements {
		if !e.said.MatchString(text) {
			names = append(names, e.name)
		}
	}
	return names
}

// Hint says what an answer seems to lack; empty when nothing.
func Hint(text string) string {
	missing := Missing(text)
	if len(missing) == 0 {
		return ""
	}
	return fmt.Sprintf("提示：这段答复里好像没有说%s。群众一般想知道：原因、解决办法、进展、下一步。", strings.Join(missing, "、"))
}

// Template is a skeleton of an answer with the case's facts filled in.
func Template(c Case) string {
	greeting := "网友您好"
	if c.Contact != "" { // who phoned or wrote is no user of a forum
		greeting = "您好"
	}
	return fmt.Sprintf(`%s：您反映的“%s”问题已收悉（编号 %s）。经核实，现答复如下：
一、原因：经查，……
二、解决办法：我单位已安排……
三、进展：目前，……
四、下一步：我们将……，预计 __ 月 __ 日前完成。
感谢您对我们工作的关心和监督。
%s
__ 年 __ 月 __ 日`, greeting, strings.TrimSpace(c.Title), c.Number, c.Unit)
}
