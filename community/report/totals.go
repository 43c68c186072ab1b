package report

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"forseti/action"
	"forseti/text"
)

func waitWords(n map[action.Verb]int) string {
	return nouns(n) + " " + text.Pick(sum(n), "waits", "wait")
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
		verb := l.verb.Row().Words
		did := verb.Did
		switch l.fate {
		case action.Done:
		case action.Would:
			did = verb.Would
		default:
			did = "did not " + verb.Do
		}
		of := string(verb.Of)
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
