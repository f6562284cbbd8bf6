package ops

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// Metrics counts what the program does. Levels, such as the length of the outbox,
// are read when they are asked for.
type Metrics struct {
	registry *prometheus.Registry
	calls    *prometheus.CounterVec
	posts    *prometheus.CounterVec
	shipped  prometheus.Counter
	failures prometheus.Counter
}

// NewMetrics makes the counters. status gives the levels.
func NewMetrics(version string, status func() (Status, error)) *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "huiyin_telegram_calls_total", Help: "Calls of the Bot API, by method and outcome (ok, error, flood, blocked).",
		}, []string{"method", "outcome"}),
		posts: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "huiyin_posts_total", Help: "Posts read for the first time, by source.",
		}, []string{"source"}),
		shipped: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "huiyin_shipped_records_total", Help: "Records that ClickHouse was seen to hold.",
		}),
		failures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "huiyin_ship_failures_total", Help: "Shipments that failed and are sent again.",
		}),
	}
	info := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "huiyin_build_info", Help: "Always 1.", ConstLabels: prometheus.Labels{"version": version},
	})
	info.Set(1)
	m.registry.MustRegister(m.calls, m.posts, m.shipped, m.failures, info, levels{status},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Call counts a call of the Bot API.
func (m *Metrics) Call(method, outcome string) { m.calls.WithLabelValues(method, outcome).Inc() }

// Posts counts posts that a source showed for the first time.
func (m *Metrics) Posts(source string, n int) { m.posts.WithLabelValues(source).Add(float64(n)) }

// Shipped counts records that arrived, or a shipment that failed.
func (m *Metrics) Shipped(records int, err error) {
	m.shipped.Add(float64(records))
	if err != nil {
		m.failures.Inc()
	}
}

// levels is a collector of what Status says.
type levels struct{ status func() (Status, error) }

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("huiyin_"+name, help, labels, nil)
}

var (
	openDesc     = desc("cases_open", "Cases that owe an answer.")
	overdueDesc  = desc("cases_overdue", "Open cases past their due time.")
	outboxDesc   = desc("outbox_messages", "Messages that Telegram has not confirmed.")
	shipDesc     = desc("ship_queue_records", "Records that ClickHouse was not yet seen to hold.")
	shipmentDesc = desc("last_shipment_timestamp_seconds", "When records last arrived in ClickHouse; before the first time, when the program started.")
	reachDesc    = desc("unreachable_officers", "Officers with open cases who have no chat to get them in.")
	diskDesc     = desc("disk_free_bytes", "Room on the disk that holds the data folder.")
	restartsDesc = desc("engine_restarts", "Restarts of the embedded engine since the program started.")
	detachedDesc = desc("engine_detached_parts", "Parts of tables that the embedded engine found broken.")

	telegramDesc   = desc("telegram_up", "Whether the connection to Telegram works.")
	copiesDesc     = desc("copies_up", "Whether copies of alerts reach their channels; left out where there are none.")
	engineDesc     = desc("engine_up", "Whether the embedded engine runs; left out where ClickHouse is a server.")
	clickhouseDesc = desc("clickhouse_up", "Whether ClickHouse took what was last sent to it.")

	lastPollDesc = desc("last_poll_timestamp_seconds", "When any source was last polled; before the first time, when the program started.")
	nextPollDesc = desc("next_poll_timestamp_seconds", "When the next poll of any source is due; left out without sources.")
	failDesc     = desc("source_failures", "Failed polls in a row.", "source")
	gapsDesc     = desc("source_gaps_total", "Times that posts may have come and gone unseen between two polls.", "source")
	lastOKDesc   = desc("source_last_ok_timestamp_seconds", "When a source was last read well.", "source")
)

// Describe lists the levels.
func (l levels) Describe(c chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{openDesc, overdueDesc, outboxDesc, shipDesc, shipmentDesc, reachDesc, diskDesc, restartsDesc, detachedDesc,
		telegramDesc, copiesDesc, engineDesc, clickhouseDesc, lastPollDesc, nextPollDesc, failDesc, gapsDesc, lastOKDesc} {
		c <- d
	}
}

// Collect reads the levels.
func (l levels) Collect(c chan<- prometheus.Metric) {
	s, err := l.status()
	if err != nil {
		c <- prometheus.NewInvalidMetric(openDesc, err)
		return
	}
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		c <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	moment := func(d *prometheus.Desc, t time.Time, labels ...string) {
		if !t.IsZero() {
			gauge(d, float64(t.Unix()), labels...)
		}
	}
	up := func(d *prometheus.Desc, works *bool) {
		switch {
		case works == nil:
		case *works:
			gauge(d, 1)
		default:
			gauge(d, 0)
		}
	}
	gauge(openDesc, float64(s.Open))
	gauge(overdueDesc, float64(s.Overdue))
	gauge(outboxDesc, float64(s.Outbox))
	gauge(shipDesc, float64(s.Unshipped))
	moment(shipmentDesc, later(s.Started, s.LastShipment))
	gauge(reachDesc, float64(s.Unreachable))
	gauge(diskDesc, float64(s.DiskFree))
	gauge(restartsDesc, float64(s.Restarts))
	gauge(detachedDesc, float64(s.Detached))
	up(telegramDesc, s.Telegram)
	up(copiesDesc, s.Copies)
	up(engineDesc, s.Engine)
	up(clickhouseDesc, s.ClickHouse)
	last, next := s.Started, time.Time{}
	for _, src := range s.Sources {
		gauge(failDesc, float64(src.Failures), src.Name)
		c <- prometheus.MustNewConstMetric(gapsDesc, prometheus.CounterValue, float64(src.Gaps), src.Name)
		moment(lastOKDesc, src.LastOK, src.Name)
		last = later(last, src.LastTry)
		if next.IsZero() || !src.Next.IsZero() && src.Next.Before(next) {
			next = src.Next
		}
	}
	moment(lastPollDesc, last)
	moment(nextPollDesc, next)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
