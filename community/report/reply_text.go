package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"forseti/action"
	"forseti/text"
)

// mostStuck is how many hindrances a reply looks at one by one.
const mostStuck = 500

// text is what a reply says now.
func (r *Replies) text(a *answer, now time.Time) string {
	var parts []string
	if a.text != "" {
		parts = append(parts, a.text)
	}
	did := a.tally
	if a.resumed {
		did.noServers() // what was done to the ACLs before the restart is not among it
	}
	parts = append(parts, r.words.sentences(&did)...)
	stuck, kept := r.stuck(a)
	parts = append(parts, stuck...)
	if wait := r.waiting(a, now); wait != "" {
		parts = append(parts, wait)
	}
	if a.complete() {
		parts = append(parts, r.unmoved(a)...)
	}
	if dry := dryWords(&a.tally); dry != "" {
		parts = append(parts, dry)
	}
	all := ""
	if a.complete() {
		all = r.words.everybody(&did, &kept)
	}
	switch {
	case len(parts) == 0:
		return "Done."
	case len(parts) > 1 && (endsInList(a.text) || text.Rows(strings.Join(parts, " "), RowLetters) > MostRows):
		return text.Paragraphs(parts[0], strings.Join(parts[1:], " "), all)
	}
	return text.Paragraphs(strings.Join(parts, " "), all)
}

// endsInList reports whether the next word would belong to the last point of a list, or to what is folded.
func endsInList(said string) bool {
	if text.EndsFolded(said) {
		return true
	}
	last := said[strings.LastIndexByte(said, '\n')+1:]
	return strings.HasPrefix(last, "- ") || strings.HasPrefix(last, "* ")
}

// stuck says what stands in a command's way, each cause once, and counts what it keeps.
func (r *Replies) stuck(a *answer) (said []string, kept tally) {
	if n := len(a.stuck); n > mostStuck {
		return []string{fmt.Sprintf("%s cannot be done now: `!forseti status` says why. I go on when that changes.", text.Count(n, "thing"))}, kept
	}
	for w := range a.stuck {
		h := r.problems.obstacles.at[w.place()]
		for range a.open[w] {
			kept.add(action.Ending{Action: h.action, Fate: action.Refused, Why: r.problems.why(h)})
		}
	}
	lines := kept.lines()
	for _, l := range lines[:min(len(lines), mostLines)] {
		said = append(said, fmt.Sprintf("I cannot %s%s: %s.", l.verb.Row().Words.Do, r.words.whatIn(&kept, l, mostNamed), reason(l.why, "it is refused")))
	}
	switch more := len(lines) - len(said); {
	case more > 0:
		said = append(said, fmt.Sprintf("%s %s in the way: `!forseti status` says which. I go on when that changes.", text.Count(more, "more thing"), text.Pick(more, "stands", "stand")))
	case len(lines) > 0:
		said[len(said)-1] += " I go on when that changes."
	}
	return said, kept
}

// waiting says what a reply waits for and about how long, "" if for nothing.
func (r *Replies) waiting(a *answer, now time.Time) string {
	going := maps.Clone(a.left)
	for w := range a.stuck {
		going[w.verb] -= a.open[w]
	}
	switch acls := r.work.left[action.SetACL]; {
	case sum(going) > 0 && r.outlook.dry:
		return waitWords(going) + " for the end of the dry run."
	case sum(going) > 0:
		return "Still to do: " + nouns(going) + r.outlook.howLong(now) + "."
	case a.claim.unsettled() && acls > 0:
		return "Still to do: " + text.Count(acls, "server ACL") + r.outlook.howLong(now) + "."
	case a.claim.unsettled():
		return "The server ACLs follow in a moment."
	default:
		return ""
	}
}

// unmoved says of servers that a command named what no ending says: that nothing had to be done, or that nothing could.
func (r *Replies) unmoved(a *answer) (said []string) {
	moved := map[string]bool{}
	for e := range a.tally.shut {
		moved[e.server] = !a.resumed
	}
	before, after := map[string]bool{}, map[string]bool{}
	late := places{}
	for _, server := range slices.Sorted(maps.Keys(a.claim.servers)) {
		in, out := r.words.names.Shut(server)
		lets := a.claim.servers[server]
		switch {
		case !lets && !moved[server] && len(in) > 0 && len(out) == 0:
			before[server] = true
		case !lets && !r.outlook.dry:
			for _, room := range out {
				late[room] = struct{}{}
			}
		case lets && !moved[server] && len(in) == 0:
			after[server] = true
		case lets && len(in) > 0 && !r.outlook.dry:
			said = append(said, fmt.Sprintf("%s still %s %s out: another rule asks for it, or somebody did it by hand.",
				text.Count(len(in), "room"), text.Pick(len(in), "keeps", "keep"), text.Code(server)))
		}
	}
	// Of what a command did to ACLs before a restart not all may be known but how they are.
	switch {
	case len(before) == 0:
	case a.resumed:
		said = append(said, fmt.Sprintf("%s %s shut out.", someServers(before), text.Pick(len(before), "is", "are")))
	default:
		said = append(said, fmt.Sprintf("%s %s shut out already.", someServers(before), text.Pick(len(before), "was", "were")))
	}
	switch {
	case len(after) == 0:
	case a.resumed:
		said = append(said, fmt.Sprintf("No ACL shuts out %s.", someServers(after)))
	default:
		said = append(said, fmt.Sprintf("No ACL shut out %s.", someServers(after)))
	}
	if len(late) > 0 {
		said = append(said, r.problems.behind(late))
	}
	return said
}
