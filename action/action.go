// Package action names the verbs of moderation as plain values.
//
// An Action says one thing to do to one room or user, and why. It does nothing
// by itself: package enforce decides whether and when, package matrix how.
package action

import (
	"encoding/json"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// Verb is what an Action does.
type Verb string

// The verbs. Each names the fields of Action that it reads besides Room.
const (
	Ban            Verb = "ban"              // User, Reason
	Unban          Verb = "unban"            // User, Reason
	Kick           Verb = "kick"             // User, Reason; also refuses a knock and takes back an invite
	Invite         Verb = "invite"           // User, Reason
	Redact         Verb = "redact"           // Event, Reason
	SetState       Verb = "set_state"        // State
	Join           Verb = "join"             // Via; Room may be unset when Alias is given
	Leave          Verb = "leave"            // Reason
	CreateRoom     Verb = "create_room"      // Create; Room is unset
	SetAccountData Verb = "set_account_data" // Data; Room is unset
	Say            Verb = "say"              // Message
)

// Speech reports whether the verb only talks to moderators and changes nothing
// else. Speech is what a dry run still does.
func (v Verb) Speech() bool { return v == Say }

// Action is one thing to do. The zero value does nothing.
type Action struct {
	// ID names the journal entry of this action and is the transaction ID of its
	// request, so that a retried send, also after a restart, is the same send.
	// The journal fills it in; an empty ID was never journalled.
	ID string `json:"id,omitempty"`

	Verb   Verb       `json:"verb"`
	Room   id.RoomID  `json:"room,omitempty"`
	User   id.UserID  `json:"user,omitempty"`
	Event  id.EventID `json:"event,omitempty"`
	Reason string     `json:"reason,omitempty"`
	Cause  Cause      `json:"cause"`

	Alias   id.RoomAlias `json:"alias,omitempty"`
	Via     []string     `json:"via,omitempty"`
	State   *State       `json:"state,omitempty"`
	Create  *NewRoom     `json:"create,omitempty"`
	Data    *AccountData `json:"data,omitempty"`
	Message *Message     `json:"message,omitempty"`
}

// State is a state event to send: an ACL, a policy rule, power levels.
type State struct {
	Type    event.Type      `json:"type"`
	Key     string          `json:"key"`
	Content json.RawMessage `json:"content"`
}

// NewRoom describes a room to create.
type NewRoom struct {
	Name           string      `json:"name,omitempty"`
	Topic          string      `json:"topic,omitempty"`
	AliasLocalpart string      `json:"alias_localpart,omitempty"`
	Type           string      `json:"type,omitempty"` // m.policy for a policy list (MSC3784)
	Public         bool        `json:"public,omitempty"`
	Encrypted      bool        `json:"encrypted,omitempty"`
	Invite         []id.UserID `json:"invite,omitempty"`
	// Users are power levels besides the bot's own.
	Users map[id.UserID]int `json:"users,omitempty"`
	State []State           `json:"state,omitempty"`
}

// AccountData is a global account data event of the bot's own account.
type AccountData struct {
	Type    string          `json:"type"`
	Content json.RawMessage `json:"content"`
}

// Message is something said in the management room.
type Message struct {
	// Markdown is the text. It is rendered without raw HTML, and mentions nobody.
	Markdown string `json:"markdown,omitempty"`
	// ReplyTo is the event answered, if any.
	ReplyTo id.EventID `json:"reply_to,omitempty"`
	// Edits is our own earlier message that this one replaces, if any.
	Edits id.EventID `json:"edits,omitempty"`
	// Reaction makes this a reaction to ReplyTo with this key; Markdown is unset.
	Reaction string `json:"reaction,omitempty"`
	// Image is shown with Markdown as its caption.
	Image *Image `json:"image,omitempty"`
	// Fields are added to the event content, for questions that must survive a
	// restart.
	Fields map[string]any `json:"fields,omitempty"`
}

// Image is a picture to post.
type Image struct {
	Data []byte `json:"data"`
	Type string `json:"type"` // MIME
	Name string `json:"name"` // of the file
}

// Result is what the homeserver answered.
type Result struct {
	Event id.EventID // the event that was sent, where one was
	Room  id.RoomID  // the room that was created or joined
	Dry   bool       // true if a dry run left it undone
}
