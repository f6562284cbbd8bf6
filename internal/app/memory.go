package app

import (
	"os"
	"runtime/debug"
)

// GarbagePercent is how much garbage may pile up before it is collected, in percent of
// what is in use. Go's own 100 would be as much again as the segmenter's dictionary,
// which is never garbage; make bench-sources shows what each takes.
const GarbagePercent = 40

// Thrifty has the process keep to GarbagePercent, unless GOGC in the environment says
// otherwise.
func Thrifty() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(GarbagePercent)
	}
}
