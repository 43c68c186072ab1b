package community

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/enforce"
	"forseti/protections"
	"forseti/protections/kit"
	"forseti/rooms"
	"forseti/sanction"
)

// invitations are those to protected rooms that nobody has answered, by who sent them.
type invitations struct {
	by map[id.UserID]map[kit.Place]bool
	n  int
}

const (
	// mostInvitations bounds what is known of them.
	mostInvitations = 100_000
	// mostTakenBack bounds those that one offender loses at once. What is more waits for
	// moderators: whoever sends so many has other worries.
	mostTakenBack = 500
)

// load takes up the invitations that wait.
func (i *invitations) load(w *enforce.World) {
	for room, r := range w.Rooms() {
		i.loadIn(room, r)
	}
}

func (i *invitations) loadIn(room id.RoomID, r *rooms.Room) {
	for u, m := range r.Members() {
		if m.Membership == event.MembershipInvite {
			i.add(m.Sender, kit.Place{Room: room, User: u})
		}
	}
}

func (i *invitations) add(by id.UserID, p kit.Place) {
	if by == "" || by == p.User || i.n >= mostInvitations || i.by[by][p] {
		return
	}
	if i.by[by] == nil {
		i.by[by] = map[kit.Place]bool{}
	}
	i.by[by][p] = true
	i.n++
}

// follow takes in how the membership of a room has changed.
func (i *invitations) follow(room id.RoomID, c rooms.Change) {
	if c.Kind != rooms.Membership {
		return
	}
	p := kit.Place{Room: room, User: c.User}
	if by := c.Before.Sender; c.Before.Membership == event.MembershipInvite && i.by[by][p] {
		i.n--
		if delete(i.by[by], p); len(i.by[by]) == 0 {
			delete(i.by, by)
		}
	}
	if c.After.Membership == event.MembershipInvite {
		i.add(c.After.Sender, p)
	}
}

// of are the invitations of a user that wait, in order.
func (i *invitations) of(by id.UserID) (all []kit.Place) {
	for p := range i.by[by] {
		all = append(all, p)
	}
	slices.SortFunc(all, func(a, b kit.Place) int {
		return strings.Compare(string(a.Room)+"\x00"+string(a.User), string(b.Room)+"\x00"+string(b.User))
	})
	return all[:min(len(all), mostTakenBack)]
}

