package report

import (
	"fmt"
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
	// Servers are entities that should be shut out by ACLs because of the command; Lets those that should be let in.
	Servers []string
	Lets    []string
}

const (
	// patience is how long a command waits for its effects before it is answered with what there is.
	patience = 1500 * time.Millisecond
	// mostStuck is how many hindrances a reply looks at one by one.
	mostStuck = 500
	// editPause is the least between two edits of one reply that only show progress.
	editPause = 5 * time.Second
)

// answer is a command from its first effect until its reply is complete.
type answer struct {
	account
	command  id.EventID
	text     string
	rules    map[id.EventID]struct{}
	places   places          // lists and rooms that the command took up
	servers  map[string]bool // true if it is to be let in
	settled  bool            // no ACL waits since its servers are known
	answered bool
	going    bool // what is said of it is not its answer yet
	seq      uint64
	at       time.Time

	posted bool
	event  id.EventID
	said   string
	again  bool // it may have been answered before a restart
	next   time.Time
}

// Begin says that a command is being carried out.
func (r *Report) Begin(command id.EventID, now time.Time) { r.begin(command, now) }

func (r *Report) begin(command id.EventID, now time.Time) *answer {
	a := r.commands[command]
	if a == nil {
		a = &answer{command: command, at: now}
		a.account = newAccount()
		a.of = a
		r.commands[command] = a
		r.adopt(a, decisionKey{kind: action.ByModerator, event: command, direction: action.Tightens})
		r.adopt(a, decisionKey{kind: action.ByModerator, event: command, direction: action.Loosens})
	}
	return a
}

// Resumed says that a command goes on from before a restart. It may have a reply already, which the same send then finds.
func (r *Report) Resumed(command id.EventID, now time.Time) { r.begin(command, now).again = true }

// Rule says that a command wrote a rule.
func (r *Report) Rule(command, rule id.EventID, now time.Time) {
	if command == "" || rule == "" {
		return
	}
	a := r.begin(command, now)
	if a.rules == nil {
		a.rules = map[id.EventID]struct{}{}
	}
	a.rules[rule] = struct{}{}
	// The echo of the rule may have been faster than the answer to its sending.
	r.adopt(a, decisionKey{kind: action.ByRule, event: rule, direction: action.Tightens})
}

// Place says that a command took up a list or a room. What its rules want, or what rules want there, belongs to the
// command until its reply is complete.
func (r *Report) Place(command id.EventID, room id.RoomID, now time.Time) {
	if command == "" || room == "" {
		return
	}
	a := r.begin(command, now)
	if a.places == nil {
		a.places = places{}
	}
	a.places[room] = struct{}{}
}

// Server says that a command means a server's ACL entry to come, or to go.
func (r *Report) Server(command id.EventID, server string, lets bool, now time.Time) {
	if command == "" || server == "" {
		return
	}
	a := r.begin(command, now)
	if a.servers == nil {
		a.servers = map[string]bool{}
	}
	a.servers[server], a.settled = lets, false
}

