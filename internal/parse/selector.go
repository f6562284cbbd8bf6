package parse

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/andybalholm/cascadia"
)

var selectorAttr = regexp.MustCompile(`^(.*)@([A-Za-z_:][-A-Za-z0-9_:.]*)$`)

// SplitSelector takes "css@attr" apart.
func SplitSelector(s string) (css, attr string) {
	s = strings.TrimSpace(s)
	if m := selectorAttr.FindStringSubmatch(s); m != nil {
		return strings.TrimSpace(m[1]), m[2]
	}
	return s, ""
}

// CheckSelector says what is wrong with a selector; nil when it can be used.
func CheckSelector(s string) error {
	css, _ := SplitSelector(s)
	if css == "" {
		return nil
	}
	if _, err := cascadia.ParseGroup(css); err != nil {
		return fmt.Errorf("not a CSS selector: %w", err)
	}
	return nil
}
