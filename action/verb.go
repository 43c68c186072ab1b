package action

import (
	"sync"

	"maunium.net/go/mautrix/event"
)

// Verb is what an Action does. All that is known of a verb stands in one row of
// the table below; a new one is a row there and a method in package matrix.
type Verb string

// The verbs.
const (
	Ban   Verb = "ban"
	Unban Verb = "unban"
	Kick  Verb = "kick" // also refuses a knock and takes back an invite
	// Uninvite takes back an invitation, and touches nobody who has accepted it.
	Uninvite Verb = "uninvite"
	TellOut  Verb = "kick_tell" // Kick, after telling the user why in a direct chat
	Invite   Verb = "invite"
	Mute     Verb = "mute"      // takes away the level to send messages
	Unmute   Verb = "unmute"    // gives back exactly the level that there was
	SetLevel Verb = "set_level" // gives a user a power level, unless they have another by now than was seen
	Notify   Verb = "notify"    // tells a user in a direct chat what was done and why
	// NotifyHere tells a user, in the room where it was, what was done and why: all who are there
	// read it.
	NotifyHere Verb = "notify_here"
	Ask        Verb = "ask" // asks a user in a direct chat, to be answered by a reaction

	Redact      Verb = "redact"
	SetACL      Verb = "set_acl"
	SetJoinRule Verb = "set_join_rule"
	// SetVoice sets what it takes to write in a room, and who may, over the power levels
	// that it was worked out from: Action.Was.
	SetVoice   Verb = "set_voice"
	SetState   Verb = "set_state" // any other state, as the encryption of a room
	GiveBack   Verb = "give_back" // what stood before its user set a room's name, topic or picture
	WriteRule  Verb = "write_rule"
	RemoveRule Verb = "remove_rule"

	PointAlias Verb = "point_alias" // has an address lead to a room, also away from the one that was seen
	DropAlias  Verb = "drop_alias"  // has it lead nowhere, unless it leads elsewhere by now
	List       Verb = "list"        // shows a room to whoever looks for rooms
	Unlist     Verb = "unlist"

	Join           Verb = "join"
	Leave          Verb = "leave"
	CreateRoom     Verb = "create_room"
	SetAccountData Verb = "set_account_data"
	SetProfile     Verb = "set_profile" // how the bot itself is called and shown
	EndLogin       Verb = "end_login"   // logs out another device of the bot's account
	Say            Verb = "say"

	// What only a homeserver's administrator may do.
	Suspend    Verb = "suspend"
	Unsuspend  Verb = "unsuspend"
	Lock       Verb = "lock"
	Unlock     Verb = "unlock"
	Deactivate Verb = "deactivate"
	Quarantine Verb = "quarantine" // the media of an event
	ShutDown   Verb = "shut_down"  // a room
)

// Lane is what kind of work a verb is. Within the same urgency a smaller lane goes
// first: a ban stops harm, an ACL stops a server, a redaction cleans up.
type Lane uint8

// The lanes. Work of one lane, room and subject is one thing: the later wish for it
// meets the earlier one.
const (
	MemberLane  Lane = iota // whether a user is in a room
	LevelLane               // what a member may do there
	ACLLane                 // which servers take part
	StateLane               // any other state of a room, rules of a list among it
	MessageLane             // a message that goes
	WordLane                // what a user is told
	AdminLane               // an account or a room of our homeserver
	OwnLane                 // where the bot itself is, and what its account keeps
	SpeechLane              // what moderators are told
)

// Direction tells apart verbs of one lane that meet.
type Direction int8

// The directions. Of two that differ, the later wish holds; of two that tighten, the
// stronger.
const (
	Loosens  Direction = -1
	Neutral  Direction = 0
	Tightens Direction = 1
)

// Undoing is what takes a verb back, where that hangs on what there was before.
type Undoing uint8

