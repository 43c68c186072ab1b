package community

import (
	"encoding/json"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/enforce"
)

// What of the gathered ACLs would change something is counted, those that are being planned
// among them; and whoever asks for it when all is over waits for nothing.
func TestACLsWanted(t *testing.T) {
	r := newReader(t, openStore(t), 0)
	at := func(f func()) { f() }
	if n := r.queue.aclsWanted(at); n != 0 {
		t.Errorf("%d ACLs are to be changed at first", n)
	}
	evt := stateEvent(readFrom, "m.policy.rule.server", "1", benchOwner, "$rule", json.RawMessage(`{"entity":"evil.example","recommendation":"m.ban","reason":"spam"}`))
	_, slots, keys := r.world.ApplyRule(readFrom, evt)
	r.queue.enqueue(append(keys, r.world.Follow(slots...)...), time.Now())
	if n := r.queue.aclsWanted(at); n != 1 {
		t.Errorf("%d ACLs are to be changed", n)
	}
	r.queue.acls.ready = append(r.queue.acls.ready, releasedACL{benchRoom, enforce.Soon}, releasedACL{"!gone:x", enforce.Soon})
	r.queue.acls.rooms = map[id.RoomID]bool{}
	if n := r.queue.aclsWanted(at); n != 1 {
		t.Errorf("%d ACLs are to be changed of those that are being planned", n)
	}
	asked := 0
	r.queue.aclsWanted(func(f func()) {
		if asked++; asked == 1 {
			f() // and then the owner ends
		}
	})
}
