package community

import (
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community/report"
	"forseti/protections/kit"
	"forseti/store"
)

// What protections found and did is told also if the bot is killed before it says so: once, with what had been
// done about it, and it can be answered. What is told is told no more, and nothing of it is kept.
func TestWhatWasNotToldIsTold(t *testing.T) {
	for _, restarts := range []int{1, 2} {
		kept := openStore(t)
		a := newAlerted(t, kept)
		f, all := a.nuisance("@u:hs", "$1", "mute 2h", "none"), outcome{}
		f.Events = []id.EventID{"$1", "$2"}
		a.loop.See(func() { all = a.protectors.consequences([]kit.Finding{f}, time.Now()) })
		if len(all.actions) != 3 {
			t.Fatalf("does %+v", all.actions)
		}
		// The batch in which it was found is stored, and what follows is done; then it is killed.
		var commit store.Commit
		a.loop.See(func() {
			commit = a.commits.Take(store.Commit{Open: all.actions, Offences: all.offences, Known: store.Known{Cases: all.cases}})
		})
		if err := kept.Commit(t.Context(), commit); err != nil {
			t.Fatal(err)
		}
		for _, did := range commit.Open {
			_, err := kept.Journal.Begin(t.Context(), did)
			if err == nil {
				err = kept.Journal.Settle(t.Context(), did.ID, action.Outcome{Done: true, Event: "$did" + id.EventID(did.ID)})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		for range restarts {
			a = newAlerted(t, kept)
		}
		a.loop.See(func() { a.speaks("$alert") })
		told := strings.Join(a.said, "\n")
		if strings.Count(told, "was found") != 1 || strings.Count(told, "Muted `@u:hs`") != 1 || strings.Count(told, "2 messages") != 1 || strings.Count(told, report.FoundOffer) != 1 {
			t.Fatalf("after %d restarts: %q", restarts, told)
		}
		if err := a.commits.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if left := storedAs(t, kept, untoldNamespace); len(left) != 0 {
			t.Errorf("kept: %v", left)
		}
		again := newAlerted(t, kept)
		again.loop.See(func() { again.speaks("$again") })
		if said := strings.Join(again.said, ""); strings.Contains(said, "@u:hs") {
			t.Errorf("told twice: %q", said)
		}
		if _, said := again.reacts(benchModerator, "$alert", report.UndoSign); !strings.Contains(said, "It counts no more") {
			t.Errorf("answered %q", said)
		}
	}
}

// What a moderator took back meanwhile, and what nobody can read any more, is told by nobody.
func TestWhatIsSettledIsNotTold(t *testing.T) {
	kept := openStore(t)
	a := newAlerted(t, kept)
	f, all := a.nuisance("@u:hs", "$1", "redact", "none"), outcome{}
	a.loop.See(func() {
		all = a.protectors.consequences([]kit.Finding{f}, time.Now())
		a.commits.Setting(untoldNamespace, "broken", []string{"?"})
		a.commits.Setting(untoldNamespace, "unknown", finding{Offence: "unknown", Event: "$x", User: "@x:hs"})
	})
	all.offences[0].Undone = time.Now()
	if err := a.commits.Keep(t.Context(), store.Commit{Offences: all.offences}); err != nil {
		t.Fatal(err)
	}
	if err := a.commits.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if stored := storedAs(t, kept, untoldNamespace); len(stored) != 3 {
		t.Fatalf("stored %v", stored)
	}
	again := newAlerted(t, kept)
	again.loop.See(func() { again.speaks("$said") })
	if len(again.said) != 0 {
		t.Errorf("said %q", again.said)
	}
	if err := again.commits.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left := storedAs(t, kept, untoldNamespace); len(left) != 0 {
		t.Errorf("kept: %v", left)
	}
}
