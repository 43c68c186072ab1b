package community

import (
	"fmt"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/matrix"
)

// directNamespace keeps the direct chats that moderators made with us, by room.
const directNamespace = "direct"

// directEvery is how often somebody is told in one chat where commands count.
const directEvery = 10 * time.Minute

// directs are the direct chats that we followed moderators into, and when we last said
// there that it is the wrong place.
type directs map[id.RoomID]time.Time

// wrongPlace reports whether a command in a room is to be answered with where commands
// count.
func (d directs) wrongPlace(room id.RoomID, now time.Time) bool {
	last, direct := d[room]
	if !direct || now.Sub(last) < directEvery {
		return false
	}
	d[room] = now
	return true
}

// followDirect goes into a direct chat: that is where many clients verify somebody.
func (c *Community) followDirect(room id.RoomID, by id.UserID) {
	if _, known := c.direct[room]; !known {
		c.direct[room] = time.Time{}
		c.commits.Setting(directNamespace, string(room), string(by))
	}
	c.joinAgain(room)
}

// takeDirect hears what is said in a direct chat. Commands count in the management room
// alone, where the other moderators see them.
func (c *Community) takeDirect(in *matrix.RoomBatch, b *matrix.Batch) {
	if _, direct := c.direct[in.Room]; !direct {
		return
	}
	if in.Membership == event.MembershipLeave {
		delete(c.direct, in.Room)
		c.commits.Setting(directNamespace, string(in.Room), nil)
		return
	}
	if b.Initial || b.Backlog || c.account.Replaced() {
		return
	}
	for _, evt := range in.Timeline {
		if evt.StateKey != nil || evt.Type.Type != event.EventMessage.Type || !c.world.Moderator(evt.Sender) {
			continue
		}
		if _, command := c.order(evt); command && c.direct.wrongPlace(in.Room, b.Arrived) {
			c.sayElsewhere(in.Room, evt.ID, fmt.Sprintf("I obey in %s only, where the other moderators can see it.", c.names.Room(c.opts.ManagementRoom)))
		}
	}
}

// sayElsewhere answers in another room than the management room.
func (c *Community) sayElsewhere(room id.RoomID, to id.EventID, text string) {
	c.runner.Want(action.Action{
		ID: "forseti-direct-" + string(to), Verb: action.Say, Room: room,
		Message: &action.Message{Markdown: text, ReplyTo: to}, Cause: action.Cause{Kind: action.ByForseti},
	}, time.Now())
}
