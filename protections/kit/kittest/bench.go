// Package kittest is a bench for protections: events in, findings out, in
// milliseconds and without a homeserver. Its room is one of package rooms, and what is
// asked of the protection goes through the set that the bot uses.
package kittest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/protections/kit"
	"forseti/rooms"
	"forseti/sanction/trust"
)

// Who and where.
const (
	RoomID    id.RoomID = "!room:hs"
	Self      id.UserID = "@forseti:hs"
	Moderator id.UserID = "@mod:hs" // of the management room
	Owner     id.UserID = "@owner:hs"
)

// Start is when a bench begins.
var Start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// Bench is one protected room with a protection that runs there.
type Bench struct {
	Set  *kit.Set
	Room *rooms.Room
	Now  time.Time
	// Listed are users whom a policy list exempts, and Others further protected rooms.
	Listed map[id.UserID]bool
	Others map[id.RoomID]*rooms.Room

	t    testing.TB
	kind kit.Kind
	sent int // messages
	set  int // pieces of state
}

// New returns a room of version 11 with the bot, at level 100, and its owner in it. A
// protection that panics fails the test.
func New(t testing.TB, kind kit.Kind, values map[string]string) *Bench {
	t.Helper()
	b := &Bench{
		Room: rooms.New(RoomID), Now: Start, t: t, kind: kind,
		Listed: map[id.UserID]bool{}, Others: map[id.RoomID]*rooms.Room{},
	}
	b.Set = kit.NewSet(Self, people{b})
	b.Set.Report = func(name string, err error) { t.Errorf("%s: %v", name, err) }
	b.begin()
	b.Configure(kit.Standing{Mode: kit.On, Values: values})
	return b
}

// Configure sets the protection. Values that do not work fail the test.
func (b *Bench) Configure(s kit.Standing) {
	b.t.Helper()
	for _, room := range []id.RoomID{"", RoomID} {
		if _, problems := b.kind.Read(s, room); len(problems) > 0 {
			b.t.Errorf("settings: %v", problems)
		}
	}
	b.Set.Use(b.kind, s)
}

// Sent is how many messages there were.
func (b *Bench) Sent() int { return b.sent }

// Pass lets time go by.
func (b *Bench) Pass(d time.Duration) { b.Now = b.Now.Add(d) }

// Levels sets who has which level.
func (b *Bench) Levels(users map[id.UserID]int) {
	b.state(Owner, "m.room.power_levels", "", map[string]any{"users": users})
}

// Say has a user say something.
func (b *Bench) Say(user id.UserID, body string) []kit.Finding {
	return b.Send(b.Message(user, "m.room.message", map[string]any{"msgtype": "m.text", "body": body}))
}

// Message makes an event without a state key, of the next ID: $1, $2, and so on. What
// its sender says of the time is a lie that must not matter.
func (b *Bench) Message(user id.UserID, kind string, content map[string]any) *event.Event {
	b.sent++
	evt := b.event(fmt.Sprint("$", b.sent), user, kind, content)
	evt.Timestamp = int64(b.sent) * 1e15
	return evt
}

func (b *Bench) event(eventID string, user id.UserID, kind string, content map[string]any) *event.Event {
	b.t.Helper()
	evt := &event.Event{ID: id.EventID(eventID), RoomID: b.Room.ID(), Sender: user, Type: event.Type{Type: kind, Class: event.MessageEventType}}
	raw, err := json.Marshal(content)
	if err != nil {
		b.t.Fatal(err)
	}
	evt.Content.VeryRaw, evt.Content.Raw = raw, nil
	_ = json.Unmarshal(raw, &evt.Content.Raw) // as it is read from the network
	return evt
}

// Send has a message reach the bot.
func (b *Bench) Send(evt *event.Event) []kit.Finding { return b.Check(kit.SaidBy(evt, b.Now)) }

// Waited has a message reach the bot that was sent while it was away.
func (b *Bench) Waited(user id.UserID, body string, sent time.Time) []kit.Finding {
	evt := b.Message(user, "m.room.message", map[string]any{"msgtype": "m.text", "body": body})
	evt.Timestamp = sent.UnixMilli()
	in := kit.SaidBy(evt, b.Now)
	in.Backlog = true
	return b.Check(in)
}

// State has a user change the state of the room.
func (b *Bench) State(user id.UserID, kind, key string, content map[string]any) []kit.Finding {
	before := b.Room.Content(kind)
	evt, change := b.state(user, kind, key, content)
	return b.Check(kit.ChangedBy(evt, change, before, b.Now))
}

// Member has a user be given a membership, by themselves or another.
func (b *Bench) Member(by, user id.UserID, m event.Membership) []kit.Finding {
	return b.State(by, "m.room.member", string(user), map[string]any{"membership": m})
}

// Join has a user join.
func (b *Bench) Join(user id.UserID) []kit.Finding {
	return b.Member(user, user, event.MembershipJoin)
}

// Check asks the protection.
func (b *Bench) Check(in kit.Signal) []kit.Finding { return b.Set.Check(in, b.Room) }

