package protections

import (
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/protections/kit"
	"forseti/sanction"
	"forseti/sanction/trust"
)

func slowMode() kit.Kind {
	pause := func(name string, initial time.Duration, whose string) kit.Typed[time.Duration] {
		return kit.Duration(name, initial, 0, 24*time.Hour, "How long "+whose+" waits between two messages in a room; `0s` for not at all.").Stricter(kit.More)
	}
	s := &SlowMode{pauses: [...]kit.Typed[time.Duration]{
		trust.New:     pause("new", 30*time.Second, "a new member"),
		trust.Known:   pause("known", 10*time.Second, "a member who is known"),
		trust.Regular: pause("regular", 0, "a regular"),
		trust.Trusted: pause("trusted", 0, "who is trusted"),
	}}
	return kit.Kind{
		Name:    "slow-mode",
		Summary: "Removes messages that follow each other too fast, by how much their author is trusted.",
		Details: "Each member waits in each room for a time after a message before the next; what comes earlier is removed, and does not lengthen the time. It is meant for single rooms in bad hours: `!forseti enable slow-mode --room #lobby:example.org`, and `config set slow-mode new 1m --room …`.\n\n" +
			"Who is slow has done nothing wrong, so `redact` follows and no more, and it is only a note: nobody is muted or banned for it. " +
			"Messages, stickers, polls and files count; reactions, edits and what is said while the bot is away do not. The homeserver has shown the message before it is removed: a room that must be slower than that needs the power levels of a lockdown.",
		Options:  []kit.Option{s.pauses[trust.New], s.pauses[trust.Known], s.pauses[trust.Regular], s.pauses[trust.Trusted]},
		Defaults: map[string]string{"consequence": sanction.Redact.String()},
		New: func(g *kit.Given) kit.Protection {
			made := *s
			made.last = kit.NewTable[kit.Place, spoken](g)
			return &made
		},
	}
}

// SlowMode finds messages that come too early after the last.
type SlowMode struct {
	pauses [trust.Trusted + 1]kit.Typed[time.Duration]
	last   *kit.Table[kit.Place, spoken]
}

type spoken struct {
	at    time.Time
	event id.EventID
}

var _ kit.Pardoner = (*SlowMode)(nil)

// Pardon lets a user speak at once.
func (s *SlowMode) Pardon(p kit.Place) { s.last.Drop(p) }

// Check compares with the last message that stood.
func (s *SlowMode) Check(in kit.Signal, room kit.View) []kit.Finding {
	if !in.CountsAsMessage() || in.Backlog || in.Message.Edits() != "" || in.Event.Type.Type == "m.reaction" {
		return nil
	}
	pause := s.pauses[room.Trust(in.Sender)].In(room)
	if pause == 0 {
		return nil
	}
	who := kit.Place{Room: in.Room, User: in.Sender}
	last := s.last.Find(who, in.Arrived)
	if last != nil && last.event != in.Event.ID && in.Arrived.Before(last.at.Add(pause)) {
		return in.Found(kit.Note, "wrote %s after their last message, and not %s", in.Arrived.Sub(last.at).Round(time.Second), pause)
	}
	last = s.last.Keep(who, in.Arrived, pause)
	*last = spoken{in.Arrived, in.Event.ID}
	return nil
}
