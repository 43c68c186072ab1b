package community

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/approval"
	"forseti/community/report"
	"forseti/enforce"
	"forseti/protections/kit"
	"forseti/store"
)

// sentOnce is a homeserver that knows a send by its name, also of a bot that was started anew.
type sentOnce struct {
	events map[string]id.EventID
	signs  map[string]int // that stand there, by message and sign
	at     time.Time
}

func newSentOnce() *sentOnce { return &sentOnce{map[string]id.EventID{}, map[string]int{}, time.Now()} }

// takes has up to so many messages be sent, and gives how many were. What is said of a message is named by what it says.
func (h *sentOnce) takes(a *alerted, most int) (n int) {
	for range 20 {
		h.at = h.at.Add(time.Minute)
		a.loop.See(func() {
			for _, said := range a.speaker.report.Speak(h.at) {
				if a.speaker.late(said) {
					continue
				}
				if n == most {
					a.speaker.report.Failed(said.Name, h.at)
					continue
				}
				n++
				evt, known := h.events[said.Name]
				if !known {
					evt = id.EventID(fmt.Sprint("$", len(h.events)))
					h.events[said.Name] = evt
					if m := said.Message; m.Reaction != "" {
						h.signs[string(m.ReplyTo)+m.Reaction]++
					}
				}
				a.speaker.uttered(said, enforce.Attempt{Action: action.Action{Room: a.speaker.room, Message: &said.Message}, Result: action.Result{Event: evt}})
			}
		})
	}
	return n
}

// offerer is a message that offers signs: how it comes to stand there, and how it is closed.
type offerer struct {
	signs []string
	begin func(a *alerted, h *sentOnce) (message id.EventID)
	close func(a *alerted, message id.EventID)
}

func offerers(t *testing.T) map[string]offerer {
	member := func(a *alerted, is event.Membership) {
		evt := stateEvent(benchRoom, "m.room.member", "@u:hs", "@u:hs", "$"+id.EventID(is), json.RawMessage(`{"membership":"`+string(is)+`"}`))
		a.loop.See(func() {
			a.world.Apply(benchRoom, evt, time.Now())
			a.commits.State(rowsOf([]*event.Event{evt}, func(*event.Event) bool { return true })...)
		})
	}
	as := func(about string) func(*alerted, *sentOnce) id.EventID {
		return func(a *alerted, _ *sentOnce) id.EventID {
			c := finding{Room: benchRoom, User: "@u:hs", Event: "$1", Protection: "flooding"}
			member(a, event.MembershipKnock)
			a.loop.See(func() {
				if about == "" {
					c.Offence = a.protectors.follows.ledger.Of("@u:hs")[0].ID
				}
				a.orders.questions.alerts.note("$told", &alert{Told: time.Now(), About: about}, []finding{c})
			})
			return "$told"
		}
	}
	forgets := func(a *alerted, message id.EventID) {
		a.loop.See(func() {
			delete(a.orders.questions.alerts.at, message)
			a.commits.Setting(alertNamespace, string(message), nil)
		})
	}
	return map[string]offerer{
		"findings": {
			[]string{report.UndoSign, report.WrongSign, report.EscalateSign, report.ExemptSign},
			func(a *alerted, h *sentOnce) id.EventID {
				member(a, event.MembershipJoin)
				f, all := a.nuisance("@u:hs", "$1", "redact", "none"), outcome{}
				a.loop.See(func() { all = a.protectors.consequences([]kit.Finding{f}, time.Now()) })
				if err := a.commits.Keep(t.Context(), store.Commit{Offences: all.offences}); err != nil {
					t.Fatal(err)
				}
				return as("")(a, h)
			},
			func(a *alerted, message id.EventID) { a.reacts(benchModerator, message, report.UndoSign) },
		},
		"a wave": {[]string{report.AttackSign, report.SweepSign, report.UndoSign, report.WrongSign, report.ExemptSign}, as(waveAlert), forgets},
		"who waits to be let in": {
			[]string{report.LetInSign, report.RefuseSign}, as(gateAlert),
			func(a *alerted, _ id.EventID) { member(a, event.MembershipLeave) },
		},
		"a choice": {
			[]string{signOf(1), signOf(2)},
			func(a *alerted, h *sentOnce) id.EventID {
				a.loop.See(func() {
					a.speaker.choose("$command", "$command", choice{Text: "Which?", Of: []commands.Choice{{Name: "a", Line: "status"}, {Name: "b", Line: "help"}}})
				})
				h.takes(a, 1)
				return h.events["choice-$command"]
			},
			func(a *alerted, message id.EventID) { a.tapped(benchModerator, message, signOf(2)) },
		},
		"a question": {
			[]string{approval.Yes, approval.No},
			func(a *alerted, h *sentOnce) id.EventID {
				if !a.orders.askCommand("q", questionDetails{Kind: approval.Command, Text: "Really?", Line: "ban @*:hs", Sender: benchModerator, Command: "$command", Plan: &commands.Plan{}}, store.Commit{}) {
					t.Fatal("not asked")
				}
				h.takes(a, 1)
				for posted := false; !posted; {
					open, err := a.opts.Store.Questions.Open(t.Context())
					if err != nil || len(open) != 1 {
						t.Fatal(open, err)
					}
					posted = open[0].Event != ""
				}
				return h.events["question-q"]
			},
			func(a *alerted, message id.EventID) {
				a.loop.See(func() {
					q, _ := a.orders.questions.board.At(message)
					a.orders.questions.close(q, "No longer needed.", time.Now())
				})
				if err := a.opts.Store.Questions.Answer(context.Background(), "q", "withdrawn", benchSelf); err != nil {
					t.Error(err)
				}
			},
		},
	}
}

