package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/text"
)

const (
	mostNames = 5 // of users or servers in one sentence,
	someNames = 3 // and of more than those
	mostLines = 8 // of one tally
)

// words are sentences about what was counted. They know how places are called, and nothing else.
type words struct{ names Names }

// sentences say what a tally counted.
func (w words) sentences(t *tally) []string {
	lines := t.lines()
	var said []string
	for _, l := range lines[:min(len(lines), mostLines)] {
		said = append(said, w.sentence(t, l))
	}
	if more := lines[len(said):]; len(more) > 0 {
		n := 0
		for _, l := range more {
			n += t.count(l)
		}
		said = append(said, fmt.Sprintf("%s ended otherwise.", text.Count(n, "more thing")))
	}
	return append(said, w.servers(t)...)
}

func (w words) sentence(t *tally, l line) string {
	verb, what := l.verb.Row().Words, w.what(t, l)
	switch l.fate {
	case action.Done:
		if l.ban {
			what += ", with the bans"
		}
		return verb.Did + what + "."
	case action.Would:
		return verb.Would + what + "."
	case action.Superseded:
		return "Did not " + verb.Do + what + ": " + reason(l.why, "something newer took its place") + "."
	case action.Dropped:
		if l.why == "" {
			return "No need any more to " + verb.Do + what + "."
		}
		return "Did not " + verb.Do + what + ": " + reason(l.why, "") + "."
	default:
		return "Did not " + verb.Do + what + ": " + reason(l.why, "it was refused") + "."
	}
}

const (
	// mostFolded is how many bytes of names are folded below what a tally says, and mostSorted of how many
	// users at the most.
	mostFolded = 2_400
	mostSorted = 2_000
)

// everybody folds the names of those whom the words about what was done, and about what is kept from being done, only count,
// and of the rooms; "" if they name all.
func (w words) everybody(did, kept *tally) string {
	rooms, keptIn := places{}, places{}
	all := append(w.crowds(did, rooms, func(l line) string {
		verb := l.verb.Row().Words
		return cmp.Or(map[action.Fate]string{action.Done: verb.Did, action.Would: verb.Would}[l.fate], "Did not "+verb.Do)
	}), w.crowds(kept, keptIn, func(l line) string { return "Cannot " + l.verb.Row().Words.Do })...)
	if len(all) == 0 && len(keptIn) <= mostNamed {
		return ""
	}
	maps.Copy(rooms, keptIn)
	said := make([]string, 0, len(all)+1)
	for _, c := range all[:min(len(all), mostLines)] {
		said = append(said, fmt.Sprintf("%s, %d: %s.", c.how, len(c.users), text.Within(c.users, mostFolded/len(all))))
	}
	if len(rooms) > 1 {
		var named []string
		for room := range rooms {
			named = append(named, w.names.Room(room))
		}
		slices.Sort(named)
		said = append(said, fmt.Sprintf("Rooms, %d: %s.", len(named), text.Some(named, mostRooms)))
	}
	return text.Fold("All names", text.Paragraphs(said...))
}

// namedCrowd is many to whom one thing happened.
type namedCrowd struct {
	how   string
	users []id.UserID
}

// crowds are those whom the words about a tally only count; rooms gets all rooms of it.
func (w words) crowds(t *tally, rooms places, how func(line) string) (all []namedCrowd) {
	for _, l := range t.lines() {
		c := t.users[l]
		if c != nil && len(c.users) > mostNames && len(c.users) <= mostSorted {
			all = append(all, namedCrowd{how(l), slices.Sorted(maps.Keys(c.users))})
		}
		if c != nil {
			maps.Copy(rooms, c.rooms)
		}
		for room := range t.things[l] {
			rooms[room] = struct{}{}
		}
	}
	return all
}

// mostNamed is how many rooms are named where something is in the way, and mostRooms where somebody has to unfold the text.
const mostNamed, mostRooms = 3, 20

// reason is why, in the middle of a sentence of ours.
func reason(why, otherwise string) string {
	why = strings.TrimRight(strings.TrimPrefix(why, "refused: "), ". ")
	if shown := text.Escape(why, text.MostReason); shown != "" {
		return shown
	}
	return otherwise
}

// what says whom a line is about, and where.
func (w words) what(t *tally, l line) string { return w.whatIn(t, l, 1) }

// whatIn names so many rooms at the most; of more it says how many.
func (w words) whatIn(t *tally, l line, most int) string {
	if c := t.users[l]; c != nil {
		return " " + some(len(c.users), c.first, "user") + " " + w.inSome(l.verb.Row().Words.In, c.rooms, most)
	}
	in, n := places{}, 0
	for room, times := range t.things[l] {
		in[room] = struct{}{}
		n += times
	}
	if of := cmp.Or(l.of, l.verb.Row().Words.Of); of != action.NoObject {
		return " " + text.Count(n, string(of)) + " " + w.inSome("in", in, most)
	}
	return " " + w.inSome("in", in, most)
}

