package enforce

import (
	"fmt"
	"slices"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// Of a crowd that a change touches nobody is forgotten, and nobody has to wait for
// all the others.
func TestBacklog(t *testing.T) {
	w := NewWorld(self, Settings{Limits: Limits{Members: 10, Percent: 10}})
	newRoom(w, "!a:x")
	const crowd = 2*mostWeighed + 7
	for i := range crowd {
		u := id.UserID(fmt.Sprintf("@crowd%d:x", i))
		w.Apply("!a:x", memberEvent(u, u, event.MembershipJoin), now)
	}
	_, slots, _ := w.ApplyRule(testList, ruleEvent("user", "1", "@crowd*", "m.ban"))
	due := w.Follow(slots...)
	if len(due) > mostWeighed {
		t.Errorf("%d keys at once", len(due))
	}
	for w.Behind() {
		keys := w.Backlog(100)
		if len(keys) > 100 {
			t.Errorf("%d keys of 100 users in one room", len(keys))
		}
		due = append(due, keys...)
	}
	if got, want := describe(w, due), describe(w, w.Keys()); len(got) != crowd || !slices.Equal(got, want) {
		t.Errorf("incremental plan of %d, full plan of %d, for %d", len(got), len(want), crowd)
	}
	// Flapping does not pile up.
	for range 20 {
		_, slots, _ = w.ApplyRule(testList, ruleEvent("user", "1", "", ""))
		w.Follow(slots...)
		_, slots, _ = w.ApplyRule(testList, ruleEvent("user", "1", "@crowd*", "m.ban"))
		w.Follow(slots...)
	}
	if len(w.backlog.users) > 3*crowd {
		t.Errorf("%d users wait, of %d", len(w.backlog.users), crowd)
	}
}

// What is given is the caller's own, and a room that is to be looked at again while that
// goes on is looked at from the beginning, once.
func TestBacklogOfRooms(t *testing.T) {
	b := newBacklog()
	all := func(room id.RoomID) []id.UserID { return []id.UserID{"@1:x", "@2:x", "@3:x"} }
	b.addRoom("!a:x", false)
	b.addRoom("!a:x", false)
	_, every, first := b.takeIn(2, all)
	if every {
		t.Error("all of them matter")
	}
	b.addRoom("!a:x", true)
	b.addRoom("!a:x", false)
	_, every, second := b.takeIn(2, all)
	if every {
		t.Error("all of the first look matter")
	}
	_, every, third := b.takeIn(9, all)
	if !every || len(first) != 2 || len(second) != 1 || len(third) != 3 || slices.Contains(first, second[0]) {
		t.Errorf("gives %v, %v and %v", first, second, third)
	}
	if room, _, rest := b.takeIn(9, all); room != "" || rest != nil || !b.empty() {
		t.Errorf("and then %v of %q", rest, room)
	}
}
