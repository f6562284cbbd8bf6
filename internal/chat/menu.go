package chat

import (
	"slices"

	"github.com/go-telegram/bot/models"

	"huiyin/internal/cases"
)

// The data of a button says what a tap on it does. Telegram takes 64 bytes.
//
//	d                     write a digest now
//	l:PAGE                list what is to be done
//	VERB:NUMBER           do it to the case, or show what to choose among
//	VERB:NUMBER:CHOICE    do it with that choice
//	VERB:NUMBER:pN        show the choices from page N on
//
// The verbs are those of the table in verbs.go, and those of looks. A choice is no place
// in a list, which may have changed since the button was made, but what is chosen.
const (
	digestData = "d"
	todoData   = "l"
)

// Verbs that show something and do nothing.
const (
	lookBack     = "b" // the card's own buttons
	lookMore     = "w" // the other ones
	lookCard     = "v" // the card itself, in a new message
	lookTimeline = "i"
	lookTemplate = "y"
	lookSubmit   = "q" // how a draft is sent for review
)

// perPage is how many choices a menu shows at once; Telegram takes 100 buttons.
const perPage = 40

// menuOf returns the buttons that belong under a parcel.
func menuOf(p cases.Parcel, leads, answers bool) models.ReplyMarkup {
	var rows [][]models.InlineKeyboardButton
	switch {
	case p.Case != "":
		if part := (card{Case: p.View, to: p.To}).part(); part != cases.Former {
			rows = cardButtons(p.View, part, leads && !answers)
		}
	case len(p.Bundle) > 0:
		rows = bundleButtons(p.Cases)
	case len(p.Buttons) > 0:
		for _, b := range p.Buttons {
			rows = append(rows, row(button(b.Text, b.Data)))
		}
	case leads:
		rows = append(rows, row(button("看简报", digestData)))
	}
	if len(rows) == 0 {
		return nil
	}
	return keyboard(rows...)
}

// cardButtons are those that somebody with that part needs most; lead is for a leader who
// is of no unit.
func cardButtons(c cases.Case, part cases.Part, lead bool) [][]models.InlineKeyboardButton {
	switch {
	case part == cases.Reviewer:
		return list(row(verbButton("a", c), verbButton("j", c)))
	case lead && (part == cases.Asked || part == cases.Former):
		return leaderButtons(c)
	case part == cases.Offered, part == cases.Asked && c.Offer != nil:
		return list(row(verbButton("s", c), verbButton("f", c)))
	case part == cases.Asked:
		return list(row(verbButton("s", c), more(c)))
	case part == cases.Holder:
		return holderButtons(c)
	}
	return nil
}

// holderButtons are those of who has the case. What needs a choice is among them, because
// behind 更多 it would take three taps.
func holderButtons(c cases.Case) [][]models.InlineKeyboardButton {
	ask := c.Contact != "" && c.Rating == "" && (len(c.Replies) > 0 || c.State == cases.NotOwed)
	switch {
	case c.State == cases.Joint:
		return nil
	case c.Over() && ask:
		return list(row(verbButton("g", c), verbButton("re", c)))
	case c.Over():
		return list(row(verbButton("re", c)))
	case c.State == cases.Answered && ask:
		return list(row(verbButton("c", c), verbButton("g", c), more(c)))
	case c.State == cases.Answered:
		return list(row(verbButton("c", c), more(c)))
	case c.Offer != nil:
		return list(row(more(c)))
	case c.State == cases.Registered:
		return list(row(verbButton("s", c)), row(verbButton("t", c), verbButton("x", c), more(c)))
	}
	stop := verbButton("p", c)
	if c.Paused() != nil {
		stop = verbButton("n", c)
	}
	second := row(more(c))
	if len(c.Replies) == c.Base {
		second = slices.Insert(second, 0, verbButton("x", c))
	}
	return list(row(verbButton("t", c), verbButton("h", c), stop), second)
}

