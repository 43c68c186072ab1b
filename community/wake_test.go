package community

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/action"
	"forseti/enforce"
	"forseti/protections/kit"
	"forseti/rooms"
	"forseti/sanction"
)

// spam is what is found against somebody who is banned for it.
func (c *Community) spam(u id.UserID, weight kit.Weight, evt id.EventID) kit.Finding {
	return kit.Finding{
		Room: benchRoom, User: u, Offence: evt, Events: []id.EventID{evt}, Weight: weight, Points: weight.Weight(), Protection: "flooding", Reason: "spam", Why: "sent spam",
	}
}

// Invitations that a spammer sent and that wait are taken back, nobody else's are, and who
// accepted theirs stays.
func TestInvitationsOfSpammers(t *testing.T) {
	c := governed(t, allPower)
	invite := func(by, whom id.UserID) {
		c.happens(by, "m.room.member", string(whom), `{"membership":"invite"}`)
	}
	c.happens("@s:hs", "m.room.member", "@s:hs", `{"membership":"join"}`)
	invite("@s:hs", "@first:hs")
	invite("@s:hs", "@came:hs")
	invite("@s:hs", "@again:hs")
	invite("@u:hs", "@again:hs")
	invite("@u:hs", "@other:hs")
	c.happens("@came:hs", "m.room.member", "@came:hs", `{"membership":"join"}`)
	// After a restart it is found in the rooms.
	c.protectors.follows.invited = invitations{by: map[id.UserID]map[kit.Place]bool{}}
	c.protectors.follows.invited.load(c.world)

	for who, want := range map[id.UserID][]id.UserID{"@s:hs": {"@first:hs"}, "@u:hs": {"@again:hs", "@other:hs"}, "@came:hs": nil} {
		var got []id.UserID
		for _, trace := range c.protectors.follows.invited.sent(func(u id.UserID) bool { return u == who }) {
			if got = append(got, trace.Invited); trace.User != who || trace.Room != benchRoom {
				t.Errorf("%+v", trace)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("invited by %s: %v", who, got)
		}
	}

	all := c.protectors.consequences([]kit.Finding{c.spam("@s:hs", kit.Attack, "$1")}, time.Unix(0, 0)).actions
	var back []id.UserID
	for _, a := range all {
		if a.Verb == action.Uninvite {
			back = append(back, a.User)
		}
	}
	if !slices.Equal(back, []id.UserID{"@first:hs"}) {
		t.Errorf("taken back: %v of %v", back, all)
	}
	// What comes behind is taken back as it comes.
	invite("@s:hs", "@late:hs")
	late := stateEvent(benchRoom, "m.room.member", "@late:hs", "@s:hs", "$late", json.RawMessage(`{"membership":"invite"}`))
	change := rooms.Change{Kind: rooms.Membership, User: "@late:hs", After: rooms.Member{Membership: event.MembershipInvite, Sender: "@s:hs"}}
	if got := verbsOf(c.protectors.changed(late, change, nil, time.Unix(1, 0), false).actions); !slices.Equal(got, []action.Verb{action.Uninvite}) {
		t.Errorf("what comes behind: %v", got)
	}
	change.After.Sender = "@u:hs"
	if got := c.protectors.changed(late, change, nil, time.Unix(1, 0), false).actions; len(got) != 0 {
		t.Errorf("somebody else's: %v", got)
	}
	for _, weight := range []kit.Weight{kit.Note, kit.Light, kit.Nuisance} {
		f := c.spam("@u:hs", weight, id.EventID(fmt.Sprint("$", weight)))
		f.Set = sanction.Consequence{Step: sanction.Ban}
		if got := verbsOf(c.protectors.consequences([]kit.Finding{f}, time.Unix(0, 0)).actions); slices.Contains(got, action.Uninvite) {
			t.Errorf("%s: %v", weight, got)
		}
	}
}

// A spammer's name goes if they came with it, or if it advertises; nobody else's does.
func TestProfilesOfSpammers(t *testing.T) {
	for name, tc := range map[string]struct {
		content string
		weight  kit.Weight
		after   time.Duration // of the join
		want    bool
	}{
		"a newcomer":                 {`{"membership":"join","displayname":"Bob"}`, kit.Spam, time.Hour, true},
		"here for long":              {`{"membership":"join","displayname":"Bob"}`, kit.Spam, 100 * time.Hour, false},
		"here for long, advertises":  {`{"membership":"join","displayname":"Win at HTTPS://evil.example"}`, kit.Spam, 100 * time.Hour, true},
		"here for long, a handle":    {`{"membership":"join","displayname":"write @evil_trader"}`, kit.Spam, 100 * time.Hour, true},
		"here for long, disguised":   {`{"membership":"join","displayname":"t․me/evil"}`, kit.Spam, 100 * time.Hour, true},
		"here for long, with a dot":  {`{"membership":"join","displayname":"J.R. Smith"}`, kit.Spam, 100 * time.Hour, false},
		"an attack that advertises":  {`{"membership":"join","displayname":"evil.shop"}`, kit.Attack, time.Hour, true},
		"a nuisance that advertises": {`{"membership":"join","displayname":"evil.shop"}`, kit.Nuisance, time.Hour, false},
		"an attack":                  {`{"membership":"join","displayname":"Bob"}`, kit.Attack, time.Hour, false},
		"gone":                       {`{"membership":"leave"}`, kit.Spam, time.Hour, false},
	} {
		c := governed(t, allPower)
		joined := time.Unix(1e9, 0)
		c.intake.apply(stateEvent(benchRoom, "m.room.member", "@s:hs", "@s:hs", "$profile", json.RawMessage(tc.content)), joined)
		all := c.protectors.consequences([]kit.Finding{c.spam("@s:hs", tc.weight, "$1")}, joined.Add(tc.after)).actions
		if got := slices.ContainsFunc(all, func(a action.Action) bool { return a.Verb == action.Redact && a.Event == "$profile" }); got != tc.want {
			t.Errorf("%s: %v", name, all)
		}
	}
}

// What is known of invitations is what the rooms say, whatever comes and goes.
func TestInvitationsAreThoseOfTheRooms(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := governed(t, allPower)
		users := []id.UserID{"@a:hs", "@b:hs", "@c:hs"}
		for n := range rapid.IntRange(1, 40).Draw(rt, "steps") {
			by, whom := rapid.SampledFrom(users).Draw(rt, "by"), rapid.SampledFrom(users).Draw(rt, "whom")
			m := rapid.SampledFrom([]string{"invite", "invite", "join", "leave", "ban"}).Draw(rt, "membership")
			c.happens(by, "m.room.member", string(whom), fmt.Sprintf(`{"membership":%q,"n":%d}`, m, n))
		}
		found := invitations{by: map[id.UserID]map[kit.Place]bool{}}
		found.load(c.world)
		known := c.protectors.follows.invited
		if known.n != found.n {
			rt.Fatalf("%d known, %d found", known.n, found.n)
		}
		for _, u := range users {
			if !slices.Equal(known.of(u), found.of(u)) {
				rt.Fatalf("of %s: %v, want %v", u, known.of(u), found.of(u))
			}
		}
	})
}