// What takes verbs back. The zero Undoing is the reverse, or nothing.
const (
	UndoByReverse Undoing = iota
	UndoLevel             // the level that somebody had
	UndoPointing          // where an address led, if anywhere
	UndoDropping          // the address that a room had
	UndoListing           // out of the directory
	UndoUnlisting         // into it
)

// Guard is what must be looked at before a verb is tried.
type Guard uint8

// The guards. The zero Guard refuses, so that a row without one does nothing.
const (
	GuardRefuses Guard = iota
	GuardNothing       // it changes nothing for anybody but the bot
	GuardMember        // never ourselves, moderators, or who stands as high as we do
	GuardAuthor        // never a moderator's message, unless a moderator asks for it
	GuardKnown         // never ourselves, moderators, or a stranger whom the room has never seen
	GuardHere          // never ourselves, moderators, or who is not in the room; nobody else is called, and nothing answered or edited
	GuardCaller        // never ourselves, moderators, or who neither is in the room nor asks to be let in
	GuardLoosens       // it takes nothing from anybody
	GuardACL           // never a server that is protected
	GuardState         // never a room that is not ours to change, or a type that has a verb of its own
	GuardVoice         // never but what it takes to write, and who may; no level of a moderator, and none that does more
	GuardList          // a rule: never one that names us or our own server alone
	GuardLevel         // never ourselves, more than we have, or who stands as high as we do; and only if a moderator asks for it
	GuardOurs          // never for a room that is none of ours
	GuardShown         // never for a room that we do not protect
	GuardAccount       // never an account of ours or a moderator's
	GuardRoom          // never the management room, or one that we protect or follow
)

// Power is what a verb needs of the bot's account, besides being in the room.
type Power uint8

// The powers.
const (
	NoPower Power = iota
	BanPower
	UnbanPower
	KickPower
	InvitePower
	RedactPower
	LevelPower // to edit power levels, up to our own
	StatePower // to send the state event of the action
	AdminPower // to be an administrator of the homeserver
)

// Words are how moderators read of a verb.
type Words struct {
	Do    string // "I cannot ban …"
	Doing string // "Banning …"
	Did   string // "Banned …"
	Would string // "Would ban …", in a dry run
	Noun  string // "3 bans wait"
	In    string // how the room stands beside it: in one, or from it
	// Of is what the verb is done to and counted in: a user, a message, a room.
	Of Object
}

// Object is what a verb is done to, as people count it.
type Object string

// The objects. NoObject is of verbs that name it themselves.
const (
	NoObject Object = ""
	ToUser   Object = "user"
	ToEvent  Object = "message"

	ToProfile Object = "profile"     // a name and picture in a room, as an event that is removed
	ToState   Object = "room change" // any other piece of state that is removed
	ToName    Object = "room name"
	ToTopic   Object = "topic"
	ToPicture Object = "room picture"
)

// Row is what is known of a verb.
type Row struct {
	Verb Verb
	Lane Lane
	// Needs are the fields of Action that must be set.
	Needs []Field
	// Subject is what the work is about, within a lane and a room.
	Subject func(a Action) string
	// Reverse undoes it; "" if nothing does.
	Reverse   Verb
	Undoing   Undoing // what takes it back, where a reverse alone does not say so
	Direction Direction
	Strength  int // among those of one direction and lane
	Guard     Guard
	Power     Power
	// Leads is the membership that a user has after it; "" if it changes none.
	Leads event.Membership
	// Fulfilled reports whether a user of whom the room says this needs it no more; nil
	// if a membership does not tell.
	Fulfilled func(is event.Membership) bool
	// Once says that a user who is there again after it, by their own doing, was not to
	// be met by it once more.
	Once bool
	// LocalEcho says that the room counts as so once the homeserver said yes, and not only
	// when sync brings it: else the next plan would want it again.
	LocalEcho bool
	// Idempotent says that the same ID is the same request: to send it again does
	// nothing more.
	Idempotent bool
	// Step says that it is a step against its user for what they did, which may have been a
	// mistake. To take back an invitation is none against who was invited.
	Step bool
	// Open says that what a user is told by it is read by all who are in the room.
	Open bool
	// Answered says that whoever has it done besides what was ordered tells so in words of
	// their own: that it was done is no news.
	Answered bool
	// Apart says that homeservers limit it apart from what is said and changed in rooms:
	// to be refused it says nothing about anything else.
	Apart bool
	Words Words
}

