package community_test

import (
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
)

// Rules come from a text, after a yes, and go out as one.
func TestListImportAndExport(t *testing.T) {
	f := newFixture(t, 1)
	rude, vandal := f.member("rude"), f.member("vandal")
	f.start()
	f.hear("Hello")
	f.say("!forseti list import\n" + string(rude.UserID) + " told twice\ntakedown evil.example \"spam, again\"")
	f.hear("2 new rules would be written", "hit 1 present member", "Write them into")
	f.untouched(rude.UserID)
	f.react("✅")
	f.banned(rude.UserID)
	f.hear("Wrote 2 rules into")
	f.eventually("the server rule", func() bool {
		state, err := f.mod.State(t.Context(), f.list)
		return err == nil && len(state[event.Type{Type: "m.policy.rule.server", Class: event.StateEventType}]) == 1
	})
	f.say("!forseti list export " + string(f.list))
	f.hear("ban "+string(rude.UserID)+" \"told twice\"", "takedown evil.example \"spam, again\"")
	_, err := f.mod.BanUser(t.Context(), f.rooms[0], &mautrix.ReqBanUser{UserID: vandal.UserID, Reason: "vandal"})
	f.must(err)
	f.settle()
	f.say("!forseti list import --dry-run --room " + string(f.rooms[0]))
	f.hear("1 new rule would be written", "ban user `"+string(vandal.UserID)+"`: vandal")
	f.say("!forseti list show " + string(f.list))
	f.hear("2 rules: about 1 user and 1 server; 1 ban and 1 takedown.", "Written last:")
}
