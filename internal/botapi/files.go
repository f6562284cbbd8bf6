package botapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	_ "image/png" // photos may be PNG
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

// Limits of files.
const (
	maxDownload = 20 << 20  // bytes that a bot can fetch
	maxPhoto    = 10 << 20  // bytes
	maxSides    = 10000     // width and height of a photo together
	maxRatio    = 20        // of a photo's sides
	smallSide   = 90        // the longer side of a photo's small size
	linkLife    = time.Hour // how long a file can be fetched after getFile
)

// File is a file that a person sends.
type File struct {
	Photo bool   // to be shown as a photo: Data is a JPEG or PNG
	Name  string // of a document
	MIME  string // of a document; empty: by its name
	Data  []byte
	Size  int64 // of a document: what it claims to have, in bytes, if that is more than Data
}

// Media is the photo or document of a message.
type Media struct {
	Photo bool
	Name  string `json:",omitempty"`
	MIME  string `json:",omitempty"`
	Sizes []Size // of a photo, the smallest first; of a document just one
}

// Size is one file of a Media.
type Size struct {
	File          int64 // number of the file here
	Width, Height int   // pixels; 0 for a document
	Bytes         int64
}

// FileID is what the bot calls the file.
func (z Size) FileID() string { return fmt.Sprintf("%s%016x%s", idHead, z.File, idTail) }

// A file id is opaque at Telegram, and about this long.
const idHead, idTail = "BQACAgUAAxkBAAIBYGZ", "AgADeQADNgQ"

func (z Size) uniqueID() string { return fmt.Sprintf("AgAD%012x", z.File) }

func (m *Media) wire() ([]wirePhotoSize, *wireDocument) {
	if !m.Photo {
		z := m.Sizes[0]
		return nil, &wireDocument{FileID: z.FileID(), UniqueID: z.uniqueID(), Name: m.Name, MIME: m.MIME, Size: z.Bytes}
	}
	var list []wirePhotoSize
	for _, z := range m.Sizes {
		list = append(list, wirePhotoSize{FileID: z.FileID(), UniqueID: z.uniqueID(), Width: z.Width, Height: z.Height, Size: z.Bytes})
	}
	return list, nil
}

// stored is a file here. Its bytes are in another bucket under the same number.
type stored struct {
	Path  string // below /file/bot<token>/
	Media Media  // what it is a size of
	Size  Size
	Until time.Time // till when it can be fetched; zero before getFile
}

// store keeps a file; its error is in Telegram's words.
func (t *tx) store(f File) (*Media, error) {
	if len(f.Data) == 0 {
		return nil, badRequest("file must be non-empty")
	}
	if f.Photo {
		return t.storePhoto(f.Data)
	}
	m := Media{Name: f.Name, MIME: f.MIME}
	ext := path.Ext(f.Name)
	if m.MIME == "" {
		m.MIME, _, _ = mime.ParseMediaType(mime.TypeByExtension(ext))
	}
	n, err := t.next(bFiles)
	if err != nil {
		return nil, err
	}
	m.Sizes = []Size{{File: n, Bytes: max(f.Size, int64(len(f.Data)))}}
	return &m, t.putFile(stored{Path: fmt.Sprintf("documents/file_%d%s", n, ext), Media: m, Size: m.Sizes[0]}, f.Data)
}

