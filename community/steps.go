package community

import (
	"forseti/action"
	"forseti/enforce"
)

// steps are the actions that somebody waits for, by journal entry.
type steps map[string]waited

type waited struct {
	action action.Action
	ended  chan<- action.Ending
}

// matching are the entries of all who wait for an action or for the very same: of several who want
// that for the same cause, only the first is told of.
func (s steps) matching(a action.Action) (all []string) {
	for entry, w := range s {
		if entry == a.ID || w.action.Verb == a.Verb && w.action.Cause == a.Cause && enforce.KeyOf(w.action) == enforce.KeyOf(a) {
			all = append(all, entry)
		}
	}
	return all
}

// end lets all hear who wait for an action. It reports whether it is one of theirs.
func (s steps) end(e action.Ending) (theirs bool) {
	_, theirs = s[e.Action.ID]
	for _, entry := range s.matching(e.Action) {
		s[entry].ended <- e
		delete(s, entry)
	}
	return theirs
}

// hinder lets all hear now that it does not work, and none of them once more.
func (s steps) hinder(e action.Ending) (theirs []action.Action) {
	for _, entry := range s.matching(e.Action) {
		w := s[entry]
		w.ended <- e
		s[entry] = waited{w.action, make(chan action.Ending, 1)}
		theirs = append(theirs, w.action)
	}
	return theirs
}
