package enforce

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/acl"
	"forseti/policy"
	"forseti/rooms"
)

// A list does not make itself our own by what its levels say: exemptions of somebody
// else's would be followed unasked.
func TestOwn(t *testing.T) {
	const moderator, stranger = id.UserID("@mod:x"), id.UserID("@stranger:else.example")
	both := map[id.UserID]int{self: 50, moderator: 100}
	for name, c := range map[string]struct {
		maker  id.UserID
		create map[string]any
		levels map[string]any // nil for no such event
		want   bool
	}{
		"made by us":                          {maker: self, levels: map[string]any{"users": map[id.UserID]int{self: 100, stranger: 50}}, want: true},
		"made by a moderator":                 {maker: moderator, levels: map[string]any{"users": map[id.UserID]int{self: 50, stranger: 50}}, want: true},
		"made by a moderator, not for us":     {maker: moderator, levels: map[string]any{"users": map[id.UserID]int{moderator: 100}}},
		"handed over":                         {maker: stranger, levels: map[string]any{"users": both}, want: true},
		"no levels":                           {maker: stranger},
		"no users":                            {maker: stranger, levels: map[string]any{}},
		"anybody writes":                      {maker: stranger, levels: map[string]any{"users_default": 50, "users": both}},
		"anybody writes bans of users":        {maker: stranger, levels: map[string]any{"events": map[string]int{"m.policy.rule.user": 0}, "users": both}},
		"anybody writes another kind":         {maker: stranger, levels: map[string]any{"events": map[string]int{"m.policy.rule.server": 0}, "users": both}},
		"anybody writes an older type":        {maker: stranger, levels: map[string]any{"events": map[string]int{"org.matrix.mjolnir.rule.user": 0}, "users": both}},
		"anybody sets the levels":             {maker: stranger, levels: map[string]any{"events": map[string]int{"m.room.power_levels": 0}, "users": both}},
		"its owner let us write":              {maker: stranger, levels: map[string]any{"users": map[id.UserID]int{stranger: 100, self: 50}}},
		"its owner may write one kind":        {maker: stranger, levels: map[string]any{"events": map[string]int{"m.policy.rule.server": 10}, "users": map[id.UserID]int{stranger: 10, self: 50}}},
		"who sets levels can write":           {maker: stranger, levels: map[string]any{"state_default": 100, "events": map[string]int{"m.room.power_levels": 50}, "users": map[id.UserID]int{stranger: 50, self: 100}}},
		"a reader of it has a level":          {maker: stranger, levels: map[string]any{"users": map[id.UserID]int{stranger: 10, self: 50}}, want: true},
		"the empty name hides the default":    {maker: stranger, levels: map[string]any{"users_default": 50, "users": map[id.UserID]int{"": -100, self: 50}}},
		"it says a moderator made it":         {maker: stranger, create: map[string]any{"room_version": "10", "creator": moderator}, levels: map[string]any{"users_default": 50}},
		"its creator stands above levels":     {maker: stranger, create: map[string]any{"room_version": "12"}, levels: map[string]any{"users": both}},
		"it names a moderator as a creator":   {maker: stranger, create: map[string]any{"room_version": "12", "additional_creators": []id.UserID{moderator, self}}, levels: map[string]any{}},
		"a moderator's name in other letters": {maker: "@MOD:x", levels: map[string]any{"users": map[id.UserID]int{self: 50, "@MOD:x": 100}}},
	} {
		w := NewWorld(self, Settings{})
		w.SetModerator(moderator, true)
		list := rooms.New(testList)
		if c.create == nil {
			c.create = map[string]any{"room_version": "11"}
		}
		list.Apply(stateEvent("m.room.create", "", c.maker, c.create), time.Time{})
		if c.levels != nil {
			list.Apply(stateEvent("m.room.power_levels", "", c.maker, c.levels), time.Time{})
		}
		if got := Own(w, list); got != c.want {
			t.Errorf("%s: our own: %v, want %v", name, got, c.want)
		}
	}
	if Own(NewWorld(self, Settings{}), rooms.New(testList)) {
		t.Error("a list of which nothing is known is our own")
	}
}

// A list of our own is that also if its exemptions are not followed: what it bans is the last to
// fall out of a full ACL, and pushes nobody's rules out that it would have to ask for.
func TestOwnWithoutExemptions(t *testing.T) {
	w := NewWorld(self, Settings{})
	follow := func(list id.RoomID, of string, n int, at int64) (last policy.Rule) {
		for i := range n {
			evt := ruleEvent("server", fmt.Sprint(i), fmt.Sprintf("%s%05d.example.org", of, i), "m.ban")
			evt.Timestamp = at
			d, slots, _ := w.ApplyRule(list, evt)
			w.Follow(slots...)
			last = d.Added[0]
		}
		return last
	}
	w.SetExempting(testList, true)
	ban := follow(testList, "ours", 1, 1)
	follow(theirs, "theirs", 4000, 2)
	stays := func(when string, want bool) {
		t.Helper()
		w.ACLs.compile()
		got, err := w.ACLs.compiler.Compile(acl.Room{})
		if err != nil || !got.Full || slices.Contains(got.Managed, ban.Entity) != want || w.Book.crowds(ban) == want {
			t.Errorf("%s: what our list bans stays: %t, crowds: %t; %v", when, !want, w.Book.crowds(ban), err)
		}
	}
	stays("an own list", true)
	SetOwn(w, testList, true)
	w.SetExempting(testList, false)
	stays("its exemptions are off", true)
	SetOwn(w, testList, false)
	stays("somebody else's", false)
	SetOwn(w, testList, true)
	stays("our own again", true)
}
