package commands

import (
	"context"
	"fmt"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/sanction/trust"
)

// arrivalFake saw thirty accounts of one server come, and a few others.
type arrivalFake struct{ nobody bool }

func (arrivalFake) Now() time.Time { return time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC) }

func (f arrivalFake) Since(_ context.Context, at time.Time, room id.RoomID) (m Moves, _ error) {
	if f.nobody || at.After(f.Now().Add(-10*time.Minute)) {
		return Moves{Left: []id.UserID{"@bye:hs"}}, nil
	}
	wave := ServerMoves{Server: "evil.example"}
	for i := range 30 {
		wave.Came = append(wave.Came, Arrival{User: id.UserID(fmt.Sprintf("@s%02d:evil.example", i)), Rooms: 3})
	}
	m.Servers = []ServerMoves{
		{Server: "calm.example", Others: 1, Came: []Arrival{{"@x:calm.example", 1, trust.New}, {"@y:calm.example", 1, trust.Regular}, {"@z:calm.example", 2, trust.New}}},
		wave, {Server: "ours.example", Came: []Arrival{{"@a:ours.example", 1, trust.New}, {"@b:ours.example", 1, trust.New}, {"@c:ours.example", 1, trust.New}}},
	}
	m.Banned, m.Removed = []id.UserID{"@bad:evil.example"}, []id.UserID{"@loud:hs", "@rude:hs"}
	return m, nil
}

func TestSince(t *testing.T) {
	wave := []string{
		"Within 1h 36 users came into the protected rooms, 35 of them new:\n- `evil.example`, 30: `@s00:evil.example` in 3 rooms, `@s01:evil.example` in 3 rooms, `@s02:evil.example` in 3 rooms and 27 more. Nobody else here is from there: `!forseti ban evil.example` shuts it out.",
		"- `calm.example`, 3: `@y:calm.example` (regular), `@z:calm.example` in 2 rooms and `@x:calm.example`. 1 member from there was here before.",
		"- `ours.example`, 3: `@a:ours.example`, `@b:ours.example` and `@c:ours.example`\n", "`@bad:evil.example` was banned; `@loud:hs` and `@rude:hs` were removed.", "!!`!forseti ban ours.example`",
	}
	for line, want := range map[string][]string{
		"since":                               wave,
		"since 60m":                           wave,
		"since 2026-01-01":                    {"Within 9d12h 36 users"},
		"since 2d --room #lobby:ours.example": {"came into [Lobby]"},
		"since 5m":                            {"Nobody came into the protected rooms within 5m.", "`@bye:hs` left."},
		"since 10s":                           {"`10s` does not fit", "Usage"},
		"since 2026-01-11":                    {"has not come yet"},
		"since 2020-01-11":                    {"from 1m to 30d back"},
		"since tomorrow":                      {"`tomorrow` does not fit"},
		"since 1h --room #other:hs":           {"I protect no room"},
	} {
		expect(t, newWorld(), line, nil, want...)
	}
}
