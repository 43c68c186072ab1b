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
		lists: func() []id.RoomID { return []id.RoomID{"!other:hs", "!theirs:hs"} }, done: kept.Journal.DoneSince,
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

// However the bot is killed between a ban and the removal of what was written, that is done after it, once, in each room; what was
// banned before the list was watched so stays.
func TestKilledWhileAListRemoves(t *testing.T) {
	const list, second = id.RoomID("!theirs:hs"), id.RoomID("!second:hs")
	for name, step := range map[string]int{"before anything is noted": 0, "as one of two rooms is noted": 1, "when all is noted": 2, "as it looks": 3, "as it looks and more comes": 4, "as it is in the journal": 5, "after all": 6} {
		t.Run(name, func(t *testing.T) {
			kept := openStore(t)
			journal := map[string]int{}
			start := func() *removing {
				r := newRemoving(t, kept)
				r.loop.See(func() {
					r.world.Protect(second)
					for _, u := range []id.UserID{"@a:hs", "@before:hs"} {
						r.world.ApplyRule(list, stateEvent(list, "m.policy.rule.user", string(u), "@owner:hs", "$rule-"+id.EventID(u), fmt.Appendf(nil, `{"entity":%q,"recommendation":"m.ban","reason":"spam"}`, u)))
					}
				})
				r.of.asks.find = func(_ context.Context, s commands.Search) (found commands.Found, err error) {
					for _, w := range s.Users {
						for _, room := range s.Rooms {
							found.Messages = append(found.Messages, commands.Said{Room: room, Event: "$of" + id.EventID(w.User) + id.EventID(room), By: w.User})
						}
					}
					return found, nil
				}
				r.of.asks.want = func(_ context.Context, wanted []action.Action, _ []any) error {
					for _, a := range wanted { // what is in the journal is left out
						if journal[a.ID] == 0 {
							journal[a.ID]++
							r.wanted = append(r.wanted, a)
						}
					}
					return nil
				}
				return r
			}
			bans := func(u id.UserID, room id.RoomID) action.Action {
				t.Helper()
				a, err := kept.Journal.Begin(t.Context(), action.Action{Verb: action.Ban, Room: room, User: u, Cause: action.Cause{Kind: action.ByRule, List: list, Rule: "$rule-" + id.EventID(u), Entity: string(u)}})
				if err == nil {
					err = kept.Journal.Settle(t.Context(), a.ID, action.Outcome{Done: true, Event: "$ban" + id.EventID(a.ID)})
				}
				if err != nil {
					t.Fatal(err)
				}
				return a
			}
			flush := func(r *removing) {
				t.Helper()
				if err := r.commits.Flush(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			hears := func(r *removing, a action.Action) {
				r.loop.See(func() { r.of.ended(action.Ending{Action: a, Fate: action.Done}) })
				flush(r)
			}
			bans("@before:hs", benchRoom)
			time.Sleep(2 * time.Millisecond) // the journal counts so
			r := start()
			if all := r.removes(time.Now()); len(all) > 0 {
				t.Fatalf("removes %v", all)
			}
			flush(r)
			all := []action.Action{bans("@a:hs", benchRoom), bans("@a:hs", second)}
			if step >= 1 {
				hears(r, all[0])
			}
			if step >= 2 && step != 4 {
				hears(r, all[1])
			}
			want := r.of.asks.want
			soon := time.Now().Add(time.Minute)
			switch step {
			case 3, 4:
				r.of.asks.want = func(context.Context, []action.Action, []any) error {
					if step == 4 {
						hears(r, all[1])
					}
					return context.Canceled
				}
				r.of.asks.how = func(list id.RoomID) commands.HowWatched { return commands.HowWatched{Redact: list == "!theirs:hs"} }
				r.removes(soon)
			case 5:
				r.of.asks.want = func(ctx context.Context, wanted []action.Action, e []any) error {
					_ = want(ctx, wanted, e)
					return context.Canceled
				}
				r.removes(soon)
			case 6:
				r.removes(soon)
				flush(r)
			}
			r = start()
			r.removes(time.Now())
			r.loop.See(func() {}) // what was found of the journal is known
			r.removes(time.Now().Add(time.Hour))
			if len(journal) != 2 {
				t.Errorf("%d removals: %v", len(journal), journal)
			}
			flush(r)
			r = start()
			r.removes(time.Now())
			if all := r.removes(time.Now().Add(2 * time.Hour)); len(all) > 0 || len(journal) != 2 {
				t.Errorf("removed again: %v", all)
			}
		})
	}
}
