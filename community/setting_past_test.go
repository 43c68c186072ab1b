package community

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/protections/kit"
	"forseti/store"
)

// What is set is remembered over a restart: who, when, from what to what; of what a crash came
// between, too; and no more than is bounded.
func TestWhatWasSetIsRemembered(t *testing.T) {
	kept := openStore(t)
	r := newReader(t, kept, 0)
	past, at := r.configured.past, time.Now()
	of := func(values ...string) (all []commands.Setting) {
		for i := 0; i < len(values); i += 2 {
			all = append(all, commands.Setting{Name: values[i], Value: values[i+1], Set: "set " + values[i] + " …"})
		}
		return all
	}
	want := func(past *settingPast, want ...string) {
		t.Helper()
		var got []string
		for _, one := range past.all {
			got = append(got, fmt.Sprintf("%s: %s → %s by %s", one.Name, one.From, one.To, one.By))
			if one.Set != "set "+one.Name+" …" || !one.At.Equal(at) && one.At.Sub(at).Abs() > time.Second {
				t.Errorf("%+v", one)
			}
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	past.ended(of("a", "1")) // nothing began
	past.begin("@mod:hs", of("a", "1", "b", "2", "gone", "3"), at)
	past.ended(of("a", "1", "b", "5", "new", "4"))
	past.begin("@mod:hs", of("a", "1"), at)
	past.ended(of("a", "1")) // set to what it was
	first := []string{"b: 2 → 5 by @mod:hs", "new:  → 4 by @mod:hs", "gone: 3 →  by @mod:hs"}
	want(past, first...)

	past.begin("@other:hs", of("a", "1"), at)
	r.store(store.Commit{})
	again := newReader(t, kept, 0).configured.past // a crash came between
	want(again, first...)
	again.ended(of("a", strings.Repeat("x", 3*commands.MostSetTo)))
	if last := again.all[len(again.all)-1]; last.By != "@other:hs" || len(last.To) > commands.MostSetTo+10 {
		t.Errorf("%+v", last)
	}

	r = newReader(t, kept, 0)
	for i := range 3 * mostSet {
		r.configured.past.begin("@mod:hs", of("a", fmt.Sprint(i)), at)
		r.configured.past.ended(of("a", fmt.Sprint(i+1)))
	}
	r.store(store.Commit{})
	reread := newReader(t, kept, 0).configured.past
	if len(reread.all) != mostSet || !reread.changing.At.IsZero() || reread.all[mostSet-1].To != fmt.Sprint(3*mostSet) || reread.first != r.configured.past.first {
		t.Errorf("%d are remembered, from %d on", len(reread.all), reread.first)
	}
	if stored := storedAs(t, kept, pastNamespace); len(stored) != mostSet {
		t.Errorf("%d are stored", len(stored))
	}
}

// What no command asked for is remembered like what one did: what did it, from what to what, in the
// same commit as the change, once, and what is set back is what a moderator would write. A command that
// is under way is not said to have done it.
func TestWhatNobodySetIsRemembered(t *testing.T) {
	kept := openStore(t)
	r := newReader(t, kept, 0)
	past, st := r.configured.past, r.protectors.stand
	find := func(name string) kit.Kind {
		kind, known := st.rules.find(name)
		if !known {
			t.Fatal(name)
		}
		return kind
	}
	st.change(find("flooding"), kit.Standing{Mode: kit.On})
	st.change(find("words"), kit.Standing{Mode: kit.On})
	r.change(commands.Change{Kind: commands.SetRule, Name: "fruit", Value: `'text.body.contains("banana")' then redact`})
	if len(past.all) != 0 {
		t.Errorf("what commands change is remembered by them: %+v", past.all)
	}
	past.begin("@mod:hs", r.set(), time.Now())
	begun := len(past.all)
	ways := []struct {
		name, from, to, why string
		does                func()
	}{
		{"flooding in " + string(benchRoom), "", "in shadow", "its brake: it hit many", func() { st.braked(kit.Brake{Protection: "flooding", Room: benchRoom, Why: "it hit many"}) }},
		{"flooding", "on", "in shadow", "its brake: much was undone", func() { st.braked(kit.Brake{Protection: "flooding", Why: "much was undone"}) }},
		{"fruit", "on", "in shadow", "itself, for it failed", func() { st.rules.book.Failed("fruit", errors.New("odd")); st.demote() }},
		{"words exempt-users", "none", "@a:hs", "@mod:hs", func() {
			to, err := st.exempting("words", []id.UserID{"@a:hs"})
			if err != nil {
				t.Fatal(err)
			}
			st.restand(store.NewSetting{Key: "words", Value: to}, "@mod:hs")
		}},
		{commands.PostureSet, "calm", "attack", "the posture", func() {
			r.protectors.posture.order(commands.Change{Kind: commands.SetPosture, Name: "attack"}, time.Now())
		}},
		{commands.PostureSet, "attack", "calm", "the posture", func() {
			r.protectors.posture.order(commands.Change{Kind: commands.SetPosture, Name: "calm"}, time.Now())
		}},
	}
	for _, way := range ways {
		before := len(past.all)
		way.does()
		if len(past.all) != before+1 {
			t.Errorf("%s: %+v", way.name, past.all[before:])
			continue
		}
		one := past.all[before]
		stands := func(s commands.Setting) bool { return s.Name == one.Name && s.Value == one.To && s.Set == one.Set }
		if way.name != commands.PostureSet && !slices.ContainsFunc(r.set(), stands) {
			t.Errorf("%s is not how it stands: %+v", way.name, one)
		}
		if one.Name != way.name || way.from != "" && one.From != way.from || one.To != way.to || !strings.Contains(one.Why+string(one.By), way.why) {
			t.Errorf("%s: %+v", way.name, one)
		}
	}
	if one := past.all[len(past.all)-1]; len(one.Of) == 0 {
		t.Errorf("nothing acts otherwise: %+v", one)
	}
	all := len(past.all)
	if past.ended(r.set()); len(past.all) != all || all != begun+len(ways) {
		t.Errorf("it was a command: %+v", past.all[all:])
	}
	r.store(store.Commit{})
	again := newReader(t, kept, 0)
	if got := again.configured.past.all; !reflect.DeepEqual(got, past.all) {
		t.Errorf("after a restart %+v", got)
	}
	if again.protectors.posture.turn(time.Now(), false); len(again.configured.past.all) != all {
		t.Errorf("a restart is remembered: %+v", again.configured.past.all[all:])
	}
}

// set is how all protections are set.
func (r *reader) set() (all []commands.Setting) {
	return commands.ProtectionSettings(r.protectors.stand.infos())
}

// How protections stand is changed in one place, which knows whether a command asked for it: whoever
// adds a way has to say what it is.
func TestNoWayToChangeAProtectionIsUnknown(t *testing.T) {
	// By commands, whose executor compares how all stood before and after; or with a note before it.
	byCommand := map[string]string{
		"change": "protection_changes.go changeRule arrange unasked", "arrange": "arrange restore choose adopt",
		"apply": "load change restand",
	}
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 50 {
		t.Fatal(len(files), err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			f, is := decl.(*ast.FuncDecl)
			if !is {
				continue
			}
			ast.Inspect(f, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					sel, is := n.Fun.(*ast.SelectorExpr)
					if !is || !standingsIn(sel.X) {
						return true
					}
					if known, guarded := byCommand[sel.Sel.Name]; guarded && !slices.Contains(strings.Fields(known), f.Name.Name) && !slices.Contains(strings.Fields(known), name) {
						t.Errorf("%s: %s changes how a protection stands by %s: use unasked, or note what does it", set.Position(n.Pos()), f.Name.Name, sel.Sel.Name)
					}
				case *ast.AssignStmt:
					for _, to := range n.Lhs {
						if at, is := to.(*ast.IndexExpr); is {
							if sel, is := at.X.(*ast.SelectorExpr); is && sel.Sel.Name == "of" && standingsIn(sel.X) && f.Name.Name != "apply" {
								t.Errorf("%s: %s sets how a protection stands by itself", set.Position(n.Pos()), f.Name.Name)
							}
						}
					}
				}
				return true
			})
		}
	}
}

// standingsIn tells whether an expression is the standings of protections, by what they are called.
func standingsIn(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.Ident:
		return x.Name == "st" || x.Name == "stand"
	case *ast.SelectorExpr:
		return x.Sel.Name == "stand"
	}
	return false
}
