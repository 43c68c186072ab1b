package commands

import (
	"fmt"
	"slices"

	"maunium.net/go/mautrix/id"

	"forseti/text"
)

// leavingOut keeps what somebody wrote whom a pattern matches.
var leavingOut = flag{name: "spare", value: &userValue, several: true, doc: "leave alone what this user wrote, whom a pattern matches; may be given several times"}

// keeping are those whose messages stay though a pattern matches them: whom the moderator leaves out, other moderators, and who
// is exempt. A ban by the same pattern spares them too.
type keeping struct {
	but    []id.UserID
	exempt func(id.UserID) bool
	found  []id.UserID // of the exempt, who wrote something
}

// leaves finds out who they are. Whoever is named is meant, whatever else is so.
func (d banning) leaves(c *call, of []messages) (s keeping, err error) {
	for _, e := range options[entity](c, leavingOut.name) {
		if e.glob {
			return s, refuse("%s is a pattern. Write the users to spare by their IDs.", text.Code(e.name))
		}
		s.but = append(s.but, id.UserID(e.name))
	}
	named, glob := map[id.UserID]bool{}, false
	for _, one := range of {
		if !one.user.glob {
			named[id.UserID(one.user.name)] = true
			continue
		}
		glob = true
		s.but = append(s.but, d.members.Spared(one.user.name)...)
	}
	for _, e := range options[entity](c, leavingOut.name) {
		if named[id.UserID(e.name)] {
			return s, refuse("%s is whose messages are meant, and cannot be left out.", text.Code(e.name))
		}
	}
	s.but = slices.DeleteFunc(s.but, func(u id.UserID) bool { return named[u] })
	s.exempt = func(u id.UserID) bool { return glob && !named[u] && d.exempt(c, u) }
	return s, nil
}

// from tells whether what somebody wrote stays.
func (s *keeping) from(u id.UserID) bool {
	if slices.Contains(s.but, u) {
		return true
	}
	if !s.exempt(u) {
		return false
	}
	if !slices.Contains(s.found, u) {
		s.found = append(s.found, u)
	}
	return true
}

// said names the exempt who wrote something.
func (s *keeping) said() string {
	if len(s.found) == 0 {
		return ""
	}
	slices.Sort(s.found)
	return fmt.Sprintf("What %s wrote stays, for they are exempt; name them to remove it.", names(s.found))
}
