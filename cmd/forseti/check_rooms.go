package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/policy"
	"forseti/rooms"
	"forseti/text"
)

// room reads a room's state; nil if it cannot.
func (k *checkup) room(ctx context.Context, what string, room id.RoomID) (*rooms.Room, []*event.Event) {
	state, err := k.session.State(ctx, room)
	if err != nil {
		f := action.FailureOf(err)
		if f.Kind == action.Forbidden || f.Kind == action.Gone {
			k.mend("%s %s cannot be read: invite %s there", what, room, k.session.User())
		} else {
			k.mend("%s %s cannot be read now: %s", what, room, plain(err))
		}
		return nil, nil
	}
	r := view(room, state)
	if m, _ := r.Member(k.session.User()); m.Membership != event.MembershipJoin {
		k.mend("%s %s: the bot is not in it. Invite %s there", what, nameOf(r), k.session.User())
		return nil, nil
	}
	return r, state
}

func view(room id.RoomID, state []*event.Event) *rooms.Room {
	r := rooms.New(room)
	r.Replace(state, time.Now())
	return r
}

// nameOf is what strangers call a room, fit for a terminal.
func nameOf(r *rooms.Room) string {
	name := strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || c >= 0x80 && c < 0xa0 || c >= 0x202a && c <= 0x202e || c >= 0x2066 && c <= 0x2069 {
			return -1
		}
		return c
	}, r.Name())
	if name == string(r.ID()) {
		return name
	}
	return fmt.Sprintf("%q (%s)", name, r.ID())
}

func (k *checkup) management(ctx context.Context, room id.RoomID) {
	r, _ := k.room(ctx, "management room", room)
	if r == nil {
		return
	}
	k.good("management room %s, %s", nameOf(r), text.Count(r.Count(event.MembershipJoin), "member"))
	if r.Count(event.MembershipJoin) == 1 {
		k.step("join the management room", "nobody but the bot is in the management room: accept its invitation, or be invited")
	}
	if refusal := r.CanSend(k.session.User(), "m.room.message"); !refusal.OK() {
		k.mend("management room %s: the bot %s", nameOf(r), refusal)
	}
	if r.JoinRule() == event.JoinRulePublic {
		k.mend("management room %s is public: everybody who joins commands the bot. Make it invite-only", nameOf(r))
	}
	switch {
	case r.Encrypted() && !k.encrypts:
		k.mend("management room %s is encrypted, and encryption.key is not set: the bot cannot read what is said there", nameOf(r))
	case k.encrypts && !r.Encrypted():
		k.note("management room %s is not encrypted: the homeserver reads along. !forseti encrypt changes that", nameOf(r))
	}
}

func (k *checkup) protected(ctx context.Context) {
	var data struct {
		Rooms []id.RoomID `json:"rooms"`
	}
	if !k.accountData(ctx, typeProtectedRooms, &data) || len(data.Rooms) == 0 {
		k.step("protect a room", "no room is protected yet: write !forseti rooms add in the management room")
		return
	}
	for _, room := range data.Rooms {
		r, _ := k.room(ctx, "protected room", room)
		if r == nil {
			continue
		}
		lacks := r.Lacks(k.session.User())
		if len(lacks) == 0 {
			k.good("protected room %s, %s", nameOf(r), text.Count(r.Count(event.MembershipJoin), "member"))
			continue
		}
		var missing []string
		need := int64(0)
		for _, l := range lacks {
			missing, need = append(missing, l.Words), max(need, l.Need)
		}
		k.mend("protected room %s: the bot cannot %s. Give %s power level %d there", nameOf(r), text.And(missing), k.session.User(), need)
	}
}

func (k *checkup) lists(ctx context.Context) {
	var data struct {
		References []string `json:"references"`
	}
	if !k.accountData(ctx, typeWatchedLists, &data) || len(data.References) == 0 {
		k.step("make or watch a list", "no list is watched yet: write !forseti list create, or !forseti watch, in the management room")
		return
	}
	for _, reference := range data.References {
		uri, err := id.ParseMatrixURIOrMatrixToURL(reference)
		if err != nil || uri.RoomID() == "" {
			k.mend("watched list %q is no link to a room", reference)
			continue
		}
		r, state := k.room(ctx, "watched list", uri.RoomID())
		if r == nil {
			continue
		}
		rules := 0
		for _, evt := range state {
			if _, ok := policy.Parse(uri.RoomID(), evt); ok {
				rules++
			}
		}
		may := "read only"
		if r.CanSetState(k.session.User(), "m.policy.rule.user").OK() {
			may = "the bot may write to it"
		}
		k.good("watched list %s, %s, %s", nameOf(r), text.Count(rules, "rule"), may)
	}
}

func (k *checkup) accountData(ctx context.Context, kind string, into any) bool {
	raw, err := k.session.AccountData(ctx, kind)
	if err != nil {
		k.mend("the account's %s cannot be read: %s", kind, plain(err))
		return false
	}
	if raw == nil {
		return false
	}
	if err := json.Unmarshal(raw, into); err != nil {
		k.mend("the account's %s is malformed", kind)
		return false
	}
	return true
}
