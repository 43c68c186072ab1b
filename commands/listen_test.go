package commands

import (
	"context"
	"slices"
	"strings"
	"testing"

	"maunium.net/go/mautrix/id"
)

type quartersFake struct{ *world }

func (f quartersFake) Quarters(_ context.Context, room id.RoomID) (Quarters, error) {
	q := f.quarters
	q.ID = room
	if q.Team == nil {
		q.Team = []id.UserID{mod, "@other:ours.example"}
	}
	return q, nil
}

// The bot goes over only to a room where the one who says so is, into which not everybody can come,
// and which has no other part; whoever would moderate there is named, and what speaks against it said.
func TestListen(t *testing.T) {
	w := newWorld()
	plan := func(line string) Plan {
		return newSet(w).Plan(t.Context(), Request{Sender: mod, Event: "$c"}, line)
	}
	for _, of := range []struct {
		q    Quarters
		line string
		says string
		goes bool
	}{
		{Quarters{Name: "new"}, "listen !new:hs.example", "`@other:ours.example`", true},
		{Quarters{Doubt: "The room was made by somebody else."}, "listen !new:hs.example", "made by somebody else", true},
		{Quarters{Bare: true}, "listen !new:hs.example", "is not encrypted", true},
		{Quarters{Here: true}, "listen !new:hs.example", "already", false},
		{Quarters{Open: true}, "listen !new:hs.example", "anybody can come in", false},
		{Quarters{Mute: true}, "listen !new:hs.example", "may not write", false},
		{Quarters{Over: true}, "listen !new:hs.example", "clients hide it", false},
		{Quarters{Over: true, Next: "!third:hs.example"}, "listen !new:hs.example", "`!forseti listen !third:hs.example`", false},
		{Quarters{Team: []id.UserID{"@other:ours.example"}}, "listen !new:hs.example", "you are not in it", false},
		{Quarters{}, "listen #new:hs.example", "Write the room's ID", false},
		{Quarters{}, "listen #lobby:ours.example", "Write the room's ID", false},
		{Quarters{}, "listen !lobby:ours.example", "look after that room", false},
		{Quarters{}, "listen !coc:ours.example", "look after that room", false},
	} {
		w.quarters = of.q
		p := plan(of.line)
		goes := slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Change != nil && s.Change.Kind == ListenIn })
		if goes != of.goes || goes != (p.Ask != "") || goes && len(p.Otherwise) != 1 || !strings.Contains(p.Effect+p.Answer, of.says) {
			t.Errorf("%+v: %+v", of, p)
		}
	}
	if takes := UsualRoles().Level(newSet(w).Needs("listen !new:hs.example")...); takes != 100 {
		t.Errorf("it takes %d", takes)
	}
}
