package enforce

import (
	"encoding/json"
	"slices"
	"testing"

	"maunium.net/go/mautrix/event"

	"forseti/acl"
	"forseti/action"
)

// What somebody added to an ACL while we wrote one that did not know it is written again;
// what we took out ourselves, what is there, and what would shut us out is not.
func TestWhatWasWrittenOver(t *testing.T) {
	const before, theirs = `{"allow":["*"],"deny":["old.example"]}`, `{"allow":["*"],"deny":["old.example","Hand.example","own.example","*","there.example"],"more":12345678901234567890}`
	now := start
	w := NewWorld("@forseti:own.example", Settings{})
	newRoom(w, "!a:x")
	set := func(content string) {
		evt := ruleEvent("server", "", "", "")
		evt.Type, evt.Sender = event.StateServerACL, w.Self()
		evt.StateKey = new(string)
		evt.RoomID = "!a:x"
		evt.Content = event.Content{VeryRaw: json.RawMessage(content)}
		w.Apply("!a:x", evt, now)
	}
	set(`{"allow":["*"],"deny":["ours.example","there.example"],"more":12345678901234567890}`)
	w.ACLs.SetManaged("!a:x", []string{"ours.example"})
	_, slots, _ := w.ApplyRule(testList, ruleEvent("server", "1", "ours.example", "m.ban"))
	w.Follow(slots...)
	key := Key{Lane: action.ACLLane, Room: "!a:x"}
	if w.Plan(key, now).Wanted() {
		t.Fatal("something is wanted before")
	}
	for range 2 {
		if w.ACLs.WroteOver("!a:x", json.RawMessage(theirs)) {
			t.Error("something was written over before we wrote, or after sync told of it")
		}
		if w.ACLs.Wrote("!b:x", json.RawMessage(theirs), json.RawMessage(before)) || w.ACLs.Wrote("!a:x", json.RawMessage(before), json.RawMessage(before)) {
			t.Error("something was written over where nothing was")
		}
		w.ACLs.Echoed("!a:x")
	}
	w.ACLs.Wrote("!a:x", json.RawMessage(before), json.RawMessage(before))
	if !w.ACLs.WroteOver("!a:x", json.RawMessage(theirs)) {
		t.Fatal("nothing was written over")
	}
	p := w.Plan(key, now)
	if !p.Wanted() || w.Guard(p.Action) != nil {
		t.Fatalf("planned %+v", p)
	}
	deny := acl.Parse(p.Action.State.Content).Deny
	slices.Sort(deny)
	if want := []string{"hand.example", "ours.example", "there.example"}; !slices.Equal(deny, want) || !slices.Equal(p.Managed, []string{"ours.example"}) {
		t.Errorf("denies %q, ours are %q", deny, p.Managed)
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(p.Action.State.Content, &keys); err != nil || string(keys["more"]) != "12345678901234567890" {
		t.Errorf("%s: %v", p.Action.State.Content, err)
	}
	set(string(p.Action.State.Content))
	if w.Plan(key, now).Wanted() || len(w.ACLs.lost) > 0 {
		t.Errorf("still wanted, lost %v", w.ACLs.lost)
	}
	// From now on it is an entry as any other: who takes it out has it out.
	set(`{"allow":["*"],"deny":["ours.example","there.example"]}`)
	if w.Plan(key, now).Wanted() {
		t.Error("what was taken out comes back")
	}
}