// Field is a field of Action.
type Field string

// The fields that verbs need.
const (
	HasRoom    Field = "room"
	HasTarget  Field = "room or alias"
	HasUser    Field = "user"
	HasEvent   Field = "event"
	HasState   Field = "state with an object as content"
	HasCreate  Field = "description of the room"
	HasData    Field = "account data"
	HasProfile Field = "name or picture"
	HasDevice  Field = "device"
	HasMessage Field = "message"
	HasText    Field = "words for the user"
	HasLevel   Field = "power level"
	HasAlias   Field = "alias"
	HasBase    Field = "content that it is worked out from"
)

func isBanned(is event.Membership) bool  { return is == event.MembershipBan }
func notBanned(is event.Membership) bool { return is != event.MembershipBan }

func notInvited(is event.Membership) bool { return is != event.MembershipInvite }

func isGone(is event.Membership) bool {
	switch is {
	case event.MembershipJoin, event.MembershipInvite, event.MembershipKnock:
		return false
	default:
		return true
	}
}

func isAsked(is event.Membership) bool {
	return is == event.MembershipJoin || is == event.MembershipInvite
}

func user(a Action) string    { return string(a.User) }
func evt(a Action) string     { return string(a.Event) }
func whole(Action) string     { return "" }
func own(a Action) string     { return a.ID }
func account(a Action) string { return string(a.Alias) + string(a.User) }

func state(a Action) string {
	if a.State == nil {
		return ""
	}
	return a.State.Type.Type + "\x00" + a.State.Key
}

func alias(a Action) string { return "alias\x00" + string(a.Alias) }

func listed(Action) string { return "directory" }

// theirs is apart for each user: what of several stands there now, only the room says.
func theirs(a Action) string { return state(a) + "\x00" + string(a.User) }

func profile(Action) string { return "profile" }

func login(a Action) string { return "login\x00" + string(a.Device) }

func data(a Action) string {
	if a.Data == nil {
		return ""
	}
	return a.Data.Type
}

func words(of Object, noun, do, doing, did string) Words {
	return Words{Do: do, Doing: doing, Did: did, Would: "Would " + do, Noun: noun, In: "in", Of: of}
}

// from is of what takes somebody out of a room.
func (w Words) from() Words {
	w.In = "from"
	return w
}

// byVerb is the table by verb, made once.
var byVerb = sync.OnceValue(func() map[Verb]Row {
	rows := make(map[Verb]Row)
	for _, r := range table() {
		rows[r.Verb] = r
	}
	return rows
})

