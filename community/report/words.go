package report

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"forseti/action"
	"forseti/text"
)

const (
	mostNames = 5 // of users or servers in one sentence,
	someNames = 3 // and of more than those
	mostLines = 8 // of one tally
)

// sentences say what a tally counted.
func (r *Report) sentences(t *tally) []string {
	lines := slices.Collect(maps.Keys(t.users))
	for l := range t.things {
		lines = append(lines, l)
	}
	slices.SortFunc(lines, inOrder)
	var said []string
	for _, l := range lines[:min(len(lines), mostLines)] {
		said = append(said, r.sentence(t, l))
	}
	if more := lines[len(said):]; len(more) > 0 {
		n := 0
		for _, l := range more {
			n += t.count(l)
		}
		said = append(said, fmt.Sprintf("%s ended otherwise.", text.Count(n, "more thing")))
	}
	return append(said, r.servers(t)...)
}

// count is how many actions one line stands for.
func (t *tally) count(l line) (n int) {
	if c := t.users[l]; c != nil {
		n = c.times
	}
	for _, times := range t.things[l] {
		n += times
	}
	return n
}

func (r *Report) sentence(t *tally, l line) string {
	words := l.verb.Row().Words
	what := r.what(t, l)
	switch l.fate {
	case action.Done:
		return words.Did + what + "."
	case action.Would:
		return words.Would + what + "."
	case action.Superseded:
		return "Did not " + words.Do + what + ": " + reason(l.why, "something newer took its place") + "."
	case action.Dropped:
		if l.why == "" {
			return "No need any more to " + words.Do + what + "."
		}
		return "Did not " + words.Do + what + ": " + reason(l.why, "") + "."
	default:
		return "Did not " + words.Do + what + ": " + reason(l.why, "it was refused") + "."
	}
}

// reason is why, in the middle of a sentence of ours.
func reason(why, otherwise string) string {
	why = strings.TrimRight(strings.TrimPrefix(why, "refused: "), ". ")
	if shown := text.Escape(why, text.MostReason); shown != "" {
		return shown
	}
	return otherwise
}

// what says whom a line is about, and where.
func (r *Report) what(t *tally, l line) string {
	if c := t.users[l]; c != nil {
		return " " + some(len(c.users), c.first, "user") + " " + r.in(c.rooms)
	}
	in, n := places{}, 0
	for room, times := range t.things[l] {
		in[room] = struct{}{}
		n += times
	}
	if of := l.verb.Row().Words.Of; of != action.NoObject {
		return " " + text.Count(n, string(of)) + " " + r.in(in)
	}
	return " " + r.in(in)
}

// in says where: the one room by name, or how many.
func (r *Report) in(rooms places) string {
	if len(rooms) == 1 {
		for room := range rooms {
			return "in " + r.names.Room(room)
		}
	}
	return "in " + text.Count(len(rooms), "room")
}

// servers say which ACL entries came and went.
func (r *Report) servers(t *tally) (said []string) {
	type told struct{ in, dry bool }
	by := map[told]map[string]places{}
	for e, rooms := range t.shut {
		k := told{e.in, e.dry}
		if by[k] == nil {
			by[k] = map[string]places{}
		}
		by[k][e.server] = rooms
	}
	for _, k := range []told{{false, false}, {true, false}, {false, true}, {true, true}} {
		servers := by[k]
		if len(servers) == 0 {
			continue
		}
		in := places{}
		for _, rooms := range servers {
			maps.Copy(in, rooms)
		}
		said = append(said, fmt.Sprintf("%s %s %s.", shutWords(k.in, k.dry), someServers(servers), r.in(in)))
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

// some names the few that there are, or counts many and names the first.
func some[T ~string](n int, first []T, what string) string {
	if n > mostNames {
		first = first[:someNames]
	}
	shown := make([]string, 0, len(first)+1)
	for _, name := range first {
		shown = append(shown, text.Code(string(name)))
	}
	switch more := n - len(first); {
	case n == 1, n <= someNames && what == "server":
		return text.And(shown)
	case more > 0:
		shown = append(shown, fmt.Sprintf("%d more", more))
	}
	return fmt.Sprintf("%s (%s)", text.Count(n, what), text.And(shown))
}

func someServers[V any](servers map[string]V) string {
	var first []string
	for s := range servers {
		first = insert(first, s, mostNames)
	}
	return some(len(servers), first, "server")
}

// dryWords say what a dry run left undone.
func dryWords(t *tally) string {
	switch {
	case !t.has(action.Would):
		return ""
	case t.has(action.Done):
		return "(A dry run is on: what I would do is not done.)"
	default:
		return "(Dry run: nothing was changed.)"
	}
}

// because names the cause of a decision.
func (r *Report) because(d *decision) string {
	switch c := d.cause; {
	case c.Kind == action.ByRule && d.key.direction == action.Loosens:
		return fmt.Sprintf("(The rule %s in %s does not hold them any more.)", text.Code(c.Entity), r.names.List(c.List))
	case c.Kind == action.ByRule:
		return fmt.Sprintf("(Rule %s in %s.)", text.Code(c.Entity), r.names.List(c.List)) + r.takedown(d)
	case c.Kind == action.ByProtection:
		return fmt.Sprintf("(Protection %s.)", text.Escape(c.Protection, text.MostName))
	case c.Kind == action.ByModerator:
		return fmt.Sprintf("(Asked for by %s.)", text.Code(string(c.Moderator)))
	default:
		return ""
	}
}

// takedown says how to do what a takedown asks for beyond a ban. It cannot be undone, and a list of somebody else's is
// no word of a moderator's.
func (r *Report) takedown(d *decision) string {
	banned := d.tally.users[line{verb: action.Ban, fate: action.Done}]
	if banned == nil || !r.names.Takedown(d.cause.Rule) {
		return ""
	}
	return fmt.Sprintf(" It is a takedown: %s removes what they wrote.", text.Code("!forseti redact "+string(banned.first[0])))
}

// totals count everything of many tallies, for those that are not shown one by one.
func totals(t *tally) string {
	n := map[line]int{}
	for l, c := range t.users {
		n[line{verb: l.verb, fate: l.fate}] += len(c.users)
	}
	for l, in := range t.things {
		for _, times := range in {
			n[line{verb: l.verb, fate: l.fate}] += times
		}
	}
	var parts []string
	for _, l := range slices.SortedFunc(maps.Keys(n), inOrder) {
		words := l.verb.Row().Words
		did := words.Did
		switch l.fate {
		case action.Done:
		case action.Would:
			did = words.Would
		default:
			did = "did not " + words.Do
		}
		of := string(words.Of)
		if of == "" {
			of = "room"
			did += " in"
		}
		parts = append(parts, lower(did)+" "+text.Count(n[l], of))
	}
	entries := map[entry]map[string]struct{}{}
	for e := range t.shut {
		k := entry{in: e.in, dry: e.dry}
		if entries[k] == nil {
			entries[k] = map[string]struct{}{}
		}
		entries[k][e.server] = struct{}{}
	}
	for _, k := range slices.SortedFunc(maps.Keys(entries), func(a, b entry) int {
		return cmp.Or(cmp.Compare(flag(a.dry), flag(b.dry)), cmp.Compare(flag(a.in), flag(b.in)))
	}) {
		parts = append(parts, lower(shutWords(k.in, k.dry))+" "+text.Count(len(entries[k]), "server"))
	}
	return text.And(parts)
}

func lower(s string) string { return strings.ToLower(s[:1]) + s[1:] }

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}
