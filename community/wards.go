package community

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/community/approval"
	"forseti/community/report"
	"forseti/enforce"
	"forseti/matrix"
	"forseti/rooms"
	"forseti/text"
)

// ward is a protected room, besides what the world knows of it.
type ward struct {
	read    bool           // its state is known
	away    bool           // we are not in it, or not seen it since; whatever is followed there was weighed without it
	unswept bool           // it is being found out what the rules would do there
	would   enforce.Effect // what they would do, if that is asked about
	asked   bool           // whether its first sweep may be made is asked
	refused bool           // a moderator said no to that
	trouble string
	out     bool // we were put out of it
}

const (
	heldRooms = "held_room" // settings namespace: rooms whose first sweep waits
	unswept   = "unswept"   // the word for one of which it is not known yet what it would do
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
	c.approvals.board.Touch(approval.Topic{Kind: approval.Room, About: string(room)}, time.Now())
	c.runner.Drop(room, time.Now())
	c.speaker.report.Problems.SolvedRoom(room)
	c.commits.Setting(heldRooms, string(room), nil)
	c.commits.Setting(aclNamespace, string(room), nil)
	if _, other := c.rolesOf(room); !other {
		c.commits.Forget(room)
	}
}

// viewWard takes in the whole state of a protected room. The first time, and when we
// were away from it, a sweep that would hit many waits for a yes: rules that came
// meanwhile were weighed without its members.
func (c *Community) viewWard(room id.RoomID, w *ward, state []*event.Event, at time.Time) {
	first := !w.read
	w.read, w.trouble = true, ""
	changes, keys := c.world.Look(room, state, at)
	c.enqueue(keys, at)
	if (first || w.away) && !w.refused {
		w.unswept, w.away = true, false
		if c.sweep(room, w, at); w.unswept {
			c.commits.Setting(heldRooms, string(room), unswept)
		}
	}
	c.claimAll(room, at)
	for _, change := range changes {
		c.followRoom(room, change)
	}
	c.checkPresence(room)
	c.checkPower(room)
}

// sweep goes on finding out what the rules would do in a room that is new here, or new
// again, or that is asked about and for which other rules are followed now. If that is
// much, the room is left alone until a moderator agrees.
func (c *Community) sweep(room id.RoomID, w *ward, now time.Time) {
	e, done := c.world.Scales.Sweep(room, crowd)
	if !done {
		return
	}
	w.unswept = false
	if w.asked || c.world.Settings.Limits.Wide(e) {
		c.approvals.board.Touch(approval.Topic{Kind: approval.Room, About: string(room)}, now)
	}
	if w.asked = c.world.Settings.Limits.Wide(e); w.asked {
		w.would = e
		c.commits.Setting(heldRooms, string(room), asked)
		return
	}
	c.commits.Setting(heldRooms, string(room), nil)
	c.enqueue(c.world.HoldRoom(room, false), now)
}

// expelled is our own end in a room that matters.
func (c *Community) expelled(room id.RoomID) {
	if w := c.wards[room]; w != nil {
		w.out, w.trouble = true, notThere
		awayFrom(c, room, w)
	}
	if l := c.lists[room]; l != nil {
		l.out = true
	}
	c.checkPresence(room)
}

// awayFrom leaves a room alone until we have seen it as a whole again.
func awayFrom(c *Community, room id.RoomID, w *ward) {
	w.away, w.unswept = true, false
	c.world.HoldRoom(room, true)
	if !w.asked && !w.refused {
		c.commits.Setting(heldRooms, string(room), unswept)
	}
}

// inside is that sync tells of a room that we are in.
func (c *Community) inside(room id.RoomID) {
	if !c.isOut(room) {
		return
	}
	if w := c.wards[room]; w != nil {
		w.out = false
	}
	if l := c.lists[room]; l != nil {
		l.out = false
	}
	c.survey.Again(room)
}

// isOut reports whether we were put out of a room. Some homeservers go on letting us read it, as it was when we were in
// it, and that we were: what is read there is of no use.
func (c *Community) isOut(room id.RoomID) bool {
	w, l := c.wards[room], c.lists[room]
	return w != nil && w.out || l != nil && l.out
}

