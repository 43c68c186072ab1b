package architecture

import (
	"go/ast"
	"go/parser"
	"go/token"
	"iter"
	"path/filepath"
	"strings"
	"testing"
)

// decided are the functions that do something of their own for one verb, each with why
// that is no matter of the table in package action. What is true of several verbs, or may
// be of another one day, is a column there.
var decided = map[string]string{
	// What only bans have: they are in the journal as ours, and one without an answer may
	// show up later.
	"enforce tellClaimed": "finds the bans that had no answer",
	"enforce attempted":   "notes which ban, or which end of one, had no answer",
	"enforce settled":     "forgets what attempted noted",
	"enforce needless":    "a ban that we made already is whose who asks for it",
	"enforce Landed":      "an unban that finds nothing lifts a ban that comes late",
	"enforce meet":        "a ban without an answer counts as there",
	"enforce meets":       "a ban takes the place of whatever is wanted of a member",
	"store Bans":          "reads the bans from the journal",
	"kittest End":         "offenders are who was banned",
	// What has yet to be seen after it was done.
	"enforce done":   "the echo of an unban, and of a redaction, is still to come",
	"enforce Resume": "redactions are known by their event, and not by a member",
	"enforce doubts": "a ban that was lifted without an answer may still stand",
	// What only ACLs have: entries of ours among those of others.
	"enforce begin":   "entries of ours are claimed before they are sent",
	"enforce derived": "ACLs follow from the rules",
	"report Ended":    "ACLs are told by what they deny",
	"report keyOf":    "ACLs are told by what they deny",
	"report wanting":  "ACLs are told by what they deny",
	// What only rules and settings have.
	"enforce state":         "a join rule has a type of its own",
	"enforce list":          "a rule that goes has no entity",
	"enforce check":         "the bot leaves no room that it works in",
	"community do":          "a rule that goes was shown with whom it frees",
	"community writesRule":  "knows the two that are about a rule",
	"community tellResumed": "names the rules that were written before a crash",
	"community ended":       "of the directory and of logins no event tells, so that what we did there is to be looked at",
	"community settled":     "of a room that was made, the journal does not say which",
	"community current":     "other state is written by commands alone, and is read anew",
}

// TestVerbsAreOneTable walks the code for what is decided about a verb elsewhere than in
// the table of package action and at the door, package matrix.
func TestVerbsAreOneTable(t *testing.T) {
	verbs := map[string]bool{}
	seen := map[string]bool{}
	all := packages(t)
	for _, p := range all {
		if p.name() == "action" {
			for name := range verbNames(parse(t, p, "verb.go")) {
				verbs[name] = true
			}
		}
	}
	if len(verbs) < 20 {
		t.Fatalf("only %d verbs found", len(verbs))
	}
	for _, p := range all {
		if door := p.name() == "matrix" || strings.HasPrefix(p.name(), "matrix/"); door || p.name() == "action" || strings.HasPrefix(p.name(), "internal/") {
			continue
		}
		for _, name := range p.GoFiles {
			for f, verb := range decisions(parse(t, p, name), verbs) {
				at := filepath.Base(p.name()) + " " + f
				seen[at] = true
				if decided[at] == "" {
					t.Errorf("%s (%s/%s) decides something about %s; make it a column of the table in action/verb.go", at, p.name(), name, verb)
				}
			}
		}
	}
	for at := range decided {
		if !seen[at] {
			t.Errorf("%s decides nothing about a verb any more; take it out of decided", at)
		}
	}
}

func parse(t *testing.T, p listed, name string) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// verbNames gives the constants of type Verb.
func verbNames(file *ast.File) iter.Seq[string] {
	return func(yield func(string) bool) {
		for n := range ast.Preorder(file) {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				continue
			}
			if of, ok := spec.Type.(*ast.Ident); ok && of.Name == "Verb" {
				for _, name := range spec.Names {
					if !yield(name.Name) {
						return
					}
				}
			}
		}
	}
}

// decisions gives the functions of a file that compare with a verb, and with which.
func decisions(file *ast.File, verbs map[string]bool) iter.Seq2[string, string] {
	verb := func(e ast.Expr) string {
		if s, ok := e.(*ast.SelectorExpr); ok && verbs[s.Sel.Name] {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == "action" {
				return s.Sel.Name
			}
		}
		return ""
	}
	return func(yield func(string, string) bool) {
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			for n := range ast.Preorder(f) {
				var compared []ast.Expr
				switch n := n.(type) {
				case *ast.CaseClause:
					compared = n.List
				case *ast.BinaryExpr:
					if n.Op == token.EQL || n.Op == token.NEQ {
						compared = []ast.Expr{n.X, n.Y}
					}
				case *ast.CompositeLit:
					if m, ok := n.Type.(*ast.MapType); ok {
						if key, ok := m.Key.(*ast.SelectorExpr); ok && key.Sel.Name == "Verb" {
							for _, e := range n.Elts {
								if kv, ok := e.(*ast.KeyValueExpr); ok {
									compared = append(compared, kv.Key)
								}
							}
						}
					}
				}
				for _, e := range compared {
					if v := verb(e); v != "" && !yield(f.Name.Name, v) {
						return
					}
				}
			}
		}
	}
}

func TestDecisions(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "", `package p
func a() { switch v { case action.Ban, other.Ban: } }
func b() { if v != action.Kick || v == action.Done { do(action.Ban) } }
func c() { _ = map[action.Verb]int{action.Ban: 1}; _ = []action.Verb{action.Ban} }`, 0)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for f, v := range decisions(file, map[string]bool{"Ban": true, "Kick": true}) {
		got = append(got, f+" "+v)
	}
	if want := "a Ban, b Kick, c Ban"; strings.Join(got, ", ") != want {
		t.Errorf("found %q", got)
	}
}
