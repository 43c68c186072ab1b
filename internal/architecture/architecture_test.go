// Package architecture holds the import table of ARCHITECTURE.md against the
// code, so that a wall cannot be walked through unnoticed.
package architecture

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// allowed lists, for each package, which others of ours it may import, besides the
// leaves. A package that is not in the table fails the test: add it here and in
// ARCHITECTURE.md with its one job.
var allowed = map[string][]string{
	"action":         {},
	"content":        {},
	"images":         {},
	"policy":         {},
	"acl":            {},
	"rooms":          {},
	"sanction":       {"action"},
	"sanction/trust": {},
	"enforce":        {"action", "policy", "acl", "rooms"},

	"protections":             {"action", "content", "images", "rooms", "protections/kit", "protections/learning", "sanction", "sanction/trust"},
	"protections/kit":         {"action", "content", "images", "rooms", "protections/learning", "sanction", "sanction/trust"},
	"protections/kit/kittest": {"action", "content", "rooms", "protections/kit", "sanction/trust"},
	"protections/learning":    {"content"},
	"protections/rules":       {"content", "sanction", "sanction/trust", "protections/kit", "protections/learning"},

	"commands":         {"action", "content", "images", "policy", "rooms", "protections", "protections/kit", "protections/learning", "sanction", "sanction/trust", "commands/grammar"},
	"commands/grammar": {},

	"matrix":               {"action", "matrix/admin", "matrix/e2ee", "matrix/patience"},
	"matrix/admin":         {"action"},
	"matrix/e2ee":          {"matrix/e2ee/unpadded", "matrix/e2ee/verify", "matrix/patience"},
	"matrix/e2ee/unpadded": {},
	"matrix/e2ee/verify":   {"matrix/e2ee/unpadded"},
	"matrix/patience":      {},

	"store":        {"action", "policy"},
	"registration": {},

	"community": {
		"action", "content", "images", "policy", "acl", "rooms", "sanction", "sanction/trust", "enforce", "protections", "protections/kit", "protections/learning", "protections/rules", "commands", "commands/grammar",
		"matrix", "matrix/e2ee", "matrix/e2ee/verify", "registration", "store",
		"community/account", "community/approval", "community/commits", "community/desk", "community/echo", "community/loop", "community/report", "community/survey",
	},
	"community/account":  {},
	"community/approval": {},
	"community/echo":     {},
	"community/loop":     {},
	"community/commits":  {"store"},
	"community/desk":     {"action", "content", "policy", "acl", "rooms", "enforce", "commands", "matrix/e2ee"},
	"community/report":   {"action"},
	"community/survey":   {},

	"web":    {"action", "policy", "rooms"},
	"config": {},
}

// leaves are small things written once, which all may import and which import
// nothing of ours: reading hostile JSON, matching patterns, handling text, remembering
// events, taking apart names of servers, starting goroutines, hashing pictures, drawing them.
var leaves = []string{"wire", "glob", "text", "recent", "servername", "worker", "pdq", "draw"}

// free folders may import anything of ours: the wiring, and the test-only things.
var free = []string{"cmd", "internal"}

type listed struct {
	Dir        string
	ImportPath string
	GoFiles    []string
	Imports    []string
}

// name is the path of a package within the module.
func (p listed) name() string { return strings.TrimPrefix(p.ImportPath, "forseti/") }

func TestImports(t *testing.T) {
	for _, p := range packages(t) {
		if folder, _, _ := strings.Cut(p.name(), "/"); slices.Contains(free, folder) {
			continue
		}
		leaf := slices.Contains(leaves, p.name())
		may, known := allowed[p.name()]
		if !known && !leaf {
			t.Errorf("%s has no row in the table of this test and of ARCHITECTURE.md", p.ImportPath)
			continue
		}
		for _, imported := range p.Imports {
			other, ours := strings.CutPrefix(imported, "forseti/")
			if ours && !slices.Contains(may, other) && (leaf || !slices.Contains(leaves, other)) {
				t.Errorf("%s imports %s; it may import only %v and the leaves %v", p.ImportPath, imported, may, leaves)
			}
		}
	}
}

