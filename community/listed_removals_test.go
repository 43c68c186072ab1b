package community

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/approval"
	"forseti/sanction/trust"
	"forseti/store"
)

// removing is a community that watches a list so that what those wrote goes whom it bans.
type removing struct {
	*alerted
	of     *listedRemovals
	wanted []action.Action
	sought []commands.Search
	unread error
}

func newRemoving(t *testing.T, kept *store.Store) *removing {
	r := &removing{alerted: newAlerted(t, kept)}
	r.of = r.hearing.removals
	r.of.begun = func() bool { return true }
	r.of.asks = removalAsks{
		how:   func(list id.RoomID) commands.HowWatched { return commands.HowWatched{Redact: list == "!theirs:hs"} },
		usual: func() map[string]string { return map[string]string{"remove": "spam, *advert*"} },
		trust: func(u id.UserID, _ time.Time) trust.Level {
			if u == "@old:hs" {
				return trust.Known
			}
			return trust.New
		},
		limits: func() approval.Limits { return approval.Limits{Members: 3, Within: 10 * time.Minute} },
		find: func(_ context.Context, s commands.Search) (found commands.Found, err error) {
			r.sought = append(r.sought, s)
			for _, w := range s.Users {
				found.Messages = append(found.Messages, commands.Said{Room: s.Rooms[0], Event: "$of" + id.EventID(w.User), By: w.User})
			}
			return found, r.unread
		},
		want: func(_ context.Context, wanted []action.Action, _ []any) error {
			r.wanted = append(r.wanted, wanted...)
			return nil
		},
	}
	return r
}

// bans has a rule of the list ban somebody.
func (r *removing) bans(u id.UserID, list id.RoomID, reason string, sender id.UserID) {
	evt := stateEvent(list, "m.policy.rule.user", string(u), sender, id.EventID("$rule-"+string(u)+reason), fmt.Appendf(nil, `{"entity":%q,"recommendation":"m.ban","reason":%q}`, u, reason))
	r.loop.See(func() {
		r.world.ApplyRule(list, evt)
		r.hearing.removals.ended(action.Ending{Fate: action.Done, Action: action.Action{
			Verb: action.Ban, Room: benchRoom, User: u, Cause: action.Cause{Kind: action.ByRule, List: list, Rule: evt.ID, Entity: string(u)},
		}})
	})
}

// removes gives whose messages are removed by a time.
func (r *removing) removes(at time.Time) (all []string) {
	r.wanted = nil
	r.loop.See(func() { r.of.lookDue(at) })
	for busy := true; busy; {
		r.loop.See(func() { busy = r.of.busy })
	}
	for _, a := range r.wanted {
		if a.Verb != action.Redact || a.Cause.Kind != action.ByRule || a.Reason == "" || a.ID == "" {
			r.t.Errorf("wanted %+v", a)
		}
		all = append(all, string(a.By))
	}
	slices.Sort(all)
	return all
}

// What newcomers wrote goes with the ban of a list that is watched so, by the reasons for which it does, of no more users
// than the list may ban without a yes, and over a restart.
func TestListsRemoveWithinLimits(t *testing.T) {
	kept := openStore(t)
	r := newRemoving(t, kept)
	now := time.Now()
	r.loop.See(func() {
		for _, list := range []id.RoomID{"!theirs:hs", "!other:hs"} {
			r.world.Rules.SetOrder([]id.RoomID{list})
		}
	})
	r.bans("@a:hs", "!theirs:hs", "spam", "@owner:hs")
	r.bans("@b:hs", "!theirs:hs", "many Adverts", "@owner:hs")
	r.bans("@else:hs", "!theirs:hs", "harassment", "@owner:hs")
	r.bans("@none:hs", "!theirs:hs", "", "@owner:hs")
	r.bans("@other:hs", "!other:hs", "spam", "@owner:hs")
	r.bans("@ours:hs", "!theirs:hs", "spam", r.opts.Self)
	r.bans(benchModerator, "!theirs:hs", "spam", "@owner:hs")
	r.bans("@old:hs", "!theirs:hs", "spam", "@owner:hs")
	if all := r.removes(now); len(all) > 0 {
		t.Errorf("removed at once: %v", all)
	}
	if err := r.commits.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	r = newRemoving(t, kept)
	r.unread = context.DeadlineExceeded
	if all := r.removes(now.Add(time.Minute)); len(all) > 0 {
		t.Errorf("removed what cannot be read: %v", all)
	}
	r.unread = nil
	if all := r.removes(time.Now().Add(2 * removalRetry)); !slices.Equal(all, []string{"@a:hs", "@b:hs"}) {
		t.Errorf("removed of %v", all)
	}
	if s := r.sought[0]; s.Since.Before(now.Add(-25*time.Hour)) || s.Limit == 0 || !slices.Equal(s.Rooms, []id.RoomID{benchRoom}) {
		t.Errorf("sought %+v", s)
	}
	if all := r.removes(time.Now().Add(time.Hour)); len(all) > 0 {
		t.Errorf("removed again: %v", all)
	}
	// The third is the last one.
	for i := range 3 {
		r.bans(id.UserID(fmt.Sprintf("@more%d:hs", i)), "!theirs:hs", "spam", "@owner:hs")
	}
	if all := r.removes(time.Now().Add(time.Minute)); !slices.Equal(all, []string{"@more0:hs"}) {
		t.Errorf("removed of %v", all)
	}
	r.loop.See(func() { r.speaks("$said") })
	for _, words := range []string{"What `@more1:hs` wrote stays", "`!forseti redact @more2:hs` removes it"} {
		if said := strings.Join(r.said, "\n"); !strings.Contains(said, words) {
			t.Errorf("not said %q:\n%s", words, said)
		}
	}
	// Later there is room again.
	r.loop.See(func() { r.of.forget(time.Now().Add(time.Hour)) })
	r.bans("@late:hs", "!theirs:hs", "spam", "@owner:hs")
	if all := r.removes(time.Now().Add(time.Minute)); !slices.Equal(all, []string{"@late:hs"}) {
		t.Errorf("removed of %v", all)
	}
}
