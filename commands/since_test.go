package commands

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/sanction/trust"
)

// arrivalFake saw thirty accounts of one server come, and a few others.
type arrivalFake struct{ moves *Moves }

func (arrivalFake) Now() time.Time { return time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC) }

func (f arrivalFake) Since(_ context.Context, at time.Time, _ []id.RoomID) (m Moves, _ error) {
	if f.moves != nil {
		return *f.moves, nil
	}
	if at.After(f.Now().Add(-10 * time.Minute)) {
		return Moves{Left: []id.UserID{"@bye:hs"}}, nil
	}
	wave := ServerMoves{Server: "evil.example", Began: f.Now().Add(-3 * time.Minute)}
	for i := range 30 {
		wave.Came = append(wave.Came, Arrival{User: id.UserID(fmt.Sprintf("@s%02d:evil.example", i)), Rooms: 3})
	}
	m.Servers = []ServerMoves{
		{Server: "calm.example", Others: []id.UserID{"@w:calm.example"}, Came: []Arrival{{"@x:calm.example", 1, trust.New}, {"@y:calm.example", 1, trust.Regular}, {"@z:calm.example", 2, trust.New}}},
		wave, {Server: "ours.example", Came: []Arrival{{"@a:ours.example", 1, trust.New}, {"@b:ours.example", 1, trust.New}, {"@c:ours.example", 1, trust.New}}},
	}
	m.Banned, m.Removed = []id.UserID{"@bad:evil.example"}, []id.UserID{"@loud:hs", "@rude:hs"}
	return m, nil
}

func TestSince(t *testing.T) {
	wave := []string{
		"In the last 1h, 36 users came into the protected rooms, 35 of them new:\n- `evil.example`, 30, the first about 3 minutes ago. They wrote nothing. Nobody else here is from there. This shuts it out, by one change in each room: `!forseti ban evil.example`.",
		"- `calm.example`, 3: `@y:calm.example` (regular), `@z:calm.example` in 2 rooms and `@x:calm.example`. They wrote nothing. 1 member from there was here before.",
		"- `ours.example`, 3: `@a:ours.example`, `@b:ours.example` and `@c:ours.example`\n", "`@bad:evil.example` was banned; `@loud:hs` and `@rude:hs` were kicked.", "All 30 of evil.example\n\nCame: `@s00:evil.example`, ", "Here before: `@w:calm.example`.", "!!All 3 of ours", "!!`!forseti ban ours.example`",
	}
	for line, want := range map[string][]string{
		"since":                               wave,
		"since 60m":                           wave,
		"since 2026-01-01":                    {"In the last 9d12h, 36 users"},
		"since 2d --room #lobby:ours.example": {"came into [Lobby]"},
		"since 2d --room #lobby:ours.example --room !dev:ours.example": {"came into [Lobby]", "[Dev"},
		"since 5m":                  {"Nobody came into the protected rooms in the last 5m.", "`@bye:hs` left."},
		"since 10s":                 {"`10s` does not fit", "Usage"},
		"since 2026-01-11":          {"has not come yet"},
		"since 2020-01-11":          {"from 1m to 30d back"},
		"since tomorrow":            {"`tomorrow` does not fit"},
		"since 1h --room #other:hs": {"I protect no room"},
	} {
		expect(t, newWorld(), line, nil, want...)
	}
}

// newNamesakes is a world into which four accounts of one server came whose names begin alike.
// Two members from there were here before, and one of them has such a name too.
func newNamesakes() *world {
	w := newWorld()
	others := []id.UserID{"@good:evil.example", "@spamalot:evil.example"}
	wave := ServerMoves{Server: "evil.example", Began: arrivalFake{}.Now().Add(-time.Minute), Others: others}
	here := slices.Clone(others)
	for i := range 4 {
		u := id.UserID(fmt.Sprintf("@spam%d:evil.example", i))
		wave.Came, here = append(wave.Came, Arrival{User: u, Rooms: 1}), append(here, u)
	}
	w.moves = &Moves{Servers: []ServerMoves{wave}}
	w.members = map[id.RoomID][]id.UserID{"!lobby:ours.example": here}
	return w
}

// Of a wave it says what was written, and which command bans it and nobody else.
func TestSinceNamesTheCommand(t *testing.T) {
	w := newNamesakes()
	expect(t, w, "since", nil,
		"`evil.example`, 4, the first about 1 minute ago. They wrote 4 messages in 1 room, such as `Buy gold`. 2 members from there were here before.",
		" This bans them, removes that and spares who is not new: `!forseti ban @spam*:evil.example --redact --spare @spamalot:evil.example`.",
		"Here before: `@good:evil.example` and `@spamalot:evil.example`.")
	w.moves.Servers[0].Others = []id.UserID{"@good:evil.example"}
	expect(t, w, "since", nil, " This bans them and removes that: `!forseti ban @spam*:evil.example --redact`.")
	w.moves.Servers[0].Others = nil
	expect(t, w, "since", nil, "Nobody else here is from there. This shuts it out, by one change in each room, and removes that: `!forseti ban evil.example --redact`.")
	w.moves.Servers[0].Others, w.moves.Servers[0].Came[2].User = []id.UserID{"@good:evil.example"}, "@other:evil.example"
	expect(t, w, "since", nil, "!!!forseti")
}
