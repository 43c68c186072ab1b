package community

import (
	"encoding/json"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"

	"forseti/action"
	"forseti/commands"
)

// Who is muted follows from the room; what there was before, from what we did.
func TestMuted(t *testing.T) {
	r := newTimed(t, openStore(t))
	desk := muteDesk{r.loop, r.world, r.opts.Store.Journal}
	r.did(action.Mute, spammer(0), "$first", time.Time{})
	r.did(action.Unmute, spammer(0), "$over", time.Time{})
	mute := r.did(action.Mute, spammer(0), "$again", time.Now().Add(time.Hour))
	later := mute
	later.ID, later.Expires = "later", time.Now().Add(2*time.Hour)
	sooner := mute
	sooner.ID, sooner.Expires = "sooner", time.Now().Add(time.Minute)
	for _, more := range []action.Action{later, sooner} { // had nothing to do
		if _, err := r.opts.Store.Journal.Begin(t.Context(), more); err != nil {
			t.Fatal(err)
		}
		if err := r.opts.Store.Journal.Settle(t.Context(), more.ID, action.Outcome{Done: true, Failure: "it is as wanted already"}); err != nil {
			t.Fatal(err)
		}
	}
	r.did(action.Mute, spammer(1), "$lifted", time.Time{})
	r.did(action.Ban, spammer(0), "$ban", time.Time{})
	muted := func(n int) []commands.Muted {
		t.Helper()
		held, err := desk.Muted(t.Context(), spammer(n))
		if err != nil {
			t.Fatal(err)
		}
		return held
	}
	levels := func(users string) {
		r.loop.See(func() {
			r.intake.apply(stateEvent(benchRoom, event.StatePowerLevels.Type, "", benchOwner, "$levels"+"2", json.RawMessage(`{"users":{"`+string(benchSelf)+`":100`+users+`}}`)), time.Now())
		})
	}
	if got := muted(0); len(got) != 0 {
		t.Errorf("before the room says so: %+v", got)
	}
	levels(`,"` + string(spammer(0)) + `":-1,"` + string(spammer(2)) + `":-5,"` + string(spammer(3)) + `":10`)
	if got := muted(0); len(got) != 1 || got[0].Room != benchRoom || got[0].Entry != mute.ID || string(got[0].Was) != `{"before":null,"level":-1}` {
		t.Errorf("by us: %+v", got)
	} else if !got[0].Until.Round(time.Second).Equal(later.Expires.Round(time.Second)) {
		t.Errorf("it ends %s, and not with the longest of them, %s", got[0].Until, later.Expires)
	}
	if got := muted(1); len(got) != 0 {
		t.Errorf("lifted by somebody: %+v", got)
	}
	if got := muted(2); len(got) != 1 || got[0].Entry != "" || got[0].Was != nil || !got[0].Until.IsZero() {
		t.Errorf("by hand: %+v", got)
	}
	if got := muted(3); len(got) != 0 {
		t.Errorf("who may speak: %+v", got)
	}
}
