// Package action names the verbs of moderation as plain values.
//
// An Action says one thing to do to one room or user, and why. It does nothing
// by itself: package enforce decides whether and when, package matrix how.
package action

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

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
	Profile *Profile     `json:"profile,omitempty"`
	Device  id.DeviceID  `json:"device,omitempty"`
	Message *Message     `json:"message,omitempty"`
	// Was is what stood there before, where a verb gives back what another took:
	// the Result.Was of the one that it reverses. Of SetVoice it is what must still stand.
	Was json.RawMessage `json:"was,omitempty"`
	// Expires is when it is to be undone; zero for never.
	Expires time.Time `json:"expires,omitzero"`
	// Parent is the ID of the action that this one undoes or follows from, if any.
	Parent string `json:"parent,omitempty"`
	// For is the command whose reply tells what comes of it, if its cause does not say so.
	For id.EventID `json:"for,omitempty"`
	// Seen is, of a removal, the member event that it is meant for: who has come back
	// since is not removed once more.
	Seen id.EventID `json:"seen,omitempty"`
	// Of is what the event is that is removed, if it is no message.
	Of Object `json:"of,omitempty"`
	// With are others whose doing counts as the user's: of what several have spoiled, one
	// must not be given back for another's.
	With []id.UserID `json:"with,omitempty"`
	// Nameless leaves the name and picture of whom it is about out of a ban.
	Nameless bool `json:"nameless,omitempty"`
	// Removes has a ban remove all that its user wrote in the room; these of it show whether it did.
	Removes []id.EventID `json:"removes,omitempty"`
	// By is, of a message that is removed, who wrote it, if all that they wrote in the room is to
	// go: a ban of them there may do that too.
	By id.UserID `json:"by,omitempty"`
	// Level is the power level that SetLevel gives, or that Mute leaves; for Mute unset for the
	// highest that may not send messages.
	Level *int64 `json:"level,omitempty"`
}

// Check reports which field is missing that the verb needs. Without it a request
// would go to another path.
func (a Action) Check() error {
	row := a.Verb.Row()
	if !a.Verb.Known() {
		return fmt.Errorf("no such verb: %q", string(a.Verb))
	}
	for _, field := range row.Needs {
		if !a.has(field) {
			return fmt.Errorf("%s: no %s", a.Verb, field)
		}
	}
	return nil
}

func (a Action) has(field Field) bool {
	switch field {
	case HasRoom:
		return a.Room != ""
	case HasTarget:
		return a.Room != "" || a.Alias != ""
	case HasUser:
		return a.User != ""
	case HasEvent:
		return a.Event != ""
	case HasState:
		return a.State != nil && a.State.Type.Type != "" && isObject(a.State.Content)
	case HasCreate:
		return a.Create != nil
	case HasData:
		return a.Data != nil && a.Data.Type != "" && isObject(a.Data.Content)
	case HasDevice:
		return a.Device != ""
	case HasProfile:
		return a.Profile != nil && (a.Profile.Name != "" || a.Profile.Picture != nil || a.Profile.Uploaded != nil)
	case HasMessage:
		return a.Message != nil && (a.Message.Reaction == "" || a.Message.ReplyTo != "")
	case HasLevel:
		return a.Level != nil
	case HasAlias:
		return a.Alias != ""
	case HasBase:
		return isObject(a.Was)
	case HasText:
		return a.Message != nil && a.Message.Markdown != ""
	default:
		return false
	}
}

func isObject(raw json.RawMessage) bool {
	trimmed := bytes.TrimLeft(raw, " \t\r\n")
	return len(trimmed) > 0 && trimmed[0] == '{' && json.Valid(raw)
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
	// InviteLevel is the power level that it takes to invite; 0 for what the homeserver
	// takes for usual, with which all who are in a private room may.
	InviteLevel int     `json:"invite_level,omitempty"`
	State       []State `json:"state,omitempty"`
	// Picture is what clients show beside its name, if anything. Nobody need be let in to see it.
	Picture *File `json:"picture,omitempty"`
}

// Profile is how the bot's account is shown. What is empty of it is left as it is.
type Profile struct {
	Name    string `json:"name,omitempty"`
	Picture *File  `json:"picture,omitempty"`
	// Uploaded is in place of Picture.
	Uploaded *Uploaded `json:"uploaded,omitempty"`
}

// Uploaded is a picture that somebody uploaded; none if it has no address.
type Uploaded struct {
	Address string `json:"address"` // mxc://
	// Sealed says that it is encrypted, and the others how it is read, as who sent it wrote.
	Sealed bool   `json:"sealed,omitempty"`
	Key    string `json:"key,omitempty"`
	Vector string `json:"vector,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
}

// AccountData is a global account data event of the bot's own account.
type AccountData struct {
	Type    string          `json:"type"`
	Content json.RawMessage `json:"content"`
}

// Message is something said in the management room.
type Message struct {
	// Markdown is the text. It is rendered without raw HTML, and mentions nobody by itself.
	Markdown string `json:"markdown,omitempty"`
	// ReplyTo is the event answered, if any.
	ReplyTo id.EventID `json:"reply_to,omitempty"`
	// Thread is the first event of the thread that the message belongs to, if any.
	Thread id.EventID `json:"thread,omitempty"`
	// Edits is our own earlier message that this one replaces, if any.
	Edits id.EventID `json:"edits,omitempty"`
	// Reaction makes this a reaction to ReplyTo with this key; Markdown is unset.
	Reaction string `json:"reaction,omitempty"`
	// File is a picture or another file, with Markdown as its caption.
	File *File `json:"image,omitempty"` // as journals have it
	// Mentions are users whose phones it rings, and Everybody has it ring those of all in the
	// room. Nothing that the text says does.
	Mentions  []id.UserID `json:"mentions,omitempty"`
	Everybody bool        `json:"everybody,omitempty"`
	// Clear says it unencrypted, also in an encrypted room: only where nothing can be said
	// in secret any more, and to say that.
	Clear bool `json:"clear,omitempty"`
	// Fields are added to the event content, for questions that must survive a
	// restart.
	Fields map[string]any `json:"fields,omitempty"`
}

// File is a file to post.
type File struct {
	Data []byte `json:"data"`
	Type string `json:"type"` // MIME
	Name string `json:"name"` // of the file
}

// Result is what the homeserver answered.
type Result struct {
	Event id.EventID // the event that was sent, where one was
	Room  id.RoomID  // the room that was created or joined
	Dry   bool       // true if a dry run left it undone
	// Was is what stood there before, of verbs whose reverse needs it.
	Was json.RawMessage
	// Past says that it happened in an earlier try, and that the room has changed since.
	Past bool
	// Removed says, of a ban, that what its user wrote is gone with it, and WithBan, of a message, that it
	// went so.
	Removed, WithBan bool
}
