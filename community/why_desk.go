package community

import (
	"context"
	"math"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/community/desk"
	"forseti/community/loop"
	"forseti/sanction"
	"forseti/store"
)

// whyDesk shows how a user stands.
type whyDesk struct {
	desk.Rules
	loop       *loop.Loop
	protectors *protectors
	notes      notes
	journal    *store.Journal
}

var _ commands.WhyDesk = whyDesk{}

// Standing says how a user stands with us.
func (d whyDesk) Standing(u id.UserID) (m commands.Member) {
	d.loop.See(func() {
		ladder, now := d.protectors.follows.ledger.Ladder, time.Now()
		m = commands.Member{
			Ladder:    aheadOf(ladder),
			Past:      d.protectors.set.Trust.Past(u, time.Now()),
			Moderator: d.protectors.world.Moderator(u), Exempt: d.protectors.world.Book.Exempts(u),
			Points: int(math.Round(d.protectors.follows.ledger.Points(u, time.Now()))),
		}
		for _, e := range d.protectors.follows.ledger.Of(u) {
			m.Offences = append(m.Offences, commands.Offence{
				At: e.At, Room: e.Room, Protection: e.Protection, Class: e.Class.String(), Step: e.Step.String(), Undone: e.Undone, Case: e.Case,
				Weighs: int(math.Round(e.Weighs(ladder, now))), Gone: e.Gone(ladder),
			})
		}
	})
	return m
}

// aheadOf is where the ladder leads.
func aheadOf(l sanction.Ladder) commands.Ahead {
	all := commands.Ahead{Warning: l.Warning()}
	for points := 0.0; ; {
		step, from, more := l.Ahead(points)
		if !more {
			return all
		}
		all.Steps, points = append(all.Steps, commands.AheadStep{From: from, Step: step.String()}), float64(from)
	}
}

// Ordered are the moderators who had us write rules.
func (d whyDesk) Ordered(ctx context.Context, rules []id.EventID) (map[id.EventID]id.UserID, error) {
	entries, err := d.journal.Wrote(ctx, rules...)
	by := make(map[id.EventID]id.UserID, len(entries))
	for _, e := range entries {
		by[e.Event] = e.Action.Cause.Moderator
	}
	return by, d.notes.unwell(err)
}

// Notes are what moderators wrote down about a user.
func (d whyDesk) Notes(ctx context.Context, u id.UserID) ([]commands.MemberNote, error) {
	return d.notes.on(ctx, u)
}
