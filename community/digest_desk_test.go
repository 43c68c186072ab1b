package community

import (
	"testing"
	"time"

	"forseti/action"
	"forseti/commands"
	"forseti/store"
)

// What was found and done is counted in its hour, once, and nothing else is.
func TestHoursOfADay(t *testing.T) {
	kept := openStore(t)
	r := newTimed(t, kept)
	from := time.Now().Add(-150 * time.Minute)
	for _, o := range []store.Offence{
		{ID: "1", User: "@a:hs", Room: benchRoom, Protection: "flooding", At: from.Add(90 * time.Minute)},
		{ID: "2", User: "@a:hs", Room: benchRoom, At: from.Add(90 * time.Minute)}, // a moderator's warning
		{ID: "3", User: "@a:hs", Room: benchRoom, Protection: "flooding", At: from.Add(-time.Minute)},
	} {
		if _, err := kept.Offences.Add(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	for _, a := range []action.Action{
		{ID: "ban", Verb: action.Ban, User: "@a:hs"}, {ID: "unban", Verb: action.Unban, User: "@b:hs"}, {ID: "open", Verb: action.Kick, User: "@c:hs"},
	} {
		a.Room, a.Cause = benchRoom, action.Cause{Kind: action.ByForseti}
		if _, err := kept.Journal.Begin(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		if a.ID == "open" {
			continue
		}
		if err := kept.Journal.Settle(t.Context(), a.ID, action.Outcome{Done: true}); err != nil {
			t.Fatal(err)
		}
	}
	hours, err := digestDesk{r.loop, r.world, kept, nil}.Hours(t.Context(), from, 3)
	if err != nil || len(hours) != 3 {
		t.Fatal(hours, err)
	}
	sum := commands.Hour{}
	for _, h := range hours {
		sum.Found, sum.Done = sum.Found+h.Found, sum.Done+h.Done
	}
	if hours[1].Found != 1 || hours[2].Done != 1 || sum.Found != 1 || sum.Done != 1 {
		t.Errorf("%+v", hours)
	}
}
