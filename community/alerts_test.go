package community

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community/report"
	"forseti/protections"
	"forseti/protections/kit"
	"forseti/sanction"
	"forseti/store"
)

const benchModerator id.UserID = "@mod:hs"

// alerted is a community with a moderator, who answers alerts.
type alerted struct {
	*timed
	lock sync.Mutex // for wanted: some answer at the same time
	said []string
	n    int
	slow bool // what is wanted waits
}

func newAlerted(t *testing.T, kept *store.Store) *alerted {
	t.Helper()
	a := &alerted{timed: newTimed(t, kept)}
	a.begins()
	return a
}

// begins has there be a moderator, and keeps what is wanted of their answers.
func (a *alerted) begins() {
	a.loop.See(func() {
		a.world.SetModerator(benchModerator, true)
		a.progress.live = true
	})
	a.orders.questions.alerts.want = func(ctx context.Context, wanted store.Commit) error {
		a.lock.Lock()
		a.wanted = append(a.wanted, wanted.Open...)
		a.lock.Unlock()
		return a.commits.Keep(ctx, wanted)
	}
}

// finds has something be found and done about, and told in a message.
func (a *alerted) finds(f kit.Finding, message id.EventID) (done []action.Action) {
	a.t.Helper()
	var all outcome
	a.loop.See(func() {
		a.world.Apply(benchRoom, stateEvent(benchRoom, "m.room.member", string(f.User), f.User, "$in"+id.EventID(f.User), json.RawMessage(`{"membership":"join"}`)), time.Now())
		all = a.protectors.consequences([]kit.Finding{f}, time.Now())
	})
	commit := store.Commit{Open: all.actions, Offences: all.offences, Known: store.Known{Cases: all.cases}}
	if err := a.commits.Keep(a.t.Context(), commit); err != nil {
		a.t.Fatal(err)
	}
	for _, did := range commit.Open {
		if a.slow {
			break
		}
		begun, err := a.opts.Store.Journal.Begin(a.t.Context(), did)
		if err == nil {
			err = a.opts.Store.Journal.Settle(a.t.Context(), begun.ID, action.Outcome{Done: true, Event: "$did" + id.EventID(begun.ID), Was: json.RawMessage(`{"before":null,"level":-1}`)})
		}
		if err != nil {
			a.t.Fatal(err)
		}
		a.loop.See(func() {
			if did.Verb == action.Ban {
				a.intake.echoMember(did, event.MembershipBan, "", time.Now())
			}
			a.speaker.report.Opened(did, time.Now())
			a.speaker.report.Ended(action.Ending{Action: did, Fate: action.Done}, time.Now())
		})
	}
	a.loop.See(func() { a.speaks(message) })
	return commit.Open
}

// speaks lets all be said that waits.
func (a *alerted) speaks(as id.EventID) {
	for at := time.Now(); ; at = at.Add(time.Hour) {
		next := a.speaker.report.Speak(at)
		if len(next) == 0 && a.speaker.report.Due(at).IsZero() {
			return
		}
		for _, s := range next {
			if a.speaker.late(s) {
				continue
			}
			a.said = append(a.said, s.Message.Markdown+s.Message.Reaction)
			posted := func(id.EventID) {}
			if len(s.Alerts) > 0 {
				posted = a.speaker.alerted(s)
			}
			a.speaker.report.Posted(s.Name, as, at)
			posted(as)
		}
	}
}

