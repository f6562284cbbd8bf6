package fetch

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// tarballURL asks the npm client where the package lies, so that the registry
// of the user's own settings is the one that is used.
func tarballURL(ctx context.Context, pin pin) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	out, err := npm(ctx, "", "view", pin.Package+"@"+Version, "dist.tarball", "--json")
	if err != nil {
		return "", err
	}
	var text string
	if err := json.Unmarshal(out, &text); err != nil {
		return "", fmt.Errorf("npm does not tell where the package is: %w", err)
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" {
		return "", fmt.Errorf("npm says that the package is at %q, which is no web address", text)
	}
	return text, nil
}

// npmPack lets npm fetch the package, with its own login and proxy.
func npmPack(ctx context.Context, pin pin, to string) error {
	dir, err := os.MkdirTemp(filepath.Dir(to), "pack")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithTimeout(ctx, time.Hour)
	defer cancel()
	// In the folder instead of --pack-destination, which older clients lack.
	if _, err := npm(ctx, dir, "pack", pin.Package+"@"+Version); err != nil {
		return err
	}
	found, err := filepath.Glob(filepath.Join(globEscaper.Replace(dir), "*.tgz"))
	if err != nil || len(found) != 1 {
		return fmt.Errorf("npm pack left %d packages instead of one in %s", len(found), dir)
	}
	return os.Rename(found[0], to)
}

var globEscaper = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`)

// npm runs the client and returns what it printed.
func npm(ctx context.Context, dir string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "npm", args...)
	cmd.Dir = dir
	cmd.WaitDelay = 5 * time.Second
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if errors.Is(err, exec.ErrNotFound) {
		return nil, fmt.Errorf("npm is not installed; install it (Debian: apt-get install npm), or name a library in %s", engineVariable)
	}
	if err != nil {
		return nil, fmt.Errorf("npm %s: %w: %s", strings.Join(args, " "), err, lastLines(errs.String()))
	}
	return out.Bytes(), nil
}

// lastLines keeps an error readable: npm writes pages.
func lastLines(text string) string {
	const most = 500
	text = strings.TrimSpace(text)
	if len(text) > most {
		text = "…" + text[len(text)-most:]
	}
	return strings.ReplaceAll(text, "\n", " | ")
}
