package community

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/community/commits"
	"forseti/rooms"
	"forseti/store"
)

const (
	// byHandNamespace keeps what moderators did by hand and was not offered yet, by the event.
	byHandNamespace = "by_hand"
	// byHandKey is how it is set, in modeNamespace.
	byHandKey = "by_hand"
	// handPause is how long more of the same is waited for, and handLongest at most.
	handPause   = 4 * time.Second
	handLongest = time.Minute
	// mostHanded bounds what waits to be offered.
	mostHanded = 500
)

// handed is one ban, or its end, that a moderator made by hand.
type handed struct {
	Event  id.EventID `json:"event"`
	Room   id.RoomID  `json:"room"`
	User   id.UserID  `json:"user"`
	By     id.UserID  `json:"by"`
	Reason string     `json:"reason,omitempty"`
	Lifted bool       `json:"lifted,omitempty"`
}

// byHand notes the bans that moderators make in their clients, so that they can become rules. What follows is a command of
// theirs, which asks them.
type byHand struct {
	rounds
	commits    *commits.Writer
	management *management
	heard      func(event id.EventID) // hears which event stands for a command
	obey       func([]store.Command)

	mode  commands.ByHandMode
	waits []handed
	first time.Time // when what waits began to
}

func (h *byHand) load(ctx context.Context, settings *store.Settings) error {
	if _, err := settings.Read(ctx, modeNamespace, byHandKey, &h.mode); err != nil {
		return err
	}
	if !slices.Contains(commands.ByHandModes(), h.mode) {
		h.mode = commands.ByHandModes()[0]
	}
	stored, err := settings.All(ctx, byHandNamespace)
	for evt, raw := range stored {
		var one handed
		if json.Unmarshal(raw, &one) == nil && string(one.Event) == evt && len(h.waits) < mostHanded {
			h.waits = append(h.waits, one)
		}
	}
	if len(h.waits) > 0 {
		slices.SortFunc(h.waits, func(a, b handed) int { return strings.Compare(string(a.Event), string(b.Event)) })
		h.first, h.next = time.Now(), time.Now()
	}
	return err
}

// take looks at what changed in a protected room. What somebody else than a moderator does, or a bot, or what is done to one
// of us, is none of ours.
func (h *byHand) take(evt *event.Event, change rooms.Change, now time.Time) {
	world := h.management.world
	if h.mode == commands.ByHandOff || change.Kind != rooms.Membership || evt.Sender == world.Self() || evt.Sender == change.User ||
		!world.Moderator(evt.Sender) || h.management.bots.is(evt.Sender) || change.User == world.Self() || world.Moderator(change.User) {
		return
	}
	bans, lifts := change.After.Membership == event.MembershipBan, change.Before.Membership == event.MembershipBan
	if bans == lifts {
		return
	}
	one := handed{Event: evt.ID, Room: evt.RoomID, User: change.User, By: evt.Sender, Lifted: lifts}
	if bans {
		one.Reason = change.After.Reason
	}
	// What is taken back within the pause was nothing.
	h.drop(func(other handed) bool { return other.User == one.User && other.Room == one.Room })
	if len(h.waits) >= mostHanded || !commands.Offerable(one.User) || h.ruled(one.User) != lifts {
		return
	}
	if len(h.waits) == 0 {
		h.first = now
	}
	h.waits = append(h.waits, one)
	h.commits.Setting(byHandNamespace, string(one.Event), one)
	h.next = now.Add(handPause)
	if latest := h.first.Add(handLongest); latest.Before(h.next) {
		h.next = latest
	}
}

// set says what becomes of them from now on.
func (h *byHand) set(to commands.ByHandMode) {
	h.mode = to
	h.commits.Setting(modeNamespace, byHandKey, to)
	if to == commands.ByHandOff {
		h.drop(func(handed) bool { return true })
	}
}

func (h *byHand) ruled(u id.UserID) bool { return ruled(h.management.world, u) }

func (h *byHand) drop(gone func(handed) bool) {
	h.waits = slices.DeleteFunc(h.waits, func(one handed) bool {
		if !gone(one) {
			return false
		}
		h.commits.Setting(byHandNamespace, string(one.Event), nil)
		return true
	})
}

// lookDue has what waits offered, each moderator's bans for one reason as one.
func (h *byHand) lookDue(now time.Time) {
	if len(h.waits) == 0 {
		return
	}
	h.look(now, "offer rules for bans that were made by hand", h.plans)
}

// due is when there is something to offer; zero if there is not.
func (h *byHand) due() time.Time {
	if len(h.waits) == 0 {
		return time.Time{}
	}
	return h.rounds.due()
}

func (h *byHand) plans(now time.Time) (p plan) {
	taken := h.waits
	all := slices.Clone(taken)
	h.waits, h.next = nil, time.Time{}
	for _, one := range taken {
		p.wanted.Settings = append(p.wanted.Settings, store.NewSetting{Namespace: byHandNamespace, Key: string(one.Event)})
	}
	for len(taken) > 0 {
		first, of := taken[0], proposal{ByHand: commands.ByHand{Reason: taken[0].Reason, Lifted: taken[0].Lifted}, AtOnce: h.mode == commands.ByHandAuto}
		var rest []handed
		for _, one := range taken {
			switch known := slices.Contains(of.Users, one.User); {
			case one.By != first.By || one.Reason != first.Reason || one.Lifted != first.Lifted || !known && len(of.Users) == commands.MostByHand:
				rest = append(rest, one)
				continue
			case !known:
				of.Users = append(of.Users, one.User)
			}
			if !slices.Contains(of.Rooms, one.Room) {
				of.Rooms = append(of.Rooms, one.Room)
			}
		}
		taken = rest
		of.Users = slices.DeleteFunc(of.Users, func(u id.UserID) bool { return h.ruled(u) != of.Lifted })
		if raw, err := json.Marshal(of); err == nil && len(of.Users) > 0 {
			p.wanted.Commands = append(p.wanted.Commands, store.Command{Event: first.Event, Room: first.Room, Sender: first.By, Body: offerMark + string(raw)})
			h.heard(first.Event)
		}
	}
	p.stored = func() {
		h.obey(slices.DeleteFunc(p.wanted.Commands, func(o store.Command) bool { return o.Seen }))
	}
	p.undo = func(now time.Time) {
		h.waits, h.first, h.next = append(all, h.waits...), now, now.Add(handLongest)
	}
	return p
}

// byHandDesk says how that is set, and has it changed.
type byHandDesk struct{ of *byHand }

var _ commands.ByHandDesk = byHandDesk{}

// ByHand is part of commands.ByHandDesk.
func (d byHandDesk) ByHand() (mode commands.ByHandMode) {
	d.of.loop.See(func() { mode = d.of.mode })
	return mode
}

func (d byHandDesk) change(c commands.Change) error {
	to := commands.ByHandMode(c.Value)
	if !slices.Contains(commands.ByHandModes(), to) {
		return refuse("I do not know that change any more. Write the command anew")
	}
	d.of.loop.See(func() { d.of.set(to) })
	return nil
}
