package commands

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"iter"
	"slices"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/text"
)

// Plan is what a command comes to: what to say, whether to ask first, and what to do.
// It is plain data. It is recorded before any of it is done, a question shows it, and
// after a crash it is carried on as it stands: the command is not read again.
type Plan struct {
	// Effect says what would be done, in the words of a question and of a dry run.
	Effect string `json:"effect,omitempty"`
	// Ask is what a moderator has to say yes to before anything is done; "" for
	// nothing.
	Ask string `json:"ask,omitempty"`
	// Answer is said once all is done. Of a plan without steps it is all there is.
	Answer string `json:"answer,omitempty"`
	Steps  []Step `json:"steps,omitempty"`
	// Each are those that it is about, if there are several: what became of one is said in
	// its line, and what goes wrong with one keeps no other from being done.
	Each []Part `json:"each,omitempty"`
	// Otherwise is what to do if a moderator says no.
	Otherwise []Step `json:"otherwise,omitempty"`
	// Weight is what Effect comes to: what was agreed to must not have grown since.
	Weight Weight `json:"weight,omitzero"`
	// Fresh says that a yes is meant for what there is then: messages that were sent
	// since the question go too.
	Fresh bool `json:"fresh,omitempty"`
	// Room is shown, as it is afterwards, with the answer.
	Room id.RoomID `json:"room,omitempty"`
	// Command is the name of the command that acts so on users, rules or rooms, which makes it a
	// case; "" of what is none.
	Command string `json:"command,omitempty"`
	// Sure says that a moderator was asked, or wants not to be.
	Sure bool `json:"sure,omitempty"`

	Besides
	Mistake
	// Crash is for the log: a panic and where it was, "" for none.
	Crash string `json:"-"`
	// harmless says that a dry run need not stop it.
	harmless bool
}

// Mistake is what was wrong with a command.
type Mistake struct {
	// Misread says that the command was not understood, so that nothing came of it.
	Misread bool `json:"-"`
	// Choices are commands of which a reaction chooses one: that which was meant, or what is to
	// follow from the answer.
	Choices []Choice `json:"choices,omitempty"`
}

// Besides is what goes with a plan.
type Besides struct {
	// Exhibits are the messages that are to be removed, as they are now, for whoever
	// keeps them.
	Exhibits []any `json:"-"`
	// As is the line that says what it is about, if what was written means something else by the time of a yes: "" otherwise.
	As string `json:"-"`
}

// Step is one part of a plan. Exactly one of Do, Want and Change is set.
type Step struct {
	// Do is carried out at once, and the next step waits for it.
	Do *action.Action `json:"do,omitempty"`
	// Want is put to work. What came of it is told when it is known.
	Want *action.Action `json:"want,omitempty"`
	// Change is made to what the bot is set to.
	Change *Change `json:"change,omitempty"`
	// Did says that it is done, in the words of a sentence: "removed the rule …".
	Did string `json:"did,omitempty"`
	// Of is which of Each it belongs to, from 1 on; 0 for the whole plan.
	Of int `json:"of,omitempty"`
}

// Weight is what the members of protected rooms feel of a plan.
type Weight struct {
	Hit      int  `json:"hit,omitempty"`     // present members
	Freed    int  `json:"freed,omitempty"`   // users whose bans go
	Servers  int  `json:"servers,omitempty"` // entries that go out of server ACLs
	Everyone bool `json:"everyone,omitempty"`
}

// Outgrows tells whether a plan has become another than somebody agreed to. Members
// come and go, so that a few more are no news.
func (w Weight) Outgrows(agreed Weight) bool {
	grown := func(now, then int) bool { return now > then+max(then/5, 5) }
	return w.Everyone && !agreed.Everyone || grown(w.Hit, agreed.Hit) || grown(w.Freed, agreed.Freed) || grown(w.Servers, agreed.Servers)
}

// ChangeKind is what a change is about.
type ChangeKind string