// in says where: the one room by name, or how many.
func (w words) in(rooms places) string { return w.inSome("in", rooms, 1) }

func (w words) inSome(in string, rooms places, most int) string {
	if n := len(rooms); n > 0 && n <= most {
		named := make([]string, 0, n)
		for room := range rooms {
			named = append(named, w.names.Room(room))
		}
		slices.Sort(named)
		return in + " " + text.And(named)
	}
	return in + " " + text.Count(len(rooms), "room")
}

// servers say which ACL entries came and went.
func (w words) servers(t *tally) (said []string) {
	by := map[entry]map[string]struct{}{}
	for e := range t.shut {
		k := e.kind()
		if by[k] == nil {
			by[k] = map[string]struct{}{}
		}
		by[k][e.server] = struct{}{}
	}
	for _, k := range entryKinds {
		servers := by[k]
		if len(servers) == 0 {
			continue
		}
		said = append(said, fmt.Sprintf("%s %s %s.", shutWords(k.in, k.dry), someServers(servers), w.in(t.where[k])))
	}
	return said
}

func shutWords(in, dry bool) string {
	switch {
	case in && dry:
		return "Would let in again"
	case in:
		return "Let in again"
	case dry:
		return "Would shut out"
	default:
		return "Shut out"
	}
}

// some names the few that there are, or the first of many: names come before numbers.
func some[T ~string](n int, first []T, what string) string {
	if n > mostNames {
		first = first[:someNames]
	}
	shown := make([]string, 0, len(first)+1)
	for _, name := range first {
		shown = append(shown, text.Code(string(name)))
	}
	if more := n - len(first); more > 0 {
		shown = append(shown, text.Count(more, "more "+what))
	}
	return text.And(shown)
}

func someServers[V any](servers map[string]V) string {
	var first []string
	for s := range servers {
		first = insert(first, s, mostNames)
	}
	return some(len(servers), first, "server")
}

// dryWords say what a dry run left undone. What came before it was done: a command may have
// written a rule.
func dryWords(t *tally) string {
	if !t.has(action.Would) {
		return ""
	}
	return "(Dry run: what I would do was not done.)"
}

// decision says what came of a decision, and why it was taken. Whom it is about comes first, for that is what a notification
// shows.
func (w words) decision(d *decision) []Part {
	said := w.sentences(&d.tally)
	nothing := len(said) == 0 && d.tally.idle && len(d.open) == 0
	if nothing {
		said = append(said, "I did nothing about it.")
	}
	if len(d.open) > 0 && !d.idle() {
		said = append(said, fmt.Sprintf("Still to do: %s.", nouns(d.left)))
	}
	if why := w.because(d); why != "" {
		said = append(said, why)
	}
	if dry := dryWords(&d.tally); dry != "" {
		said = append(said, dry)
	}
	found := make(Part, shortest)
	for n := range found {
		found[n] = d.tally.alert(n)
	}
	if nothing {
		return []Part{found, {strings.Join(said, " ")}}
	}
	return []Part{{strings.Join(said, " ")}, found}
}

// movers are the rules that moved servers into ACLs, or out of them, and their lists.
type movers struct {
	entity string // of the rule, if it is one
	rules  map[action.Cause]struct{}
	lists  []string
	cases  []int64
}

func (w words) movers(t *tally, in bool) (m movers) {
	m.rules = map[action.Cause]struct{}{}
	lists := map[id.RoomID]struct{}{}
	of := w.names.Bans
	if in {
		of = w.names.LetIn
	}
	for e := range t.shut {
		if e.in != in {
			continue
		}
		c := of(e.server)
		if c == (action.Cause{}) {
			continue
		}
		m.entity, m.rules[c] = c.Entity, struct{}{}
		if _, known := lists[c.List]; !known {
			lists[c.List] = struct{}{}
			m.lists = append(m.lists, w.names.List(c.List))
			if n := w.names.Case(c.List, in); n > 0 && !e.dry {
				m.cases = append(m.cases, n)
			}
		}
	}
	slices.Sort(m.lists)
	m.lists = slices.Compact(m.lists)
	return m
}

// shutBy says which rule shut out a server, or which lists did several, and whose end let some in again; "" if that is not known
// any more.
func (w words) shutBy(t *tally) string {
	var said []string
	out, in := w.movers(t, false), w.movers(t, true)
	switch {
	case len(out.rules) == 0:
	case len(out.rules) == 1:
		said = append(said, fmt.Sprintf("(Rule %s in %s%s.)", text.Code(out.entity), out.lists[0], inCases(out.cases)))
	default:
		said = append(said, fmt.Sprintf("(%s %s%s.)", text.Pick(len(out.lists), "List", "Lists"), text.Some(out.lists, mostNames), inCases(out.cases)))
	}
	switch {
	case len(in.rules) == 0:
	case len(in.rules) == 1:
		said = append(said, fmt.Sprintf("(The rule %s in %s does not shut it out any more%s.)", text.Code(in.entity), in.lists[0], inCases(in.cases)))
	default:
		said = append(said, fmt.Sprintf("(%s %s not shut them out any more%s.)", text.Some(in.lists, mostNames), text.Pick(len(in.lists), "does", "do"), inCases(in.cases)))
	}
	return strings.Join(said, " ")
}