// leaderButtons are those of a leader who looks at a case that is a unit's.
func leaderButtons(c cases.Case) [][]models.InlineKeyboardButton {
	var can []models.InlineKeyboardButton
	add := func(verb string, ok bool) {
		if ok {
			can = append(can, verbButton(verb, c))
		}
	}
	_, owed := c.Next()
	add("e", owed && c.Extended == "" && c.Paused() == nil)
	add("k", c.Doubtful() >= 0)
	add("t", c.Open() && c.Offer == nil)
	add("re", c.Over() && c.State != cases.Joint)
	if len(can) == 0 {
		return nil
	}
	return list(can)
}

// moreButtons are what is needed now and then, each done by one tap.
func moreButtons(c cases.Case) [][]models.InlineKeyboardButton {
	var rows [][]models.InlineKeyboardButton
	if c.Open() && c.Reviewing() == nil {
		rows = append(rows, row(button("送审", lookSubmit+":"+c.Number)))
	}
	for _, verb := range []string{"m", "z"} {
		for _, o := range verbs[verb].choices(nil, c) {
			if !c.Over() && len(rows) < maxListed+1 {
				rows = append(rows, row(button(verbs[verb].label+o.label, verb+":"+c.Number+":"+o.data)))
			}
		}
	}
	rows = append(rows, row(button("办理记录", lookTimeline+":"+c.Number), button("答复模板", lookTemplate+":"+c.Number)))
	return append(rows, backTo(c))
}

// choiceButtons offer one page of the choices that a verb has.
func choiceButtons(verb string, c cases.Case, all []choice, page int) [][]models.InlineKeyboardButton {
	pages := max(1, (len(all)+perPage-1)/perPage)
	if page < 0 || page >= pages {
		page = 0
	}
	wide := 1
	if verbs[verb].short {
		wide = 2
	}
	var rows [][]models.InlineKeyboardButton
	shown := all[min(page*perPage, len(all)):min((page+1)*perPage, len(all))]
	for some := range slices.Chunk(shown, wide) {
		var buttons []models.InlineKeyboardButton
		for _, o := range some {
			buttons = append(buttons, button(o.label, verb+":"+c.Number+":"+o.data))
		}
		rows = append(rows, buttons)
	}
	if pages > 1 {
		rows = append(rows, row(button("看其他 »", verb+":"+c.Number+":"+pageData((page+1)%pages))))
	}
	return append(rows, backTo(c))
}

// bundleButtons show each case of a message that lists them.
func bundleButtons(all []cases.Case) (rows [][]models.InlineKeyboardButton) {
	for _, c := range all[:min(len(all), maxBundle)] {
		rows = append(rows, row(button(c.Number, lookCard+":"+c.Number)))
	}
	return rows
}

func verbButton(verb string, c cases.Case) models.InlineKeyboardButton {
	data := verb + ":" + c.Number
	if v := verbs[verb]; v.once {
		if all := v.choices(nil, c); len(all) > 0 {
			data += ":" + all[0].data
		}
	}
	return button(verbs[verb].label, data)
}

func more(c cases.Case) models.InlineKeyboardButton { return button("更多", lookMore+":"+c.Number) }

func backTo(c cases.Case) []models.InlineKeyboardButton {
	return row(button("« 返回", lookBack+":"+c.Number))
}

// plainButtons are for a message that the outbox sends, one in a row.
func plainButtons(rows [][]models.InlineKeyboardButton) (buttons []cases.Button) {
	for _, b := range slices.Concat(rows...) {
		buttons = append(buttons, cases.Button{Text: b.Text, Data: b.CallbackData})
	}
	return buttons
}

func keyboard(rows ...[]models.InlineKeyboardButton) models.InlineKeyboardMarkup {
	return models.InlineKeyboardMarkup{InlineKeyboard: rows}
}

func list(rows ...[]models.InlineKeyboardButton) [][]models.InlineKeyboardButton { return rows }

func row(buttons ...models.InlineKeyboardButton) []models.InlineKeyboardButton { return buttons }

func button(text, data string) models.InlineKeyboardButton {
	return models.InlineKeyboardButton{Text: text, CallbackData: data}
}