func table() []Row {
	member := []Field{HasRoom, HasUser}
	return []Row{
		{Verb: Ban, Lane: MemberLane, Needs: member, Subject: user, Reverse: Unban, Direction: Tightens, Strength: 3,
			Leads: event.MembershipBan, Fulfilled: isBanned, LocalEcho: true,
			Step: true, Guard: GuardMember, Power: BanPower, Words: words(ToUser, "ban", "ban", "Banning", "Banned")},
		{Verb: TellOut, Lane: MemberLane, Needs: []Field{HasRoom, HasUser, HasText}, Subject: user, Reverse: Invite, Direction: Tightens, Strength: 2,
			Leads: event.MembershipLeave, Fulfilled: isGone, Once: true, LocalEcho: true,
			Step: true, Guard: GuardMember, Power: KickPower, Words: words(ToUser, "kick", "kick", "Kicking", "Kicked").from()},
		{Verb: Kick, Lane: MemberLane, Needs: member, Subject: user, Reverse: Invite, Direction: Tightens, Strength: 1,
			Leads: event.MembershipLeave, Fulfilled: isGone, Once: true, LocalEcho: true,
			Step: true, Guard: GuardMember, Power: KickPower, Words: words(ToUser, "kick", "kick", "Kicking", "Kicked").from()},
		{Verb: Uninvite, Lane: MemberLane, Needs: member, Subject: user, Reverse: Invite, Direction: Tightens,
			Leads: event.MembershipLeave, Fulfilled: notInvited, Once: true, LocalEcho: true,
			Guard: GuardMember, Power: KickPower, Words: words(ToUser, "invitation to take back", "take back the invitation of", "Taking back the invitation of", "Took back the invitation of")},
		{Verb: Unban, Lane: MemberLane, Needs: member, Subject: user, Reverse: Ban, Direction: Loosens, Strength: 2,
			Leads: event.MembershipLeave, Fulfilled: notBanned, LocalEcho: true,
			Guard: GuardLoosens, Power: UnbanPower, Words: words(ToUser, "unban", "unban", "Unbanning", "Unbanned")},
		{Verb: Invite, Lane: MemberLane, Needs: member, Subject: user, Reverse: Kick, Direction: Loosens, Strength: 1,
			Leads: event.MembershipInvite, Fulfilled: isAsked,
			Guard: GuardLoosens, Power: InvitePower, Apart: true, Words: words(ToUser, "invitation", "invite", "Inviting", "Invited")},

		{Verb: Mute, Lane: LevelLane, Needs: member, Subject: user, Reverse: Unmute, Direction: Tightens, Strength: 1,
			Step: true, Guard: GuardMember, Power: LevelPower, Words: words(ToUser, "mute", "mute", "Muting", "Muted")},
		{Verb: Unmute, Lane: LevelLane, Needs: member, Subject: user, Reverse: Mute, Direction: Loosens, Strength: 1,
			Guard: GuardLoosens, Power: LevelPower, Words: words(ToUser, "unmute", "unmute", "Unmuting", "Unmuted")},

		{Verb: SetLevel, Lane: LevelLane, Undoing: UndoLevel, Needs: []Field{HasRoom, HasUser, HasLevel}, Subject: user,
			Guard: GuardLevel, Power: LevelPower, Words: words(ToUser, "power level", "set the power level of", "Setting the power level of", "Set the power level of")},

		{Verb: Redact, Lane: MessageLane, Needs: []Field{HasRoom, HasEvent}, Subject: evt, Direction: Tightens, Strength: 1,
			Step: true, Guard: GuardAuthor, Power: RedactPower, Idempotent: true, Words: words(ToEvent, "redaction", "remove", "Removing", "Removed")},

		{Verb: Notify, Lane: WordLane, Needs: []Field{HasRoom, HasUser, HasText}, Subject: user,
			Step: true, Guard: GuardKnown, Apart: true, Words: words(ToUser, "notice", "notify", "Notifying", "Notified")},
		{Verb: NotifyHere, Lane: WordLane, Needs: []Field{HasRoom, HasUser, HasText}, Subject: user, Idempotent: true, Open: true,
			Step: true, Guard: GuardHere, Words: words(ToUser, "notice in the room", "notify in the room", "Notifying in the room", "Notified in the room")},
		{Verb: Ask, Lane: WordLane, Needs: []Field{HasRoom, HasUser, HasText}, Subject: own,
			Guard: GuardCaller, Apart: true, Words: words(ToUser, "question", "ask", "Asking", "Asked")},

		{Verb: SetACL, Lane: ACLLane, Needs: []Field{HasRoom, HasState}, Subject: whole, Reverse: SetACL,
			LocalEcho: true,
			Guard:     GuardACL, Power: StatePower, Words: words(NoObject, "server ACL", "set the server ACL", "Setting the server ACL", "Updated the server ACL")},
		{Verb: SetJoinRule, Lane: StateLane, Needs: []Field{HasRoom, HasState}, Subject: state, Reverse: SetJoinRule,
			Answered: true, Guard: GuardState, Power: StatePower, Words: words(NoObject, "join rule", "change who may join", "Changing who may join", "Changed who may join")},
		{Verb: SetVoice, Lane: StateLane, Needs: []Field{HasRoom, HasState, HasBase}, Subject: state,
			Answered: true, Guard: GuardVoice, Power: StatePower, Words: words(NoObject, "change of who may write", "change who may write", "Changing who may write", "Changed who may write")},
		{Verb: SetState, Lane: StateLane, Needs: []Field{HasRoom, HasState}, Subject: state, Reverse: SetState,
			Guard: GuardState, Power: StatePower, Words: words(NoObject, "setting", "change a setting of the room", "Changing a setting of the room", "Changed a setting of the room")},
		{Verb: GiveBack, Lane: StateLane, Needs: []Field{HasRoom, HasUser, HasState}, Subject: theirs,
			Guard: GuardState, Power: StatePower, Words: words(ToState, "name, topic or picture to give back", "give back", "Giving back", "Gave back")},
		{Verb: WriteRule, Lane: StateLane, Needs: []Field{HasRoom, HasState}, Subject: state, Reverse: RemoveRule, Direction: Tightens,
			Guard: GuardList, Power: StatePower, Words: words(NoObject, "new rule", "write the rule", "Writing the rule", "Wrote the rule")},
		{Verb: RemoveRule, Lane: StateLane, Needs: []Field{HasRoom, HasState}, Subject: state, Reverse: WriteRule, Direction: Loosens,
			Guard: GuardList, Power: StatePower, Words: words(NoObject, "removed rule", "remove the rule", "Removing the rule", "Removed the rule")},

		{Verb: PointAlias, Lane: StateLane, Undoing: UndoPointing, Needs: []Field{HasRoom, HasAlias}, Subject: alias,
			Guard: GuardOurs, Apart: true, Words: words(NoObject, "address", "set that address", "Setting that address", "Set that address")},
		{Verb: DropAlias, Lane: StateLane, Undoing: UndoDropping, Needs: []Field{HasRoom, HasAlias}, Subject: alias,
			Guard: GuardOurs, Apart: true, Words: words(NoObject, "removed address", "remove that address", "Removing that address", "Removed that address")},
		{Verb: List, Lane: StateLane, Undoing: UndoListing, Needs: []Field{HasRoom}, Subject: listed,
			Guard: GuardShown, Apart: true, Words: words(NoObject, "entry in the directory", "list that room in the directory", "Listing that room in the directory", "Listed that room in the directory")},
		{Verb: Unlist, Lane: StateLane, Undoing: UndoUnlisting, Needs: []Field{HasRoom}, Subject: listed,
			Guard: GuardOurs, Apart: true, Words: words(NoObject, "removed entry in the directory", "take that room out of the directory", "Taking that room out of the directory", "Took that room out of the directory")},

		{Verb: Join, Lane: OwnLane, Needs: []Field{HasTarget}, Subject: account, Reverse: Leave, Direction: Loosens,
			Guard: GuardNothing, Apart: true, Words: words(NoObject, "join", "join", "Joining", "Joined")},
		{Verb: Leave, Lane: OwnLane, Needs: []Field{HasRoom}, Subject: account, Reverse: Join, Direction: Tightens,
			Answered: true, Guard: GuardNothing, Words: words(NoObject, "leave", "leave", "Leaving", "Left")},
		{Verb: CreateRoom, Lane: OwnLane, Needs: []Field{HasCreate}, Subject: own,
			Guard: GuardNothing, Apart: true, Words: words(NoObject, "new room", "create a room", "Creating a room", "Created a room")},
		{Verb: SetAccountData, Lane: OwnLane, Needs: []Field{HasData}, Subject: data,
			Guard: GuardNothing, Apart: true, Words: words(NoObject, "own setting", "write down my settings", "Writing down my settings", "Wrote down my settings")},
		{Verb: SetProfile, Lane: OwnLane, Needs: []Field{HasProfile}, Subject: profile,
			Guard: GuardNothing, Apart: true, Words: words(NoObject, "name or picture of mine", "change how I am shown", "Changing how I am shown", "Changed how I am shown")},
		{Verb: EndLogin, Lane: OwnLane, Needs: []Field{HasDevice}, Subject: login,
			Guard: GuardNothing, Apart: true, Words: words(NoObject, "login of mine", "log out another device of mine", "Logging out another device of mine", "Logged out another device of mine")},
		{Verb: Say, Lane: SpeechLane, Needs: []Field{HasRoom, HasMessage}, Subject: own,
			Guard: GuardNothing, Idempotent: true, Words: words(NoObject, "message", "say something", "Saying something", "Said something")},

		{Verb: Suspend, Lane: AdminLane, Needs: []Field{HasUser}, Subject: user, Reverse: Unsuspend, Direction: Tightens, Strength: 1,
			Guard: GuardAccount, Power: AdminPower, Apart: true, Words: words(ToUser, "suspension", "suspend", "Suspending", "Suspended")},
		{Verb: Unsuspend, Lane: AdminLane, Needs: []Field{HasUser}, Subject: user, Reverse: Suspend, Direction: Loosens, Strength: 1,
			Guard: GuardLoosens, Power: AdminPower, Apart: true, Words: words(ToUser, "lifted suspension", "unsuspend", "Unsuspending", "Unsuspended")},
		{Verb: Lock, Lane: AdminLane, Needs: []Field{HasUser}, Subject: user, Reverse: Unlock, Direction: Tightens, Strength: 2,
			Guard: GuardAccount, Power: AdminPower, Apart: true, Words: words(ToUser, "lock", "lock", "Locking", "Locked")},
		{Verb: Unlock, Lane: AdminLane, Needs: []Field{HasUser}, Subject: user, Reverse: Lock, Direction: Loosens, Strength: 2,
			Guard: GuardLoosens, Power: AdminPower, Apart: true, Words: words(ToUser, "unlock", "unlock", "Unlocking", "Unlocked")},
		{Verb: Deactivate, Lane: AdminLane, Needs: []Field{HasUser}, Subject: user, Direction: Tightens, Strength: 3,
			Guard: GuardAccount, Power: AdminPower, Apart: true, Words: words(ToUser, "deactivation", "deactivate", "Deactivating", "Deactivated")},
		{Verb: Quarantine, Lane: AdminLane, Needs: []Field{HasRoom, HasEvent}, Subject: evt, Direction: Tightens,
			Guard: GuardAuthor, Power: AdminPower, Apart: true, Words: words(ToEvent, "quarantine", "quarantine the media of", "Quarantining the media of", "Quarantined the media of")},
		{Verb: ShutDown, Lane: AdminLane, Needs: []Field{HasRoom}, Subject: whole, Direction: Tightens,
			Guard: GuardRoom, Power: AdminPower, Apart: true, Words: words(NoObject, "shutdown", "shut down", "Shutting down", "Shut down")},
	}
}

// Row is what the table says of a verb. An unknown verb has the zero Row, whose Guard
// refuses.
func (v Verb) Row() Row {
	if r, known := byVerb()[v]; known {
		return r
	}
	return Row{Verb: v, Subject: whole}
}

// Verbs are all the verbs that there are.
func Verbs() (all []Verb) {
	for _, r := range table() {
		all = append(all, r.Verb)
	}
	return all
}

// Known reports whether there is such a verb.
func (v Verb) Known() bool { return v.Row().Guard != GuardRefuses }

// Speech reports whether the verb only talks to moderators and changes nothing
// else. Speech is what a dry run still does.
func (v Verb) Speech() bool { return v.Known() && v.Row().Lane == SpeechLane }
