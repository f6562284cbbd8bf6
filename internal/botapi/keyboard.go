package botapi

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
)

// Limits of an inline keyboard.
const (
	maxButtons    = 100
	maxButtonData = 64 // bytes
)

// Button is one button of an inline keyboard: it opens URL, or sends Data to the bot.
type Button struct {
	Text  string `json:"text"`
	Data  string `json:"callback_data,omitempty"`
	URL   string `json:"url,omitempty"`
	Style string `json:"style,omitempty"` // "danger", "success", "primary"
}

// readMarkup reads reply_markup. An inline keyboard may be sent and edited;
// remove_keyboard and force_reply change nothing here; a reply keyboard is refused.
func readMarkup(raw string, edit bool) ([][]Button, error) {
	if raw == "" {
		return nil, nil
	}
	var markup map[string]json.RawMessage
	if !json.Valid([]byte(raw)) {
		return nil, badRequest("can't parse reply keyboard markup JSON object")
	}
	if err := json.Unmarshal([]byte(raw), &markup); err != nil || markup == nil {
		return nil, badRequest("object expected as reply markup")
	}
	if _, ok := markup["keyboard"]; ok && !edit {
		return nil, badRequest("this server has no reply keyboards")
	}
	inline, ok := markup["inline_keyboard"]
	if !ok {
		if edit && len(markup) > 0 {
			return nil, badRequest("inline keyboard expected")
		}
		return nil, nil
	}
	var rows [][]json.RawMessage
	if err := json.Unmarshal(inline, &rows); err != nil {
		return nil, badRequest(`field "inline_keyboard" of the InlineKeyboardMarkup must be an Array of Arrays`)
	}
	var buttons [][]Button
	count := 0
	for _, row := range rows {
		var line []Button
		for _, raw := range row {
			b, err := readButton(raw)
			if err != nil {
				return nil, err
			}
			line = append(line, b)
		}
		if count += len(line); count > maxButtons {
			return nil, badRequest("reply markup is too long")
		}
		if len(line) > 0 {
			buttons = append(buttons, line)
		}
	}
	return buttons, nil
}

// readButton is stricter than Telegram in one thing: Telegram silently drops a button
// with an empty text, which here is an error, because nobody means to send one.
func readButton(raw json.RawMessage) (Button, error) {
	fields := map[string]json.RawMessage{}
	var b Button
	var other struct {
		CopyText struct{ Text string } `json:"copy_text"` // go-telegram sends an empty one with every button
	}
	if err := json.Unmarshal(raw, &fields); err != nil {
		return b, badRequest("can't parse inline keyboard button: InlineKeyboardButton must be an Object")
	}
	if err := errors.Join(json.Unmarshal(raw, &b), json.Unmarshal(raw, &other)); err != nil {
		return b, badRequest("can't parse inline keyboard button: %v", err)
	}
	switch {
	case strings.TrimSpace(b.Text) == "":
		return b, badRequest(`can't parse inline keyboard button: Can't find field "text"`)
	case b.Style != "" && !slices.Contains([]string{"danger", "success", "primary"}, b.Style):
		return b, badRequest("can't parse inline keyboard button: invalid button style specified")
	case b.URL != "":
		link := checkedLink(b.URL)
		if link == "" {
			return b, badRequest("inline keyboard button URL '%s' is invalid: Wrong HTTP URL", b.URL)
		}
		b.URL, b.Data = link, ""
	case len(b.Data) > maxButtonData:
		return b, badRequest("BUTTON_DATA_INVALID")
	case b.Data == "":
		for _, kind := range []string{"web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat",
			"switch_inline_query_chosen_chat", "callback_game", "pay"} {
			if fields[kind] != nil || other.CopyText.Text != "" {
				return b, badRequest("BUTTON_TYPE_INVALID")
			}
		}
		return b, badRequest("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
	}
	return b, nil
}
