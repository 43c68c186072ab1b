package community

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/action"
	"forseti/commands"
	"forseti/community/report"
	"forseti/protections/kit"
	"forseti/sanction"
	"forseti/store"
)

// levels has a room say who may do what, by somebody.
func (c *Community) levels(by id.UserID, n int, users map[id.UserID]int) {
	users[benchSelf] = 100
	content, _ := json.Marshal(map[string]any{"users": users, "n": n})
	c.happens(by, "m.room.power_levels", "", string(content))
}

// A mute that somebody lifts counts no more, whoever does it and by whatever client, and counts
// for the brake of its protection; one that ends by itself does neither. The model knows only
// what happened.
func TestMutesAreLiftedByHand(t *testing.T) {
	const user = id.UserID("@u:hs")
	rapid.Check(t, func(rt *rapid.T) {
		c := governed(t, allPower)
		at, n := time.Unix(1000, 0), 0
		levels := map[id.UserID]int{}
		says := func(by id.UserID) { n++; c.levels(by, n, levels) }
		undone := map[string]bool{} // of offences that led to a mute
		var holds []string          // for which it holds
		var wanted []action.Action  // that is not done yet
		said := false               // the room said so
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			at = at.Add(time.Hour)
			switch rapid.SampledFrom([]string{"offends", "done", "done", "said", "said", "others", "by hand", "command", "over", "undone", "refused"}).Draw(rt, "what") {
			case "offends":
				n++
				f := c.nuisance(user, id.EventID(fmt.Sprint("$", n)), "mute 1h", "none")
				all := c.protectors.consequences([]kit.Finding{f}, at)
				for _, a := range all.actions {
					if a.Verb == action.Mute {
						wanted = append(wanted, a)
						undone[sanction.EntryID(a.Cause, a.Room)] = false
					}
				}
			case "done":
				if len(wanted) == 0 {
					break
				}
				fate := action.Done
				if len(holds) > 0 {
					fate = action.Dropped // there is nothing left to do
				}
				c.protectors.ended(action.Ending{Action: wanted[0], Fate: fate})
				if id := sanction.EntryID(wanted[0].Cause, benchRoom); !undone[id] {
					holds = append(holds, id)
				}
				wanted = wanted[1:]
			case "refused":
				if len(wanted) > 0 {
					c.protectors.ended(action.Ending{Action: wanted[0], Fate: action.Refused})
					wanted = wanted[1:]
				}
			case "said":
				if len(holds) > 0 {
					levels[user], said = -1, true
					says(benchSelf)
				}
			case "others":
				levels["@other:hs"] = n
				says(benchOwner)
			case "by hand", "command":
				if !said {
					break
				}
				by := benchOwner
				if rapid.Bool().Draw(rt, "by us") {
					by = benchSelf
					c.protectors.ended(action.Ending{Action: action.Action{Verb: action.Unmute, Room: benchRoom, User: user, Cause: action.Cause{Kind: action.ByModerator, Moderator: benchModerator}}, Fate: action.Done})
				}
				for _, id := range holds {
					undone[id] = true
				}
				holds, said = nil, false
				delete(levels, user)
				says(by)
			case "over":
				if !said {
					break
				}
				lift := action.Action{Verb: action.Unmute, Room: benchRoom, User: user, Parent: "entry", Cause: action.Cause{Kind: action.ByForseti}}
				c.protectors.endings.resume(lift)
				c.protectors.ended(action.Ending{Action: lift, Fate: action.Done})
				holds, said = nil, false
				delete(levels, user)
				says(benchSelf)
			case "undone": // by a reaction
				for _, id := range holds {
					c.protectors.follows.ledger.Undo(id)
					undone[id] = true
				}
			}
			for id, want := range undone {
				if e, known := c.protectors.follows.ledger.Find(id); known && e.Undone != want {
					rt.Fatalf("%s: undone %v, want %v", id, e.Undone, want)
				}
			}
		}
	})
}

// Sync may bring a mute, and that somebody lifted it, before the homeserver's answer to us.
func TestMutesThatAreLiftedBeforeWeHearOfThem(t *testing.T) {
	const user = id.UserID("@u:hs")
	for name, tc := range map[string]struct {
		before, after bool // whether it is lifted before the answer, and after it
		undone        bool
	}{"mute, lifted, answer": {true, false, true}, "mute, answer, lifted": {false, true, true}, "mute, answer": {false, false, false}} {
		c := governed(t, allPower)
		all := c.protectors.consequences([]kit.Finding{c.nuisance(user, "$offence", "mute 1h", "none")}, time.Unix(1000, 0))
		var mute action.Action
		for _, a := range all.actions {
			if a.Verb == action.Mute {
				mute = a
			}
		}
		c.levels(benchSelf, 1, map[id.UserID]int{user: -1})
		_, _, made := c.world.Room(benchRoom).PowerLevels()
		if tc.before {
			c.levels(benchOwner, 2, map[id.UserID]int{})
		}
		c.protectors.ended(action.Ending{Action: mute, Fate: action.Done, Result: action.Result{Event: made}})
		if tc.after {
			c.levels(benchOwner, 2, map[id.UserID]int{})
		}
		if e, known := c.protectors.follows.ledger.Find(sanction.EntryID(mute.Cause, benchRoom)); !known || e.Undone != tc.undone {
			t.Errorf("%s: undone %v", name, e.Undone)
		}
	}
}

