package kit_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"
	"pgregory.net/rapid"

	"forseti/action"
	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
)

// kept is what a bench has stored of what its protection did.
type kept map[string]json.RawMessage

func (k kept) listen(b *kittest.Bench) {
	b.Set.Keep = func(name string, d *kit.Deed) {
		if d == nil {
			delete(k, name)
			return
		}
		k[name], _ = json.Marshal(d)
	}
}

// deeds are what is stored, whatever their names.
func (k kept) deeds() (all []string) {
	for _, d := range k {
		all = append(all, string(d))
	}
	slices.Sort(all)
	return all
}

// restarts is the bench of a new start, which knows what was stored.
func (k kept) restarts(t testing.TB, stands kit.Standing, now time.Time) *kittest.Bench {
	b := kittest.New(t, (&sees{check: hasty}).kind("hasty"), nil)
	b.Now = now
	b.Configure(stands)
	k.listen(b)
	deeds := map[string]kit.Deed{}
	for name, raw := range k {
		var d kit.Deed
		if err := json.Unmarshal(raw, &d); err != nil {
			t.Fatal(err)
		}
		deeds[name] = d
	}
	b.Set.Remember(deeds, now)
	return b
}

// However often the bot is started anew in a row of what a protection does and what of it moderators take
// back, its brake is pulled where it would be otherwise, once, and as much is stored as counts.
func TestRestartsChangeNoBrake(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		var told [2][]kit.Brake
		stored := [2]kept{{}, {}}
		var benches [2]*kittest.Bench
		stands := [2]kit.Standing{{Mode: kit.On}, {Mode: kit.On}}
		starts := func(i int, now time.Time) {
			benches[i] = stored[i].restarts(t, stands[i], now)
			benches[i].Set.Braked = func(b kit.Brake) {
				told[i] = append(told[i], b)
				stands[i] = stands[i].Braked(b.Room)
				benches[i].Configure(stands[i])
			}
		}
		for i := range benches {
			starts(i, kittest.Start)
		}
		both := func(f func(b *kittest.Bench)) {
			for _, b := range benches {
				f(b)
			}
		}
		verbs := []action.Verb{action.Redact, action.Ban, action.Kick, action.Mute, action.Notify, action.TellOut}
		places := []id.RoomID{kittest.RoomID, other}
		done := 0
		for range rapid.IntRange(1, 80).Draw(rt, "steps") {
			n := rapid.IntRange(0, max(done, 1)).Draw(rt, "of")
			f := kit.Finding{Protection: "hasty", Room: rapid.SampledFrom(places).Draw(rt, "room"), User: account(n % 7), Offence: id.EventID(fmt.Sprint("$o", n))}
			switch rapid.IntRange(0, 5).Draw(rt, "what") {
			case 0, 1:
				verb := rapid.SampledFrom(verbs).Draw(rt, "verb")
				both(func(b *kittest.Bench) {
					b.Set.Ended(action.Ending{Action: action.Action{Verb: verb, Room: f.Room, User: f.User, Cause: f.Cause()}, Fate: action.Done}, nil, b.Now)
				})
				done++
			case 2:
				both(func(b *kittest.Bench) { b.Set.Mistaken(f.Cause(), kit.Place{Room: f.Room, User: f.User}, b.Now) })
			case 3:
				both(func(b *kittest.Bench) { b.Set.Undone(kit.Place{Room: f.Room, User: f.User}, b.Now) })
			case 4:
				d := time.Duration(rapid.IntRange(0, 72).Draw(rt, "hours")) * time.Hour
				both(func(b *kittest.Bench) { b.Now = b.Now.Add(d) })
			case 5:
				for i, b := range benches { // as moderators do after a brake
					stands[i] = kit.Standing{Mode: kit.On}
					b.Configure(stands[i])
				}
			}
			if rapid.Bool().Draw(rt, "restart") {
				starts(1, benches[1].Now)
				benches[0].Set.Remember(nil, benches[0].Now) // what is too old goes there too
			}
			if fmt.Sprint(told[0]) != fmt.Sprint(told[1]) {
				rt.Fatalf("without restarts %v, with them %v", told[0], told[1])
			}
		}
		if one, two := stored[0].deeds(), stored[1].deeds(); !slices.Equal(one, two) {
			rt.Fatalf("stored are\n%s\nand with restarts\n%s", one, two)
		}
	})
}

// What is stored of it stays little, and what is no deed is left alone.
func TestFewDeedsAreStored(t *testing.T) {
	stored := kept{}
	b := stored.restarts(t, kit.Standing{Mode: kit.On}, kittest.Start)
	for n := range 200 {
		f := kit.Finding{Protection: "hasty", Room: kittest.RoomID, User: account(n), Offence: id.EventID(fmt.Sprint("$o", n))}
		b.Set.Ended(action.Ending{Action: action.Action{Verb: action.Redact, Room: f.Room, User: f.User, Cause: f.Cause()}, Fate: action.Done}, nil, b.Now)
	}
	if len(stored) != 50 {
		t.Errorf("%d are stored", len(stored))
	}
	b.Set.Remember(map[string]kit.Deed{"nonsense": {Protection: "hasty", At: b.Now}}, b.Now)
	stored.restarts(t, kit.Standing{Mode: kit.On}, kittest.Start.Add(8*24*time.Hour))
	if len(stored) != 0 {
		t.Errorf("after a week %d are stored", len(stored))
	}
	b = stored.restarts(t, kit.Standing{Mode: kit.On}, kittest.Start)
	b.Set.Ended(action.Ending{Action: action.Action{Verb: action.Redact, Room: kittest.RoomID, User: "@u:hs", Cause: action.Cause{Kind: action.ByProtection, Protection: "hasty", Event: "$o"}}, Fate: action.Done}, nil, b.Now)
	b.Configure(kit.Standing{Mode: kit.Off})
	if len(stored) != 0 {
		t.Errorf("switched off, %d are stored", len(stored))
	}
}
