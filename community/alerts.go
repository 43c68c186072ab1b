package community

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community/commits"
	"forseti/community/loop"
	"forseti/community/report"
	"forseti/enforce"
	"forseti/protections/kit"
	"forseti/sanction"
	"forseti/store"
	"forseti/text"
)

// alerts are the messages that tell what protections found, and what moderators say to them
// by a reaction. What a reaction does goes by what the journal and the ledger say then, and
// is stored together with that it was heard, so that it is done once.
type alerts struct {
	world      *enforce.World
	loop       *loop.Loop
	log        zerolog.Logger
	commits    *commits.Writer
	journal    *store.Journal
	speaker    *speaker
	protectors *protectors
	appeals    *appeals
	want       func(ctx context.Context, wanted store.Commit) error

	at    map[id.EventID]*alert
	order []id.EventID // of at, the oldest first
}

// alert is what one message tells.
type alert struct {
	Told  time.Time `json:"told"`
	About string    `json:"about,omitempty"` // waveAlert or gateAlert, whose users have done nothing yet
	Cases []finding `json:"cases"`
	// Ordered is until when a posture was ordered by an answer to it, if it is waveAlert.
	Ordered time.Time `json:"ordered,omitzero"`
	// Room is the log room if it stands there, "" if it stands where moderators command.
	Room id.RoomID `json:"room,omitempty"`
}

// finding is one offence of an alert.
type finding struct {
	Offence    string     `json:"offence"`
	Event      id.EventID `json:"event"` // that completed it
	Room       id.RoomID  `json:"room"`
	User       id.UserID  `json:"user"`
	Protection string     `json:"protection"`
	Case       int64      `json:"case,omitempty"`
}

// cause is what has what followed from it done.
func (c finding) cause() action.Cause {
	return action.Cause{Kind: action.ByProtection, Protection: c.Protection, Event: c.Event}
}

const (
	// alertNamespace holds what the messages are about, so that a reaction also counts after
	// a restart.
	alertNamespace = "alert"
	mostAlerts     = 100
	mostCases      = 200 // of one of them
	// alertMark begins the stored form of a reaction to one, as answerMark does.
	alertMark = answerMark + "alert "
)

type answerSign struct{ sign, word string }

// answers are the signs that count, and what each is called where it is stored.
var answers = [...]answerSign{
	{report.UndoSign, undoWord}, {report.WrongSign, wrongWord}, {report.EscalateSign, escalateWord}, {report.ExemptSign, exemptWord},
}

const (
	undoWord     = "undo"
	wrongWord    = "wrong"
	escalateWord = "escalate"
	exemptWord   = "exempt"
)

// load takes up the messages of before a restart.
func (as *alerts) load(stored map[string]json.RawMessage) {
	for evt, raw := range stored {
		var a alert
		if json.Unmarshal(raw, &a) == nil {
			as.at[id.EventID(evt)] = &a
			as.order = append(as.order, id.EventID(evt))
		}
	}
	slices.SortFunc(as.order, func(a, b id.EventID) int {
		return cmp.Or(as.at[a].Told.Compare(as.at[b].Told), cmp.Compare(a, b))
	})
}

// telling gives what to do once a message stands there that tells what protections found, and notes that it is about to.
func (as *alerts) telling(said report.Speech) func(id.EventID) {
	edits := said.Message.Edits
	cases := as.protectors.follows.attached(said.Alerts)
	if edits == "" { // an edit would have to say again what stood there
		as.protectors.follows.sends(cases, said.Name)
	}
	return func(evt id.EventID) {
		room := as.speaker.voice.log.stands()
		if before := as.at[edits]; edits != "" && (before == nil || before.Room == room) {
			evt = edits
		}
		if evt != "" {
			as.told(evt, room, cases, time.Now())
		}
		as.protectors.follows.paid(cases)
	}
}

