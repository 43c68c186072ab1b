package community

import (
	"math"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/community/desk"
	"forseti/community/loop"
)

// whyDesk shows how a user stands.
type whyDesk struct {
	desk.Rules
	loop       *loop.Loop
	protectors *protectors
}

var _ commands.WhyDesk = whyDesk{}

// Standing says how a user stands with us.
func (d whyDesk) Standing(u id.UserID) (m commands.Member) {
	d.loop.See(func() {
		m = commands.Member{
			Past:      d.protectors.set.Trust.Past(u, time.Now()),
			Moderator: d.protectors.world.Moderator(u), Exempt: d.protectors.world.Book.Exempts(u),
			Points: int(math.Round(d.protectors.follows.ledger.Points(u, time.Now()))),
		}
		for _, e := range d.protectors.follows.ledger.Of(u) {
			m.Offences = append(m.Offences, commands.Offence{
				At: e.At, Room: e.Room, Protection: e.Protection, Class: e.Class.String(), Step: e.Step.String(), Undone: e.Undone, Case: e.Case,
			})
		}
	})
	return m
}
