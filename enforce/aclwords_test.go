package enforce

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"maunium.net/go/mautrix/id"

	"forseti/acl"
)

// What fell out of full ACLs is said in words that stay, so that it is said once, and shown
// with how much it is.
func TestFullIsSaidOnceAndShown(t *testing.T) {
	w := NewWorld(self, Settings{})
	for i := range 5 {
		newRoom(w, id.RoomID(fmt.Sprintf("!%d:x", i)))
	}
	if said, shown := FullWords(w.ACLs.Beyond()); said+shown != "" {
		t.Errorf("nothing is denied, and it says %q, %q", said, shown)
	}
	words := map[string]bool{}
	for i := range 1100 {
		evt := ruleEvent("server", fmt.Sprint(i), fmt.Sprintf("old%04d.%s.example", i, strings.Repeat("x", 50)), "m.ban")
		evt.Timestamp = int64(i)
		_, slots, _ := w.ApplyRule(theirs, evt)
		w.Follow(slots...)
		if i > 1095 {
			said, shown := FullWords(w.ACLs.Beyond())
			n, some := w.ACLs.Beyond()
			words[said] = true
			if n != len(w.ACLs.excess()) || len(some) != 5 || !strings.Contains(shown, fmt.Sprintf("and %d more.", n-5)) || !strings.Contains(shown, "`"+some[0]+"`") || !strings.Contains(shown, fmt.Sprint(n, " entries")) {
				t.Errorf("of %d it shows %q", n, shown)
			}
		}
	}
	if len(words) != 1 || words[""] {
		t.Errorf("it says %v", words)
	}
	for room := range w.Rooms() {
		p := w.Plan(aclKey(room), now)
		if p.Problem != "" {
			t.Errorf("it is said of %s too: %s", room, p.Problem)
		}
		// The oldest are what is left out.
		deny := acl.Parse(p.Action.State.Content).Deny
		if slices.ContainsFunc(deny, func(e string) bool { return e < fmt.Sprintf("old%04d", 1100-len(deny)) }) {
			t.Errorf("an old one is in, of %d: %s", len(deny), deny[0])
		}
	}
	if said, shown := FullWords(1, []string{"a.example"}); said == "" || shown != "The server ACL has no room for 1 entry, which is denied: `a.example`." {
		t.Errorf("it shows %q", shown)
	}
}

// A room in which somebody wrote a long ACL by hand is said to be full by itself.
func TestFullByHandIsSaidOfTheRoom(t *testing.T) {
	w := NewWorld(self, Settings{})
	newRoom(w, "!a:x")
	var hand []string
	for i := range 800 {
		hand = append(hand, fmt.Sprintf("hand%04d.%s.example", i, strings.Repeat("x", 50)))
	}
	w.Apply("!a:x", stateEvent("m.room.server_acl", "", "@founder:other.example", map[string]any{"allow": []string{"*"}, "deny": hand}), now)
	for i := range 100 {
		_, slots, _ := w.ApplyRule(theirs, ruleEvent("server", fmt.Sprint(i), fmt.Sprintf("new%04d.%s.example", i, strings.Repeat("x", 50)), "m.ban"))
		w.Follow(slots...)
	}
	if p := w.Plan(aclKey("!a:x"), now); !strings.Contains(p.Problem, "is full") || p.Action.State == nil {
		t.Errorf("it says %q", p.Problem)
	}
}