// The kinds of change, with the fields of Change that they use.
const (
	Protect        ChangeKind = "protect"           // Room, Via
	Unprotect      ChangeKind = "unprotect"         // Room
	FollowSpace    ChangeKind = "space"             // Room, Via, none for rooms of no space; Value: []SpaceRoom in JSON
	LockRoom       ChangeKind = "lock"              // Room, User: who; Value: until when, in RFC 3339, "" for good; Key: "hush" if it is about who may write
	UnlockRoom     ChangeKind = "unlock"            // Room, Key; Name: the command whose lockdown ends, if it holds; "" for any
	RelockRoom     ChangeKind = "relock"            // Room, Key; Name: the command that opened it, if nothing came since
	Watch          ChangeKind = "watch"             // Room, Via; the room that the step before made, if Room is empty
	Unwatch        ChangeKind = "unwatch"           // Room
	SetHow         ChangeKind = "watch_how"         // Room; Value: HowWatched in JSON, "" for as any other; Number: its place among the lists, 0 for as it is
	Enable         ChangeKind = "enable"            // Name: a protection
	Shadow         ChangeKind = "shadow"            // Name
	Disable        ChangeKind = "disable"           // Name
	SetPosture     ChangeKind = "posture"           // Name, User: who; Value: until when, in RFC 3339, "" for good; Sure: rooms are closed; Key: "hush" if only who is known can write
	PostureSilence ChangeKind = "posture_silence"   // Number of seconds; 0 for never
	PostureHours   ChangeKind = "posture_hours"     // Value, "" for never
	SetRule        ChangeKind = "rule"              // Name, Value: a rule of the moderators' own
	DropRule       ChangeKind = "no_rule"           // Name
	Configure      ChangeKind = "configure"         // Name, Key, Value
	Arrange        ChangeKind = "arrange"           // Value: several protections and rules, as text
	BanImage       ChangeKind = "ban_image"         // Room, Value: a BannedImage in JSON; User: who
	TakeImages     ChangeKind = "ban_images"        // Value: a text of pictures, User: who bans them
	UnbanImage     ChangeKind = "unban_image"       // Name: its hash
	Notice         ChangeKind = "notice"            // Value: what users are told, Key: "appeal" for how they can appeal, "notice_here" for what they are told in rooms; "" for our own words
	SetCalls       ChangeKind = "calls"             // Value: who is called, as JSON
	SetDuty        ChangeKind = "duty"              // User; Value: until when, in RFC 3339, "" for no more
	SetClock       ChangeKind = "clock"             // Key, Value: a setting of the clock
	SetLadder      ChangeKind = "ladder"            // Key, Value: a setting of the ladder
	MarkSpam       ChangeKind = "spam"              // Room, Name: an event, Key: its author, User: who marks it
	MarkHam        ChangeKind = "not_spam"          // likewise
	ForgetSample   ChangeKind = "forget_sample"     // Name
	TakeSamples    ChangeKind = "samples"           // Value: a text of samples, User: who takes them
	UpholdCase     ChangeKind = "uphold"            // Number, User: who; Value: what its user is told, "" for nothing more
	HaltCase       ChangeKind = "halt"              // Number: nothing more of what its command asked for is begun
	OverturnCase   ChangeKind = "overturn"          // Number, User, Value
	ReasonCase     ChangeKind = "case_reason"       // Number, User, Value
	NoteCase       ChangeKind = "case_note"         // Number, User, Value
	Pardon         ChangeKind = "pardon"            // User: whose offences count no more
	Warn           ChangeKind = "warn"              // User, Room; Key: who warns; Name: where, in words; Value: the reason
	NoteUser       ChangeKind = "note"              // User, Name: its ID; Key: who writes it, Value
	ForgetNote     ChangeKind = "forget_note"       // Name: its ID
	SetRoles       ChangeKind = "roles"             // Number: 1 for on, Value: the three levels
	SetByHand      ChangeKind = "by_hand"           // Value: a ByHandMode
	SetReason      ChangeKind = "reason"            // Name: a command, Value: its reason if none is named, "" for none
	LimitMembers   ChangeKind = "members"           // Number; 0 for what the configuration says
	LimitPercent   ChangeKind = "percent"           // Number; 0 for what the configuration says
	LimitWithin    ChangeKind = "within"            // Number of minutes; 0 for what it is otherwise
	Release        ChangeKind = "release"           // Room: a list, changes of which got a no
	CopySettings   ChangeKind = "copy_settings"     //
	ListenIn       ChangeKind = "listen"            // Room: the management room from now on
	DryRunOn       ChangeKind = "dry_on"            //
	DryRunOff      ChangeKind = "dry_off"           //
	Verify         ChangeKind = "verify"            // User
	BlockDevice    ChangeKind = "block"             // User, Device
	TrustDevice    ChangeKind = "unblock"           // User, Device
	Encrypt        ChangeKind = "encrypt"           // the management room
	Exempt         ChangeKind = "exempt"            // Room: a list whose exemptions are followed
	Ignore         ChangeKind = "ignore_exemptions" // Room
	SpareFrom      ChangeKind = "spare"             // Room: a list that does not count for User
	CountAgain     ChangeKind = "count_again"       // Room, User
	DefaultList    ChangeKind = "default_list"      // Room; "" for none
	KeepBans       ChangeKind = "keep_bans"         // Room: a list, Value: events of its rules, User: whose bans those of them are from now on that only they hold
	Enter          ChangeKind = "join"              // Room, Via: to be there, and no more
	LeaveAgain     ChangeKind = "leave"             // Room, unless it plays a part here
)