// TestTableIsWritten holds the table of ARCHITECTURE.md against the one above.
func TestTableIsWritten(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	written := map[string]bool{}
	for row := range strings.Lines(string(page)) {
		cells := strings.Split(row, "|")
		if len(cells) != 5 || !strings.Contains(cells[1], "`") {
			continue
		}
		name := strings.Trim(cells[1], " `/")
		written[name] = true
		if says := strings.Contains(cells[2], "Pure"); says != (pure[name] != nil) {
			t.Errorf("ARCHITECTURE.md says of %s that it is pure: %v", name, says)
		}
		if strings.Contains(cells[3], "all") {
			continue // what that is stands above alone
		}
		imports := strings.Fields(strings.ReplaceAll(strings.Trim(cells[3], " –"), "`", ""))
		slices.Sort(imports)
		if may := slices.Sorted(slices.Values(allowed[name])); !slices.Equal(imports, may) {
			t.Errorf("by ARCHITECTURE.md, %s may import %v; here it is %v", name, imports, may)
		}
	}
	for name := range allowed {
		if !written[name] {
			t.Errorf("ARCHITECTURE.md has no row for %s/", name)
		}
	}
}

// pure packages, each with what it may use for all that: what it only names for others
// to do.
var pure = map[string][]string{
	"action": {}, "content": {}, "policy": {}, "acl": {}, "rooms": {}, "sanction": {}, "sanction/trust": {},
	"enforce":     {"context"}, // an Actor and a Journal are slow, and whoever calls Execute waits for them
	"protections": {}, "protections/kit": {}, "protections/learning": {}, "protections/rules": {},
	"commands/grammar":  {},
	"community/account": {}, "community/approval": {}, "community/echo": {}, "community/report": {},
	"matrix/e2ee/unpadded": {}, "matrix/e2ee/verify": {},
	"wire": {}, "glob": {}, "text": {}, "recent": {}, "servername": {}, "pdq": {}, "draw": {}, "images": {},
}

// TestPurePackages keeps I/O, goroutines and the clock out of the pure packages.
func TestPurePackages(t *testing.T) {
	forbidden := []string{"context", "net", "net/http", "os", "database/sql", "log", "github.com/rs/zerolog", "maunium.net/go/mautrix"}
	found := 0
	for _, p := range packages(t) {
		may, is := pure[p.name()]
		if !is {
			continue
		}
		found++
		for _, imported := range p.Imports {
			if slices.Contains(forbidden, imported) && !slices.Contains(may, imported) {
				t.Errorf("%s is pure and imports %s", p.ImportPath, imported)
			}
		}
		for _, name := range p.GoFiles {
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for what := range impure(file) {
				t.Errorf("%s is pure, and there is %s in %s", p.ImportPath, what, name)
			}
		}
	}
	if found != len(pure) {
		t.Errorf("%d of %d pure packages found", found, len(pure))
	}
}

// impure gives what a file does that needs a clock or a goroutine.
func impure(file *ast.File) iter.Seq[string] {
	clock := []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}
	return func(yield func(string) bool) {
		for n := range ast.Preorder(file) {
			what := ""
			switch n := n.(type) {
			case *ast.GoStmt:
				what = "a goroutine"
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains(clock, n.Sel.Name) {
					what = "time." + n.Sel.Name
				}
			}
			if what != "" && !yield(what) {
				return
			}
		}
	}
}

func TestImpure(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "", "package p\nfunc f() { go f(); _ = time.Now(); _ = time.Duration(1) }", 0)
	if err != nil {
		t.Fatal(err)
	}
	if got := slices.Collect(impure(file)); !slices.Equal(got, []string{"a goroutine", "time.Now"}) {
		t.Errorf("found %q", got)
	}
}

func packages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-tags", "goolm", "-json=Dir,ImportPath,GoFiles,Imports", "forseti/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var found []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, p)
	}
	if len(found) < 2 {
		t.Fatalf("go list found only %d packages", len(found))
	}
	return found
}
