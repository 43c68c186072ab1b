package commands

import (
	"testing"

	"maunium.net/go/mautrix/id"
)

// Who comes is told what they may do, as it is then; and of those who come together, each.
func TestGreeting(t *testing.T) {
	team := []Colleague{{User: "@boss:hs", Level: 100}, {User: "@mod:hs", Level: 50}, {User: "@new:hs"}, {User: "@also:hs"}, {User: "@muted:hs", Level: -1}}
	on := UsualRoles()
	on.On = true
	const help, verify = " `!forseti help` shows what there is", "; to verify with me, start it at my name in your client, or write `!forseti verify`"
	for _, tc := range []struct {
		roles    Roles
		team     []Colleague
		who      []id.UserID
		encrypts bool
		want     string
	}{
		{UsualRoles(), team, []id.UserID{"@new:hs"}, false, "`@new:hs` is here now and may do everything, as all who are in this room." + help + "."},
		{on, team[1:], []id.UserID{"@new:hs", "@mod:hs"}, false, "`@new:hs` and `@mod:hs` are here now and may do everything, as all who are in this room." + help + "."},
		{on, team, []id.UserID{"@new:hs", "@also:hs"}, true, "`@new:hs` and `@also:hs` are here now and may look, and moderate from power level 50 in this room on." + help + verify + "."},
		{on, team, []id.UserID{"@muted:hs", "@mod:hs", "@boss:hs"}, false, "`@boss:hs` is here now and may administer; `@mod:hs` is here now and may moderate; `@muted:hs` is here now and may do nothing: it takes power level 0 in this room to look." + help + "."},
	} {
		if got := tc.roles.Greeting(tc.team, tc.who, tc.encrypts); got != tc.want {
			t.Errorf("%v: %s\nwant %s", tc.who, got, tc.want)
		}
	}
}