// Change is made to what the bot is set to, or keeps. To make it twice is to make it
// once: it says what is to hold, and not what to do.
type Change struct {
	Kind   ChangeKind  `json:"kind"`
	Room   id.RoomID   `json:"room,omitempty"`
	Via    []string    `json:"via,omitempty"`
	User   id.UserID   `json:"user,omitempty"`
	Device id.DeviceID `json:"device,omitempty"`
	Name   string      `json:"name,omitempty"`
	Key    string      `json:"key,omitempty"`
	Value  string      `json:"value,omitempty"`
	Number int         `json:"number,omitempty"`
	Sure   bool        `json:"sure,omitempty"` // of Watch: its effect was agreed to
}

// Writes tells whether a plan does something that a dry run must not.
func (p Plan) Writes() bool { return len(p.Steps) > 0 && !p.harmless }

// Quiet tells whether there is nothing to do but to answer.
func (p Plan) Quiet() bool { return len(p.Steps) == 0 && p.Ask == "" }

// says is the plan that only answers.
func says(format string, args ...any) Plan { return Plan{Answer: fmt.Sprintf(format, args...)} }

// do adds a step that is waited for.
func (p *Plan) do(a action.Action, did string) { p.Steps = append(p.Steps, Step{Do: &a, Did: did}) }

// want adds an action whose outcome is told later.
func (p *Plan) want(a action.Action) { p.Steps = append(p.Steps, Step{Want: &a}) }

// change adds a change.
func (p *Plan) change(c Change, did string) { p.Steps = append(p.Steps, Step{Change: &c, Did: did}) }

// otherwise adds a change for the case of a no.
func (p *Plan) otherwise(c Change) { p.Otherwise = append(p.Otherwise, Step{Change: &c}) }

// named gives all actions their IDs and their cause. The IDs follow from the command's
// event, its line and the place in the plan, so that what is done once is known when it is met
// again.
func (p *Plan) named(r Request) {
	cause := action.Cause{Kind: action.ByModerator, Moderator: r.Sender, Event: r.Event}
	for i, s := range p.Steps {
		for _, a := range []*action.Action{s.Do, s.Want} {
			if a != nil {
				was := a.Cause
				a.ID, a.Cause = stepID(r.Event, r.Line, i), cause
				a.Cause.List, a.Cause.Rule, a.Cause.Entity = was.List, was.Rule, was.Entity
			}
		}
	}
}

