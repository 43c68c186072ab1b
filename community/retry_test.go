package community_test

import (
	"errors"
	"net/http"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/internal/faults"
)

// What failed is planned anew before it is tried again: who was freed meanwhile is
// not banned, and a server that may come in again is not shut out.
func TestRetriesArePlannedAnew(t *testing.T) {
	f := newFixture(t, 1)
	freed := f.member("freed")
	f.start()
	f.hear("Hello")
	down := f.proxy.On(func(method, path string) bool { return faults.Ban(method, path) || faults.ACL(method, path) },
		faults.Answer(http.StatusInternalServerError, "M_UNKNOWN"))
	f.rule(f.list, "user", "1", string(freed.UserID))
	f.rule(f.list, "server", "2", "evil.example")
	f.eventually("try both", func() bool {
		return len(f.proxy.Requests(faults.Ban)) > 0 && len(f.proxy.Requests(faults.ACL)) > 0
	})
	f.rule(f.list, "user", "1", "")
	f.rule(f.list, "server", "2", "")
	f.settle()
	down()
	f.proxy.Forget()
	f.settle()
	f.settle()
	if late := f.proxy.Requests(faults.Ban); len(late) > 0 {
		t.Errorf("%d bans of who is free", len(late))
	}
	f.untouched(freed.UserID)
	if denied := f.deny(f.rooms[0]); len(denied) > 0 {
		t.Errorf("the ACL denies %q", denied)
	}
}

// A ban, its end and the ban again, faster than the bot can follow, end as the list
// does; and so do a moderator's commands.
func TestFastChangesEndRight(t *testing.T) {
	f := newFixture(t, 2)
	user, other := f.member("here-and-there"), f.member("other")
	f.start()
	f.hear("Hello")
	f.proxy.Times(2, faults.Ban, faults.Lose)
	f.proxy.Times(2, faults.Unban, faults.LimitedByHeader(1))
	for range 4 {
		f.rule(f.list, "user", "1", string(user.UserID))
		f.rule(f.list, "user", "1", "")
		f.say("!forseti ban " + string(other.UserID) + " spam")
		f.say("!forseti unban " + string(other.UserID))
	}
	f.rule(f.list, "user", "1", string(user.UserID))
	f.say("!forseti ban " + string(other.UserID) + " spam")
	f.settle()
	// Whom an unban between two bans has let go is not there to be banned: they may
	// try to come back.
	for _, u := range []*mautrix.Client{user, other} {
		for _, room := range f.rooms {
			if _, err := u.JoinRoomByID(t.Context(), room); err != nil && !errors.Is(err, mautrix.MForbidden) {
				t.Fatal(err)
			}
		}
		f.banned(u.UserID)
	}
	f.rule(f.list, "user", "1", "")
	f.say("!forseti unban " + string(other.UserID))
	f.settle()
	f.freed(user.UserID)
	f.freed(other.UserID)
}

// The bot works in rooms of every version that the homeserver makes. Rules are
// redacted in the form of each, and a creator whom nobody can ban is told of once.
func TestRoomVersions(t *testing.T) {
	f := newFixture(t, 0)
	capabilities, err := f.mod.Capabilities(t.Context())
	f.must(err)
	var versions []id.RoomVersion
	for _, v := range []id.RoomVersion{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"} {
		if _, ok := capabilities.RoomVersions.Available[string(v)]; ok {
			versions = append(versions, v)
		}
	}
	if len(versions) < 10 {
		t.Logf("the homeserver makes no others than %v", versions)
	}
	make := func(v id.RoomVersion, kind string) id.RoomID {
		req := &mautrix.ReqCreateRoom{Name: kind + " of version " + string(v), Preset: "public_chat", RoomVersion: v}
		if kind == "list" {
			req.CreationContent = map[string]any{"type": "m.policy"}
		}
		created, err := f.mod.CreateRoom(t.Context(), req)
		f.must(err)
		f.level(created.RoomID, f.bot.UserID, 90)
		f.join(created.RoomID, f.bot)
		return created.RoomID
	}
	var links []string
	lists := map[id.RoomVersion]id.RoomID{}
	for _, v := range versions {
		f.rooms = append(f.rooms, make(v, "room"))
		if v == "1" || v == "10" || v == "11" || v == "12" {
			lists[v] = make(v, "list")
			links = append(links, lists[v].URI().MatrixToURL())
		}
	}
	f.must(f.bot.SetAccountData(t.Context(), typeProtected, map[string]any{"rooms": f.rooms}))
	f.must(f.bot.SetAccountData(t.Context(), typeWatched, map[string]any{"references": links}))
	f.start()
	f.hear("Hello")
	for v, list := range lists {
		spammer := f.member("spammer")
		rule := f.rule(list, "user", "1", string(spammer.UserID))
		f.banned(spammer.UserID)
		_, err := f.mod.RedactEvent(t.Context(), list, rule)
		f.must(err)
		f.eventually("free everywhere, by a redaction of version "+string(v), f.everywhere(spammer.UserID, event.MembershipLeave))
	}
}

// Nobody can ban a creator of a room of version 12, and nobody gets tired of
// being told so.
func TestCreatorIsSpared(t *testing.T) {
	f := newFixture(t, 1)
	capabilities, err := f.mod.Capabilities(t.Context())
	f.must(err)
	if _, ok := capabilities.RoomVersions.Available["12"]; !ok {
		t.Skip("the homeserver makes no rooms of version 12")
	}
	creator := f.server.Client(t, "creator")
	created, err := creator.CreateRoom(t.Context(), &mautrix.ReqCreateRoom{Name: "theirs", Preset: "public_chat", RoomVersion: "12"})
	f.must(err)
	theirs := created.RoomID
	f.levelBy(creator, theirs, f.bot.UserID, 100)
	f.join(theirs, f.bot)
	f.join(theirs, f.mod)
	f.must(f.bot.SetAccountData(t.Context(), typeProtected, map[string]any{"rooms": append(f.rooms, theirs)}))
	f.join(f.rooms[0], creator)
	f.rule(f.list, "user", "1", string(creator.UserID))
	f.start()
	f.eventually("ban where it may", func() bool { return f.membership(f.rooms[0], creator.UserID) == event.MembershipBan })
	f.hear("theirs", "creator of the room")
	f.settle()
	f.restart()
	f.settle()
	if n := f.times("creator of the room"); n != 1 {
		t.Errorf("told %d times", n)
	}
	if tries := f.proxy.Requests(faults.In(string(theirs), faults.Ban)); len(tries) > 0 {
		t.Errorf("%d tries of what cannot be", len(tries))
	}
}
