package source

import (
	"errors"
	"fmt"
	"runtime/debug"

	"huiyin/internal/fetch"
	"huiyin/internal/parse"
)

// panicError is a panic while a source was read: a mistake of ours, not theirs.
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

// safely runs f and turns its panic into an error: one source that makes the
// program stumble must not stop the others.
func safely(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = &panicError{p, debug.Stack()}
		}
	}()
	return f()
}

var (
	errState = errors.New("load state")
	errKnown = errors.New("ask what is known")
	errSink  = errors.New("hand on")
)

// PartError says that a source was read, but not all of it: its feed is damaged,
// or post pages do not show their text.
type PartError struct{ reason, detail string }

// Error implements error.
func (e *PartError) Error() string { return e.detail }

// Reason says in plain Chinese why a poll failed and what to do about it; empty
// for nil. The name of the source is not in it.
func Reason(err error) string {
	var layout *parse.LayoutError
	var bug *panicError
	var part *PartError
	var empty *emptyError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &part):
		return part.reason
	case errors.As(err, &layout) && layout.Found > 0:
		return fmt.Sprintf("页面结构变了：选择器 %s 找到 %d 处，但没有一处有标题和链接；请管理员核对配置", layout.Selector, layout.Found)
	case errors.As(err, &layout):
		return fmt.Sprintf("页面结构变了，选择器 %s 找不到任何帖文；请在浏览器里打开看看，再请管理员核对配置", layout.Selector)
	case errors.As(err, &empty):
		return fmt.Sprintf("以前有 %d 条，现在一条也没有；请在浏览器里打开看看，再请管理员核对配置", empty.had)
	case errors.Is(err, parse.ErrNotFeed):
		return "网址打开的不是订阅源（RSS、Atom 或 JSON Feed）；请核对网址"
	case errors.Is(err, parse.ErrBroken):
		return "订阅源的内容残缺，一条也读不出来；请联系对方网站"
	case errors.Is(err, parse.ErrPage):
		return "网页读不懂（嵌套太深）；请核对网址"
	case errors.Is(err, errState), errors.Is(err, errKnown), errors.Is(err, errSink):
		return "本机的记录库读写失败；请管理员检查磁盘空间和日志"
	case errors.As(err, &bug):
		return "程序读取这个来源时出错；其他来源不受影响，请把日志交给管理员"
	}
	return fetch.Reason(err)
}

// damaged says what was wrong with a poll that worked.
func damaged(read, lost int) string {
	return fmt.Sprintf("订阅源的内容残缺：读出 %d 条，至少 %d 条没能读出；请联系对方网站", read, lost)
}
