package commands

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/text"
)

// Trace is what a room shows of a user besides what they wrote: how they are called there, a
// name, topic or picture of the room that they set and nobody since, or an invitation of theirs
// that nobody has answered.
type Trace struct {
	Room    id.RoomID
	User    id.UserID
	Event   id.EventID
	Of      action.Object
	Kind    event.Type // of what the room shows of itself
	Invited id.UserID  // whom they invited, "" if it is no invitation
}

// mostRedacted is how long ago messages may be that are looked for by their time.
const mostRedacted = 365 * 24 * time.Hour

// withProfile has go what rooms show of those whose messages go.
var withProfile = flag{name: "profile", doc: "also the name and picture that they have in the rooms, and what they set as name, topic or picture of a room, and invitations of theirs that nobody has answered"}

// accomplices are all who are meant: what one of them set before another is not given back.
func accomplices(d MemberDesk, s Search, traces []Trace) []id.UserID {
	var all []id.UserID
	for _, t := range traces {
		all = append(all, t.User)
	}
	for _, of := range s.Users {
		if !of.Glob && len(d.Spared(string(of.User))) == 0 {
			all = append(all, of.User)
		}
	}
	slices.Sort(all)
	all = slices.Compact(all)
	return all[:min(len(all), mostNamed)]
}

// wipe adds to a plan that rooms show no more of users, of whom with are all.
func wipe(c *call, traces []Trace, with []id.UserID, p *Plan) {
	profiles, rooms := map[id.RoomID]bool{}, map[id.RoomID]bool{}
	for _, t := range traces {
		if t.Invited != "" {
			continue
		}
		a := action.Action{Verb: action.Redact, Room: t.Room, User: t.User, Event: t.Event, Of: t.Of, Reason: arg[string](c, "reason")}
		if t.Of == action.ToProfile {
			profiles[t.Room] = true
			p.want(a)
			continue
		}
		rooms[t.Room] = true
		p.want(action.Action{
			Verb: action.GiveBack, Room: t.Room, User: t.User, Of: t.Of, Reason: a.Reason,
			With:  slices.DeleteFunc(slices.Clone(with), func(u id.UserID) bool { return u == t.User }),
			State: &action.State{Type: t.Kind, Content: json.RawMessage(`{}`)},
		})
		a.Of = action.ToState
		p.want(a)
	}
	says := func(would string) (said string) {
		if len(profiles) > 0 {
			said = fmt.Sprintf("Their names and pictures %s removed in %s.", would, inSome(c, profiles))
		}
		if len(rooms) > 0 {
			said = text.Paragraphs(said, fmt.Sprintf("What they set as name, topic or picture %s set back in %s.", would, inSome(c, rooms)))
		}
		return said
	}
	p.Effect, p.Answer = text.Paragraphs(p.Effect, says("would be")), text.Paragraphs(p.Answer, says("are being"))
	uninvite(c, traces, nil, p)
}

// uninvite adds to a plan that invitations which nobody has answered are taken back, but those of
// who is banned anyway. It reports whether there are any.
func uninvite(c *call, traces []Trace, banned []id.UserID, p *Plan) bool {
	var whom []id.UserID
	in := map[id.RoomID]bool{}
	for _, t := range traces {
		if t.Invited == "" || slices.Contains(banned, t.Invited) {
			continue
		}
		in[t.Room] = true
		whom = append(whom, t.Invited)
		p.want(action.Action{Verb: action.Uninvite, Room: t.Room, User: t.Invited, Reason: arg[string](c, "reason")})
	}
	if len(whom) == 0 {
		return false
	}
	theirs := fmt.Sprintf("%s of theirs in %s: %s.", text.Count(len(whom), "invitation"), inSome(c, in), text.Named(whom, mostNames))
	p.Effect, p.Answer = text.Paragraphs(p.Effect, "I would take back "+theirs), text.Paragraphs(p.Answer, "Taking back "+theirs)
	return true
}
