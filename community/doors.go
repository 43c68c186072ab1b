package community

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community/commits"
	"forseti/enforce"
	"forseti/sanction"
	"forseti/store"
	"forseti/text"
	"forseti/wire"
)

// doors are the rooms that a posture closed, and what was found there. What was found is
// stored in one transaction with the order to change it, so that it is known whenever we
// stop; from then on rooms are made to be as they should by what they say, again and
// again, until they are.
type doors struct {
	rounds
	world   *enforce.World
	commits *commits.Writer
	speaker *speaker
	names   names
	rooms   func() []id.RoomID

	close   bool // what is wanted now
	locked  map[id.RoomID]lockdown
	found   map[id.RoomID]sanction.Door
	waiting map[string]id.RoomID // actions under way
	visits  map[id.RoomID]*visit
}

// visit is what came of a room.
type visit struct {
	rest time.Time // until when it is left alone
	seen bool      // closed, since it is wanted
	left bool      // set otherwise by somebody since
	gone bool      // it is being let go
}

func (d *doors) visit(room id.RoomID) *visit {
	v := d.visits[room]
	if v == nil {
		v = &visit{}
		d.visits[room] = v
	}
	return v
}

// doorNamespace holds, per room that was closed, what was found there.
const doorNamespace = "door"

// doorRest is how long a room is left alone after something was done there, until sync has
// brought it or to try anew.
const doorRest = 30 * time.Second

// doorEvery is how often rooms are looked at while any is closed or to be: one may have
// come to be protected since, or the power to close it.
const doorEvery = time.Minute

// load takes up which rooms were closed.
func (d *doors) load(ctx context.Context, settings *store.Settings, now time.Time) error {
	stored, err := settings.All(ctx, doorNamespace)
	if err != nil {
		return err
	}
	for room, raw := range stored {
		var door sanction.Door
		if json.Unmarshal(raw, &door) == nil {
			d.found[id.RoomID(room)] = door
		}
	}
	d.next = now
	return nil
}

// turn has doors be closed, or open again.
func (d *doors) turn(closed bool, now time.Time) {
	if d.close != closed || closed {
		d.close, d.next = closed, now
	}
	if !closed {
		for _, v := range d.visits {
			v.seen, v.left = false, false
		}
	}
}

// lookDue sees to the doors.
func (d *doors) lookDue(now time.Time) {
	d.look(now, "see to who may join", d.plan)
}

// plan is what is to be done now, and what to store with it.
func (d *doors) plan(now time.Time) plan {
	var wanted store.Commit
	d.next = time.Time{}
	d.endLocks(now)
	for _, room := range d.rooms() {
		if d.wants(room) {
			d.shut(room, now, &wanted)
		}
	}
	for _, room := range slices.Sorted(maps.Keys(d.found)) {
		d.see(room, now, &wanted)
	}
	if d.close || len(d.found)+len(d.locked) > 0 {
		d.next = earlier(d.next, now.Add(doorEvery))
	}
	return plan{wanted: wanted, undo: func(now time.Time) {
		for _, a := range wanted.Open {
			d.ended(action.Ending{Action: a}, now)
		}
		for _, s := range wanted.Settings {
			delete(d.found, id.RoomID(s.Key))
		}
	}}
}

// letGo leaves a room alone that is about to be let go, and gives what opens it if it is closed.
func (d *doors) letGo(name id.RoomID) (opens action.Action, closed bool) {
	room := d.world.Room(name)
	door, closed := d.found[name]
	if room == nil || !closed || door.Stands(room.Content(event.StateJoinRules.Type)) == sanction.Changed {
		return opens, false
	}
	d.visit(name).gone = true
	return doorAction(name, door.Found), true
}

// opened takes in that a room is open again that is about to be let go.
func (d *doors) opened(room id.RoomID) {
	delete(d.found, room)
	d.visits[room] = &visit{gone: true}
	d.commits.Setting(doorNamespace, string(room), nil)
}

