package enforce

import (
	"slices"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/rooms"
)

func TestBansFollowTheRoom(t *testing.T) {
	rule := Ban{Event: "$1", Cause: action.Cause{Kind: action.ByRule, Rule: "$rule"}}
	asked := Ban{Event: "$1", Cause: action.Cause{Kind: action.ByModerator}}
	banned := func(evt id.EventID, by id.UserID) rooms.Member {
		return rooms.Member{Membership: event.MembershipBan, Event: evt, Sender: by}
	}
	for name, tt := range map[string]struct {
		ban     Ban
		after   rooms.Member
		event   id.EventID // of the ban that is ours then; "" for none
		current bool       // it is a rule's, and the one that the room shows
	}{
		"its echo":            {Ban{Cause: rule.Cause}, banned("$1", self), "$1", true},
		"the later of two":    {rule, banned("$2", self), "$2", true},
		"before its echo":     {rule, banned("", self), "$1", true},
		"made anew by others": {rule, banned("$2", "@founder:other.example"), "", false},
		"lifted":              {rule, rooms.Member{Membership: event.MembershipLeave, Event: "$2", Sender: self}, "", false},
		"a moderator's":       {asked, banned("$1", self), "$1", false},
	} {
		b := newBans(self)
		b.Set("!a:x", "@spam:x", tt.ban)
		b.moved("!b:x", "@spam:x", rooms.Member{})
		b.moved("!a:x", "@spam:x", tt.after)
		if ours, ok := b.Of("!a:x", "@spam:x"); ours.Event != tt.event || ok != (tt.event != "") {
			t.Errorf("%s: ours is %+v (%v)", name, ours, ok)
		}
		if _, current := b.current("!a:x", "@spam:x", tt.after); current != tt.current {
			t.Errorf("%s: current %v", name, current)
		}
	}
	b := newBans(self)
	b.Set("!a:x", "@spam:x", rule)
	if _, current := b.current("!a:x", "@spam:x", banned("$other", self)); current {
		t.Error("a ban that is not the one in the journal is taken for it")
	}
	if _, current := b.current("!a:x", "@spam:x", banned("$1", "@founder:other.example")); current {
		t.Error("somebody else's ban is taken for ours")
	}
}

func TestBansByRules(t *testing.T) {
	b := newBans(self)
	b.Set("!a:x", "@spam:x", Ban{Cause: action.Cause{Kind: action.ByRule}})
	b.Set("!b:x", "@spam:x", Ban{Cause: action.Cause{Kind: action.ByModerator}})
	b.Set("!a:x", "@rude:x", Ban{Cause: action.Cause{Kind: action.ByProtection}})
	for u := range b.byRules {
		if u != "@spam:x" {
			t.Errorf("%s is banned by a rule", u)
		}
	}
	a, other := rooms.New("!a:x"), rooms.New("!b:x")
	if !b.hold("@spam:x", []*rooms.Room{other, a}) || b.hold("@spam:x", []*rooms.Room{other}) || b.hold("@rude:x", []*rooms.Room{a}) {
		t.Error("holds the wrong ones")
	}
}

// What rules made is told in order, and nothing else.
func TestMadeByRules(t *testing.T) {
	b := newBans("@bot:hs")
	b.Set("!b", "@x:hs", Ban{Event: "$1", Cause: action.Cause{Kind: action.ByRule}})
	b.Set("!a", "@y:hs", Ban{Cause: action.Cause{Kind: action.ByRule}})
	b.Set("!a", "@x:hs", Ban{Event: "$2", Cause: action.Cause{Kind: action.ByRule}})
	b.Set("!a", "@z:hs", Ban{Cause: action.Cause{Kind: action.ByModerator}})
	if got := b.ByRules(); !slices.Equal(got, []Made{{"!a", "@x:hs", "$2"}, {"!a", "@y:hs", ""}, {"!b", "@x:hs", "$1"}}) {
		t.Errorf("got %+v", got)
	}
}
