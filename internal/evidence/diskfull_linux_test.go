package evidence

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const smallDisk = 1 << 20

// TestDiskFull fills a small disk (a tmpfs in a mount namespace of this test's
// own: as root, or else in a user namespace) with evidence until there is no
// room. What was put must be whole, and the disk must have room again for
// something smaller: nothing half stays.
func TestDiskFull(t *testing.T) {
	const variable = "HUIYIN_TEST_SMALL_DISK"
	if dir := os.Getenv(variable); dir != "" {
		fillDisk(t, dir)
		return
	}
	again := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	again.Env = append(os.Environ(), variable+"="+t.TempDir())
	again.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if os.Getuid() != 0 {
		again.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		again.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
		again.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
	}
	out, err := again.CombinedOutput()
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSPC) {
		// The kernel's settings forbid namespaces; TestNothingHalf shows the same
		// with a writer that refuses.
		fmt.Printf("no small disk can be mounted here (%v); shown by TestNothingHalf only\n", err)
		return
	}
	if err != nil || !strings.Contains(string(out), "--- PASS: "+t.Name()) {
		t.Fatalf("on the small disk: %v\n%s", err, out)
	}
}

func fillDisk(t *testing.T, dir string) {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		t.Fatalf("make mounts private: %v", err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprint("size=", smallDisk)); err != nil {
		t.Fatalf("mount the small disk: %v", err)
	}
	dir = filepath.Join(dir, "evidence")
	s, err := New(dir)
	if err != nil {
		t.Fatal(err)
	}
	kept := map[string][]byte{}
	refused := 0
	for size := 300_000; size > 1000; {
		content := make([]byte, size)
		_, _ = rand.Read(content) // never fails
		sum, _, err := s.Put(bytes.NewReader(content), smallDisk)
		switch {
		case err == nil:
			kept[sum] = content
		case errors.Is(err, syscall.ENOSPC):
			refused++
			size /= 2
		default:
			t.Fatal(err)
		}
	}
	if len(kept) < 4 || refused < 4 {
		t.Errorf("%d files kept, %d refused: the disk was never full", len(kept), refused)
	}
	if n := len(files(t, dir)); n != len(kept) {
		t.Errorf("%d files on the disk, %d were put: %v", n, len(kept), files(t, dir))
	}
	for sum, content := range kept {
		if got, err := read(s, sum); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%s: %d bytes of %d, %v", sum, len(got), len(content), err)
		}
	}
}
