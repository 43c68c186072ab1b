package enforce

import (
	"fmt"
	"slices"
	"testing"

	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/acl"
)

// anew is the deny list made of all that is followed, by the plain way: every rule is told.
func anew(w *World) *acl.Compiler {
	c := acl.NewCompiler()
	for r := range w.Book.servers {
		for _, name := range w.ACLs.serverNames(r) {
			c.Add(acl.Rule{Entity: name, Allow: frees(r), Own: w.Book.exempts[r.List], At: r.Timestamp})
		}
	}
	c.Protect(w.spared.servers)
	return c
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