// sent are the invitations of some users that wait.
func (i *invitations) sent(theirs func(id.UserID) bool) (all []commands.Trace) {
	for by := range i.by {
		if theirs(by) {
			for _, p := range i.of(by) {
				all = append(all, commands.Trace{Room: p.Room, User: by, Invited: p.User})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b commands.Trace) int { return strings.Compare(string(a.User), string(b.User)) })
	return all[:min(len(all), mostTakenBack)]
}

// wake is what of a spammer must not stay behind besides what they said: invitations of
// theirs that wait, a name that is part of it, and what rooms show since they set it. Of the
// last, moderators hear also what cannot be done: they have to do it.
func (c *consequences) wake(f kit.Finding, able sanction.Able, at time.Time) (do []action.Action, not []sanction.Hindered) {
	if f.Weight < kit.Spam {
		return nil, nil
	}
	for _, p := range c.invited.of(f.User) {
		do = append(do, takeBack(f, p))
	}
	if evt := c.profile(f, at); evt != "" {
		do = append(do, action.Action{Verb: action.Redact, Room: f.Room, User: f.User, Event: evt, Of: action.ToProfile, Reason: f.Reason, Cause: f.Cause()})
	}
	with := sync.OnceValue(func() []id.UserID { return c.accomplices(f.User, at) })
	for _, room := range slices.Sorted(maps.Keys(c.world.Rooms())) {
		do = append(do, c.spoiled(f, room, with, at)...)
	}
	do = slices.DeleteFunc(do, func(a action.Action) bool {
		why := able.Hinders(a)
		if why != "" && a.State != nil {
			not = append(not, sanction.Hindered{Action: a, Why: why})
		}
		return why != ""
	})
	return do, not
}

// looks are the types of what a room shows of itself, and what each is called.
var looks = [...]struct {
	kind event.Type
	of   action.Object
}{{event.StateRoomName, action.ToName}, {event.StateTopic, action.ToTopic}, {event.StateRoomAvatar, action.ToPicture}}

const (
	// newlySet is for how long what a room shows counts as part of what its author is taken
	// for a spammer for.
	newlySet = 24 * time.Hour
	// mostAccomplices bounds those whose names and topics count as one's own.
	mostAccomplices = 100
)

// spoiled is what gives back what a room showed before a spammer set it today. It may have
// been another spammer's before, or be so by now: whoever was found lately is one of them.
func (c *consequences) spoiled(f kit.Finding, name id.RoomID, accomplices func() []id.UserID, at time.Time) (do []action.Action) {
	room := c.world.Room(name)
	for _, of := range looks {
		sender, evt, set := room.SetBy(of.kind.Type)
		if evt == "" || at.Sub(set) > newlySet {
			continue
		}
		with := accomplices()
		if sender != f.User && sender != c.world.Self() && !slices.Contains(with, sender) {
			continue
		}
		do = append(do, action.Action{
			Verb: action.GiveBack, Room: name, User: f.User, With: with, Of: of.of, Reason: f.Reason, Cause: f.Cause(),
			State: &action.State{Type: of.kind, Content: json.RawMessage(`{}`)},
		})
		if sender == f.User && !slices.Contains(f.Events, evt) {
			do = append(do, action.Action{Verb: action.Redact, Room: name, User: f.User, Event: evt, Of: action.ToState, Reason: f.Reason, Cause: f.Cause()})
		}
	}
	return do
}

// accomplices are others who were banned or muted for spam lately.
func (c *consequences) accomplices(u id.UserID, at time.Time) []id.UserID {
	all := c.ledger.Silenced(kit.Spam, at.Add(-newlySet), mostAccomplices)
	return slices.DeleteFunc(all, func(other id.UserID) bool { return other == u || c.world.Moderator(other) })
}

func takeBack(f kit.Finding, p kit.Place) action.Action {
	return action.Action{Verb: action.Uninvite, Room: p.Room, User: p.User, Reason: f.Reason, Cause: f.Cause()}
}

// profile is the event that says how a spammer is called, if they came with it, or if it leads
// somewhere: who is here for long and is taken for a spammer once keeps an innocent name, and so
// does who attacks otherwise than by spam.
func (c *consequences) profile(f kit.Finding, at time.Time) id.EventID {
	const newcomer = 24 * time.Hour
	room := c.world.Room(f.Room)
	if room == nil {
		return ""
	}
	m, _ := room.Member(f.User)
	if m.Membership != event.MembershipJoin || slices.Contains(f.Events, m.Event) {
		return ""
	}
	if f.Weight == kit.Spam && at.Sub(m.Changed) <= newcomer || protections.Advertises(m.DisplayName) {
		return m.Event
	}
	return ""
}

// hidden is what removes the name and picture of whom we have banned, by setting. It follows
// from the ban and not from what that was for: rules and moderators ban, too.
func (p *protectors) hidden(room id.RoomID, c rooms.Change) (all outcome) {
	was := c.Before
	if !p.world.Settings.HideProfiles || c.Move() != rooms.Banned || c.After.Sender != p.world.Self() || was.Event == "" || was.Sender != c.User || p.world.Moderator(c.User) {
		return all
	}
	a := action.Action{Verb: action.Redact, Room: room, User: c.User, Event: was.Event, Of: action.ToProfile, Cause: action.Cause{Kind: action.ByForseti}}
	if ban, known := p.world.Bans.Of(room, c.User); known {
		a.Cause = ban.Cause
	}
	if p.Hinders(a) == "" {
		p.evidence.called(room, c.User, was)
		all.actions = append(all.actions, a)
	}
	return all
}

// behind takes back what comes behind what its author is silenced for, besides what they
// say: also what other servers deliver late.
func (p *protectors) behind(evt *event.Event, c rooms.Change, at time.Time) (all outcome) {
	if rooms.Shown(evt.Type.Type) {
		return p.spoiledBehind(evt, at)
	}
	return p.invitedBehind(evt.RoomID, c, at)
}

func (p *protectors) spoiledBehind(evt *event.Event, at time.Time) (all outcome) {
	f, caught := p.set.Behind(kit.Place{Room: evt.RoomID, User: evt.Sender}, at)
	if !caught || f.Weight < kit.Spam {
		return all
	}
	with := func() []id.UserID { return p.follows.accomplices(f.User, at) }
	for _, a := range p.follows.spoiled(f, evt.RoomID, with, at) {
		if p.Hinders(a) == "" && (a.State == nil || a.State.Type.Type == evt.Type.Type) && (a.Event == "" || a.Event == evt.ID) {
			all.actions = append(all.actions, a)
		}
	}
	return all
}

// invitedBehind takes back an invitation that comes behind what its sender is silenced for.
func (p *protectors) invitedBehind(room id.RoomID, c rooms.Change, at time.Time) (all outcome) {
	if c.Kind != rooms.Membership || c.After.Membership != event.MembershipInvite {
		return all
	}
	f, caught := p.set.Behind(kit.Place{Room: room, User: c.After.Sender}, at)
	if !caught || f.Weight < kit.Spam {
		return all
	}
	if a := takeBack(f, kit.Place{Room: room, User: c.User}); p.Hinders(a) == "" {
		all.actions = append(all.actions, a)
	}
	return all
}
