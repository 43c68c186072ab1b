package protections

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/protections/kit"
	"forseti/sanction"
	"forseti/text"
)

func flooding() kit.Kind {
	f := &Flooding{
		messages: kit.Limit("messages", 10, 2, 1000, "How many messages one user may send in one room in this time."),
		within:   kit.Duration("within", 5*time.Second, time.Second, time.Hour, "The time in which messages in one room are counted together.").Stricter(kit.More),
		all:      kit.Limit("all-rooms", 30, 2, 1000, "How many messages one user may send in all rooms together in the time `period`, if they are in three or more."),
		period:   kit.Duration("period", time.Minute, time.Second, time.Hour, "The time in which all that is counted over all rooms is counted together.").Stricter(kit.More),
	}
	options := []kit.Option{f.messages, f.within, f.all, f.period}
	for _, c := range []struct {
		name    string
		initial int
		doc     string
	}{
		{"reactions", 60, "How many reactions one user may send in the time `period`."},
		{"edits", 30, "How many edits."},
		{"redactions", 60, "How many redactions: more are told to moderators, and nothing else follows, for people may take back what they wrote."},
		{"calls", 10, "How many calls, of the kinds that ring or show that somebody has joined or left one."},
	} {
		o := kit.Limit(c.name, c.initial, 2, 1000, c.doc)
		f.others = append(f.others, others{c.name, o})
		options = append(options, o)
	}
	return kit.Kind{
		Name:    "flooding",
		Summary: "Finds who sends too many messages, reactions, edits, redactions or calls in a short time, and removes them.",
		Details: "Each user is counted in each room apart, and in all rooms together. Everything that shows counts as a message: stickers, reactions, edits, encrypted or not. " +
			"Who sends more than `messages` of them in the time `within` attacks the room, and is banned from it unless `consequence` says otherwise. " +
			"Who sends more than `all-rooms` in the time `period`, in three rooms or more, attacks all of them, and is banned wherever they are. " +
			"All that was counted is removed, and so is what still arrives from them in the ten minutes after the ban. " +
			"Where the bot may remove messages and not ban, it removes what is too much.\n\n" +
			"Reactions, edits, redactions and calls are counted each by itself as well, with more patience: too many of one are a nuisance (redactions only a note), once for each time `period` in which it goes on. " +
			"People write no ten lines in five seconds, but some react to many messages, mend a text many times, or have a call that does not come to be.\n\n" +
			"Messages count by the time at which they reach the bot. Only those that were sent while the bot was away " +
			"count by the time that their own homeserver gives, so that a day's talk is no flood when the bot comes back. " +
			"Nobody is left alone for being trusted: accounts are stolen.",
		From:    sanction.Assault,
		Options: options,
		New: func(g *kit.Given) kit.Protection {
			made := *f
			made.sent, made.floods = kit.NewWindow[kit.Place](g), kit.NewTable[kit.Place, flood](g)
			made.everywhere = kit.NewWindow[kit.Text](g)
			return &made
		},
	}
}

// Flooding finds who sends too many messages in a short time, and all of the flood.
type Flooding struct {
	messages, all  kit.Typed[int] // more than this …
	within, period kit.Typed[time.Duration]
	others         []others

	sent       *kit.Window[kit.Place]
	everywhere *kit.Window[kit.Text] // by user, and by user and kind
	floods     *kit.Table[kit.Place, flood]
}

// others is what is counted by itself.
type others struct {
	name string
	most kit.Typed[int]
}

// flood is one that goes on. If its author cannot be banned, each message too much is
// found as one comes, and all are one offence.
type flood struct {
	offence id.EventID
	began   time.Time
}

var _ kit.Pardoner = (*Flooding)(nil)

// everyRoom stands for all rooms.
const everyRoom id.RoomID = ""