// reacts has a user react to a message, and gives what is to be done then, and what is said.
func (a *alerted) reacts(user id.UserID, to id.EventID, sign string) (do []action.Action, said string) {
	a.t.Helper()
	a.n++
	evt := &event.Event{ID: id.EventID("$reaction" + string(rune('0'+a.n))), RoomID: a.opts.ManagementRoom, Sender: user, Type: event.EventReaction}
	evt.Content.Raw = map[string]any{"m.relates_to": map[string]any{"rel_type": "m.annotation", "event_id": string(to), "key": sign}}
	var order store.Command
	heard := false
	a.loop.See(func() { order, heard = a.orders.questions.reaction(evt) })
	if !heard {
		return nil, ""
	}
	if err := a.commits.Keep(a.t.Context(), store.Commit{Commands: []store.Command{order}}); err != nil {
		a.t.Fatal(err)
	}
	a.wanted, a.said = nil, nil
	if a.orders.questions.alerts.answer(a.t.Context(), order) {
		a.t.Error("it goes on")
	}
	a.loop.See(func() { a.speaks("$reply") })
	if err := a.commits.Flush(a.t.Context()); err != nil {
		a.t.Fatal(err)
	}
	return a.wanted, strings.Join(a.said, "\n")
}

func (a *alerted) points(u id.UserID) (points float64) {
	a.loop.See(func() { points = a.protectors.follows.ledger.Points(u, time.Now()) })
	return points
}

// An alert says what was found and done, offers the answers, and what it says is undone by
// one of them, also after a restart; once.
func TestAlertIsUndone(t *testing.T) {
	for _, restart := range []bool{false, true} {
		for _, set := range []string{"ban 1d", "mute 2h", "redact"} {
			kept := openStore(t)
			a := newAlerted(t, kept)
			f := a.nuisance("@u:hs", "$1", set, "none")
			a.finds(f, "$alert")
			told := strings.Join(a.said, "\n")
			for _, want := range []string{"`@u:hs`", "was rude", "flooding", report.UndoSign, report.EscalateSign, report.ExemptSign} {
				if !strings.Contains(told, want) {
					t.Errorf("%s: %s is not told: %s", set, want, told)
				}
			}
			if err := a.commits.Flush(t.Context()); err != nil {
				t.Fatal(err)
			}
			if restart {
				was, _ := a.world.Room(benchRoom).Member("@u:hs")
				a = newAlerted(t, kept)
				a.loop.See(func() {
					a.world.Apply(benchRoom, stateEvent(benchRoom, "m.room.member", "@u:hs", benchSelf, "$was", json.RawMessage(`{"membership":"`+string(was.Membership)+`"}`)), time.Now())
				})
			}
			if do, _ := a.reacts("@u:hs", "$alert", report.UndoSign); do != nil || a.points("@u:hs") == 0 {
				t.Errorf("%s: an offender undoes it: %v", set, do)
			}
			if do, _ := a.reacts(benchModerator, "$alert", "👍"); do != nil {
				t.Errorf("%s: another sign does %v", set, do)
			}
			if do, _ := a.reacts(benchModerator, "$other", report.UndoSign); do != nil {
				t.Errorf("%s: another message does %v", set, do)
			}
			do, said := a.reacts(benchModerator, "$alert", strings.TrimSuffix(report.UndoSign, "\ufe0f"))
			want := map[string][]action.Verb{"ban 1d": {action.Unban}, "mute 2h": {action.Unmute}}[set]
			if !slices.Equal(verbsOf(do), want) || !strings.Contains(said, "It counts no more") {
				t.Errorf("%s, restart %v: does %v, says %s", set, restart, do, said)
			}
			for _, back := range do {
				if back.Cause.Kind != action.ByModerator || back.Cause.Moderator != benchModerator || back.Parent == "" || back.User != "@u:hs" {
					t.Errorf("%s: %+v", set, back)
				}
			}
			if points := a.points("@u:hs"); points != 0 {
				t.Errorf("%s: %v points are left", set, points)
			}
			if stored, err := kept.Offences.Of(t.Context(), "@u:hs", time.Time{}); err != nil || len(stored) != 1 || stored[0].Undone.IsZero() {
				t.Errorf("%s: stored %+v, %v", set, stored, err)
			}
			if open, err := kept.Commands.Open(t.Context()); err != nil || len(open) != 0 {
				t.Errorf("%s: heard once more after a crash: %+v, %v", set, open, err)
			}
		}
	}
}

