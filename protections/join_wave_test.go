package protections

import (
	"fmt"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
	"forseti/sanction"
)

func joinEach(n int, pause time.Duration) kittest.Step {
	return func(b *kittest.Bench) (found []kit.Finding) {
		for i := range n {
			found = append(found, b.Join(id.UserID(fmt.Sprintf("@u%d:hs", i+1)))...)
			b.Pass(pause)
		}
		return found
	}
}

func TestJoinWave(t *testing.T) {
	three := map[string]string{"joins": "3", "within": "1m"}
	began := "alert a wave of joins has begun: 3 users within 1 minute: `@u1:hs`, `@u2:hs` and `@u3:hs`"
	kittest.Run(t, joinWave(), []kittest.Case{{
		Name: "begins, and is over",
		Set:  three,
		In:   []kittest.Step{joinEach(5, time.Second), kittest.Ticks(), kittest.Ticks(), kittest.Ticks()},
		Want: []string{began, "alert the wave of joins is over: 5 users in all within 4 seconds: `@u4:hs` and `@u5:hs`"},
	}, {
		Name: "another comes later",
		Set:  three,
		In:   []kittest.Step{joinEach(3, 0), kittest.Ticks(), kittest.Wait(time.Hour), kittest.Joins("@x:hs"), kittest.Joins("@y:hs"), kittest.Joins("@z:hs")},
		Want: []string{began, "alert the wave of joins is over: 3 users in all within less than a second:", "alert a wave of joins has begun: 3 users within 1 minute: `@x:hs`, `@y:hs` and `@z:hs`"},
	}, {
		Name: "those who come one by one are none",
		Set:  three,
		In:   []kittest.Step{joinEach(20, 30*time.Second)},
	}, {
		Name: "one who comes and goes is none",
		In:   []kittest.Step{kittest.Times(40, kittest.Joins(user), kittest.Leaves(user))},
	}, {
		Name: "who is invited, or changes a name, joins nothing",
		Set:  three,
		In: []kittest.Step{
			kittest.Joins(user), each(9, func(u id.UserID) kittest.Step {
				return kittest.Sets(user, "m.room.member", string(u), map[string]any{"membership": "invite"})
			}),
			kittest.Times(9, func(b *kittest.Bench) []kit.Finding {
				return b.State(user, "m.room.member", string(user), map[string]any{"membership": "join", "displayname": fmt.Sprint(b.Now)})
			}, kittest.Wait(time.Second)),
		},
	}, {
		Name: "regular members who fill a new room",
		Set:  three,
		In:   []kittest.Step{each(3, kittest.Regular), joinEach(3, 0), kittest.Joins("@x:hs"), kittest.Joins("@y:hs")},
	}, {
		Name: "what is usual",
		In:   []kittest.Step{joinEach(200, 20*time.Second)},
	}})
}

// Moderators hear of a long wave now and then, and of everybody once.
func TestALongWave(t *testing.T) {
	b := kittest.New(t, joinWave(), map[string]string{"joins": "10", "within": "1m"})
	named := map[id.UserID]int{}
	alerts := 0
	hear := func(found []kit.Finding) {
		for _, f := range found {
			alerts++
			for _, u := range f.Users {
				named[u]++
			}
		}
	}
	for n := range 1200 {
		hear(b.Join(id.UserID(fmt.Sprintf("@w%d:hs", n))))
		b.Pass(2 * time.Second)
		if !b.Set.Due().IsZero() && !b.Set.Due().After(b.Now) {
			hear(b.Tick())
		}
	}
	for !b.Set.Due().IsZero() {
		hear(b.Tick())
	}
	if len(named) != 1200 || alerts != 6 {
		t.Errorf("%d users named in %d alerts", len(named), alerts)
	}
	for u, n := range named {
		if n != 1 {
			t.Errorf("%s was named %d times", u, n)
		}
	}
}

// Who came while the bot was away, in the year 3000 by what their server says, does not make
// all others come long before that.
func TestWaveAfterOneOfTheFuture(t *testing.T) {
	b := kittest.New(t, joinWave(), map[string]string{"joins": "3", "within": "1m"})
	join := func(u id.UserID, sent time.Time) []kit.Finding {
		evt := b.StateEvent(u, "m.room.member", string(u), map[string]any{"membership": "join"})
		evt.Timestamp = sent.UnixMilli()
		in := kit.ChangedBy(evt, b.Room.Apply(evt, b.Now), nil, b.Now)
		in.Backlog = true
		return b.Check(in)
	}
	if found := join("@ahead:hs", time.Date(3000, 1, 1, 0, 0, 0, 0, time.UTC)); found != nil {
		t.Errorf("it came alone: %v", found)
	}
	if found := joinEach(3, 0)(b); len(found) != 1 || len(found[0].Users) != 3 {
		t.Errorf("of a wave after it: %v", found)
	}
	b = kittest.New(t, joinWave(), map[string]string{"joins": "3", "within": "1m"})
	found := 0
	for i, u := range []id.UserID{"@u1:hs", "@u2:hs", "@u3:hs"} {
		found += len(join(u, b.Now.Add(time.Duration(i-3)*time.Second)))
	}
	if found != 1 {
		t.Errorf("%d found of a wave that came meanwhile", found)
	}
}

// A wave brings a posture, where moderators want it.
func TestWaveRaises(t *testing.T) {
	for set, want := range map[string]sanction.Posture{"calm": sanction.Calm, "guarded": sanction.Guarded, "attack": sanction.Assault} {
		b := kittest.New(t, joinWave(), map[string]string{"joins": "3", "posture": set})
		found := joinEach(3, 0)(b)
		if len(found) != 1 || found[0].Raises != want || found[0].Lasts < raisedFor {
			t.Errorf("%s: %+v", set, found)
		}
		if len(found) == 1 && (!found[0].Wave || found[0].Close) {
			t.Errorf("%s: %+v", set, found)
		}
		b = kittest.New(t, joinWave(), map[string]string{"joins": "3", "posture": set, "close": "yes"})
		if found := joinEach(3, 0)(b); len(found) != 1 || found[0].Raises != max(want, sanction.Guarded) || !found[0].Close {
			t.Errorf("%s, and closes: %+v", set, found)
		}
	}
}