// told notes that a message tells of findings. If it is a new one, it offers the answers.
func (as *alerts) told(evt id.EventID, room id.RoomID, cases []finding, now time.Time) {
	if len(cases) == 0 {
		return
	}
	a := as.at[evt]
	if a == nil {
		a = &alert{Told: now, Room: room}
	}
	as.note(evt, a, cases)
}

// note keeps what a message tells. If it is a new one, it offers the answers.
func (as *alerts) note(evt id.EventID, a *alert, cases []finding) {
	if as.at[evt] == nil {
		as.at[evt], as.order = a, append(as.order, evt)
		var offers []string
		for _, answer := range a.offered() {
			offers = append(offers, answer.sign)
		}
		as.speaker.offer(evt, offers, a.Room != "")
	}
	for _, c := range cases {
		if !slices.Contains(a.Cases, c) && len(a.Cases) < mostCases {
			a.Cases = append(a.Cases, c)
		}
	}
	as.commits.Setting(alertNamespace, string(evt), a)
	for len(as.order) > mostAlerts {
		oldest := as.order[0]
		as.order = as.order[1:]
		delete(as.at, oldest)
		as.commits.Setting(alertNamespace, string(oldest), nil)
	}
}

// reaction reads an answer to an alert, which is carried out like a command.
func (as *alerts) reaction(evt *event.Event, target id.EventID, sign string) (store.Command, bool) {
	a := as.at[target]
	if a == nil || evt.RoomID != cmp.Or(a.Room, as.speaker.room) {
		return store.Command{}, false
	}
	for _, answer := range a.offered() {
		if plainSign(answer.sign) == plainSign(sign) {
			return store.Command{Event: evt.ID, Room: evt.RoomID, Sender: evt.Sender, Body: alertMark + string(target) + " " + answer.word}, true
		}
	}
	return store.Command{}, false
}

// open reports whether there is something to answer about a message.
func (as *alerts) open(evt id.EventID) bool {
	a := as.at[evt]
	if a == nil || a.Room != "" && a.Room != as.speaker.voice.log.room {
		return false
	}
	return as.matters(a)
}

// matters reports whether there is something to answer about what a message tells.
func (as *alerts) matters(a *alert) bool {
	return slices.ContainsFunc(a.Cases, func(c finding) bool {
		switch a.About {
		case waveAlert:
			return true
		case gateAlert:
			return as.protectors.gate.open(kit.Place{Room: c.Room, User: c.User})
		default:
			e, known := as.protectors.follows.ledger.Find(c.Offence)
			return !known || !e.Undone
		}
	})
}

// tells reports whether a message tells what somebody did.
func (as *alerts) tells(evt id.EventID) bool {
	a := as.at[evt]
	return a != nil && a.About == ""
}

// answer carries out what a moderator said to an alert. True means that it goes on at the
// next start.
func (as *alerts) answer(ctx context.Context, order store.Command) (goesOn bool) {
	target, word, _ := strings.Cut(strings.TrimPrefix(order.Body, alertMark), " ")
	var of []finding
	dry, about := false, ""
	if as.loop.Do(ctx, func() {
		if a := as.at[id.EventID(target)]; a != nil {
			of, about = slices.Clone(a.Cases), a.About
		}
		dry = as.protectors.follows.dry()
	}) != nil {
		return true
	}
	reply := func(said string) {
		as.loop.See(func() {
			as.speaker.answerIn(order.Room)("alerted-"+string(order.Event), action.Message{Markdown: said, ReplyTo: id.EventID(target)}, nil)
		})
	}
	switch {
	case len(of) == 0:
		return false
	case dry:
		reply("This is a dry run, in which I change nothing. Write `!forseti dry-run off` first, and react once more.")
		return false
	}
	var done map[string][]store.Entry
	if about == "" { // of which nothing was done
		var err error
		if done, err = as.done(ctx, of); err != nil {
			as.log.Err(err).Msg("What an alert is about was not read")
			return ctx.Err() != nil
		}
	}
	wanted := store.Commit{Finished: []id.EventID{order.Event}}
	var said string
	if as.loop.Do(ctx, func() {
		switch {
		case about == gateAlert:
			said = as.answerGate(word, of, order, &wanted)
		case about == waveAlert:
			said = as.answerWave(word, of, order, &wanted)
		case word == escalateWord:
			said = as.escalate(of, order, &wanted)
		default:
			said = as.undo(of, done, order, &wanted)
			if word == undoWord { // who is only let off says nothing against the protection
				for _, a := range wanted.Open {
					as.protectors.endings.mark(a)
				}
			}
			if word == wrongWord && len(wanted.Offences) > 0 {
				said = "I take it for a mistake of the protection. " + said
			}
		}
	}) != nil {
		return true
	}
	if word == exemptWord {
		as.loop.See(func() { said += as.exempt(of, &wanted) })
	}
	if err := as.want(ctx, wanted); err != nil {
		as.log.Err(err).Msg("An answer to an alert was not carried out")
		return true
	}
	as.loop.See(func() {
		as.undone(wanted)
		for _, s := range wanted.Settings {
			as.protectors.stand.restand(s, order.Sender)
		}
		if word == wrongWord {
			as.protectors.mistook(of, order.Sender)
			as.protectors.erred(of, wanted.Offences)
		}
	})
	reply(said)
	return false
}