// Pardon begins anew with a user: what they sent before the ban is no part of a flood
// after it.
func (f *Flooding) Pardon(p kit.Place) {
	f.sent.Forget(p)
	f.floods.Drop(p)
	f.everywhere.Forget(ofUser(p.User, ""))
	f.floods.Drop(kit.Place{Room: everyRoom, User: p.User})
	for _, o := range f.others {
		f.everywhere.Forget(ofUser(p.User, o.name))
		f.floods.Drop(kit.Place{Room: id.RoomID(o.name), User: p.User})
	}
}

func ofUser(u id.UserID, kind string) kit.Text { return kit.Text(string(u) + " " + kind) }

// Check counts what was sent.
func (f *Flooding) Check(in kit.Signal, room kit.View) []kit.Finding {
	if in.CountsAsMessage() {
		if found := f.inRoom(in, room); found != nil {
			return found
		}
		if found := f.inAll(in, room); found != nil {
			return found
		}
	}
	kind := kindOf(in)
	if i := slices.IndexFunc(f.others, func(o others) bool { return o.name == kind }); i >= 0 {
		return f.ofKind(f.others[i], in, room)
	}
	return nil
}

// inRoom counts a message in its room.
func (f *Flooding) inRoom(in kit.Signal, room kit.View) []kit.Finding {
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
		Why: fmt.Sprintf("sent more than %d messages within %s", most, text.Span(within)),
	}}
}

// inAll counts it among those in all rooms.
func (f *Flooding) inAll(in kit.Signal, room kit.View) []kit.Finding {
	const several = 3
	who := ofUser(in.Sender, "")
	most, period := f.all.In(room), f.period.In(room)
	_, over := f.everywhere.AddIn(who, in, period, most, several)
	if over == nil {
		return nil
	}
	why := fmt.Sprintf("sent more than %d messages within %s in all rooms", most, text.Span(period))
	return f.spread(everyRoom, over, in, period, kit.Finding{Weight: kit.Attack, Why: why, Everywhere: true})
}

// ofKind counts what is counted by itself.
func (f *Flooding) ofKind(o others, in kit.Signal, room kit.View) []kit.Finding {
	most, period := o.most.In(room), f.period.In(room)
	_, over := f.everywhere.AddIn(ofUser(in.Sender, o.name), in, period, most, 1)
	if over == nil {
		return nil
	}
	weight := kit.Nuisance
	if in.Event.Type.Type == event.EventRedaction.Type {
		weight, over = kit.Note, []kit.Spot{{Room: in.Room}} // to remove these brings nothing back
	}
	why := fmt.Sprintf("sent more than %d %s within %s", most, o.name, text.Span(period))
	return f.spread(id.RoomID(o.name), over, in, period, kit.Finding{Weight: weight, Why: why})
}

// spread gives a flood over several rooms, room by room. One that goes on is another
// offence after each period.
func (f *Flooding) spread(of id.RoomID, over []kit.Spot, in kit.Signal, period time.Duration, like kit.Finding) []kit.Finding {
	ongoing := f.floods.Keep(kit.Place{Room: of, User: in.Sender}, in.Arrived, period)
	if ongoing.offence == "" || in.Arrived.Sub(ongoing.began) >= period {
		*ongoing = flood{offence: in.Event.ID, began: in.Arrived}
	}
	like.User, like.Offence = in.Sender, ongoing.offence
	return byRoom(over, like)
}

// kindOf is as which of the others something counts; "" if as none.
func kindOf(in kit.Signal) string {
	kind := ""
	if in.Event != nil && !in.Late {
		kind = in.Event.Type.Type
	}
	switch {
	case kind == event.EventReaction.Type:
		return "reactions"
	case kind == event.EventRedaction.Type:
		return "redactions"
	case strings.HasSuffix(kind, "call.invite"), strings.HasSuffix(kind, "call.notify"), strings.HasSuffix(kind, "rtc.notification"),
		strings.HasSuffix(kind, "call.member"), strings.HasSuffix(kind, "rtc.member"):
		return "calls"
	case in.What == kit.Said && in.Message.Edits() != "":
		return "edits"
	default:
		return ""
	}
}
