package protections

import (
	"fmt"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// FloodingSettings are the bounds of Flooding.
type FloodingSettings struct {
	Messages int           // how many messages one user may send in one room …
	Within   time.Duration // … in this time, by arrival
}

// Check says what is wrong with the settings and what to write instead.
func (s FloodingSettings) Check() error {
	switch {
	case s.Messages < 2:
		return fmt.Errorf("messages is %d: write 2 or more, or every message would be a flood", s.Messages)
	case s.Messages > 1000:
		return fmt.Errorf("messages is %d: write at most 1000", s.Messages)
	case s.Within < time.Second || s.Within > time.Hour:
		return fmt.Errorf("within is %s: write 1s to 1h", s.Within)
	}
	return nil
}

// Flooding bans who sends too many messages in a short time, and takes back all
// of the flood: what was counted, and what still arrives after the ban.
type Flooding struct {
	settings FloodingSettings
	writers  map[writer]*burst
	swept    time.Time
}

type writer struct {
	room id.RoomID
	user id.UserID
}

// burst is what one user sent of late in one room. It holds at most Messages
// entries: the one after them is the flood.
type burst struct {
	sent  []sent
	until time.Time // while caught, everything of theirs is redacted
}

type sent struct {
	event id.EventID
	at    time.Time
}

// lateness is how long after a flood messages still count to it: they were under
// way when the ban was made, or come late from another server.
const lateness = 10 * time.Minute

// NewFlooding returns the protection, or an error for settings that cannot work.
func NewFlooding(s FloodingSettings) (*Flooding, error) {
	if err := s.Check(); err != nil {
		return nil, fmt.Errorf("flooding: %w", err)
	}
	return &Flooding{settings: s, writers: map[writer]*burst{}}, nil
}

// Name is "flooding".
func (f *Flooding) Name() string { return "flooding" }

// Check counts the event. The ban comes first and the redactions after it, so
// that the flood ends before it is cleaned up.
func (f *Flooding) Check(e Incoming) []action.Action {
	if !countsAsMessage(e.Event) {
		return nil
	}
	f.sweep(e.Arrived)
	who := writer{e.Event.RoomID, e.Event.Sender}
	b := f.writers[who]
	if b == nil {
		b = &burst{}
		f.writers[who] = b
	}
	if e.Arrived.Before(b.until) {
		return []action.Action{f.redact(e.Event.RoomID, e.Event.ID, e.Event.ID)}
	}
	for _, s := range b.sent {
		if s.event == e.Event.ID {
			return nil // a replay after a restart or a gap is not another message
		}
	}
	b.forget(e.Arrived.Add(-f.settings.Within))
	b.sent = append(b.sent, sent{e.Event.ID, e.Arrived})
	if len(b.sent) <= f.settings.Messages {
		return nil
	}

	actions := make([]action.Action, 0, len(b.sent)+1)
	actions = append(actions, action.Action{
		Verb: action.Ban, Room: who.room, User: who.user, Reason: "flooding",
		Cause: f.cause(e.Event.ID),
	})
	for _, s := range b.sent {
		actions = append(actions, f.redact(who.room, s.event, e.Event.ID))
	}
	b.sent, b.until = nil, e.Arrived.Add(lateness)
	return actions
}

func (f *Flooding) redact(room id.RoomID, message, offence id.EventID) action.Action {
	return action.Action{
		Verb: action.Redact, Room: room, Event: message, Reason: "flooding",
		Cause: f.cause(offence),
	}
}

func (f *Flooding) cause(offence id.EventID) action.Cause {
	return action.Cause{Kind: action.ByProtection, Protection: f.Name(), Event: offence}
}

// sweep forgets, once in a window, who has been quiet: an attacker with many
// accounts must not make us remember each for ever.
func (f *Flooding) sweep(now time.Time) {
	if now.Sub(f.swept) < f.settings.Within {
		return
	}
	f.swept = now
	for who, b := range f.writers {
		b.forget(now.Add(-f.settings.Within))
		if len(b.sent) == 0 && !now.Before(b.until) {
			delete(f.writers, who)
		}
	}
}

// forget drops what arrived at or before the given time. Arrival times only grow.
func (b *burst) forget(before time.Time) {
	n := 0
	for n < len(b.sent) && !b.sent[n].at.After(before) {
		n++
	}
	b.sent = b.sent[n:]
}

// countsAsMessage reports whether the event shows something in the room: any
// event without a state key, also encrypted, of a custom type, or with a content
// that no client can read. Redactions take away and are not counted.
func countsAsMessage(e *event.Event) bool {
	return e.StateKey == nil && e.Type.Type != event.EventRedaction.Type
}
