package community

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community/commits"
	"forseti/enforce"
	"forseti/rooms"
	"forseti/sanction"
	"forseti/store"
)

// doors are the rooms where a posture has something set otherwise, as who may join or who may
// write, and what was found there. What was found is stored in one transaction with the order
// to change it, so that it is known whenever we stop; from then on rooms are made to be as
// they should by what they say, again and again, until they are.
type doors struct {
	rounds
	askers
	of      latch
	world   *enforce.World
	commits *commits.Writer
	speaker *speaker
	names   names
	rooms   func() []id.RoomID
	release func() // has rooms be let go that were taken out

	close    bool                   // what is wanted now
	done     bool                   // a room that was taken out is open, or its time is over
	locked   map[id.RoomID]lockdown // rooms that moderators closed by name
	unlocked map[id.RoomID]lockdown // and those that they opened again
	found    map[id.RoomID]sanction.Hold
	visits   map[id.RoomID]*visit
}

// latch is what is set otherwise.
type latch interface {
	// name begins the keys under which is stored what was found, and the IDs of actions.
	name() string
	// verb sets the state of a type.
	verb() (action.Verb, event.Type)
	// read is what was stored; false if it cannot be read.
	read(raw json.RawMessage) (sanction.Hold, bool)
	// find notes what is found in a room; nil if there is nothing to change. Rest is what is
	// left of an earlier time, or nil. If it cannot be changed it says why; if there is
	// something to say besides, it says that.
	find(room *rooms.Room, rest sanction.Hold, now time.Time) (hold sanction.Hold, why, besides string)
	// more is what a hold is to be by now while it holds; nil if it is that.
	more(room *rooms.Room, hold sanction.Hold, now time.Time) sanction.Hold

	// cannot, theirs and gone tell moderators that a room cannot be changed, that somebody has
	// set it since, and that we do not look after it any more.
	cannot(room, why string) string
	theirs(room string) string
	gone(room string, name id.RoomID, hold sanction.Hold) string
	// did tells them what was set in a room that nobody asked for just now.
	did(room string, name id.RoomID, what move) string
}

// visit is what came of a room.
type visit struct {
	rest time.Time // until when it is left alone
	more time.Time // when it is to be looked at whether there is more to change
	told bool      // that it cannot be changed
	seen bool      // closed, since it is wanted
	hand bool      // somebody else has set it since
	gone bool      // it is being let go
	back bool      // what was found there is given back
	// until is, of a room that was taken out, when it is let go though not all is given back.
	until time.Time
}

