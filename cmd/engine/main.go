// Command engine fetches the embedded engine's library into the user's cache
// folder and prints where it is; `make engine` runs it. With -verify it first
// reads the whole library against its digest.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"huiyin/internal/chdb/fetch"
)

func main() {
	verify := flag.Bool("verify", false, "read the whole library against its digest, and fetch it again if it differs")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // whoever asks twice does not wait for the disk
	ensure := fetch.Ensure
	if *verify {
		ensure = fetch.Refetch
	}
	path, err := ensure(ctx, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "engine:", err)
		os.Exit(1)
	}
	fmt.Println(path)
}
