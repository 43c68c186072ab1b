package report

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/text"
)

// Answer is what a command says.
type Answer struct {
	Command id.EventID
	Text    string
	// Follows are the events of rules that the command wrote. What they want belongs to it.
	Follows []id.EventID
	// Writes are rules that it writes, of which it does not know yet whether they stand there.
	Writes []Entry
	// Lifts are the events of rules that it took away, or takes away. Bans that they held end by it.
	Lifts []id.EventID
	// Frees are whom rules are about that it takes away or exempts from, users or patterns of them; Hits whom rules hit again.
	Frees, Hits []string
	// Servers are entities that should be shut out by ACLs because of the command; Lets those that should be let in.
	Servers []string
	Lets    []string
	// Places are lists and rooms that the command took up.
	Places []id.RoomID
}

// Entry is a rule by what it is about.
type Entry struct {
	List   id.RoomID
	Entity string
}

const (
	// patience is how long a command waits for its effects before it is answered with what there is.
	patience = 1500 * time.Millisecond
	// editPause is the least between two edits of one reply that only show progress.
	editPause = 5 * time.Second
)

// Replies are what commands are answered, each with what came of it.
type Replies struct {
	words    words
	work     *ledger
	outlook  *outlook
	problems *Problems
	notices  *notices
	commands map[id.EventID]*answer // not complete
	order    []*answer              // of those, the ones that may speak, in order
	last     uint64                 // turn
	cause    id.EventID             // the command whose effects are opened now
}

func newReplies(words words, work *ledger, outlook *outlook, problems *Problems, notices *notices) *Replies {
	return &Replies{words: words, work: work, outlook: outlook, problems: problems, notices: notices, commands: map[id.EventID]*answer{}}
}

// Begin says that a command is being carried out.
func (r *Replies) Begin(command id.EventID, now time.Time) { r.begin(command, now) }

func (r *Replies) begin(command id.EventID, now time.Time) *answer {
	a := r.commands[command]
	if a == nil {
		a = newAnswer(command, now)
		r.commands[command] = a
		r.adopt(a, decisionKey{kind: action.ByModerator, event: command, direction: action.Tightens})
		r.adopt(a, decisionKey{kind: action.ByModerator, event: command, direction: action.Loosens})
	}
	return a
}

// Resumed says that a command goes on from before a restart. It may have a reply already, which the same send then finds.
func (r *Replies) Resumed(command id.EventID, now time.Time) {
	a := r.begin(command, now)
	a.resumed, a.again = true, true
}

// Following says that what is opened from now on is the effect of a command, whatever its cause; until it is called
// again with "".
func (r *Replies) Following(command id.EventID, now time.Time) {
	r.cause = command
	if command != "" {
		r.begin(command, now)
	}
}

// Rule says that a command wrote a rule.
func (r *Replies) Rule(command, rule id.EventID, now time.Time) {
	if command == "" || rule == "" {
		return
	}
	a := r.begin(command, now)
	a.claim.rule(rule)
	// The echo of the rule may have been faster than the answer to its sending.
	r.adopt(a, decisionKey{kind: action.ByRule, event: rule, direction: action.Tightens})
}

// Writing says that a command is about to write a rule. Sync may bring it, and what follows from it, before the answer to that.
func (r *Replies) Writing(command id.EventID, rule Entry, now time.Time) {
	if command != "" && rule.Entity != "" {
		r.begin(command, now).claim.write(rule)
	}
}

// Lifts says that a command took away a rule.
func (r *Replies) Lifts(command, rule id.EventID, now time.Time) {
	if command == "" || rule == "" {
		return
	}
	a := r.begin(command, now)
	a.claim.lift(rule)
	// Sync may have brought that before we knew that it was done.
	r.adopt(a, decisionKey{kind: action.ByRule, event: rule, direction: action.Loosens})
}

// Frees says that a command is about to free whom a pattern matches, whichever rule made their ban.
func (r *Replies) Frees(command id.EventID, whom string, now time.Time) {
	if command != "" && whom != "" {
		r.begin(command, now).claim.free(whom)
	}
}

// Hits says that a command is about to end what frees whom a pattern matches from rules, whoever wrote these.
func (r *Replies) Hits(command id.EventID, whom string, now time.Time) {
	if command != "" && whom != "" {
		r.begin(command, now).claim.hit(whom)
	}
}

// Did says what a command did before a restart. ACLs are not counted, for they are nobody's
// alone: the reply says how they are.
func (r *Replies) Did(command id.EventID, e action.Ending, now time.Time) {
	if e.Action.Verb.Row().Lane == action.ACLLane {
		return
	}
	a := r.begin(command, now)
	a.tally.add(e)
	if e.Action.Verb.Row().Words.Of == action.ToUser {
		if a.before == nil {
			a.before = map[deed]struct{}{}
		}
		a.before[deed{e.Action.Verb, e.Action.Room, e.Action.User}] = struct{}{}
	}
}

