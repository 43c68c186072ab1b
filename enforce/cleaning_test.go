package enforce

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// byEvent hears how removals end, by the message.
type byEvent struct {
	heard
	gone map[id.EventID]action.Ending
}

func (b *byEvent) Ended(e action.Ending, now time.Time) {
	b.gone[e.Action.Event] = e
	b.heard.Ended(e, now)
}

const wrote = 5

// cleans has a rule ban somebody new whose five messages are to go, and says what was sent: done is
// whether the homeserver removes with the ban.
func cleans(t *testing.T, how RemoveByBans, done bool, change func(w *World, a *action.Action)) (ban action.Action, singly []id.EventID, gone map[id.EventID]action.Ending) {
	t.Helper()
	w := NewWorld(self, Settings{RemoveByBans: how})
	newRoom(w, "!a:x")
	w.Apply("!a:x", memberEvent("@founder:other.example", "@founder:other.example", event.MembershipLeave), now)
	w.Apply("!a:x", memberEvent(lossyUser, lossyUser, event.MembershipJoin), now)
	w.Apply("!a:x", memberEvent("@wave2:evil.example", "@wave2:evil.example", event.MembershipJoin), now)
	l := &byEvent{heard{fates: map[string]action.Fate{}, settled: map[string]action.Outcome{}}, map[id.EventID]action.Ending{}}
	r := NewRunner(w, 3, l)
	at := now.Add(time.Hour)
	for i := range wrote {
		a := action.Action{Verb: action.Redact, Room: "!a:x", Event: id.EventID(fmt.Sprint("$m", i)), By: lossyUser, Cause: action.Cause{Kind: action.ByModerator, Event: "$c"}}
		if change != nil {
			change(w, &a)
		}
		a.ID = string(a.Event)
		r.Want(a, at)
	}
	// The rule is known, and the ban comes later, and is less urgent.
	_, slots, keys := w.ApplyRule(testList, ruleEvent("user", "1", "@*:evil.example", "m.ban"))
	keys = append(keys, w.Follow(slots...)...)
	late := 0
	for range 100 {
		at = at.Add(time.Second)
		if late++; late == 3 {
			r.Touch(keys, Soon)
			r.Plan(100, at)
		}
		job, ok := r.Next(at)
		if !ok {
			continue
		}
		result := action.Result{}
		switch a := job.Action; {
		case a.Verb == action.Redact:
			singly = append(singly, a.Event)
		case a.User == lossyUser:
			ban = a
			result.Removed = done && len(a.Removes) > 0
		}
		r.Landed(job, Attempt{Action: job.Action, Result: result}, at)
		if job.Action.Verb == action.Ban {
			w.Apply("!a:x", memberEvent(job.Action.User, self, event.MembershipBan), at)
		}
	}
	if len(r.works.all) > 0 || !r.Idle() || len(r.cleaning.all)+len(r.cleaning.by) > 0 {
		t.Errorf("left over: %v, %v", r.works.all, r.cleaning)
	}
	return ban, singly, l.gone
}

// Messages that all are to go of whom a ban is about to be made go with the ban, where the
// homeserver does that, and by themselves where it does not.
func TestBanRemovesWhatIsToGo(t *testing.T) {
	stranger := func(w *World, _ *action.Action) {
		w.Apply("!a:x", memberEvent("@guest:elsewhere.example", "@guest:elsewhere.example", event.MembershipJoin), now)
	}
	for name, tt := range map[string]struct {
		how    RemoveByBans
		done   bool
		change func(*World, *action.Action)
		asks   bool // the ban
		singly bool
	}{
		"by the ban":          {RemoveBoth, true, nil, true, false},
		"not by it":           {RemoveBoth, false, nil, true, true},
		"never":               {RemoveSingly, true, nil, false, true},
		"others look on":      {RemoveBoth, true, stranger, true, true},
		"whoever looks on":    {RemoveAtOnce, true, stranger, true, false},
		"not by it, anywhere": {RemoveAtOnce, false, nil, true, true},
		"only these messages": {RemoveAtOnce, true, func(_ *World, a *action.Action) { a.By = "" }, false, true},
		"of somebody else":    {RemoveAtOnce, true, func(_ *World, a *action.Action) { a.By = "@founder:other.example" }, false, true},
		"long here":           {RemoveAtOnce, true, func(w *World, _ *action.Action) { long(w) }, false, true},
		"not present any more": {RemoveAtOnce, true, func(w *World, _ *action.Action) {
			w.Apply("!a:x", memberEvent(lossyUser, lossyUser, event.MembershipInvite), now)
		}, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			ban, singly, gone := cleans(t, tt.how, tt.done, tt.change)
			if ban.Verb != action.Ban || (len(ban.Removes) > 0) != tt.asks {
				t.Errorf("bans by %+v", ban)
			}
			if tt.asks && !slices.Equal(ban.Removes, []id.EventID{"$m0", "$m4"}) {
				t.Errorf("looks at %v", ban.Removes)
			}
			if want := map[bool]int{true: wrote}[tt.singly]; len(singly) != want {
				t.Errorf("removed singly: %v", singly)
			}
			for i := range wrote {
				if e := gone[id.EventID(fmt.Sprint("$m", i))]; e.Fate != action.Done || e.Result.WithBan == tt.singly {
					t.Errorf("message %d: %+v", i, e)
				}
			}
		})
	}
}

// long has the spammer come two days ago.
func long(w *World) {
	w.Apply("!a:x", memberEvent(lossyUser, lossyUser, event.MembershipLeave), now.Add(-48*time.Hour))
	w.Apply("!a:x", memberEvent(lossyUser, lossyUser, event.MembershipJoin), now.Add(-48*time.Hour))
}

// What a dry run tells of removes nothing, and asks homeservers for nothing.
func TestDryBanRemovesNothing(t *testing.T) {
	w := NewWorld(self, Settings{RemoveByBans: RemoveAtOnce})
	newRoom(w, "!a:x")
	w.Apply("!a:x", memberEvent(lossyUser, lossyUser, event.MembershipJoin), now)
	l := &byEvent{heard{fates: map[string]action.Fate{}, settled: map[string]action.Outcome{}}, map[id.EventID]action.Ending{}}
	r := NewRunner(w, 3, l)
	r.SetDry(true, now)
	r.Want(action.Action{ID: "m", Verb: action.Redact, Room: "!a:x", Event: "$m", By: lossyUser}, now)
	r.Want(asks(action.Ban, lossyUser, "$ban"), now)
	for {
		job, ok := r.Next(now)
		if !ok {
			break
		}
		if !job.Dry || len(job.Action.Removes) > 0 {
			t.Errorf("%+v", job)
		}
		r.Landed(job, Attempt{Action: job.Action, Result: action.Result{Dry: true}}, now)
	}
	if l.gone["$m"].Fate != action.Would || l.fates["ban $ban"] != action.Would {
		t.Errorf("%v, %v", l.gone, l.fates)
	}
}
