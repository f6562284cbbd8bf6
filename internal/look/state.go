package look

import (
	"regexp"
	"unicode/utf8"

	"huiyin/internal/post"
)

// How long, in runes, is at most what says nothing but that something is not
// there: a forum's message, or a page's whole text; and a line that says that a
// thread is closed.
const (
	fewMessage = 160
	fewText    = 80
	fewLine    = 60
)

const (
	subject = `(?:帖子|贴子|主题|话题|文章|内容|页面|网页|信息|链接|地址|讨论|记录)`
	lost    = `(?:不存在|已?不见了|找不到|已?被?(?:发布者|作者|管理员|版主)?(?:删除|移除|下架|下线|撤下|撤回)|已?失效|正在(?:被)?审核)`
)

var (
	gone = regexp.MustCompile(subject + `[^，。！!\n]{0,12}` + lost + `|(?:没有|未)找到[^，。！!\n]{0,12}` + subject + `|没有这个` + subject +
		`|此内容因违规无法查看|访问的页面出错|(?i:\b404\b.{0,20}not found|page not found)`)
	locked  = regexp.MustCompile(`(?:主题|帖子?|贴子?|话题|讨论)(?:已经|已)?被?(?:管理员|版主)?(?:关闭|锁定)|禁止(?:再)?回[复帖]|不再接受(?:新)?回复|内容(?:已被)?自动屏蔽|帖子?被(?:管理员或版主|管理员|版主)?屏蔽|(?:评论|回复)已关闭`)
	login   = regexp.MustCompile(`(?:需要|请先|请您|必须|尚未|没有)(?:先|您)?登[录陆]|登[录陆]后(?:才能|才可以?|方可|可以?|即可)?(?:查看|浏览|访问|继续|阅读)|没有权限(?:访问|查看|浏览)|无权(?:访问|查看|浏览)`)
	answers = regexp.MustCompile(`登[录陆]后?[^，。\n]{0,8}(?:回[复帖]|跟帖|发帖|发表|评论|点赞)`) // who would answer must log in; who would read need not
)

// messages are where forums say that they cannot show what was asked for.
const messages = `#messagetext, .alert_error, .alert_info, .error-page, .error-content, .errorMsg, .error_msg, .page-404, .weui-msg__title`

// state tells how the page stands; closed is what its own data say.
func (r *reader) state(p *Page, closed bool) State {
	if r.says(p, gone) {
		return Gone
	}
	if closed {
		return Locked
	}
	for _, line := range r.around {
		if utf8.RuneCountInString(line) <= fewLine && locked.MatchString(line) {
			return Locked
		}
	}
	return Open
}

// login says whether the page only asks the visitor to log in.
func (r *reader) login(p *Page) bool {
	return p.State != Gone && r.says(p, login) && !r.says(p, answers)
}

// says looks for what in the page's message, or in all of a page that has little
// else and bears no date: what people write may speak of such things.
func (r *reader) says(p *Page, what *regexp.Regexp) bool {
	if r.body() != nil {
		return false
	}
	if what.MatchString(post.Line(r.doc.Find(messages).First().Text(), fewMessage)) {
		return true
	}
	return p.Published.IsZero() && utf8.RuneCountInString(p.Text) <= fewText && what.MatchString(p.Title+"\n"+p.Text)
}
