package protections

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/protections/kit"
	"forseti/text"
	"forseti/wire"
)

func changes() kit.Kind {
	c := &Changes{
		fresh: kit.Duration("fresh", 7*24*time.Hour, time.Hour, 365*24*time.Hour, "For how long somebody counts as none of the room's moderators who was given the rank by one of the room, and not by you.").Stricter(kit.More),
	}
	return kit.Kind{
		Name:    "changes",
		Summary: "Tells of changes that open a room, hand it over or spoil it, by somebody who was never a moderator there.",
		Details: "That are changes of who may do what, of the join rule, of who may read the history and whether guests may join, upgrades to another room, server ACLs, policy servers, image packs, widgets, and what a space shows. " +
			"They are told with what was and what is, and nothing else follows, whatever `consequence` says: they can be taken back, and so can a hasty judgement not. " +
			"Moderators are those in your management room, and who may kick or ban in the room and has had that rank for longer than `fresh`, or since before I looked. " +
			"So one hears of rooms where everybody may change everything, and of somebody who was given rank yesterday and uses it today.",
		Tells:   true,
		Options: []kit.Option{c.fresh},
		New: func(g *kit.Given) kit.Protection {
			made := *c
			made.ranked = kit.NewTable[kit.Place, struct{}](g)
			return &made
		},
	}
}

// Changes finds unsafe changes of a room by strangers to its moderation.
type Changes struct {
	fresh kit.Typed[time.Duration]

	ranked *kit.Table[kit.Place, struct{}] // who was given rank of late
}

// watched says what a kind of state is about, in the words of moderators; "" of one that
// changes nothing for others.
func watched(kind string) string {
	switch kind {
	case "m.room.power_levels":
		return "who may do what"
	case "m.room.join_rules":
		return "the join rule"
	case "m.room.history_visibility":
		return "who may read the history"
	case "m.room.guest_access":
		return "whether guests may join"
	case "m.room.tombstone":
		return "the room itself, for another"
	case "m.room.server_acl":
		return "the server ACL"
	case "m.room.encryption":
		return "the encryption"
	case "m.room.policy", "org.matrix.msc4284.policy":
		return "the policy server"
	case "m.room.image_pack", "im.ponies.room_emotes":
		return "an image pack"
	case "m.widget", "im.vector.modular.widgets":
		return "a widget"
	case "m.space.child":
		return "what the space shows"
	default:
		return ""
	}
}

// Check looks at a change of state.
func (c *Changes) Check(in kit.Signal, room kit.View) []kit.Finding {
	if in.What != kit.Changed || in.Event.StateKey == nil {
		return nil
	}
	kind := in.Event.Type.Type
	what := watched(kind)
	if what == "" || bytes.Equal(in.Before, in.After) {
		return nil
	}
	who := kit.Place{Room: in.Room, User: in.Sender}
	established := c.ranked.Find(who, in.Arrived) == nil && (room.Moderates(in.Sender) || kind == event.StatePowerLevels.Type && moderated(in.Before, in.Sender))
	if kind == event.StatePowerLevels.Type {
		c.note(in, room)
	}
	if established {
		return nil
	}
	why := "somebody who never moderated there changed " + what
	if how := described(kind, in.Before, in.After); how != "" {
		why += " (" + how + ")"
	}
	return []kit.Finding{{Alert: true, Users: []id.UserID{in.Sender}, Offence: in.Event.ID, Why: why}}
}

// note remembers whom a change of levels has given the rank of a moderator.
func (c *Changes) note(in kit.Signal, room kit.View) {
	const most = 100
	n := 0
	wire.Each(in.After, func(name, value []byte) {
		if string(name) != "users" {
			return
		}
		wire.Each(value, func(user, _ []byte) {
			u := id.UserID(user)
			if n++; n <= most && room.Moderates(u) && !moderated(in.Before, u) {
				c.ranked.Keep(kit.Place{Room: in.Room, User: u}, in.Arrived, c.fresh.In(room))
			}
		})
	})
}

// moderated tells whether somebody might kick or ban by earlier levels, and had rank.
func moderated(levels json.RawMessage, u id.UserID) bool {
	const usual = 50
	said := wire.Read(levels)
	if levels == nil {
		return true // it is not known
	}
	level := func(o wire.Object, name string, otherwise int64) int64 {
		if n, ok := o.Integer(name); ok {
			return n
		}
		return otherwise
	}
	everybody := level(said, "users_default", 0)
	theirs := level(said.Object("users"), string(u), everybody)
	return theirs > everybody && theirs >= min(level(said, "ban", usual), level(said, "kick", usual))
}

// described says what was and what is, of what can be said in short.
func described(kind string, before, after json.RawMessage) string {
	field := map[string]string{
		"m.room.join_rules": "join_rule", "m.room.history_visibility": "history_visibility", "m.room.guest_access": "guest_access", "m.room.tombstone": "replacement_room",
	}[kind]
	switch {
	case field != "":
		return fromTo("", wire.Fields(before)[field], wire.Fields(after)[field])
	case kind == event.StatePowerLevels.Type:
		return levelsChanged(before, after)
	default:
		return ""
	}
}

// levelsChanged names the levels that are not what they were.
func levelsChanged(before, after json.RawMessage) string {
	const most = 5
	var all []string
	then, now := flat(before), flat(after)
	names := map[string]bool{}
	for _, levels := range []map[string]json.RawMessage{then, now} {
		for name := range levels {
			names[name] = true
		}
	}
	more := 0
	for _, name := range slices.Sorted(maps.Keys(names)) {
		switch {
		case bytes.Equal(then[name], now[name]):
		case len(all) < most:
			all = append(all, fromTo(kit.Quote(name)+" ", then[name], now[name]))
		default:
			more++
		}
	}
	if more > 0 {
		all = append(all, fmt.Sprintf("%d more", more))
	}
	return text.And(all)
}

// flat is the levels by name, those of users and events too.
func flat(levels json.RawMessage) map[string]json.RawMessage {
	all := map[string]json.RawMessage{}
	for name, value := range wire.Fields(levels) {
		if strings.HasPrefix(strings.TrimSpace(string(value)), "{") {
			maps.Copy(all, wire.Fields(value))
			continue
		}
		all[name] = value
	}
	return all
}

func fromTo(name string, before, after json.RawMessage) string {
	said := func(raw json.RawMessage) string {
		if len(raw) == 0 {
			return "nothing"
		}
		return kit.Quote(strings.Trim(string(raw), `"`))
	}
	return fmt.Sprintf("%sfrom %s to %s", name, said(before), said(after))
}
