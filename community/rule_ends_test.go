package community

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/store"
)

// termed is a community that looks for rules whose time is over.
type termed struct {
	*reader
	wanted []action.Action
}

func newTermed(t *testing.T) *termed {
	t.Helper()
	r := &termed{reader: newReader(t, openStore(t), 3)}
	r.progress.begun = true
	r.protectors.terms.want = func(ctx context.Context, wanted store.Commit) error {
		r.wanted = append(r.wanted, wanted.Open...)
		return r.commits.Keep(ctx, wanted)
	}
	go r.loop.Run(func() time.Duration { return time.Hour })
	levels := fmt.Sprintf(`{"users":{"%s":50}}`, benchSelf)
	r.list("m.room.create", "", benchOwner, "$create", `{"room_version":"10","type":"m.policy"}`)
	r.list("m.room.power_levels", "", benchOwner, "$levels", levels)
	r.loop.See(func() { r.places.following.lists[readFrom].loaded = true })
	return r
}

// list takes in an event of the list.
func (r *termed) list(kind, key string, by id.UserID, evt id.EventID, content string) {
	e := stateEvent(readFrom, kind, key, by, evt, json.RawMessage(content))
	r.loop.See(func() {
		l := r.places.following.lists[readFrom]
		if l.take(benchSelf, e, time.Now()); kind == "m.policy.rule.user" {
			r.places.following.takeRule(l, e, time.Now())
		}
	})
}

// looks has it looked, and gives what is to be done.
func (r *termed) looks(now time.Time) []action.Action {
	r.t.Helper()
	r.loop.See(func() {
		r.wanted = nil
		r.protectors.terms.lookDue(now)
	})
	r.loop.Wait()
	return r.wanted
}

func TestRulesEndOnce(t *testing.T) {
	r := newTermed(t)
	now := time.Now()
	r.list("m.policy.rule.user", "k", benchSelf, "$rule", fmt.Sprintf(`{"entity":"@x:hs","recommendation":"m.ban","org.forseti.until":%d}`, now.Add(time.Hour).UnixMilli()))
	if got := r.looks(now); len(got) != 0 {
		t.Fatalf("too early: %+v", got)
	}
	if due := r.protectors.terms.due(); due.UnixMilli() != now.Add(time.Hour).UnixMilli() {
		t.Errorf("looks at %s", due)
	}
	later := now.Add(2 * time.Hour)
	got := r.looks(later)
	if len(got) != 1 || got[0].Verb != action.RemoveRule || got[0].Room != readFrom || got[0].State.Key != "k" || got[0].Cause.Kind != action.ByForseti {
		t.Fatalf("wants %+v", got)
	}
	if again := r.looks(later.Add(2 * lookAgain)); len(again) != 0 {
		t.Errorf("twice: %+v", again)
	}
	// What came to nothing is tried again; what was taken away by now is not.
	r.loop.See(func() { r.protectors.terms.ended(action.Ending{Action: got[0], Fate: action.Refused}) })
	if again := r.looks(later.Add(4 * lookAgain)); len(again) != 1 {
		t.Errorf("after a refusal: %+v", again)
	}
	r.list("m.policy.rule.user", "k", benchSelf, "$gone", `{}`)
	if again := r.looks(later.Add(8 * lookAgain)); len(again) != 0 {
		t.Errorf("it is gone: %+v", again)
	}
}
