package app

import (
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"huiyin/internal/ops"
)

// Status is what /healthz shows.
func (a *App) Status() (ops.Status, error) {
	now := time.Now()
	live, err := a.pipeline.Live(now, now, now)
	if err != nil {
		return ops.Status{}, err
	}
	s := ops.Status{
		Started: a.local(a.started), Open: live.Open, Overdue: len(live.Overdue), Outbox: live.Queued, Unshipped: live.Unshipped,
		Unreachable: len(live.Unreachable),
	}
	trouble := func(format string, args ...any) { s.Troubles = append(s.Troubles, fmt.Sprintf(format, args...)) }
	for _, p := range a.poller.Status() {
		s.Sources = append(s.Sources, ops.Source{
			Name: p.Name, Kind: p.Kind, LastOK: a.local(p.LastOK), LastTry: a.local(p.LastTry), Next: a.local(p.Next),
			Failures: p.Failures, Reason: p.Reason, Gaps: p.Gaps, GapAt: a.local(p.GapAt), Pushed: p.Pushed,
		})
		if p.Reason != "" {
			trouble("来源 %s：%s", p.Name, p.Reason)
		}
	}
	err = a.chat.Health()
	if s.Telegram = new(err == nil); err != nil {
		trouble("Telegram：%v", err)
	}
	if a.notify != nil {
		err := a.notify.Health()
		if s.Copies = new(err == nil); err != nil {
			trouble("%v", err)
		}
	}
	if a.engine != nil {
		s.Restarts, s.Detached, err = a.engine.health()
		if s.Engine = new(err == nil); err != nil {
			trouble("内置 ClickHouse 没有在运行，程序会不断重试，记录先存在本机（%v）", err)
		}
		if s.Detached > 0 {
			trouble("内置 ClickHouse 有 %d 块数据损坏，请检查磁盘", s.Detached)
		}
	}
	s.ClickHouse = new(true)
	if err := a.storeErr.Load(); err != nil {
		s.ClickHouse = new(false)
		trouble("%s", storeTrouble(*err))
	}
	if at := a.shippedAt.Load(); at != nil {
		s.LastShipment = a.local(*at)
	}
	if s.DiskFree, err = freeSpace(a.cfg.DataDir); err != nil {
		trouble("查不到数据文件夹还剩多少空间：%v", err)
	}
	for _, p := range live.Unreachable {
		trouble("%s 还没有绑定或屏蔽了本账号，名下 %d 件收不到", p.Name, p.Cases)
	}
	return s, nil
}

// freeSpace is how many bytes may still be written to the disk that holds dir.
func freeSpace(dir string) (uint64, error) {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return 0, fmt.Errorf("free space of %s: %w", dir, err)
	}
	return fs.Bavail * uint64(fs.Bsize), nil
}

// observeShipment remembers whether the last shipment arrived, and when one last did.
func (a *App) observeShipment(records int, err error) {
	a.metrics.Shipped(records, err)
	if err != nil {
		a.storeErr.Store(&err)
		return
	}
	now := time.Now()
	a.shippedAt.Store(&now)
	a.storeErr.Store(nil)
}

// local is a time as people here read it, to the second; zero stays zero.
func (a *App) local(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.In(a.cfg.Timezone).Truncate(time.Second)
}

// notEnoughSpace is ClickHouse's code for a disk that is full, or below its floor.
const notEnoughSpace = 243

// storeTrouble says in plain words why records do not reach ClickHouse.
func storeTrouble(err error) string {
	var ex *clickhouse.Exception
	if errors.As(err, &ex) && ex.Code == notEnoughSpace {
		return "磁盘快满了，ClickHouse 停止写入，记录先存在本机。请腾出空间，之后会自动补存"
	}
	return fmt.Sprintf("记录暂时存不进 ClickHouse，先存在本机，程序会不断重试（%v）", err)
}
