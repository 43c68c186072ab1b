package community

import (
	"encoding/json"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/store"
)

// A list of our own stays that if moderators have its exemptions not followed, also after a
// restart. Somebody else's that was let exempt for a while is theirs again.
func TestOwnWithoutExemptions(t *testing.T) {
	for maker, own := range map[id.UserID]bool{benchSelf: true, "@author:list.example": false} {
		kept := openStore(t)
		r := newReader(t, kept, 0)
		state := []*event.Event{
			stateEvent(readFrom, "m.room.create", "", maker, "$create", json.RawMessage(`{"room_version":"11"}`)),
			stateEvent(readFrom, "m.room.member", string(benchSelf), benchSelf, "$us", json.RawMessage(`{"membership":"join"}`)),
		}
		role, _ := r.places.roles(readFrom)
		rest, rules, rows := rulesIn(readFrom, state, time.Now())
		r.surveying.takeList(readFrom, role, rest, rules, nil, rows)
		for r.places.following.readOne(time.Now()) {
		}
		for _, may := range []bool{true, false, false} {
			r.places.following.setExempting(r.places.following.lists[readFrom], may, time.Now())
			if got := r.world.Book.Owns(readFrom); got != (may || own) || r.world.Rules.Exempting(readFrom) != may {
				t.Errorf("made by %s, may exempt: %t; it counts as our own: %t", maker, may, got)
			}
		}
		r.store(store.Commit{})
		if got := newReader(t, kept, 0).world.Book.Owns(readFrom); got != own {
			t.Errorf("made by %s, after a restart it counts as our own: %t", maker, got)
		}
	}
}
