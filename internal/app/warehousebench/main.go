// Command warehousebench measures how long ClickHouse takes for what digests, reports and
// the board ask of it: make bench-warehouse. It writes a set of a hundred million mentions
// and a million cases into a folder, once, and then asks. It is a measurement, no part of
// the program.
package main

import (
	"context"
	"flag"
	"log"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"

	"huiyin/internal/chdb"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) > 1 && os.Args[1] == "engine-child" {
		os.Exit(chdb.ChildMain(os.Args[2:]))
	}
	scale := flag.Float64("scale", 1, "how much of a hundred million mentions and a million cases")
	dir := flag.String("dir", "", "the folder of the set, which is kept; default: one for each scale in the user's cache folder")
	buildOnly := flag.Bool("build", false, "write the set and measure nothing")
	flag.Parse()
	if *scale <= 0 || *scale > 10 {
		flag.Usage()
		os.Exit(2)
	}
	if *dir == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			log.Fatal(err)
		}
		*dir = filepath.Join(cache, "huiyin", "warehousebench", strconv.FormatFloat(*scale, 'g', -1, 64))
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	db, err := open(ctx, *dir, scaled(*scale), os.Stdout, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})))
	if err == nil {
		err = db.build(ctx)
	}
	_ = buildOnly
	if db != nil {
		defer db.close()
	}
	if err != nil {
		stop()
		log.Fatal(err)
	}
}