// Tick lets time go on until the next tick, and gives it.
func (b *Bench) Tick() []kit.Finding {
	if due := b.Set.Due(); due.After(b.Now) {
		b.Now = due
	}
	return b.Set.Tick(b.Now, b.Find)
}

// Other gives another protected room, made like the first if it is not there.
func (b *Bench) Other(room id.RoomID) *rooms.Room {
	if b.Others[room] == nil {
		first, set := b.Room, b.set
		b.Room = rooms.New(room)
		b.begin()
		b.Others[room], b.Room, b.set = b.Room, first, set
	}
	return b.Others[room]
}

// begin makes the room.
func (b *Bench) begin() {
	b.state(Owner, "m.room.create", "", map[string]any{"room_version": "11"})
	b.Levels(map[id.UserID]int{Self: 100, Owner: 100})
	for _, u := range []id.UserID{Owner, Self} {
		b.state(u, "m.room.member", string(u), map[string]any{"membership": event.MembershipJoin})
	}
}

// Regular has a user be trusted for what they wrote in the last month.
func (b *Bench) Regular(user id.UserID) {
	b.t.Helper()
	n := 0
	for day := range 30 {
		for _, u := range []id.UserID{"@talks:hs", user, "@answers:hs", user, "@asks:hs", user} {
			n++
			said := trust.Message{Room: RoomID, User: u, Event: id.EventID(fmt.Sprint("$", user, n))}
			b.Set.Trust.Accept(said, b.Now.AddDate(0, 0, day-30))
		}
	}
	if got := b.Set.Trust.Level(user, b.Now); got < trust.Regular {
		b.t.Errorf("%s is %s", user, got)
	}
}

// Find gives a protected room by its ID; nil for any other.
func (b *Bench) Find(room id.RoomID) *rooms.Room {
	if room == RoomID {
		return b.Room
	}
	return b.Others[room]
}

// people are who is who on a bench.
type people struct{ b *Bench }

// Moderator is one alone.
func (p people) Moderator(u id.UserID) bool { return u == Moderator }

// Exempt is who is on the bench's list.
func (p people) Exempt(u id.UserID) bool { return p.b.Listed[u] }

// Addressed looks through all rooms.
func (p people) Addressed(alias string) bool {
	addressed := string(p.b.Room.Alias()) == alias
	for _, r := range p.b.Others {
		addressed = addressed || string(r.Alias()) == alias
	}
	return addressed
}

// Room finds a protected room.
func (p people) Room(room id.RoomID) *rooms.Room { return p.b.Find(room) }

// PresentIn are the protected rooms where a user is present.
func (p people) PresentIn(u id.UserID) (in []id.RoomID) {
	for _, room := range slices.Sorted(maps.Keys(p.b.Others)) {
		if p.b.Others[room].Present(u) {
			in = append(in, room)
		}
	}
	if p.b.Room.Present(u) {
		in = append(in, RoomID)
	}
	return in
}

// Seek has the author of a finding be banned, which has yet to happen.
func (b *Bench) Seek(f kit.Finding) action.Action {
	a := action.Action{Verb: action.Ban, Room: f.Room, User: f.User, Reason: f.Reason, Cause: f.Cause()}
	b.Set.Sought(a, f, b.Now)
	return a
}

// End tells what came of it. A ban that was made stands in the room.
func (b *Bench) End(a action.Action, f action.Fate) {
	if f == action.Done && a.Verb == action.Ban {
		b.Member(Self, a.User, event.MembershipBan)
	}
	b.Set.Ended(action.Ending{Action: a, Fate: f}, b.Room, b.Now)
}

// StateEvent makes a state event, which the room does not have yet.
func (b *Bench) StateEvent(user id.UserID, kind, key string, content map[string]any) *event.Event {
	b.set++
	evt := b.event(fmt.Sprint("$state", b.set), user, kind, content)
	evt.Type.Class, evt.StateKey = event.StateEventType, &key
	return evt
}

func (b *Bench) state(user id.UserID, kind, key string, content map[string]any) (*event.Event, rooms.Change) {
	evt := b.StateEvent(user, kind, key, content)
	change := b.Room.Apply(evt, b.Now)
	b.Set.Follow(b.Room.ID(), change)
	return evt, change
}

// Trusted has a user be trusted so far by what they said before in another room, without
// any time going by on the bench.
func (b *Bench) Trusted(user id.UserID, level trust.Level) {
	b.t.Helper()
	const days = 60
	for day := days; day > 0 && b.Set.Trust.Level(user, b.Now) < level; day-- {
		at := b.Now.Add(-time.Duration(day) * 24 * time.Hour)
		for n := range trust.MostADay {
			for _, u := range []id.UserID{user, "@others1:hs", "@others2:hs", "@others3:hs"} {
				b.Set.Trust.Accept(trust.Message{Room: "!past:hs", User: u, Event: id.EventID(fmt.Sprint("$past", u, day, n))}, at)
			}
		}
	}
	if got := b.Set.Trust.Level(user, b.Now); got < level {
		b.t.Fatalf("%s is %s", user, got)
	}
}
