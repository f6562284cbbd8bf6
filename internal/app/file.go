package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// OpenFile opens a file that a person named; the error is for that person.
func OpenFile(name string) (*os.File, error) {
	f, err := os.Open(name)
	switch {
	case err == nil:
		return f, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("打不开文件 %s：没有这个文件，请核对文件名和所在的文件夹", name)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("打不开文件 %s：没有读它的权限", name)
	}
	return nil, fmt.Errorf("打不开文件 %s：%w", name, err)
}
