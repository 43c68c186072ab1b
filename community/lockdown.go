package community

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/loop"
	"forseti/enforce"
	"forseti/rooms"
	"forseti/sanction"
	"forseti/store"
)

// lockdown is that moderators closed one room by name, whatever the posture is.
type lockdown struct {
	By      id.UserID  `json:"by"`
	Until   time.Time  `json:"until,omitzero"`    // zero for good
	Command id.EventID `json:"command,omitempty"` // that closed it
	Was     *lockdown  `json:"was,omitempty"`     // that held when this one came
	Opened  id.EventID `json:"opened,omitempty"`  // the command that ended it, of one that holds no more
}

// over tells whether its time is over.
func (k lockdown) over(now time.Time) bool { return !k.Until.IsZero() && !now.Before(k.Until) }

// lockNamespace holds, per room that moderators closed, who did and until when, under the key
// of what was found there, which is stored as for any other door.
const lockNamespace = "lockdown"

// loadLocks takes up which rooms moderators closed.
func (d *doors) loadLocks(ctx context.Context, settings *store.Settings) error {
	stored, err := settings.All(ctx, lockNamespace)
	for key, raw := range stored {
		var k lockdown
		room, ours := d.roomOf(key)
		switch {
		case !ours || json.Unmarshal(raw, &k) != nil:
		case k.Opened != "":
			d.unlocked[room] = k
		default:
			d.locked[room] = k
		}
	}
	return err
}

// isLocked tells whether moderators closed a room by name.
func (d *doors) isLocked(room id.RoomID) bool {
	_, locked := d.locked[room]
	return locked
}

// wants tells whether a room is to be closed.
func (d *doors) wants(room id.RoomID) bool { return d.close || d.isLocked(room) }

// lock has a room be closed, also if somebody has opened it before.
func (d *doors) lock(room id.RoomID, k lockdown, now time.Time) {
	before, was := d.locked[room]
	d.anew(room)
	switch {
	case was && before.Command == k.Command: // once more, after a crash
		k.Was = before.Was
	case was:
		before.Was = nil
		k.Was = &before
	}
	d.keepLock(room, k)
	d.tells(room, k.Command)
	d.next = now
}

// anew has a room be closed that is not, also if somebody has opened it before.
func (d *doors) anew(room id.RoomID) {
	if d.isLocked(room) || d.close {
		return
	}
	d.visit(room).seen = false
	if hold, found := d.found[room]; found && hold.Left() {
		d.forget(room)
	}
}

func (d *doors) keepLock(room id.RoomID, k lockdown) {
	d.locked[room] = k
	delete(d.unlocked, room)
	d.commits.Setting(lockNamespace, d.key(room), k)
}

// unlockOf ends the lockdown of one command, if it is the one that holds: what held before it
// does again, if its time is not over. By is the command that takes it back.
func (d *doors) unlockOf(room id.RoomID, command, by id.EventID, now time.Time) {
	k, locked := d.locked[room]
	switch {
	case !locked || k.Command != command:
		return
	case k.Was != nil && !k.Was.over(now):
		d.keepLock(room, *k.Was)
	default:
		d.forgetLock(room)
	}
	d.tells(room, by)
	d.next = now
}

// unlock has a room be open again, as far as no posture closes it. What the command ended is
// kept, for it may be taken back.
func (d *doors) unlock(room id.RoomID, command id.EventID, now time.Time) {
	k, locked := d.locked[room]
	if !locked {
		return
	}
	d.forgetLock(room)
	k.Opened = command
	d.unlocked[room] = k
	d.commits.Setting(lockNamespace, d.key(room), k)
	d.tells(room, command)
	d.next = now
}

// relock has hold again what one command ended, unless it would be over, or the room was closed
// anew. By is the command that has it so.
func (d *doors) relock(room id.RoomID, command, by id.EventID, now time.Time) {
	k, opened := d.unlocked[room]
	if !opened || k.Opened != command || k.over(now) || d.isLocked(room) {
		return
	}
	k.Opened = ""
	d.anew(room)
	d.keepLock(room, k)
	d.tells(room, by)
	d.next = now
}

