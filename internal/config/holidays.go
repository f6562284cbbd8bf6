package config

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"huiyin/internal/workday"
)

// holidays reads the files of days that the office sets by hand. What is wrong in
// one is told with that file and its line.
func (o *object) holidays() []workday.Override {
	var out []workday.Override
	read := map[string]bool{}   // paths
	from := map[string]string{} // date → the file that has it, as a person named it
	for i, name := range o.strs("holidays", nil) {
		key, path := index("holidays", i), o.r.abs(name)
		switch {
		case name == "":
			continue
		case read[path]:
			o.bad(key, "%s写了两次", quote(name))
			continue
		}
		read[path] = true
		told := 0 // the last line of which it was told
		for _, d := range o.holidayFile(key, name) {
			if other, twice := from[d.Date]; twice && d.Line != told {
				told = d.Line
				o.r.probs = append(o.r.probs, Problem{File: o.r.shown(name), Line: d.Line,
					Msg: fmt.Sprintf("%s 在 %s 里已经有了，请删去一处", d.Date, other)})
			} else if !twice {
				from[d.Date] = o.r.shown(name)
				out = append(out, d)
			}
		}
	}
	if len(out) > workday.MaxOverrides {
		o.bad("holidays", "各个文件一共最多写 %d 天，现在是 %d 天", workday.MaxOverrides, len(out))
	}
	return out
}

// holidayFile reads one file; nothing after a problem.
func (o *object) holidayFile(key, name string) []workday.Override {
	data, err := readLimited(o.r.abs(name), maxFile)
	switch {
	case errors.Is(err, errTooLarge):
		o.bad(key, "指的文件超过 1 MiB，不像是放假安排")
		return nil
	case errors.Is(err, fs.ErrNotExist):
		o.bad(key, "指的文件找不到（相对路径从配置文件所在的文件夹算起）")
		return nil
	case err != nil:
		o.bad(key, "指的文件读不出来：%s", reason(err))
		return nil
	}
	days, err := workday.ParseOverrides(data)
	var list workday.OverrideErrors
	if errors.As(err, &list) {
		for _, e := range list {
			o.r.probs = append(o.r.probs, Problem{File: o.r.shown(name), Line: e.Line, Msg: e.Reason})
		}
		o.r.cut = true // its days were not compared with those of other files
	}
	return days
}

// shown is how a person finds a file named in the configuration: from where the
// configuration file itself was named.
func (r *reader) shown(name string) string {
	if filepath.IsAbs(name) {
		return filepath.Clean(name)
	}
	return filepath.Join(filepath.Dir(r.file), name)
}
