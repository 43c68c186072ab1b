package commands

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/policy"
	"forseti/text"
)

// What is exported is imported as it was: whom rules are about, what they do, why and until
// when. What cannot be is left out, and is nothing that a command would have written.
func TestExportedIsImported(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		odd := rapid.StringOfN(rapid.RuneFrom([]rune("ab*?.:@!#-\"'\\ \n\u2060é")), 0, 12, -1)
		of := rapid.Custom(func(t *rapid.T) policy.Rule {
			r := policy.Rule{
				Kind: rapid.SampledFrom([]policy.Kind{policy.User, policy.Server, policy.RoomKind}).Draw(t, "kind"), Recommendation: rapid.SampledFrom([]policy.Recommendation{policy.Ban, policy.Takedown, policy.Exempt, policy.Allow}).Draw(t, "does"),
				Reason: odd.Draw(t, "reason"), Until: rapid.SampledFrom([]int64{0, 0, 1_800_000_000_123}).Draw(t, "until"),
			}
			local := rapid.StringMatching(`[a-z0-9_.*-]{1,8}`).Draw(t, "local")
			r.Entity = map[policy.Kind]string{policy.User: "@" + local + ":hs.example", policy.Server: strings.ReplaceAll(strings.Trim(local, ".-"), "..", ".") + ".example", policy.RoomKind: "!" + local + ":hs.example"}[r.Kind]
			switch rapid.IntRange(0, 5).Draw(t, "form") {
			case 0:
				r.Entity = odd.Draw(t, "entity")
			case 1:
				r.Entity, r.Hash = "", policy.HashOf(r.Entity)
			}
			return r
		})
		rules := rapid.SliceOfN(of, 1, 8).Draw(t, "rules")
		written := rulesAsText(rules)
		var want []policy.Rule
		for i, line := range strings.Split(strings.TrimSuffix(written, "\n"), "\n") {
			r := plainRule(rules[i])
			r.Reason = text.OneLine(r.Reason)
			if !strings.HasPrefix(line, "# ") {
				want = append(want, r)
			} else if r.Recommendation != policy.Allow && (r.Hash != "" || r.Entity != "" && !dead(r) && !strings.ContainsFunc(r.Entity, isBreak)) {
				t.Fatalf("left out %+v: %s", r, line)
			}
		}
		got, err := readRules(written)
		if err != nil && len(want) > 0 {
			t.Fatalf("%s\n%v", written, err)
		}
		for _, r := range want {
			if !slices.ContainsFunc(got, func(g policy.Rule) bool {
				return g.Kind == r.Kind && g.Entity == r.Entity && g.Hash == r.Hash && g.Recommendation == r.Recommendation
			}) {
				t.Fatalf("lost %+v of\n%s", r, written)
			}
		}
		for _, g := range got {
			if !slices.Contains(want, g) {
				t.Fatalf("made up %+v of\n%s", g, written)
			}
		}
	})
}

func TestListImport(t *testing.T) {
	w := newWorld()
	w.rule("!coc:ours.example", policy.User, "@held:calm.example")
	w.limit = 50
	const lines = "\n# ours\n@held:calm.example\n\n@rude:calm.example was told twice\ntakedown @spam1:evil.example \"spam, again\"\nevil.example\nours.example\n@warden:ours.example\n@RUDE:calm.example\n"
	a := expect(t, w, "list import coc"+lines, nil, "4 new rules would be written into `coc`:", "1 rule stands there already", "leave out `ours.example` and `@warden:ours.example`", "hit ", "Write them into `coc`?")
	if !a.Ask || len(a.Plan.Steps) != 4 {
		t.Fatalf("%+v", a.Plan)
	}
	newSet(w).Apply(t.Context(), a.Plan, executor{w})
	if want := `rule user "@rude:calm.example" in !coc:ours.example because "was told twice"`; len(w.done) != 4 || !strings.HasPrefix(w.done[0], want) {
		t.Errorf("did %q", w.done)
	}
	var many strings.Builder
	for n := range mostImported + 1 {
		fmt.Fprintf(&many, "@a%d:hs.example\n", n)
	}
	for line, want := range map[string]string{
		"list import coc\n@held:calm.example":                 "There is nothing to write.",
		"list import coc\nfoo@bar.example\n@ok:hs.example":    "Nothing of it was taken. Line 1: `foo@bar.example` is no user ID. Did you mean `@foo:bar.example`?",
		"list import coc\n@ok:hs.example\nevil.example:8448x": "Line 2:",
		"list import coc\nsha256:user:AAAA":                   "is no hash of a user",
		"list import coc\n@ok:hs.example --until=soon":        "`soon` is no date",
		"list import coc\n# nothing":                          "There is no rule in that text.",
		"list import theirs\n@ok:hs.example":                  "may not write to the list `theirs`",
		"list import coc":                                     "There is no text.",
		"list import coc\n" + many.String():                   "That would be 1001 new rules, and I write 1000 at once.",
	} {
		expect(t, w, line, nil, want)
	}
}

