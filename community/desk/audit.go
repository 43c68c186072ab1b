package desk

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/acl"
	"forseti/action"
	"forseti/commands"
	"forseti/enforce"
	"forseti/rooms"
	"forseti/wire"
)

// RoomReader reads what of a room is not followed.
type RoomReader interface {
	Content(ctx context.Context, room id.RoomID, kind string) (json.RawMessage, error)
	Listed(ctx context.Context, room id.RoomID) (bool, error)
}

// Audits is the desk for how rooms are set up.
type Audits struct {
	World   World
	Reader  RoomReader
	Explain Explain
	History History
}

var _ commands.AuditDesk = Audits{}

// Audit looks at one protected room.
func (d Audits) Audit(ctx context.Context, room id.RoomID) (a commands.RoomAudit, err error) {
	known := false
	d.World.See(func(w *enforce.World) {
		r := w.Room(room)
		if known = r != nil; !known {
			return
		}
		if r.Version() == "" { // nothing of it is known yet, and to whom nothing is known everybody may do all
			a.Unread = "I have not read it yet"
		}
		a.JoinRule, a.Encrypted = r.JoinRule(), r.Encrypted()
		by, _, _ := r.SetBy("m.room.join_rules")
		a.DoorByUs = by == w.Self()
		content, _, _ := r.ACL()
		a.ACL, a.Literals = content != nil, acl.AllowsIPLiterals(content)
		a.By, a.Replaced = r.Tombstone()
		a.Anybody = anybody(r)
		a.Admins = holders(w, r, nil, rooms.PowerLevels)
		a.Rulers = holders(w, r, a.Admins, rooms.PowerBan, rooms.PowerKick, rooms.PowerACL, rooms.PowerState("m.room.join_rules"), rooms.PowerState("m.room.history_visibility"))
	})
	if !known {
		return a, refuse("I do not look after that room")
	}
	text := func(kind, key string) string {
		content, failed := d.Reader.Content(ctx, room, kind)
		if failed != nil && a.Unread == "" {
			a.Unread = "I could not read all of it: " + d.Explain(action.FailureOf(failed))
		}
		return wire.Read(content).Text(key)
	}
	a.Guests = text("m.room.guest_access", "guest_access") == string(event.GuestAccessCanJoin)
	a.History = event.HistoryVisibility(text("m.room.history_visibility", "history_visibility"))
	if a.Listed, err = d.Reader.Listed(ctx, room); err != nil && a.Unread == "" {
		a.Unread = "I could not read whether it is in the directory: " + d.Explain(action.FailureOf(err))
	}
	return a, ctx.Err()
}

// ACL is the server ACL of a protected room.
func (d Audits) ACL(_ context.Context, room id.RoomID) (a commands.ServerACL, err error) {
	err = refuse("I do not look after that room")
	d.World.See(func(w *enforce.World) {
		if r := w.Room(room); r != nil {
			content, by, _ := r.ACL()
			said := acl.Parse(content)
			a, err = commands.ServerACL{Present: said.Present, Allow: said.Allow, Deny: said.Deny, Literals: said.AllowIPLiterals, By: by}, nil
		}
	})
	return a, err
}

// anybody is what whoever comes may do in a room, of what only moderators should.
func anybody(r *rooms.Room) (words []string) {
	for _, p := range []struct {
		power rooms.Power
		words string
	}{
		{rooms.PowerLevels, "change who may do what"},
		{rooms.PowerState("m.room.tombstone"), "close the room by an upgrade"},
		{rooms.PowerACL, "shut out servers"},
		{rooms.PowerState("m.room.join_rules"), "change who may join"},
		{rooms.PowerState("m.room.history_visibility"), "change who may read the history"},
		{rooms.PowerBan, "ban"},
		{rooms.PowerKick, "remove members"},
		{rooms.PowerRedact, "remove messages of others"},
		{rooms.PowerState("m.room.name"), "change the room's name"},
	} {
		if _, all := r.Holders(p.power); all {
			words = append(words, p.words)
		}
	}
	return words
}

// holders are who has any of some powers in a room by a rank of their own, besides us and others.
func holders(w *enforce.World, r *rooms.Room, besides []commands.Admin, powers ...rooms.Power) (all []commands.Admin) {
	known := map[id.UserID]bool{w.Self(): true}
	for _, of := range besides {
		known[of.User] = true
	}
	for _, power := range powers {
		named, _ := r.Holders(power)
		for _, u := range named {
			if known[u] {
				continue
			}
			known[u] = true
			m, _ := r.Member(u)
			all = append(all, commands.Admin{User: u, Present: m.Membership == event.MembershipJoin, Ours: w.Moderator(u)})
		}
	}
	slices.SortFunc(all, func(a, b commands.Admin) int { return strings.Compare(string(a.User), string(b.User)) })
	return all
}