// What waits, as for a homeserver that limits how fast we may go, is taken back too: else it would be done after that.
func TestAlertIsUndoneBeforeAllIsDone(t *testing.T) {
	for set, want := range map[string][]action.Verb{"ban 1d": {action.Unban}, "mute 2h": {action.Unmute}} {
		a := newAlerted(t, openStore(t))
		a.slow = true
		a.finds(a.nuisance("@u:hs", "$1", set, "none"), "$alert")
		if do, _ := a.reacts(benchModerator, "$alert", report.UndoSign); !slices.Equal(verbsOf(do), want) {
			t.Errorf("%s: does %v", set, do)
		}
	}
}

// A step further is one step, and each answer goes one.
func TestAlertIsEscalated(t *testing.T) {
	a := newAlerted(t, openStore(t))
	a.finds(a.nuisance("@u:hs", "$1", "redact", "none"), "$alert")
	for _, want := range []struct {
		verbs []action.Verb
		step  sanction.Step
	}{{[]action.Verb{action.Mute}, sanction.Mute}, {[]action.Verb{action.Ban}, sanction.Ban}, {[]action.Verb{action.Ban}, sanction.Ban}} {
		do, said := a.reacts(benchModerator, "$alert", report.EscalateSign)
		if !slices.Equal(verbsOf(do), want.verbs) || do[0].Cause.Moderator != benchModerator || !strings.Contains(said, "a step further") {
			t.Errorf("does %v, says %s", do, said)
		}
		if want.step == sanction.Mute && do[0].Expires.IsZero() {
			t.Error("muted for good")
		}
		a.loop.See(func() {
			if e := a.protectors.follows.ledger.Of("@u:hs"); len(e) != 1 || e[0].Step != want.step {
				t.Errorf("is at %+v, want %s", e, want.step)
			}
		})
	}
	a.reacts(benchModerator, "$alert", report.UndoSign)
	if do, said := a.reacts(benchModerator, "$alert", report.EscalateSign); do != nil || !strings.Contains(said, "nothing left") {
		t.Errorf("after it was undone: %v, %s", do, said)
	}
}

// Whom a moderator exempts is left alone, and nobody else with them.
func TestAlertExempts(t *testing.T) {
	for user, exempts := range map[id.UserID]bool{"@u:hs": true, "@*:hs": false, "@a b:hs": false, "@?:hs": false} {
		a := newAlerted(t, openStore(t))
		a.loop.See(func() {
			own := kit.Standing{}.WithValues(benchRoom, map[string]string{"exempt-users": "@other:hs"})
			a.protectors.stand.of["flooding"] = own.WithValues("!elsewhere:hs", map[string]string{"messages": "5"})
		})
		a.finds(a.nuisance(user, "$1", "redact", "none"), "$alert")
		_, said := a.reacts(benchModerator, "$alert", report.ExemptSign)
		var values map[string]string
		a.loop.See(func() {
			stand := a.protectors.stand.of["flooding"]
			_, values = stand.In(benchRoom)
			if _, other := stand.In("!elsewhere:hs"); (other["exempt-users"] == string(user)) != exempts {
				t.Errorf("%s: elsewhere %v", user, other)
			}
		})
		if (values["exempt-users"] == "@other:hs "+string(user)) != exempts || strings.Contains(said, "alone") != exempts || a.points(user) != 0 {
			t.Errorf("%s: set to %v, says %s", user, values, said)
		}
		stored, err := a.opts.Store.Settings.All(t.Context(), protectionNamespace)
		if err != nil || (stored["flooding"] != nil) != exempts {
			t.Errorf("%s: stored %s, %v", user, stored, err)
		}
	}
}

// A dry run changes nothing, whatever is answered.
func TestAlertInADryRun(t *testing.T) {
	a := newAlerted(t, openStore(t))
	a.finds(a.nuisance("@u:hs", "$1", "ban", "none"), "$alert")
	a.loop.See(func() { a.jobs.runner.SetDry(true, time.Now()) })
	for _, sign := range []string{report.UndoSign, report.EscalateSign, report.ExemptSign} {
		if do, said := a.reacts(benchModerator, "$alert", sign); do != nil || !strings.Contains(said, "dry run") || a.points("@u:hs") == 0 {
			t.Errorf("%s: %v, %s", sign, do, said)
		}
	}
}

