// Package report is what moderators are told: it takes in how work ended and what stands in the way, and gives
// messages to send.
//
// One command has one reply, which its effects are written into until it is complete; then the reply is done with, and
// what comes later is a notice. Notices fold into notices, never into replies. Whoever is told a number can add it up:
// every ending is counted once, in the reply or notice of whoever wanted it.
//
// It is put together of parts, each with fields of its own, and none knows the whole:
//
//	ledger    what is wanted and has not ended, and whose it is
//	outlook   how much that is, whether the homeserver slows us down, how long it takes
//	Problems  what moderators should mend
//	Replies   what commands are answered
//	notices   all else, folded by cause; news are its single lines
//	shadows   what protections would have done that only say so
//	outbox    the one message that is under way, and what others say as it is
//
// It is pure: it knows no clock, no room and no store. One goroutine owns a Report and tells it the time.
package report

import (
	"bytes"
	"encoding/json"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/wire"
)

// Names is what a report asks about places, to name them as moderators know them.
type Names interface {
	// Room and List are links, or whatever else may stand in a sentence: escaped.
	Room(id.RoomID) string
	List(id.RoomID) string
	// Shut gives the protected rooms whose ACL keeps out an entity, and those whose does not.
	Shut(entity string) (in, out []id.RoomID)
	// Takedown tells whether a rule asks for more than a ban.
	Takedown(rule id.EventID) bool
	// Quiet tells whether what a list changes is only summed up.
	Quiet(list id.RoomID) bool
	// Bans gives the rule that bans a server, of several one; the zero Cause if none does.
	Bans(server string) action.Cause
	// LetIn gives the rule that shut out a server until its end a moment ago; the zero Cause if none did.
	LetIn(server string) action.Cause
	// Case is the number of the case of what the rules of a list do just now, or, with lifted, of what follows from their end;
	// 0 if there is none.
	Case(list id.RoomID, lifted bool) int64
}

// Report is what is to be told, and to whom it belongs.
type Report struct {
	Problems *Problems
	Replies  *Replies

	work    *ledger
	outlook *outlook
	news    *news
	notices *notices
	shadows shadows
	outbox  outbox
	lately  comparison
}

// New returns a report with nothing to say.
func New(names Names) *Report {
	words, work, news := words{names}, newLedger(), &news{}
	outlook := &outlook{work: work}
	problems := newProblems(words, work, news)
	notices := newNotices(words, problems, news, outlook)
	return &Report{
		Problems: problems,
		Replies:  newReplies(words, work, outlook, problems, notices),
		work:     work, outlook: outlook, news: news, notices: notices,
		shadows: shadows{words, map[string]*shadow{}},
	}
}

// Opened notes that somebody wants an action. One Ended follows.
func (r *Report) Opened(a action.Action, now time.Time) {
	if a.Verb.Speech() {
		return
	}
	by := r.account(a, now)
	r.work.add(workOf(a), by, r.Problems.hinders(placeOf(a)))
	if by.of == nil {
		return
	}
	for _, other := range r.work.unite(workOf(a), by) {
		r.notices.settle(other)
	}
}

// For gives the command whose reply tells what comes of an action; "" for none.
func (r *Report) For(a action.Action) id.EventID {
	if by := r.work.account(workOf(a)); by != nil && by.of != nil {
		return by.of.command
	}
	return ""
}

// Wants tells whether a command whose reply is not done with means a server to be shut out, or let in again.
func (r *Report) Wants(server string, in bool) bool { return r.Replies.wants(server, in) != nil }

// isOrder tells whether an action is about the command that asked for it.
func isOrder(a action.Action) bool {
	return a.Cause.Kind == action.ByModerator && a.Event != "" && a.Event == a.Cause.Event
}

// saysSo tells whether whoever has an action done tells of it in other words: a door that is closed, or
// opened again, for a posture or a command, a chat that is done with.
func saysSo(a action.Action) bool {
	return a.Cause.Kind == action.ByForseti && a.Verb.Row().Answered
}

// Ended takes in how an action ended for who wanted it.
func (r *Report) Ended(e action.Ending, now time.Time) {
	if e.Action.Verb.Speech() {
		return
	}
	by := r.work.end(workOf(e.Action))
	if by == nil {
		by = r.route(e.Action, now)
	}
	if e.Fate == action.Done {
		r.outlook.did(e.Action.Verb, now)
	}
	// What stands as a problem is told as one.
	told := e.Fate == action.Refused && by.of == nil && r.Problems.blames(placeOf(e.Action), e.Why)
	if e.Fate != action.Refused {
		r.Problems.free(placeOf(e.Action))
	}
	switch {
	case e.Action.Verb == action.SetACL && (e.Fate == action.Done || e.Fate == action.Would):
		r.compareACL(e, by, now)
	case e.Fate == action.Done && e.Action.Verb == action.Redact && isOrder(e.Action): // it would pass for what it was about
	case e.Fate == action.Dropped && e.Kind == action.Already && e.Action.Verb == action.Mute: // whoever is muted anew is told that it was so, and which holds
	case by.of == nil && (e.Fate == action.Dropped || e.Fate == action.Superseded): // nothing happened, and nobody waits
	case by.of == nil && e.Action.Verb == action.RemoveRule && e.Action.Cause.Kind == action.ByForseti && e.Fate == action.Done: // whoever took it away says why
	case e.Fate == action.Done && saysSo(e.Action): // whoever asked for it says so, and else the door
	case !told && (by.of == nil || !by.of.had(e)):
		by.tally.add(e)
		if by.of != nil && e.Fate == action.Done {
			by.of.did(e.Action)
		}
	}
	r.notices.settle(by)
}

