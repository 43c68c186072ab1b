package community

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"

	"forseti/acl"
	"forseti/action"
	"forseti/enforce"
)

// Somebody adds to an ACL while we write one. Whether sync tells of it before the answer to
// ours or after, what they added is written again; and not if we knew it.
func TestEntryByHandThatWeWroteOver(t *testing.T) {
	const before, ours, theirs = `{"allow":["*"],"deny":["a.example"]}`, `{"allow":["*"],"deny":["a.example","b.example"]}`, `{"allow":["*"],"deny":["a.example","hand.example"]}`
	wrote := action.Action{
		Verb: action.SetACL, Room: benchRoom, Cause: action.Cause{Kind: action.ByForseti},
		State: &action.State{Type: event.StateServerACL, Content: json.RawMessage(ours)},
	}
	for _, tc := range []struct {
		name string
		do   func(r *reader, hand *event.Event)
		want bool
	}{
		{"told after the answer", func(r *reader, hand *event.Event) {
			r.intake.localEcho(wrote, json.RawMessage(before), action.Result{Event: "$ours"}, time.Now())
			if !r.intake.behind(hand, time.Now()) {
				t.Error("it is taken for newer than ours")
			}
		}, true},
		{"told before the answer", func(r *reader, hand *event.Event) {
			r.intake.apply(hand, time.Now())
			r.intake.localEcho(wrote, json.RawMessage(before), action.Result{Event: "$ours"}, time.Now())
		}, true},
		{"known when ours was sent", func(r *reader, hand *event.Event) {
			r.intake.apply(hand, time.Now())
			r.intake.localEcho(wrote, json.RawMessage(theirs), action.Result{Event: "$ours"}, time.Now())
		}, false},
		{"after our echo", func(r *reader, hand *event.Event) {
			r.intake.localEcho(wrote, json.RawMessage(before), action.Result{Event: "$ours"}, time.Now())
			if r.intake.behind(stateEvent(benchRoom, "m.room.server_acl", "", benchSelf, "$ours", json.RawMessage(ours)), time.Now()) || r.intake.behind(hand, time.Now()) {
				t.Error("it is taken for older than ours")
			}
			r.intake.apply(hand, time.Now())
		}, false},
	} {
		r := newReader(t, openStore(t), 1)
		r.intake.apply(stateEvent(benchRoom, "m.room.server_acl", "", "@owner:own.example", "$before", json.RawMessage(before)), time.Now())
		tc.do(r, stateEvent(benchRoom, "m.room.server_acl", "", "@owner:own.example", "$hand", json.RawMessage(theirs)))
		p := r.world.Plan(enforce.Key{Lane: action.ACLLane, Room: benchRoom}, time.Now())
		got := p.Action.State != nil && slices.Contains(acl.Parse(p.Action.State.Content).Deny, "hand.example")
		if got != tc.want {
			t.Errorf("%s: written again: %t", tc.name, got)
		}
		if waits := len(r.queue.acls.rooms)+len(r.queue.acls.ready) > 0; tc.want && !waits {
			t.Errorf("%s: nobody looks at it", tc.name)
		}
	}
}
