package chat

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/go-telegram/bot/models"

	"huiyin/internal/cases"
)

// The data of a button says what a tap on it does. Telegram takes 64 bytes.
//
//	d               write a digest now
//	s:NUMBER        sign the case
//	c:NUMBER        close it
//	t:NUMBER[:PAGE] show the units to transfer it to
//	u:NUMBER:SHORT  transfer it to that unit
//	x:NUMBER        show the reasons to dismiss it
//	r:NUMBER:SHORT  dismiss it for that reason
//	b:NUMBER[:s]    back to the card's own buttons, with 签收 among them
const digestData = "d"

// perPage is how many units a menu shows at once; Telegram takes 100 buttons.
const perPage = 40

// short names a unit or a reason in a button's data. A place in the list would be
// shorter still, but is another unit's after the configuration has changed; the name
// itself may be too long.
func short(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:8])
}

// menuOf returns the buttons that belong under a parcel.
func menuOf(p cases.Parcel, leads bool) models.ReplyMarkup {
	switch {
	case p.Case == "" && leads:
		return keyboard(row(button("看简报", digestData)))
	case p.Case == "" || p.View.Officer != p.To || p.View.Over():
		return nil
	case p.View.State == cases.Answered:
		return keyboard(row(button("办结", "c:"+p.Case)))
	}
	return menu{number: p.Case, sign: p.View.State == cases.Registered}.card()
}

// menu makes the buttons of an open case.
type menu struct {
	number string
	sign   bool // the case is still to be signed
}

// offersSign tells whether 签收 is among the buttons that were tapped, or is where
// their way back leads. Where Telegram does not say it is offered: signing twice does
// no harm.
func offersSign(q *models.CallbackQuery) bool {
	if q.Message.Message == nil || q.Message.Message.ReplyMarkup == nil {
		return true
	}
	return slices.ContainsFunc(slices.Concat(q.Message.Message.ReplyMarkup.InlineKeyboard...), func(b models.InlineKeyboardButton) bool {
		return strings.HasPrefix(b.CallbackData, "s:") || strings.HasPrefix(b.CallbackData, "b:") && strings.HasSuffix(b.CallbackData, ":s")
	})
}

func (m menu) card() models.InlineKeyboardMarkup {
	buttons := row(button("转办", "t:"+m.number), button("无需回应", "x:"+m.number))
	if m.sign {
		buttons = slices.Insert(buttons, 0, button("签收", "s:"+m.number))
	}
	return keyboard(buttons)
}

// units offers one page of the units, two in a row.
func (m menu) units(all []string, page string) models.InlineKeyboardMarkup {
	at, err := strconv.Atoi(page)
	if err != nil || at < 0 || at >= (len(all)+perPage-1)/perPage {
		at = 0
	}
	var rows [][]models.InlineKeyboardButton
	shown := all[min(at*perPage, len(all)):min((at+1)*perPage, len(all))]
	for pair := range slices.Chunk(shown, 2) {
		var buttons []models.InlineKeyboardButton
		for _, unit := range pair {
			buttons = append(buttons, button(unit, "u:"+m.number+":"+short(unit)))
		}
		rows = append(rows, buttons)
	}
	if len(all) > perPage {
		next := strconv.Itoa((at + 1) % ((len(all) + perPage - 1) / perPage))
		rows = append(rows, row(button("看其他单位 »", "t:"+m.number+":"+next)))
	}
	return keyboard(append(rows, m.back())...)
}

func (m menu) reasons() models.InlineKeyboardMarkup {
	var rows [][]models.InlineKeyboardButton
	for _, reason := range cases.Reasons {
		rows = append(rows, row(button(reason, "r:"+m.number+":"+short(reason))))
	}
	return keyboard(append(rows, m.back())...)
}

func (m menu) back() []models.InlineKeyboardButton {
	data := "b:" + m.number
	if m.sign {
		data += ":s"
	}
	return row(button("« 返回", data))
}

func keyboard(rows ...[]models.InlineKeyboardButton) models.InlineKeyboardMarkup {
	return models.InlineKeyboardMarkup{InlineKeyboard: rows}
}

func row(buttons ...models.InlineKeyboardButton) []models.InlineKeyboardButton { return buttons }

func button(text, data string) models.InlineKeyboardButton {
	return models.InlineKeyboardButton{Text: text, CallbackData: data}
}
