package app

import (
	"fmt"
	"time"

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
		Started: a.started, Open: live.Open, Overdue: len(live.Overdue), Outbox: live.Queued, Unshipped: live.Unshipped,
	}
	trouble := func(format string, args ...any) { s.Troubles = append(s.Troubles, fmt.Sprintf(format, args...)) }
	for _, p := range a.poller.Status() {
		s.Sources = append(s.Sources, ops.Source{
			Name: p.Name, Kind: p.Kind, LastOK: p.LastOK, LastTry: p.LastTry, Next: p.Next, Failures: p.Failures, Reason: p.Reason,
		})
		if p.Reason != "" {
			trouble("来源 %s：%s", p.Name, p.Reason)
		}
	}
	if err := a.chat.Health(); err != nil {
		trouble("Telegram：%v", err)
	}
	if a.engine != nil {
		if s.Restarts, s.EngineParts, err = a.engine.health(); err != nil {
			trouble("内置 ClickHouse：%v", err)
		}
		if s.EngineParts > 0 {
			trouble("内置 ClickHouse 有 %d 块数据损坏，请检查磁盘", s.EngineParts)
		}
	}
	if err := a.storeErr.Load(); err != nil {
		trouble("ClickHouse 入库：%v", *err)
	}
	for _, p := range live.Unreachable {
		trouble("%s 还没有绑定或屏蔽了本账号，名下 %d 件收不到", p.Name, p.Cases)
	}
	return s, nil
}

// observeShipment remembers whether the last shipment arrived.
func (a *App) observeShipment(records int, err error) {
	a.metrics.Shipped(records, err)
	if err != nil {
		a.storeErr.Store(&err)
		return
	}
	a.storeErr.Store(nil)
}
