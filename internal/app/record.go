package app

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"huiyin/internal/cases"
	"huiyin/internal/chdb"
	"huiyin/internal/config"
	"huiyin/internal/warehouse"
	"huiyin/internal/workday"
)

// Commands of an admin read the record too. The embedded engine belongs to one process:
// where a program runs they ask it, and otherwise they open the record themselves.

func engineDir(cfg *config.Config) string { return filepath.Join(cfg.DataDir, "clickhouse") }

func engineOptions(cfg *config.Config, log *slog.Logger, childArgv []string) chdb.Options {
	return chdb.Options{
		Dir: engineDir(cfg), Library: cfg.ClickHouse.Library, Log: log, ChildArgv: childArgv,
		TimeZone: cfg.Timezone.String(), KeepFree: cfg.ClickHouse.KeepFree,
	}
}

// unitCalendars tells by which calendar a unit works: the office's, for one that is none any
// more.
func unitCalendars(cfg *config.Config, cal *workday.Calendar) func(unit string) *workday.Calendar {
	calendars := make(map[string]*workday.Calendar, len(cfg.Units))
	for _, u := range cfg.Units {
		calendars[u.Name] = cal.WithHours(u.Hours)
	}
	return func(unit string) *workday.Calendar { return cmp.Or(calendars[unit], cal) }
}

// sumRules are by which cases are summed up: each unit's working time, and the time to sign.
func sumRules(cfg *config.Config, cal *workday.Calendar) cases.Rules {
	return cases.Rules{Calendar: unitCalendars(cfg, cal), Within: cfg.Signing.Within, Major: cfg.Signing.Major}
}

// openRecord prepares the connection to ClickHouse; dial reaches the embedded engine.
func openRecord(cfg *config.Config, log *slog.Logger, dial func(context.Context, string) (net.Conn, error)) (*warehouse.Warehouse, error) {
	ch := cfg.ClickHouse
	cal, err := newCalendar(cfg)
	if err != nil {
		return nil, err
	}
	o := warehouse.Options{KeepPosts: ch.KeepPosts, Rules: sumRules(cfg, cal), Log: log}
	if ch.Embedded {
		o.Dial = dial
	} else {
		o.URL, o.Password, o.CAFile = ch.URL, ch.Password.Reveal(), ch.CAFile
	}
	return warehouse.Open(o)
}

// alone opens the record for the time of one command, while no program runs here.
func alone(ctx context.Context, cfg *config.Config, f func(*warehouse.Warehouse) error) error {
	log := slog.New(slog.DiscardHandler)
	var dial func(context.Context, string) (net.Conn, error)
	if cfg.ClickHouse.Embedded {
		if _, err := os.Stat(engineDir(cfg)); errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("数据文件夹 %s 里还没有记录：请先用 huiyin serve 启动，读到帖文以后再执行这个命令", cfg.DataDir)
		}
		e, err := chdb.Start(ctx, engineOptions(cfg, log, nil))
		if err != nil {
			return fmt.Errorf("打不开内置的 ClickHouse：%w", err)
		}
		defer e.Close()
		dial = e.DialContext
	}
	w, err := openRecord(cfg, log, dial)
	if err != nil {
		return err
	}
	defer w.Close()
	if err := w.Migrate(ctx); err != nil { // an earlier version may have written it
		return fmt.Errorf("连不上 ClickHouse：%w", err)
	}
	return f(w)
}

const day = 24 * time.Hour

// lastDays is the span of the last days up to this moment.
func lastDays(days int) (from, until time.Time) {
	until = time.Now()
	return until.Add(-time.Duration(days) * day), until
}

// maxDays is how far back a command may ask.
const maxDays = 3660

func parseDays(s string) (int, error) {
	days, err := strconv.Atoi(s)
	if err != nil || days < 1 || days > maxDays {
		return 0, fmt.Errorf("天数应当在 1 与 %d 之间", maxDays)
	}
	return days, nil
}

// KeptPost is a stored post with the topics that fire on it by the rules that a running
// program has in force; nil when none runs.
type KeptPost struct {
	cases.StoredPost
	InForce []string `json:"in_force"`
}

// StoredPosts calls f for the posts that were first read in the last days and are still
// kept, the oldest first, until f returns an error. A running program is asked for them;
// otherwise the record is opened. A reading that breaks off is an error.
func StoredPosts(ctx context.Context, cfg *config.Config, days int, f func(KeptPost) error) error {
	if _, err := parseDays(strconv.Itoa(days)); err != nil {
		return err
	}
	res, err := call(ctx, cfg, "posts", url.Values{"days": {strconv.Itoa(days)}})
	if errors.Is(err, ErrNotRunning) {
		return alone(ctx, cfg, func(w *warehouse.Warehouse) error {
			from, until := lastDays(days)
			return w.EachPost(ctx, from, until, func(p cases.StoredPost) error { return f(KeptPost{StoredPost: p}) })
		})
	}
	if err != nil {
		return err
	}
	defer res.Body.Close()
	return readPosts(res.Body, f)
}

// postLine is a line of what /posts answers: a post; or, as the last one, how many there
// were, or why there are no more.
type postLine struct {
	KeptPost
	Complete *int   `json:"complete,omitempty"`
	Error    string `json:"error,omitempty"`
}

// patience is how long the reader of a stream may take for what was last sent.
const patience = 5 * time.Minute

// sendPosts answers /posts.
func (a *App) sendPosts(w http.ResponseWriter, r *http.Request) {
	days, err := parseDays(r.FormValue("days"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	select {
	case a.streams <- struct{}{}:
		defer func() { <-a.streams }()
	default:
		http.Error(w, "已经有人在读存下的帖文，请过一会儿再试", http.StatusServiceUnavailable)
		return
	}
	control, out, n := http.NewResponseController(w), json.NewEncoder(w), 0
	if err := control.SetReadDeadline(time.Time{}); err != nil { // it would end the request's context
		a.log.Error("stream posts", "error", err)
	}
	send := func(line any) error {
		if err := control.SetWriteDeadline(time.Now().Add(patience)); err != nil {
			return err
		}
		return out.Encode(line)
	}
	from, until := lastDays(days)
	topics := a.pipeline.InForce()
	err = a.warehouse.EachPost(r.Context(), from, until, func(p cases.StoredPost) error {
		n++
		return send(KeptPost{p, topicNames(topics.Match(asPost(p)))})
	})
	last := map[string]any{"complete": n}
	if err != nil {
		last = map[string]any{"error": err.Error()}
	}
	if err := send(last); err != nil {
		a.log.Warn("stream posts", "error", err)
	}
}

// maxPostLine is above what the longest post takes, every character of it escaped.
const maxPostLine = 1 << 20

var errBrokenOff = errors.New("帖文没有读完就断了（回音可能刚刚停止），请再试一次")

// readPosts reads what sendPosts wrote.
func readPosts(body io.Reader, f func(KeptPost) error) error {
	lines, n := bufio.NewScanner(body), 0
	lines.Buffer(nil, maxPostLine)
	for lines.Scan() {
		var l postLine
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			return fmt.Errorf("%w：%w", errBrokenOff, err)
		}
		switch {
		case l.Error != "":
			return errors.New(l.Error)
		case l.Complete != nil:
			if *l.Complete != n || lines.Scan() {
				return errBrokenOff
			}
			return lines.Err()
		}
		if err := f(l.KeptPost); err != nil {
			return err
		}
		n++
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("%w：%w", errBrokenOff, err)
	}
	return errBrokenOff
}
