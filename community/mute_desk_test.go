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
	}
	if got := muted(1); len(got) != 0 {
		t.Errorf("lifted by somebody: %+v", got)
	}
	if got := muted(2); len(got) != 1 || got[0].Entry != "" || got[0].Was != nil {
		t.Errorf("by hand: %+v", got)
	}
	if got := muted(3); len(got) != 0 {
		t.Errorf("who may speak: %+v", got)
	}
}
