// Command warehousebench measures how long ClickHouse takes for what digests, reports and
// the board ask of it: make bench-warehouse. It writes a set of a hundred million mentions
// and a million cases into a folder, once, and then asks. It is a measurement, no part of
// the program.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"huiyin/internal/chdb"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) > 1 && os.Args[1] == "engine-child" {
		os.Exit(chdb.ChildMain(os.Args[2:]))
	}
	scale := flag.Float64("scale", 1, "how much of a hundred million mentions and a million cases")
	dir := flag.String("dir", "", "the folder of the set, which is kept; default: one for each scale in the user's cache folder")
	runs := flag.Int("runs", 20, "how often each question is asked")
	buildOnly := flag.Bool("build", false, "write the set and measure nothing")
	flag.Parse()
	if *scale <= 0 || *scale > 10 || *runs < 1 {
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
	if err == nil && !*buildOnly {
		err = db.tell(ctx, *runs)
	}
	if db != nil {
		err = errors.Join(err, db.close())
	}
	if err != nil {
		stop()
		log.Fatal(err)
	}
}

// tell measures and prints everything.
func (db *database) tell(ctx context.Context, runs int) error {
	if err := db.calibrate(ctx); err != nil {
		return err
	}
	if err := db.sizes(ctx); err != nil {
		return err
	}
	if _, err := db.measure(ctx, questions(), runs, 20*time.Second); err != nil {
		return err
	}
	fmt.Fprintf(db.out, "\nThe engine's process had %d MB at most.\n", db.peak()>>20)
	return db.ship(ctx, runs)
}