// checkPresence tells when we are not where we should be. What was protected
// there is not protected any more, which nobody may find out by chance.
func (c *Community) checkPresence(room id.RoomID) {
	if r := c.world.Room(room); r != nil {
		if m, _ := r.Member(c.self); m.Membership != event.MembershipJoin || c.isOut(room) {
			c.speaker.report.Problems.Solved(unread(room))
			c.speaker.problem(presence(room), fmt.Sprintf("I am not in %s and cannot protect it. Invite me again, or write %s.", c.names.Room(room), text.Code("!forseti rooms remove "+string(room))))
			return
		}
	}
	if l := c.lists[room]; l != nil {
		if m, _ := l.Member(c.self); m.Membership != event.MembershipJoin || l.out {
			l.trouble = notThere
			c.speaker.report.Problems.Solved(unread(room))
			c.speaker.problem(presence(room), fmt.Sprintf("I am not in the list %s any more.%s Invite me again, or write %s.", c.names.List(room), c.lastKnown(room), text.Code("!forseti unwatch "+string(room))))
			return
		}
	}
	c.speaker.report.Problems.Solved(presence(room))
	if l := c.lists[room]; l != nil {
		c.checkReplaced(l)
	}
}

// checkReplaced tells of a list whose room was replaced: what is decided in the new one is not followed.
func (c *Community) checkReplaced(l *list) {
	key := report.Key{Kind: report.Tombstone, Room: l.ID()}
	next, dead := l.Tombstone()
	if !dead {
		c.speaker.report.Problems.Solved(key)
		return
	}
	l.trouble = "it was replaced by another room, whose rules I do not follow"
	c.speaker.problem(key, fmt.Sprintf("The list %s was replaced by another room, whose rules I do not follow.%s If you trust it, write %s, and then %s.",
		c.names.List(l.ID()), c.lastKnown(l.ID()), text.Code("!forseti watch "+orUnknown(next)), text.Code("!forseti unwatch "+string(l.ID()))))
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
	key := report.Key{Kind: report.Power, Room: room}
	lacks := r.Lacks(c.self)
	if len(lacks) == 0 {
		c.speaker.report.Problems.Solved(key)
		return
	}
	sentence := fmt.Sprintf("%s: give me power level %s; I have %d.", c.names.Room(room), powerWords(lacks), r.Level(c.self))
	if c.newcomers[room] {
		c.speaker.report.Problems.Note(key, sentence)
		return
	}
	c.speaker.problem(key, sentence)
}

// lastKnown says what becomes of a list's rules that cannot be read; nothing of a list without any.
func (c *Community) lastKnown(list id.RoomID) string {
	n := c.world.Rules.LenOf(list)
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" Its %s %s in force as I last saw %s.", text.Count(n, "rule"), text.Pick(n, "stays", "stay"), text.Pick(n, "it", "them"))
}

// powerWords say which level is needed for what: "50 to ban and kick, 100 to set the server ACL".
func powerWords(lacks []rooms.Lack) string {
	var levels []int64
	by := map[int64][]string{}
	for _, l := range lacks {
		if by[l.Need] == nil {
			levels = append(levels, l.Need)
		}
		by[l.Need] = append(by[l.Need], l.Words)
	}
	slices.Sort(levels)
	var parts []string
	for _, level := range levels {
		parts = append(parts, fmt.Sprintf("%d to %s", level, text.And(by[level])))
	}
	return strings.Join(parts, ", ")
}

// notThere is why a room cannot be read.
const notThere = "I am not in the room"

func presence(room id.RoomID) report.Key { return report.Key{Kind: report.Presence, Room: room} }

func unread(room id.RoomID) report.Key { return report.Key{Kind: report.Unreadable, Room: room} }

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
			c.followDirect(in.Room, evt.Sender)
			continue
		}
		if c.world.Moderator(evt.Sender) {
			c.speaker.tell(fmt.Sprintf("%s invited me to %s. To protect it, write %s; to follow it as a policy list, %s.", text.Code(string(evt.Sender)), text.Code(string(in.Room)),
				text.Code("!forseti rooms add "+string(in.Room)), text.Code("!forseti watch "+string(in.Room))))
		}
	}
}
