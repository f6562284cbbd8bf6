package book

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// browsers are what may print a page, by the names under which they are installed.
var browsers = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge", "microsoft-edge-stable"}

// ErrNoBrowser is the error of PDF where nothing can print.
var ErrNoBrowser = errors.New("这台机器上没有 Chromium 或 Chrome 浏览器，不能直接存成 PDF：请存成 .html，用浏览器打开后打印")

// browser finds one.
func browser() (string, error) {
	for _, name := range browsers {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", ErrNoBrowser
}

// PDF has a browser print a page of a report as a PDF. The page has no scripts and loads
// nothing.
func PDF(ctx context.Context, w io.Writer, page []byte) error {
	program, err := browser()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "huiyin-report-")
	if err != nil {
		return fmt.Errorf("print report: %w", err)
	}
	defer os.RemoveAll(dir)
	in, out := filepath.Join(dir, "report.html"), filepath.Join(dir, "report.pdf")
	if err := os.WriteFile(in, page, 0o600); err != nil {
		return fmt.Errorf("print report: %w", err)
	}
	args := []string{
		"--headless", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--user-data-dir=" + filepath.Join(dir, "profile"), "--no-pdf-header-footer", "--print-to-pdf=" + out,
	}
	if os.Geteuid() == 0 { // its sandbox does not work for root
		args = append(args, "--no-sandbox")
	}
	said, err := exec.CommandContext(ctx, program, append(args, (&url.URL{Scheme: "file", Path: in}).String())...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("浏览器没有印成 PDF（%w），请存成 .html，用浏览器打开后打印：%s", err, tail(said))
	}
	f, err := os.Open(out)
	if err != nil {
		return fmt.Errorf("浏览器没有印成 PDF，请存成 .html，用浏览器打开后打印：%s", tail(said))
	}
	defer f.Close()
	if _, err := io.Copy(w, f); err != nil {
		return fmt.Errorf("print report: %w", err)
	}
	return nil
}

// tail is the end of what a program said.
func tail(said []byte) string {
	const most = 300
	s := strings.TrimSpace(string(said))
	return s[max(0, len(s)-most):]
}
