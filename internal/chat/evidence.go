package chat

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/go-telegram/bot"
	"github.com/go-telegram/bot/models"

	"huiyin/internal/cases"
	"huiyin/internal/post"
)

const (
	maxFile = 20 << 20         // bytes; Telegram hands out no larger ones
	fileFor = 20 * time.Second // how long others wait for a file at most
	maxName = 60               // characters of a file's name
)

const (
	notKept  = "没有存下，请再发一次。（%s：%s）"
	tooLarge = "没有存下：文件超过 20 兆。请压缩或分开，再发一次。（%s：%s）"
)

// file is a photo or document that came with a message.
type file struct {
	id, name string
	size     int64 // bytes, as Telegram says; may be 0
}

func hasFile(m *models.Message) bool { return len(m.Photo) > 0 || m.Document != nil }

// fileOf is the file of a message that has one; of a photo the largest size. A photo has
// no name: it gets one by when it was sent.
func (c *Chat) fileOf(m *models.Message) file {
	if d := m.Document; d != nil {
		name := post.Mask(post.Line(d.FileName, maxName))
		if name == "" {
			name = "文件"
		}
		return file{d.FileID, name, d.FileSize}
	}
	largest := m.Photo[0]
	for _, p := range m.Photo {
		if p.Width*p.Height > largest.Width*largest.Height {
			largest = p
		}
	}
	sent := time.Unix(int64(m.Date), 0).In(c.Location).Format("0102-1504")
	return file{largest.FileID, fmt.Sprintf("照片-%s-%d.jpg", sent, m.ID), int64(largest.FileSize)}
}

// keep fetches the file of a message and puts it into the evidence of a case. An update
// is one act; of a message that answers besides, the file's is numbered below zero.
func (c *Chat) keep(ctx context.Context, update int64, name, number string, m *models.Message) error {
	a := cases.Act{
		Update: -update, By: name, Case: number, Kind: cases.Kept, At: time.Unix(int64(m.Date), 0), Via: via(m), Message: true,
	}
	_, _, ok, err := c.Desk.History(name, number)
	if err != nil {
		return err
	}
	if !ok { // it is refused: nothing need be fetched
		_, err = c.Desk.Act(a)
		return err
	}
	f := c.fileOf(m)
	a.Title = f.name
	if f.size <= maxFile {
		a.SHA256, err = c.fetchFile(ctx, f.id)
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err() // the program stops; Telegram sends the message again
	case f.size > maxFile, err != nil && strings.Contains(err.Error(), "file is too big"):
		return c.Desk.Answer(a.Update, name, fmt.Sprintf(tooLarge, number, safe(f.name)))
	case err != nil:
		c.Log.Warn("evidence was not kept", "by", name, "case", number, "error", err)
		return c.Desk.Answer(a.Update, name, fmt.Sprintf(notKept, number, safe(f.name)))
	}
	_, err = c.Desk.Act(a)
	return err
}

// fetchFile keeps a file of Telegram's and returns its digest.
func (c *Chat) fetchFile(ctx context.Context, id string) (sha256 string, err error) {
	ctx, cancel := context.WithTimeout(ctx, fileFor)
	defer cancel()
	f, err := c.bot.GetFile(ctx, &bot.GetFileParams{FileID: id})
	c.ended(sending, "getFile", err)
	if err != nil {
		return "", fmt.Errorf("ask for a file: %w", err)
	}
	sha256, err = c.download(ctx, c.bot.FileDownloadLink(f))
	c.ended(sending, "download", err)
	return sha256, err
}

// download keeps what an address of Telegram's holds. Errors do not name it, because
// the token is in it.
func (c *Chat) download(ctx context.Context, url string) (sha256 string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", errors.New("download a file: its address is none")
	}
	res, err := c.gate.client.Do(req)
	if err != nil {
		return "", fmt.Errorf("download a file: %w", cause(err))
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return "", fmt.Errorf("download a file: %s", res.Status)
	}
	if sha256, err = c.Keep(ctx, res.Body, maxFile); err != nil {
		return "", fmt.Errorf("keep a file: %w", err)
	}
	return sha256, nil
}

// albums remembers which case the caption of an album names: it comes with the first of
// its messages only. Of many albums at once the older ones are forgotten.
type albums struct {
	id, number [8]string
	next       int
}

var written = regexp.MustCompile(`\d{4}\s*[-－—]\s*\d{1,6}`)

// about is the case that a file's caption names; empty when it names none.
func (a *albums) about(c *Chat, m *models.Message) string {
	if typed := written.FindString(m.Caption); typed != "" {
		number, ok := c.Desk.Number(plainNumber(typed))
		if ok && m.MediaGroupID != "" {
			a.id[a.next], a.number[a.next] = m.MediaGroupID, number
			a.next = (a.next + 1) % len(a.id)
		}
		return number
	}
	for i, id := range a.id {
		if id != "" && id == m.MediaGroupID {
			return a.number[i]
		}
	}
	return ""
}
