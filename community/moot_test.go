package community

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/approval"
	"forseti/store"
)

// declared are the values of the constants of a type, as a file declares them.
func declared(t *testing.T, path, kind string) (all []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range file.Decls {
		of, is := d.(*ast.GenDecl)
		if !is || of.Tok != token.CONST {
			continue
		}
		for _, s := range of.Specs {
			value := s.(*ast.ValueSpec)
			if name, is := value.Type.(*ast.Ident); is && name.Name == kind {
				said, err := strconv.Unquote(value.Values[0].(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, said)
			}
		}
	}
	if len(all) == 0 {
		t.Fatalf("%s declares no %s", path, kind)
	}
	return all
}

// mootTrial is how what a step of a plan asks for comes to be so by other means. What cannot be seen, or is a way how and
// not whether, stays asked: stays says why.
type mootTrial struct {
	change commands.Change
	action action.Action
	first  func(r *reader) // before it is asked
	so     func(r *reader)
	says   string
	stays  string
}

const (
	theirLook   = "a setting among many: what counts is how all of them are then"
	ownWords    = "what is said or noted once more is another"
	noneHear    = "only a homeserver could say whether it is so"
	neverAsked  = "nobody asks about it"
	mootUser    = id.UserID("@u:evil.example")
	mootCase    = 7
	newRoom     = id.RoomID("!new:hs")
	otherList   = id.RoomID("!newlist:hs")
	notProtects = "I do not protect it any more"
	notWatches  = "I do not watch it any more"
	notThereNow = "I am not there any more"
)

func unprotects(r *reader) { r.places.protecting.setProtected(nil) }
func spares(r *reader) {
	r.places.following.setSpares(map[id.RoomID][]id.UserID{readFrom: {mootUser}})
}
func unwatches(r *reader) { r.places.following.unwatch(readFrom, time.Now()) }
func putOut(r *reader)    { r.places.expelled(benchRoom) }

// becomes has a user be something in the room.
func becomes(membership event.Membership) func(*reader) {
	return func(r *reader) {
		sees(r, "m.room.member", string(mootUser), map[string]any{"membership": membership})
	}
}

func sees(r *reader, kind, key string, content any) {
	raw, _ := json.Marshal(content)
	role, _ := r.places.roles(benchRoom)
	r.intake.takeState(stateEvent(benchRoom, kind, key, handMod, id.EventID(fmt.Sprint("$", kind, time.Now().UnixNano())), raw), time.Now(), role, &store.Commit{})
}

// lists has a rule of the list come or, without an entity, go.
func lists(entity string) func(*reader) {
	return func(r *reader) {
		evt := listed("k", entity, "m.ban", fmt.Sprint("$rule ", entity))
		if entity == "" {
			evt = stateEvent(readFrom, "m.policy.rule.user", "k", "@author:list.example", "$blank", json.RawMessage(`{}`))
		}
		r.places.following.takeRule(r.places.following.lists[readFrom], evt, time.Now())
	}
}

func inTurn(first, then func(*reader)) func(*reader) {
	return func(r *reader) { first(r); then(r) }
}

var mootChanges = map[commands.ChangeKind]mootTrial{
	commands.Protect: {change: commands.Change{Room: newRoom}, says: "I protect it by now",
		so: func(r *reader) { r.places.protecting.setProtected([]id.RoomID{benchRoom, newRoom}) }},
	commands.Unprotect:  {change: commands.Change{Room: benchRoom}, so: unprotects, says: notProtects},
	commands.LockRoom:   {change: commands.Change{Room: benchRoom}, so: unprotects, says: notProtects},
	commands.UnlockRoom: {change: commands.Change{Room: benchRoom}, so: unprotects, says: notProtects},
	commands.RelockRoom: {change: commands.Change{Room: benchRoom}, so: unprotects, says: notProtects},
	commands.Watch: {change: commands.Change{Room: otherList}, says: "I watch it by now",
		so: func(r *reader) { r.places.following.setWatched([]watched{{room: readFrom}, {room: otherList}}) }},
	commands.Unwatch:  {change: commands.Change{Room: readFrom}, so: unwatches, says: notWatches},
	commands.SetHow:   {change: commands.Change{Room: readFrom}, so: unwatches, says: notWatches},
	commands.Release:  {change: commands.Change{Room: readFrom}, so: unwatches, says: notWatches},
	commands.KeepBans: {change: commands.Change{Room: readFrom}, so: unwatches, says: notWatches},
	commands.Exempt: {change: commands.Change{Room: readFrom}, says: "that is so by now",
		so: func(r *reader) {
			r.places.following.setExempting(r.places.following.lists[readFrom], true, time.Now())
		}},
	commands.Ignore: {change: commands.Change{Room: readFrom}, says: notWatches, so: unwatches,
		first: func(r *reader) {
			r.places.following.setExempting(r.places.following.lists[readFrom], true, time.Now())
		}},
	commands.SpareFrom: {change: commands.Change{Room: readFrom, User: mootUser}, says: "that is so by now", so: spares},
	commands.CountAgain: {change: commands.Change{Room: readFrom, User: mootUser}, says: "that is so by now", first: spares,
		so: func(r *reader) { r.places.following.setSpares(nil) }},
	commands.OverturnCase: {change: commands.Change{Number: mootCase}, says: "it is undone already",
		so: func(r *reader) { r.protectors.follows.cases.undo(mootCase) }},
	commands.DryRunOn:  {says: "that is so by now", so: func(r *reader) { r.jobs.runner.SetDry(true, time.Now()) }},
	commands.DryRunOff: {says: "that is so by now", first: func(r *reader) { r.jobs.runner.SetDry(true, time.Now()) }, so: func(r *reader) { r.jobs.runner.SetDry(false, time.Now()) }},
	commands.Encrypt: {says: "it is encrypted by now", so: func(r *reader) {
		r.places.management.room.Apply(stateEvent("!management:hs", "m.room.encryption", "", handMod, "$secret", json.RawMessage(`{"algorithm":"m.megolm.v1.aes-sha2"}`)), time.Now())
	}},

	commands.FollowSpace:    {stays: "rooms of a space come and go"},
	commands.Enter:          {stays: neverAsked},
	commands.LeaveAgain:     {stays: "of a room that plays no part nobody hears whether we are in it"},
	commands.Enable:         {stays: theirLook},
	commands.Shadow:         {stays: theirLook},
	commands.Disable:        {stays: theirLook},
	commands.SetPosture:     {stays: theirLook},
	commands.PostureSilence: {stays: theirLook},
	commands.PostureHours:   {stays: theirLook},
	commands.SetRule:        {stays: theirLook},
	commands.DropRule:       {stays: theirLook},
	commands.Configure:      {stays: theirLook},
	commands.Arrange:        {stays: theirLook},
	commands.CopySettings:   {stays: theirLook},
	commands.ListenIn:       {stays: theirLook},
	commands.SetLadder:      {stays: theirLook},
	commands.SetCalls:       {stays: theirLook},
	commands.SetClock:       {stays: theirLook},
	commands.SetRoles:       {stays: theirLook},
	commands.LimitMembers:   {stays: theirLook},
	commands.LimitPercent:   {stays: theirLook},
	commands.LimitWithin:    {stays: theirLook},
	commands.Notice:         {stays: theirLook},
	commands.BanImage:       {stays: "who else bans a picture may mean another that looks like it"},
	commands.TakeImages:     {stays: "who else bans a picture may mean another that looks like it"},
	commands.UnbanImage:     {stays: neverAsked},
	commands.SetDuty:        {stays: neverAsked},
	commands.SetByHand:      {stays: neverAsked},
	commands.SetReason:      {stays: neverAsked},
	commands.DefaultList:    {stays: neverAsked},
	commands.Pardon:         {stays: neverAsked},
	commands.UpholdCase:     {stays: neverAsked},
	commands.HaltCase:       {stays: "what a case was is taken back as a whole"},
	commands.MarkSpam:       {stays: neverAsked},
	commands.MarkHam:        {stays: neverAsked},
	commands.ForgetSample:   {stays: neverAsked},
	commands.TakeSamples:    {stays: neverAsked},
	commands.Verify:         {stays: neverAsked},
	commands.BlockDevice:    {stays: neverAsked},
	commands.TrustDevice:    {stays: neverAsked},
	commands.ReasonCase:     {stays: ownWords},
	commands.NoteCase:       {stays: ownWords},
	commands.Warn:           {stays: ownWords},
	commands.NoteUser:       {stays: ownWords},
	commands.ForgetNote:     {stays: ownWords},
}

var level = int64(50)

var mootVerbs = map[action.Verb]mootTrial{
	action.Ban:   {action: action.Action{Room: benchRoom, User: mootUser}, first: becomes(event.MembershipJoin), so: becomes(event.MembershipBan), says: "that is so by now"},
	action.Unban: {action: action.Action{Room: benchRoom, User: mootUser}, first: becomes(event.MembershipBan), so: becomes(event.MembershipLeave), says: "that is so by now"},
	action.Kick:  {action: action.Action{Room: benchRoom, User: mootUser}, first: becomes(event.MembershipJoin), so: becomes(event.MembershipLeave), says: "that is so by now"},
	action.TellOut: {action: action.Action{Room: benchRoom, User: mootUser}, first: becomes(event.MembershipKnock), so: becomes(event.MembershipLeave),
		says: "that is so by now"},
	action.SetLevel: {action: action.Action{Room: benchRoom, User: mootUser, Level: &level}, says: "that is so by now",
		so: func(r *reader) {
			sees(r, "m.room.power_levels", "", map[string]any{"users": map[id.UserID]int{benchSelf: 100, handMod: 100, mootUser: 50}})
		}},
	action.WriteRule:  {action: commands.UserRule(readFrom, mootUser, "spam", false), so: lists(string(mootUser)), says: "that is in the list by now"},
	action.RemoveRule: {action: action.Action{Room: readFrom, Cause: action.Cause{Rule: id.EventID("$rule " + mootUser)}}, first: lists(string(mootUser)), so: lists(""), says: "that is out of the list by now"},

	action.Redact: {action: action.Action{Room: benchRoom, Event: "$e"}, so: putOut, says: notThereNow},
	// Whoever is muted otherwise may be so for another time, but not where we are no more.
	action.Uninvite:    {action: action.Action{Room: benchRoom, User: mootUser}, first: becomes(event.MembershipInvite), so: becomes(event.MembershipJoin), says: "that is so by now"},
	action.Invite:      {action: action.Action{Room: benchRoom, User: mootUser}, so: becomes(event.MembershipJoin), says: "that is so by now"},
	action.Mute:        {action: action.Action{Room: benchRoom, User: mootUser}, so: unprotects, says: notThereNow},
	action.Unmute:      {action: action.Action{Room: benchRoom, User: mootUser}, so: unprotects, says: notThereNow},
	action.SetACL:      {action: action.Action{Room: benchRoom}, so: putOut, says: notThereNow},
	action.SetJoinRule: {action: action.Action{Room: benchRoom}, so: putOut, says: notThereNow},
	action.SetVoice:    {action: action.Action{Room: benchRoom}, so: putOut, says: notThereNow},
	action.SetState:    {action: action.Action{Room: benchRoom}, so: putOut, says: notThereNow},
	action.GiveBack:    {action: action.Action{Room: benchRoom}, so: putOut, says: notThereNow},

	action.PointAlias: {action: action.Action{Room: benchRoom}, so: unprotects, says: notThereNow},
	action.DropAlias:  {action: action.Action{Room: benchRoom}, so: unprotects, says: notThereNow},
	action.List:       {action: action.Action{Room: benchRoom}, so: unprotects, says: notThereNow},
	action.Unlist:     {action: action.Action{Room: benchRoom}, so: unprotects, says: notThereNow},

	action.Suspend: {stays: noneHear}, action.Unsuspend: {stays: noneHear}, action.Lock: {stays: noneHear}, action.Unlock: {stays: noneHear},
	action.Deactivate: {stays: noneHear}, action.Quarantine: {stays: noneHear}, action.ShutDown: {stays: noneHear},
	action.Notify: {stays: ownWords}, action.NotifyHere: {stays: ownWords}, action.Ask: {stays: ownWords}, action.Say: {stays: ownWords},
	action.Join: {stays: neverAsked}, action.Leave: {stays: neverAsked}, action.CreateRoom: {stays: neverAsked},
	action.SetAccountData: {stays: neverAsked}, action.SetProfile: {stays: neverAsked}, action.EndLogin: {stays: noneHear},
}

// asksAbout has a command be asked about, and posts the question.
func (r *reader) asksAbout(d questionDetails) (open func() bool) {
	qs := r.orders.questions
	d.Kind, d.Text = approval.Command, "Shall I?"
	d.Settles = qs.settled.settles(d)
	name := d.Line
	qs.board.Asking(d.topic(), name)
	qs.board.Posted(d.topic(), name, id.EventID("$"+name), 0, time.Now())
	qs.details[name] = d
	return func() bool {
		_, is := qs.board.Of(d.topic())
		return is
	}
}

// The question of a command goes once what it would do is so by other means, whichever kind of thing that is, with a word
// why; not before, and not if it asks for something besides. A kind that nobody thought of fails.
func TestMootCommands(t *testing.T) {
	try := func(name string, tt mootTrial, step func() commands.Step) {
		t.Run(name, func(t *testing.T) {
			r := handing(t, openStore(t))
			r.begin(nil)
			for r.places.following.readOne(time.Now()) {
			}
			for _, w := range r.places.protecting.rooms {
				w.read = true
			}
			if tt.first != nil {
				tt.first(r)
			}
			qs := r.orders.questions
			if tt.stays != "" {
				if d := (questionDetails{Kind: approval.Command, Plan: &commands.Plan{Steps: []commands.Step{step()}}}); qs.settled.why(d) != "" || qs.settled.step(step()) != "" {
					t.Errorf("it is settled, though %s", tt.stays)
				}
				return
			}
			more := commands.Step{Change: &commands.Change{Kind: commands.SetDuty}}
			one := r.asksAbout(questionDetails{Line: "one", Plan: &commands.Plan{Steps: []commands.Step{step()}}})
			with := r.asksAbout(questionDetails{Line: "with", Plan: &commands.Plan{Steps: []commands.Step{step(), more}}})
			several := r.asksAbout(questionDetails{Line: "several", Plan: &commands.Plan{Steps: []commands.Step{step()}}, course: course{Rest: []string{"since"}}})
			if qs.moot(time.Now()); !one() {
				t.Fatal("it goes at once")
			}
			tt.so(r)
			why := qs.settled.why(qs.details["one"])
			if qs.moot(time.Now()); one() || why != tt.says {
				t.Errorf("it stays, or goes since %q", why)
			}
			if said := r.said(); !strings.Contains(said, "(No longer needed: "+tt.says+".)") {
				t.Errorf("said %q", said)
			}
			if (tt.change.Kind != commands.OverturnCase && !with()) || !several() {
				t.Error("what asks for more than that goes too")
			}
			late := r.asksAbout(questionDetails{Line: "late", Plan: &commands.Plan{Steps: []commands.Step{step()}}})
			if qs.moot(time.Now()); !late() {
				t.Error("what was so already when it was asked goes")
			}
		})
	}
	for _, kind := range declared(t, "../commands/plan.go", "ChangeKind") {
		tt, known := mootChanges[commands.ChangeKind(kind)]
		if !known {
			t.Errorf("nobody said whether a question about %s can become moot", kind)
			continue
		}
		tt.change.Kind = commands.ChangeKind(kind)
		try(kind, tt, func() commands.Step { return commands.Step{Change: &tt.change} })
	}
	for _, verb := range action.Verbs() {
		tt, known := mootVerbs[verb]
		if !known {
			t.Errorf("nobody said whether a question about %s can become moot", verb)
			continue
		}
		tt.action.Verb = verb
		try(string(verb), tt, func() commands.Step { return commands.Step{Do: &tt.action} })
	}
}

// What is asked about by itself waits no more once its list, room or space is none of ours.
func TestMootTopics(t *testing.T) {
	for kind, tt := range map[approval.Kind]struct {
		about id.RoomID
		waits func(r *reader)
		so    []func(r *reader)
	}{
		approval.Rules: {readFrom, func(r *reader) {
			r.begin(spamRules(30))
			for r.places.following.readOne(time.Now()) {
			}
		}, []func(*reader){unwatches}},
		approval.Room: {benchRoom, func(r *reader) {
			r.world.HoldRoom(benchRoom, true)
			r.places.protecting.rooms[benchRoom].asked = true
		}, []func(*reader){unprotects, putOut}},
		approval.Unwatch: {readFrom, func(r *reader) { r.places.following.leaving[readFrom] = asked }, []func(*reader){
			unwatches, func(r *reader) { r.places.following.stays(readFrom) },
		}},
		approval.Left: {benchRoom, func(r *reader) { r.hearing.spaces.left.note(benchRoom, "!space:hs", time.Now()) }, []func(*reader){
			inTurn(unprotects, func(r *reader) { r.hearing.spaces.left.look(time.Now()) }),
			func(r *reader) { r.hearing.spaces.left.forget(benchRoom, time.Now()) },
		}},
		approval.Settings: {}, // what the configuration says changes at a start only
		approval.Command:  {}, // TestMootCommands
	} {
		for n, so := range tt.so {
			t.Run(fmt.Sprint(kind, n), func(t *testing.T) {
				r := newReader(t, openStore(t), 30)
				tt.waits(r)
				qs, topic := r.orders.questions, approval.Topic{Kind: kind, About: string(tt.about)}
				d, waits := qs.wording(topic)
				if !waits {
					t.Fatal("nothing waits")
				}
				qs.board.Touch(topic, time.Now().Add(-time.Minute))
				qs.board.Next(time.Now())
				qs.board.Asking(topic, "q")
				qs.board.Posted(topic, "q", "$q", d.UpTo, time.Now())
				qs.details["q"] = d
				so(r)
				if qs.board.Due().IsZero() {
					t.Error("nobody looks at it again")
				}
				if _, waits := qs.wording(topic); waits {
					t.Error("it stays")
				}
			})
		}
	}
	all := []approval.Kind{approval.Rules, approval.Room, approval.Unwatch, approval.Settings, approval.Left, approval.Command}
	for _, kind := range declared(t, "approval/board.go", "Kind") {
		if !slices.Contains(all, approval.Kind(kind)) {
			t.Errorf("nobody said whether a question about %s can become moot", kind)
		}
	}
}

// The question what an invitation is for goes when that is decided otherwise, or when we are there no more, and no other
// does; an upgrade's, when the room plays no part any more; the choice of a list, when rules ban all whom it is about.
func TestMootInvitations(t *testing.T) {
	r := handing(t, openStore(t))
	r.begin(nil)
	for r.places.following.readOne(time.Now()) {
	}
	qs := r.orders.questions
	ask := func(room id.RoomID) func() bool {
		p := &commands.Plan{Steps: []commands.Step{{Change: &commands.Change{Kind: commands.Protect, Room: room}}}}
		return r.asksAbout(questionDetails{Line: "rooms add " + string(room), Plan: p, course: course{Invited: room}})
	}
	gone, taken, stays := ask("!gone:hs"), ask(newRoom), ask("!stays:hs")
	next := r.asksAbout(questionDetails{Line: "upgrade " + string(readFrom), Room: readFrom})
	qs.speaker.choices.note("$which", choice{Text: "Which list?", Of: []commands.Choice{{Name: "a", Line: "b"}}, Users: []id.UserID{mootUser}}, r.commits)
	qs.speaker.choices.note("$meant", choice{Text: "Which list?", Of: []commands.Choice{{Name: "a", Line: "b"}}}, r.commits)
	r.places.protecting.setProtected([]id.RoomID{benchRoom, newRoom})
	if qs.moot(time.Now()); taken() || !gone() || !stays() || !next() || len(qs.speaker.choices.at) != 2 {
		t.Error("of what is protected by now")
	}
	if qs.uninvited("!gone:hs", time.Now()); gone() || !stays() {
		t.Error("of where we are no more")
	}
	lists(string(mootUser))(r)
	if qs.moot(time.Now()); len(qs.speaker.choices.at) != 1 || !next() {
		t.Error("of whom rules ban by now")
	}
	unwatches(r)
	if qs.moot(time.Now()); next() || !stays() {
		t.Error("of a list that is not watched any more")
	}
	r.store(store.Commit{})
}
