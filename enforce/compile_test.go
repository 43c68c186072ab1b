package enforce

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/acl"
	"forseti/policy"
)

// anew is the deny list made of all that is followed, by the plain way: every rule is told.
func anew(w *World) *acl.Compiler {
	c := acl.NewCompiler()
	for r := range w.Book.servers {
		for _, name := range w.ACLs.serverNames(r) {
			c.Add(acl.Rule{Entity: name, Allow: frees(r), Own: w.Book.Owns(r.List), At: r.Timestamp})
		}
	}
	c.Protect(w.spared.servers)
	return c
}

// Who dates their rules in the year 3000 does not have the ACL for themselves, whether they come
// now, stood there or were stored. What goes is what came, whatever it says by then.
func TestNoRuleIsNewestForEver(t *testing.T) {
	const (
		liars  = id.RoomID("!liars:list.example")
		many   = 3000
		future = 32_503_680_000_000
	)
	rules := func(of string, at int64) (state []*event.Event) {
		for i := range many {
			state = append(state, ruleEvent("server", fmt.Sprint(i), fmt.Sprintf("%s%05d.example.org", of, i), "m.ban"))
			state[i].Timestamp = at
		}
		return state
	}
	lies, said := rules("lie", future), rules("true", now.UnixMilli())
	denied := func(w *World) (lies, said int) {
		w.ACLs.compile()
		got, err := w.ACLs.compiler.Compile(acl.Room{})
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range got.Managed {
			if strings.HasPrefix(e, "lie") {
				lies++
			} else {
				said++
			}
		}
		return lies, said
	}
	live := func(w *World, list id.RoomID, state []*event.Event, at time.Time) {
		for _, evt := range state {
			policy.Arrived(evt, at)
			_, slots, _ := w.ApplyRule(list, evt)
			w.Follow(slots...)
		}
	}
	whole := func(w *World, list id.RoomID, state []*event.Event, at time.Time) {
		policy.Stood(state, at)
		_, slots, _ := w.ReplaceRules(list, state)
		w.Follow(slots...)
	}

	w := NewWorld(self, Settings{})
	live(w, liars, lies, now.Add(-time.Minute))
	live(w, theirs, said, now)
	if lies, said := denied(w); lies != 0 || said == 0 {
		t.Errorf("came: %d that came before, and %d of now", lies, said)
	}
	// All is read anew, which changes nothing of it; and then it is taken back.
	for _, evt := range lies {
		evt.Timestamp = future
	}
	whole(w, liars, lies, now.Add(time.Hour))
	if lies, said := denied(w); lies != 0 || said == 0 {
		t.Errorf("read anew: %d that came before, and %d of now", lies, said)
	}
	whole(w, theirs, nil, now)
	whole(w, liars, nil, now)
	if lies, said := denied(w); lies+said != 0 || w.ACLs.compiler.Size() != 0 {
		t.Errorf("taken back: %d and %d are left", lies, said)
	}

	// As it was stored before, or as it stands in a list that is new to us.
	for _, evt := range lies {
		evt.Timestamp = future
	}
	w = NewWorld(self, Settings{})
	whole(w, liars, lies, now)
	whole(w, theirs, said, now)
	if lies, said := denied(w); lies != 0 || said == 0 {
		t.Errorf("stood: %d of no time, and %d of now", lies, said)
	}
}

// The deny list that is kept is the one that would be made of all rules, whatever happened:
// rules that come, go, wait and are followed, exemptions and lists that may exempt, hashed
// rules, moderators, and weighing in between.
func TestKeptListIsMadeAnew(t *testing.T) {
	entities := []string{"evil.example", "*.example", "ev*.example", "*vil*", "sub.evil.example", "?vil.example", "mods.example", "own.example:8448", "*.evil.example"}
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			if rapid.Bool().Draw(t, "server rule") {
				settle(t, w, rapid.SampledFrom([]id.RoomID{testList, theirs}).Draw(t, "list"), ruleEvent("server", fmt.Sprint(rapid.IntRange(0, 5).Draw(t, "key")),
					rapid.SampledFrom(append(entities, "")).Draw(t, "entity"), rapid.SampledFrom([]string{"m.ban", "m.ban", "m.takedown", "fi.mau.meowlnir.unban"}).Draw(t, "recommendation")))
			} else {
				chance(t, w)
			}
			switch rapid.IntRange(0, 3).Draw(t, "then") {
			case 0:
				continue
			case 1:
				w.ACLs.Prepare(rapid.IntRange(1, 5).Draw(t, "part"))
			case 2:
				var waiting []Slot
				for h := range w.Book.Held("") {
					waiting = append(waiting, h.Slot)
				}
				w.Scales.Weigh(waiting...)
				w.Scales.PreviewExempting(testList, rapid.Bool().Draw(t, "may"))
			}
			w.ACLs.compile()
			want := anew(w)
			got, gotErr := w.ACLs.compiler.Compile(acl.Room{})
			other, otherErr := want.Compile(acl.Room{})
			if fmt.Sprint(got, gotErr) != fmt.Sprint(other, otherErr) || !slices.Equal(w.ACLs.compiler.Dropped(), want.Dropped()) || w.ACLs.compiler.Size() != want.Size() {
				t.Fatalf("kept gives %s %v, dropped %v, anew %s %v, dropped %v", got.Content, gotErr, w.ACLs.compiler.Dropped(), other.Content, otherErr, want.Dropped())
			}
		}
	})
}
