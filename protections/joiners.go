package protections

import (
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/content"
	"forseti/glob"
	"forseti/protections/kit"
	"forseti/rooms"
	"forseti/sanction/trust"
	"forseti/servername"
)

func joiners() kit.Kind {
	j := &Joiners{
		servers: kit.Servers("servers", "Servers whose users may not join.").Stricter(kit.Longer),
		open:    kit.Choice("open-registration", "What of who comes from a server where anybody can make an account: nothing, moderators are told, or they may not join.", openIgnored, openTold, openRefused).Stricter(kit.Later, openIgnored, openTold, openRefused),
		bare:    kit.Switch("without-profile", false, "Whether moderators are told of who joins with neither a name nor a picture of their own.").Stricter(kit.Later, kit.NoYes()...),
	}
	return kit.Kind{
		Name:    "joiners",
		Summary: "Looks at who joins or knocks: from servers that you list, or without a profile.",
		Details: "Who comes from one of `servers` (names or patterns, without ports) is banned from the room unless `consequence` says otherwise. " +
			"That is for servers with whose users you talk, and whose new accounts are a nuisance for a while: a server that is to be kept out altogether belongs into a policy list, which its messages do not pass either. " +
			"Who was there before is left alone, and so is whoever has earned some trust in another protected room.\n\n" +
			"With `open-registration`, the server of whoever comes is asked what it takes to make an account there; none is made. That it takes neither a puzzle nor a token nor an address is a fact about the server and not about the person: many small servers are run so. " +
			"The bot's host then speaks to servers that strangers name, but to no address that is not public; it asks each at the most once in a day, after the person is in, and what follows comes some seconds later. Who came just before a restart is not looked at.\n\n" +
			"No profile (`without-profile`) is only told, for many people never set one: many homeservers give a name that is no more than the one in the user's ID, which is none of their own.",
		Spares:  trust.Known,
		Options: []kit.Option{j.servers, j.open, j.bare},
		New: func(g *kit.Given) kit.Protection {
			made := *j
			made.waiting, made.wake = kit.NewTable[kit.Text, arrivals](g), g.Wake
			return &made
		},
	}
}

// Joiners finds newcomers by where they come from, and how they show themselves.
type Joiners struct {
	servers kit.Typed[[]glob.Pattern]
	open    kit.Typed[string]
	bare    kit.Typed[bool]

	waiting *kit.Table[kit.Text, arrivals] // by room
	wake    func(room id.RoomID, at time.Time)
}

// What of who comes from a server where anybody can make an account.
const (
	openIgnored = "ignore"
	openTold    = "tell"
	openRefused = "refuse"
)

// arrivals are those whose server is being asked.
type arrivals struct{ came []arrival }

type arrival struct {
	user  id.UserID
	event id.EventID
	at    time.Time
}

const (
	// mostArrivals bounds how many of a room are waited with, askPause how long until it is
	// looked whether there is an answer, and askPatience how long there may be none.
	mostArrivals = 200
	askPause     = 3 * time.Second
	askPatience  = time.Minute
)

// Check looks at who joins or knocks, and at what their servers have answered since.
func (j *Joiners) Check(in kit.Signal, room kit.View) []kit.Finding {
	if in.What == kit.Ticked {
		return j.answered(in, room)
	}
	if move := in.Change.Move(); move != rooms.Joined && move != rooms.Knocked {
		return nil
	}
	u := in.Change.User
	found := kit.Finding{User: u, Offence: in.Event.ID}
	server := servername.Host(u.Homeserver())
	listed := func(p glob.Pattern) bool { return p.Match(glob.Fold(server)) }
	if patterns := j.servers.In(room); slices.ContainsFunc(patterns, listed) {
		found.Weight = kit.Attack
		found.Why = "came from " + kit.Quote(server) + ", whose users may not join"
		return []kit.Finding{found}
	}
	if open := j.came(arrival{u, in.Event.ID, in.Arrived}, in, room); open != nil {
		return open
	}
	if j.bare.In(room) && bare(in.Message.Profile(), u.Localpart()) {
		found.Weight, found.Why = kit.Note, "joined without a name or picture of their own"
		return []kit.Finding{found}
	}
	return nil
}

// came has the server of somebody who came be asked, unless it is known.
func (j *Joiners) came(a arrival, in kit.Signal, room kit.View) []kit.Finding {
	if j.open.In(room) == openIgnored {
		return nil
	}
	found, known := j.judge(a, room)
	if known {
		return found
	}
	key := kit.Text(in.Room)
	all := j.waiting.Keep(key, in.Arrived, 2*askPatience)
	if len(all.came) < mostArrivals {
		all.came = append(all.came, a)
	}
	j.waiting.Resize(key, all.bytes())
	j.wake(in.Room, in.Arrived.Add(askPause))
	return nil
}

// judge is what there is to say of somebody's server; known is false while it is asked.
func (j *Joiners) judge(a arrival, room kit.View) (found []kit.Finding, known bool) {
	server := glob.Fold(servername.Host(a.user.Homeserver()))
	open, known := room.Registers(server)
	if !open {
		return nil, known
	}
	f := kit.Finding{User: a.user, Offence: a.event, Why: "came from " + kit.Quote(server) + ", where anybody can make an account"}
	if j.open.In(room) == openRefused {
		f.Weight = kit.Attack
	}
	return []kit.Finding{f}, true
}

// answered looks at those whose servers were asked.
func (j *Joiners) answered(in kit.Signal, room kit.View) (found []kit.Finding) {
	key := kit.Text(in.Room)
	all := j.waiting.Find(key, in.Arrived)
	if all == nil || j.open.In(room) == openIgnored {
		return nil
	}
	all.came = slices.DeleteFunc(all.came, func(a arrival) bool {
		if is := room.Member(a.user).Membership; is != event.MembershipJoin && is != event.MembershipKnock {
			return true
		}
		of, known := j.judge(a, room)
		found = append(found, of...)
		return known || in.Arrived.Sub(a.at) >= askPatience
	})
	if j.waiting.Resize(key, all.bytes()); len(all.came) > 0 {
		j.wake(in.Room, in.Arrived.Add(askPause))
	}
	return found
}

func (a *arrivals) bytes() (n int) {
	const besides = 32
	for _, one := range a.came {
		n += len(one.user) + len(one.event) + besides
	}
	return n
}

// bare tells whether a profile says nothing that its user's ID does not.
func bare(p content.Profile, localpart string) bool {
	if p.Avatar != "" {
		return false
	}
	name := content.NewText(p.Name).Core()
	return name == "" || name == content.NewText(localpart).Core()
}
