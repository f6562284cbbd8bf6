package sites

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// wordpress is a WordPress in Chinese on PHP's own web server, and its MariaDB.
type wordpress struct {
	*front
	env   []string
	texts map[string]string // by number of the post
}

func startWordPress(t *testing.T) (*wordpress, error) {
	root, err := installed("wordpress")
	if err != nil {
		return nil, err
	}
	backend := freeAddress()
	w := &wordpress{front: newFront(t, backend), texts: map[string]string{}}
	dir, err := os.MkdirTemp("", "w") // a short path: a socket stands in it
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	here := must(filepath.Abs("testdata/wordpress"))
	socket := filepath.Join(dir, "db")
	w.env = append(os.Environ(), "SITE_URL="+w.URL, "SITE_ROOT="+root, "SITE_SOCKET="+socket, "SITE_CONFIG="+filepath.Join(here, "wp-config.php"))
	if err := serve(t, mariadb(dir, socket), "unix", socket); err != nil {
		return nil, err
	}
	if _, err := w.do(map[string]string{"do": "install", "title": "清河市民网", "author": "编辑部", "theme": "twentytwentyone"}); err != nil {
		return nil, err
	}
	php := exec.Command("php", "-q", "-d", "opcache.enable_cli=1", "-S", backend, "-t", root, filepath.Join(here, "router.php"))
	php.Env = w.env
	return w, serve(t, php, "tcp", backend)
}

// mariadb is a server for whoever may open its socket, without users and without the
// network.
func mariadb(dir, socket string) *exec.Cmd {
	program := "mariadbd"
	if _, err := exec.LookPath(program); err != nil {
		program = "/usr/sbin/mariadbd" // not everybody's PATH has it
	}
	data := filepath.Join(dir, "data")
	args := []string{
		"--no-defaults", "--datadir=" + data, "--socket=" + socket, "--pid-file=" + filepath.Join(dir, "pid"), "--skip-networking",
		"--skip-grant-tables", "--skip-log-bin", "--innodb-buffer-pool-size=16M", "--innodb-flush-log-at-trx-commit=0",
	}
	if os.Geteuid() == 0 {
		args = append(args, "--user=root")
	}
	if err := os.Mkdir(data, 0o700); err != nil {
		panic(err)
	}
	return exec.Command(program, args...)
}

// do has WordPress' own functions do something, and returns the number of what came of it.
func (w *wordpress) do(what map[string]string) (string, error) {
	cmd := exec.Command("php", "-d", "sendmail_path=/bin/true", "testdata/wordpress/write.php")
	cmd.Env, cmd.Stdin = w.env, bytes.NewReader(must(json.Marshal(what)))
	out, err := run(cmd)
	if err != nil {
		return "", err
	}
	var done struct {
		ID int `json:"id"`
	}
	if err := json.Unmarshal(out, &done); err != nil {
		return "", fmt.Errorf("WordPress was to %s and said %s: %w", what["do"], out, err)
	}
	return strconv.Itoa(done.ID), nil
}

// write is do while nobody reads.
func (w *wordpress) write(what map[string]string) (id string, err error) {
	w.between(func() { id, err = w.do(what) })
	return id, err
}

func (w *wordpress) publish(title, text string) (string, error) {
	id, err := w.write(map[string]string{"do": "post", "title": title, "text": paragraphs(text)})
	w.texts[id] = text
	return id, err
}

// edit adds to a post.
func (w *wordpress) edit(id, text string) error {
	w.texts[id] += "\n\n" + text
	_, err := w.write(map[string]string{"do": "edit", "id": id, "text": paragraphs(w.texts[id])})
	return err
}

// comment is what somebody writes under a post.
func (w *wordpress) comment(id, author, text string) error {
	_, err := w.write(map[string]string{"do": "comment", "id": id, "author": author, "text": text})
	return err
}

// paragraphs writes a text as WordPress' editor stores it.
func paragraphs(text string) string {
	text = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
	return "<!-- wp:paragraph -->\n<p>" + strings.ReplaceAll(text, "\n\n", "</p>\n<!-- /wp:paragraph -->\n\n<!-- wp:paragraph -->\n<p>") + "</p>\n<!-- /wp:paragraph -->"
}
