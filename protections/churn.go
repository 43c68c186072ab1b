package protections

import (
	"fmt"
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/protections/kit"
	"forseti/rooms"
	"forseti/sanction"
	"forseti/sanction/trust"
	"forseti/text"
)

func churn() kit.Kind {
	c := &Churn{
		moves:    kit.Limit("moves", 10, 2, 1000, "How often one user may join, leave, knock, take it back or decline in one room in this time, or invite the same user there and withdraw it."),
		profiles: kit.Limit("profiles", 10, 2, 1000, "How often one user may change their name or picture in one room in this time."),
		within:   kit.Duration("within", 30*time.Minute, time.Minute, 24*time.Hour, "The time in which they are counted together.").Stricter(kit.More),
	}
	return kit.Kind{
		Name:    "churn",
		Summary: "Finds who joins and leaves again and again, knocks, invites and withdraws it, or changes their name or picture all the time.",
		Details: "Each shows in the room, rings the one who is invited, and costs every server a little. Who does it more often than that is a nuisance, and with each half minute in which they go on a greater one. " +
			"What is counted is five times in and out within half an hour: so often comes nobody whose connection is bad, unless by a bridge, whose users can be exempted (`exempt-users`). " +
			"Each room is counted by itself, for who leaves a community leaves all rooms, and a new name shows in each. What others did to a user, such as kicks, is not counted against them. " +
			"A name or picture that was changed too often is removed from the room's history; of the other changes nothing could be removed.",
		Spares:  trust.Regular,
		From:    sanction.Assault,
		Options: []kit.Option{c.moves, c.profiles, c.within},
		New: func(g *kit.Given) kit.Protection {
			made := *c
			made.seen, made.names = kit.NewWindow[moved](g), kit.NewWindow[kit.Place](g)
			made.others = kit.NewTable[kit.Place, []moved](g)
			return &made
		},
	}
}

// Churn finds who changes their membership or profile very often.
type Churn struct {
	moves, profiles kit.Typed[int]
	within          kit.Typed[time.Duration]

	seen   *kit.Window[moved]
	names  *kit.Window[kit.Place]
	others *kit.Table[kit.Place, []moved] // whom a user invited of late
}

// moved is a user whose membership is changed, and who does it.
type moved struct {
	kit.Place
	by id.UserID
}

// Bytes is the length of all.
func (m moved) Bytes() int { return m.Place.Bytes() + len(m.by) }

var _ kit.Pardoner = (*Churn)(nil)

// Pardon begins anew with a user.
func (c *Churn) Pardon(p kit.Place) {
	c.names.Forget(p)
	c.seen.Forget(moved{p, p.User})
	for _, other := range valueOf(c.others.Find(p, time.Time{})) {
		c.seen.Forget(other)
	}
	c.others.Drop(p)
}

// Check counts a change.
func (c *Churn) Check(in kit.Signal, room kit.View) []kit.Finding {
	if in.What != kit.Changed && in.What != kit.Joined || in.Event.Type.Type != event.StateMember.Type {
		return nil
	}
	within := c.within.In(room)
	who := kit.Place{Room: in.Room, User: in.Sender}
	found := kit.Finding{User: in.Sender, Offence: in.Event.ID, Weight: kit.Nuisance}
	switch in.Change.Move() {
	case rooms.Joined, rooms.Left, rooms.Knocked, rooms.KnockTakenBack, rooms.InviteDeclined:
		most := c.moves.In(room)
		if _, over := c.seen.Add(moved{who, in.Sender}, in, within, most); over == nil {
			return nil
		}
		found.Why = fmt.Sprintf("joined, left or knocked more than %d times within %s", most, text.Span(within))
	case rooms.Invited, rooms.InviteWithdrawn:
		most := c.moves.In(room)
		other := moved{kit.Place{Room: in.Room, User: in.Change.User}, in.Sender}
		c.remember(who, other, in.Arrived, within)
		if _, over := c.seen.Add(other, in, within, most); over == nil {
			return nil
		}
		found.Why = fmt.Sprintf("invited the same user and withdrew it more than %d times within %s", most, text.Span(within))
	case rooms.ProfileChanged, rooms.MoveNone: // nothing has changed, and everybody is told
		if in.Event.StateKey == nil || id.UserID(*in.Event.StateKey) != in.Sender {
			return nil
		}
		most := c.profiles.In(room)
		if _, found.Events = c.names.Add(who, in, within, most); found.Events == nil {
			return nil
		}
		found.Why = fmt.Sprintf("changed their name or picture more than %d times within %s", most, text.Span(within))
	default:
		return nil
	}
	return []kit.Finding{found}
}

// remember notes whom a user invited, so that it can be given up.
func (c *Churn) remember(who kit.Place, other moved, now time.Time, within time.Duration) {
	const most = 32
	all := c.others.Keep(who, now, within)
	if slices.Contains(*all, other) {
		return
	}
	if *all = append(*all, other); len(*all) > most {
		*all = append([]moved(nil), (*all)[1:]...)
	}
	bytes := 0
	for _, o := range *all {
		bytes += o.Bytes()
	}
	c.others.Resize(who, bytes)
}
