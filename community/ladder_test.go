package community

import (
	"slices"
	"strings"
	"testing"
	"time"

	"forseti/action"
	"forseti/store"
)

// What moderators set of the ladder holds from the next offence on, and after a restart.
func TestLadderOutlivesARestart(t *testing.T) {
	r := newReader(t, openStore(t), 0)
	set := r.protectors.follows.setLadder
	if err := set("ceiling", "mute"); err != nil {
		t.Fatal(err)
	}
	if err := set("mute-lasts", "2d"); err != nil {
		t.Fatal(err)
	}
	if err := set("mute", "1000"); err == nil || !strings.Contains(err.Error(), "`kick` would begin at 50") {
		t.Errorf("%v", err)
	}
	floodsWith(t, r.Community, `{"messages":"2","consequence":"takedown"}`)
	now := time.Now()
	all := r.hearsFrom("@u:hs", 1, 3, now)
	if got := verbsOf(all.actions); len(got) == 0 || !slices.Equal(got, []action.Verb{action.Mute, action.Redact}) || !all.actions[0].Expires.Equal(now.Add(48*time.Hour)) {
		t.Errorf("%v until %v", got, all.actions[0].Expires)
	}
	again := r.restarted()
	if l := again.protectors.follows.ledger.Ladder; len(l.Written()) != 2 {
		t.Errorf("%v", l.Written())
	}
}

// What was set and does not fit any more is said, and the usual holds.
func TestLadderOfAnotherVersion(t *testing.T) {
	kept := openStore(t)
	r := newReader(t, kept, 0)
	r.store(store.Commit{NextBatch: "1", Settings: []store.NewSetting{{Namespace: modeNamespace, Key: ladderKey, Value: map[string]string{"gravity": "9"}}}})
	again := newReader(t, kept, 0)
	if said := again.news(time.Now()); !strings.Contains(said, "the ladder has no setting `gravity`") {
		t.Errorf("%s", said)
	}
	if l := again.protectors.follows.ledger.Ladder; len(l.Written()) != 0 {
		t.Errorf("%v", l.Written())
	}
}
