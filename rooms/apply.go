package rooms

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/wire"
)

const (
	typeCreate     = "m.room.create"
	typePower      = "m.room.power_levels"
	typeJoinRules  = "m.room.join_rules"
	typeEncryption = "m.room.encryption"
	typeName       = "m.room.name"
	typeTopic      = "m.room.topic"
	typeAvatar     = "m.room.avatar"
	typeAlias      = "m.room.canonical_alias"
	typeACL        = "m.room.server_acl"
	typeTombstone  = "m.room.tombstone"
	typeMember     = "m.room.member"
	typeRedaction  = "m.room.redaction"
)

// ChangeKind is what part of a room changed.
type ChangeKind string

// The kinds of change.
const (
	None       ChangeKind = ""
	Membership ChangeKind = "membership" // User, Before and After are set
	Profile    ChangeKind = "profile"    // likewise: joined before and after
	Levels     ChangeKind = "levels"     // who may do what
	ACL        ChangeKind = "acl"
	Name       ChangeKind = "name"  // name or alias
	Topic      ChangeKind = "topic" // topic or picture
	JoinRules  ChangeKind = "join_rules"
	Encryption ChangeKind = "encryption"
	Tombstone  ChangeKind = "tombstone"
	Create     ChangeKind = "create"
)

// Change is what one event did to a room.
type Change struct {
	Kind          ChangeKind
	User          id.UserID
	Before, After Member
}

// tracked lists the state with key "" that we keep, in the order Replace
// reports it.
func tracked() []string {
	return []string{typeCreate, typePower, typeJoinRules, typeEncryption, typeName, typeTopic, typeAvatar, typeAlias, typeACL, typeTombstone}
}

func kindOf(eventType string) ChangeKind {
	switch eventType {
	case typeCreate:
		return Create
	case typePower:
		return Levels
	case typeJoinRules:
		return JoinRules
	case typeEncryption:
		return Encryption
	case typeName, typeAlias:
		return Name
	case typeTopic, typeAvatar:
		return Topic
	case typeACL:
		return ACL
	case typeTombstone:
		return Tombstone
	default:
		return None
	}
}

// Apply takes in one state event, or a redaction of one. The caller gives events
// in order; the newest wins. at is when the event arrived.
func (r *Room) Apply(evt *event.Event, at time.Time) Change {
	if evt.Type.Type == typeRedaction && evt.StateKey == nil {
		// Version 11 moved the key into the content; servers should give both.
		if redacted := field(&evt.Content, "redacts"); redacted != "" {
			return r.Redact(id.EventID(redacted))
		}
		return r.Redact(evt.Redacts)
	}
	if evt.StateKey == nil {
		return Change{}
	}
	if evt.Type.Type == typeMember {
		return r.setMember(id.UserID(*evt.StateKey), parseMember(evt, at))
	}
	kind := kindOf(evt.Type.Type)
	if kind == None || *evt.StateKey != "" {
		return Change{}
	}
	e := entryOf(evt.Type.Type, raw(&evt.Content), evt.Sender, evt.ID)
	e.at = at
	if old, ok := r.state[evt.Type.Type]; ok && old.equal(e) {
		return Change{}
	}
	r.set(evt.Type.Type, e)
	return Change{Kind: kind}
}

// Redact takes in the redaction of an event. Servers blank redacted state without
// sending it anew, so a redacted ACL would otherwise go unseen. The caller's
// server has checked that the redaction was allowed. Memberships outlive theirs;
// the texts that do not are not worth a search of all members, and the next
// full look drops them.
func (r *Room) Redact(evt id.EventID) Change {
	if evt == "" {
		return Change{}
	}
	for t, e := range r.state {
		if e.event != evt {
			continue
		}
		left := keep(e.content, func(key string) bool { return r.survives(t, key) })
		if bytes.Equal(e.content, left) || len(wire.Fields(e.content)) == len(wire.Fields(left)) {
			return Change{}
		}
		redacted := entryOf(t, left, e.sender, e.event)
		redacted.at = e.at
		r.set(t, redacted)
		return Change{Kind: kindOf(t)}
	}
	return Change{}
}

// survives reports whether a redaction leaves a key of tracked state in place.
func (r *Room) survives(eventType, key string) bool {
	switch eventType {
	case typeCreate:
		// Before version 11 little is left, but the room stays what it was.
		return true
	case typeJoinRules:
		return key == "join_rule" || key == "allow"
	case typePower:
		if key == "invite" {
			return !r.version.contentCreator() // survives from version 11
		}
		return slices.Contains([]string{"users", "users_default", "events", "events_default",
			"state_default", "ban", "kick", "redact"}, key)
	default:
		return false
	}
}

func (r *Room) set(eventType string, e entry) {
	if eventType == typeACL {
		e.content = r.same(e.content)
	}
	r.state[eventType] = e
	if eventType == typeCreate || eventType == typePower {
		r.derive()
	}
}

// derive reads version, creators and levels. The version decides how both others
// are read, so that they cannot be read one by one.
func (r *Room) derive() {
	create, ok := r.state[typeCreate]
	m := wire.Fields(create.content)
	r.version, r.made = version(wire.Clip(wire.Text(m["room_version"]), maxVersion)), made{}
	if r.version == "" {
		r.version = "1"
	}
	r.infinite = r.version.creatorsRule(r.id)
	if ok {
		r.made = r.parseCreators(create.sender, m)
	}
	power, said := r.state[typePower]
	r.levels, r.said = parseLevels(power.content, r.version), said
}

func (e entry) equal(o entry) bool {
	return e.event == o.event && e.sender == o.sender && bytes.Equal(e.content, o.content)
}

// maxUserID is how many bytes a user ID has at most.
const maxUserID = 255

// validUser is deliberately loose: historical user IDs hold anything.
func validUser(u string) bool {
	return len(u) <= maxUserID && strings.HasPrefix(u, "@") && strings.Contains(u, ":")
}
