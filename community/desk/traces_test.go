package desk_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/commands"
)

// What was said since some time is found by more than what its author's homeserver says of it: who
// has their messages be old has them found all the same.
func TestMessagesSince(t *testing.T) {
	const spammer, other = id.UserID("@spam1:evil.example"), id.UserID("@other:calm.example")
	at := func(user id.UserID, n int, ago time.Duration) *event.Event {
		evt := message(user, n)
		evt.Timestamp = now.Add(-ago).UnixMilli()
		return evt
	}
	p := newPlace()
	p.said[lobby] = []*event.Event{ // the newest first
		at(spammer, 1, time.Minute), at(spammer, 2, 999*time.Hour), at(other, 1, 50*time.Minute),
		at(spammer, 3, 3*time.Hour), at(spammer, 4, -time.Hour), at(other, 2, 4*time.Hour), at(spammer, 5, 5*time.Hour), at(other, 3, 6*time.Hour), at(spammer, 6, time.Minute),
	}
	for _, tc := range []struct {
		ago  time.Duration
		most int
		want []int
	}{
		{time.Hour, 0, []int{1, 2, 4}}, {time.Hour, 1, []int{1}}, {time.Hour, 2, []int{1, 2}}, {4 * time.Hour, 0, []int{1, 2, 3, 4}}, {10 * time.Minute, 0, []int{1}}, {9000 * time.Hour, 0, []int{1, 2, 3, 4, 5, 6}},
	} {
		found, err := p.members().Messages(t.Context(), commands.Search{Users: []commands.Whose{{User: spammer}}, Limit: 100, Most: tc.most, Since: now.Add(-tc.ago)}, nil)
		var want []id.EventID
		for _, n := range tc.want {
			want = append(want, id.EventID(fmt.Sprintf("$%s-%d", spammer, n)))
		}
		var got []id.EventID
		for _, m := range found.Messages {
			got = append(got, m.Event)
		}
		if err != nil || !slices.Equal(got, want) || len(found.Left) != len(got) {
			t.Errorf("since %s, at most %d: %v (%v), want %v, kept %v", tc.ago, tc.most, got, err, want, found.Left)
		}
	}
}

// What was removed by now stands no more.
func TestWrote(t *testing.T) {
	const spammer = id.UserID("@spam1:evil.example")
	p := newPlace()
	d := p.members()
	d.Latest = func(of func(id.UserID) bool, most int) []*event.Event {
		return slices.DeleteFunc(slices.Clone(p.said[lobby]), func(evt *event.Event) bool { return !of(evt.Sender) })
	}
	wrote := func() bool { return d.Wrote(t.Context(), commands.Search{Users: []commands.Whose{{User: spammer}}}) }
	p.said[lobby] = []*event.Event{message(mod, 1)}
	if wrote() {
		t.Error("who wrote nothing did")
	}
	said := message(spammer, 1)
	said.RoomID = lobby
	if p.said[lobby] = append(p.said[lobby], said); !wrote() {
		t.Error("what stands is not known")
	}
	if said.Unsigned.RedactedBecause = message(mod, 2); wrote() {
		t.Error("what is removed stands")
	}
}

// What rooms show of users is how they are called there, and what they set and nobody since.
func TestTraces(t *testing.T) {
	const spammer = id.UserID("@spam1:evil.example")
	p := newPlace()
	for n, evt := range []*event.Event{
		state("m.room.member", string(spammer), spammer, map[string]any{"membership": "join", "displayname": "Buy gold"}),
		state("m.room.topic", "", spammer, map[string]any{"topic": "Buy gold"}),
		state("m.room.name", "", mod, map[string]any{"name": "Lobby"}),
		state("m.room.member", "@held:calm.example", mod, map[string]any{"membership": "ban", "displayname": "x"}),
	} {
		evt.ID = id.EventID(fmt.Sprint("$", n))
		p.Apply(lobby, evt, now)
	}
	p.invited = []commands.Trace{{Room: lobby, User: spammer, Invited: "@guest:calm.example"}, {Room: lobby, User: mod, Invited: "@friend:calm.example"}}
	seen := func(s commands.Search) (all []string) {
		for _, trace := range p.members().Traces(s) {
			if trace.Invited != "" {
				all = append(all, fmt.Sprintf("%s by %s", trace.Invited, trace.User))
				continue
			}
			all = append(all, fmt.Sprintf("%s %s of %s, %s", trace.Event, trace.Of, trace.User, trace.Kind.Type))
		}
		return all
	}
	want := []string{"$0 profile of @spam1:evil.example, ", "$1 topic of @spam1:evil.example, m.room.topic", "@guest:calm.example by @spam1:evil.example"}
	for _, of := range []commands.Whose{{User: spammer}, {User: "@spam*:*", Glob: true}, {User: "@*:*", Glob: true}} {
		if got := seen(commands.Search{Users: []commands.Whose{of}}); !slices.Equal(got, want) {
			t.Errorf("%+v: %q", of, got)
		}
	}
	for _, s := range []commands.Search{
		{Users: []commands.Whose{{User: spammer}}, Rooms: []id.RoomID{dev}}, {Users: []commands.Whose{{User: mod}}}, {Users: []commands.Whose{{User: "@held:calm.example"}}}, {Users: []commands.Whose{{User: "@spam?:evil.example"}}},
	} {
		if got := seen(s); len(got) > 0 {
			t.Errorf("%+v: %q", s, got)
		}
	}
}
