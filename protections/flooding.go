package protections

import (
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
)

func flooding() Kind {
	return Kind{
		Name:    "flooding",
		Summary: "Bans who sends too many messages in a short time, and removes those messages.",
		Details: "Each user is counted in each room apart. Everything that shows counts: messages, stickers, reactions, encrypted or not. " +
			"Who sends more than `messages` of them in the time `within` is banned from that room. " +
			"All that was counted is removed, and so is what still arrives from them in the next ten minutes.\n\n" +
			"Messages count by the time at which they reach the bot. Only those that were sent while the bot was away " +
			"count by the time that their own homeserver gives, so that a day's talk is no flood when the bot comes back.",
		options: []option{
			number("messages", 10, 2, 1000, "How many messages one user may send in one room in this time."),
			duration("within", 5*time.Second, time.Second, time.Hour, "The time in which messages are counted together."),
		},
		build: func(v values) (Protection, error) {
			return newFlooding(v.number("messages"), v.duration("within")), nil
		},
	}
}

// Flooding bans who sends too many messages in a short time, and takes back all
// of the flood: what was counted, and what still arrives after the ban.
type Flooding struct {
	messages int // more than this …
	within   time.Duration
	memory
}

func newFlooding(messages int, within time.Duration) *Flooding {
	return &Flooding{messages: messages, within: within, memory: newMemory()}
}

// Name is "flooding".
func (f *Flooding) Name() string { return "flooding" }

// Inherit goes on counting where the other left off.
func (f *Flooding) Inherit(from Protection) {
	if old, ok := from.(*Flooding); ok {
		f.memory = old.memory
	}
}

// Pardon ends the time in which everything of the user is removed.
func (f *Flooding) Pardon(room id.RoomID, user id.UserID) {
	if b := f.writers[writer{room, user}]; b != nil {
		b.until = time.Time{}
	}
}

// Resume goes on removing what still arrives from a user caught before.
func (f *Flooding) Resume(room id.RoomID, user id.UserID, offence id.EventID, at time.Time) {
	b := f.of(writer{room, user})
	if until := at.Add(lateness); until.After(b.until) {
		b.offence, b.until = offence, until
	}
}

// Check counts the event. The ban comes first and the redactions after it, so
// that the flood ends before it is cleaned up.
func (f *Flooding) Check(e Incoming) []action.Action {
	if e.Late || !countsAsMessage(e.Event) {
		return nil
	}
	who := writer{e.Event.RoomID, e.Event.Sender}
	f.sweep(e.Arrived, f.within)
	b := f.of(who)
	switch {
	case e.Arrived.Before(b.until):
		return []action.Action{f.redact(who.room, e.Event.ID, b.offence)}
	case b.has(e.Event.ID):
		return nil // a replay after a restart or a gap is not another message
	case f.count(b, e) <= f.messages:
		return nil
	}
	counted := f.caught(b, e.Arrived.Add(lateness))
	b.offence = e.Event.ID
	actions := make([]action.Action, 0, len(counted)+1)
	actions = append(actions, action.Action{
		Verb: action.Ban, Room: who.room, User: who.user, Reason: "flooding",
		Cause: f.cause(e.Event.ID),
	})
	for _, message := range counted {
		actions = append(actions, f.redact(who.room, message, e.Event.ID))
	}
	return actions
}

// count adds the event and returns how many there are with it. Those that waited
// for us reach us all at once, so they are counted apart, by the clock of the
// server that they come from. It can lie, but only to let its own users get away
// with a flood that is over; the next one is counted by our own clock.
func (f *Flooding) count(b *burst, e Incoming) int {
	if !e.Backlog {
		return f.addLive(b, sent{e.Event.ID, e.Arrived}, f.within)
	}
	if e.Event.Timestamp <= 0 {
		return 0 // no clock at all
	}
	return f.addBacklog(b, sent{e.Event.ID, time.UnixMilli(e.Event.Timestamp)}, e.Arrived, f.within)
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

// countsAsMessage reports whether the event shows something in the room: any
// event without a state key, also encrypted, of a custom type, or with a content
// that no client can read. Redactions take away and are not counted.
func countsAsMessage(e *event.Event) bool {
	return e.StateKey == nil && e.Type.Type != event.EventRedaction.Type
}
