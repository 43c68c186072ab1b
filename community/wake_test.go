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
		"a newcomer":                {`{"membership":"join","displayname":"Bob"}`, kit.Spam, time.Hour, true},
		"here for long":             {`{"membership":"join","displayname":"Bob"}`, kit.Spam, 100 * time.Hour, false},
		"here for long, advertises": {`{"membership":"join","displayname":"Win at HTTPS://evil.example"}`, kit.Spam, 100 * time.Hour, true},
		"an attack":                 {`{"membership":"join","displayname":"Bob"}`, kit.Attack, time.Hour, false},
		"gone":                      {`{"membership":"leave"}`, kit.Spam, time.Hour, false},
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
