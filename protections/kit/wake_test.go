package kit_test

import (
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
)

// mutes has a user be muted for what is found next.
func mutes(b *kittest.Bench, weight kit.Weight, ends time.Time) action.Action {
	f := b.Say(user, "buy")[0]
	f.Weight = weight
	a := action.Action{Verb: action.Mute, Room: f.Room, User: f.User, Cause: f.Cause(), Expires: ends}
	b.Set.Sought(a, f, b.Now)
	return a
}

// What comes behind a mute for spam goes, until it is lifted or over, and a name that they
// give themselves as well; who is muted for less may have had something to say besides.
func TestWhatComesBehindAMute(t *testing.T) {
	trails := func(found []kit.Finding) bool { return len(found) > 0 && found[0].Trailing }
	silent := map[id.UserID]int{kittest.Self: 100, kittest.Owner: 100, user: -1}
	spoken := map[id.UserID]int{kittest.Self: 100, kittest.Owner: 100}
	for name, tc := range map[string]struct {
		weight kit.Weight
		fate   action.Fate
		lasts  time.Duration
		then   func(b *kittest.Bench)
		want   bool
	}{
		"spam":                       {kit.Spam, action.Done, time.Hour, nil, true},
		"an attack":                  {kit.Attack, action.Done, time.Hour, nil, true},
		"a nuisance":                 {kit.Nuisance, action.Done, time.Hour, nil, false},
		"muted already":              {kit.Spam, action.Dropped, time.Hour, nil, true},
		"refused":                    {kit.Spam, action.Refused, time.Hour, nil, false},
		"a dry run":                  {kit.Spam, action.Would, time.Hour, nil, false},
		"under way":                  {kit.Spam, "", time.Hour, nil, true},
		"its levels come":            {kit.Spam, action.Done, time.Hour, func(b *kittest.Bench) { b.Levels(silent); b.Set.Heard(b.Room) }, true},
		"lifted":                     {kit.Spam, action.Done, time.Hour, func(b *kittest.Bench) { b.Levels(silent); b.Set.Heard(b.Room); b.Levels(spoken); b.Set.Heard(b.Room) }, false},
		"long over":                  {kit.Spam, action.Done, time.Hour, func(b *kittest.Bench) { b.Pass(kit.Trailing) }, false},
		"over, for it was not long":  {kit.Spam, action.Done, time.Minute, func(b *kittest.Bench) { b.Pass(time.Minute) }, false},
		"not over, though it is not": {kit.Spam, action.Done, time.Minute, func(b *kittest.Bench) { b.Pass(time.Minute - 1) }, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := &sees{check: everything}
			b := kittest.New(t, s.kind("sees"), nil)
			b.Join(user)
			mute := mutes(b, tc.weight, b.Now.Add(tc.lasts))
			if tc.fate != "" {
				b.End(mute, tc.fate)
			}
			if tc.then != nil {
				tc.then(b)
			}
			if got := trails(b.Say(user, "more")); got != tc.want {
				t.Errorf("what they say goes: %v", got)
			}
			named := map[string]any{"membership": "join", "displayname": "buy at evil.example"}
			if got := trails(b.State(user, "m.room.member", string(user), named)); got != tc.want {
				t.Errorf("the name that they give themselves goes: %v", got)
			}
			if trails(b.Member(user, user, event.MembershipLeave)) || trails(b.Member(kittest.Owner, "@v:hs", event.MembershipInvite)) {
				t.Error("what says nothing goes")
			}
		})
	}
}
