package cases

import (
	"slices"
	"strings"
	"testing"
)

func TestMissing(t *testing.T) {
	all := []string{"原因", "解决办法", "进展", "下一步"}
	for text, want := range map[string][]string{
		// nothing is said
		"":          all,
		"您反映的问题已收悉": all,
		"网友您好！您的留言已收悉，感谢您的关注。":                 all,
		"已转相关部门处理":                             all,
		"您好，您反映的问题已转交市住建局调查处理。":                all,
		"网友您好：您反映的问题已收悉并交由有关单位调查核处，如有情况将及时回复！": all,
		"我们高度重视，现将有关情况回复如下：":                   all,
		"您的留言收悉，已转有关部门，将尽快答复您，谢谢！":             all,
		"此事正在调查处理中。":                           all,
		"收到":                                   all,
		// something is
		"不属于我局职责。":                 all,
		"水压低是水泵老化引起的。":             {"解决办法", "进展", "下一步"},
		"已修好。":                     {"原因", "下一步"},
		"经查，该处井盖破损，今天上午已更换。":       {"下一步"},
		"目前路灯正在抢修，预计 11 月 25 日恢复。": {"原因"},
		// all is
		"您反映的停水问题，系 DN300 主管爆裂所致。我公司已组织抢修，目前管道已更换完毕，水压正在恢复，预计今晚八点前全部恢复供水。": nil,
		"经现场核实，噪音来自夜间施工。已责令施工单位停工整改，该单位已书面承诺。下一步，我局将加强夜间巡查。":               nil,
		"根据《城镇燃气管理条例》，开户要查验户内管道。您可凭身份证到大厅办理，现在一般三个工作日办完；如有疑问请拨打 96777。":    nil,
	} {
		if got := Missing(text); !slices.Equal(got, want) {
			t.Errorf("%s: lacks %v, want %v", text, got, want)
		}
		hint := Hint(text)
		switch {
		case (hint == "") != (len(want) == 0):
			t.Errorf("%s: %s", text, hint)
		case len(want) > 0 && !strings.Contains(hint, "没有说"+strings.Join(want, "、")+"。"):
			t.Errorf("%s: %s", text, hint)
		}
	}
}

// The skeleton has all four in their places, and reads as one letter.
func TestTemplate(t *testing.T) {
	c := fold(t, opened(one))
	c.Title = "  东风小区三天没水了 "
	letter := c
	letter.Contact = "138****0000"
	golden(t, "template.txt", Template(c)+"\n\n"+Template(letter)+"\n")
	if missing := Missing(Template(c)); len(missing) > 0 {
		t.Errorf("it lacks %v", missing)
	}
}

func FuzzMissing(f *testing.F) {
	f.Add("您反映的问题已收悉，已转有关部门处理。")
	f.Add("转转转转转转转转转")
	f.Add("\xff\x00现将将将将")
	f.Fuzz(func(t *testing.T, text string) {
		missing := Missing(text)
		if len(missing) > 4 || (Hint(text) == "") != (len(missing) == 0) {
			t.Errorf("%q: %v, %q", text, missing, Hint(text))
		}
		if said := "经查，水管老化。已更换。目前恢复。下一步将巡查。"; len(Missing(text+"\n。"+said)) > 0 {
			t.Errorf("%q hides what is said after it", text)
		}
	})
}
