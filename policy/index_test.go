package policy

import (
	"encoding/json"
	"slices"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

const userRule = "m.policy.rule.user"

func check(t *testing.T, d Delta, removed, added []string) {
	t.Helper()
	if !slices.Equal(entities(d.Removed), removed) || !slices.Equal(entities(d.Added), added) {
		t.Fatalf("got removed %q added %q, want %q and %q", entities(d.Removed), entities(d.Added), removed, added)
	}
}

func TestEditBlankAndRedact(t *testing.T) {
	x := NewIndex()
	check(t, x.Apply(testList, state(userRule, "k", "$1", banContent("@a:b"))), nil, []string{"@a:b"})
	check(t, x.Apply(testList, state(userRule, "k", "$1", banContent("@a:b"))), nil, nil)
	check(t, x.Apply(testList, state(userRule, "k", "$2", banContent("@c:b"))), []string{"@a:b"}, []string{"@c:b"})
	if _, ok := x.User("@a:b"); ok {
		t.Error("an edited rule still matches")
	}
	check(t, x.Redact(testList, "$1"), nil, nil)
	check(t, x.Redact("!other:example.org", "$2"), nil, nil)
	check(t, x.Redact(testList, "$2"), []string{"@c:b"}, nil)
	check(t, x.Apply(testList, state(userRule, "k", "$3", banContent("@*:b"))), nil, []string{"@*:b"})
	check(t, x.Apply(testList, state(userRule, "k", "$4", `{}`)), []string{"@*:b"}, nil)
	if x.Len() != 0 || x.LenOf(testList) != 0 {
		t.Error("rules are left")
	}
}

func TestLegacyTypes(t *testing.T) {
	x := NewIndex()
	const legacy, oldest = "m.room.rule.user", "org.matrix.mjolnir.rule.user"
	check(t, x.Apply(testList, state(oldest, "k", "$1", banContent("@old:b"))), nil, []string{"@old:b"})
	check(t, x.Apply(testList, state(userRule, "k", "$2", banContent("@new:b"))), []string{"@old:b"}, []string{"@new:b"})
	check(t, x.Apply(testList, state(legacy, "k", "$3", banContent("@mid:b"))), nil, nil)
	if x.Len() != 1 {
		t.Errorf("%d rules", x.Len())
	}
	if _, ok := x.Rule("$3"); ok {
		t.Error("a shadowed rule is in effect")
	}
	check(t, x.Drop(testList), []string{"@new:b"}, nil)
}

// An event of a newer type stands before older ones whatever is in it, and whichever came first.
func TestNewerTypeWithoutRuleShadows(t *testing.T) {
	for kind := range kinds {
		entity := []string{User: "@a:b", Server: "b", RoomKind: "!a:b"}[kind]
		for newer := range ruleNames {
			for older := range ruleNames[newer+1:] {
				newType, oldType := ruleNames[newer]+kind.String(), ruleNames[newer+1+older]+kind.String()
				rule := state(oldType, "k", "$old", banContent(entity))
				empty := map[string]*event.Event{
					"blank":      state(newType, "k", "$new", `{}`),
					"redacted":   redactedState(state(newType, "k", "$new", banContent(entity))),
					"unreadable": state(newType, "k", "$new", `{"entity":5}`),
				}
				for name, evt := range empty {
					before, after, full := NewIndex(), NewIndex(), NewIndex()
					before.Apply(testList, evt)
					check(t, before.Apply(testList, rule), nil, nil)
					check(t, after.Apply(testList, rule), nil, []string{entity})
					check(t, after.Apply(testList, evt), []string{entity}, nil)
					check(t, full.Replace(testList, []*event.Event{rule, evt}), nil, nil)
					for _, x := range []*Index{before, after, full} {
						if x.Len() != 0 || x.LenOf(testList) != 0 || len(x.Matching(kind, entity)) != 0 {
							t.Errorf("%s under %s, %s before: a rule is left", name, newType, oldType)
						}
						// Gone from the state altogether, it shadows nothing.
						check(t, x.Replace(testList, []*event.Event{rule}), nil, []string{entity})
					}
					x := NewIndex()
					x.Apply(testList, state(newType, "k", "$new", banContent(entity)))
					x.Apply(testList, rule)
					check(t, x.Redact(testList, "$old"), nil, nil)
					check(t, x.Redact(testList, "$new"), []string{entity}, nil)
				}
				// The other way round an older type takes nothing away.
				x := NewIndex()
				x.Apply(testList, state(newType, "k", "$new", banContent(entity)))
				check(t, x.Apply(testList, state(oldType, "k", "$old", `{}`)), nil, nil)
			}
		}
	}
}

// Exemptions hold only in lists that may exempt; Mjolnir's allow holds nowhere.
func TestExempting(t *testing.T) {
	x := NewIndex()
	const own, foreign id.RoomID = "!own:x", "!foreign:x"
	check(t, x.SetExempting(own, true), nil, nil)
	x.Apply(own, state(userRule, "1", "$1", banContent("@u:b")))
	banned := func(want bool) {
		t.Helper()
		if r, ok := x.User("@u:b"); ok != true || (r.Recommendation == Ban) != want {
			t.Errorf("decided by %+v", r)
		}
	}
	for _, list := range []id.RoomID{own, foreign} {
		x.Apply(list, state(userRule, "allow", "$allow"+string(list), ruleContent("@*:*", "org.matrix.mjolnir.allow")))
		x.Apply(list, state("m.policy.rule.server", "allow", "$server"+string(list), ruleContent("*", "org.matrix.mjolnir.allow")))
	}
	banned(true)
	if _, ok := x.Server("b"); ok {
		t.Error("an allow rule decides about a server")
	}
	for range x.Servers() {
		t.Error("an allow rule about servers may decide")
	}
	x.Apply(foreign, state(userRule, "2", "$2", ruleContent("@*:*", "fi.mau.meowlnir.unban")))
	banned(true)
	if got := x.Matching(User, "@u:b"); len(got) != 4 || got[0].Recommendation != Ban {
		t.Errorf("matching: %+v", got)
	}
	check(t, x.SetExempting(foreign, true), nil, []string{"@*:*"})
	banned(false)
	check(t, x.SetExempting(foreign, true), nil, nil)
	check(t, x.SetExempting(foreign, false), []string{"@*:*"}, nil)
	banned(true)
	x.Drop(foreign)
	x.SetExempting(foreign, true)
	x.Apply(foreign, state(userRule, "2", "$3", ruleContent("@*:*", "fi.mau.meowlnir.unban")))
	banned(false)
	x.Drop(foreign)
	banned(true)
	x.Apply(own, state(userRule, "2", "$4", ruleContent("@U*", "fi.mau.meowlnir.unban")))
	banned(false)
	check(t, x.SetExempting(own, false), []string{"@U*"}, nil)
	banned(true)
}

func TestRedactionEvent(t *testing.T) {
	redaction := func(top, content string) *event.Event {
		evt := &event.Event{Type: event.EventRedaction, Redacts: id.EventID(top)}
		evt.Content.VeryRaw, _ = json.Marshal(map[string]string{"redacts": content})
		return evt
	}
	tests := []struct {
		top, content string
		gone         bool
	}{{"$1", "", true}, {"", "$1", true}, {"$1", "$1", true}, {"$2", "$1", false}, {"$1", "$2", false}, {"", "", false}}
	for _, test := range tests {
		x := NewIndex()
		x.Apply(testList, state(userRule, "k", "$1", banContent("@a:b")))
		if r, ok := x.Redacts(testList, redaction(test.top, test.content)); ok != test.gone || ok && r.Entity != "@a:b" {
			t.Errorf("%+v: redacts %+v", test, r)
		}
		if _, ok := x.Redacts("!other:x", redaction(test.top, test.content)); ok {
			t.Errorf("%+v: redacts a rule of another list", test)
		}
		x.Apply(testList, redaction(test.top, test.content))
		if gone := x.Len() == 0; gone != test.gone {
			t.Errorf("%+v: gone %v", test, gone)
		}
	}
}

func TestReplace(t *testing.T) {
	x := NewIndex()
	x.Apply(testList, state(userRule, "1", "$1", banContent("@a:b")))
	x.Apply(testList, state(userRule, "2", "$2", banContent("@b:b")))
	x.Apply(testList, state(userRule, "3", "$3", banContent("@c:b")))
	x.Hold("$1", true)
	d := x.Replace(testList, []*event.Event{
		nil,
		state("m.room.topic", "", "$t", `{}`),
		state(userRule, "1", "$1", banContent("@a:b")),
		state(userRule, "2", "$4", banContent("@d:b")),
		state(userRule, "4", "$5", banContent("@e:b")),
	})
	check(t, d, []string{"@b:b", "@c:b"}, []string{"@d:b", "@e:b"})
	if !x.Held("$1") {
		t.Error("a look at the list freed a held rule")
	}
	x.Apply(testList, state(userRule, "1", "$1", banContent("@*")))
	if !x.Held("$1") {
		t.Error("another text under the same event ID freed a held rule")
	}
}

func TestPrecedence(t *testing.T) {
	x := NewIndex()
	const first, second, third id.RoomID = "!a:x", "!b:x", "!c:x"
	x.SetExempting(first, true)
	x.SetOrder([]id.RoomID{second, third})
	apply := func(list id.RoomID, key, entity, recommendation string) {
		x.Apply(list, state(userRule, key, "$"+string(list)+key, ruleContent(entity, recommendation)))
	}
	deciding := func(want id.EventID) {
		t.Helper()
		if r, _ := x.User("@u:b"); r.Event != want {
			t.Errorf("%s decides, want %s", r.Event, want)
		}
	}
	apply(first, "1", "@u:b", "m.ban")
	deciding("$!a:x1")
	apply(third, "1", "@*:b", "m.ban")
	deciding("$!c:x1")
	apply(second, "2", "@*", "m.ban")
	deciding("$!b:x2")
	apply(second, "1", "@u*", "m.ban")
	deciding("$!b:x1")
	apply(second, "3", "@u:b", "m.ban")
	deciding("$!b:x3")
	apply(first, "2", "@*:b", "m.takedown")
	deciding("$!a:x2")
	apply(first, "3", "@*:b", "fi.mau.meowlnir.unban")
	deciding("$!a:x3")
	apply(second, "4", "@u:b", "m.hug")
	deciding("$!a:x3")
	x.Hold("$!a:x3", true)
	deciding("$!a:x2")
	x.Hold("$!a:x2", true)
	x.SetOrder([]id.RoomID{first})
	deciding("$!a:x1")
	if got := len(x.Matching(User, "@U:B")); got != 8 {
		t.Errorf("%d rules match", got)
	}
}

// What comes into a list while its state is taken in by parts, and is not in that state, is gone in the end; also if the
// list had nothing before.
func TestOtherRulesWhileRead(t *testing.T) {
	for before := range 2 {
		for parts := range 4 {
			x := NewIndex()
			for i := range before {
				x.Apply(testList, state(userRule, "old", "$old", banContent("@old:b")))
				x.Apply(testList, state(userRule, "1", "$1", banContent([]string{"@a:b", "@x:b"}[i])))
			}
			g := NewReading(testList, []*event.Event{
				state(userRule, "1", "$1", banContent("@a:b")), state(userRule, "2", "$2", banContent("@b:b")), state(userRule, "3", "$3", banContent("@c:b")),
			})
			for part, more := 0, true; more; part++ {
				if part == parts {
					x.Apply(testList, state(userRule, "4", "$4", banContent("@d:b")))
				}
				_, more = x.Read(g, 1)
			}
			if x.LenOf(testList) != 3 || x.Len() != 3 {
				t.Errorf("with %d rules before and another after %d parts, %d are left", 2*before, parts, x.LenOf(testList))
			}
		}
	}
}
