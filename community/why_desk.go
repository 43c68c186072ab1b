package community

import (
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
		}
	})
	return m
}
