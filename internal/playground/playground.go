// Package playground is the demo: a sample town where citizens post, the phones of
// its officers and leaders in a web page, and Huiyin between them. The town and the
// phones are made up; everything between them is the program itself, with the real
// Bot API client and the real engine.
//
// All its state is in one folder. It may be stopped or killed at any time; started
// again on that folder it goes on.
package playground

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	bolt "go.etcd.io/bbolt/errors"

	"huiyin/internal/app"
	"huiyin/internal/botapi"
)

// DefaultListen is the address of a new playground whose Options name none.
const DefaultListen = "127.0.0.1:8420"

// Options are what a Playground is made of.
type Options struct {
	Dir      string       // holds all state; made if it is not there
	Listen   string       // a loopback host:port; port 0 takes a free one. "": the folder's own, or DefaultListen
	Library  string       // the engine's file; "" is the user's cache folder
	DigestAt string       // when leaders get the digest, HH:MM; "" is two minutes after the start
	Child    []string     // the command that runs Child with the arguments that are appended
	Log      *slog.Logger // of the playground and of Huiyin; nil: nothing is logged
}

// Playground is the town, the phones, and Huiyin. Use Open, then Run.
type Playground struct {
	opts   Options
	log    *slog.Logger
	zone   *time.Location
	town   *town
	bot    *botapi.Server
	ln     net.Listener
	addr   string
	opened chan struct{} // closed when the phones are ready and the town may be visited
	ended  chan struct{} // closed when the page's live streams are to end
	app    atomic.Pointer[app.App]
}

// Child is what the process started as Options.Child does: it is the engine. It
// returns the exit code.
func Child(args []string) int { return app.EngineChild(args) }

// Open makes the folder ready and takes the address. Its errors are sentences for
// whoever started the demo. Nothing is served before Run.
func Open(opts Options) (*Playground, error) {
	p := &Playground{opts: opts, log: opts.Log, opened: make(chan struct{}), ended: make(chan struct{})}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	var err error
	if p.opts.Dir, err = filepath.Abs(opts.Dir); err != nil {
		return nil, fmt.Errorf("找不到数据文件夹：%w", err)
	}
	if err := os.MkdirAll(p.opts.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("建不了数据文件夹：%w", err)
	}
	if p.zone, err = time.LoadLocation("Asia/Shanghai"); err != nil {
		return nil, fmt.Errorf("load the time zone: %w", err)
	}
	p.town, err = openTown(filepath.Join(p.opts.Dir, "town.bolt"), time.Now)
	if errors.Is(err, bolt.ErrTimeout) {
		return nil, fmt.Errorf("数据文件夹 %s 正被另一个演示程序使用，请先关掉它，或用 -data 换一个文件夹", p.opts.Dir)
	}
	if err != nil {
		return nil, err
	}
	if err := p.openRest(); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

// openRest opens what comes after the town: the phones and the address.
func (p *Playground) openRest() error {
	token, err := botToken(filepath.Join(p.opts.Dir, "bot.token"))
	if err != nil {
		return err
	}
	p.bot, err = botapi.Open(filepath.Join(p.opts.Dir, "phones.bolt"), botapi.Options{
		Token: token, BotName: "回音", Log: p.log,
	})
	if err != nil {
		return err
	}
	for _, name := range people {
		if err := p.bot.AddPerson(botapi.Person{ID: idOf(name), FirstName: name, Language: "zh-hans"}); err != nil {
			return err
		}
	}
	return p.listen()
}

// botToken reads the token that only this folder's bot and Huiyin know, or makes one.
func botToken(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err == nil && len(data) > 0 {
		return strings.TrimSpace(string(data)), nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("read the bot's token: %w", err)
	}
	token := "7000000001:" + rand.Text()
	if err := os.WriteFile(path+".new", []byte(token+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("write the bot's token: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return "", fmt.Errorf("write the bot's token: %w", err)
	}
	return token, nil
}

// listen takes the address. A folder keeps the address it first had.
func (p *Playground) listen() error {
	kept, err := p.town.address("")
	if err != nil {
		return err
	}
	want := p.opts.Listen
	free := want == "" || strings.HasSuffix(want, ":0") // any will do
	switch {
	case kept != "" && (free || want == kept):
		want = kept
	case kept != "":
		return fmt.Errorf("数据文件夹 %s 里的演示一直在 %s 上，不能改到 %s，否则旧帖会被当成新帖。请去掉 -listen，或用 -data 换一个文件夹", p.opts.Dir, kept, want)
	case want == "":
		want = DefaultListen
	}
	if err := loopback(want); err != nil {
		return err
	}
	if p.ln, err = net.Listen("tcp", want); err != nil {
		return fmt.Errorf("用不了地址 %s，可能被别的程序占着。关掉那个程序，或者用 -listen 127.0.0.1:0 -data 新文件夹 另起一个：%w", want, err)
	}
	p.addr, err = p.town.address(p.ln.Addr().String())
	return err
}

// loopback refuses addresses that other machines could reach: the playground lets
// everybody act as everybody.
func loopback(addr string) error {
	ap, err := netip.ParseAddrPort(addr)
	if err != nil || !ap.Addr().IsLoopback() {
		return fmt.Errorf("地址 %s 不行：演示只在本机上开，请写成 127.0.0.1:端口", addr)
	}
	return nil
}

// URL is where the page is, without a slash at the end.
func (p *Playground) URL() string { return "http://" + p.addr }

// Bot is the Bot API server with the phones.
func (p *Playground) Bot() *botapi.Server { return p.bot }

// Ready is closed when all phones are bound and Huiyin reads the town.
func (p *Playground) Ready() <-chan struct{} { return p.opened }

// close closes what is open.
func (p *Playground) close() error {
	var errs []error
	if p.ln != nil {
		_ = p.ln.Close() // the server has mostly done so
	}
	if p.bot != nil {
		errs = append(errs, p.bot.Close())
	}
	if p.town != nil {
		errs = append(errs, p.town.db.Close())
	}
	return errors.Join(errs...)
}

// Query asks Huiyin's warehouse; dest is a pointer to a slice of structs with `ch`
// tags. It is an error while the engine starts.
func (p *Playground) Query(ctx context.Context, dest any, sql string, args ...any) error {
	a := p.app.Load()
	if a == nil {
		return errors.New("the engine is still starting")
	}
	return a.Query(ctx, dest, sql, args...)
}
