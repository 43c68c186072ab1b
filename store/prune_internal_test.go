package store

import (
	"slices"
	"testing"

	"forseti/action"
)

// Of every verb that can be reversed it is decided whether its entry is needed for that.
func TestReversibleVerbsAreKept(t *testing.T) {
	for _, verb := range action.Verbs() {
		row := verb.Row()
		if row.Reverse == "" {
			continue
		}
		pair := slices.ContainsFunc(lasting[:], func(l struct{ verb, reverse action.Verb }) bool {
			return l.verb == row.Verb && l.reverse == row.Reverse || l.reverse == row.Verb && l.verb == row.Reverse
		})
		if pair == slices.Contains(passing[:], row.Verb) {
			t.Errorf("%s stands in lasting and passing, or in neither", row.Verb)
		}
	}
}
