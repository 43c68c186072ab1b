package community

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/enforce"
	"forseti/matrix"
	"forseti/store"
)

// ward is a protected room, besides what the world knows of it.
type ward struct {
	read    bool // its state is known
	trouble string
}

const (
	heldRooms      = "held_room" // settings namespace: rooms whose first sweep waits
	troubleProblem = "room "
)

// setProtected makes rooms the protected ones.
func (c *Community) setProtected(ids []id.RoomID) {
	for room := range c.wards {
		if !slices.Contains(ids, room) {
			c.unprotect(room)
		}
	}
	for _, room := range ids {
		if c.wards[room] == nil {
			c.wards[room] = &ward{}
			c.world.Protect(room)
			// Until it was seen as a whole and weighed: its events come one by one, and
			// each may be of somebody whom the rules ban.
			c.world.HoldRoom(room, true)
		}
	}
}

func (c *Community) unprotect(room id.RoomID) {
	delete(c.wards, room)
	c.world.Unprotect(room)
	c.protectors.set.Forget(room)
	c.queue.Drop(room)
	for key := range c.wanted {
		if key.Room == room {
			c.finish(key, nil, action.Dropped, time.Now())
		}
	}
	for problem := range c.problems {
		if strings.Contains(problem, string(room)) {
			c.solved(problem)
		}
	}
	c.extra.Settings = append(c.extra.Settings,
		store.NewSetting{Namespace: heldRooms, Key: string(room)},
		store.NewSetting{Namespace: aclNamespace, Key: string(room)})
	if _, other := c.rolesOf(room); !other {
		c.extra.Forget = append(c.extra.Forget, room)
	}
}

// viewWard takes in the whole state of a protected room. The first time, a sweep
// that would hit many waits for a yes.
func (c *Community) viewWard(room id.RoomID, w *ward, state []*event.Event, at time.Time) {
	first := !w.read
	w.read, w.trouble = true, ""
	changes, keys := c.world.Look(room, state, at)
	if first {
		if reach := c.world.Sweep(room); c.world.Settings.Limits.Wide(reach) {
			c.holdRoom(room, reach)
		} else {
			keys = append(keys, c.world.HoldRoom(room, false)...)
		}
	}
	c.enqueue(keys, at)
	c.claimAll(room, at)
	for _, change := range changes {
		c.followRoom(room, change)
	}
	c.checkPresence(room)
	c.checkPower(room)
}

// holdRoom leaves a room alone until a moderator agrees.
func (c *Community) holdRoom(room id.RoomID, reach enforce.Reach) {
	c.world.HoldRoom(room, true)
	c.extra.Settings = append(c.extra.Settings, store.NewSetting{Namespace: heldRooms, Key: string(room), Value: "asked"})
	c.ask(questionDetails{
		Kind: askRoom, Room: room,
		Text: fmt.Sprintf("%s is new here, and the rules would ban %s of its members at once: %s. Shall I?\n\nUntil then I leave the room as it is.",
			c.roomLink(room), count(len(reach.Users), "one", "%d"), names(reach.Users, 10)),
	}, "")
}

// expelled is our own end in a room that matters.
func (c *Community) expelled(room id.RoomID) {
	if w := c.wards[room]; w != nil {
		w.trouble = "I am not in the room"
	}
	if l := c.lists[room]; l != nil {
		l.trouble = "I am not in the room"
	}
	c.checkPresence(room)
}

// checkPresence tells when we are not where we should be. What was protected
// there is not protected any more, which nobody may find out by chance.
func (c *Community) checkPresence(room id.RoomID) {
	if r := c.world.Room(room); r != nil {
		if m, _ := r.Member(c.self); m.Membership != event.MembershipJoin {
			c.problem(troubleProblem+string(room), fmt.Sprintf("I am not in %s and cannot protect it. Invite me again, or write `!forseti rooms remove %s`.", c.roomLink(room), room))
			return
		}
	}
	if l := c.lists[room]; l != nil {
		if m, _ := l.Member(c.self); m.Membership != event.MembershipJoin {
			c.problem(troubleProblem+string(room), fmt.Sprintf("I am not in the list %s any more. Its %s stay in force as I last saw them. Invite me again, or write `!forseti unwatch %s`.", c.listLink(room), count(c.world.Rules.LenOf(room), "rule", "%d rules"), room))
			return
		}
	}
	c.solved(troubleProblem + string(room))
}

// checkPower tells what we may not do in a protected room.
func (c *Community) checkPower(room id.RoomID) {
	r := c.world.Room(room)
	if r == nil {
		return
	}
	if m, _ := r.Member(c.self); m.Membership != event.MembershipJoin {
		return
	}
	missing, need := r.Lacks(c.self)
	if len(missing) == 0 {
		c.solved("power " + string(room))
		return
	}
	text := fmt.Sprintf("I need power level %d in %s to %s; I have %d.", need, c.roomLink(room), strings.Join(missing, ", "), r.Level(c.self))
	if c.newcomers[room] {
		c.note("power "+string(room), text)
		return
	}
	c.problem("power "+string(room), text)
}

// invited follows an invitation to a room that is ours to follow, and tells
// moderators of one that a moderator sent. Strangers' invitations are no news.
func (c *Community) invited(in *matrix.RoomBatch, ours bool) {
	if ours {
		c.joinAgain(in.Room)
		return
	}
	for _, evt := range in.State {
		if evt.StateKey == nil || evt.Type.Type != event.StateMember.Type || id.UserID(*evt.StateKey) != c.self {
			continue
		}
		if c.world.Moderator(evt.Sender) && evt.Content.Raw["is_direct"] == true && c.opts.Verifier != nil {
			// That is where many clients verify somebody. Commands count in the management
			// room alone.
			c.joinAgain(in.Room)
			continue
		}
		if c.world.Moderator(evt.Sender) {
			c.tell(fmt.Sprintf("%s invited me to %s. To protect it, write `!forseti rooms add %s`; to follow it as a policy list, `!forseti watch %s`.",
				code(string(evt.Sender)), code(string(in.Room)), in.Room, in.Room))
		}
	}
}
