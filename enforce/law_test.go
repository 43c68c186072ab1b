package enforce

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/action"
	"forseti/policy"
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

// chance draws one thing that happens to the world, and returns the keys that
// the world says are touched by it.
func chance(t *rapid.T, w *World) []Key {
	rooms := []id.RoomID{"!a:x", "!b:x"}
	users := []id.UserID{
		"@ann:own.example", "@spam1:evil.example", "@spam2:evil.example", "@Bob:other.example",
		"@mod:mods.example", "@founder:other.example", self, "@hidden:hidden.example",
	}
	entities := []string{
		"@spam*", "@*:evil.example", "@bob:other.example", "@ann:own.example", "@mod:mods.example", "*", "@*a*:*", "@spam1:evil.example",
	}
	servers := []string{"evil.example", "*.example", "other.example", "own.example", "mods.example", "nowhere.example"}
	room := rapid.SampledFrom(rooms).Draw(t, "room")
	user := rapid.SampledFrom(users).Draw(t, "user")
	list := rapid.SampledFrom([]id.RoomID{testList, theirs}).Draw(t, "list")
	switch rapid.IntRange(0, 17).Draw(t, "what") {
	case 0, 1, 2, 3:
		m := rapid.SampledFrom([]event.Membership{"join", "invite", "knock", "leave", "ban"}).Draw(t, "membership")
		sender := rapid.SampledFrom([]id.UserID{user, "@founder:other.example"}).Draw(t, "sender")
		_, keys := w.Apply(room, memberEvent(user, sender, m), now)
		return keys
	case 4, 5, 6:
		recommendation := rapid.SampledFrom([]string{"m.ban", "m.takedown", "fi.mau.meowlnir.unban", "org.matrix.mjolnir.allow", "odd"}).Draw(t, "recommendation")
		key := fmt.Sprint(rapid.IntRange(0, 3).Draw(t, "key"))
		entity := rapid.SampledFrom(append(entities, "")).Draw(t, "entity")
		return settle(t, w, list, ruleEvent("user", key, entity, recommendation))
	case 7, 8:
		recommendation := rapid.SampledFrom([]string{"m.ban", "fi.mau.meowlnir.unban", "org.matrix.mjolnir.allow"}).Draw(t, "recommendation")
		key := fmt.Sprint(rapid.IntRange(0, 3).Draw(t, "key"))
		entity := rapid.SampledFrom(append(servers, "")).Draw(t, "server")
		return settle(t, w, list, ruleEvent("server", key, entity, recommendation))
	case 9:
		level := rapid.SampledFrom([]int{0, 50, 100}).Draw(t, "level")
		_, keys := w.Apply(room, levelsEvent(map[id.UserID]int{self: 100, user: level}), now)
		return keys
	case 10:
		_, keys := w.DropRules(list)
		return keys
	case 11:
		return w.SetModerator("@mod:mods.example", rapid.Bool().Draw(t, "moderator"))
	case 12:
		return answer(t, w)
	case 13:
		kind := rapid.SampledFrom([]string{"user", "server"}).Draw(t, "kind")
		entity := map[string]string{"user": "@hidden:hidden.example", "server": "hidden.example"}[kind]
		hash := map[string]any{"sha256": base64.StdEncoding.EncodeToString([]byte(policy.HashOf(entity)))}
		return settle(t, w, list, stateEvent("m.policy.rule."+kind, fmt.Sprint(rapid.IntRange(0, 3).Draw(t, "key")), "@author:list.example",
			map[string]any{"hashes": hash, "recommendation": "m.ban"}))
	case 14:
		for hash, server := range w.ACLs.Unlearned() {
			w.ACLs.Learn(hash, server)
		}
		return nil
	case 15:
		_, keys := w.SetExempting(list, rapid.Bool().Draw(t, "may exempt"))
		return keys
	case 16:
		state := []*event.Event{
			stateEvent("m.room.create", "", "@founder:other.example", map[string]any{"room_version": "11"}),
			memberEvent(self, self, event.MembershipJoin),
			memberEvent(user, user, event.MembershipJoin),
			levelsEvent(map[id.UserID]int{self: 100}),
		}
		_, keys := w.Look(room, state, now)
		return keys
	default:
		acl := map[string]any{"allow": []string{"*"}, "deny": []string{rapid.SampledFrom(servers[:3]).Draw(t, "hand-made")}}
		_, keys := w.Apply(room, stateEvent("m.room.server_acl", "", "@founder:other.example", acl), now)
		return keys
	}
}

// settle takes in an event of a list, and has what it changes followed or not.
func settle(t *rapid.T, w *World, list id.RoomID, evt *event.Event) []Key {
	_, slots, keys := w.ApplyRule(list, evt)
	if rapid.IntRange(0, 3).Draw(t, "hold") > 0 {
		keys = append(keys, w.Follow(slots...)...)
	}
	return keys
}

// answer says yes or no to something that waits.
func answer(t *rapid.T, w *World) []Key {
	var waiting []Slot
	for h := range w.Book.Held("") {
		waiting = append(waiting, h.Slot)
	}
	if len(waiting) == 0 {
		return nil
	}
	slices.SortFunc(waiting, func(a, b Slot) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	s := rapid.SampledFrom(waiting).Draw(t, "slot")
	if rapid.Bool().Draw(t, "yes") {
		return w.Follow(s)
	}
	return w.Reject(s)
}

func newWorld(t *rapid.T) *World {
	w := NewWorld(self, Settings{
		ServerMembers: rapid.Bool().Draw(t, "server members"),
		RecentLeavers: rapid.SampledFrom([]time.Duration{0, time.Hour}).Draw(t, "recent leavers"),
		Limits:        Limits{Members: 10, Percent: 10},
	})
	newRoom(w, "!a:x")
	newRoom(w, "!b:x")
	w.SetExempting(testList, true)
	return w
}

// The first law: what events touch is all that can have changed. Keys that were
// left over, of work not done yet, and those just touched plan to the same as
// a look at everything.
func TestIncrementalPlanIsFullPlan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		due := w.Keys()
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			due = append(due, chance(t, w)...)
			if rapid.IntRange(0, 4).Draw(t, "work") == 0 {
				due = carry(w, due)
			}
			if got, want := describe(w, due), describe(w, w.Keys()); !slices.Equal(got, want) {
				t.Fatalf("incremental plan %v\nfull plan        %v", got, want)
			}
		}
	})
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

// The second law: a plan that has been carried out plans to nothing.
func TestCarriedOutPlanIsEmpty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			chance(t, w)
			if rapid.IntRange(0, 3).Draw(t, "work") == 0 {
				carry(w, w.Keys())
			}
		}
		carry(w, w.Keys())
		for _, k := range w.Keys() {
			p := w.Plan(k, now)
			if p.Wanted() {
				t.Fatalf("still wanted: %s %s %s", p.Action.Verb, p.Action.Room, p.Action.User)
			}
		}
	})
}

// What no plan may ever hold, whatever the lists say.
func TestPlansSpare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			chance(t, w)
			for _, k := range w.Keys() {
				p := w.Plan(k, now)
				if p.Action.Verb == action.Ban && (p.Action.User == self || w.Moderator(p.Action.User)) {
					t.Fatalf("plans to ban %s", p.Action.User)
				}
				if p.Wanted() {
					if err := w.Guard(p.Action); err != nil {
						t.Fatalf("the plan passes no guard: %v", err)
					}
				}
			}
		}
	})
}
