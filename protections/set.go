package protections

import (
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// Set runs the enabled protections over events. All of a community's rooms share
// it, so that one protection sees a user in every room.
type Set struct {
	// Report, if not nil, is told of a protection that failed on an event. It may
	// be told so for every event: whoever listens decides how often to pass it on.
	Report func(name string, err error)

	self  id.UserID
	view  View
	order []Protection
}

// Panic is the error of a protection that panicked. Its text can hold what
// strangers wrote, and is for the log.
type Panic struct {
	Value any
	Stack []byte
}

func (p *Panic) Error() string { return fmt.Sprint("panic: ", p.Value) }

// Heir is a protection that takes over what one of its kind with other settings
// has counted, so that a changed setting gives nobody a fresh start.
type Heir interface {
	// Inherit takes over from a protection that is asked no more.
	Inherit(from Protection)
}

// Pardoner is a protection that acts on a user for some time after an offence.
type Pardoner interface {
	// Pardon ends that: a ban of the user in the room was lifted.
	Pardon(room id.RoomID, user id.UserID)
}

// Resumer is a Pardoner whose offenders outlast a restart.
type Resumer interface {
	// Resume says that a user was caught by an offence, at that time, in an earlier
	// run, and was not pardoned since.
	Resume(room id.RoomID, user id.UserID, offence id.EventID, at time.Time)
}

// NewSet returns a set that runs the protections in the order given.
func NewSet(self id.UserID, view View, enabled ...Protection) *Set {
	s := &Set{self: self, view: view}
	for _, p := range enabled {
		s.Enable(p)
	}
	return s
}

// Enable adds a protection, or puts it in the place of the one of its name, as
// when a setting was changed.
func (s *Set) Enable(p Protection) {
	i := s.index(p.Name())
	if i < 0 {
		s.order = append(s.order, p)
		return
	}
	if heir, ok := p.(Heir); ok {
		s.isolated(p.Name(), func() { heir.Inherit(s.order[i]) })
	}
	s.order[i] = p
}

// Disable takes a protection out, and with it all that it has counted. It
// reports whether it was there.
func (s *Set) Disable(name string) bool {
	i := s.index(name)
	if i < 0 {
		return false
	}
	s.order = slices.Delete(s.order, i, i+1)
	return true
}

// Enabled names the protections in the order in which they are asked.
func (s *Set) Enabled() []string {
	names := make([]string, 0, len(s.order))
	for _, p := range s.order {
		names = append(names, p.Name())
	}
	return names
}

// Check asks every protection about the event. Our own events and those of users
// beyond judgement are asked about by none, so that no protection can forget to.
// One that panics has no say on this event; the others have.
func (s *Set) Check(e Incoming) []action.Action {
	sender, room := e.Event.Sender, e.Event.RoomID
	if sender == s.self || s.view.Moderator(sender) || !s.view.MayBan(room, sender) {
		return nil
	}
	var actions []action.Action
	for _, p := range s.order {
		s.isolated(p.Name(), func() { actions = append(actions, p.Check(e)...) })
	}
	return actions
}

// Pardon tells the protections that somebody lifted a ban, so that none goes on
// removing what an innocent user says.
func (s *Set) Pardon(room id.RoomID, user id.UserID) {
	for _, p := range s.order {
		if pardoner, ok := p.(Pardoner); ok {
			s.isolated(p.Name(), func() { pardoner.Pardon(room, user) })
		}
	}
}

// Resume tells the protection of that name whom it caught before a restart.
func (s *Set) Resume(name string, room id.RoomID, user id.UserID, offence id.EventID, at time.Time) {
	i := s.index(name)
	if i < 0 {
		return
	}
	if resumer, ok := s.order[i].(Resumer); ok {
		s.isolated(name, func() { resumer.Resume(room, user, offence, at) })
	}
}

func (s *Set) isolated(name string, f func()) {
	defer func() {
		if r := recover(); r != nil && s.Report != nil {
			s.Report(name, &Panic{Value: r, Stack: debug.Stack()})
		}
	}()
	f()
}

func (s *Set) index(name string) int {
	return slices.IndexFunc(s.order, func(p Protection) bool { return p.Name() == name })
}