// What many do at a time is one message, with all of them; and messages have a bound.
func TestBurstIsOneAlert(t *testing.T) {
	a := newAlerted(t, openStore(t))
	for n := range 3 {
		a.finds(a.nuisance(spammer(n), id.EventID("$"+string(rune('a'+n))), "ban", "none"), "$alert")
	}
	do, _ := a.reacts(benchModerator, "$alert", report.UndoSign)
	if len(do) != 3 {
		t.Errorf("undoes %v", do)
	}
	a.loop.See(func() {
		as := a.orders.questions.alerts
		for n := range 2 * mostAlerts {
			as.told(id.EventID("$m"+string(rune('0'+n))), "", []finding{{Offence: "x"}}, time.Now())
		}
		if len(as.at) != mostAlerts || len(as.order) != mostAlerts {
			t.Errorf("%d messages are remembered", len(as.at))
		}
	})
}

// What was said in secret is shown only where that stays so.
func TestSecretEvidence(t *testing.T) {
	for _, secret := range []bool{false, true} {
		for _, here := range []bool{false, true} {
			c := governed(t, allPower)
			c.protectors.evidence.keepFor = time.Hour
			c.protectors.evidence.secret = func() bool { return here }
			evt := &event.Event{ID: "$1", RoomID: benchRoom, Sender: "@u:hs", Type: event.EventMessage}
			evt.Content.VeryRaw = json.RawMessage("{\"msgtype\":\"m.text\",\"body\":\"buy `this`\\n|| @room\"}")
			evt.Mautrix.WasEncrypted = secret
			c.protectors.evidence.latest.keep(evt)
			shown := c.protectors.follows.exhibit([]id.EventID{"$0", "$1"})
			if (shown != "") != (here || !secret) || shown != "" && (!strings.HasPrefix(shown, "||`") || !strings.Contains(shown, "buy")) || strings.Contains(shown, "\n") {
				t.Errorf("secret %v, here %v: %q", secret, here, shown)
			}
			f := kit.Finding{Offence: "$1", Why: "advertised (earnings, hurry): `buy this`"}
			why := c.protectors.follows.openly(f)
			if strings.Contains(why, "buy") != (here || !secret) || !strings.HasPrefix(why, "advertised (earnings, hurry)") || strings.Contains(why, "`") != (here || !secret) {
				t.Errorf("secret %v, here %v: %q", secret, here, why)
			}
		}
	}
}

// Who is only let off says nothing against the protection; a mistake of it does.
func TestMistakeIsToldFromMercy(t *testing.T) {
	for sign, mistake := range map[string]bool{report.UndoSign: false, report.WrongSign: true} {
		a := newAlerted(t, openStore(t))
		a.finds(a.nuisance("@u:hs", "$1", "ban", "none"), "$alert")
		do, said := a.reacts(benchModerator, "$alert", sign)
		if !slices.Equal(verbsOf(do), []action.Verb{action.Unban}) || strings.Contains(said, "mistake") != mistake || a.points("@u:hs") != 0 {
			t.Errorf("%s: %v, %s", sign, do, said)
		}
		a.loop.See(func() {
			if a.protectors.endings.lifting[kit.Place{Room: benchRoom, User: "@u:hs"}] == mistake {
				t.Errorf("%s: whether it is held against the protection", sign)
			}
			a.protectors.ended(action.Ending{Action: do[0], Fate: action.Refused})
			if len(a.protectors.endings.lifting) != 0 {
				t.Errorf("%s: an unban that was refused is waited for", sign)
			}
		})
	}
}

