package kit

import (
	"time"

	"forseti/content"
	"forseti/images"
	"forseti/rooms"
)

// Look is a picture that a protection wants looked at. It is looked at only if there is something to compare it with, by
// somebody else and later; what is found comes back to the protection as a signal of its own.
type Look struct {
	Signal Signal // of what shows it
	File   content.File
	Bounds Bounds

	of *Given
}

// Shade reports whether what is found of it is only told.
func (l Look) Shade() bool { return l.of != nil && l.of.shade }

// Bounds are how much may be done for it.
type Bounds struct {
	Distance  int   // in how many bits of 256 what is seen may differ
	Most      int64 // bytes
	PerMinute int   // downloads, of everybody
	PerSender int   // and of one sender
}

// Sighting is what a picture was found to be.
type Sighting struct {
	images.Match
	// Why is what moderators said when they banned it; "" for nothing.
	Why string
}

// Look asks for a picture to be looked at. Nothing waits for it.
func (g *Given) Look(in Signal, f content.File, b Bounds) {
	if g.look != nil && f.Address != "" {
		g.look(Look{Signal: in, File: f, Bounds: b, of: g})
	}
}

// Looked has a protection that asked for it hear what a picture is, in its room as it is now; nil if that is not protected
// any more. It hears nothing if it was switched off there since, or if its sender is spared by now.
func (s *Set) Looked(l Look, seen Sighting, room *rooms.Room, at time.Time) (found []Finding) {
	s.sparing.fresh()
	for _, r := range s.order {
		if r.given != l.of || room == nil {
			continue
		}
		view, on := s.view(r, room, at)
		if !on || s.spared(r, room, l.Signal.Sender, view) {
			continue
		}
		in := l.Signal
		in.What, in.Arrived, in.Seen = Looked, at, &seen
		found = append(found, s.ask(r, in, room, view)...)
	}
	s.tellBrakes()
	return found
}

// Against is a finding that moderators have against somebody, with what a protection would have follow from it as it stands,
// whether or not it is on.
func (k Kind) Against(s Standing, f Finding) Finding {
	values, _ := k.Read(s, f.Room)
	f.Protection = k.Name
	if f.Reason == "" {
		f.Reason = k.Name
	}
	return f.followed(values)
}