// acts tells whether a plan does something to users, rules or rooms.
func (p *Plan) acts() bool {
	for a := range p.actions() {
		switch a.Verb.Row().Lane {
		case action.MemberLane, action.LevelLane, action.MessageLane, action.StateLane, action.ACLLane, action.AdminLane:
			return true
		}
	}
	return slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Change != nil && s.Change.acts() })
}

// acts tells whether a change does something to users, rules or rooms, and is no setting, which have a history of their own.
func (c Change) acts() bool {
	switch c.Kind {
	case LockRoom, UnlockRoom, RelockRoom, Watch, Unwatch, SpareFrom, CountAgain, Release, KeepBans, Protect, Unprotect, FollowSpace, Pardon, BanImage, UnbanImage, TakeImages:
		return true
	default:
		return false
	}
}

// mostChanged bounds what is kept of what a plan changes.
const mostChanged = 50

// Changed gives what a plan changes that a case keeps, for whoever takes it back. What the room of a lockdown was like is kept
// with that.
func (p *Plan) Changed() (all []Change) {
	for _, s := range p.Steps {
		if s.Change == nil || !s.Change.acts() || len(all) >= mostChanged {
			continue
		}
		switch kept := *s.Change; kept.Kind {
		case LockRoom, UnlockRoom, RelockRoom:
		default:
			if kept.Kind == TakeImages || kept.Kind == BanImage || kept.Kind == FollowSpace {
				kept.Value = ""
			}
			all = append(all, kept)
		}
	}
	return all
}

func (p *Plan) actions() iter.Seq[action.Action] {
	return func(yield func(action.Action) bool) {
		for _, s := range p.Steps {
			for _, a := range []*action.Action{s.Do, s.Want} {
				if a != nil && !yield(*a) {
					return
				}
			}
		}
	}
}

// Undoes tells whether a plan takes back a case.
func (p *Plan) Undoes() bool {
	return slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Change != nil && s.Change.Kind == OverturnCase })
}

// mostAbout bounds what is kept of whom a plan is about.
const mostAbout = 50

// About gives whom a plan acts on, each once, and why, in the words that everybody may read.
func (p *Plan) About() (whom []string, reason string) {
	for a := range p.actions() {
		of := cmp.Or(a.Cause.Entity, string(a.User))
		var rule struct{ Reason string }
		if a.State != nil && json.Unmarshal(a.State.Content, &rule) == nil {
			of, reason = cmp.Or(of, RuleFor(a)), cmp.Or(reason, rule.Reason)
		}
		reason = cmp.Or(reason, a.Reason)
		if of != "" && len(whom) < mostAbout && !slices.Contains(whom, of) {
			whom = append(whom, of)
		}
	}
	for _, s := range p.Steps {
		c := s.Change
		if c == nil || !c.acts() {
			continue
		}
		of := cmp.Or(string(c.User), string(c.Room))
		switch c.Kind {
		case LockRoom, KeepBans, BanImage, TakeImages: // the moderator stands there
			of = string(c.Room)
		}
		if of != "" && len(whom) < mostAbout && !slices.Contains(whom, of) {
			whom = append(whom, of)
		}
	}
	return whom, reason
}

func stepID(command id.EventID, line, i int) string {
	name := fmt.Appendf(nil, "%s\x00%d", command, i)
	if line > 0 {
		name = fmt.Appendf(name, "\x00%d", line)
	}
	sum := sha256.Sum256(name)
	return "c" + base64.RawURLEncoding.EncodeToString(sum[:15])
}

// question is what is asked before a plan is carried out.
func (p Plan) question() string { return text.Paragraphs(p.Effect, p.Ask) }

// preview is what is said in place of doing it.
func (p Plan) preview(why string) string { return text.Paragraphs(why, p.Effect) }

// Weight sums up an effect.
func (e Effect) Weight() Weight {
	return Weight{Hit: e.Hit + len(e.Later) + len(e.Left) + len(e.Parts), Freed: len(e.Freed), Servers: len(e.Allowed), Everyone: e.Everyone || e.FreesEveryone}
}

// mostNames is how many users are shown by name where more than these are hit.
const mostNames = 20

func names(users []id.UserID) string { return text.Named(users, mostNames) }
