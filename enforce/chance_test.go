package enforce

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/policy"
)

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
			if !slices.Contains(w.ACLs.Hashes(), hash) {
				t.Errorf("the hash of %s is not in use, and a rule has it", server)
			}
		}
		return nil
	case 15:
		if rapid.Bool().Draw(t, "set aside") {
			return SetAside(w, list, policy.Aside{Users: rapid.Bool().Draw(t, "users aside"), Servers: rapid.Bool().Draw(t, "servers aside")})
		}
		if rapid.Bool().Draw(t, "set reviewed") {
			return w.Follow(SetReviewed(w, list, rapid.Bool().Draw(t, "reviewed"))...)
		}
		SetOwn(w, list, rapid.Bool().Draw(t, "own"))
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
	case 17:
		if w.Settings.RecentLeavers == 0 { // else time would have to pass for the plans too
			ForgetLeavers(w, room, now.Add(2*keptLeavers))
		}
		return nil
	default:
		acl := map[string]any{"allow": []string{"*"}, "deny": []string{rapid.SampledFrom(servers[:3]).Draw(t, "hand-made")}}
		_, keys := w.Apply(room, stateEvent("m.room.server_acl", "", "@founder:other.example", acl), now)
		return keys
	}
}

// settle takes in an event of a list, and has what it changes followed or not.
func settle(t *rapid.T, w *World, list id.RoomID, evt *event.Event) []Key {
	_, slots, keys := w.ApplyRule(list, evt)
	if w.Book.Reviewed(list) && rapid.Bool().Draw(t, "let go") {
		_, waits := Review(w, slots)
		keys = append(keys, LetGo(w, waits)...)
	}
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

// draw makes an event of a list that changes something or not.
func drawRule(t *rapid.T) *event.Event {
	recommendation := rapid.SampledFrom([]string{"m.ban", "m.takedown", "fi.mau.meowlnir.unban", "odd"}).Draw(t, "new recommendation")
	key := rapid.SampledFrom([]string{"0", "1", "2", "3"}).Draw(t, "new key")
	if rapid.Bool().Draw(t, "about a server") {
		return ruleEvent("server", key, rapid.SampledFrom([]string{"evil.example", "*.example", "other.example", "*", "*.*", ""}).Draw(t, "new server"), recommendation)
	}
	return ruleEvent("user", key, rapid.SampledFrom([]string{"@spam*", "@*:evil.example", "@bob:other.example", "*", "@spam1:evil.example", ""}).Draw(t, "new entity"), recommendation)
}

func newWorld(t *rapid.T) *World {
	w := NewWorld(self, Settings{
		ServerMembers: rapid.Bool().Draw(t, "server members"),
		RecentLeavers: rapid.SampledFrom([]time.Duration{0, time.Hour}).Draw(t, "recent leavers"),
		Limits:        Limits{Members: 10, Percent: 10},
	})
	w.backlog.few = rapid.SampledFrom([]int{0, 3, mostWeighed}).Draw(t, "members looked at at once")
	newRoom(w, "!a:x")
	newRoom(w, "!b:x")
	w.SetExempting(testList, true)
	return w
}

// lived is a world to which some things happened, of which some were carried out.
func lived(t *rapid.T, most int) *World {
	w := newWorld(t)
	for range rapid.IntRange(1, most).Draw(t, "steps") {
		chance(t, w)
		if rapid.IntRange(0, 3).Draw(t, "work") == 0 {
			carry(w, w.Keys())
		}
	}
	return w
}
