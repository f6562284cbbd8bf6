package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"huiyin/internal/chat"
	"huiyin/internal/config"
)

// The journal belongs to one process. Commands of an admin reach a running one
// through a socket in the data folder, which only the folder's owner can open.

func controlPath(cfg *config.Config) string { return filepath.Join(cfg.DataDir, "control.sock") }

func (a *App) listenControl() (net.Listener, error) {
	path := controlPath(a.cfg)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) { // of a killed run; the journal's lock is ours
		return nil, fmt.Errorf("control socket: %w", err)
	}
	ln, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("control socket（路径太长的话，请把 data_dir 改短）：%w", err)
	}
	return ln, os.Chmod(path, 0o600)
}

func (a *App) controlHandler() http.Handler {
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, text string, err error) {
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnprocessableEntity)
			return
		}
		io.WriteString(w, text)
	}
	mux.HandleFunc("POST /invite", func(w http.ResponseWriter, r *http.Request) {
		text, err := a.Invitation(r.Context(), r.FormValue("name"))
		answer(w, text, err)
	})
	mux.HandleFunc("POST /digest", func(w http.ResponseWriter, r *http.Request) {
		text, err := a.digestText(r.Context())
		answer(w, chat.Plain(text), err)
	})
	mux.HandleFunc("POST /reload", func(w http.ResponseWriter, r *http.Request) {
		text, err := a.Reload()
		answer(w, text, err)
	})
	mux.HandleFunc("POST /letters", func(w http.ResponseWriter, r *http.Request) {
		text, err := a.takeLetters(r)
		answer(w, text, err)
	})
	mux.HandleFunc("POST /posts", a.sendPosts)
	mux.HandleFunc("POST /report", a.sendReport)
	mux.HandleFunc("POST /topics", func(w http.ResponseWriter, r *http.Request) {
		text, err := a.sendTopics(w, r)
		answer(w, text, err)
	})
	return mux
}

// Invite makes a one-time code by which a person binds a chat.
func (a *App) Invite(name string) (code string, err error) { return a.pipeline.Invite(name) }

// Invitation makes a code and the sentences to hand to the person.
func (a *App) Invitation(ctx context.Context, name string) (string, error) {
	code, err := a.Invite(name)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s 的邀请码（24 小时内有效，只能用一次）：%s\n", name, code)
	if link := a.chat.InviteLink(ctx, code); link != "" {
		fmt.Fprintf(&b, "请本人在手机上打开 %s ，点“开始”。\n", link)
	} else {
		fmt.Fprintf(&b, "请本人在 Telegram 里打开本单位的机器人，发送：/start %s\n", code)
	}
	b.WriteString("如果收到“仅供内部使用”，说明邀请码不对或已过期，请重新邀请。\n")
	if err := a.chat.Health(); err != nil {
		fmt.Fprintf(&b, "注意：Telegram %v。\n", err)
	}
	return b.String(), nil
}

// ErrNotRunning is what Ask returns when no program serves this configuration.
var ErrNotRunning = errors.New("回音没有在运行")

// Ask has a running program carry out a command: invite (name=…), digest, reload or letters.
func Ask(ctx context.Context, cfg *config.Config, command string, args url.Values) (string, error) {
	return ask(ctx, cfg, command, args, time.Minute)
}

func ask(ctx context.Context, cfg *config.Config, command string, args url.Values, wait time.Duration) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	res, err := call(ctx, cfg, command, args)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	return string(body), err
}

const maxAnswer = 1 << 20 // bytes

// call sends a command to a running program and returns its answer, whose body is for
// the caller to read and to close. The error of a command that failed is what the
// program said.
func call(ctx context.Context, cfg *config.Config, command string, args url.Values) (*http.Response, error) {
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", controlPath(cfg))
		},
	}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://control/"+command, strings.NewReader(args.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := client.Do(req)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return nil, ErrNotRunning
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("没有权限读数据文件夹 %s：请用运行回音的那个用户执行这个命令", cfg.DataDir)
	case err != nil:
		return nil, fmt.Errorf("回音正在运行，但没有回答：%w", err)
	case res.StatusCode == http.StatusOK:
		return res, nil
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return nil, fmt.Errorf("回音正在运行，但没有回答：%w", err)
	}
	return nil, errors.New(string(bytes.TrimSpace(body)))
}