func (t *tx) storePhoto(data []byte) (*Media, error) {
	if len(data) > maxPhoto {
		return nil, badRequest("file of size %d bytes is too big for a photo; the maximum size is %d bytes", len(data), maxPhoto)
	}
	config, kind, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, badRequest("IMAGE_PROCESS_FAILED")
	}
	w, h := config.Width, config.Height
	if w+h > maxSides || w > maxRatio*h || h > maxRatio*w {
		return nil, badRequest("PHOTO_INVALID_DIMENSIONS")
	}
	picture, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, badRequest("IMAGE_PROCESS_FAILED")
	}
	m := &Media{Photo: true}
	var contents [][]byte
	add := func(w, h int, content []byte) error {
		n, err := t.next(bFiles)
		m.Sizes = append(m.Sizes, Size{File: n, Width: w, Height: h, Bytes: int64(len(content))})
		contents = append(contents, content)
		return err
	}
	if longer := max(w, h); longer > smallSide {
		w, h := max(w*smallSide/longer, 1), max(h*smallSide/longer, 1)
		small, err := shrink(picture, w, h)
		if err = errors.Join(err, add(w, h, small)); err != nil {
			return nil, err
		}
	}
	if err := add(w, h, data); err != nil {
		return nil, err
	}
	for i, z := range m.Sizes {
		ext := "jpg"
		if i == len(m.Sizes)-1 && kind != "jpeg" {
			ext = kind
		}
		if err := t.putFile(stored{Path: fmt.Sprintf("photos/file_%d.%s", z.File, ext), Media: *m, Size: z}, contents[i]); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// shrink makes a small JPEG of a picture, by taking single pixels.
func shrink(picture image.Image, w, h int) ([]byte, error) {
	small := image.NewRGBA(image.Rect(0, 0, w, h))
	b := picture.Bounds()
	for y := range h {
		for x := range w {
			small.Set(x, y, picture.At(b.Min.X+x*b.Dx()/w, b.Min.Y+y*b.Dy()/h))
		}
	}
	var out bytes.Buffer
	err := jpeg.Encode(&out, small, nil)
	return out.Bytes(), err
}

func (t *tx) putFile(f stored, data []byte) error {
	if err := t.put(bFiles, key(f.Size.File), f); err != nil {
		return err
	}
	return t.Bucket(bContents).Put(key(f.Size.File), data)
}

// file finds a file by its id; nil if there is none.
func (t *tx) file(id string) (*stored, error) {
	digits, ok := strings.CutPrefix(id, idHead)
	digits, tail := strings.CutSuffix(digits, idTail)
	n, err := strconv.ParseInt(digits, 16, 64)
	if !ok || !tail || err != nil {
		return nil, nil
	}
	var f stored
	if found, err := t.get(bFiles, key(n), &f); err != nil || !found {
		return nil, err
	}
	return &f, nil
}

func (s *Server) getFile(_ context.Context, p params) (any, error) {
	id := p["file_id"]
	if id == "" {
		return nil, badRequest("file_id not specified")
	}
	var result any
	err := s.update(func(t *tx) error {
		f, err := t.file(id)
		switch {
		case err != nil:
			return err
		case f == nil:
			return badRequest("invalid file_id")
		case f.Size.Bytes > maxDownload:
			return badRequest("file is too big")
		}
		f.Until = s.opts.Now().Add(linkLife)
		result = wireFile{FileID: id, UniqueID: f.Size.uniqueID(), Size: f.Size.Bytes, Path: f.Path}
		return t.put(bFiles, key(f.Size.File), f)
	})
	return result, err
}

// download answers a request for a file's bytes, at /file/bot<token>/<file_path>. To
// Calls and Fault it is a call of the method "download".
func (s *Server) download(w http.ResponseWriter, r *http.Request, filePath string) {
	call := Call{Time: s.opts.Now(), Method: "download", Params: params{"file_path": filePath}}
	fault := s.faultFor(call)
	if fault != nil && !fault.Kind.after() {
		s.strike(w, r, call, fault)
		return
	}
	data, err := s.content(filePath)
	call.Applied = err == nil
	switch {
	case fault != nil:
		s.strike(w, r, call, fault)
	case err != nil:
		s.finish(w, call, nil, err)
	default:
		call.Code = http.StatusOK
		s.record(call)
		w.Header().Set("Content-Type", "application/octet-stream")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(data))
	}
}

func (s *Server) content(filePath string) (data []byte, err error) {
	base := strings.TrimPrefix(path.Base(filePath), "file_")
	n, _ := strconv.ParseInt(strings.TrimSuffix(base, path.Ext(base)), 10, 64)
	err = s.view(func(t *tx) error {
		var f stored
		found, err := t.get(bFiles, key(n), &f)
		if err == nil && (!found || f.Path != filePath || s.opts.Now().After(f.Until)) {
			err = &apiError{Code: http.StatusNotFound, Description: "Not Found"}
		}
		data = bytes.Clone(t.Bucket(bContents).Get(key(n)))
		return err
	})
	return data, err
}