// Place says that a command took up a list or a room. What its rules want, or what rules want there, belongs to the
// command until its reply is complete.
func (r *Replies) Place(command id.EventID, room id.RoomID, now time.Time) {
	if command != "" && room != "" {
		r.begin(command, now).claim.place(room)
	}
}

// Server says that a command means a server's ACL entry to come, or to go.
func (r *Replies) Server(command id.EventID, server string, lets bool, now time.Time) {
	if command != "" && server != "" {
		r.begin(command, now).claim.server(server, lets)
	}
}

// Progress says how far a command is that takes long. It is said in its reply, which Answer completes.
func (r *Replies) Progress(command id.EventID, said string, now time.Time) {
	a := r.begin(command, now)
	if a.answered && !a.going {
		return
	}
	if !a.answered {
		r.Answer(Answer{Command: command}, now)
	}
	a.text, a.going = said, true
}

// Answer gives a command its reply. Commands are answered in this order.
func (r *Replies) Answer(given Answer, now time.Time) {
	a := r.begin(given.Command, now)
	r.Claim(given, now)
	a.going = false
	if a.answered {
		a.text = given.Text // after progress, or a re-run: the later word holds
		return
	}
	a.text, a.answered, a.turn, a.at = given.Text, true, r.turn(), now
	r.order = append(r.order, a)
}

// Claim says what a command named, as Answer does, before it is answered.
func (r *Replies) Claim(given Answer, now time.Time) {
	for _, rule := range given.Follows {
		r.Rule(given.Command, rule, now)
	}
	for _, rule := range given.Writes {
		r.Writing(given.Command, rule, now)
	}
	for _, rule := range given.Lifts {
		r.Lifts(given.Command, rule, now)
	}
	for _, whom := range given.Frees {
		r.Frees(given.Command, whom, now)
	}
	for _, whom := range given.Hits {
		r.Hits(given.Command, whom, now)
	}
	for _, s := range given.Servers {
		r.Server(given.Command, s, false, now)
	}
	for _, s := range given.Lets {
		r.Server(given.Command, s, true, now)
	}
	for _, room := range given.Places {
		r.Place(given.Command, room, now)
	}
}

// Claims gives what a command named so far, for Claim after a restart.
func (r *Replies) Claims(command id.EventID) Answer {
	given := Answer{Command: command}
	a := r.commands[command]
	if a == nil {
		return given
	}
	given.Follows = slices.Sorted(maps.Keys(a.claim.rules))
	given.Writes = slices.SortedFunc(maps.Keys(a.claim.writing), func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.List, b.List), cmp.Compare(a.Entity, b.Entity))
	})
	given.Lifts = slices.Sorted(maps.Keys(a.claim.lifts))
	given.Frees = slices.Sorted(maps.Keys(a.claim.frees))
	given.Hits = slices.Sorted(maps.Keys(a.claim.hits))
	given.Places = slices.Sorted(maps.Keys(a.claim.places))
	for _, s := range slices.Sorted(maps.Keys(a.claim.servers)) {
		if a.claim.servers[s] {
			given.Lets = append(given.Lets, s)
		} else {
			given.Servers = append(given.Servers, s)
		}
	}
	return given
}

// turn is the next place in the order of what is said.
func (r *Replies) turn() uint64 {
	r.last++
	return r.last
}

// Dismiss forgets a command that gets no reply from here, as one that became a question. What it set off is told as a
// notice. A reply that said how far the command was ends there: replied says that there is one.
func (r *Replies) Dismiss(command id.EventID, now time.Time) (replied bool) {
	a := r.commands[command]
	switch {
	case a == nil:
	case !a.answered:
		r.close(a, now)
	case a.going:
		r.Answer(Answer{Command: command, Text: "That was all that I had to look at. I ask about it below."}, now)
		return true
	}
	return false
}

// Unanswered tells whether a command is still being carried out.
func (r *Replies) Unanswered(command id.EventID) bool {
	a := r.commands[command]
	return a != nil && (!a.answered || a.going)
}

// Stands gives the message that answers a command which is not done with; "" if there is none yet.
func (r *Replies) Stands(command id.EventID) id.EventID {
	if a := r.commands[command]; a != nil {
		return a.message.event
	}
	return ""
}

// adopt takes over what nobody was told of yet.
func (r *Replies) adopt(a *answer, key decisionKey) {
	d := r.notices.take(key)
	if d == nil {
		return
	}
	a.tally.merge(d.tally)
	r.work.hand(&d.account, func(work) *account { return &a.account })
}

// wanting finds the command that wants an action: the one that is taken in now, else the newest one that its cause
// belongs to; nil if there is none.
func (r *Replies) wanting(a action.Action) *answer {
	if c := r.commands[r.cause]; c != nil && a.Verb != action.SetACL {
		return c
	}
	if a.Cause.Kind == action.ByModerator {
		if c := r.commands[a.Cause.Event]; c != nil {
			return c
		}
	}
	if c := r.commands[a.For]; c != nil && a.For != "" {
		return c
	}
	return r.newest(func(c *answer) bool { return c.claim.holds(a) })
}

