package community

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"forseti/commands"
	"forseti/protections"
	"forseti/protections/kit"
	"forseti/sanction"
	"forseti/store"
)

// exported are the stored settings that `protections export` writes.
func exported() []string {
	return []string{
		protectionNamespace, ruleNamespace,
		modeNamespace + " " + ladderKey, modeNamespace + " " + templateKey, modeNamespace + " " + hereKey, modeNamespace + " " + appealKey, modeNamespace + " " + callsKey,
		modeNamespace + " " + postureKey, // of it the silence and the hours; what holds just now passes
		modeNamespace + " " + clockKey,
	}
}

// notExported are the others, and why they are not.
func notExported() map[string]string {
	const work, lists = "what is under way, or was told; nobody sets it", "about lists and rooms, which are set by account data and by rules"
	return map[string]string{
		modeNamespace + " dry_run":        "a dry run is for now, and of this bot",
		modeNamespace + " " + rolesKey:    "about who is in the management room",
		modeNamespace + " " + limitsKey:   "about lists: what they may do without a yes",
		modeNamespace + " " + adoptingKey: work,
		modeNamespace + " " + enforcedKey: "the configuration's, as it was agreed to",
		modeNamespace + " " + byHandKey:   "about bans that moderators make, and lists",
		modeNamespace + " " + digestedKey: work,
		modeNamespace + " " + dutyKey:     "about who is in the management room, and for now",
		modeNamespace + " " + reasonsKey:  "about what moderators write",
		modeNamespace + " " + copyKey:     work,
		modeNamespace + " " + copyTypeKey: work,
		byHandNamespace:                   work,
		pastNamespace:                     "what was set before, here",
		changingNamespace:                 work,
		imageNamespace:                    "pictures, which were learned and not set; `images` lists them",
		scamNamespace:                     "the operator's list",
		exemptNamespace:                   lists,
		aliasNamespace:                    lists, aclNamespace: lists, budgetNamespace: lists,
		threadNamespace: work, botNamespace: work, misreadNamespace: work, choiceNamespace: work, signNamespace: work, untoldNamespace: work, unsentNamespace: work, alertNamespace: work, deedNamespace: work, seenNamespace: work, directNamespace: work, accountNamespace: work, greetedNamespace: work, colleagueNamespace: work, gateNamespace: work,
		toldNamespace: work, problemNamespace: work, doorNamespace: work, lockNamespace: "for now, and of single rooms",
		leavingLists: work, unreadRooms: work, heldRooms: work, expectedWrites: work, decidedRules: work, shownTexts: work, heldRules: work, spentBudgets: work, spaceNamespace: lists, reviewedLists: work, leftNamespace: work, turnedNamespace: work, removalNamespace: work, auditNamespace: work, describedNamespace: work,
	}
}

// What is stored as a setting is exported, or says why not: whoever adds one decides.
func TestEverySettingIsExportedOrSaysWhyNot(t *testing.T) {
	stored := storedSettings(t)
	if len(stored) < 20 {
		t.Fatalf("only %d were found: %v", len(stored), stored)
	}
	for name, where := range stored {
		_, told := notExported()[name]
		if known := slices.Contains(exported(), name); known == told {
			t.Errorf("%s: %q is a setting; is it exported (exported), or why not (notExported)?", where, name)
		}
	}
	for _, name := range slices.Concat(exported(), slices.Collect(maps.Keys(notExported()))) {
		if stored[name] == "" {
			t.Errorf("nothing is stored as %q any more", name)
		}
	}
}

// storedSettings are the namespaces of this package's settings, and where one is stored; of
// what moderators set about the whole bot, with the keys.
func storedSettings(t *testing.T) map[string]string {
	set := token.NewFileSet()
	var files []*ast.File
	words := map[string]string{} // constants
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			return err
		}
		files = append(files, file)
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok {
				for i, name := range spec.Names {
					if i < len(spec.Values) {
						if lit, ok := spec.Values[i].(*ast.BasicLit); ok && lit.Kind == token.STRING {
							words[name.Name], _ = strconv.Unquote(lit.Value)
						}
					}
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	note := func(namespace, key ast.Expr) {
		where := set.Position(namespace.Pos()).String()
		name, ok := word(namespace, words)
		if !ok {
			t.Errorf("%s: a namespace that is no constant: nobody can tell what it is", where)
			return
		}
		if name == modeNamespace {
			of, ok := word(key, words)
			if !ok {
				t.Errorf("%s: a key of %q that is no constant: nobody can tell what it is", where, name)
			}
			name += " " + of
		}
		found[name] = where
	}
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				f, ok := n.Fun.(*ast.SelectorExpr)
				switch {
				case !ok:
				case f.Sel.Name == "Setting" && len(n.Args) == 3 && file.Name.Name != "commits":
					note(n.Args[0], n.Args[1])
				case f.Sel.Name == "Set" && len(n.Args) == 4 && ofStore(n.Args[0]):
					note(n.Args[1], n.Args[2])
				}
			case *ast.CompositeLit:
				of, ok := n.Type.(*ast.SelectorExpr)
				if !ok || of.Sel.Name != "NewSetting" || file.Name.Name == "commits" {
					break
				}
				fields := map[string]ast.Expr{}
				for _, e := range n.Elts {
					if pair, ok := e.(*ast.KeyValueExpr); ok {
						fields[pair.Key.(*ast.Ident).Name] = pair.Value
					}
				}
				note(fields["Namespace"], fields["Key"])
			}
			return true
		})
	}
	return found
}