// shows sets what the room shows.
func (c *Community) shows(by id.UserID, kind event.Type, evt id.EventID, at time.Time) *event.Event {
	set := stateEvent(benchRoom, kind.Type, "", by, evt, json.RawMessage(`{"name":"x","topic":"x","url":"x"}`))
	c.intake.apply(set, at)
	return set
}

// givenBack names what is given back, and what is removed besides what was found.
func givenBack(all []action.Action) (names []string) {
	for _, a := range all {
		switch {
		case a.Verb == action.GiveBack:
			names = append(names, string(a.Of))
		case a.Verb == action.Redact && a.Of == action.ToState:
			names = append(names, string(a.Event))
		}
	}
	return names
}

// What a spammer made of a room today is given back, also if another had set it before or
// has since; nobody else's is, nor what they set long ago.
func TestWhatSpammersMadeOfRooms(t *testing.T) {
	now := time.Unix(1e9, 0)
	for name, tc := range map[string]struct {
		by     id.UserID
		kind   event.Type
		weight kit.Weight
		after  time.Duration
		want   []string
	}{
		"a name":            {"@s:hs", event.StateRoomName, kit.Spam, time.Hour, []string{"room name", "$set"}},
		"a topic":           {"@s:hs", event.StateTopic, kit.Attack, time.Hour, []string{"topic", "$set"}},
		"a picture":         {"@s:hs", event.StateRoomAvatar, kit.Spam, 0, []string{"room picture", "$set"}},
		"another spammer's": {"@other:hs", event.StateTopic, kit.Spam, time.Hour, []string{"topic"}},
		"what we gave back": {benchSelf, event.StateTopic, kit.Spam, time.Hour, []string{"topic"}},
		"somebody else's":   {"@u:hs", event.StateTopic, kit.Spam, time.Hour, nil},
		"of long ago":       {"@s:hs", event.StateTopic, kit.Spam, 100 * time.Hour, nil},
		"a nuisance":        {"@s:hs", event.StateTopic, kit.Nuisance, time.Hour, nil},
		"any other state":   {"@s:hs", event.StateHistoryVisibility, kit.Spam, time.Hour, nil},
	} {
		c := governed(t, allPower)
		c.shows(tc.by, tc.kind, "$set", now)
		at := now.Add(tc.after)
		c.protectors.consequences([]kit.Finding{c.spam("@other:hs", kit.Spam, "$0")}, at)
		c.shows(tc.by, tc.kind, "$set", now) // as it was before that
		f := c.spam("@s:hs", tc.weight, "$1")
		f.Set = sanction.Consequence{Step: sanction.Ban}
		all := c.protectors.consequences([]kit.Finding{f}, at).actions
		if got := givenBack(all); !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
		for _, a := range all {
			if a.Verb == action.GiveBack && (a.Room != benchRoom || a.User != "@s:hs" || !slices.Equal(a.With, []id.UserID{"@other:hs"}) || c.world.Guard(a) != nil) {
				t.Errorf("%s: %+v, %v", name, a, c.world.Guard(a))
			}
		}
	}
}

