// Package rooms holds what we know of one protected room: members, levels, ACL.
//
// A Room is a pure state machine: it is fed state events and answers questions.
// It sends nothing, knows no clock, and is not safe for concurrent use. Contents
// come from strangers, so whatever has the wrong type reads as absent.
package rooms

import (
	"encoding/json"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/wire"
)

// Room is the state of one room as far as moderation needs it.
type Room struct {
	id    id.RoomID
	state map[string]entry // by event type; state key always ""
	roster
	powers   // read from state whenever it changes
	activity time.Time
	seen     bool // a full look has been had
	same     func(json.RawMessage) json.RawMessage
}

// entry is one tracked state event.
type entry struct {
	content json.RawMessage
	sender  id.UserID
	event   id.EventID
	at      time.Time // when it was set: as of members
	// What is asked for again and again, of content that may have 64 kB.
	text  string // that which events of its type are about, at most 1 kB
	blank bool   // it says nothing
}

func entryOf(eventType string, content json.RawMessage, sender id.UserID, event id.EventID) entry {
	e, key := entry{content: content, sender: sender, event: event}, ""
	switch eventType {
	case typeTopic, typeAvatar:
		e.content = nil // of which only matters who set it; it may have 64 kB
		return e
	case typeCreate:
		key = "type"
	case typeName:
		key = "name"
	case typeAlias:
		key = "alias"
	case typeJoinRules:
		key = "join_rule"
	case typeTombstone:
		key = "replacement_room"
	default:
		return e
	}
	said := wire.Fields(content)
	e.text, e.blank = clip(wire.Text(said[key])), len(said) == 0
	return e
}

// New is a room of which nothing is known yet.
func New(roomID id.RoomID) *Room {
	r := &Room{
		id:     roomID,
		state:  make(map[string]entry),
		roster: newRoster(),
		same:   func(content json.RawMessage) json.RawMessage { return content },
	}
	r.derive()
	return r
}

// Share has the room keep the copies of a user's ID and of the content of a server ACL that
// these give: many rooms have the same.
func (r *Room) Share(user func(id.UserID) id.UserID, acl func(json.RawMessage) json.RawMessage) {
	r.shared, r.same = user, acl
}

// Acts says who acts in the room, of whom is asked most often what they may do.
func (r *Room) Acts(u id.UserID) { r.acts, r.is = u, r.members.of(u).kind }

// ID is the room's ID.
func (r *Room) ID() id.RoomID { return r.id }

// Name is what to call the room: its name, else its alias, else its ID. It is
// written by strangers and must be escaped where it is shown.
func (r *Room) Name() string {
	if name := strings.TrimSpace(r.state[typeName].text); name != "" {
		return name
	}
	if alias := r.Alias(); alias != "" {
		return string(alias)
	}
	return string(r.id)
}

// Alias is the canonical alias, "" if there is none.
func (r *Room) Alias() id.RoomAlias {
	alias := r.state[typeAlias].text
	if !strings.HasPrefix(alias, "#") || len(alias) > 255 {
		return ""
	}
	return id.RoomAlias(alias)
}

// Version is the room version, "1" if the create event names none and "" while
// the create event is unknown.
func (r *Room) Version() string {
	if _, ok := r.state[typeCreate]; !ok {
		return ""
	}
	return string(r.version)
}

// Kind is the type that the room was created with, as in m.space; "" if it has none.
func (r *Room) Kind() string { return r.state[typeCreate].text }

// Content is the present content of a piece of state with an empty key, of the types
// that we keep; nil if there is none, and of a topic or picture. It must not be changed.
func (r *Room) Content(eventType string) json.RawMessage { return r.state[eventType].content }

// Shown reports whether a type of state is what a room shows of itself: its name, topic or
// picture.
func Shown(eventType string) bool {
	return eventType == typeName || eventType == typeTopic || eventType == typeAvatar
}

// SetBy is who set a piece of state with an empty key, of the types that we keep, by which
// event, and when: as Member.Changed. No event says that there is none.
func (r *Room) SetBy(eventType string) (sender id.UserID, event id.EventID, at time.Time) {
	e := r.state[eventType]
	return e.sender, e.event, e.at
}

// Encrypted reports whether encryption was ever turned on. The content does not
// matter: a redacted event still binds clients, and there is no way back.
func (r *Room) Encrypted() bool {
	_, ok := r.state[typeEncryption]
	return ok
}

// Tombstone reports whether the room was replaced, and by which room; "" if the
// tombstone names none. The replacement is a claim to be verified.
func (r *Room) Tombstone() (id.RoomID, bool) {
	e, ok := r.state[typeTombstone]
	if !ok || e.blank {
		return "", false
	}
	if !strings.HasPrefix(e.text, "!") || len(e.text) > 255 {
		return "", true
	}
	return id.RoomID(e.text), true
}

// JoinRule is who may join; invite if the room does not say.
func (r *Room) JoinRule() event.JoinRule {
	if rule := r.state[typeJoinRules].text; rule != "" {
		return event.JoinRule(rule)
	}
	return event.JoinRuleInvite
}

// ACL is the present server ACL as written, nil if there never was one. A blank
// one is "{}", which shuts everybody out. The content must not be changed.
func (r *Room) ACL() (content json.RawMessage, sender id.UserID, event id.EventID) {
	e := r.state[typeACL]
	return e.content, e.sender, e.event
}

// PowerLevels is the present power levels event as written, for editing with
// unknown keys kept; nil if there is none. The content must not be changed.
func (r *Room) PowerLevels() (content json.RawMessage, sender id.UserID, event id.EventID) {
	e := r.state[typePower]
	return e.content, e.sender, e.event
}

// Activity is when the last message was seen.
func (r *Room) Activity() time.Time { return r.activity }

// Touch records that a message was seen.
func (r *Room) Touch(at time.Time) {
	if at.After(r.activity) {
		r.activity = at
	}
}
