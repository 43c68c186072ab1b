package commands

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"
)

// muteFake is what the commands about mutes see of a world: @rude is muted in the lobby by
// us, and in Dev by hand.
type muteFake struct{ *world }

func (muteFake) Now() time.Time { return time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC) }

func (f muteFake) Muted(_ context.Context, u id.UserID) ([]Muted, error) {
	if u != "@rude:calm.example" {
		return f.muted[u], nil
	}
	return []Muted{{Room: "!lobby:ours.example", Entry: "m1", Was: json.RawMessage(`{"level":-1}`), Until: time.Date(2026, 1, 1, 12, 30, 0, 0, time.UTC)}, {Room: "!dev:ours.example"}}, nil
}

func TestMute(t *testing.T) {
	did := func(verb, user, reason string, in ...string) (all []string) {
		for _, room := range in {
			all = append(all, fmt.Sprintf("%s %s in !%s:ours.example because %q", verb, user, room, reason))
		}
		return all
	}
	for _, tc := range []struct {
		line string
		did  []string
		want []string
	}{
		{"mute @rude:calm.example be calm", did("mute", "@rude:calm.example", "be calm", "lobby"), []string{"!!Muting", "`@rude:calm.example` is muted in [Lobby]", "already. Of several mutes the one that ends last holds: this one is for 1h, until 2026-01-01 13:00 UTC."}},
		{"mute @rude:calm.example --for good", did("mute", "@rude:calm.example", "", "lobby"), []string{"this one is for good"}},
		{"mute @rude:calm.example --for 10m", nil, []string{"`@rude:calm.example` is muted already, in [Lobby]", ") until 2026-01-01 12:30 UTC, and this mute would not last longer. `!forseti unmute @rude:calm.example` ends it."}},
		{"mute @spam1:evil.example --for 90m", did("mute", "@spam1:evil.example", "", "dev", "lobby"), []string{"for 1h30m, until 2026-01-01 13:30 UTC", "!!already"}},
		{"mute --for=good @spam1:evil.example --room #lobby:ours.example", did("mute", "@spam1:evil.example", "", "lobby"), []string{"for good"}},
		{"mute @spam1:evil.example --dry-run", nil, []string{"Nothing was done", "would mute `@spam1:evil.example`"}},
		{"mute @spam1:evil.example --for 5s", nil, []string{"from 1m to 365d"}},
		{"mute @spam1:evil.example --for soon", nil, []string{"`soon` does not fit"}},
		{"mute @*:evil.example", nil, []string{"is a pattern"}},
		{"mute @mod:ours.example", nil, []string{"do not mute moderators"}},
		{"mute @warden:ours.example", nil, []string{"That is me"}},
		{"mute @nobody:hs.example", nil, []string{"none of the rooms", "`!forseti ban @nobody:hs.example`"}},
		{"mute @rude:calm.example --room !else:ours.example", nil, []string{"I protect no room"}},
		{"mute evil.example", nil, []string{"is no user", "Usage"}},

		{"unmute @rude:calm.example", did("unmute", "@rude:calm.example", "unmuted by a moderator", "lobby", "dev"), []string{"Unmuting `@rude:calm.example` in [Lobby]", "Dev"}},
		{"unmute @rude:calm.example --room #lobby:ours.example", did("unmute", "@rude:calm.example", "unmuted by a moderator", "lobby"), []string{"in [Lobby]", "!!Dev"}},
		{"unmute @rude:calm.example --room !lost:ours.example", nil, []string{"is not muted in [Lost]"}},
		{"unmute @spam1:evil.example", nil, []string{"in no protected room", "`!forseti why @spam1:evil.example`"}},
		{"unmute @*:*", nil, []string{"is a pattern"}},
	} {
		expect(t, newWorld(), tc.line, tc.did, tc.want...)
	}
	p := newSet(newWorld()).Plan(t.Context(), Request{Sender: mod, Event: "$e"}, "unmute @rude:calm.example")
	if w := p.Steps[0].Want; string(w.Was) != `{"level":-1}` || w.Parent != "m1" || p.Steps[1].Want.Was != nil {
		t.Errorf("unmutes by %+v", p.Steps)
	}
}
