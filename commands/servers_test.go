package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/policy"
)

// serverFake saw a wave from one server, and many small ones.
type serverFake struct{}

func (serverFake) Now() time.Time { return arrivalFake{}.Now() }

func (f serverFake) Servers(_ context.Context, rooms []id.RoomID) (all []ServerState, _ error) {
	if slices.Equal(rooms, []id.RoomID{"!lost:ours.example"}) {
		return nil, nil
	}
	now := f.Now()
	all = []ServerState{
		{Server: "gone.example", Moved: now.Add(-time.Hour)},
		{Server: "evil.example", Members: 30, Rooms: 3, Came: 30, Moved: now.Add(-time.Minute)},
		{Server: "calm.example", Members: 5, Rooms: 1, Came: 1, Before: 4, Moved: now.Add(-50 * time.Hour)},
		{Server: "grown.example", Members: 40, Rooms: 2, Came: 6, Before: 80},
		{Server: "bad.example", Banned: 7},
		{Server: "Ours.example", Members: 900, Rooms: 3, Came: 90, Before: 200, Banned: 2},
	}
	for i := range 100 {
		all = append(all, ServerState{Server: fmt.Sprintf("s%d.example", i), Members: 1, Rooms: 1})
	}
	return all, nil
}

func TestServers(t *testing.T) {
	w := newWorld()
	w.rule("!coc:ours.example", policy.Server, "evil.example")
	expect(t, w, "servers --room #lobby:ours.example --room !lost:ours.example", nil, "in [Lobby]", "[Lost]")
	a := expect(t, w, "servers", nil, "1075 members from 104 servers in the protected rooms, and 2 servers of which nobody is here now:",
		"\n- `evil.example`: 30 members in 3 rooms, 30 came within a day, last came or went about 1 minute ago. **Banned** by 1 rule: `!forseti match evil.example`. **Joins leap:** nobody came in the week before\n"+
			"- `Ours.example` (ours): 900 members in 3 rooms, 90 came within a day, 2 banned users\n"+
			"- `grown.example`: 40 members in 2 rooms, 6 came within a day\n",
		"- `calm.example`: 5 members, 1 came within a day, last came or went about 3 days ago\n", "… and 46 more: `--room` and `--by`")
	if len(a.Markdown) > maxAnswer {
		t.Error("too long")
	}
	for by, first := range map[string]string{"joins": "Ours", "bans": "bad", "SEEN": "evil", "members": "evil"} {
		a := expect(t, w, "servers --by "+by, nil)
		if _, rest, _ := strings.Cut(a.Markdown, "\n- "); !strings.HasPrefix(rest, "`"+first) {
			t.Errorf("by %s first is %.40s", by, rest)
		}
	}
	expect(t, w, "servers --by name", nil, "I sort by `members`")
	expect(t, w, "servers --room #lobby:ours.example", nil, "servers in [Lobby]", "`evil.example`: 30 members, 30")
	expect(t, w, "servers --room !lost:ours.example", nil, "I know of nobody in [Lost]")
	expect(t, w, "servers --room !other:hs", nil, "I protect no room")
}

func TestResolve(t *testing.T) {
	w := newWorld()
	expect(t, w, "resolve #lobby:ours.example", nil, "`#lobby:ours.example` is [Lobby](", "which I protect. Its ID is `!lobby:ours.example`.", "by way of `hs.example` and `other.example`")
	expect(t, w, "resolve !coc:ours.example", nil, "is [Code of conduct](", "a list that I watch.", "!!Its ID", "does not say which servers")
	expect(t, w, "resolve https://matrix.to/#/!x:y?via=a.example", nil, "plays no part here", "by way of `a.example`")
	expect(t, w, "resolve !mods:ours.example", nil, "[this room]", "where you moderate")
	expect(t, w, "resolve @a:b", nil, "Usage")
	w.fail = errRefused
	expect(t, w, "resolve #lobby:ours.example", nil, `M_FORBIDDEN`)
	expect(t, newWorld(), "version", nil, "Forseti 1", "go1")
}
