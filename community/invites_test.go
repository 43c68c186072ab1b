package community

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/matrix"
	"forseti/store"
)

// invitation is one as sync brings it: of state without IDs.
func invitation(room id.RoomID, by id.UserID, state map[string]string) *matrix.RoomBatch {
	in := &matrix.RoomBatch{Room: room, Membership: event.MembershipInvite}
	for kind, content := range state {
		key := ""
		if kind == "m.room.member" {
			key = string(benchSelf)
		}
		in.State = append(in.State, stateEvent(room, kind, key, by, "", json.RawMessage(content)))
	}
	return in
}

// Moderators' invitations are accepted and asked about, each once; all others are told once an hour, with names.
func TestInvitations(t *testing.T) {
	r := handing(t, openStore(t))
	var joined []id.RoomID
	d := r.hearing.direct
	d.invites.join = func(room id.RoomID) { joined = append(joined, room) }
	now := time.Now()
	invite := func(room id.RoomID, by id.UserID, state map[string]string, at time.Time) (asked string) {
		t.Helper()
		var out store.Commit
		d.invited(invitation(room, by, state), false, &matrix.Batch{Next: "s1", Arrived: at}, &out)
		for _, order := range out.Commands {
			if order.Sender != by || order.Room != r.speaker.room || order.Event == "" {
				t.Errorf("%+v", order)
			}
			asked += strings.TrimPrefix(order.Body, offerMark)
		}
		return asked
	}
	plain := map[string]string{"m.room.member": `{"membership":"invite"}`}
	if got := invite("!a:x", handMod, plain, now); !strings.Contains(got, `"room":"!a:x"`) || strings.Contains(got, `"list"`) {
		t.Error(got)
	}
	if got := invite("!b:x", handMod, map[string]string{"m.room.member": `{"membership":"invite"}`, "m.room.name": `{"name":"Bans"}`, "m.room.create": `{"type":"m.policy"}`}, now); !strings.Contains(got, `"name":"Bans","list":true`) {
		t.Error(got)
	}
	if got := invite("!c:x", handMod, map[string]string{"m.room.name": `{"name":7}`, "m.room.create": `[]`}, now); got != "" {
		t.Errorf("what is no invitation: %s", got)
	}
	if got := invite("!d:x", handMod, map[string]string{"m.room.member": `{"membership":"invite","is_direct":true}`}, now); got != "" {
		t.Errorf("a direct chat: %s", got)
	}
	forged := invitation("!f:x", handMod, plain)
	forged.State = append(forged.State, invitation("!f:x", "@stranger:x", plain).State...)
	for range 2 { // whichever comes first
		var out store.Commit
		if d.invited(forged, false, &matrix.Batch{Next: "s2", Arrived: now}, &out); len(out.Commands) != 0 {
			t.Errorf("an invitation within one is believed: %+v", out.Commands)
		}
		slices.Reverse(forged.State)
	}
	if !slices.Equal(joined, []id.RoomID{"!a:x", "!b:x"}) {
		t.Errorf("joined %v", joined)
	}

	if !d.invites.due().IsZero() {
		t.Error("somebody else is told of")
	}
	r.news(now)
	for i := range 3 * mostInvites {
		invite(id.RoomID(fmt.Sprintf("!s%d:x", i)), "@stranger:x", map[string]string{"m.room.member": `{"membership":"invite","is_direct":true}`, "m.room.name": `{"name":"*Free* [x](y)\n@room"}`}, now)
	}
	d.invites.tellDue(now)
	if len(d.invites.strangers) != mostInvites || len(joined) != 2 {
		t.Errorf("%d are remembered, and %v joined", len(d.invites.strangers), joined)
	}
	d.invites.tellDue(now.Add(strangersPause))
	said := r.news(now.Add(time.Hour))
	if !strings.Contains(said, "3,000 invitations") && !strings.Contains(said, "3000 invitations") || !strings.Contains(said, "`@stranger:x` to `!s0:x`") || strings.Contains(said, "*Free*") || strings.Contains(said, "\n@room") || len(said) > 4000 {
		t.Error(said)
	}
	invite("!e:x", "@stranger:x", plain, now.Add(2*time.Minute))
	if due := d.invites.due(); due.Before(now.Add(time.Hour)) {
		t.Errorf("told again after %s", due.Sub(now))
	}
}
