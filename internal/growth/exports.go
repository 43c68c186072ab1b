package growth

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// operations are those that a measurement names: "A.B, C: in some way" is about two.
func operations(what string) []string {
	names, _, _ := strings.Cut(what, ":")
	return strings.Split(names, ", ")
}

// leftOut is each operation that is neither measured nor constant for a reason, and each that
// there is not.
func leftOut(exported []string, measured map[string]bool, constant map[string]string) (all []string) {
	for _, name := range exported {
		_, told := constant[name]
		switch {
		case measured[name] && told:
			all = append(all, name+" is measured, and need not be said to be constant")
		case !measured[name] && !told:
			all = append(all, "no world shows how the cost of "+name+" grows")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(measured)) {
		if !slices.Contains(exported, name) {
			all = append(all, fmt.Sprintf("%s is measured, and is no operation of the package", name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(constant)) {
		switch {
		case constant[name] == "":
			all = append(all, "there is no reason for "+name+" to be constant")
		case !slices.Contains(exported, name):
			all = append(all, fmt.Sprintf("%s is said to be constant, and is no operation of the package", name))
		}
	}
	return all
}

// exports are the exported functions and methods of the package in a folder, as "Name" and
// "Type.Name". What a type has from one that is embedded in it and not exported is its own.
func exports(folder string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return nil, err
	}
	methods := map[string][]string{} // by type
	embeds := map[string][]string{}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, declaration := range file.Decls {
			switch d := declaration.(type) {
			case *ast.FuncDecl:
				of := ""
				if d.Recv != nil {
					of = typeName(d.Recv.List[0].Type)
				}
				if d.Name.IsExported() {
					methods[of] = append(methods[of], d.Name.Name)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if s, ok := spec.(*ast.TypeSpec); ok {
						embeds[s.Name.Name] = embedded(s.Type)
					}
				}
			}
		}
	}
	all := slices.Clone(methods[""])
	for of := range embeds {
		if ast.IsExported(of) {
			for _, name := range promoted(of, methods, embeds) {
				all = append(all, of+"."+name)
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// promoted are the methods of a type, with those of what is embedded in it.
func promoted(of string, methods, embeds map[string][]string) []string {
	all := slices.Clone(methods[of])
	for _, inner := range embeds[of] {
		if !ast.IsExported(inner) { // else they are listed as its own
			all = append(all, promoted(inner, methods, embeds)...)
		}
	}
	return all
}

func embedded(t ast.Expr) (all []string) {
	s, ok := t.(*ast.StructType)
	if !ok {
		return nil
	}
	for _, field := range s.Fields.List {
		if len(field.Names) == 0 {
			all = append(all, typeName(field.Type))
		}
	}
	return all
}

// typeName is the name of a type without what it points to or is made with.
func typeName(t ast.Expr) string {
	switch t := t.(type) {
	case *ast.StarExpr:
		return typeName(t.X)
	case *ast.IndexExpr:
		return typeName(t.X)
	case *ast.IndexListExpr:
		return typeName(t.X)
	case *ast.SelectorExpr: // of another package, whose methods are not ours
		return "."
	case *ast.Ident:
		return t.Name
	default:
		return "."
	}
}