// wants finds the newest command that means an ACL entry to come, or to go.
func (r *Replies) wants(server string, lets bool) *answer {
	return r.newest(func(c *answer) bool { return c.claim.wants(server, lets) })
}

func (r *Replies) newest(which func(*answer) bool) (found *answer) {
	for _, c := range r.commands {
		if which(c) && (found == nil || c.newer(found)) {
			found = c
		}
	}
	return found
}

func (r *Replies) aclsSettled() {
	for _, a := range r.commands {
		a.claim.settled = true
	}
}

// close ends an answer. What is still open is told as a notice one day.
func (r *Replies) close(a *answer, now time.Time) {
	delete(r.commands, a.command)
	r.order = slices.DeleteFunc(r.order, func(other *answer) bool { return other == a })
	r.work.hand(&a.account, func(w work) *account {
		return &r.notices.decision(keyOf(action.Action{Verb: w.verb, Cause: w.cause}), w.cause, now).account
	})
	if !a.answered && !a.tally.empty() {
		key := decisionKey{kind: action.ByModerator, event: a.command, direction: action.Tightens}
		d := r.notices.decision(key, action.Cause{Kind: action.ByModerator, Event: a.command}, now)
		d.tally.merge(a.tally)
		r.notices.settle(&d.account)
	}
}

// unsaid is the first command that has no reply yet; nil if all have.
func (r *Replies) unsaid() *answer {
	for _, a := range r.order {
		if !a.message.posted {
			return a
		}
	}
	return nil
}

// due is when the first of the unsaid replies should be sent: at once if somebody waits behind it.
func (r *Replies) due(a *answer, behind bool) time.Time {
	if behind {
		return a.at
	}
	for _, other := range r.order {
		if !other.message.posted && other.complete() {
			return a.at
		}
	}
	return a.at.Add(patience)
}

// ended is the first command whose reply can be completed; nil if there is none.
func (r *Replies) ended() *answer {
	for _, a := range r.order {
		if a.message.posted && a.complete() {
			return a
		}
	}
	return nil
}

// progress is the next edit that shows how far a command is; nil if there is none yet.
func (r *Replies) progress(now time.Time) *flight {
	for _, a := range r.order {
		if a.message.posted && !now.Before(a.message.next) {
			if f := r.flight(a, now); f != nil {
				return f
			}
		}
	}
	return nil
}

// hurry lets each reply be looked at again at once.
func (r *Replies) hurry() {
	for _, a := range r.order {
		a.message.next = time.Time{}
	}
}

// nextDue is when there may be something to say; zero if not before something happens.
func (r *Replies) nextDue(now time.Time) (at time.Time) {
	if a := r.unsaid(); a != nil {
		at = later(r.due(a, false), now)
	}
	for _, a := range r.order {
		switch {
		case !a.message.posted:
		case a.complete():
			return now
		default:
			at = soonest(at, later(a.message.next, now))
		}
	}
	return at
}

// flight is a command's reply, or an edit of it; nil if there is nothing new to say.
func (r *Replies) flight(a *answer, now time.Time) *flight {
	f := &flight{answer: a, final: a.complete(), text: r.text(a, now)}
	if a.message.posted && f.text == a.message.said && !f.final {
		a.message.next = now.Add(r.outlook.pauseOfEdits())
		return nil
	}
	m := fit(action.Message{Markdown: f.text, ReplyTo: a.command})
	name := "answer-" + hash(string(a.command))
	if a.message.posted {
		// What came of the command must have its place, however long what it says is.
		m = fit(action.Message{Markdown: text.Fit(a.text, mostEdit/2) + strings.TrimPrefix(f.text, a.text), Edits: a.message.event})
		name += "-" + hash(f.text, stamp(now))
	}
	f.speech = Speech{Name: name, Message: m}
	if m.Edits == "" {
		f.speech.Answers = a.command
	}
	return f
}

// posted notes that a reply stands there, and returns its command if it is answered for good.
func (r *Replies) posted(f *flight, event id.EventID, now time.Time) []id.EventID {
	a := f.answer
	a.message.note(f.text, event, now.Add(r.outlook.pauseOfEdits()))
	if a.again && a.message.event != "" {
		// What stands there may be of before the restart.
		a.again, a.message.said, a.message.next = false, "", now
		return nil
	}
	// Without an event there is nothing to edit: this was all that could be said.
	if a.message.event != "" && (!a.complete() || r.text(a, now) != f.text) {
		return nil
	}
	r.close(a, now)
	return []id.EventID{a.command}
}

// drop ends all commands that are complete, as nothing can be said of them.
func (r *Replies) drop(now time.Time) (done []id.EventID) {
	for _, a := range slices.Clone(r.order) {
		if a.complete() {
			r.close(a, now)
			done = append(done, a.command)
		}
	}
	return done
}
