package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/protections/kit"
	"forseti/rooms"
	"forseti/sanction"
	"forseti/sanction/trust"
)

// Setup is which protections run, and how they are set: their defaults, a preset, or one
// alone.
type Setup struct {
	Name  string
	Kinds []kit.Kind
	Stand map[string]kit.Standing // by protection; what is not in it is off
	// Scams are the hosts of the operator's list.
	Scams *kit.Domains
}

// Outcome is what came of a line.
type Outcome struct {
	Line Line
	// By are the protections that found something against it, in shadow apart.
	By, Shadow []string
	// Removed says that it was removed, and With with which line of the scene; Shut that its
	// author could not say it any more.
	Removed bool
	With    int
	Shut    bool
	// Step is the worst that was done to its author.
	Step sanction.Step
}

// Stopped reports whether nothing of it stands once a line of the scene was said.
func (o Outcome) Stopped(by int) bool { return o.Shut || o.Removed && o.With <= by }

const (
	self  id.UserID = "@forseti:example.org"
	owner id.UserID = "@owner:example.org"

	fewRooms = 5
)

// house is a community of a few protected rooms: the protections, what is known of members,
// and the ladder are those that the bot has. What it does to a room happens at once.
type house struct {
	set    *kit.Set
	ledger *sanction.Ledger
	rooms  []*rooms.Room
	now    time.Time
	events int

	outcomes []Outcome
	at       map[id.EventID]int // the line that an event is
	shut     map[kit.Place]bool // who may not speak there
	current  int
}

func newHouse(s Setup) *house {
	h := &house{
		ledger: sanction.NewLedger(), now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		at: map[id.EventID]int{}, shut: map[kit.Place]bool{},
	}
	h.set = kit.NewSet(self, h)
	h.set.Trust.Open = h.ledger.Open
	h.set.Scams = s.Scams
	h.set.Shadowed = func(f kit.Finding, _ time.Time) { h.note(f, true) }
	h.set.Report = func(name string, err error) { panic(fmt.Sprintf("%s: %v", name, err)) }
	for n := range fewRooms {
		room := rooms.New(id.RoomID(fmt.Sprintf("!room%d:example.org", n)))
		h.rooms = append(h.rooms, room)
		h.state(room, owner, "m.room.create", "", map[string]any{"room_version": "11"})
		h.state(room, owner, "m.room.power_levels", "", map[string]any{"users": map[id.UserID]int{self: 100, owner: 100}})
		for _, u := range []id.UserID{owner, self} {
			h.state(room, u, "m.room.member", string(u), map[string]any{"membership": "join", "displayname": u.Localpart()})
		}
	}
	h.now = h.now.Add(time.Hour)
	for _, k := range s.Kinds {
		h.set.Use(k, s.Stand[k.Name])
	}
	return h
}

// play has a scene happen, and says what came of each line. Its authors are regular members
// if that is asked for, and else newcomers.
func play(s Setup, scene Scene, regulars bool) []Outcome {
	h := newHouse(s)
	if regulars {
		for _, l := range scene.Lines {
			h.regular(l.By)
		}
	}
	for i, line := range scene.Lines {
		h.current = i
		h.outcomes = append(h.outcomes, Outcome{Line: line})
		h.pass(line.After)
		h.say(line)
	}
	return h.outcomes
}

// pass lets time go by, with the ticks that protections asked for.
func (h *house) pass(d time.Duration) {
	until := h.now.Add(d)
	for due := h.set.Due(); !due.IsZero() && !due.After(until); due = h.set.Due() {
		if due.After(h.now) {
			h.now = due
		}
		h.consequences(h.set.Tick(h.now, h.Room))
	}
	h.now = until
}

func (h *house) say(l Line) {
	room := h.rooms[l.Room]
	place := kit.Place{Room: room.ID(), User: l.By}
	if h.shut[place] {
		h.outcomes[h.current].Shut = true
		return
	}
	if !room.Present(l.By) {
		h.join(room, l)
		if h.shut[place] {
			h.outcomes[h.current].Shut = true
			return
		}
	}
	kind := l.Type
	if kind == "" {
		kind = event.EventMessage.Type
	}
	evt := h.event(room, l.By, kind, l.Content)
	evt.Mautrix.WasEncrypted = l.Encrypted
	h.at[evt.ID] = h.current
	h.consequences(h.set.Check(kit.SaidBy(evt, h.now), room))
}

func (h *house) join(room *rooms.Room, l Line) {
	name := l.Name
	if name == "" {
		name = l.By.Localpart()
	}
	evt, change := h.state(room, l.By, "m.room.member", string(l.By), map[string]any{"membership": "join", "displayname": name})
	h.consequences(h.set.Check(kit.ChangedBy(evt, change, nil, h.now), room))
}

