package community

import (
	"context"
	"encoding/json"
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

// What was sent and not noted when the bot was killed is sent under the same name, and so told once: alerts, and
// what asks about users who did nothing yet. What was not sent is said by that too.
func TestAlertsAreSentUnderTheirName(t *testing.T) {
	kept := openStore(t)
	a := newAlerted(t, kept)
	found := func(user id.UserID, event id.EventID) {
		f := a.nuisance(user, event, "none", "none")
		a.loop.See(func() {
			all := a.protectors.consequences([]kit.Finding{f}, time.Now())
			a.commits.Next().Offences = append(a.commits.Next().Offences, all.offences...)
		})
		a.flushed()
	}
	// sends gives what is sent next, and what is to be done once it is there.
	sends := func() (s report.Speech, posted func(id.EventID)) {
		a.loop.See(func() {
			for at := time.Now(); s.Name == ""; at = at.Add(time.Second) {
				for _, next := range a.speaker.report.Speak(at) {
					if next.Message.Reaction != "" {
						a.speaker.report.Posted(next.Name, "$sign", at)
						continue
					}
					s, posted = next, a.speaker.posted[next.Name]
					if len(next.Alerts) > 0 {
						posted = a.speaker.alerted(next)
					}
				}
				if at.After(time.Now().Add(time.Hour)) {
					return
				}
			}
		})
		a.flushed()
		return s, posted
	}
	restarts := func() { a = newAlerted(t, kept) }
	arrives := func(s report.Speech, posted func(id.EventID), as id.EventID) {
		a.loop.See(func() {
			a.speaker.report.Posted(s.Name, as, time.Now())
			posted(as)
		})
		a.flushed()
	}

	found("@u:hs", "$1")
	before, _ := sends()
	for range 2 {
		restarts()
		again, posted := sends()
		if before.Name == "" || again.Name != before.Name || again.Message.Edits != "" || !strings.Contains(again.Message.Markdown, "`@u:hs`") || !strings.Contains(again.Message.Markdown, report.IdleOffer) {
			t.Fatalf("sent %+v, and then %+v", before, again)
		}
		if before = again; posted == nil {
			t.Fatal("nothing is done once it is there")
		}
	}
	restarts()
	again, posted := sends()
	arrives(again, posted, "$alert")

	// One that was not sent is told beside what is found then.
	found("@v:hs", "$2")
	restarts()
	found("@w:hs", "$3")
	again, posted = sends()
	if strings.Count(again.Message.Markdown, "`@v:hs`") != 1 || strings.Count(again.Message.Markdown, "`@w:hs`") != 1 {
		t.Errorf("sent %+v", again)
	}
	arrives(again, posted, "$second")

	// Users who came together, and who waits at a gate.
	a.loop.See(func() { a.protectors.consequences([]kit.Finding{came}, time.Now()) })
	wave, _ := sends()
	restarts()
	again, posted = sends()
	if wave.Name == "" || again.Name != wave.Name || again.Message.Markdown != wave.Message.Markdown || !strings.Contains(again.Message.Markdown, report.WaveOffer) {
		t.Fatalf("sent %+v, and then %+v", wave, again)
	}
	arrives(again, posted, "$wave")
	if left := storedAs(t, kept, unsentNamespace); len(left) != 0 {
		t.Errorf("kept: %v", left)
	}
	if do, _ := a.reacts(benchModerator, "$wave", report.AttackSign); do != nil || a.protectors.posture.watch.Order.Until.IsZero() {
		t.Errorf("the wave's answer does %v", do)
	}

	restarts()
	if left := storedAs(t, kept, untoldNamespace); len(left) != 0 {
		t.Errorf("kept: %v", left)
	}
	if s, _ := sends(); s.Name != "" {
		t.Errorf("told again: %+v", s)
	}
}

// Who waits at a gate is told of after a crash, unless they do not wait any more; a wave of long ago is no news.
func TestGateAlertsOutlastACrash(t *testing.T) {
	kept := openStore(t)
	a := newAlerted(t, kept)
	a.loop.See(func() {
		as := a.orders.questions.alerts
		as.gated(kit.Finding{Room: benchRoom, User: "@here:hs", Protection: "rules-gate"}, "`@here:hs` asks to be let in.")
		as.gated(kit.Finding{Room: benchRoom, User: "@gone:hs", Protection: "rules-gate"}, "`@gone:hs` asks to be let in.")
		a.commits.Setting(unsentNamespace, "old", unsent{alert{About: waveAlert, Told: time.Now().Add(-2 * mostUnsent), Cases: []finding{{Room: benchRoom}}}, "Old."})
		a.commits.Setting(unsentNamespace, "odd", "?")
	})
	a.flushed()
	b := &alerted{timed: newTimed(t, kept)}
	b.loop.See(func() {
		b.world.Apply(benchRoom, stateEvent(benchRoom, "m.room.member", "@here:hs", "@here:hs", "$k", json.RawMessage(`{"membership":"knock"}`)), time.Now())
	})
	b.resends()
	if told := strings.Join(b.said, "\n"); strings.Count(told, "asks to be let in") != 1 || !strings.Contains(told, "@here:hs") || !strings.Contains(told, report.GateOffer) {
		t.Errorf("told %q", told)
	}
	b.flushed()
	if left := storedAs(t, kept, unsentNamespace); len(left) != 0 {
		t.Errorf("kept: %v", left)
	}
}

func (a *alerted) flushed() {
	a.t.Helper()
	if err := a.commits.Flush(a.t.Context()); err != nil {
		a.t.Fatal(err, context.Cause(a.loop.Context()))
	}
}

// resends has said what was to be said before a restart, once it is known who is where.
func (a *alerted) resends() {
	a.t.Helper()
	a.begins()
	again, err := a.orders.questions.alerts.resend(a.t.Context(), a.opts.Store.Settings)
	if err != nil {
		a.t.Fatal(err)
	}
	a.loop.See(func() {
		again(time.Now())
		a.hearsAll("$gate")
	})
}