func TestListExport(t *testing.T) {
	w := newWorld()
	expect(t, w, "list export coc", nil, "There are no rules in `coc`.")
	w.rule("!coc:ours.example", policy.User, "@rude:calm.example")
	w.rule("!coc:ours.example", policy.Server, "evil.example.")
	expect(t, w, "list export coc", nil, "ban @rude:calm.example \"spam\"\n", "# ban server evil.example. spam", "`!forseti list import` takes it")
	for n := range 1000 {
		w.rule("!coc:ours.example", policy.User, fmt.Sprintf("@a%d:hs.example", n))
	}
	p := newSet(w).Plan(t.Context(), Request{Sender: mod, Event: "$c", Room: id.RoomID("!mods:ours.example")}, "list export coc")
	if len(p.Steps) != 1 || p.Steps[0].Do.Message.File == nil || p.Writes() {
		t.Fatalf("%+v", p)
	}
	if rules, err := readRules(string(p.Steps[0].Do.Message.File.Data)); err != nil || len(rules) != 1001 {
		t.Errorf("%d rules, %v", len(rules), err)
	}
}

// As in Mjolnir, a room and a list may stand behind the bare word; protections have no such names.
func TestImportOfMjolnir(t *testing.T) {
	w := newWorld()
	set := newSet(w)
	for line, want := range map[string]string{
		"import #lobby:ours.example coc": "list import coc --room", "import !lobby:ours.example": "list import --room", "import coc": "list import coc", "export coc": "list export coc",
		"import": "protections import", "export": "protections export", "export flooding": "protections export flooding", "protections import coc": "protections import coc", "export #lobby:ours.example": "protections export #lobby:ours.example",
	} {
		l, _ := set.read(line)
		var got strings.Builder
		got.WriteString(l.command.name)
		for _, a := range l.args {
			if a.Flag == "" {
				got.WriteString(" " + a.Text)
			}
		}
		for _, a := range l.args {
			if a.Flag != "" {
				got.WriteString(" --" + a.Flag)
			}
		}
		if got.String() != want {
			t.Errorf("%s is %s", line, got.String())
		}
	}
	expect(t, w, "import #nothing:ours.example coc", nil, "I protect no room `#nothing:ours.example`")
}

// What was banned in a room by hand becomes rules, but for what lists say already.
func TestListImportOfARoom(t *testing.T) {
	w := newWorld()
	w.rule("!theirs:else.example", policy.User, "@known:calm.example")
	w.banned["@known:calm.example"] = []id.RoomID{"!lobby:ours.example"}
	w.banned["@vandal:calm.example"] = []id.RoomID{"!lobby:ours.example"}
	a := expect(t, w, "list import coc --room #lobby:ours.example", nil, "2 new rules would be written", "ban user `@vandal:calm.example`: by hand", "ban server `*.evil.example`", "1 rule stands there already", "!!evil.example.`")
	if len(a.Plan.Steps) != 2 {
		t.Errorf("%+v", a.Plan.Steps)
	}
	expect(t, w, "list import coc --room !dev:ours.example", nil, "Nobody is banned in")
	expect(t, w, "list import coc --room !elsewhere:ours.example", nil, "I protect no room")
}
