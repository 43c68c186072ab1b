package community

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/commands"
)

// Who came is told once, by server, with who of that server was here before.
func TestWhoCame(t *testing.T) {
	r := newTimed(t, openStore(t))
	const other = id.RoomID("!other:hs")
	then := time.UnixMilli(time.Now().Add(-time.Hour).UnixMilli())
	moves := func(room id.RoomID, by, u id.UserID, is event.Membership, at time.Time) {
		r.loop.See(func() {
			r.intake.apply(stateEvent(room, "m.room.member", string(u), by, id.EventID(fmt.Sprint("$", u, is, room)), json.RawMessage(`{"membership":"`+string(is)+`"}`)), at)
		})
	}
	r.loop.See(func() {
		r.world.Protect(other)
		r.world.Look(other, []*event.Event{
			stateEvent(other, "m.room.create", "", benchOwner, "$c", json.RawMessage(`{"room_version":"11"}`)),
			stateEvent(other, "m.room.member", string(benchSelf), benchOwner, "$m", json.RawMessage(`{"membership":"join"}`)),
		}, then.Add(-time.Hour))
	})
	early, late := then.Add(-time.Minute), then.Add(time.Minute)
	moves(other, "@old:raid.example", "@old:raid.example", "join", early)
	moves(benchRoom, "@old:raid.example", "@old:raid.example", "join", late)
	moves(benchRoom, "@new:raid.example", "@new:raid.example", "join", late)
	moves(other, "@new:raid.example", "@new:raid.example", "join", late)
	moves(benchRoom, "@alone:far.example", "@alone:far.example", "join", late)
	r.loop.See(func() { r.world.SetModerator("@mod:raid.example", true) })
	moves(benchRoom, "@mod:raid.example", "@mod:raid.example", "join", late)
	moves(benchRoom, "@bye:far.example", "@bye:far.example", "leave", late)
	moves(other, benchOwner, "@bye:far.example", "ban", late)
	moves(benchRoom, benchOwner, "@out:far.example", "leave", late)
	moves(benchRoom, "@past:far.example", "@past:far.example", "leave", early)
	moves(benchRoom, benchOwner, "@asked:far.example", "invite", late)
	if came, err := (digestDesk{r.loop, r.world, nil, nil}).came(t.Context(), then); err != nil || !came["@new:raid.example"].Equal(late) || !came["@alone:far.example"].Equal(late) || !came["@old:raid.example"].IsZero() {
		t.Errorf("who is new: %v, %v", came, err)
	}
	desk := arrivalDesk{r.loop, r.world, r.protectors}
	since := func(in ...id.RoomID) commands.Moves {
		t.Helper()
		got, err := desk.Since(t.Context(), then, in)
		if err != nil {
			t.Fatal(err)
		}
		// Whom the community began with is no matter here.
		got.Servers = slices.DeleteFunc(got.Servers, func(s commands.ServerMoves) bool { return s.Server == spammer(0).Homeserver() })
		return got
	}
	got := since()
	want := commands.Moves{
		Servers: []commands.ServerMoves{
			{Server: "far.example", Began: late, Came: []commands.Arrival{{User: "@alone:far.example", Rooms: 1}}},
			{Server: "raid.example", Came: []commands.Arrival{{User: "@new:raid.example", Rooms: 2}}, Began: late, Others: []id.UserID{"@mod:raid.example", "@old:raid.example"}},
		},
		Banned: []id.UserID{"@bye:far.example"}, Removed: []id.UserID{"@out:far.example"},
	}
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
	if got = since(benchRoom); len(got.Servers) != 2 || len(got.Servers[1].Came) != 2 || len(got.Servers[1].Others) != 2 || len(got.Banned) != 0 || len(got.Left) != 1 {
		t.Errorf("in one room: %+v", got)
	}
}
