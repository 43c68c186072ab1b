package community

import (
	"fmt"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community/commits"
	"forseti/enforce"
	"forseti/matrix"
	"forseti/store"
	"forseti/text"
	"forseti/wire"
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

// direct is what is said to us outside the management room, and where we are invited.
type direct struct {
	runner     *enforce.Runner
	world      *enforce.World
	commits    *commits.Writer
	names      names
	speaker    *speaker
	management id.RoomID
	verifies   bool        // we can
	replaced   func() bool // whether our identity is not ours any more
	order      func(*event.Event) (store.Command, bool)
	join       func(id.RoomID) // accepts an invitation
	chats      directs
	appeals    *appeals
	invites    *invites
	succession *succession
}

// followDirect goes into a direct chat: that is where many clients verify somebody.
func (d *direct) follow(room id.RoomID, by id.UserID) {
	if _, known := d.chats[room]; !known {
		d.chats[room] = time.Time{}
		d.commits.Setting(directNamespace, string(room), string(by))
	}
	d.join(room)
}

// takeDirect hears what is said in a direct chat. Commands count in the management room
// alone, where the other moderators see them.
func (d *direct) take(in *matrix.RoomBatch, b *matrix.Batch) {
	d.appeals.take(in, b)
	if _, direct := d.chats[in.Room]; !direct {
		return
	}
	if in.Membership == event.MembershipLeave {
		delete(d.chats, in.Room)
		d.commits.Setting(directNamespace, string(in.Room), nil)
		return
	}
	if b.Initial || b.Backlog || d.replaced() {
		return
	}
	for _, evt := range in.Timeline {
		if evt.StateKey != nil || evt.Type.Type != event.EventMessage.Type || !d.world.Moderator(evt.Sender) {
			continue
		}
		if _, command := d.order(evt); command && d.chats.wrongPlace(in.Room, b.Arrived) {
			d.sayElsewhere(in.Room, evt.ID, fmt.Sprintf("I obey in %s only, where the other moderators can see it.", d.names.Room(d.management)))
		}
	}
}

// sayElsewhere answers in another room than the management room.
func (d *direct) sayElsewhere(room id.RoomID, to id.EventID, text string) {
	d.runner.Want(action.Action{
		ID: "forseti-direct-" + string(to), Verb: action.Say, Room: room,
		Message: &action.Message{Markdown: text, ReplyTo: to}, Cause: action.Cause{Kind: action.ByForseti},
	}, time.Now())
}

// invited follows an invitation to a room that is ours to follow, and those of moderators.
func (d *direct) invited(in *matrix.RoomBatch, ours bool, b *matrix.Batch, out *store.Commit) {
	switch {
	case ours:
		d.join(in.Room)
		return
	case d.succession.awaits(in.Room):
		d.succession.look()
		return
	}
	one, evt := readInvite(in, d.world.Self())
	switch {
	case evt == nil:
	case !d.world.Moderator(one.by):
		d.invites.stranger(one, b.Arrived)
	case wire.Content(evt.Content.VeryRaw, evt.Content.Raw).True("is_direct") && d.verifies:
		d.follow(in.Room, one.by)
	case wire.Content(evt.Content.VeryRaw, evt.Content.Raw).True("is_direct"):
		d.speaker.note(fmt.Sprintf("%s invited me to a direct chat. I obey in %s only, so I stay here.", text.Code(string(one.by)), d.names.Room(d.management)))
	default:
		d.invites.accept(one, b.Next, out)
	}
}