func newDoors(of latch, r rounds, c *Community) *doors {
	return &doors{
		rounds: r, askers: newAskers(), of: of, world: c.world, commits: c.commits, speaker: c.speaker, names: c.places.names,
		release: func() { c.places.protecting.release() },
		rooms:   func() []id.RoomID { return slices.Sorted(maps.Keys(c.places.protecting.rooms)) },
		found:   map[id.RoomID]sanction.Hold{}, locked: map[id.RoomID]lockdown{}, unlocked: map[id.RoomID]lockdown{}, visits: map[id.RoomID]*visit{},
	}
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

const (
	// doorRest is how long a room is left alone after something was done there, until sync
	// has brought it or to try anew.
	doorRest = 30 * time.Second
	// doorEvery is how often rooms are looked at while any is closed or to be: one may have
	// come to be protected since, or the power to close it.
	doorEvery = time.Minute
	// doorLasts is how long a room that was taken out is looked after until it is open.
	doorLasts = 3 * time.Minute
	// doorMore is how often it is looked at whether there is more to change in a closed one.
	doorMore = 10 * time.Minute
)

// load takes up which rooms were closed.
func (d *doors) load(ctx context.Context, settings *store.Settings, now time.Time) error {
	stored, err := settings.All(ctx, doorNamespace)
	if err != nil {
		return err
	}
	for key, raw := range stored {
		d.take(key, raw)
	}
	d.next = now
	return nil
}

// take takes up what was stored, if it is ours.
func (d *doors) take(key string, raw json.RawMessage) {
	room, ours := d.roomOf(key)
	if hold, ok := d.of.read(raw); ok && ours {
		d.found[room] = hold
	}
}

// roomOf is the room of a key; false if the key is another's.
func (d *doors) roomOf(key string) (room id.RoomID, ours bool) {
	room = id.RoomID(strings.TrimPrefix(key, d.of.name()+" "))
	return room, strings.HasPrefix(string(room), "!") && d.key(room) == key
}

// key is that under which is stored what was found in a room.
func (d *doors) key(room id.RoomID) string {
	if d.of.name() == (joining{}).name() { // as it was when there was nothing else
		return string(room)
	}
	return d.of.name() + " " + string(room)
}

// turn has doors be closed, or open again.
func (d *doors) turn(closed bool, now time.Time) {
	if d.close != closed || !d.turned { // after a start, what it did is told with the posture too
		for _, room := range slices.Concat(d.rooms(), slices.Collect(maps.Keys(d.found))) {
			d.tells(room, "")
		}
	}
	d.turned = true
	if d.close != closed || closed {
		d.close, d.next = closed, now
	}
	if !closed {
		for _, v := range d.visits {
			v.seen = false
		}
	}
}

// lookDue sees to the doors.
func (d *doors) lookDue(now time.Time) {
	d.look(now, "see to "+d.of.name(), d.plan)
	if d.done {
		d.done = false
		d.release()
	}
}

// plan is what is to be done now, and what to store with it.
func (d *doors) plan(now time.Time) plan {
	var wanted store.Commit
	before := map[id.RoomID]sanction.Hold{}
	d.next = time.Time{}
	d.endLocks(now)
	for _, room := range d.rooms() {
		if d.wants(room) {
			d.shut(room, now, &wanted, before)
		}
	}
	for _, room := range slices.Sorted(maps.Keys(d.found)) {
		d.see(room, now, &wanted, before)
	}
	d.looked(func(room id.RoomID) bool { return now.Before(d.visit(room).rest) })
	if d.close || len(d.found)+len(d.locked) > 0 {
		d.next = earlier(d.next, now.Add(doorEvery))
	}
	return plan{wanted: wanted, undo: func(now time.Time) {
		for _, a := range wanted.Open {
			d.ended(action.Ending{Action: a}, now)
		}
		for room, hold := range before {
			if d.found[room] = hold; hold == nil {
				delete(d.found, room)
			}
		}
	}}
}

// stirred takes in that what it is about has changed in a room.
func (d *doors) stirred(name id.RoomID, now time.Time) {
	hold, found := d.found[name]
	if found || d.wants(name) {
		d.next = earlier(d.next, now)
	}
	room := d.world.Room(name)
	if !found || room == nil {
		return
	}
	_, state := d.of.verb()
	if content := room.Content(state.Type); !d.setByUs(room) && hold.Stands(content) != sanction.Closed {
		d.visit(name).hand = true
	}
}

// setByUs tells whether it is our account that has set what it is about: if it was not for us, then
// for another community that looks after the room as well.
func (d *doors) setByUs(room *rooms.Room) bool {
	_, state := d.of.verb()
	sender, _, _ := room.SetBy(state.Type)
	return sender == d.world.Self()
}

// note takes up what was found in a room, to be stored with what is wanted.
func (d *doors) note(room id.RoomID, hold sanction.Hold, wanted *store.Commit, before map[id.RoomID]sanction.Hold) {
	before[room] = d.found[room]
	d.found[room] = hold
	wanted.Settings = append(wanted.Settings, store.NewSetting{Namespace: doorNamespace, Key: d.key(room), Value: hold})
}

// letGo leaves a room alone that is about to be let go, and gives what opens it if it is closed.
func (d *doors) letGo(name id.RoomID) (opens action.Action, closed bool) {
	room := d.world.Room(name)
	hold, closed := d.found[name]
	if room == nil || !closed {
		return opens, false
	}
	_, state := d.of.verb()
	now := room.Content(state.Type)
	back := hold.Back(now)
	if back == nil {
		return opens, false
	}
	d.visit(name).gone = true
	return d.action(name, now, back), true
}

// opened takes in that a room is open again that is about to be let go.
func (d *doors) opened(room id.RoomID) {
	delete(d.found, room)
	d.visits[room] = &visit{gone: true}
	d.commits.Setting(doorNamespace, d.key(room), nil)
}

// lingers takes in that a room is taken out, and reports whether it is to be opened before.
func (d *doors) lingers(name id.RoomID, now time.Time) bool {
	room, v := d.world.Room(name), d.visit(name)
	hold, found := d.found[name]
	if room == nil || !found || v.gone || d.dry() || !v.until.IsZero() && !now.Before(v.until) {
		return false
	}
	verb, state := d.of.verb()
	content := room.Content(state.Type)
	done := !d.pending(name) && !now.Before(v.rest) // and sync has brought it
	if done && (hold.Back(content) == nil || !enforce.Able(room, d.world.Self(), action.Action{Verb: verb, Room: name, State: &action.State{Type: state}}).OK()) {
		if hold.Rest(content, false) == nil && hold.Stands(content) != sanction.Closed {
			d.forget(name)
		}
		return false
	}
	d.next = earlier(d.next, now)
	return true
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
	if _, opened := d.unlocked[room]; opened {
		delete(d.unlocked, room)
		d.commits.Setting(lockNamespace, d.key(room), nil)
	}
	if hold, closed := d.found[room]; closed && !hold.Left() && !hold.Resting() {
		d.speaker.tell(d.of.gone(d.names.Room(room), room, hold))
	}
}

// shut notes what is found in a room that is to be closed, unless it was.
func (d *doors) shut(name id.RoomID, now time.Time, wanted *store.Commit, before map[id.RoomID]sanction.Hold) {
	room := d.world.Room(name)
	rest, was := d.found[name]
	if was && (rest.Left() || !rest.Resting()) || room == nil || d.visit(name).gone || !d.visit(name).until.IsZero() {
		return
	}
	hold, why, besides := d.of.find(room, rest, now)
	if hold != nil && why == "" {
		verb, state := d.of.verb()
		why = enforce.Able(room, d.world.Self(), action.Action{Verb: verb, Room: name, State: &action.State{Type: state}}).String()
	}
	switch v := d.visit(name); {
	case why != "" && !v.told:
		v.told = true
		delete(d.asked, name) // that it works after all is news then
		d.speaker.tell(d.of.cannot(d.names.Room(name), why))
	case why == "" && hold != nil:
		d.note(name, hold, wanted, before)
		if besides != "" {
			d.speaker.tell(besides)
		}
	}
}

// see has one room be as it should.
func (d *doors) see(name id.RoomID, now time.Time, wanted *store.Commit, before map[id.RoomID]sanction.Hold) {
	room, hold, v := d.world.Room(name), d.found[name], d.visit(name)
	_, state := d.of.verb()
	if !v.until.IsZero() {
		d.next = earlier(d.next, v.until)
		d.done = d.done || !now.Before(v.until)
	}
	switch {
	case room == nil, room.Content(state.Type) == nil, v.gone:
		return // if it is protected again, it is opened then
	case d.pending(name):
		return
	case now.Before(v.rest):
		d.next = earlier(d.next, v.rest)
		return
	}
	content := room.Content(state.Type)
	wants := d.wants(name) && !hold.Left() && !hold.Resting() && v.until.IsZero()
	is := hold.Stands(content)
	if v.back = v.back && !wants; v.back && is == sanction.Closed { // another community has closed it since
		d.forget(name)
		return
	}
	switch changed := is == sanction.Changed || is == sanction.Open && v.seen; {
	case !wants || !changed:
	case d.setByUs(room) && !v.hand && hold.Shut(content) != nil: // the other community is done with it, or shut less
	case d.setByUs(room) && !v.hand && hold.Back(content) == nil: // it found something else
		d.forget(name)
		d.next = now
		return
	default:
		hold = hold.Leave()
		d.found[name] = hold
		d.commits.Setting(doorNamespace, d.key(name), hold)
		d.forgetLock(name)
		d.speaker.tell(d.of.theirs(d.names.Room(name)))
		wants = false
	}
	var to json.RawMessage
	switch {
	case !wants:
		to = hold.Back(content)
	case is == sanction.Closed:
		v.seen, v.hand = true, false
		to = d.grow(room, hold, now, wanted, before)
	default:
		to = hold.Shut(content)
	}
	if to == nil {
		if !wants {
			d.done = d.done || !v.until.IsZero()
			d.rest(name, hold, content)
		}
		return
	}
	a := d.action(name, content, to)
	d.begins(&a)
	wanted.Open = append(wanted.Open, a)
}

// grow has a hold be what it is to be by now, and gives the content for it.
func (d *doors) grow(room *rooms.Room, hold sanction.Hold, now time.Time, wanted *store.Commit, before map[id.RoomID]sanction.Hold) json.RawMessage {
	v := d.visit(room.ID())
	if v.more.IsZero() {
		v.more = now.Add(doorMore)
	}
	if now.Before(v.more) {
		return nil
	}
	v.more = now.Add(doorMore)
	more := d.of.more(room, hold, now)
	if more == nil {
		return nil
	}
	d.note(room.ID(), more, wanted, before)
	_, state := d.of.verb()
	return more.Shut(room.Content(state.Type))
}

// rest keeps only what may still have to be given back in a room where nothing is now.
func (d *doors) rest(room id.RoomID, hold sanction.Hold, now json.RawMessage) {
	switch left := hold.Rest(now, d.wants(room) && hold.Left()); left {
	case nil:
		d.forget(room)
	case hold:
	default:
		d.found[room] = left
		d.commits.Setting(doorNamespace, d.key(room), left)
	}
}

// action sets what a room says.
func (d *doors) action(room id.RoomID, now, content json.RawMessage) action.Action {
	verb, state := d.of.verb()
	a := action.Action{
		ID: d.of.name() + "-" + rand.Text(), Verb: verb, Room: room, Cause: action.Cause{Kind: action.ByForseti},
		State: &action.State{Type: state, Content: content},
	}
	if slices.Contains(verb.Row().Needs, action.HasBase) {
		a.Was = slices.Clone(now)
	}
	return a
}

// ended takes in that something was done, or not: what it came to, the room says.
func (d *doors) ended(e action.Ending, now time.Time) {
	w, ours, news := d.ends(e)
	if !ours {
		return
	}
	v, hold := d.visit(w.room), d.found[w.room]
	v.back = e.Fate == action.Done && hold != nil && e.Action.State != nil && hold.Stands(e.Action.State.Content) == sanction.Open
	if news && hold != nil && e.Action.State != nil {
		what := opens
		if hold.Stands(e.Action.State.Content) == sanction.Closed {
			what = shuts
			if v.seen {
				what = grows
			}
		}
		d.speaker.tell(d.of.did(d.names.Room(w.room), w.room, what))
	}
	v.rest = now.Add(doorRest)
	d.next = earlier(d.next, v.rest)
}

// forget ends what was found in a room: it is as it was, or as somebody wants it.
func (d *doors) forget(room id.RoomID) {
	delete(d.found, room)
	if until := d.visit(room).until; until.IsZero() {
		delete(d.visits, room)
	} else {
		d.visits[room] = &visit{until: until}
	}
	d.commits.Setting(doorNamespace, d.key(room), nil)
}
