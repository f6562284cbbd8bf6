package sites

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// hexo is a site of files that are generated whenever something was written. hexo's own
// server hands them out, with ETag and Last-Modified.
type hexo struct {
	*front
	dir string
}

// startHexo makes an empty site.
func startHexo(t *testing.T) (*hexo, error) {
	software, err := installed("hexo")
	if err != nil {
		return nil, err
	}
	backend := freeAddress()
	h := &hexo{newFront(t, backend), t.TempDir()}
	err = errors.Join(
		os.CopyFS(h.dir, os.DirFS("testdata/hexo")),
		os.Symlink(filepath.Join(software, "node_modules"), filepath.Join(h.dir, "node_modules")),
		os.MkdirAll(filepath.Join(h.dir, "source", "_posts"), 0o755),
	)
	if err != nil {
		return nil, err
	}
	config := filepath.Join(h.dir, "_config.yml")
	raw := must(os.ReadFile(config))
	if err := os.WriteFile(config, fmt.Appendf(raw, "url: %s\n", h.URL), 0o644); err != nil {
		return nil, err
	}
	if err := h.generate(); err != nil {
		return nil, err
	}
	host, port, _ := net.SplitHostPort(backend)
	return h, serve(t, h.command("server", "--static", "--ip", host, "--port", port), "tcp", backend)
}

// command is a call of hexo on the site, by an editor whose clock is that of Shanghai.
func (h *hexo) command(args ...string) *exec.Cmd {
	cmd := exec.Command("node", append([]string{filepath.Join("node_modules", "hexo-cli", "bin", "hexo")}, args...)...)
	cmd.Dir = h.dir
	cmd.Env = append(os.Environ(), "TZ=Asia/Shanghai", "NO_COLOR=1")
	return cmd
}

// generate makes the site's files anew, while nobody reads them.
func (h *hexo) generate() (err error) {
	h.between(func() { _, err = run(h.command("generate")) })
	return err
}

func (h *hexo) publish(title, text string) (string, error) {
	out, err := run(h.command("new", "post", title))
	if err != nil {
		return "", err
	}
	_, file, ok := strings.Cut(string(out), "Created: ")
	if !ok {
		return "", fmt.Errorf("hexo new created nothing: %s", out)
	}
	file = strings.TrimSpace(file)
	return file, h.edit(file, text)
}

// edit adds to a post.
func (h *hexo) edit(file, text string) error {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString("\n" + text + "\n")
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return h.generate()
}
