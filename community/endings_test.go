package community

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/enforce"
	"forseti/store"
)

// timed is a community in which endings are looked for.
type timed struct {
	*reader
	wanted []action.Action
}

func newTimed(t *testing.T, kept *store.Store, more ...func(*Options)) *timed {
	t.Helper()
	r := &timed{reader: newReader(t, kept, 3, more...)}
	r.progress.begun = true
	r.protectors.endings.want = func(ctx context.Context, wanted store.Commit) error {
		if err := r.commits.Keep(ctx, wanted); err != nil {
			return err
		}
		r.wanted = append(r.wanted, wanted.Open...)
		return nil
	}
	go r.loop.Run(func() time.Duration { return time.Hour })
	return r
}

// looks has it looked for what is due at a time, and gives what is to be done.
func (r *timed) looks(now time.Time) []action.Action {
	r.t.Helper()
	r.wanted = nil
	r.loop.See(func() {
		r.protectors.endings.next = now
		r.protectors.endings.lookDue(now)
	})
	for looking := true; looking; {
		r.loop.See(func() { looking = r.protectors.endings.looking })
	}
	if err := r.commits.Flush(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
	return r.wanted
}

// did journals something for a time that was done.
func (r *timed) did(v action.Verb, u id.UserID, evt id.EventID, until time.Time) action.Action {
	r.t.Helper()
	a := action.Action{
		Verb: v, Room: benchRoom, User: u, Cause: action.Cause{Kind: action.ByProtection, Protection: "flooding", Event: "$offence"}, Expires: until,
	}
	a, err := r.opts.Store.Journal.Begin(r.t.Context(), a)
	if err == nil {
		err = r.opts.Store.Journal.Settle(r.t.Context(), a.ID, action.Outcome{Done: true, Event: evt, Was: json.RawMessage(`{"before":null,"level":-1}`)})
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return a
}

func (r *timed) member(by, u id.UserID, m event.Membership, evt id.EventID) {
	r.loop.See(func() {
		r.intake.apply(stateEvent(benchRoom, "m.room.member", string(u), by, evt, json.RawMessage(`{"membership":"`+string(m)+`"}`)), time.Now())
	})
}

// What is for a time ends when that is over, once, also if nobody remembers it.
func TestWhatIsForATimeEndsOnce(t *testing.T) {
	kept := openStore(t)
	r := newTimed(t, kept)
	now := time.Now()
	ban := r.did(action.Ban, spammer(0), "$ban", now.Add(time.Hour))
	mute := r.did(action.Mute, spammer(1), "$mute", now.Add(2*time.Hour))
	r.did(action.Ban, spammer(2), "$ever", time.Time{})
	for n, evt := range map[int]id.EventID{0: "$ban", 2: "$ever"} {
		r.member(benchSelf, spammer(n), event.MembershipBan, evt)
	}
	if got := r.looks(now); len(got) != 0 {
		t.Fatalf("too early: %+v", got)
	}
	if next := r.protectors.endings.next; !next.Equal(ban.Expires.Truncate(time.Millisecond)) {
		t.Errorf("looks again at %s, want %s", next, ban.Expires)
	}
	got := r.looks(now.Add(time.Hour))
	if len(got) != 1 || got[0].Verb != action.Unban || got[0].User != spammer(0) || got[0].Parent != ban.ID {
		t.Fatalf("the ban: %+v", got)
	}
	if got := r.looks(now.Add(time.Hour)); len(got) != 0 {
		t.Errorf("twice: %+v", got)
	}
	if got := r.looks(now.Add(2 * time.Hour)); len(got) != 1 || got[0].Verb != action.Unmute || got[0].Parent != mute.ID || string(got[0].Was) != `{"before":null,"level":-1}` {
		t.Errorf("the mute: %+v", got)
	}
	if got := r.looks(now.Add(1000 * time.Hour)); len(got) != 0 {
		t.Errorf("later: %+v", got)
	}
}

// Only what is as we left it ends, and nothing that a rule asks for as well.
func TestWhatIsNotOursToEnd(t *testing.T) {
	soon := time.Hour
	for name, tc := range map[string]struct {
		meanwhile func(r *timed)
		later     func(r *timed) // and then it is ours again
	}{
		"lifted":            {func(r *timed) { r.member(benchOwner, spammer(0), event.MembershipLeave, "$lifted") }, nil},
		"banned by another": {func(r *timed) { r.member(benchOwner, spammer(0), event.MembershipBan, "$theirs") }, nil},
		"banned anew by us": {func(r *timed) { r.member(benchSelf, spammer(0), event.MembershipBan, "$anew") }, nil},
		"banned for good": {func(r *timed) {
			r.loop.See(func() {
				r.world.Bans.Set(benchRoom, spammer(0), enforce.Ban{Event: "$ban", Cause: action.Cause{Kind: action.ByModerator}})
			})
		}, nil},
		"without power":          {levelsOf(10), levelsOf(100)},
		"no longer looked after": {func(r *timed) { r.loop.See(func() { r.world.Unprotect(benchRoom) }) }, nil},
		"a dry run": {
			func(r *timed) { r.loop.See(func() { r.jobs.runner.SetDry(true, time.Now()) }) },
			func(r *timed) { r.loop.See(func() { r.jobs.runner.SetDry(false, time.Now()) }) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newTimed(t, openStore(t))
			now := time.Now()
			r.did(action.Ban, spammer(0), "$ban", now.Add(soon))
			r.member(benchSelf, spammer(0), event.MembershipBan, "$ban")
			tc.meanwhile(r)
			if got := r.looks(now.Add(soon)); len(got) != 0 {
				t.Errorf("ends %+v", got)
			}
			if tc.later == nil {
				return
			}
			tc.later(r)
			if got := r.looks(now.Add(2 * soon)); len(got) != 1 {
				t.Errorf("then ends %+v", got)
			}
		})
	}
}

func levelsOf(ours int) func(r *timed) {
	return func(r *timed) {
		content, _ := json.Marshal(map[string]any{"users": map[id.UserID]int{benchSelf: ours}, "redact": 5})
		r.loop.See(func() {
			r.intake.apply(stateEvent(benchRoom, "m.room.power_levels", "", benchOwner, "$levels"+id.EventID(content), content), time.Now())
		})
	}
}

// What somebody else ended before is over; what was refused is not.
func TestEndThatCameToNothing(t *testing.T) {
	for fate, over := range map[action.Fate]bool{action.Dropped: true, action.Superseded: true, action.Refused: false} {
		r := newTimed(t, openStore(t))
		now := time.Now()
		mute := r.did(action.Mute, spammer(1), "$mute", now)
		got := r.looks(now)
		if len(got) != 1 {
			t.Fatalf("ends %+v", got)
		}
		if err := r.opts.Store.Journal.Settle(t.Context(), got[0].ID, action.Outcome{Done: true, Failure: "it is as wanted already"}); err != nil {
			t.Fatal(err)
		}
		r.loop.See(func() { r.protectors.ended(action.Ending{Action: got[0], Fate: fate}) })
		if err := r.commits.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		if left, err := r.opts.Store.Journal.Expired(t.Context(), now); err != nil || (len(left) == 0) != over {
			t.Errorf("%s of %s: %+v, %v", fate, mute.ID, left, err)
		}
	}
}

// Who is muted once more while they are muted may speak when the longer of the two is over.
func TestLongerMuteHolds(t *testing.T) {
	for name, tc := range map[string]struct {
		second time.Duration // zero for good
		ends   time.Duration // from now
	}{"longer": {3 * time.Hour, 3 * time.Hour}, "shorter": {time.Minute, time.Hour}, "for good": {0, 0}} {
		t.Run(name, func(t *testing.T) {
			r := newTimed(t, openStore(t))
			now := time.Now()
			r.did(action.Mute, spammer(1), "$mute", now.Add(time.Hour))
			again := action.Action{Verb: action.Mute, Room: benchRoom, User: spammer(1)}
			if tc.second > 0 {
				again.Expires = now.Add(tc.second)
			}
			again, err := r.opts.Store.Journal.Begin(t.Context(), again)
			if err == nil {
				err = r.opts.Store.Journal.Settle(t.Context(), again.ID, action.Outcome{Done: true, Failure: "it is as wanted already"})
			}
			if err != nil {
				t.Fatal(err)
			}
			for at := time.Hour; at < 10*time.Hour; at += time.Hour {
				if got := r.looks(now.Add(at)); (len(got) == 1) != (at == tc.ends) {
					t.Errorf("after %s ends %+v", at, got)
				}
			}
		})
	}
}
