package community

import (
	"testing"

	"forseti/action"
)

// Two who want the same for the same cause both hear how it ended, though it is told once; nobody
// hears of anything else, and nobody twice.
func TestAllWhoWaitHear(t *testing.T) {
	join := func(entry string) action.Action {
		return action.Action{ID: entry, Verb: action.Join, Room: "!there:hs", Cause: action.Cause{Kind: action.ByForseti}}
	}
	other := join("other")
	other.Room = benchRoom
	leave := join("leave")
	leave.Verb = action.Leave
	begin := func() (s steps, heard map[string]chan action.Ending) {
		s, heard = steps{}, map[string]chan action.Ending{}
		for _, a := range []action.Action{join("first"), join("second"), other, leave} {
			heard[a.ID] = make(chan action.Ending, 2)
			s[a.ID] = waited{a, heard[a.ID]}
		}
		return s, heard
	}
	counts := func(heard map[string]chan action.Ending, want int) {
		t.Helper()
		for entry, ended := range heard {
			if n := len(ended); entry == "first" || entry == "second" {
				if n != want {
					t.Errorf("%s hears %d times", entry, n)
				}
			} else if n != 0 {
				t.Errorf("%s hears of what is not for it", entry)
			}
		}
	}
	s, heard := begin()
	if !s.end(action.Ending{Action: join("first"), Fate: action.Done}) || s.end(action.Ending{Action: join("nobody's"), Fate: action.Done}) || len(s) != 2 {
		t.Errorf("%d wait", len(s))
	}
	counts(heard, 1)
	s, heard = begin()
	if s.end(action.Ending{Action: join("nobody's"), Fate: action.Done}) {
		t.Error("it is one of theirs")
	}
	counts(heard, 1)
	s, heard = begin()
	if theirs := s.hinder(action.Ending{Action: join("second"), Fate: action.Refused}); len(theirs) != 2 || len(s) != 4 {
		t.Errorf("%d are hindered, %d wait", len(theirs), len(s))
	}
	if !s.end(action.Ending{Action: join("first"), Fate: action.Dropped}) {
		t.Error("it is not one of theirs any more")
	}
	counts(heard, 1)
}
