package report

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"maunium.net/go/mautrix/id"
)

// Kind sorts problems.
type Kind string

// The kinds of problems, in the order in which they are shown.
const (
	Presence   Kind = "room"  // we are not where we should be
	Unreadable Kind = "read"  // we are there, and cannot read what the room holds
	Power      Kind = "power" // we may not do what we should
	ACL        Kind = "acl"   // no good ACL can be made
	ShutOut    Kind = "shut_out"
	Tombstone  Kind = "tombstone"
	Clear      Kind = "clear" // the management room is not encrypted
	Protection Kind = "protection"
	Other      Kind = "other"
	blocked    Kind = "blocked"
)

var kinds = []Kind{Presence, Unreadable, Power, ACL, ShutOut, Tombstone, Clear, Protection, Other, blocked}

// Key names one fact that moderators should mend. Room or Subject may be unset.
type Key struct {
	Kind    Kind
	Room    id.RoomID
	Subject string
}

// String is how a key is stored.
func (k Key) String() string {
	return string(k.Kind) + " " + url.QueryEscape(string(k.Room)) + " " + url.QueryEscape(k.Subject)
}

// ParseKey reads what String gave.
func ParseKey(s string) (Key, bool) {
	parts := strings.Split(s, " ")
	if len(parts) != 3 || !slices.Contains(kinds, Kind(parts[0])) {
		return Key{}, false
	}
	room, err := url.QueryUnescape(parts[1])
	if err != nil {
		return Key{}, false
	}
	subject, err := url.QueryUnescape(parts[2])
	return Key{Kind(parts[0]), id.RoomID(room), subject}, err == nil
}

func (k Key) compare(other Key) int {
	return cmp.Or(
		cmp.Compare(slices.Index(kinds, k.Kind), slices.Index(kinds, other.Kind)),
		cmp.Compare(k.Room, other.Room), cmp.Compare(k.Subject, other.Subject),
	)
}
