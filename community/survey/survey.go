// Package survey reads rooms as a whole, each by one reading at a time and few rooms at
// once. It says what it read to its owner, and knows nothing of what rooms are for.
package survey

import (
	"context"
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

const (
	// parallel is how many rooms are read at once, until what was read of them is taken in:
	// the answers are large.
	parallel = 4
	// Retry is how long a room that could not be read is left alone at least.
	Retry = 30 * time.Second
)

// Reader asks the homeserver for the whole state of a room. It is slow.
type Reader interface {
	State(ctx context.Context, room id.RoomID) ([]*event.Event, error)
}

// Owner is whom a survey belongs to. All of a survey is called where Post has things
// run, and nowhere else.
type Owner interface {
	// Later runs slow work in a goroutine that somebody waits for. If that breaks, broke
	// is run by the owner.
	Later(what string, f func(ctx context.Context), broke func(error))
	// Post has f run by the owner.
	Post(f func())
	// After has f run by the owner in a while.
	After(d time.Duration, f func())
	// First tells whether a room is to be read before others.
	First(room id.RoomID) bool
	// Rested hears that no room is being read any more, and of how much state was.
	Rested(events int)
	// Looked takes in what was read of a room, and reports whether that is all done. If
	// not, it goes on, and calls Taken when it is.
	Looked(room id.RoomID, state []*event.Event, err error) (taken bool)
	// Missed takes in, after that, what sync brought since the room was asked for: the
	// answer may be older.
	Missed(room id.RoomID, missed []*event.Event)
}

// Survey is the readings that are under way, and those that are due.
type Survey struct {
	reader Reader
	owner  Owner
	under  map[id.RoomID]*look
	due    map[id.RoomID]bool // rooms that could not be read
	line   []id.RoomID        // of those under, which wait for others, in their order
	busy   int                // how many do not
	events int                // how much state was read since none was
}

type slot struct{ kind, key string }

// look is a reading that is under way.
type look struct {
	missed []*event.Event
	told   map[slot]bool // what of the state they are about
	err    error
	begun  bool
	again  bool
	done   []func(error)
}

// New returns a survey of nothing yet.
func New(reader Reader, owner Owner) *Survey {
	return &Survey{reader: reader, owner: owner, under: map[id.RoomID]*look{}, due: map[id.RoomID]bool{}}
}

// Reading reports whether a room is being read.
func (s *Survey) Reading(room id.RoomID) bool { return s.under[room] != nil }

// Look reads a room, and calls done, if it is not nil, once that was taken in. If the
// room is being read already, that is the reading.
func (s *Survey) Look(room id.RoomID, done func(error)) {
	if s.under[room] == nil {
		s.begin(room, &look{})
	}
	if l := s.under[room]; done != nil {
		l.done = append(l.done, done)
	}
}

// begin reads a room when it is its turn.
func (s *Survey) begin(room id.RoomID, l *look) {
	s.under[room] = l
	s.line = append(s.line, room)
	s.next()
}

// next begins with rooms that wait, as many as may be read at once.
func (s *Survey) next() {
	for len(s.line) > 0 && s.busy < parallel {
		i := max(0, slices.IndexFunc(s.line, s.owner.First))
		room := s.line[i]
		s.line = slices.Delete(s.line, i, i+1)
		if l := s.under[room]; l != nil && !l.begun { // it is wanted still
			s.busy++
			l.begun = true
			s.ask(room)
		}
	}
}

// ask asks the homeserver for a room.
func (s *Survey) ask(room id.RoomID) {
	s.owner.Later("read a room", func(ctx context.Context) {
		state, err := s.reader.State(ctx, room)
		s.owner.Post(func() { s.looked(room, state, err) })
	}, func(err error) { s.looked(room, nil, err) })
}

// Again reads a room, once more if it is being read already.
func (s *Survey) Again(room id.RoomID) {
	if l := s.under[room]; l != nil {
		l.again = l.again || l.begun
		return
	}
	s.Look(room, nil)
}

// Due reports whether a room that is being read is to be read once more: what is read now
// is not enough.
func (s *Survey) Due(room id.RoomID) bool { return s.under[room] != nil && s.under[room].again }

// Anew ends a reading of which nothing can be made, for the room is something else by now,
// and reads it again. Who waits for it goes on waiting.
func (s *Survey) Anew(room id.RoomID) {
	if l := s.under[room]; l != nil {
		l.again, l.err = false, nil
		s.end(l)
		s.begin(room, l)
	}
}

// end lets another room be read.
func (s *Survey) end(l *look) {
	if l.begun {
		l.begun = false
		s.busy--
	}
}

// Later reads a room again in a while, if it is still wanted then. However many readings
// fail until that time, it is one.
func (s *Survey) Later(room id.RoomID, pause time.Duration, wanted func() bool) {
	if s.due[room] {
		return
	}
	s.due[room] = true
	s.owner.After(max(Retry, pause), func() {
		delete(s.due, room)
		if wanted() {
			s.Look(room, nil)
		}
	})
}

// Meanwhile keeps an event of a room for the reading that is under way there, if any.
func (s *Survey) Meanwhile(room id.RoomID, evt *event.Event) {
	if l := s.under[room]; l != nil {
		l.missed = append(l.missed, evt)
		if evt.StateKey != nil {
			if l.told == nil {
				l.told = map[slot]bool{}
			}
			l.told[slot{evt.Type.Type, *evt.StateKey}] = true
		}
	}
}

// Told reports whether a piece of a room's state was heard of since the room was asked for.
func (s *Survey) Told(room id.RoomID, kind, key string) bool {
	l := s.under[room]
	return l != nil && l.told[slot{kind, key}]
}

func (s *Survey) looked(room id.RoomID, state []*event.Event, err error) {
	l := s.under[room]
	if l == nil {
		return // not wanted any more
	}
	l.err = err
	s.events += len(state)
	if s.owner.Looked(room, state, err) {
		s.Taken(room)
	}
}

// Failed ends a reading whose answer could not be taken in.
func (s *Survey) Failed(room id.RoomID, err error) {
	if l := s.under[room]; l != nil {
		l.err = err
		s.Taken(room)
	}
}

// Taken ends a reading whose answer was taken in, or is not wanted any more.
func (s *Survey) Taken(room id.RoomID) {
	l := s.under[room]
	if l == nil {
		return
	}
	delete(s.under, room)
	s.end(l)
	if l.err == nil {
		s.owner.Missed(room, l.missed)
	}
	for _, done := range l.done {
		done(l.err)
	}
	if l.again {
		s.Look(room, nil)
	}
	if s.next(); len(s.under) == 0 {
		n := s.events
		s.events = 0
		s.owner.Rested(n)
	}
}