// inCases names cases at the end of a sentence.
func inCases(numbers []int64) string {
	slices.Sort(numbers)
	numbers = slices.Compact(numbers)
	if len(numbers) == 0 {
		return ""
	}
	named := make([]string, 0, len(numbers))
	for _, n := range numbers {
		named = append(named, fmt.Sprint(n))
	}
	return text.Pick(len(numbers), ", case ", ", cases ") + text.Some(named, mostNames)
}

// obstacle says what cannot be done in a room for one reason.
func (w words) obstacle(key Key, o *obstacle) string {
	verb := o.verb.Row().Words
	var first []id.UserID
	for _, a := range o.keeps {
		first = insert(first, a.User, mostNames)
	}
	what := ""
	switch verb.Of {
	case action.NoObject:
	case action.ToUser:
		what = " " + some(len(o.keeps), first, string(verb.Of))
	default:
		what = " " + text.Count(len(o.keeps), string(verb.Of))
	}
	return fmt.Sprintf("I cannot %s%s %s %s: %s.", verb.Do, what, verb.In, w.names.Room(key.Room), reason(o.why, "it is refused"))
}

// behind says that rooms do not follow, why as far as it is known, and which do not for no known reason.
func (w words) behind(late, known places, whys []string) string {
	const most = 3
	var lost []string
	for room := range late {
		if _, is := known[room]; !is {
			lost = append(lost, w.names.Room(room))
		}
	}
	slices.Sort(lost)
	said := []string{fmt.Sprintf("%s %s not follow.", text.Count(len(late), "room"), text.Pick(len(late), "does", "do"))}
	said = append(said, whys[:min(len(whys), most)]...)
	if more := len(whys) - most; more > 0 {
		said = append(said, fmt.Sprintf("`!forseti status` lists %d more.", more))
	}
	if n := len(lost); n > 0 {
		shown := lost[:min(n, most)]
		if n > most {
			shown = append(slices.Clone(shown), fmt.Sprintf("%d more", n-most))
		}
		said = append(said, fmt.Sprintf("Why %s %s not, I do not know: `!forseti sync` has me look again.", text.And(shown), text.Pick(n, "does", "do")))
	}
	return strings.Join(said, " ")
}

// because names the cause of a decision.
func (w words) because(d *decision) string {
	switch c := d.cause; {
	case c.Kind == action.ByRule && d.key.direction == action.Loosens:
		return fmt.Sprintf("(The rule %s in %s does not hold them any more%s.)", text.Code(c.Entity), w.names.List(c.List), w.caseOf(d))
	case c.Kind == action.ByRule:
		return fmt.Sprintf("(Rule %s in %s%s.)", text.Code(c.Entity), w.names.List(c.List), w.caseOf(d)) + w.takedown(d)
	case c.Kind == action.ByProtection:
		return fmt.Sprintf("(Protection %s.)", text.Escape(c.Protection, text.MostName))
	case c.Kind == action.ByModerator && c.Moderator != "":
		return fmt.Sprintf("(Asked for by %s.)", text.Code(string(c.Moderator)))
	case c.Kind == action.ByForseti && c.Event != "" && d.key.direction == action.Loosens:
		return "(The time that was set is over.)"
	case len(d.tally.shut) > 0:
		return w.shutBy(&d.tally)
	default:
		return ""
	}
}

// caseOf is the case of what a rule led to, in the middle of a sentence; "" if nothing was done.
func (w words) caseOf(d *decision) string {
	if n := w.names.Case(d.cause.List, d.key.direction == action.Loosens); n > 0 && d.tally.has(action.Done) {
		return inCases([]int64{n})
	}
	return ""
}

// takedown says how to do what a takedown asks for beyond a ban. It cannot be undone, and a list of somebody else's is
// no word of a moderator's.
func (w words) takedown(d *decision) string {
	banned := d.tally.users[line{verb: action.Ban, fate: action.Done}]
	if banned == nil || !w.names.Takedown(d.cause.Rule) {
		return ""
	}
	whom := string(banned.first[0])
	if len(banned.users) > 1 {
		if !strings.HasPrefix(d.cause.Entity, "@") { // who it is about cannot be said in one command
			return fmt.Sprintf(" It is a takedown: %s removes what the first of them wrote, and so on.", text.Code("!forseti redact "+whom))
		}
		whom = d.cause.Entity
	}
	return fmt.Sprintf(" It is a takedown: %s removes what they wrote.", text.Code("!forseti redact "+whom))
}
