package community

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/community/approval"
	"forseti/community/commits"
	"forseti/community/report"
	"forseti/enforce"
	"forseti/rooms"
	"forseti/text"
)

// protecting is the rooms that are protected.
type protecting struct {
	world     *enforce.World
	runner    *enforce.Runner
	commits   *commits.Writer
	queue     *queue
	board     *approval.Board
	speaker   *speaker
	names     names
	role      func(id.RoomID) bool // whether a room still plays any part
	unguarded func(id.RoomID)      // has protections forget a room
	lingers   func(id.RoomID) bool // whether something is to be given back first in a room that is taken out
	stays     func(id.RoomID)      // has it not be given back after all

	rooms     map[id.RoomID]*protectedRoom
	moves     int                // grows with each room that comes or goes
	chosen    []id.RoomID        // that are to be protected; others linger
	newcomers map[id.RoomID]bool // a command adds them, and its answer says what is wrong there
}

// protectedRoom is one, besides what the world knows of it.
type protectedRoom struct {
	read    bool           // its state is known
	loading bool           // it is stored, and comes later
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
	unswept   = "unswept"   // the word for one of which it is not known yet what they would do
	unseen    = "unseen"    // and for one that was never read: what is stored of it is what else it is
)

// setProtected makes rooms the protected ones.
func (p *protecting) setProtected(ids []id.RoomID) {
	p.chosen = ids
	for room := range p.rooms {
		if !slices.Contains(ids, room) && !p.lingers(room) {
			p.unprotect(room)
		}
	}
	for _, room := range ids {
		p.stays(room)
		if p.rooms[room] == nil {
			p.comes(room)
			// Until it was seen as a whole and weighed: its events come one by one, and
			// each may be of somebody whom the rules ban.
			p.world.HoldRoom(room, true)
			p.commits.Setting(heldRooms, string(room), unseen)
		}
	}
}

// linger looks after a room for a while yet that was taken out before a restart.
func (p *protecting) linger(room id.RoomID) { p.comes(room) }

func (p *protecting) comes(room id.RoomID) {
	p.moves++
	p.rooms[room] = &protectedRoom{}
	p.world.Protect(room)
}

// release lets rooms go that were taken out and have lingered.
func (p *protecting) release() { p.setProtected(p.chosen) }

func (p *protecting) unprotect(room id.RoomID) {
	p.moves++
	delete(p.rooms, room)
	p.world.Unprotect(room)
	p.unguarded(room)
	p.touch(room)
	p.runner.Drop(room, time.Now())
	p.speaker.report.Problems.SolvedRoom(room)
	p.commits.Setting(heldRooms, string(room), nil)
	if !p.role(room) {
		p.commits.Forget(room)
	}
}

// touch notes that there is news about what is asked of a room.
func (p *protecting) touch(room id.RoomID) {
	p.board.Touch(approval.Topic{Kind: approval.Room, About: string(room)}, time.Now())
}

// sweepFirst begins to find out what the rules would do in a room that is new here.
func (p *protecting) sweepFirst(room id.RoomID, w *protectedRoom, now time.Time) {
	w.unswept, w.away = true, false
	if p.sweep(room, w, now); w.unswept {
		p.commits.Setting(heldRooms, string(room), unswept)
	}
}

// sweepOne goes on with one room that is new here; false if there is none.
func (p *protecting) sweepOne(now time.Time) bool {
	for room, w := range p.rooms {
		if w.unswept {
			p.sweep(room, w, now)
			return true
		}
	}
	return false
}

// sweep goes on finding out what the rules would do in a room that is new here, or new
// again, or that is asked about and for which other rules are followed now. If that is
// much, the room is left alone until a moderator agrees.
func (p *protecting) sweep(room id.RoomID, w *protectedRoom, now time.Time) {
	e, done := p.world.Scales.Sweep(room, crowd)
	if !done {
		return
	}
	w.unswept = false
	if w.asked || p.world.Settings.Limits.Wide(e) {
		p.board.Touch(approval.Topic{Kind: approval.Room, About: string(room)}, now)
	}
	if w.asked = p.world.Settings.Limits.Wide(e); w.asked {
		w.would = e
		p.commits.Setting(heldRooms, string(room), asked)
		return
	}
	p.commits.Setting(heldRooms, string(room), nil)
	p.queue.enqueue(p.world.HoldRoom(room, false), now)
}

// awayFrom leaves a room alone until we have seen it as a whole again.
func (p *protecting) awayFrom(room id.RoomID, w *protectedRoom) {
	w.away, w.unswept = true, false
	p.world.HoldRoom(room, true)
	if !w.asked && !w.refused {
		p.commits.Setting(heldRooms, string(room), pick(w.read, unswept, unseen))
	}
}

// checkPower tells what we may not do in a protected room.
func (p *protecting) checkPower(room id.RoomID) {
	r := p.world.Room(room)
	if r == nil {
		return
	}
	if m, _ := r.Member(p.world.Self()); m.Membership != event.MembershipJoin {
		return
	}
	key := report.Key{Kind: report.Power, Room: room}
	lacks := r.Lacks(p.world.Self())
	if len(lacks) == 0 {
		p.speaker.report.Problems.Solved(key)
		return
	}
	sentence := fmt.Sprintf("%s: give me power level %s; I have %d.", p.names.Room(room), powerWords(lacks), r.Level(p.world.Self()))
	if p.newcomers[room] {
		p.speaker.report.Problems.Note(key, sentence)
		return
	}
	p.speaker.problem(key, sentence)
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