// regular has a user be trusted for what they wrote before.
func (h *house) regular(u id.UserID) {
	for day := 30; day > 0 && h.set.Trust.Level(u, h.now) < trust.Regular; day-- {
		at := h.now.AddDate(0, 0, -day)
		for n := range trust.MostADay {
			for _, by := range []id.UserID{u, "@one:example.org", "@two:example.org", "@three:example.org"} {
				h.set.Trust.Accept(trust.Message{Room: h.rooms[0].ID(), User: by, Event: id.EventID(fmt.Sprint("$past", by, day, n))}, at)
			}
		}
	}
}

func (h *house) event(room *rooms.Room, by id.UserID, kind string, content map[string]any) *event.Event {
	h.events++
	raw, err := json.Marshal(content)
	if err != nil {
		panic(err) // the corpora are ours
	}
	evt := &event.Event{
		ID: id.EventID(fmt.Sprint("$", h.events)), RoomID: room.ID(), Sender: by, Timestamp: h.now.UnixMilli(),
		Type: event.Type{Type: kind, Class: event.MessageEventType},
	}
	evt.Content.VeryRaw = raw
	_ = json.Unmarshal(raw, &evt.Content.Raw)
	return evt
}

func (h *house) state(room *rooms.Room, by id.UserID, kind, key string, content map[string]any) (*event.Event, rooms.Change) {
	evt := h.event(room, by, kind, content)
	evt.Type.Class, evt.StateKey = event.StateEventType, &key
	change := room.Apply(evt, h.now)
	h.set.Follow(room.ID(), change)
	return evt, change
}

// note takes down who found something against the author of the line that was said last, or
// told of it.
func (h *house) note(f kit.Finding, shadow bool) {
	concerns := func(u id.UserID) bool { return f.User == u || f.Alert }
	for i := range h.outcomes {
		o := &h.outcomes[i]
		if !concerns(o.Line.By) || !h.about(f, i) {
			continue
		}
		to := &o.By
		if shadow {
			to = &o.Shadow
		}
		if !slices.Contains(*to, f.Protection) {
			*to = append(*to, f.Protection)
		}
	}
}

// about reports whether a finding is about a line: one of its events, or if it has none of
// that author's, what was said last.
func (h *house) about(f kit.Finding, line int) bool {
	known := false
	for _, e := range f.Events {
		at, is := h.at[e]
		if is && at == line {
			return true
		}
		known = known || is
	}
	return !known && line == h.current
}

// consequences has what follows from findings happen, as the bot does (package community).
func (h *house) consequences(found []kit.Finding) {
	for _, f := range found {
		h.note(f, false)
		if f.Alert {
			continue
		}
		o := sanction.Offence{
			Room: f.Room, User: f.User, Events: f.Events, Class: f.Weight, Weight: f.Points, Set: f.Set,
			Reason: f.Reason, Cause: f.Cause(), Trailing: f.Trailing,
		}
		v := h.ledger.Judge(o, h.now)
		do, _, taken := sanction.Carry(o, v, h)
		if before := v.Entry.Step; !f.Trailing {
			if v.Entry.Step = taken; v.Fresh || taken > before {
				h.ledger.Enter(v.Entry)
			}
		}
		for _, a := range do {
			h.set.Sought(a, f, h.now)
			h.carryOut(a)
			h.set.Ended(action.Ending{Action: a, Fate: action.Done}, h.Room(a.Room), h.now)
		}
		h.worst(f.User, taken)
	}
}

// worst notes what was done to a user with all that they said.
func (h *house) worst(u id.UserID, s sanction.Step) {
	for i := range h.outcomes {
		if o := &h.outcomes[i]; o.Line.By == u {
			o.Step = max(o.Step, s)
		}
	}
}

func (h *house) carryOut(a action.Action) {
	room := h.Room(a.Room)
	switch a.Verb {
	case action.Redact:
		if i, known := h.at[a.Event]; known && !h.outcomes[i].Removed {
			h.outcomes[i].Removed, h.outcomes[i].With = true, h.current
			h.set.Trust.Removed(a.Room, a.Event)
		}
	case action.Mute:
		h.shut[kit.Place{Room: a.Room, User: a.User}] = true
	case action.Ban:
		h.shut[kit.Place{Room: a.Room, User: a.User}] = true
		h.state(room, self, "m.room.member", string(a.User), map[string]any{"membership": "ban"})
	case action.Kick, action.TellOut:
		h.state(room, self, "m.room.member", string(a.User), map[string]any{"membership": "leave"})
	}
}

// Hinders is nothing: the bot may do all.
func (h *house) Hinders(action.Action) string { return "" }

// Moderator is nobody who says anything here.
func (h *house) Moderator(u id.UserID) bool { return u == owner }

// Exempt is nobody.
func (h *house) Exempt(id.UserID) bool { return false }

// Addressed is no room.
func (h *house) Addressed(string) bool { return false }

// Room finds one of them.
func (h *house) Room(room id.RoomID) *rooms.Room {
	for _, r := range h.rooms {
		if r.ID() == room {
			return r
		}
	}
	return nil
}

// PresentIn are those where a user is.
func (h *house) PresentIn(u id.UserID) (in []id.RoomID) {
	for _, r := range h.rooms {
		if r.Present(u) {
			in = append(in, r.ID())
		}
	}
	return in
}