// It is known after a restart, comes behind a ban, and where it cannot be done, it is told.
func TestWhatSpammersMadeOfRoomsLater(t *testing.T) {
	now := time.Unix(1e9, 0)
	c := governed(t, allPower)
	set := c.shows("@s:hs", event.StateTopic, "$set", now)
	set.Timestamp = now.UnixMilli()
	row := stateRow(set)
	if kept(row.Type) != true {
		t.Fatal("not stored")
	}
	restored, ok := storedState(row)
	again := rooms.New(benchRoom)
	again.Restored([]*event.Event{restored}, now.Add(48*time.Hour))
	if by, evt, at := again.SetBy(row.Type); !ok || by != "@s:hs" || evt != "$set" || !at.Equal(now) {
		t.Errorf("after a restart: %s, %s, %s", by, evt, at)
	}
	again.Replace([]*event.Event{restored}, now.Add(72*time.Hour))
	if _, _, at := again.SetBy(row.Type); !at.Equal(now) {
		t.Errorf("read once more, it was set at %s", at)
	}

	c = governed(t, allPower)
	c.protectors.consequences([]kit.Finding{c.spam("@s:hs", kit.Spam, "$1")}, now)
	for _, a := range c.protectors.consequences([]kit.Finding{c.spam("@s:hs", kit.Spam, "$2")}, now).actions {
		c.protectors.set.Sought(a, c.spam("@s:hs", kit.Spam, "$2"), now)
	}
	late := c.shows("@s:hs", event.StateTopic, "$late", now.Add(time.Minute))
	if got := givenBack(c.protectors.changed(late, rooms.Change{Kind: rooms.Topic}, nil, now.Add(time.Minute), false).actions); !slices.Equal(got, []string{"topic", "$late"}) {
		t.Errorf("what comes behind: %v", got)
	}
	other := c.shows("@u:hs", event.StateTopic, "$other", now.Add(time.Minute))
	if got := givenBack(c.protectors.changed(other, rooms.Change{Kind: rooms.Topic}, nil, now.Add(time.Minute), false).actions); len(got) > 0 {
		t.Errorf("somebody else's: %v", got)
	}

	c = governed(t, `{"users":{"@forseti:hs":60},"state_default":70}`)
	c.shows("@s:hs", event.StateTopic, "$set", now)
	_, not := c.protectors.follows.wake(c.spam("@s:hs", kit.Spam, "$1"), c.protectors, now)
	if len(not) != 1 || not[0].Action.Verb != action.GiveBack || not[0].Why == "" {
		t.Errorf("without power: %+v", not)
	}
}

// By setting, whom we ban keeps neither name nor picture in the room, whatever for; whom
// somebody else bans does.
func TestHiddenProfiles(t *testing.T) {
	ban := func(by, who id.UserID, was rooms.Member) rooms.Change {
		return rooms.Change{Kind: rooms.Membership, User: who, Before: was, After: rooms.Member{Membership: event.MembershipBan, Sender: by}}
	}
	own := rooms.Member{Membership: event.MembershipJoin, Event: "$join", Sender: "@s:hs"}
	for name, tc := range map[string]struct {
		off    bool
		change rooms.Change
		want   bool
	}{
		"ours":              {false, ban(benchSelf, "@s:hs", own), true},
		"ours, off":         {true, ban(benchSelf, "@s:hs", own), false},
		"somebody else's":   {false, ban(benchOwner, "@s:hs", own), false},
		"of who was asked":  {false, ban(benchSelf, "@s:hs", rooms.Member{Membership: event.MembershipInvite, Event: "$invite", Sender: "@u:hs"}), false},
		"of a stranger":     {false, ban(benchSelf, "@s:hs", rooms.Member{}), false},
		"of who was banned": {false, ban(benchSelf, "@s:hs", rooms.Member{Membership: event.MembershipBan, Event: "$ban", Sender: benchOwner}), false},
	} {
		c := governed(t, allPower)
		c.world.Settings.HideProfiles = !tc.off
		rule := action.Cause{Kind: action.ByRule, List: "!l:hs", Rule: "$rule"}
		c.world.Bans.Set(benchRoom, "@s:hs", enforce.Ban{Cause: rule})
		got := c.protectors.hidden(benchRoom, tc.change).actions
		if (len(got) == 1) != tc.want || tc.want && (got[0].Verb != action.Redact || got[0].Event != "$join" || got[0].Cause != rule) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