// done is what was done for findings, by offence.
func (as *alerts) done(ctx context.Context, of []finding) (map[string][]store.Entry, error) {
	done := map[string][]store.Entry{}
	for _, c := range of {
		entries, err := as.journal.SetOffBy(ctx, c.Event)
		if err != nil {
			return nil, err
		}
		done[c.Offence] = entries
	}
	return done, nil
}

// undone takes in what is stored by now.
func (as *alerts) undone(wanted store.Commit) {
	for _, o := range wanted.Offences {
		as.protectors.follows.take(o)
	}
}

// undo takes back what was done for findings, as far as it holds and can be, and has them
// count no more.
func (as *alerts) undo(of []finding, done map[string][]store.Entry, order store.Command, into *store.Commit) string {
	cause := action.Cause{Kind: action.ByModerator, Moderator: order.Sender, Event: order.Event}
	now := time.Now()
	for _, c := range of {
		for _, e := range done[c.Offence] {
			if back, is := reverseOf(e, c); is && as.holds(e) {
				back.Cause = cause
				into.Open = append(into.Open, back)
			}
		}
		if e, known := as.protectors.follows.ledger.Find(c.Offence); known && !e.Undone {
			e.Undone = true
			into.Offences = append(into.Offences, offenceRow(e, now))
			as.protectors.follows.cases.overturned(e, order.Sender, now, into)
		}
	}
	if len(into.Open) == 0 && len(into.Offences) == 0 {
		return "That was undone before."
	}
	said := "It counts no more. "
	if len(into.Open) > 0 {
		said += "I take back what was done, as you will read " + as.below(order) + ". "
	}
	return said + "What was removed stays so; `!forseti evidence` shows it."
}

// below says where it is told what comes of an answer.
func (as *alerts) below(order store.Command) string {
	if as.speaker.voice.log.is(order.Room) {
		return "in " + as.speaker.voice.log.names.Room(as.speaker.room)
	}
	return "below"
}

// reverseOf is what takes back something that was done for a finding, or waits to be: what reverses it takes its place. Who
// was only removed may come back by themselves.
func reverseOf(e store.Entry, c finding) (action.Action, bool) {
	a, row := e.Action, e.Action.Verb.Row()
	if e.State != store.EntryDone && e.State != store.EntryOpen || row.Reverse == "" || row.Once || row.Direction != action.Tightens || a.Cause.Kind != action.ByProtection || a.Cause.Protection != c.Protection {
		return action.Action{}, false
	}
	back := action.Action{Verb: row.Reverse, Room: a.Room, User: a.User, Reason: "undone by a moderator", Was: e.Was, Parent: a.ID}
	switch {
	case row.Guard == action.GuardList && a.State != nil:
		back.State = &action.State{Type: a.State.Type, Key: a.State.Key, Content: json.RawMessage(`{}`)}
		back.State.Type.Class = event.StateEventType
		back.Was = nil
		return back, true
	default:
		return back, a.Room == c.Room && a.User == c.User
	}
}

