package botapi

import (
	"context"
	"io"
	"strings"
	"unicode/utf8"
)

// uploads are the methods that take a file, and the parameter it comes in.
var uploads = map[string]string{"sendphoto": "photo", "senddocument": "document"}

// saver keeps the file that comes with a call of a method which takes one.
func (s *Server) saver(method string) saver {
	return func(field, name string, content io.Reader) (string, error) {
		if uploads[method] != field {
			return "", badRequest("this server takes no such file")
		}
		return s.upload(field, name, content)
	}
}

// upload keeps a file that came with a request, and returns its id: what the bot would
// send to use it again.
func (s *Server) upload(field, name string, content io.Reader) (id string, err error) {
	data, err := io.ReadAll(content)
	if err != nil {
		return "", err
	}
	err = s.update(func(t *tx) error {
		m, err := t.store(File{Photo: field == "photo", Name: name, Data: data})
		if err == nil {
			id = m.Sizes[len(m.Sizes)-1].FileID()
		}
		return err
	})
	return id, err
}

func (s *Server) sendPhoto(_ context.Context, p params) (any, error) { return s.sendFile(p, "photo") }

func (s *Server) sendDocument(_ context.Context, p params) (any, error) {
	return s.sendFile(p, "document")
}

// sendFile sends a file that came with the request, or one known by its id. Telegram
// would fetch it from an address too; here that fails as it does there for one that
// cannot be reached.
func (s *Server) sendFile(p params, kind string) (any, error) {
	m, err := readFrame(p, false)
	if err != nil {
		return nil, err
	}
	if m.Text, m.Entities, err = formatted(p["caption"], p["parse_mode"], p["caption_entities"]); err != nil {
		return nil, err
	}
	id := p[kind]
	switch {
	case utf8.RuneCountInString(m.Text) > maxCaption:
		return nil, badRequest("message caption is too long")
	case id == "":
		return nil, badRequest("there is no %s in the request", kind)
	case strings.Contains(id, "://"):
		return nil, badRequest("failed to get HTTP URL content")
	}
	err = s.view(func(t *tx) error {
		f, err := t.file(id)
		switch {
		case err != nil:
			return err
		case f == nil:
			return badRequest("wrong file identifier/HTTP URL specified")
		case f.Media.Photo != (kind == "photo"):
			return badRequest("type of file mismatch")
		}
		m.Media = &f.Media
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.send(p, m)
}
