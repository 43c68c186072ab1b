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

// totals tell in a few words of many tallies, for those that are not shown one by one: names where they are few.
func totals(t *tally) string {
	people, things := map[line]*crowd{}, map[line]int{}
	for l, c := range t.users {
		l.why = ""
		if people[l] == nil {
			people[l] = newCrowd()
		}
		people[l].merge(c)
	}
	for l, in := range t.things {
		l.why = ""
		things[l] += sum(in)
	}
	var parts []string
	for _, l := range slices.SortedFunc(maps.Keys(people), inOrder) {
		parts = append(parts, did(l)+" "+some(len(people[l].users), people[l].first, "user"))
	}
	for _, l := range slices.SortedFunc(maps.Keys(things), inOrder) {
		if of := cmp.Or(l.of, l.verb.Row().Words.Of); of != action.NoObject {
			parts = append(parts, did(l)+" "+text.Count(things[l], string(of)))
		} else {
			parts = append(parts, did(l)+" in "+text.Count(things[l], "room"))
		}
	}
	entries := map[entry]map[string]struct{}{}
	for e := range t.shut {
		k := entry{in: e.in, dry: e.dry}
		if entries[k] == nil {
			entries[k] = map[string]struct{}{}
		}
		entries[k][e.server] = struct{}{}
	}
	for _, k := range entryKinds {
		if len(entries[k]) > 0 {
			parts = append(parts, lower(shutWords(k.in, k.dry))+" "+someServers(entries[k]))
		}
	}
	return text.And(parts)
}

// did says how a line ended, in the middle of a sentence.
func did(l line) string {
	words := l.verb.Row().Words
	switch l.fate {
	case action.Done:
		return lower(words.Did)
	case action.Would:
		return lower(words.Would)
	default:
		return "did not " + words.Do
	}
}

func lower(s string) string { return strings.ToLower(s[:1]) + s[1:] }
