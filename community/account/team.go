package account

import (
	"fmt"
	"slices"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/text"
)

// Session is a device of a moderator that encrypts.
type Session struct {
	ID       id.DeviceID
	Name     string // in its owner's words
	Trusted  bool   // its owner vouches for it, or somebody here compared keys
	Replaced bool   // who vouches for it is not whom we first saw
}

// Seen is what is kept of a moderator, so that nothing is told twice.
type Seen struct {
	Devices []id.DeviceID `json:"devices"`
	// Replaced says that their identity is not the one that we first saw, and that this was told.
	Replaced bool `json:"replaced,omitempty"`
}

// Team is what was seen of each moderator.
type Team map[id.UserID]Seen

// Sessions takes in all devices of a moderator. It says what is news, "" if nothing is or if we
// look for the first time, and whether what is kept has changed. refuses tells whether we obey
// nobody whose device is not vouched for.
func (t Team) Sessions(u id.UserID, all []Session, refuses bool) (say string, changed bool) {
	before, known := t[u]
	now := Seen{Devices: make([]id.DeviceID, 0, len(all))}
	var fresh []Session
	for _, s := range all {
		now.Devices = append(now.Devices, s.ID)
		now.Replaced = now.Replaced || s.Replaced
		if !slices.Contains(before.Devices, s.ID) {
			fresh = append(fresh, s)
		}
	}
	slices.Sort(now.Devices)
	t[u] = now
	changed = !known || before.Replaced != now.Replaced || !slices.Equal(before.Devices, now.Devices)
	switch {
	case !known:
		return "", changed
	case now.Replaced && !before.Replaced:
		until := ""
		if refuses {
			until = " Until then I obey nothing that comes from it."
		}
		return fmt.Sprintf("%s**%s has a new cryptographic identity.** Either they reset it, or somebody else is logged in as them. Ask them by another way than this room, and then compare: %s.%s",
			alarm, text.Code(string(u)), text.Code("!forseti verify "+string(u)), until), changed
	case len(fresh) == 0:
		return "", changed
	}
	return fmt.Sprintf("%s has %s: %s.", text.Code(string(u)), text.Pick(len(fresh), "a new device", fmt.Sprintf("%d new devices", len(fresh))), sessions(u, fresh, refuses)), changed
}

// sessions describes devices, and what to do about those that nobody vouches for.
func sessions(u id.UserID, fresh []Session, refuses bool) string {
	var lines []string
	doubtful := id.DeviceID("")
	for _, s := range fresh {
		sign := "✓ "
		if !s.Trusted {
			sign = "⚠ "
			if doubtful == "" {
				doubtful = s.ID
			}
		}
		line := sign + text.Code(string(s.ID))
		if s.Name != "" {
			line += " (" + text.Escape(s.Name, text.MostName) + ")"
		}
		lines = append(lines, line)
	}
	said := text.Some(lines, maxLogins)
	if doubtful == "" {
		return said
	}
	obeyed := pick(refuses, "I obey nothing that comes from such a device until they verify it in their client", "I obey it all the same, as I am set to")
	return strings.Join([]string{said + ". Nobody vouches for what has a ⚠ yet: " + obeyed,
		fmt.Sprintf("If it is not theirs, %s shuts it out", text.Code(fmt.Sprintf("!forseti devices block %s %s", u, doubtful)))}, ". ")
}

func pick(cond bool, yes, no string) string {
	if cond {
		return yes
	}
	return no
}

// Forget drops whoever is no moderator any more, and says who that is.
func (t Team) Forget(here func(id.UserID) bool) (gone []id.UserID) {
	for u := range t {
		if !here(u) {
			gone = append(gone, u)
			delete(t, u)
		}
	}
	slices.Sort(gone)
	return gone
}
