package enforce

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
)

const (
	self     = id.UserID("@forseti:own.example")
	theirs   = id.RoomID("!theirs:list.example")
	testList = id.RoomID("!list:own.example")
)

var now = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// serial makes event IDs that never repeat, as on a real server.
var serial int

func stateEvent(kind, key string, sender id.UserID, content any) *event.Event {
	serial++
	raw, err := json.Marshal(content)
	if err != nil {
		panic(err)
	}
	evt := &event.Event{
		ID: id.EventID(fmt.Sprintf("$%d", serial)), Sender: sender, StateKey: &key,
		Type: event.Type{Type: kind, Class: event.StateEventType},
	}
	evt.Content.VeryRaw = raw
	_ = json.Unmarshal(raw, &evt.Content.Raw)
	return evt
}

func memberEvent(user, sender id.UserID, membership event.Membership) *event.Event {
	return stateEvent("m.room.member", string(user), sender, map[string]any{"membership": membership})
}

func levelsEvent(users map[id.UserID]int) *event.Event {
	return stateEvent("m.room.power_levels", "", "@founder:other.example", map[string]any{"users": users})
}

func ruleEvent(kind, key, entity, recommendation string) *event.Event {
	content := map[string]any{"entity": entity, "recommendation": recommendation, "reason": "spam"}
	if entity == "" {
		content = map[string]any{}
	}
	return stateEvent("m.policy.rule."+kind, key, "@author:list.example", content)
}

// newRoom is a protected room in which we have power 100.
func newRoom(w *World, room id.RoomID) []*event.Event {
	w.Protect(room)
	state := []*event.Event{
		stateEvent("m.room.create", "", "@founder:other.example", map[string]any{"room_version": "11"}),
		memberEvent("@founder:other.example", "@founder:other.example", event.MembershipJoin),
		memberEvent(self, self, event.MembershipJoin),
		levelsEvent(map[id.UserID]int{self: 100, "@founder:other.example": 100}),
	}
	w.Look(room, state, now)
	return state
}

// carryOut does to the world what a homeserver would do with a planned action.
func carryOut(w *World, p Plan) []Key {
	a := p.Action
	switch a.Verb {
	case action.Ban:
		w.Bans.Set(a.Room, a.User, Ban{Cause: a.Cause})
		_, keys := w.Apply(a.Room, memberEvent(a.User, self, event.MembershipBan), now)
		return keys
	case action.Unban:
		_, keys := w.Apply(a.Room, memberEvent(a.User, self, event.MembershipLeave), now)
		return keys
	case action.SetACL:
		w.ACLs.SetManaged(a.Room, p.Managed)
		var content map[string]any
		if err := json.Unmarshal(a.State.Content, &content); err != nil {
			panic(err)
		}
		_, keys := w.Apply(a.Room, stateEvent(a.State.Type.Type, a.State.Key, self, content), now)
		return keys
	default:
		panic(a.Verb)
	}
}

func describe(w *World, keys []Key) []string {
	seen := map[string]bool{}
	for _, k := range keys {
		p := w.Plan(k, now)
		if p.Action.Verb == "" {
			continue
		}
		text := fmt.Sprintf("%s %s %s", p.Action.Verb, p.Action.Room, p.Action.User)
		if p.Action.State != nil {
			text += string(p.Action.State.Content)
		}
		seen[text] = true
	}
	return slices.Sorted(maps.Keys(seen))
}

// carry carries out what is due, and returns the keys that remain: of what is
// blocked.
func carry(w *World, due []Key) []Key {
	var left []Key
	for _, k := range due {
		p := w.Plan(k, now)
		switch {
		case p.Wanted() && w.Guard(p.Action) == nil:
			left = append(left, carryOut(w, p)...)
		case p.Action.Verb != "":
			left = append(left, k)
		}
	}
	return left
}

// wanted gives whom the plan would ban, of those who are present, and whom it would
// free, in any room.
func wanted(w *World) (bans, unbans map[id.UserID]bool) {
	bans, unbans = map[id.UserID]bool{}, map[id.UserID]bool{}
	for _, k := range w.Keys() {
		p := w.Plan(k, now)
		if !p.Wanted() {
			continue
		}
		switch p.Action.Verb {
		case action.Ban:
			if w.Room(p.Action.Room).Present(p.Action.User) {
				bans[p.Action.User] = true
			}
		case action.Unban:
			unbans[p.Action.User] = true
		}
	}
	return bans, unbans
}

func acls(w *World) map[id.RoomID]string {
	found := map[id.RoomID]string{}
	for room := range w.Rooms() {
		if p := w.Plan(Key{Lane: action.ACLLane, Room: room}, now); p.Action.State != nil {
			found[room] = string(p.Action.State.Content)
		}
	}
	return found
}

// Keys are all keys of which something may be left to do: a full look.
func (w *World) Keys() []Key {
	var keys []Key
	for _, r := range w.Rooms() {
		keys = append(keys, w.plan.roomKeys(r)...)
	}
	return keys
}

func (w *World) RoomKeys(room id.RoomID) []Key {
	if r := w.Room(room); r != nil {
		return w.plan.roomKeys(r)
	}
	return nil
}
