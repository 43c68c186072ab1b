package commands

import (
	"context"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/policy"
	"forseti/protections"
)

// Bot is what commands ask of the community they moderate. Errors are shown to
// moderators as they are, so they are written for them.
type Bot interface {
	Rooms
	Lists
	Rules
	Members
	Protections
	Secrets
	Upkeep
}

// Ref is a room as a moderator wrote it: exactly one of Room, Alias and Name is
// set. The zero Ref names no room.
type Ref struct {
	Room  id.RoomID
	Alias id.RoomAlias
	Name  string   // only for lists: shortcode or name
	Via   []string // servers to join through, from a link
}

// Room is a protected room.
type Room struct {
	ID       id.RoomID
	Name     string
	Alias    id.RoomAlias
	Joined   int
	Problems []string // what moderators should mend, in words
	Waiting  bool     // a first sweep waits for a yes
}

// Rooms keeps the set of protected rooms.
type Rooms interface {
	Rooms() []Room
	Protect(ctx context.Context, r Ref) (Room, error)
	Unprotect(ctx context.Context, r Ref) (Room, error)
}

// List is a watched policy list.
type List struct {
	ID              id.RoomID
	Name, Shortcode string
	Alias           id.RoomAlias
	Rules           int
	Writable        bool
	Exempts         bool   // its exemptions are followed
	Problem         string // why its rules may be out of date, "" if they are not
}

// Reach is what a change would do to those who are present now.
type Reach struct {
	Members, Rooms int
	Servers        int
	Freed          int         // whose bans would be lifted, or not be made any more
	Wide           bool        // beyond the blast radius: ask
	Guarded        []id.UserID // moderators etc. it matches and spares
	OwnServer      bool
	Everyone       bool // it matches everybody, also who comes later
}

// Lists keeps the set of watched lists.
type Lists interface {
	Lists() []List
	// CreateList makes a policy room, gives owner power in it, and watches it.
	CreateList(ctx context.Context, shortcode, aliasLocalpart string, owner id.UserID) (List, error)
	// Watch follows a list. If its Reach is Wide and the change is not confirmed,
	// it is not watched yet.
	Watch(ctx context.Context, r Ref, confirmed bool) (List, Reach, error)
	Unwatch(ctx context.Context, r Ref) (List, error)
	// Exempting says whether a list's exemptions are followed. If its Reach is Wide
	// and the change is not confirmed, nothing is changed yet.
	Exempting(ctx context.Context, r Ref, on, confirmed bool) (List, Reach, error)
}

// NewRule is a rule that is to be written.
type NewRule struct {
	Kind           policy.Kind
	Entity         string
	Recommendation policy.Recommendation
	Reason         string
}

// Rules reads and writes the rules of watched lists.
type Rules interface {
	// Rules gives the rules of one list, or of all for "".
	Rules(list id.RoomID) []policy.Rule
	Matching(kind policy.Kind, entity string) []policy.Rule
	// MatchedMembers gives the members of protected rooms about whom a rule
	// decides now.
	MatchedMembers() map[id.UserID]policy.Rule
	Reach(r NewRule) Reach
	// AddRule writes a rule. The zero Ref is the only, or else the default list.
	// The event is the rule's, for Answer.Follow.
	AddRule(ctx context.Context, list Ref, r NewRule, confirmed bool) (List, id.EventID, error)
	// RemoveRules removes all, or says which it could not remove.
	RemoveRules(ctx context.Context, rules []policy.Rule) error
}

// Target is whom a direct command is about, and on whose word.
type Target struct {
	User    id.UserID // or a glob if Glob is set
	Glob    bool
	Room    id.RoomID // "" for all protected rooms
	Reason  string
	Limit   int
	By      id.UserID
	Command id.EventID
}

// Members acts on users directly, without a rule.
type Members interface {
	// FindMembers gives who matches and is joined, invited or knocking, by room
	// ("" for all). The bot itself is never among them.
	FindMembers(glob string, room id.RoomID) map[id.RoomID][]id.UserID
	// Kick queues kicks; their outcome is reported by the community.
	Kick(ctx context.Context, t Target) error
	// Unban queues unbans of this user in protected rooms, whoever banned them.
	Unban(ctx context.Context, t Target, invite bool) (rooms int, err error)
	// Redact looks for recent messages of a user and queues their redaction.
	Redact(ctx context.Context, t Target) (events, rooms int, err error)
	RedactEvent(ctx context.Context, room id.RoomID, event id.EventID, reason string, by id.UserID, command id.EventID) error
	// Evidence shows what was removed.
	Evidence(ctx context.Context, event id.EventID) (Evidence, error)
}

// Evidence is a message that was acted on, as it was when it was.
type Evidence struct {
	Room   id.RoomID
	Sender id.UserID
	Type   string
	Body   string // or the whole content, if it has none
	Sent   time.Time
	Until  time.Time // when it will be forgotten
}

// ProtectionInfo is a protection and how it is set.
type ProtectionInfo struct {
	Name, Summary string
	Enabled       bool
	Settings      []protections.Setting
}

// Protections turns protections on and off and changes their settings.
type Protections interface {
	Protections() []ProtectionInfo
	Enable(ctx context.Context, name string, on bool) error
	Configure(ctx context.Context, name, setting, value string) (old string, err error)
}

// Device is one of a user's, and how far it is trusted.
type Device struct {
	ID          id.DeviceID
	Name        string // "" if it has none
	Fingerprint string
	Standing    string // in a word or two
	This        bool   // the bot's own
}

// Secrets is about who can read along and be believed.
type Secrets interface {
	// Verify asks a moderator to compare keys.
	Verify(ctx context.Context, user id.UserID) error
	Devices(ctx context.Context, user id.UserID) ([]Device, error)
	Block(ctx context.Context, user id.UserID, device id.DeviceID, on bool) error
}

// Status is how the bot is doing.
type Status struct {
	Version                      string
	Up                           time.Duration
	DryRun                       bool
	Rooms, Lists, Rules, Members int
	Waiting                      int      // work in the queue
	Waits                        string   // for what it waits and about how long, in words; "" if that is not known
	Problems                     []string // what moderators should mend, in words
	Questions                    int      // open questions
	LastLook                     time.Time
	Enabled                      []string // protections
	Unread                       []string // rooms with messages whose key is missing, in words
	Encrypts                     bool     // the bot takes part in encrypted rooms
	Encrypted                    bool     // this room is encrypted
	Account                      string   // who else is logged in as the bot, as markup; "" for nobody
	Backup                       string   // how the backup of keys stands, in words; "" without one
}

// Upkeep is about the bot itself.
type Upkeep interface {
	Status() Status
	// Look reads everything again; found is how much work that made.
	Look(ctx context.Context) (rooms, found int, err error)
	SetDryRun(ctx context.Context, on bool) error
	// Encrypt encrypts the management room, for good.
	Encrypt(ctx context.Context) error
	// Limits gives the blast radius as it is, and as the configuration has it.
	Limits() (now, byDefault Limits)
	SetLimits(ctx context.Context, to Limits) error
}
