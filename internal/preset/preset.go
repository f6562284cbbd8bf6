// Package preset is the room of the presets: what is known of common forum and site
// software, so that nobody has to write selectors for it. A preset is data, one file in
// the folder presets; this room reads them, turns the address a person opens in the
// browser into what a source needs, and tells by a page which software made it. It is
// pure: no disk, no network.
package preset

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"sync"

	yaml "go.yaml.in/yaml/v4"

	"huiyin/internal/parse"
	"huiyin/presets"
)

// Preset is one file of presets.
type Preset struct {
	Name  string // of the file, and in the configuration
	Title string // of the software, for people
	Kind  string // of the source: feed, forum or json
	// Channel is what the source counts as in reports: 论坛, 微博, …
	Channel string
	Site    string // the host whose posts come through another service; "" for software that is read directly
	Help    string // what to give as url, for people

	Example struct { // of what is written in the configuration
		URL  string
		With map[string]string
	}
	Params    []Param      // what may be written under with
	Addresses []Address    // the first that fits is used
	Signs     []Sign       // any of them gives the software away
	List      parse.Fields // not for feeds; {base} in Link, Page and Next is filled by Source
	Post      parse.PageFields
}

// Param is something the address alone does not say.
type Param struct {
	Name     string
	Title    string // what it is, for people
	Default  string // used when it is not given
	Optional bool   // may be left away
	Secret   bool   // given through a file, as <name>_file
}

// Address turns one form of address into the one that is polled. Path and the values of
// Query are regular expressions that must fit the whole; what their named groups find,
// and the params, fill {name} in Poll and Ask. The group dir is the folder the software
// lives in: {base} is scheme, host and dir.
type Address struct {
	Path  string
	Query map[string]string // a parameter that is not there is empty
	Poll  string            // begins with {base}/
	Ask   map[string]string // the query; one whose filling is empty is left away

	path  *regexp.Regexp
	query map[string]*regexp.Regexp
}

// Sign is a set of strings that, found together in an answer, give its software away;
// upper and lower case are the same.
type Sign []string

// All are the presets that are shipped, sorted by name. They are not to be changed.
func All() ([]Preset, error) { return shipped() }

var shipped = sync.OnceValues(func() ([]Preset, error) { return load(presets.Files) })

// Find is the preset of that name.
func Find(name string) (Preset, error) {
	all, err := All()
	if err != nil {
		return Preset{}, err
	}
	i := slices.IndexFunc(all, func(p Preset) bool { return p.Name == name })
	if i >= 0 {
		return all[i], nil
	}
	var names []string
	for _, p := range all {
		names = append(names, p.Name)
	}
	return Preset{}, fmt.Errorf("没有叫“%s”的预设，有这些：%s", name, strings.Join(names, "、"))
}

func load(fsys fs.FS) ([]Preset, error) {
	files, err := fs.Glob(fsys, "*.yaml") // sorted
	if err != nil {
		return nil, fmt.Errorf("list presets: %w", err)
	}
	var all []Preset
	for _, file := range files {
		data, err := fs.ReadFile(fsys, file)
		if err != nil {
			return nil, fmt.Errorf("read preset: %w", err)
		}
		var p Preset
		if err := yaml.Load(data, &p, yaml.WithV4Defaults(), yaml.WithKnownFields()); err != nil {
			return nil, fmt.Errorf("preset %s: %w", file, err)
		}
		if p.Name+".yaml" != file {
			return nil, fmt.Errorf("preset %s: its name is %q", file, p.Name)
		}
		if err := p.prepare(); err != nil {
			return nil, fmt.Errorf("preset %s: %w", file, err)
		}
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b Preset) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// prepare checks p and compiles its patterns.
func (p *Preset) prepare() error {
	switch {
	case p.Title == "" || p.Help == "" || p.Example.URL == "" || p.Channel == "":
		return errors.New("title, help, channel or example is missing")
	case p.Kind != "feed" && p.Kind != "forum" && p.Kind != "json":
		return fmt.Errorf("kind %q", p.Kind)
	case (p.Kind == "feed") != (p.List == parse.Fields{}):
		return errors.New("list is for forum and json, and needed there")
	case len(p.Addresses) == 0 || len(p.Signs) == 0:
		return errors.New("addresses or signs are missing")
	}
	for _, q := range p.Params {
		if !paramName.MatchString(q.Name) || q.Title == "" {
			return fmt.Errorf("param %q: its name or title cannot be used", q.Name)
		}
	}
	for _, s := range p.Signs {
		if len(s) == 0 || slices.Contains(s, "") {
			return errors.New("an empty sign fits everything")
		}
	}
	for i := range p.Addresses {
		if err := p.Addresses[i].prepare(p.Params); err != nil {
			return fmt.Errorf("address %d: %w", i+1, err)
		}
	}
	return nil
}

var (
	paramName = regexp.MustCompile(`^[a-z]+$`)
	hole      = regexp.MustCompile(`\{([^{}]*)\}`)
)

func (a *Address) prepare(params []Param) error {
	known := map[string]bool{}
	for _, q := range params {
		known[q.Name] = true
	}
	whole := func(pattern string) (*regexp.Regexp, error) {
		re, err := regexp.Compile(`^(?:` + pattern + `)$`)
		if err != nil {
			return nil, fmt.Errorf("pattern: %w", err)
		}
		for _, name := range re.SubexpNames() {
			known[name] = name != "dir"
		}
		return re, nil
	}
	var err error
	if a.path, err = whole(a.Path); err != nil {
		return err
	}
	a.query = map[string]*regexp.Regexp{}
	for key, pattern := range a.Query {
		if a.query[key], err = whole(pattern); err != nil {
			return err
		}
	}
	if !strings.HasPrefix(a.Poll, "{base}/") { // else a value could become part of the host
		return fmt.Errorf("poll %q does not begin with {base}/", a.Poll)
	}
	templates := []string{strings.TrimPrefix(a.Poll, "{base}")}
	for _, t := range a.Ask {
		templates = append(templates, t)
	}
	for _, t := range templates {
		for _, m := range hole.FindAllStringSubmatch(t, -1) {
			if !known[m[1]] {
				return fmt.Errorf("{%s} is neither a param nor a group of the patterns", m[1])
			}
		}
	}
	return nil
}
