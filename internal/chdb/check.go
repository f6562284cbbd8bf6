package chdb

import (
	"debug/elf"
	"debug/macho"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
)

// checkLibrary turns the ways in which a library file can be bad into errors.
// The loader's own reports mislead: a truncated file ends the process with
// SIGBUS, one for another processor is "no such file".
func checkLibrary(path string) error {
	st, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("the engine's library is missing: %w (run `make engine`)", err)
	}
	if !st.Mode().IsRegular() {
		return fmt.Errorf("the engine's library %s is no regular file", path)
	}
	check := checkELF
	if runtime.GOOS == "darwin" {
		check = checkMachO
	}
	need, err := check(path)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("the engine's library %s is cut off: it has %d bytes (fetch it again: `make engine`)", path, st.Size())
	}
	if err != nil {
		return fmt.Errorf("the engine's library %s: %w (fetch it again: `make engine`)", path, err)
	}
	if st.Size() < need {
		return fmt.Errorf("the engine's library %s is cut off: it has %d bytes, its segments need %d (fetch it again: `make engine`)", path, st.Size(), need)
	}
	return nil
}

// checkELF returns how many bytes the file must have to be mapped.
func checkELF(path string) (need int64, err error) {
	f, err := elf.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	machine := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}[runtime.GOARCH]
	if f.Type != elf.ET_DYN || f.Class != elf.ELFCLASS64 || f.Machine != machine {
		return 0, fmt.Errorf("it is a %v for %v, this machine is %s", f.Type, f.Machine, runtime.GOARCH)
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_LOAD {
			need = max(need, int64(p.Off+p.Filesz))
		}
	}
	return need, nil
}

func checkMachO(path string) (need int64, err error) {
	f, err := macho.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	cpu := map[string]macho.Cpu{"amd64": macho.CpuAmd64, "arm64": macho.CpuArm64}[runtime.GOARCH]
	if f.Type != macho.TypeDylib && f.Type != macho.TypeBundle || f.Cpu != cpu {
		return 0, fmt.Errorf("it is a %v for %v, this machine is %s", f.Type, f.Cpu, runtime.GOARCH)
	}
	for _, l := range f.Loads {
		if s, ok := l.(*macho.Segment); ok {
			need = max(need, int64(s.Offset+s.Filesz))
		}
	}
	return need, nil
}