func (d *doors) forgetLock(room id.RoomID) {
	if !d.isLocked(room) {
		return
	}
	delete(d.locked, room)
	d.commits.Setting(lockNamespace, d.key(room), nil)
	if !d.close {
		d.visit(room).seen = false
	}
}

// endLocks ends those whose time is over, and notes when the next is.
func (d *doors) endLocks(now time.Time) {
	for _, room := range slices.Sorted(maps.Keys(d.locked)) {
		switch k := d.locked[room]; {
		case k.over(now):
			d.forgetLock(room)
			delete(d.asked, room)
		case !k.Until.IsZero():
			d.next = earlier(d.next, k.Until)
		}
	}
}

// lockDesk shows how rooms are closed.
type lockDesk struct {
	loop        *loop.Loop
	doors, hush *doors
}

var _ commands.LockDesk = lockDesk{}

// Now is the time.
func (lockDesk) Now() time.Time { return time.Now() }

// Locks says of each protected room, or of one, how it stands.
func (l lockDesk) Locks(room id.RoomID) (all []commands.Lock) {
	l.loop.See(func() {
		for _, name := range l.doors.rooms() {
			r := l.doors.world.Room(name)
			if r == nil || room != "" && name != room {
				continue
			}
			all = append(all, l.lockOf(r))
		}
	})
	return all
}

// lockOf says how one room stands.
func (l lockDesk) lockOf(r *rooms.Room) commands.Lock {
	lock := commands.Lock{Room: r.ID(), Asks: sanction.Asks(r.Version()), Door: l.doors.latched(r.ID(), l.Now()), Voice: l.hush.latched(r.ID(), l.Now())}
	if door, open := sanction.CloseDoor(r.Content(event.StateJoinRules.Type), r.Version()); open {
		lock.Open = true
		lock.Door.Refused = l.doors.refused(r, door.Set)
	}
	lock.Shared = !lock.Open && l.doors.shared(r)
	if !lock.Voice.Locked && !lock.Voice.Posture {
		lock.Voice.Refused = l.hush.muffled(r)
	}
	return lock
}

func (d *doors) latched(room id.RoomID, now time.Time) commands.Latch {
	l := commands.Latch{Locked: d.isLocked(room), By: d.locked[room].Command, Posture: d.close}
	if k, locked := d.locked[room]; locked {
		_, state := d.of.verb()
		r, hold := d.world.Room(room), d.found[room]
		l.Ends, l.Holds = k.Until, r != nil && hold != nil && !hold.Left() && !hold.Resting() && hold.Stands(r.Content(state.Type)) == sanction.Closed
	}
	if k, opened := d.unlocked[room]; opened && !k.over(now) {
		l.Opened, l.Until = k.Opened, k.Until
	}
	return l
}

// shared tells whether another community of our account has closed a room: it is ours that set who may
// join, for no hold of ours, in a room that somebody else made, which is as we close one.
func (d *doors) shared(r *rooms.Room) bool {
	hold, found := d.found[r.ID()]
	if found && !hold.Left() && !hold.Resting() || !d.setByUs(r) {
		return false
	}
	if maker, _, _ := r.SetBy(event.StateCreate.Type); maker == d.world.Self() {
		return false // it may have been so from the beginning
	}
	return r.JoinRule() == sanction.ClosedRule(r.Version())
}

// refused says why we may not set what a room says; "" if we may.
func (d *doors) refused(r *rooms.Room, content json.RawMessage) string {
	verb, state := d.of.verb()
	return enforce.Able(r, d.world.Self(), action.Action{Verb: verb, State: &action.State{Type: state, Content: content}}).String()
}

// muffled says why it cannot be that only who has power writes in a room; "" if it can.
func (d *doors) muffled(r *rooms.Room) string {
	content := r.Content(event.StatePowerLevels.Type)
	switch hush, why := sanction.HushRoom(content, r.Level(d.world.Self())); {
	case content == nil:
		return "I do not know its power levels yet"
	case hush == nil && why == "":
		return "it takes power to write there already"
	case hush == nil:
		return why
	}
	return d.refused(r, content)
}
