package commands

import (
	"context"
	"slices"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/content"
	"forseti/policy"
	"forseti/protections/kit"
	"forseti/sanction"
)

// Desks are what the families of commands ask of the community that they moderate, a
// small one each. Errors are shown to moderators as they are, so they are sentences.
type Desks struct {
	Names     Names
	Bans      BanDesk
	Members   MemberDesk
	Mutes     MuteDesk
	Why       WhyDesk
	Rules     RuleDesk
	Lists     ListDesk
	Devices   DeviceDesk
	Upkeep    UpkeepDesk
	Limits    LimitDesk
	Roles     RoleDesk
	Questions QuestionDesk
	Grounds
	Records
	Guards
}

// Grounds are the desks about the rooms themselves.
type Grounds struct {
	Rooms   RoomDesk
	Audits  AuditDesk
	Servers ServerDesk
	Levels  LevelDesk
	Locks   LockDesk
	Spaces  SpaceDesk
	Others  QuartersDesk
}

// Records are the desks about what was said and done.
type Records struct {
	Messages MessageDesk
	Files    FileDesk
	Says     bool // moderators may have us say something
	Evidence EvidenceDesk
	Cases    CaseDesk
	Arrivals ArrivalDesk
	Digest   DigestDesk
	Past     SettingDesk
	Reasons  ReasonDesk
}

// Guards are the desks about what is found by itself.
type Guards struct {
	Protections ProtectionDesk
	Presets     PresetDesk
	Postures    PostureDesk
	Ladder      LadderDesk
	Calls       CallDesk
	Stats       StatsDesk
	OwnRules    OwnRuleDesk
	Samples     SampleDesk
	Images      ImageDesk
	ByHand      ByHandDesk
	Clock       ClockDesk
	Duty        DutyDesk
}

// Names is what all commands may ask: what there is, and what it is called.
type Names interface {
	Rooms() []Room
	Lists() []List // in order of precedence
	DryRun() bool
	// Zone is by which clocks moderators live.
	Zone() *time.Location
	// Standing says why a rule that stands in a list is not followed, or one that does
	// no longer is; "" for a rule that is followed as it stands.
	Standing(r policy.Rule) string
}

// Executor carries out what plans say.
type Executor interface {
	// Do carries out an action now and waits for it. What was done before under the
	// same ID is not done again.
	Do(ctx context.Context, a action.Action, sure bool) (action.Result, error)
	// Want puts actions to work, those that are not yet.
	Want(ctx context.Context, actions []action.Action, exhibits []any) error
	// Change makes a change. To make it again changes nothing.
	Change(ctx context.Context, c Change) error
	// Step hears how many of the steps that are waited for are done.
	Step(done, all int)
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
	Out      bool     // we are not in it
}

// List is a watched policy list.
type List struct {
	ID              id.RoomID
	Name, Shortcode string
	Alias           id.RoomAlias
	Rules           int
	Writable        bool
	Unread          bool // not read yet, so that nobody knows whether it is
	Exempts         bool // its exemptions are followed
	Default         bool // rules are written to it if no list is named
	How             HowWatched
	Spares          []id.UserID // for whom its rules do not count
	Problem         string      // why its rules may be out of date, "" if they are not
}

// Effect is what a change would do to those who are here now.
type Effect struct {
	Banned, Shut  []id.UserID // who are present: who would be banned, whose server would be shut out
	Later, Left   []id.UserID // whom power levels spare for now, and who left lately and would be banned
	Parts         []id.UserID // whose servers only homeservers that run Dendrite would shut out
	Freed         []id.UserID // whose bans would be lifted
	Ours          []id.UserID // of all these, those of our own server or a moderator's
	Hit, Rooms    int         // present members in the first two, and the rooms they are in
	Denied        []string    // entries that come into server ACLs
	Allowed       []string    // entries that go out of them
	Guarded       []id.UserID // moderators etc. that it matches and spares
	Exempt        []id.UserID // who are present, match, and stay for an exemption
	Gone          []id.UserID // who match, were freed a moment ago, and are not there any more
	Broad         []string    // entities that pin down neither a server nor a name
	OwnServer     bool        // it matches our own server, or a moderator's
	Everyone      bool        // it bans everybody, also who comes later
	FreesEveryone bool        // it frees everybody
	Wide          bool        // beyond what may be done unasked

	brief bool // few are named in a sentence, for all of them stand below it
}

