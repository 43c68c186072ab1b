package community

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/store"
)

// Why something was not done is said so that a moderator knows what to do.
func TestFailedActionsAreSentences(t *testing.T) {
	taken := &action.Failure{Kind: action.Invalid, Err: fmt.Errorf("create_room: %w", mautrix.MRoomInUse)}
	for want, err := range map[string]error{
		"That address is taken already": failed(action.Action{Verb: action.CreateRoom}, taken),
		"I cannot write the rule: ":     failed(action.Action{Verb: action.WriteRule}, &action.Failure{Kind: action.Forbidden, Err: errors.New("403")}),
	} {
		said, ok := err.(interface{ Sentence() string })
		if !ok || !strings.HasPrefix(said.Sentence(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	if _, err := before(store.Entry{Action: action.Action{Verb: action.WriteRule}, State: store.EntryFailed, Failure: "no `power`"}); err == nil || !strings.Contains(err.Error(), "write the rule") {
		t.Errorf("%v", err)
	}
	if r, err := before(store.Entry{State: store.EntryDone, Event: "$e"}); err != nil || r.Event != "$e" {
		t.Errorf("%+v, %v", r, err)
	}
}

// A list is the same one however it is referred to, and two changes do not undo each
// other.
func TestReferences(t *testing.T) {
	aliases := map[id.RoomAlias]id.RoomID{"#a:b": "!r:b"}
	for entry, want := range map[string]bool{
		`"https://matrix.to/#/!r:b?via=b"`: true, `"!r:b"`: true, `"#a:b"`: true, `"https://matrix.to/#/%23a:b"`: true,
		`"!other:b"`: false, `"#none:b"`: false, `7`: false, `"rubbish"`: false, `null`: false,
	} {
		if got := refersTo(json.RawMessage(entry), "!r:b", aliases); got != want {
			t.Errorf("%s: %v", entry, got)
		}
	}
}

// What is recorded of a command reads back as it was, whoever wrote the reason.
func TestRecordedPlansReadBack(t *testing.T) {
	p := commands.Plan{
		Effect: "e", Ask: "a", Answer: "\u202e`x`", Weight: commands.Weight{Hit: 3, Everyone: true}, Sure: true, Fresh: true, Room: "!r:b",
		Steps: []commands.Step{
			{Do: &action.Action{ID: "c1", Verb: action.WriteRule, Room: "!l:b", Reason: "\x00é"}, Did: "did"},
			{Change: &commands.Change{Kind: commands.Watch, Via: []string{"b"}, Sure: true}},
		},
		Otherwise: []commands.Step{{Change: &commands.Change{Kind: commands.LeaveAgain, Room: "!l:b"}}},
	}
	raw, err := json.Marshal(recorded{Command: "$c", Plan: p})
	if err != nil {
		t.Fatal(err)
	}
	var got recorded
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	again, _ := json.Marshal(got)
	if string(again) != string(raw) || got.Command != "$c" || len(got.Plan.Steps) != 2 || len(got.Plan.Otherwise) != 1 {
		t.Errorf("%s\nread back as\n%s", raw, again)
	}
}
