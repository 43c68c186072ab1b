package commands

import (
	"fmt"
	"strings"
	"testing"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/sanction/trust"
)

// What signs below since order is about all who are new, and nobody else: those whom a command can
// name, and not so many that nobody reads who they are.
func TestSinceOffersSigns(t *testing.T) {
	w := newNamesakes()
	s := newSet(w)
	plan := func(line string) Plan { return s.Plan(t.Context(), Request{Sender: mod, Event: "$1"}, line) }
	w.moves.Servers = append(w.moves.Servers, ServerMoves{Server: "calm.example", Came: []Arrival{
		{"@known:calm.example", 1, trust.Regular}, {"@a*:calm.example", 1, trust.New}, {"@alone:calm.example", 1, trust.New},
	}})
	const all = "@alone:calm.example @spam0:evil.example @spam1:evil.example @spam2:evil.example @spam3:evil.example"
	p := plan("since")
	want := []Choice{
		{"ban 5 of the 6 new and remove all", "ban " + all + " --redact"}, {"mute", "mute " + all}, {"kick", "kick " + all}, {"only remove", "redact " + all},
	}
	if fmt.Sprint(p.Choices) != fmt.Sprint(want) || len(p.Steps) > 0 {
		t.Errorf("%+v", p.Choices)
	}
	for _, tap := range p.Choices { // each is a command that is understood
		if of := plan(tap.Line); of.Misread || of.Crash != "" || UsualRoles().Level(s.Needs(tap.Line)...) != 50 {
			t.Errorf("%s: %+v", tap.Line, of)
		}
	}
	few := func(n int) (taps []Choice) {
		var users []id.UserID
		for i := range n {
			users = append(users, id.UserID(fmt.Sprintf("@u%d:hs.example", i)))
		}
		return onAll(users, false, "")
	}
	if len(few(2)) != 0 || len(few(crowd)) != 3 || len(few(mostNamed)) != 3 || len(few(mostNamed+1)) != 0 || strings.Contains(fmt.Sprint(few(3)), "redact") {
		t.Errorf("%v, %v", few(2), few(3))
	}
	// Of one crowd the first sign is the command that changes least.
	w.moves.Servers = w.moves.Servers[:1]
	want = []Choice{{"ban the 4 new and remove all", "ban @spam*:evil.example --redact --spare @spamalot:evil.example"}}
	if got := plan("since").Choices; fmt.Sprint(got[:1]) != fmt.Sprint(want) || len(got) != 4 {
		t.Errorf("%+v", got)
	}
}

// Where a ban by hand may go to several lists, a sign says to which, and that is all that is asked.
func TestOfferOfSeveralLists(t *testing.T) {
	w := newWorld()
	w.lists = append(w.lists, List{ID: "!spam:ours.example", Shortcode: "spam", Writable: true})
	s := newSet(w)
	r := Request{Sender: mod, Event: "$ban", Room: "!lobby:ours.example"}
	_, p := s.Offer(t.Context(), r, ByHand{Users: []id.UserID{"@bad:far.example", "@worse:far.example"}, Reason: "spam --hash"}, false)
	if len(p.Choices) != 2 || !strings.HasPrefix(p.Answer, "Which list are the rules to go to?") {
		t.Fatalf("%+v", p)
	}
	if p.Choices[0].Name != "`coc`" || p.Choices[1].Name != "`spam`" {
		t.Errorf("%+v", p.Choices)
	}
	for i, list := range []id.RoomID{"!coc:ours.example", "!spam:ours.example"} {
		of := s.Plan(t.Context(), r, p.Choices[i].Line)
		rules := 0
		for a := range of.actions() {
			if rules++; a.Verb != action.WriteRule || a.Room != list || !strings.Contains(string(a.State.Content), `"reason":"spam --hash"`) {
				t.Errorf("%s: %+v", p.Choices[i].Line, a)
			}
		}
		if rules != 2 || of.Ask != "" {
			t.Errorf("%s: %+v", p.Choices[i].Line, of)
		}
	}
}
