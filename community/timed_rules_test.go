package community_test

import (
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// A rule that a command wrote for a time ends by itself, also if that was while we were away;
// one that somebody else wrote so is theirs.
func TestRulesForATime(t *testing.T) {
	f := newFixture(t, 2)
	rude, away, theirs := f.member("rude"), f.member("away"), f.member("theirs")
	f.start()
	f.hear("Hello")
	until := func(u id.UserID, key string, at time.Time, ours bool) {
		content := map[string]any{"entity": u, "recommendation": "m.ban", "reason": "rude", "org.forseti.until": at.UnixMilli()}
		who := f.mod
		if ours {
			who = f.bot
		}
		_, err := who.SendStateEvent(t.Context(), f.list, event.Type{Type: "m.policy.rule.user", Class: event.StateEventType}, key, content)
		f.must(err)
	}
	f.say("!forseti ban " + string(rude.UserID) + " --for 7d rude")
	f.banned(rude.UserID)
	f.hear("for 7d, until 20")
	f.say("!forseti rules")
	f.hear("ban user `"+string(rude.UserID)+"`", " until 20", "rude")
	var content map[string]any
	key := f.keyOf(rude.UserID)
	f.must(f.mod.StateEvent(t.Context(), f.list, event.Type{Type: "m.policy.rule.user", Class: event.StateEventType}, key, &content))
	if at, _ := content["org.forseti.until"].(float64); time.Until(time.UnixMilli(int64(at))) < 6*24*time.Hour {
		t.Errorf("the rule says %v", content)
	}
	until(rude.UserID, key, time.Now().Add(3*time.Second), true) // as if it had been written a week ago
	until(away.UserID, "away", time.Now().Add(time.Hour), true)
	until(theirs.UserID, "theirs", time.Now().Add(-time.Hour), false)
	f.banned(away.UserID)
	f.banned(theirs.UserID)
	f.freed(rude.UserID)
	f.hear("The time of a rule is over", string(rude.UserID))
	f.stopBot()
	until(away.UserID, "away", time.Now().Add(-time.Minute), true)
	f.start()
	f.freed(away.UserID)
	f.settle()
	f.banned(theirs.UserID)
	for _, said := range f.heard() {
		t.Log(said)
	}
}

// keyOf is the state key of the rule about a user.
func (f *fixture) keyOf(u id.UserID) (key string) {
	f.t.Helper()
	state, err := f.mod.State(f.t.Context(), f.list)
	f.must(err)
	for k, evt := range state[event.Type{Type: "m.policy.rule.user", Class: event.StateEventType}] {
		if evt.Content.Raw["entity"] == string(u) {
			key = k
		}
	}
	return key
}