// compareACL counts which entries came and went, each for the command that named it.
func (r *Report) compareACL(e action.Ending, by *account, now time.Time) {
	var after json.RawMessage
	if e.Action.State != nil {
		after = e.Action.State.Content
	}
	r.lately.compare(e.Before, after)
	for _, m := range r.lately.moved {
		to := by
		if a := r.Replies.wants(m.server, m.in); a != nil {
			to = &a.account
		}
		moved := entry{m.server, m.in, e.Fate == action.Would}
		if to.of == nil && r.notices.hushServer(moved, e.Action.Room, now) {
			continue
		}
		to.tally.server(moved, e.Action.Room)
	}
	if len(r.lately.moved) == 0 {
		by.tally.add(e)
	}
}

// comparison is what came into an ACL, and what went. Most rooms have the same one, which
// may be long: what was compared last is compared once.
type comparison struct {
	before, after json.RawMessage
	moved         []entry // neither is dry
}

func (c *comparison) compare(before, after json.RawMessage) {
	if c.moved != nil && bytes.Equal(before, c.before) && bytes.Equal(after, c.after) {
		return
	}
	was, is := denied(before), denied(after)
	c.before, c.after, c.moved = bytes.Clone(before), bytes.Clone(after), []entry{}
	for s := range is {
		if !was[s] {
			c.moved = append(c.moved, entry{server: s})
		}
	}
	for s := range was {
		if !is[s] {
			c.moved = append(c.moved, entry{server: s, in: true})
		}
	}
}

// denied reads the deny list of an ACL.
func denied(content json.RawMessage) map[string]bool {
	const most, longest = 20_000, 255
	servers := map[string]bool{}
	for _, s := range wire.Read(content).Texts("deny", most, longest) {
		servers[s] = true
	}
	return servers
}

// account is whose an action is, be it open or not.
func (r *Report) account(a action.Action, now time.Time) *account {
	if by := r.work.account(workOf(a)); by != nil {
		return by
	}
	return r.route(a, now)
}

// route finds who wants an action: a command, else whoever reads notices.
func (r *Report) route(a action.Action, now time.Time) *account {
	// What happens once is told once: to whom asked for it.
	if by := r.work.asked(workOf(a)); by != nil {
		return by
	}
	if c := r.Replies.wanting(a); c != nil {
		return &c.account
	}
	return &r.notices.decision(keyOf(a), a.Cause, now).account
}

// Hindered says that something stands in the way of an action that goes on being tried. What is only slow is none.
func (r *Report) Hindered(h action.Hindrance, now time.Time) {
	if h.Kind == action.RateLimited || h.Action.Verb.Speech() {
		return
	}
	key, first := r.Problems.hinder(h)
	by := r.account(h.Action, now)
	// A command's reply says it itself, and the problem of a room as a whole says it better.
	if by.of == nil && first && !r.Problems.covers(h.Action.Room) {
		r.Problems.announce(key, "", now)
	}
	r.notices.settle(by)
}

// Freed says that nothing stands in the way any more, or that there is nothing left to do.
func (r *Report) Freed(a action.Action) { r.Problems.free(placeOf(a)) }

// Limited says that the homeserver refuses requests until a time because they are too many, and what waits.
func (r *Report) Limited(waiting map[action.Lane]int, until, now time.Time) {
	r.outlook.limited(waiting, until, now)
}

// Dry notes whether a dry run is on. What replies say of the work that waits is another thing from then on.
func (r *Report) Dry(on bool) {
	if r.outlook.dry != on {
		r.outlook.turnDry(on)
		r.Replies.hurry()
	}
}

// Waiting says what waits for the homeserver and about how long, "" if nothing does.
func (r *Report) Waiting(now time.Time) string { return r.outlook.waiting(now) }

// ACLsSettled says that no server ACL waits to be looked at. Whoever waits for one can be answered as soon as those
// under way have ended.
func (r *Report) ACLsSettled() {
	if r.notices.idle(aclKey) {
		r.Replies.aclsSettled()
	}
}

// Tell says something with the next digest.
func (r *Report) Tell(line string) { r.news.add(line, Key{}) }

// TellShort is Tell of what may be too long for a phone; short says it in fewer words.
func (r *Report) TellShort(line, short string) { r.news.put(item{text: line, short: short}) }

// Note says with the next digest what asks nothing of anybody.
func (r *Report) Note(line string) { r.news.put(item{text: line, rest: true}) }

// Apart says whether what asks nothing of anybody is said in another room from now on.
func (r *Report) Apart(is bool) {
	if r.notices.apart != is {
		r.notices.apart = is
		r.notices.interrupted()
	}
}
