package community

import (
	"fmt"
	"forseti/commands"
	"forseti/community/report"
	"forseti/enforce"
	"forseti/text"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// places is which part each room plays, and whether we are there.
type places struct {
	world      *enforce.World
	management *management
	following  *following
	protecting *protecting
	speaker    *speaker
	names      names
	again      func(id.RoomID) // has a room read anew
	left       ownLeaves
}

// roles are the parts that one room plays.
type roles struct {
	management bool
	list       *list
	protected  *protectedRoom
}

func (p *places) roles(room id.RoomID) (roles, bool) {
	r := roles{room == p.management.room.ID(), p.following.lists[room], p.protecting.rooms[room]}
	return r, r.management || r.list != nil || r.protected != nil
}

// any tells whether a room plays any part.
func (p *places) any(room id.RoomID) bool {
	_, plays := p.roles(room)
	return plays
}

func (p *places) stored(r roles, evt *event.Event) bool {
	return r.management && p.management.room.stored(p.world.Self(), evt) ||
		r.list != nil && r.list.stored(p.world.Self(), evt) ||
		r.protected != nil && evt.StateKey != nil && kept(evt.Type.Type) && remembered(p.world, evt)
}

// absent reports whether we know that we are no longer in a room.
func (p *places) absent(room id.RoomID) bool {
	in := p.world.Room(room)
	if l := p.following.lists[room]; l != nil {
		in = l.Room
	}
	if in == nil {
		return false
	}
	m, known := in.Member(p.world.Self())
	return known && m.Membership != event.MembershipJoin
}

// isIn tells whether we know that we are in a room.
func (p *places) isIn(room id.RoomID) bool {
	if r := p.world.Room(room); r != nil {
		if m, _ := r.Member(p.world.Self()); m.Membership == event.MembershipJoin {
			return true
		}
	}
	if l := p.following.lists[room]; l != nil {
		if m, _ := l.Member(p.world.Self()); m.Membership == event.MembershipJoin {
			return true
		}
	}
	return room == p.management.room.ID()
}

// expelled is our own end in a room that matters.
func (p *places) expelled(room id.RoomID) {
	if w := p.protecting.rooms[room]; w != nil {
		w.out, w.trouble = true, notThere
		p.protecting.awayFrom(room, w)
		p.protecting.touch(room)
	}
	if l := p.following.lists[room]; l != nil {
		l.out = true
	}
	p.checkPresence(room)
}

// inside is that sync tells of a room that we are in.
func (p *places) inside(room id.RoomID) {
	if !p.isOut(room) {
		return
	}
	if w := p.protecting.rooms[room]; w != nil {
		w.out = false
	}
	if l := p.following.lists[room]; l != nil {
		l.out = false
	}
	p.again(room)
}

// isOut reports whether we were put out of a room. Some homeservers go on letting us read it, as it was when we were in
// it, and that we were: what is read there is of no use.
func (p *places) isOut(room id.RoomID) bool {
	w, l := p.protecting.rooms[room], p.following.lists[room]
	return w != nil && w.out || l != nil && l.out
}

// checkPresence tells when we are not where we should be. What was protected
// there is not protected any more, which nobody may find out by chance.
func (p *places) checkPresence(room id.RoomID) {
	if r := p.world.Room(room); r != nil {
		if m, _ := r.Member(p.world.Self()); m.Membership != event.MembershipJoin || p.isOut(room) {
			p.speaker.report.Problems.Solved(unread(room))
			p.speaker.problem(presence(room), fmt.Sprintf("I am not in %s and cannot protect it. Invite me again, or write %s.", p.names.Room(room), text.Code("!forseti rooms remove "+string(room))))
			return
		}
	}
	if l := p.following.lists[room]; l != nil {
		if m, _ := l.Member(p.world.Self()); m.Membership != event.MembershipJoin || l.out {
			l.trouble = notThere
			p.speaker.report.Problems.Solved(unread(room))
			p.speaker.problem(presence(room), fmt.Sprintf("I am not in the list %s any more.%s Invite me again, or write %s.", p.names.List(room), p.following.lastKnown(room), text.Code("!forseti unwatch "+string(room))))
			return
		}
	}
	p.speaker.report.Problems.Solved(presence(room))
	if l := p.following.lists[room]; l != nil {
		p.following.checkReplaced(l, false)
	}
}

// notThere is why a room cannot be read.
const notThere = "I am not in the room"

func presence(room id.RoomID) report.Key { return report.Key{Kind: report.Presence, Room: room} }

func unread(room id.RoomID) report.Key { return report.Key{Kind: report.Unreadable, Room: room} }

func (p *places) listInfo(room id.RoomID) commands.List {
	info := commands.List{ID: room, Name: string(room), Rules: p.world.Rules.LenOf(room)}
	l := p.following.lists[room]
	if l == nil {
		return info
	}
	info.Name, info.Alias, info.Shortcode, info.Problem = l.Name(), l.Alias(), l.shortcode, l.trouble
	info.Unread = !l.loaded && l.trouble == ""
	info.Writable = l.CanSetState(p.world.Self(), "m.policy.rule.user").OK()
	info.Exempts, info.Default = p.world.Rules.Exempting(room), room == p.following.byDefault
	info.How, info.Spares = p.following.how[room], p.following.spares[room]
	if info.Problem == "" && p.absent(room) {
		info.Problem = "I am not in it any more, so its rules are as I last saw them. Invite me, or write `!forseti watch` with its address"
	}
	return info
}

func (p *places) roomInfo(room id.RoomID) commands.Room {
	info := commands.Room{ID: room, Name: string(room), Out: p.absent(room)}
	if r := p.world.Room(room); r != nil {
		info.Name, info.Alias, info.Joined = r.Name(), r.Alias(), r.Count(event.MembershipJoin)
	}
	w := p.protecting.rooms[room]
	info.Waiting = w != nil && (w.asked || w.refused)
	info.Problems = p.speaker.report.Problems.Of(room)
	return info
}
