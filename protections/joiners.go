package protections

import (
	"slices"

	"forseti/content"
	"forseti/glob"
	"forseti/protections/kit"
	"forseti/rooms"
	"forseti/sanction/trust"
	"forseti/servername"
)

func joiners() kit.Kind {
	j := &Joiners{
		servers: kit.Servers("servers", "Servers whose users may not join."),
		bare:    kit.Switch("without-profile", false, "Whether moderators are told of who joins with neither a name nor a picture of their own."),
	}
	return kit.Kind{
		Name:    "joiners",
		Summary: "Looks at who joins or knocks: from servers that you list, or without a profile.",
		Details: "Who comes from one of `servers` (names or patterns, without ports) is banned from the room unless `consequence` says otherwise. " +
			"That is for servers with whose users you talk, and whose new accounts are a nuisance for a while: a server that is to be kept out altogether belongs into a policy list, which its messages do not pass either. " +
			"Who was there before is left alone, and so is whoever has earned some trust in another protected room.\n\n" +
			"No profile (`without-profile`) is only told, for many people never set one: many homeservers give a name that is no more than the one in the user's ID, which is none of their own.",
		Spares:  trust.Known,
		Options: []kit.Option{j.servers, j.bare},
		New:     func(*kit.Given) kit.Protection { return j },
	}
}

// Joiners finds newcomers by where they come from, and how they show themselves.
type Joiners struct {
	servers kit.Typed[[]glob.Pattern]
	bare    kit.Typed[bool]
}

// Check looks at who joins or knocks.
func (j *Joiners) Check(in kit.Signal, room kit.View) []kit.Finding {
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
	if j.bare.In(room) && bare(in.Message.Profile(), u.Localpart()) {
		found.Weight, found.Why = kit.Note, "joined without a name or picture of their own"
		return []kit.Finding{found}
	}
	return nil
}

// bare tells whether a profile says nothing that its user's ID does not.
func bare(p content.Profile, localpart string) bool {
	if p.Avatar != "" {
		return false
	}
	name := content.NewText(p.Name).Core()
	return name == "" || name == content.NewText(localpart).Core()
}
