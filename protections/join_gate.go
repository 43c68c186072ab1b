package protections

import (
	"time"

	"maunium.net/go/mautrix/event"

	"forseti/protections/kit"
	"forseti/rooms"
	"forseti/sanction/trust"
)

// What a gate is for.
const (
	gateKnock = "knock"
	gateVoice = "voice"
)

func joinGate() kit.Kind {
	const mostRules = 1000
	g := &JoinGate{
		at:       kit.Choice("at", "Where the gate is: `knock` asks who knocks, and lets them in when they accept; `voice` asks who joins, and they can write when they accept.", gateKnock, gateVoice).Stricter(kit.Unclear),
		rules:    kit.Prose("rules", "Be kind, keep to the topic, and do not advertise.", mostRules, "What is to be accepted, in Markdown.").Stricter(kit.Either),
		patience: kit.Duration("patience", 24*time.Hour, 10*time.Minute, 7*24*time.Hour, "How long there is for it. Who has not accepted by then is forgotten if they knocked, and removed if they joined; they may come again.").Stricter(kit.Less),
	}
	return kit.Kind{
		Name:    "join-gate",
		Summary: "Has newcomers accept the room's rules before they come in, or before they can write.",
		Details: "The bot writes the rules into a direct chat; a reaction (✅) to that message accepts them. Nobody has to solve pictures.\n\n" +
			"With `at knock`, in rooms where one knocks, whoever accepts is invited; until then they wait as they would without the gate, and you are told: a reaction to that message lets them in at once or refuses them. " +
			"With `at voice`, in rooms that anybody can join, whoever joins is muted until they accept, and then has exactly the level that they had. Members that are known from other rooms are not asked, nor who was invited by a moderator or a regular member.\n\n" +
			"Whom a list bans is never let in. Each is asked once in an hour, and no more than sixty in an hour; others wait for their turn. When more than three hundred wait, you are told, and no more are taken. " +
			"What was asked is remembered over a restart, and who knocked while I was away is asked when I am back. `consequence`, `points` and `tell` are of no matter here.",
		Options: []kit.Option{g.at, g.rules, g.patience},
		Waiting: true,
		New:     func(*kit.Given) kit.Protection { return g },
	}
}

// JoinGate finds who has to accept the rules of a room.
type JoinGate struct {
	at, rules kit.Typed[string]
	patience  kit.Typed[time.Duration]
}

// Check looks at who knocks, or joins by themselves.
func (g *JoinGate) Check(in kit.Signal, room kit.View) []kit.Finding {
	u, move := in.Change.User, in.Change.Move()
	f := kit.Finding{User: u, Gate: &kit.Gate{Rules: g.rules.In(room), Within: g.patience.In(room)}}
	switch at := g.at.In(room); {
	case at == gateKnock && move == rooms.Knocked:
		f.Why = "knocks"
	case at == gateVoice && move == rooms.Joined && room.Trust(u) < trust.Known && !vouched(in.Change.Before, room):
		f.Why, f.Gate.Voice = "joined", true
	default:
		return nil
	}
	f.Offence = in.Event.ID
	return []kit.Finding{f}
}

// vouched tells whether somebody was invited by whoever may answer for them: in a room where
// everybody may invite, one account that is in could bring a hundred.
func vouched(before rooms.Member, room kit.View) bool {
	return before.Membership == event.MembershipInvite && room.Vouches(before.Sender)
}
