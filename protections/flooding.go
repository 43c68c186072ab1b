package protections

import (
	"fmt"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/protections/kit"
)

func flooding() kit.Kind {
	messages := kit.Number("messages", 10, 2, 1000, "How many messages one user may send in one room in this time.")
	within := kit.Duration("within", 5*time.Second, time.Second, time.Hour, "The time in which messages are counted together.")
	return kit.Kind{
		Name:    "flooding",
		Summary: "Bans who sends too many messages in a short time, and removes those messages.",
		Details: "Each user is counted in each room apart. Everything that shows counts: messages, stickers, reactions, encrypted or not. " +
			"Who sends more than `messages` of them in the time `within` attacks the room, and is banned from it unless `consequence` says otherwise. " +
			"All that was counted is removed, and so is what still arrives from them in the ten minutes after the ban. " +
			"Where the bot may remove messages and not ban, it removes what is too much.\n\n" +
			"Messages count by the time at which they reach the bot. Only those that were sent while the bot was away " +
			"count by the time that their own homeserver gives, so that a day's talk is no flood when the bot comes back.",
		Options: []kit.Option{messages, within},
		New: func(g *kit.Given) kit.Protection {
			return &Flooding{messages: messages, within: within, sent: kit.NewWindow[kit.Place](g), floods: kit.NewTable[kit.Place, flood](g)}
		},
	}
}

// Flooding finds who sends too many messages in a short time, and all of the flood.
type Flooding struct {
	messages kit.Typed[int] // more than this …
	within   kit.Typed[time.Duration]
	sent     *kit.Window[kit.Place]
	floods   *kit.Table[kit.Place, flood]
}

// flood is one that goes on. If its author cannot be banned, each message too much is
// found as one comes, and all are one offence.
type flood struct{ offence id.EventID }

var _ kit.Pardoner = (*Flooding)(nil)

// Pardon begins anew with a user: what they sent before the ban is no part of a flood
// after it.
func (f *Flooding) Pardon(p kit.Place) {
	f.sent.Forget(p)
	f.floods.Drop(p)
}

// Check counts the message.
func (f *Flooding) Check(in kit.Signal, room kit.View) []kit.Finding {
	if !in.CountsAsMessage() {
		return nil
	}
	who := kit.Place{Room: in.Room, User: in.Sender}
	most, within := f.messages.In(room), f.within.In(room)
	n, over := f.sent.Add(who, in, within, most)
	switch {
	case n == 0:
		return nil
	case n <= most:
		f.floods.Drop(who)
		return nil
	}
	ongoing := f.floods.Keep(who, in.Arrived, within)
	if ongoing.offence == "" {
		ongoing.offence = in.Event.ID
	}
	return []kit.Finding{{
		User: in.Sender, Offence: ongoing.offence, Events: over, Weight: kit.Attack,
		Why: fmt.Sprintf("sent more than %d messages within %s", most, within),
	}}
}
