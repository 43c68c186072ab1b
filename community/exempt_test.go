package community

import (
	"testing"
	"time"

	"maunium.net/go/mautrix/id"
)

// Whom a policy list exempts no protection touches while the list says so, unless it is set otherwise;
// one that only tells does not tell of them either.
func TestListsExempt(t *testing.T) {
	for name, tc := range map[string]struct {
		follow bool
		set    string
		hit    bool
	}{
		"exempt":                                  {follow: true},
		"a list that may not exempt":              {hit: true},
		"exempt, and it is set so":                {follow: true, set: `,"exempt-listed":"yes"`},
		"exempt, and it is to make no difference": {follow: true, set: `,"exempt-listed":"no"`, hit: true},
	} {
		c := governed(t, allPower)
		floodsWith(t, c, `{"messages":"2","within":"1h","consequence":"ban"`+tc.set+`}`)
		c.world.Rules.SetOrder([]id.RoomID{readFrom})
		c.world.SetExempting(readFrom, tc.follow)
		_, slots, _ := c.world.ApplyRule(readFrom, listed("free", string(spammer(0)), "fi.mau.meowlnir.unban", "$free"))
		c.world.Follow(slots...)
		at := time.Unix(1000, 0)
		if hit := len(c.hearsFrom(spammer(0), 1, 3, at).actions) > 0; hit != tc.hit {
			t.Errorf("%s: hit %v", name, hit)
		}
		if len(c.hearsFrom(spammer(1), 11, 13, at).actions) == 0 {
			t.Errorf("%s: nobody else is hit", name)
		}
	}
}
