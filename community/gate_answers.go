package community

import (
	"fmt"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/matrix"
	"forseti/protections/kit"
	"forseti/sanction"
	"forseti/store"
	"forseti/text"
	"forseti/wire"
)

// ended takes in what came of an action.
func (g *gate) ended(e action.Ending, now time.Time) {
	p := kit.Place{Room: e.Action.Room, User: e.Action.User}
	a := g.waits.at[p]
	switch {
	case a == nil && !e.Action.Expires.IsZero() && strings.HasPrefix(e.Action.ID, "gate-"):
		g.endings.expect(now) // they accepted before it was made
	case a == nil:
	case e.Action.ID == a.Let && e.Fate != action.Done:
		// A knock that was taken back, or that the room does not know of: they may knock again.
		g.forget(p)
	case e.Action.ID != a.Ask:
	case e.Fate == action.Done:
		a.Chat, a.Message = e.Result.Room, e.Result.Event
		g.keep(p)
		for _, early := range g.waits.early.take(a.Message) {
			g.accept(early.reaction, a.Message)
		}
	case e.Fate != action.Would:
		f := kit.Finding{Protection: a.Protection, Room: p.Room, User: p.User, Offence: a.Event, Gate: &kit.Gate{Voice: a.Voice}}
		g.asks(f, fmt.Sprintf("%s could not be asked to accept the rules of %s: no direct chat came about. They wait.", text.Code(string(p.User)), g.names.Room(p.Room)))
	}
}

// take hears reactions in a direct chat.
func (g *gate) take(in *matrix.RoomBatch, b *matrix.Batch) {
	if b.Initial || len(g.waits.at) == 0 {
		return
	}
	for _, evt := range in.Timeline {
		if target, sign := reacted(evt); target != "" && plainSign(sign) == plainSign(sanction.AcceptSign) && evt.Sender != g.world.Self() && !g.accept(evt, target) {
			g.waits.early.keep(reactedTo{message: target, reaction: evt})
		}
	}
}

// accept takes in that somebody accepts rules; false if they were not asked by that message, as
// far as we know. What follows is seen to at the next look, also after a restart.
func (g *gate) accept(evt *event.Event, message id.EventID) bool {
	for p, a := range g.waits.at {
		if a.Message != message || p.User != evt.Sender {
			continue
		}
		if !a.Accepted {
			a.Accepted = true
			g.keep(p)
			g.hurry()
			if _, why := g.letIn(p, g.cause(a)); why != "" && !a.Voice {
				g.speaker.tell(fmt.Sprintf("%s has accepted the rules of %s, and I cannot let them in: %s.", text.Code(string(p.User)), g.names.Room(p.Room), why))
			}
		}
		return true
	}
	return false
}

// answer carries out what a moderator said of somebody who waits.
func (g *gate) answer(p kit.Place, letIn bool, order store.Command, into *store.Commit) (said string) {
	by := action.Cause{Kind: action.ByModerator, Moderator: order.Sender, Event: order.Event}
	room, who := g.world.Room(p.Room), text.Code(string(p.User))
	a := g.waits.at[p]
	switch {
	case room == nil:
		return "I do not look after that room any more."
	case !letIn:
		if m, _ := room.Member(p.User); m.Membership != event.MembershipKnock && m.Membership != event.MembershipJoin {
			return fmt.Sprintf("%s does not wait any more.", who)
		}
		into.Open = append(into.Open, action.Action{Verb: action.Kick, Room: p.Room, User: p.User, Reason: "not let in by a moderator", Cause: by})
		return fmt.Sprintf("I send %s away, as you will read below.", who)
	case a != nil && a.Voice:
		a.Accepted = true
		g.keep(p)
		g.hurry()
		if g.then(p, a) == sanction.VoiceLater {
			return fmt.Sprintf("%s can write as soon as newcomers may write there again: for now only members who are known can.", who)
		}
		return fmt.Sprintf("%s can write from now on.", who)
	}
	let, why := g.letIn(p, by)
	if why != "" {
		return fmt.Sprintf("I cannot let in %s: %s.", who, why)
	}
	into.Open = append(into.Open, let)
	return fmt.Sprintf("I let in %s, as you will read below.", who)
}

// open reports whether somebody waits who can be let in or sent away.
func (g *gate) open(p kit.Place) bool {
	room := g.world.Room(p.Room)
	if room == nil {
		return false
	}
	m, _ := room.Member(p.User)
	return m.Membership == event.MembershipKnock || m.Membership == event.MembershipJoin && g.waits.at[p] != nil
}

// reacted is what an event reacts to, and with what; "" if it is no reaction.
func reacted(evt *event.Event) (target id.EventID, sign string) {
	const mostSign = 50
	if evt.StateKey != nil || evt.Type.Type != event.EventReaction.Type {
		return "", ""
	}
	relates := wire.Content(evt.Content.VeryRaw, evt.Content.Raw).Object("m.relates_to")
	if relates.Text("rel_type") != string(event.RelAnnotation) {
		return "", ""
	}
	return id.EventID(relates.Short("event_id", mostEventID)), relates.Short("key", mostSign)
}

// plainSign is a reaction without what clients differ in.
func plainSign(sign string) string { return strings.ReplaceAll(sign, "\ufe0f", "") }
