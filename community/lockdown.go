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
	"forseti/sanction"
	"forseti/store"
)

// lockdown is that moderators closed one room by name, whatever the posture is.
type lockdown struct {
	By    id.UserID `json:"by"`
	Until time.Time `json:"until,omitzero"` // zero for good
}

// lockNamespace holds, per room that moderators closed, who did and until when. What was found
// there is stored as for any other door.
const lockNamespace = "lockdown"

// loadLocks takes up which rooms moderators closed.
func (d *doors) loadLocks(ctx context.Context, settings *store.Settings) error {
	stored, err := settings.All(ctx, lockNamespace)
	for room, raw := range stored {
		var k lockdown
		if json.Unmarshal(raw, &k) == nil {
			d.locked[id.RoomID(room)] = k
		}
	}
	return err
}

// wants tells whether a room is to be closed.
func (d *doors) wants(room id.RoomID) bool {
	_, locked := d.locked[room]
	return d.close || locked
}

// lock has a room be closed, also if somebody has opened it before.
func (d *doors) lock(room id.RoomID, k lockdown, now time.Time) {
	if _, was := d.locked[room]; !was && !d.close {
		d.visit(room).seen = false
		if hold, found := d.found[room]; found && hold.Left() {
			d.forget(room)
		}
	}
	d.locked[room] = k
	d.commits.Setting(lockNamespace, string(room), k)
	d.next = now
}

// unlock has a room be open again, as far as no posture closes it.
func (d *doors) unlock(room id.RoomID, now time.Time) {
	d.forgetLock(room)
	d.next = now
}

func (d *doors) forgetLock(room id.RoomID) {
	if _, locked := d.locked[room]; !locked {
		return
	}
	delete(d.locked, room)
	d.commits.Setting(lockNamespace, string(room), nil)
	if !d.close {
		d.visit(room).seen = false
	}
}

// endLocks ends those whose time is over, and notes when the next is.
func (d *doors) endLocks(now time.Time) {
	for _, room := range slices.Sorted(maps.Keys(d.locked)) {
		switch until := d.locked[room].Until; {
		case until.IsZero():
		case !now.Before(until):
			d.forgetLock(room)
		default:
			d.next = earlier(d.next, until)
		}
	}
}

// lockDesk shows how the doors of rooms stand.
type lockDesk struct {
	loop  *loop.Loop
	doors *doors
}

var _ commands.LockDesk = lockDesk{}

// Now is the time.
func (lockDesk) Now() time.Time { return time.Now() }

// Locks says of each protected room, or of one, how its door stands.
func (l lockDesk) Locks(room id.RoomID) (all []commands.Lock) {
	l.loop.See(func() {
		d := l.doors
		for _, name := range d.rooms() {
			r := d.world.Room(name)
			if r == nil || room != "" && name != room {
				continue
			}
			lock := commands.Lock{Room: name, Posture: d.close}
			locked, is := d.locked[name]
			lock.Locked, lock.Until = is, locked.Until
			door, open := sanction.CloseDoor(r.Content(event.StateJoinRules.Type), r.Version())
			lock.Open = open
			lock.Asks = sanction.Asks(r.Version())
			if open {
				a := action.Action{Verb: action.SetJoinRule, State: &action.State{Type: event.StateJoinRules, Content: door.Set}}
				lock.Refused = enforce.Able(r, d.world.Self(), a).String()
			}
			all = append(all, lock)
		}
	})
	return all
}