// holds reports whether what was done is as we left it, as far as the room says.
func (as *alerts) holds(e store.Entry) bool {
	a := e.Action
	room := as.world.Room(a.Room)
	if room == nil || a.Verb.Row().Leads != event.MembershipBan || e.State == store.EntryOpen {
		return true
	}
	m, _ := room.Member(a.User)
	return m.Membership == event.MembershipBan && m.Sender == as.world.Self()
}

// escalate goes a step further with everybody whom findings are about.
func (as *alerts) escalate(of []finding, order store.Command, into *store.Commit) string {
	var said []string
	follows, now := as.protectors.follows, time.Now()
	for _, c := range of {
		e, known := follows.ledger.Find(c.Offence)
		if !known || e.Undone || slices.ContainsFunc(into.Offences, func(o store.Offence) bool { return o.User == e.User && o.Room == e.Room }) {
			continue
		}
		next, further := e.Step.Next()
		if !further {
			said = append(said, fmt.Sprintf("There is no step after a takedown of %s.", text.Code(string(e.User))))
			continue
		}
		o := follows.offence(kit.Finding{Room: c.Room, User: c.User, Offence: c.Event, Weight: e.Class, Protection: c.Protection, Reason: c.Protection})
		o.Cause = action.Cause{Kind: action.ByModerator, Moderator: order.Sender, Event: order.Event}
		if rule := o.Rule; rule != nil {
			o.Rule = func(takedown bool) action.Action {
				a := rule(takedown)
				a.Cause = o.Cause
				return a
			}
		}
		do, not, taken := sanction.Carry(o, sanction.Verdict{Step: next, Ends: follows.ledger.Ladder.Ends(next, e.Class, now)}, as.protectors)
		for _, h := range not {
			said = append(said, fmt.Sprintf("I cannot %s %s: %s.", h.Action.Verb.Row().Words.Do, text.Code(string(c.User)), text.Escape(h.Why, text.MostReason)))
		}
		if len(do) == 0 {
			continue
		}
		if taken != next {
			said = append(said, fmt.Sprintf("There is no list of your own to write to, so that %s is banned in the room.", text.Code(string(c.User))))
		}
		e.Step = max(e.Step, taken)
		into.Open, into.Offences = append(into.Open, do...), append(into.Offences, offenceRow(e, now))
	}
	switch {
	case len(into.Open) > 0:
		said = append(said, "I go a step further, as you will read "+as.below(order)+".")
	case len(said) == 0:
		said = append(said, "There is nothing left of it to go further with.")
	}
	return strings.Join(said, " ")
}

// mostToName is how many of those that are exempted at once are named.
const mostToName = 5

// exempt has the protections of findings leave their users alone from now on.
func (as *alerts) exempt(of []finding, into *store.Commit) string {
	users := map[string][]id.UserID{}
	var names []string
	for _, c := range of {
		if !slices.Contains(users[c.Protection], c.User) {
			users[c.Protection] = append(users[c.Protection], c.User)
		}
		if name := text.Code(string(c.User)); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for name, all := range users {
		to, err := as.protectors.stand.exempting(name, all)
		if err != nil {
			return fmt.Sprintf(" But I cannot exempt %s: %s.", text.Some(names, mostToName), err)
		}
		into.Settings = append(into.Settings, store.NewSetting{Namespace: protectionNamespace, Key: name, Value: to})
	}
	by := make([]string, 0, len(users))
	for _, name := range slices.Sorted(maps.Keys(users)) {
		by = append(by, text.Code(name))
	}
	return fmt.Sprintf(" From now on %s left alone by %s; the setting `exempt-users` says so.", text.Some(names, mostToName)+text.Pick(len(names), " is", " are"), text.And(by))
}
