package enforce

import (
	"maunium.net/go/mautrix/id"

	"forseti/acl"
	"forseti/policy"
)

// spared is who is never acted on: ourselves and the moderators. Their servers are
// never shut out.
type spared struct {
	self       id.UserID
	moderators map[id.UserID]bool
	version    int // counts their changes
}

func newSpared(self id.UserID) *spared {
	return &spared{self: self, moderators: map[id.UserID]bool{}}
}

func (s *spared) has(u id.UserID) bool { return u == s.self || s.moderators[u] }

// set adds or removes a moderator, and reports whether that changes anything.
func (s *spared) set(u id.UserID, is bool) bool {
	if s.moderators[u] == is {
		return false
	}
	s.version++
	if is {
		s.moderators[u] = true
	} else {
		delete(s.moderators, u)
	}
	return true
}

// server reports whether a server must never be shut out: it is our own, or a
// moderator's.
func (s *spared) server(server string) bool {
	for name := range s.servers {
		if name == server {
			return true
		}
	}
	return false
}

// OurServers are the servers that are never shut out: our own, and the moderators'.
func OurServers(w *World) map[string]bool {
	ours := map[string]bool{}
	for name := range w.spared.servers {
		ours[name] = true
	}
	return ours
}

// literal reports whether one of those servers is named by an IP address.
func (s *spared) literal() bool {
	for name := range s.servers {
		if acl.IsIPLiteral(name) {
			return true
		}
	}
	return false
}

func (s *spared) servers(yield func(string) bool) {
	if !yield(policy.ServerOf(s.self)) {
		return
	}
	for u := range s.moderators {
		if !yield(policy.ServerOf(u)) {
			return
		}
	}
}
