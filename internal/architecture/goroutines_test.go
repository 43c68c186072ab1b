package architecture

import (
	"go/ast"
	"go/parser"
	"go/token"
	"iter"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// bare are the goroutines that package worker does not start, each with why it needs no
// guard.
var bare = map[string]string{
	"store/gate.go: time.AfterFunc":              "ends a context",
	"community/held_commands.go: time.AfterFunc": "ends a context",
	"community/door.go: time.AfterFunc":          "ends a context",
	"community/door.go: context.AfterFunc":       "ends a context",
	"cmd/forseti/run.go: time.AfterFunc":         "gives memory back",
	"community/surveying.go: cron.New":           "hands a function to the owner",
}

// TestGoroutinesAreGuarded holds the program to one way of starting goroutines, whose
// panic does not end it. What only tests and the demo run, in internal/, may do as it
// likes.
func TestGoroutinesAreGuarded(t *testing.T) {
	found := map[string]bool{}
	for _, p := range packages(t) {
		if p.name() == "worker" || strings.HasPrefix(p.name(), "internal/") {
			continue
		}
		for _, name := range p.GoFiles {
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for what := range starts(file) {
				at := p.name() + "/" + name + ": " + what
				found[at] = true
				if bare[at] == "" {
					t.Errorf("%s; package worker starts goroutines, and says what becomes of whoever waits for one that breaks", at)
				}
			}
		}
	}
	for at := range bare {
		if !found[at] {
			t.Errorf("%s is not there any more; take it out of bare", at)
		}
	}
}

// starts gives what of a file starts goroutines.
func starts(file *ast.File) iter.Seq[string] {
	starters := []string{"sync.WaitGroup", "errgroup.Group", "errgroup.WithContext", "time.AfterFunc", "context.AfterFunc", "cron.New"}
	return func(yield func(string) bool) {
		for n := range ast.Preorder(file) {
			what := ""
			switch n := n.(type) {
			case *ast.GoStmt:
				what = "go"
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && slices.Contains(starters, x.Name+"."+n.Sel.Name) {
					what = x.Name + "." + n.Sel.Name
				}
			}
			if what != "" && !yield(what) {
				return
			}
		}
	}
}

func TestStarts(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "", "package p\nfunc f() { go f(); var g sync.WaitGroup; time.AfterFunc(1, f); g.Wait(); time.Now() }", 0)
	if err != nil {
		t.Fatal(err)
	}
	if got := slices.Collect(starts(file)); !slices.Equal(got, []string{"go", "sync.WaitGroup", "time.AfterFunc"}) {
		t.Errorf("found %q", got)
	}
}