// word is what a constant or a literal says.
func word(e ast.Expr, words map[string]string) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		return s, err == nil
	case *ast.Ident:
		s, ok := words[e.Name]
		return s, ok
	default:
		return "", false
	}
}

// ofStore tells what is stored from other things that are set: it takes a context first.
func ofStore(first ast.Expr) bool {
	switch e := first.(type) {
	case *ast.Ident:
		return e.Name == "ctx"
	case *ast.CallExpr:
		f, ok := e.Fun.(*ast.SelectorExpr)
		return ok && f.Sel.Name == "Context"
	default:
		return false
	}
}

// What a community can set about protections comes whole into another one by its text, to
// the last stored byte, and holds over a restart.
func TestTheWholeIsPassedOn(t *testing.T) {
	kept := openStore(t)
	r := newReader(t, kept, 1)
	at := time.Now()
	recommended, _ := protections.FindPreset(protections.Recommended)
	for _, kind := range protections.Kinds() {
		s, _ := recommended.Of(kind.Name)
		r.protectors.stand.change(kind, s.WithMode(benchRoom, kit.Shadow))
	}
	r.change(commands.Change{Kind: commands.SetRule, Name: "fruit", Value: `'text.body.contains("banana")' then redact`})
	for name, value := range map[string]string{"ceiling": "mute", "half-life": "14d", "mute": "40", "again": "25", "mute-lasts": "2h", "ban-lasts": "good", "list-ban": "never"} {
		if err := r.protectors.follows.setLadder(name, value); err != nil {
			t.Fatal(err)
		}
	}
	r.protectors.follows.setNotice(templateKey, "In {room}:\n# {what}. {appeal}")
	r.protectors.follows.setNotice(hereKey, "{who}: {what}")
	r.protectors.follows.setNotice(appealKey, "write to `@help:hs`")
	r.protectors.follows.calls.change(sanction.Calls{
		Ping: map[string]string{"attack": "@room"}, Quiet: sanction.Hours{From: 60, To: 120}, Zone: "Europe/Berlin", Loud: []string{"attack"},
	})
	r.protectors.posture.liveBy(sanction.Clock{Zone: "Asia/Tokyo", Digest: sanction.Rhythm{On: "monday", Minute: 480}}, at)
	r.protectors.posture.order(commands.Change{Kind: commands.PostureHours, Value: "23:00-07:00"}, at)
	r.protectors.posture.order(commands.Change{Kind: commands.PostureSilence, Number: 7200}, at)
	r.protectors.posture.order(commands.Change{Kind: commands.SetPosture, Name: "attack", Value: at.Add(time.Hour).UTC().Format(time.RFC3339)}, at)
	written := r.protectors.whole().String()
	r.store(store.Commit{})

	into := openStore(t)
	other := newReader(t, into, 1)
	if err := other.takeText(written); err != nil {
		t.Fatalf("%v\n%s", err, written)
	}
	if got := other.protectors.whole().String(); got != written {
		t.Errorf("%s\nwas taken as\n%s", written, got)
	}
	if held := other.protectors.posture.held; held == sanction.Assault {
		t.Error("what held for an hour there holds here")
	}
	other.store(store.Commit{})
	for _, name := range exported() {
		was, is := storedAs(t, kept, name), storedAs(t, into, name)
		if len(was) == 0 || !maps.Equal(was, is) {
			t.Errorf("%s is stored as\n%v\nand there as\n%v", name, was, is)
		}
	}
	again := newReader(t, into, 1)
	if got := again.protectors.whole().String(); got != written {
		t.Errorf("%s\nis after a restart\n%s", written, got)
	}

	// Whoever sets nothing has nothing in the text, and brings all back to the usual by it.
	if err := again.takeText(newReader(t, openStore(t), 1).protectors.whole().String()); err != nil {
		t.Fatal(err)
	}
	if got := again.protectors.follows.wording; got != (sanction.Wording{}) || again.protectors.follows.ledger.Ladder != sanction.Usual() {
		t.Errorf("%+v", got)
	}
	if got := again.protectors.posture.watch.Routine(); got != (sanction.Routine{}) {
		t.Errorf("%+v", got)
	}
}

// storedAs are the stored values of a namespace, or of one key in it. Of the posture it is
// what moderators set of it.
func storedAs(t *testing.T, kept *store.Store, name string) map[string]string {
	t.Helper()
	namespace, key, one := strings.Cut(name, " ")
	all, err := kept.Settings.All(t.Context(), namespace)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{}
	for k, raw := range all {
		switch {
		case one && k != key:
			continue
		case key == postureKey:
			var p keptPosture
			if err := json.Unmarshal(raw, &p); err != nil {
				t.Fatal(err)
			}
			raw, _ = json.Marshal(p.Watch.Routine())
		}
		values[k] = string(raw)
	}
	return values
}
