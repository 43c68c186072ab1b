package commands

import (
	"fmt"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/text"
)

// mostGreeted bounds whom a greeting names for one role.
const mostGreeted = 10

// Greeting welcomes those who have come into this room: what they may do, and how to verify, if we
// encrypt.
func (r Roles) Greeting(team []Colleague, who []id.UserID, encrypts bool) string {
	var parts []string
	greet := func(some []id.UserID, may string) {
		if len(some) > 0 {
			parts = append(parts, fmt.Sprintf("%s %s here now and %s", text.Named(some, mostGreeted), text.Pick(len(some), "is", "are"), may))
		}
	}
	if !r.holds(team) {
		greet(who, "may do everything, as all who are in this room")
	} else {
		by := map[Role][]id.UserID{}
		var none []id.UserID
		for _, u := range who {
			if role, some := r.Of(level0(team, u)); some {
				by[role] = append(by[role], u)
			} else {
				none = append(none, u)
			}
		}
		greet(by[Administer], "may administer")
		greet(by[Moderate], "may moderate")
		greet(by[Look], fmt.Sprintf("may look, and moderate from power level %d in this room on", r.Levels[Moderate]))
		greet(none, fmt.Sprintf("may do nothing: it takes power level %d in this room to look", r.Levels[Look]))
	}
	said := strings.Join(parts, "; ") + ". `!forseti help` shows what there is"
	if encrypts {
		said += "; to verify with me, start it at my name in your client, or write `!forseti verify`"
	}
	return said + "."
}
