package chat

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"huiyin/internal/cases"
)

// errNotDrawn is that there is nothing to send: to try again would change nothing.
var errNotDrawn = errors.New("the picture cannot be drawn")

// maxCaption is the longest caption that Telegram takes, in characters.
const maxCaption = 1024

// photo draws a parcel's picture and sends it, without a sound: the text before it rang.
func (c *Chat) photo(ctx context.Context, p cases.Parcel) (message int, err error) {
	png, err := c.Draw(p.Picture)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", errNotDrawn, err)
	}
	caption := p.Text
	if p.Again {
		caption = sentAgain + caption
	}
	m, err := c.bot.SendPhoto(ctx, &bot.SendPhotoParams{
		ChatID: p.Chat, Photo: &models.InputFileUpload{Filename: "简报.png", Data: bytes.NewReader(png)},
		Caption: cut(caption, maxCaption), DisableNotification: true,
	})
	c.ended(sending, "sendPhoto", err)
	if err != nil {
		return 0, err
	}
	return m.ID, nil
}
