package commands

import (
	"slices"
	"strings"
	"testing"
)

// Where a moderator invites us to is asked about, and a no has us leave again; what they say of the room is theirs.
func TestInvited(t *testing.T) {
	for name, tt := range map[string]struct {
		to   Invitation
		did  []string
		asks string
		says string
	}{
		"a room":         {Invitation{Room: "!new:hs.example"}, []string{"protect !new:hs.example"}, "Protect it?", ""},
		"a list":         {Invitation{Room: "!w:else.example", List: true}, []string{"watch !w:else.example"}, "Watch it?", ""},
		"ours already":   {Invitation{Room: "!lobby:ours.example"}, nil, "", "already"},
		"no room at all": {Invitation{Room: "!x:hs --no-confirm\nban @*:*"}, nil, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			s := newSet(w)
			line, p := s.Invited(t.Context(), Request{Sender: mod, Event: "invite"}, tt.to)
			if !strings.HasPrefix(p.Ask, tt.asks) || (tt.asks == "") != (p.Ask == "") || !strings.Contains(p.Answer, tt.says) || p.Crash != "" {
				t.Fatalf("%s: %+v", line, p)
			}
			if tt.asks == "" {
				return
			}
			if len(p.Otherwise) != 1 || p.Otherwise[0].Change.Kind != LeaveAgain || p.Otherwise[0].Change.Room != tt.to.Room {
				t.Errorf("otherwise %+v", p.Otherwise)
			}
			s.Apply(t.Context(), p, executor{w})
			if !slices.Equal(w.done, tt.did) {
				t.Errorf("%q", w.done)
			}
		})
	}
	if said := InvitedWords(mod, Invitation{Room: "!r:hs", Name: "*a* [b](https://x)\n@room"}); strings.Contains(said, "\n") || strings.Contains(said, "*a*") || strings.Contains(said, "](") {
		t.Error(said)
	}
}