// Whatever is offered stands there once in the end, wherever the bot was ended in between, whether or not what it knew then
// was stored; and nothing of it is kept then.
func TestSignsSurviveARestart(t *testing.T) {
	for name, o := range offerers(t) {
		for crash := range len(o.signs) + 1 {
			for _, stored := range []bool{false, true}[:1+crash%2] {
				kept, h := openStore(t), newSentOnce()
				a := newAlerted(t, kept)
				message := o.begin(a, h)
				if err := a.commits.Flush(t.Context()); err != nil {
					t.Fatal(err)
				}
				if n := h.takes(a, crash); n != crash {
					t.Fatalf("%s: of %d only %d were said", name, crash, n)
				}
				if stored {
					if err := a.commits.Flush(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				a = newAlerted(t, kept)
				h.takes(a, 100)
				want := map[string]int{}
				for _, sign := range o.signs {
					want[string(message)+sign] = 1
				}
				if !maps.Equal(h.signs, want) {
					t.Errorf("%s, ended after %d, stored %v: there are %v", name, crash, stored, h.signs)
				}
				if err := a.commits.Flush(t.Context()); err != nil {
					t.Fatal(err)
				}
				if left := storedAs(t, kept, signNamespace); len(left) != 0 {
					t.Errorf("%s: kept %v", name, left)
				}
			}
		}
	}
}

// What is closed before all of it stands there is offered no more: neither then, nor after a restart.
func TestSignsOfWhatIsClosed(t *testing.T) {
	for name, o := range offerers(t) {
		for _, restart := range []bool{false, true} {
			kept, h := openStore(t), newSentOnce()
			a := newAlerted(t, kept)
			message := o.begin(a, h)
			h.takes(a, 1)
			o.close(a, message)
			if err := a.commits.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			if restart {
				a = newAlerted(t, kept)
			}
			h.takes(a, 100)
			if there := slices.Collect(maps.Keys(h.signs)); !slices.Equal(there, []string{string(message) + o.signs[0]}) {
				t.Errorf("%s, restart %v: there are %q", name, restart, there)
			}
			if err := a.commits.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			if left := storedAs(t, kept, signNamespace); len(left) != 0 {
				t.Errorf("%s, restart %v: kept %v", name, restart, left)
			}
		}
	}
}

// A homeserver to which nothing can be said does not have ever more wait.
func TestSignsHaveABound(t *testing.T) {
	a := newAlerted(t, openStore(t))
	a.loop.See(func() {
		for i := range 3 * mostOffered {
			message := id.EventID(fmt.Sprint("$m", i))
			if i > mostOffered { // those before are not known any more
				a.speaker.choices.at[message] = choice{}
			}
			a.speaker.offer(message, []string{"1"}, false)
		}
		open := 0
		for message := range a.speaker.signs.at {
			if a.speaker.signs.open(message) {
				open++
			}
		}
		if n := len(a.speaker.signs.at); n > mostOffered || open < mostOffered-1 {
			t.Errorf("%d wait, %d of them for an answer", n, open)
		}
	})
}
