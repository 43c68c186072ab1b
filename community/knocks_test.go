package community

import (
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/protections/kit"
)

// read has the room be read as a whole, with somebody who knocks there since some time.
func (g *gated) read(u id.UserID, since time.Duration) {
	g.t.Helper()
	knock := stateEvent(benchRoom, "m.room.member", string(u), u, id.EventID("$knock"+string(u)), []byte(`{"membership":"knock"}`))
	knock.Timestamp = g.now.Add(-since).UnixMilli()
	g.loop.See(func() {
		room := g.world.Room(benchRoom)
		u, m, _ := restoredMember(stateRow(knock), g.now)
		room.Restore(u, m)
		g.protectors.looked(benchRoom)
	})
}

// Who knocked in a gap of sync is asked as others are: once, and not if they were asked and
// are forgotten, nor where the gate does not ask who knocks.
func TestKnocksThatNobodyHeardOf(t *testing.T) {
	for name, tc := range map[string]struct {
		values map[string]string
		mode   kit.Mode
		since  time.Duration
		want   string
	}{
		"a knock":        {nil, kit.On, time.Hour, "ask @stranger:elsewhere"},
		"of long ago":    {nil, kit.On, 25 * time.Hour, ""},
		"at no gate":     {nil, kit.Off, time.Hour, ""},
		"in shadow":      {nil, kit.Shadow, time.Hour, ""},
		"another's gate": {map[string]string{"at": "voice"}, kit.On, time.Hour, ""},
	} {
		g := newGated(t, openStore(t), tc.values)
		g.loop.See(func() {
			kind, _ := g.protectors.stand.rules.find("join-gate")
			g.protectors.stand.change(kind, kit.Standing{Mode: tc.mode, Values: tc.values})
		})
		g.read(stranger, tc.since)
		if do := g.looks(); verbs(do) != tc.want {
			t.Errorf("%s: %q, want %q", name, verbs(do), tc.want)
		}
		g.read(stranger, tc.since)
		if again := g.looks(); len(again) != 0 {
			t.Errorf("%s, read again: %v", name, verbs(again))
		}
		if len(g.said) > 0 && tc.mode != kit.On {
			t.Errorf("%s: said %v", name, g.said)
		}
	}
}

// After a restart, too; and who was let in or refused is not asked.
func TestKnocksOfWhileWeWereAway(t *testing.T) {
	kept := openStore(t)
	g := newGated(t, kept, nil)
	g.moves(stranger, stranger, event.MembershipKnock)
	if err := g.commits.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	again := newGated(t, kept, nil)
	again.read(stranger, time.Hour)
	again.read("@other:elsewhere", time.Hour)
	if do := again.looks(); verbs(do) != "ask @other:elsewhere" {
		t.Errorf("does %q", verbs(do))
	}
	again.moves(benchSelf, "@other:elsewhere", event.MembershipLeave)
	again.loop.See(func() { again.protectors.looked(benchRoom) })
	if do := again.looks(); verbs(do) != "" {
		t.Errorf("who is out: %q", verbs(do))
	}
}
