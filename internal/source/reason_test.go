package source

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"testing"
)

// What people read is punctuated as Chinese is.
func TestReasonsArePunctuatedAsChinese(t *testing.T) {
	han, half := regexp.MustCompile(`\p{Han}`), regexp.MustCompile(`[,;()!?]|:(?:[^/]|$)`)
	seen := 0
	for _, name := range []string{"reason.go", "pages.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && han.MatchString(lit.Value) {
				seen++
				if half.MatchString(lit.Value) {
					t.Errorf("%s: %s", name, lit.Value)
				}
			}
			return true
		})
	}
	if seen < 12 {
		t.Errorf("only %d sentences found", seen)
	}
}