// Search is whose messages are looked for.
type Search struct {
	Users []Whose
	But   []id.UserID // whose are left alone
	Rooms []id.RoomID // none for all protected rooms
	Limit int         // how many messages of a room are looked through, and not what else happens there
	Most  int         // how many of theirs are found in a room, the newest first; 0 for all
	Since time.Time   // only what was said since then; zero for all
}

// Whose is a user, or a pattern of users if Glob is set.
type Whose struct {
	User id.UserID
	Glob bool
}

// Of tells whether a search is for what somebody said.
func (s Search) Of(u id.UserID) bool {
	return !slices.Contains(s.But, u) && slices.ContainsFunc(s.Users, func(w Whose) bool {
		return w.User == u || w.Glob && policy.Rule{Kind: policy.User, Entity: string(w.User)}.Matches(string(u))
	})
}

// Found is what a search found.
type Found struct {
	Messages []Said
	Rooms    int   // that were looked through
	Left     []any // what is kept as evidence of them
	Unread   error // what could not be read, a sentence
	Whole    bool  // every room that was looked through was read to its beginning
}

// Said is one message.
type Said struct {
	Room  id.RoomID
	Event id.EventID
	By    id.UserID
	Text  string // how it begins, "" if it cannot be read or says nothing
}

// Evidence is a message that was acted on, as it was when it was.
type Evidence struct {
	Room   id.RoomID
	Sender id.UserID
	Seen   content.Seen
	Raw    string // the whole content, if nothing of it is seen
	Sent   time.Time
	Until  time.Time // when it will be forgotten
}

// ProtectionInfo is a protection and how it is set.
type ProtectionInfo struct {
	Name, Summary string
	Mode          kit.Mode
	Raised        bool // it is on for now, by the posture
	Settings      []kit.Setting
	Rooms         []LocalProtection // where it is set otherwise
	Rule          string            // as it is written, if it is one of the moderators' own; "" if not
}

// LocalProtection is how a protection is set in a room of its own.
type LocalProtection struct {
	Room     id.RoomID
	Mode     kit.Mode
	Switched bool          // its mode was set in this room itself
	Settings []kit.Setting // that are the room's own
}

// Device is one of a user's, and how far it is trusted.
type Device struct {
	ID          id.DeviceID
	Name        string // "" if it has none
	Fingerprint string
	Standing    string // in a word or two
	This        bool   // the bot's own
}

// Status is how the bot is doing.
type Status struct {
	Version                      string
	Up                           time.Duration
	DryRun                       bool
	Rooms, Lists, Rules, Members int
	Waiting                      int      // work in the queue
	Problems                     []string // what moderators should mend, in words
	Questions                    int      // open questions
	LastLook                     time.Time
	Posture                      string // in words; "" if it is calm
	Duty                         sanction.Duty
	Enabled, Shadow              []string // protections that are on, and in shadow
	Unread                       []string // rooms with messages whose key is missing, in words
	Encrypts                     bool     // the bot takes part in encrypted rooms
	Encrypted                    bool     // this room is encrypted
	Backup                       string   // how the backup of keys stands, in words; "" without one
	Waits                        string   // for what it waits and about how long, in words; "" if that is not known
	Account                      string   // who else is logged in as the bot, as markup; "" for nobody
}

// entityRule is a rule that is to be written.
func entityRule(e entity, list id.RoomID, reason string) policy.Rule {
	return policy.Rule{Kind: e.kind, Entity: e.name, Recommendation: policy.Ban, Reason: reason, List: list}
}
