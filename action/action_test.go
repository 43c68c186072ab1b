package action

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
)

// The journal keeps actions as JSON, so a restart must read back what was written.
func TestActionSurvivesTheJournal(t *testing.T) {
	want := Action{
		ID: "1", Verb: SetState, Room: "!r:example.org", User: "@u:example.org", Event: "$e", Reason: "spam",
		Cause:   Cause{Kind: ByRule, List: "!l:example.org", Rule: "$rule", Entity: "@*:evil.example"},
		Alias:   "#a:example.org",
		Via:     []string{"example.org"},
		State:   &State{Type: event.StateServerACL, Content: json.RawMessage(`{"deny":["evil.example"]}`)},
		Message: &Message{Markdown: "hi", ReplyTo: "$q"},
	}
	raw, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got Action
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	// event.Type is written as its name; its class is restored by the sender.
	got.State.Type.Class = want.State.Type.Class
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestFailureOf(t *testing.T) {
	limited := &Failure{Kind: RateLimited, RetryAfter: time.Second, Err: errors.New("429")}
	for _, tc := range []struct {
		name      string
		err       error
		kind      FailureKind
		temporary bool
	}{
		{"wrapped", fmt.Errorf("ban: %w", limited), RateLimited, true},
		{"unknown is not final", errors.New("odd"), Transient, true},
		{"forbidden waits for a change", &Failure{Kind: Forbidden, Err: errors.New("403")}, Forbidden, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := FailureOf(tc.err)
			if f.Kind != tc.kind || f.Temporary() != tc.temporary {
				t.Errorf("got %s, temporary %v", f.Kind, f.Temporary())
			}
		})
	}
	if FailureOf(nil) != nil {
		t.Error("no error is no failure")
	}
}