// Progress says how far a command is that takes long. It is said in its reply, which Answer completes.
func (r *Report) Progress(command id.EventID, said string, now time.Time) {
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
func (r *Report) Answer(given Answer, now time.Time) {
	a := r.begin(given.Command, now)
	for _, rule := range given.Follows {
		r.Rule(given.Command, rule, now)
	}
	for _, s := range given.Servers {
		r.Server(given.Command, s, false, now)
	}
	for _, s := range given.Lets {
		r.Server(given.Command, s, true, now)
	}
	a.going = false
	if a.answered {
		a.text = given.Text // after progress, or a re-run: the later word holds
		return
	}
	r.seq++
	a.text, a.answered, a.seq, a.at = given.Text, true, r.seq, now
	r.answers = append(r.answers, a)
}

// Dismiss forgets a command that gets no reply from here, as one that became a question. What it set off is told as a
// notice. A reply that said how far the command was ends there: replied says that there is one.
func (r *Report) Dismiss(command id.EventID, now time.Time) (replied bool) {
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

// adopt takes over what nobody was told of yet.
func (r *Report) adopt(a *answer, key decisionKey) {
	d := r.decisions[key]
	if d == nil {
		return
	}
	a.tally.merge(d.tally)
	r.move(&d.account, &a.account)
	r.forget(d)
}

// claims tells whether an action is an effect of the command.
func (a *answer) claims(by action.Action) bool {
	if by.Cause.Kind != action.ByRule {
		return false
	}
	_, list := a.places[by.Cause.List]
	_, room := a.places[by.Room]
	_, rule := a.rules[by.Cause.Rule]
	return list || room || rule && by.Verb.Row().Direction != action.Loosens
}

// wants finds the newest command that means an entry to come or to go.
func (r *Report) wants(server string, lets bool) *answer {
	var found *answer
	for _, a := range r.commands {
		if in, named := a.servers[server]; named && in == lets && (found == nil || newer(a, found)) {
			found = a
		}
	}
	return found
}

func newer(a, b *answer) bool {
	if a.answered != b.answered {
		return b.answered
	}
	return a.seq > b.seq || a.seq == b.seq && a.at.After(b.at)
}

// ACLsSettled says that no server ACL waits to be looked at. Whoever waits for one can be answered as soon as those
// under way have ended.
func (r *Report) ACLsSettled(now time.Time) {
	if d := r.decisions[aclKey]; d != nil && !d.idle() {
		return
	}
	for _, a := range r.commands {
		a.settled = true
	}
}

func (r *Report) complete(a *answer) bool {
	return !a.going && (len(a.servers) == 0 || a.settled) && a.idle()
}

// close ends an answer. What is still open is told as a notice one day.
func (r *Report) close(a *answer, now time.Time) {
	delete(r.commands, a.command)
	r.answers = slices.DeleteFunc(r.answers, func(other *answer) bool { return other == a })
	for w, n := range a.open {
		d := r.decision(keyOf(action.Action{Verb: w.verb, Cause: w.cause}), w.cause, now)
		d.open[w] += n
		d.left[w.verb] += n
		r.open[w].by = &d.account
		if _, stuck := a.stuck[w]; stuck {
			d.stuck[w] = struct{}{}
		}
	}
	if !a.answered && !a.tally.empty() {
		d := r.decision(decisionKey{kind: action.ByModerator, event: a.command, direction: action.Tightens}, action.Cause{Kind: action.ByModerator, Event: a.command}, now)
		d.tally.merge(a.tally)
		r.settleDecision(&d.account, now)
	}
}

// replyText is what a reply says now.
func (r *Report) replyText(a *answer, now time.Time) string {
	var parts []string
	if a.text != "" {
		parts = append(parts, a.text)
	}
	parts = append(parts, r.sentences(&a.tally)...)
	parts = append(parts, r.waiting(a, now)...)
	if r.complete(a) {
		parts = append(parts, r.unmoved(a)...)
	}
	if dry := dryWords(&a.tally); dry != "" {
		parts = append(parts, dry)
	}
	if len(parts) == 0 {
		return "Done."
	}
	return strings.Join(parts, " ")
}

// waiting says what a reply waits for, and what stands in its way.
func (r *Report) waiting(a *answer, now time.Time) (said []string) {
	going, stuck := maps.Clone(a.left), tally{}
	for w := range a.stuck {
		n := a.open[w]
		going[w.verb] -= n
		if len(a.stuck) > mostStuck {
			continue
		}
		h := r.hindered[w.place()]
		for range n {
			stuck.add(action.Ending{Action: h.action, Fate: action.Refused, Why: h.why})
		}
	}
	for _, l := range sortedLines(&stuck) {
		said = append(said, fmt.Sprintf("I cannot %s%s: %s. I go on when that changes.",
			l.verb.Row().Words.Do, r.what(&stuck, l), reason(l.why, "it is refused")))
	}
	if len(a.stuck) > mostStuck {
		said = append(said, fmt.Sprintf("%s cannot be done now: `!forseti status` says why. I go on when that changes.", text.Count(len(a.stuck), "thing")))
	}
	open := 0
	for _, n := range going {
		open += n
	}
	switch acls := r.left[action.SetACL]; {
	case open > 0 && r.dry:
		said = append(said, fmt.Sprintf("%s for the end of the dry run.", waitWords(going)))
	case open > 0:
		said = append(said, fmt.Sprintf("Still to do: %s%s.", nouns(going), r.howLong(now)))
	case len(a.servers) > 0 && !a.settled && acls > 0:
		said = append(said, fmt.Sprintf("Still to do: %s%s.", text.Count(acls, "server ACL"), r.howLong(now)))
	case len(a.servers) > 0 && !a.settled:
		said = append(said, "The server ACLs follow in a moment.")
	}
	return said
}

func waitWords(n map[action.Verb]int) string {
	total := 0
	for _, more := range n {
		total += more
	}
	return nouns(n) + " " + text.Pick(total, "waits", "wait")
}

// nouns count work: "72 bans and 3 server ACLs".
func nouns(n map[action.Verb]int) string {
	var parts []string
	for _, v := range action.Verbs() {
		if n[v] > 0 {
			parts = append(parts, text.Count(n[v], v.Row().Words.Noun))
		}
	}
	return text.And(parts)
}

// unmoved says of servers that a command named what no ending says: that nothing had to be done, or that nothing could.
func (r *Report) unmoved(a *answer) (said []string) {
	moved := map[string]bool{}
	for e := range a.tally.shut {
		moved[e.server] = true
	}
	before, after := map[string]bool{}, map[string]bool{}
	late := places{}
	for _, server := range slices.Sorted(maps.Keys(a.servers)) {
		in, out := r.names.Shut(server)
		lets := a.servers[server]
		switch {
		case !lets && !moved[server] && len(in) > 0 && len(out) == 0:
			before[server] = true
		case !lets && !r.dry:
			for _, room := range out {
				late[room] = struct{}{}
			}
		case lets && !moved[server] && len(in) == 0:
			after[server] = true
		case lets && len(in) > 0 && !r.dry:
			said = append(said, fmt.Sprintf("%s still %s %s out: another rule asks for it, or somebody did it by hand.",
				text.Count(len(in), "room"), text.Pick(len(in), "keeps", "keep"), text.Code(server)))
		}
	}
	if len(before) > 0 {
		said = append(said, fmt.Sprintf("%s %s shut out already.", someServers(before), text.Pick(len(before), "was", "were")))
	}
	if len(after) > 0 {
		said = append(said, fmt.Sprintf("No ACL shut out %s.", someServers(after)))
	}
	if len(late) > 0 {
		said = append(said, r.behind(late))
	}
	return said
}

// behind says that rooms do not follow, and why as far as it is known.
func (r *Report) behind(late places) string {
	whys := r.problems.list(func(k Key) bool {
		_, is := late[k.Room]
		return k.Kind == ShutOut || is && (k.Kind == Power || k.Kind == Presence || k.Kind == ACL)
	})
	for p, h := range r.hindered {
		if _, is := late[p.room]; is && p.lane == action.ACLLane && !r.covered(p.room) {
			whys = append(whys, r.names.Room(p.room)+": "+reason(h.why, "it is refused")+".")
		}
	}
	slices.Sort(whys)
	const most = 3
	said := []string{fmt.Sprintf("%s %s not follow.", text.Count(len(late), "room"), text.Pick(len(late), "does", "do"))}
	said = append(said, whys[:min(len(whys), most)]...)
	if more := len(whys) - most; more > 0 {
		said = append(said, fmt.Sprintf("`!forseti status` lists %d more.", more))
	}
	return strings.Join(said, " ")
}

func sortedLines(t *tally) []line {
	lines := slices.Collect(maps.Keys(t.users))
	for l := range t.things {
		lines = append(lines, l)
	}
	slices.SortFunc(lines, inOrder)
	return lines
}
