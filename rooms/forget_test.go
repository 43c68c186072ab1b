package rooms_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/rooms"
)

func moves(u id.UserID, membership string, at time.Time) *event.Event {
	evt := state(u, "m.room.member", string(u), fmt.Sprintf(`{"membership":%q}`, membership))
	evt.Timestamp = at.UnixMilli()
	return evt
}

// Who left long ago is forgotten, and of very many those who left first; not who is there
// or banned, and nobody who is spared.
func TestForget(t *testing.T) {
	r := rooms.New(roomID)
	at := func(hours int) time.Time { return now.Add(time.Duration(hours) * time.Hour) }
	for i, m := range []string{"leave", "leave", "leave", "leave", "join", "ban", "leave"} {
		r.Apply(moves(id.UserID(fmt.Sprintf("@%d:hs", i)), m, at(i)), at(i))
	}
	dropped := r.Forget(at(2), 2, func(u id.UserID) bool { return u == "@0:hs" })
	slices.Sort(dropped)
	if want := []id.UserID{"@1:hs", "@2:hs"}; !slices.Equal(dropped, want) {
		t.Errorf("dropped %q, want %q", dropped, want)
	}
	if r.Len() != 5 || r.Count("leave") != 3 || r.Count("join") != 1 || r.Count("ban") != 1 {
		t.Errorf("%d left, of whom %d had gone", r.Len(), r.Count("leave"))
	}
}

// A full look brings nobody back who left long ago, and believes no time that lies ahead;
// also not if it is the first. Who is known stays known until they are forgotten.
func TestLookBringsNobodyBack(t *testing.T) {
	look := []*event.Event{
		moves("@old:hs", "leave", now.Add(-25*time.Hour)), moves("@new:hs", "leave", now.Add(-time.Hour)),
		moves("@liar:hs", "leave", now.Add(time.Hour)), moves("@never:hs", "leave", time.UnixMilli(-5)),
		moves("@there:hs", "join", now.Add(-48*time.Hour)), moves("@banned:hs", "ban", now.Add(-48*time.Hour)),
	}
	r := rooms.New(roomID)
	r.KeepLeavers(24 * time.Hour)
	for range 2 {
		r.Replace(look, now)
		var all []id.UserID
		for u := range r.Members() {
			all = append(all, u)
		}
		slices.Sort(all)
		if want := []id.UserID{"@banned:hs", "@new:hs", "@there:hs"}; !slices.Equal(all, want) || r.Count("leave") != 1 {
			t.Errorf("a look brings %q, want %q", all, want)
		}
	}
	r.Apply(moves("@there:hs", "leave", now.Add(-25*time.Hour)), now)
	look[4] = moves("@there:hs", "leave", now.Add(-25*time.Hour))
	if r.Replace(look, now); r.Count("leave") != 2 {
		t.Error("somebody known is dropped by a look")
	}
	if changes := r.Replace(look[1:2], now); len(changes) != 2 || r.Len() != 1 {
		t.Errorf("who is not in the state any more stays: %+v", changes)
	}
}