// stays takes in that a room is not let go after all: it is closed again, if that is wanted.
func (d *doors) stays(room id.RoomID, now time.Time) {
	d.visit(room).gone = false
	d.next = earlier(d.next, now)
}

// unguarded takes in that a room is not protected any more. If it is closed, we may not open
// it, and who took it out has to know.
func (d *doors) unguarded(room id.RoomID) {
	delete(d.visits, room)
	d.forgetLock(room)
	door, closed := d.found[room]
	if !closed {
		return
	}
	d.speaker.tell(fmt.Sprintf("I closed %s for the posture, and do not look after it any more, so I will not open it. Before, who may join was %s. If it is to be so again, set it by hand, or let me: %s.",
		d.names.Room(room), text.Code(text.OneLine(wire.Read(door.Found).Short("join_rule", 50))), text.Code("!forseti rooms add "+string(room))))
}

// shut notes what is found in a room that is to be closed, unless it was.
func (d *doors) shut(name id.RoomID, now time.Time, wanted *store.Commit) {
	room := d.world.Room(name)
	if _, was := d.found[name]; was || room == nil || d.visit(name).left || d.visit(name).gone {
		return
	}
	door, open := sanction.CloseDoor(room.Content(event.StateJoinRules.Type), room.Version())
	if !open {
		return
	}
	a := doorAction(name, door.Set)
	if why := enforce.Able(room, d.world.Self(), a).String(); why != "" {
		if d.visit(name).rest.IsZero() {
			d.speaker.tell(fmt.Sprintf("I cannot close %s: %s.", d.names.Room(name), why))
			d.visit(name).rest = now
		}
		return
	}
	d.found[name] = door
	wanted.Settings = append(wanted.Settings, store.NewSetting{Namespace: doorNamespace, Key: string(name), Value: door})
}

// see has one room be as it should.
func (d *doors) see(name id.RoomID, now time.Time, wanted *store.Commit) {
	room, door := d.world.Room(name), d.found[name]
	switch {
	case room == nil, d.visit(name).gone:
		return // if it is protected again, it is opened then
	case slices.Contains(slices.Collect(maps.Values(d.waiting)), name):
		return
	case now.Before(d.visit(name).rest):
		d.next = earlier(d.next, d.visit(name).rest)
		return
	}
	content := door.Found
	switch is := door.Stands(room.Content(event.StateJoinRules.Type)); {
	case is == sanction.Changed, is == sanction.Open && d.wants(name) && d.visit(name).seen:
		d.forget(name)
		d.forgetLock(name)
		d.visit(name).left = true
		d.speaker.tell(fmt.Sprintf("Somebody has changed who may join %s since I closed it, so I leave it as it is.", d.names.Room(name)))
		return
	case is == sanction.Open && !d.wants(name):
		d.forget(name)
		return
	case is == sanction.Closed && d.wants(name):
		d.visit(name).seen = true
		return
	case d.wants(name):
		content = door.Set
	}
	a := doorAction(name, content)
	d.waiting[a.ID] = name
	wanted.Open = append(wanted.Open, a)
}

func doorAction(room id.RoomID, content json.RawMessage) action.Action {
	return action.Action{
		ID: "door-" + rand.Text(), Verb: action.SetJoinRule, Room: room, Cause: action.Cause{Kind: action.ByForseti},
		State: &action.State{Type: event.StateJoinRules, Content: content},
	}
}

// ended takes in that something was done, or not: what it came to, the room says.
func (d *doors) ended(e action.Ending, now time.Time) {
	room, ours := d.waiting[e.Action.ID]
	if !ours {
		return
	}
	delete(d.waiting, e.Action.ID)
	d.visit(room).rest = now.Add(doorRest)
	d.next = earlier(d.next, d.visit(room).rest)
}

// forget ends what was found in a room: it is as it was, or as somebody wants it.
func (d *doors) forget(room id.RoomID) {
	delete(d.found, room)
	delete(d.visits, room)
	d.commits.Setting(doorNamespace, string(room), nil)
}
