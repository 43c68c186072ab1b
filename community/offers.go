package community

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/store"
	"forseti/text"
)

// offerMark begins the stored form of an offer, which takes the way of a command. No message can begin with it.
const offerMark = "\x00offer "

// proposal is something that nobody ordered and that moderators are asked about: what one of them did by hand, or where one
// invited us to.
type proposal struct {
	commands.ByHand
	AtOnce bool                 `json:"at_once,omitempty"`
	Invite *commands.Invitation `json:"invite,omitempty"`
}

// offer asks moderators whether something is to be done that nobody ordered, or does it at once. It reports whether
// something goes on.
func (o *orders) offer(ctx context.Context, order store.Command) (goesOn bool) {
	var h proposal
	if json.Unmarshal([]byte(strings.TrimPrefix(order.Body, offerMark)), &h) != nil || len(h.Users) == 0 && h.Invite == nil {
		return false
	}
	if o.loop.Do(ctx, func() {
		h.AtOnce = h.AtOnce && o.roles.refused(order.Sender, []commands.Need{{Role: commands.Moderate, Command: "ban"}}) == ""
	}) != nil {
		return true // the next start offers it
	}
	var line string
	var p commands.Plan
	at := course{Sender: order.Sender}
	if h.Invite != nil {
		line, p = o.set.Invited(ctx, o.request(order, 0), *h.Invite)
		at.From, at.Invited = commands.InvitedWords(order.Sender, *h.Invite), h.Invite.Room
	} else {
		line, p = o.set.Offer(ctx, o.request(order, 0), h.ByHand, h.AtOnce)
		at.At, at.From = order.Room, o.handWords(order.Sender, h.ByHand)
	}
	o.crashed(p.Crash)
	order.Body = line
	switch {
	case o.loop.Context().Err() != nil:
		return true
	case p.Ask != "":
		o.askFirst(order, p, at, order.Event)
		return true
	case len(p.Steps) > 0:
		r, with := recorded{Command: order.Event, Plan: p, course: at}, store.Commit{}
		if o.openCase(&r, order.Sender, order.Sender, &with) && o.record(order, r, with) {
			o.applyPlan(ctx, order, r, false)
		}
		return true
	case len(p.Choices) > 0:
		o.loop.Post(func() {
			o.speaker.choose(order.Event, "", choice{Text: at.answer(p.Answer), Of: p.Choices, Users: h.Users})
		})
		return true // it is done with once that stands there
	case p.Answer != "":
		o.loop.Post(func() { o.speaker.tell(at.answer(p.Answer)) })
	}
	return false
}

// handWords says what a moderator did by hand.
func (o *orders) handWords(by id.UserID, h commands.ByHand) string {
	var where []string
	o.loop.See(func() {
		world := o.roles.management.world
		for _, room := range h.Rooms {
			name := ""
			if r := world.Room(room); r != nil {
				name = r.Name()
			}
			where = append(where, text.Room(room, name, world.Self().Homeserver()))
		}
	})
	said := fmt.Sprintf("%s %s %s by hand in %s", text.Code(string(by)), pick(h.Lifted, "unbanned", "banned"), text.Names(h.Users, mostNames), text.Some(where, mostNames))
	if reason := text.Escape(h.Reason, text.MostReason); reason != "" {
		return said + ": “" + reason + "”"
	}
	return said + "."
}
