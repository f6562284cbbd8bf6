package app

import (
	"os/exec"
	"strings"
	"testing"
)

// may lists which rooms a room may import. Pure rooms know no disk and no network;
// adapters do not know each other, and declare what they need as interfaces.
var may = map[string][]string{
	// Pure.
	"internal/post":     {"dict", "internal/schedule"},
	"internal/workday":  {},
	"internal/match":    {"dict", "internal/post"},
	"internal/cases":    {"internal/workday"},
	"internal/when":     {},
	"internal/parse":    {"internal/post", "internal/when"},
	"internal/preset":   {"internal/parse", "presets"},
	"internal/schedule": {},
	"internal/sample":   {"internal/cases", "internal/workday"},
	"internal/chart":    {},
	// Adapters.
	"internal/fetch":  {},
	"internal/source": {"internal/fetch", "internal/parse", "internal/post", "internal/schedule"},
	"internal/inbox":  {"internal/cases", "internal/post", "internal/when"},
	"internal/opml":   {},
	// Adapters.
	"internal/websub":    {},
	"internal/look":      {"internal/fetch", "internal/post"},
	"internal/evidence":  {},
	"internal/journal":   {"internal/cases", "internal/post"},
	"internal/warehouse": {"internal/cases"},
	"internal/chat":      {"internal/cases", "internal/post"},
	"internal/notify":    {"internal/cases"},
	"internal/report":    {"internal/cases", "internal/chart", "internal/post", "internal/workday"},
	"internal/ops":       {},
	"internal/board":     {"internal/cases", "internal/chart", "internal/post", "internal/workday"},
	"internal/config":    {"internal/parse", "internal/preset", "internal/workday"},
	"internal/botapi":    {},
	"internal/chdb":      {"internal/chdb/fetch", "internal/chdb/flock"},
	// The files that a report is handed on as.
	"internal/report/book": {"internal/report"},
	// What an inbox reads of ledgers.
	"internal/inbox/sheet": {"internal/cases", "internal/inbox", "internal/post"},
	// The engine's file on the disk, and the lock both of its processes use.
	"internal/chdb/fetch": {"internal/chdb/flock"},
	"internal/chdb/flock": {},
	// The flow, on top of the journal.
	"internal/pipeline": {"internal/cases", "internal/journal", "internal/match", "internal/post", "internal/workday"},
	// The data that users edit.
	"alerts": {}, "dict": {}, "presets": {},
	// Wiring.
	"internal/app":        {"*"},
	"internal/playground": {"internal/app", "internal/botapi", "internal/cases", "internal/config"},
	"cmd/huiyin":          {"internal/app", "internal/config"},
	"cmd/playground":      {"internal/app", "internal/playground"},
	"cmd/engine":          {"internal/chdb/fetch"},
	// Measurements and what tests need, no part of the program.
	"internal/chromium":           {},
	"internal/schedule/sim":       {"internal/schedule"},
	"internal/app/warehousebench": {"internal/cases", "internal/chdb", "internal/warehouse", "internal/workday"},
	"internal/app/sourcebench": {"alerts", "dict", "internal/app", "internal/fetch", "internal/journal", "internal/match",
		"internal/pipeline", "internal/post", "internal/source", "internal/workday"},
}

// TestImports holds the rooms to the rule.
func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "huiyin/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	rooms := 0
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		room := strings.TrimPrefix(fields[0], "huiyin/")
		allowed, known := may[room]
		if len(fields) == 1 && !known { // a folder of tests
			continue
		}
		if rooms++; !known {
			t.Errorf("%s is a new room: say in this test which rooms it may import", room)
		}
		for _, path := range fields[1:] {
			other, ours := strings.CutPrefix(path, "huiyin/")
			if ours && !contains(allowed, other) {
				t.Errorf("%s imports %s and may not", room, other)
			}
		}
	}
	if rooms != len(may) {
		t.Errorf("%d rooms are there, the rule speaks of %d", rooms, len(may))
	}
}

func contains(allowed []string, room string) bool {
	for _, a := range allowed {
		if a == room || a == "*" {
			return true
		}
	}
	return false
}