// A protection whose removals, notices or mutes moderators mark as wrong, or overturn as cases, goes to
// shadow, as one whose bans are lifted. Who is only let off says nothing against it, and a message that
// was removed and whose author was muted counts once.
func TestMistakesOfAnyKindBrake(t *testing.T) {
	for _, tc := range []struct {
		name, follows string
		sign          string
		findings      int
		want          kit.Mode
	}{
		{"removals", "redact", report.WrongSign, 3, kit.Shadow},
		{"notices", "warn", report.WrongSign, 3, kit.Shadow},
		{"mutes, of two users", "mute", report.WrongSign, 2, kit.On},
		{"mutes", "mute", report.WrongSign, 3, kit.Shadow},
		{"removals of who is let off", "redact", report.UndoSign, 3, kit.On},
	} {
		a := newAlerted(t, openStore(t))
		a.loop.See(func() {
			a.protectors.stand.load(map[string]json.RawMessage{"flooding": json.RawMessage(`{"enabled":true}`)})
		})
		for n := range tc.findings {
			u, alert := id.UserID(fmt.Sprintf("@u%d:hs", n)), id.EventID(fmt.Sprint("$alert", n))
			f := a.nuisance(u, id.EventID(fmt.Sprint("$", n)), tc.follows, "none")
			did := a.finds(f, alert)
			if len(did) == 0 {
				t.Fatalf("%s: nothing follows", tc.name)
			}
			a.loop.See(func() {
				for _, do := range did {
					a.protectors.ended(action.Ending{Action: do, Fate: action.Done})
				}
			})
			if a.reacts(benchModerator, alert, tc.sign); a.points(u) != 0 {
				t.Errorf("%s: it still counts", tc.name)
			}
		}
		a.loop.See(func() {
			if got := a.protectors.stand.of["flooding"].Mode; got != tc.want {
				t.Errorf("%s: the protection is %v", tc.name, got)
			}
		})
	}
}

// That removals and notices were mistakes counts for the brake also after a restart, wherever in a row
// of them it comes; what the brake did stays then, and was said once. What is let off counts as what was done.
func TestMistakesOfAnyKindOutliveARestart(t *testing.T) {
	for _, follows := range []string{"redact", "warn"} {
		for restart := range 6 { // after so many of what follows
			kept := openStore(t)
			a := newAlerted(t, kept)
			kind, _ := protections.Find("flooding")
			a.loop.See(func() { a.protectors.stand.change(kind, kit.Standing{Mode: kit.On}) })
			step := 0
			next := func(f func()) {
				f()
				if err := a.commits.Flush(t.Context()); err != nil {
					t.Fatal(err)
				}
				if step++; step == restart {
					n := a.n
					a = newAlerted(t, kept)
					a.n = n
				}
			}
			for n := range 3 {
				alert := id.EventID(fmt.Sprint("$alert", n))
				next(func() {
					did := a.finds(a.nuisance(id.UserID(fmt.Sprintf("@u%d:hs", n)), id.EventID(fmt.Sprint("$", n)), follows, "none"), alert)
					a.loop.See(func() {
						for _, do := range did {
							a.protectors.ended(action.Ending{Action: do, Fate: action.Done})
						}
					})
				})
				next(func() { a.reacts(benchModerator, alert, report.WrongSign) })
			}
			a = newAlerted(t, kept)
			told := a.speaker.report.Problems.All()
			a.loop.See(func() {
				if mode := a.protectors.stand.of["flooding"].Mode; mode != kit.Shadow || len(told) != 1 || !strings.Contains(told[0], "of the last 3 times that it acted, 3 were undone by hand") {
					t.Errorf("%s, restart after %d: it is %v, and told was %q", follows, restart, mode, told)
				}
			})
			for at := time.Now(); at.Before(time.Now().Add(5 * time.Hour)); at = at.Add(time.Hour) {
				for _, s := range a.speaker.report.Speak(at) {
					if strings.Contains(s.Message.Markdown, "went to shadow") {
						t.Errorf("%s: said again: %s", follows, s.Message.Markdown)
					}
				}
			}
			if left := storedAs(t, kept, deedNamespace); len(left) != 0 {
				t.Errorf("%s: what counted for the brake counts yet: %v", follows, left)
			}
		}
	}
}
