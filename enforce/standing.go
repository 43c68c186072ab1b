package enforce

import (
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/policy"
	"forseti/rooms"
)

// standing is what the rules say of one user.
type standing struct {
	ban  bool // they are to be banned where they are …
	mild bool // … but not where they are moderators: it is a pattern that matches them
	shut bool // their server is denied
	held bool // a ban of ours is supported …
	firm bool // … and not only by what waits, which its list may take back at any time

	leavers time.Duration // how long after they left they are to be banned
}

func (c *Scales) standing(u id.UserID) standing {
	decides, decided := c.book.member(u)
	rule, ban := c.plan.desires(u, decides, decided)
	spared := c.spared.has(u)
	s := standing{ban: ban && !spared, mild: c.mild(rule, u), shut: !spared && c.denials.shut(policy.ServerOf(u)), leavers: c.settings.RecentLeavers}
	s.firm = s.ban || decided && bans(decides)
	s.held = s.firm || !decided && c.book.waitsFor(u)
	return s
}

// in reports whether they are to be banned in a room.
func (s standing) in(r *rooms.Room, u id.UserID) bool { return s.ban && !(s.mild && r.Moderates(u)) }

// mild reports whether a user is spared where they moderate: a pattern bans them, and
// no rule by name does.
func (c *Scales) mild(r policy.Rule, u id.UserID) bool {
	if !c.settings.mild(r) {
		return false
	}
	_, named := c.book.named(u)
	return !named
}

// mild reports whether a rule spares the moderators of rooms: it does not name them.
func (s Settings) mild(r policy.Rule) bool {
	return !s.RoomModerators && (r.IsGlob() || r.Kind == policy.Server)
}
