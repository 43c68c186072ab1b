package desk_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/community/desk"
)

// aclHistory is the ACLs of a room, each of which replaced the one before it.
type aclHistory struct {
	desk.History
	all   []string // contents, the first one first
	reads int
	loop  bool // the first one says that it replaced the last
	prev  bool // only the content that was replaced is told
}

func (h *aclHistory) Event(_ context.Context, _ id.RoomID, evt id.EventID) (*event.Event, error) {
	h.reads++
	var n int
	if _, err := fmt.Sscanf(string(evt), "$acl%d", &n); err != nil || n >= len(h.all) {
		return nil, errors.New("no such event")
	}
	e := &event.Event{ID: evt, Type: event.StateServerACL, Sender: id.UserID(fmt.Sprintf("@by%d:x", n)), Timestamp: int64(n)}
	e.Content.VeryRaw = []byte(h.all[n])
	switch before := n - 1; {
	case h.prev && n > 0:
		e.Unsigned.PrevContent = &event.Content{VeryRaw: []byte(h.all[before])}
	case n > 0:
		e.Unsigned.ReplacesState = id.EventID(fmt.Sprintf("$acl%d", before))
	case h.loop:
		e.Unsigned.ReplacesState = id.EventID(fmt.Sprintf("$acl%d", len(h.all)-1))
	}
	return e, nil
}

// Who put an entry in is who last set an ACL with it in place of one without; what is older than what can be
// read is nobody's, and a history that goes in circles or has no end is read no further than it makes sense.
func TestWhoPutEntriesIn(t *testing.T) {
	h := &aclHistory{all: []string{
		`{"deny":["old.example"]}`, `{"deny":["old.example","a.example","gone.example"]}`, `{"deny":["old.example","gone.example"]}`,
		`{"deny":"nonsense"}`, `{"deny":["old.example","A.example",7]}`, `{"deny":["old.example","a.example","b.example"]}`,
	}}
	p := newPlace()
	p.Apply(lobby, state("m.room.server_acl", "", mod, map[string]any{"deny": []string{"a.example"}}), now)
	var at id.EventID
	for _, evt := range []*event.Event{state("m.room.server_acl", "", mod, map[string]any{"allow": []string{"*"}, "deny": []string{"a.example"}})} {
		evt.ID = id.EventID(fmt.Sprintf("$acl%d", len(h.all)-1))
		p.Apply(lobby, evt, now)
		at = evt.ID
	}
	d := desk.Audits{World: p, Explain: explain, History: h}
	sought := []string{"old.example", "a.example", "b.example", "never.example"}
	want := map[string]commands.PutIn{"old.example": {By: "@by4:x", At: 4}, "a.example": {By: "@by4:x", At: 4}, "b.example": {By: "@by5:x", At: 5}}
	if got := d.PutIn(t.Context(), lobby, sought); !maps.Equal(got, want) {
		t.Errorf("%v from %s", got, at)
	}
	h.all[0] = `{"deny":["first.example"]}`
	if got := d.PutIn(t.Context(), lobby, []string{"first.example"}); got["first.example"] != (commands.PutIn{By: "@by0:x"}) {
		t.Errorf("of the first one: %v", got)
	}
	h.loop = true
	if h.reads = 0; len(d.PutIn(t.Context(), lobby, []string{"never.example"})) != 0 || h.reads > 2*len(h.all) {
		t.Errorf("%d reads", h.reads)
	}
	h.loop, h.prev = false, true
	if got := d.PutIn(t.Context(), lobby, sought); !maps.Equal(got, map[string]commands.PutIn{"b.example": {By: "@by5:x", At: 5}}) {
		t.Errorf("by the content alone: %v", got)
	}
	for range 100 {
		h.all = append([]string{`{"deny":["x.example"]}`}, h.all...)
	}
	h.prev, h.reads = false, 0
	p.Apply(lobby, func() *event.Event {
		evt := state("m.room.server_acl", "", mod, map[string]any{"allow": []string{"*"}})
		evt.ID = id.EventID(fmt.Sprintf("$acl%d", len(h.all)-1))
		return evt
	}(), now)
	if d.PutIn(t.Context(), lobby, []string{"never.example"}); h.reads > 60 {
		t.Errorf("%d reads", h.reads)
	}
	if got := d.PutIn(t.Context(), "!other:x", sought); len(got) != 0 {
		t.Errorf("of a room that is not ours: %v", got)
	}
}
