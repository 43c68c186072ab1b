package architecture

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A type that outgrows these is no part any more but a house of its own: every method
// can reach every field.
const (
	mostMethods = 40
	mostFields  = 15
)

// values are what is handed over and told: figures side by side, of which nothing keeps
// hold. They may have more fields.
var values = []string{"commands.Effect", "commands.Status"}

// TestTypesStaySmall holds the types of the folders whose walls are up to those bounds.
// What a type gets from the parts that it is put together of does not count as its own.
func TestTypesStaySmall(t *testing.T) {
	for _, folder := range []string{"matrix", "enforce", "community", "store", "rooms", "commands", "policy"} {
		found := 0
		for path, size := range sizes(t, filepath.Join("..", "..", folder)) {
			found++
			name := strings.TrimPrefix(path, "../../")
			if size.methods > mostMethods || size.fields > mostFields && !slices.Contains(values, name) {
				t.Errorf("%s has %d methods and %d fields of its own; part it", name, size.methods, size.fields)
			}
		}
		if found < 10 {
			t.Errorf("only %d types found in %s", found, folder)
		}
	}
}

// wholes are types that are put together of parts. Of the parts none may reach back to
// all of it, but those that are named.
var wholes = []struct{ folder, whole, but string }{
	{"matrix/e2ee", "Machine", "Verifier"},
	{"community/report", "Report", ""},
	{"store", "Store", ""},
}

func TestPartsDoNotKnowTheWhole(t *testing.T) {
	for _, w := range wholes {
		all := sizes(t, filepath.Join("..", "..", filepath.FromSlash(w.folder)))
		if len(all) < 10 {
			t.Errorf("only %d types found in %s", len(all), w.folder)
		}
		for path, size := range all {
			if size.holds[w.whole] && !strings.HasSuffix(path, "."+w.but) {
				t.Errorf("%s holds the whole %s", path, w.whole)
			}
		}
	}
}

// TestPartsOfTheWorldDoNotHoldIt: what a plan follows from is put together of parts of
// which none reaches back to all of it, and so is what carries it out.
func TestPartsOfTheWorldDoNotHoldIt(t *testing.T) {
	mayHold := map[string][]string{"World": {".Runner", ".sight"}, "Runner": nil}
	for path, size := range sizes(t, filepath.Join("..", "..", "enforce")) {
		for whole, by := range mayHold {
			if size.holds[whole] && !slices.ContainsFunc(by, func(name string) bool { return strings.HasSuffix(path, name) }) {
				t.Errorf("%s holds the whole %s", path, whole)
			}
		}
	}
}

type size struct {
	methods, fields int
	holds           map[string]bool // types of its fields, without what makes them pointers or lists
}

// sizes are those of all types below a folder, by folder and name.
func sizes(t *testing.T, root string) map[string]*size {
	t.Helper()
	all := map[string]*size{}
	of := func(path, name string) *size {
		key := filepath.ToSlash(filepath.Dir(path)) + "." + name
		if all[key] == nil {
			all[key] = &size{holds: map[string]bool{}}
		}
		return all[key]
	}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Recv != nil {
					of(path, base(d.Recv.List[0].Type)).methods++
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					is, ok := spec.(*ast.TypeSpec)
					if !ok {
						continue
					}
					if s, ok := is.Type.(*ast.StructType); ok {
						for _, f := range s.Fields.List {
							of(path, is.Name.Name).fields += max(len(f.Names), 1)
							of(path, is.Name.Name).holds[base(f.Type)] = true
						}
					}
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// base is the name of a type within pointers, lists and type parameters.
func base(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.StarExpr:
		return base(e.X)
	case *ast.ArrayType:
		return base(e.Elt)
	case *ast.IndexExpr:
		return base(e.X)
	case *ast.IndexListExpr:
		return base(e.X)
	default:
		return ""
	}
}