// A mute that was a mistake counts for the brake of its protection, as 👎 and an overturned case say; a mute
// that somebody was let off does not.
func TestMistakenMutesBrake(t *testing.T) {
	for how, brakes := range map[string]bool{report.WrongSign: true, report.UndoSign: false, "case": true} {
		a := newAlerted(t, openStore(t))
		a.loop.See(func() {
			a.protectors.stand.load(map[string]json.RawMessage{"flooding": json.RawMessage(`{"enabled":true}`)})
		})
		for n := range 3 {
			alert := id.EventID(fmt.Sprint("$alert", n))
			do := a.finds(a.nuisance(spammer(n), id.EventID(fmt.Sprint("$", n)), "mute 2h", "none"), alert)
			a.loop.See(func() {
				for _, did := range do {
					a.protectors.ended(action.Ending{Action: did, Fate: action.Done})
				}
				a.levels(benchSelf, n, map[id.UserID]int{spammer(n): -1})
			})
			if how == "case" {
				a.decides(commands.OverturnCase, n+1, "")
			} else {
				a.reacts(benchModerator, alert, how)
			}
			a.loop.See(func() { a.levels(benchSelf, n+10, map[id.UserID]int{}) })
		}
		var mode kit.Mode
		a.loop.See(func() { mode, _ = a.protectors.stand.of["flooding"].In(benchRoom) })
		if (mode == kit.Shadow) != brakes {
			t.Errorf("%s: it is %s", how, mode)
		}
	}
}

// What is lifted by hand is lifted also if that was while the bot was away; its protection has
// a brake for that; and the record says so, but not of what ended by itself, nor of what was
// lifted late.
func TestLiftsAreCounted(t *testing.T) {
	kept := openStore(t)
	a := newAlerted(t, kept)
	muted := map[id.UserID]int{}
	for n := range 4 {
		u := spammer(n)
		a.finds(a.nuisance(u, id.EventID(fmt.Sprint("$", n)), "mute 2h", "none"), "$alert")
		muted[u] = -1
	}
	a.loop.See(func() { a.levels(benchSelf, 1, muted) })
	if err := a.commits.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	a = newAlerted(t, kept)
	a.loop.See(func() {
		if err := a.protectors.loadOffences(t.Context(), time.Now()); err != nil {
			t.Error(err)
		}
		a.protectors.stand.load(map[string]json.RawMessage{"flooding": json.RawMessage(`{"enabled":true}`)})
		for n := range 4 { // as far as the brake remembers it
			a.protectors.set.Ended(action.Ending{Fate: action.Done, Action: action.Action{
				Verb: action.Mute, Room: benchRoom, User: spammer(n), Cause: action.Cause{Kind: action.ByProtection, Protection: "flooding", Event: id.EventID(fmt.Sprint("$", n))},
			}}, a.world.Room(benchRoom), time.Now())
		}
		a.protectors.endings.resume(action.Action{Verb: action.Unmute, Room: benchRoom, User: spammer(3), Parent: "x", Cause: action.Cause{Kind: action.ByForseti}})
		a.levels(benchOwner, 2, map[id.UserID]int{}) // all at once
	})
	a.loop.See(func() {
		a.protectors.endings.mutes.at[kit.Place{Room: elsewhere, User: "@u:hs"}] = heldMute{said: true}
		a.protectors.forget(elsewhere)
		if left := a.protectors.endings.mutes.at; len(left) != 0 {
			t.Errorf("left are %v", left)
		}
	})
	for n := range 4 {
		if points := a.points(spammer(n)); points == 0 == (n == 3) {
			t.Errorf("%s has %v points", spammer(n), points)
		}
	}
	if told := a.speaker.report.Problems.Keys(report.Protection); len(told) != 1 {
		t.Errorf("told %v", told)
	}
	if err := a.commits.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	desk := statsDesk{kept.Offences}
	undone := func(protection string) (found, undone int) {
		tallies, err := desk.Tallies(t.Context(), time.Now().Add(-365*24*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		for _, t := range tallies {
			if t.Protection == protection {
				found, undone = found+t.Found, undone+t.Undone
			}
		}
		return found, undone
	}
	if found, of := undone("flooding"); found != 4 || of != 3 {
		t.Errorf("of %d, %d are undone", found, of)
	}
	now := time.Now()
	for i, o := range []store.Offence{
		{Step: "ban", At: now.Add(-time.Hour), Undone: now},
		{Step: "mute", At: now.Add(-8 * 24 * time.Hour), Undone: now},
		{Step: "redact", At: now.Add(-time.Hour), Undone: now}, // let off with the ban, and not by itself
	} {
		o.ID, o.User, o.Room, o.Protection = fmt.Sprint(i), "@w:hs", benchRoom, "words"
		if _, err := kept.Offences.Add(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	if found, of := undone("words"); found != 3 || of != 1 {
		t.Errorf("of %d, %d are undone", found, of)
	}
}

// Whom a moderator pardons begins anew, and once.
func TestPardoned(t *testing.T) {
	const user = id.UserID("@u:hs")
	c := governed(t, allPower)
	at := time.Now()
	for i := range 3 {
		c.protectors.consequences([]kit.Finding{c.nuisance(user, id.EventID(fmt.Sprint("$", i)), "mute 1h", "none")}, at.Add(time.Duration(i)*time.Hour))
	}
	ledger := c.protectors.follows.ledger
	if ledger.Points(user, at) < 1 {
		t.Fatal("they have no points")
	}
	for range 2 {
		c.protectors.pardon(user)
		if points := ledger.Points(user, at.Add(3*time.Hour)); points != 0 {
			t.Errorf("%v points are left", points)
		}
	}
	undone := map[string]bool{}
	for _, o := range c.commits.Next().Offences {
		if !o.Undone.IsZero() {
			undone[o.ID] = true
		}
	}
	if len(undone) != 3 || len(ledger.Of(user)) != 3 {
		t.Errorf("stored as undone: %v, known %d", undone, len(ledger.Of(user)))
	}
}
