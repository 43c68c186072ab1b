package community

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/community/approval"
	"forseti/store"
)

// After a crash between an answer and the closing of its question the answer is acted on again: then nothing is decided
// and nothing said, whatever it is about.
func TestAnswerIsActedOnOnce(t *testing.T) {
	const mod, members = id.UserID("@mod:hs"), 30
	longer := func(o *Options) { o.Settings.RecentLeavers = time.Hour }
	for _, tt := range []struct {
		about approval.Topic
		waits func(*reader)
		later func(*Options)
		// done reports whether the answer holds, as it does after a crash.
		done func(r *reader, agreed bool) bool
	}{
		{
			about: rulesOf(readFrom),
			waits: func(r *reader) {
				r.begin(spamRules(members))
				for r.places.following.readOne(time.Now()) {
				}
			},
			done: func(r *reader, agreed bool) bool {
				return len(r.places.following.weigher.waitingIn(readFrom).slots) == 0 && (r.banned() == members) == agreed
			},
		},
		{
			about: approval.Topic{Kind: approval.Room, About: string(benchRoom)},
			waits: func(r *reader) {
				r.world.HoldRoom(benchRoom, true)
				r.places.protecting.rooms[benchRoom].asked = true
				r.commits.Setting(heldRooms, string(benchRoom), asked)
			},
			done: func(r *reader, agreed bool) bool {
				w := r.places.protecting.rooms[benchRoom]
				return !w.asked && w.refused == !agreed && r.world.RoomHeld(benchRoom) == !agreed
			},
		},
		{
			about: approval.Topic{Kind: approval.Unwatch, About: string(readFrom)},
			waits: func(r *reader) {
				r.places.following.leaving[readFrom] = asked
				r.commits.Setting(leavingLists, string(readFrom), asked)
			},
			done: func(r *reader, agreed bool) bool {
				// What the account data still names is watched anew after a yes, and no old answer ends that.
				word := r.places.following.leaving[readFrom]
				return agreed && word == "" || !agreed && word == rejected
			},
		},
		{
			about: approval.Topic{Kind: approval.Settings},
			waits: func(r *reader) {
				to := r.world.Settings
				r.commits.Setting(modeNamespace, enforcedKey, enforcedOf(to))
				to.RecentLeavers = time.Hour
				r.orders.questions.topics.settings = &waitingSettings{to: to}
			},
			later: longer,
			done: func(r *reader, agreed bool) bool {
				return r.orders.questions.topics.settings == nil && (r.world.Settings.RecentLeavers == time.Hour) == agreed
			},
		},
	} {
		for _, agreed := range []bool{true, false} {
			t.Run(fmt.Sprint(tt.about.Kind, " ", agreed), func(t *testing.T) {
				kept := openStore(t)
				r := newReader(t, kept, members)
				tt.waits(r)
				q := approval.Question{Topic: tt.about, UpTo: r.world.Book.Turn()}
				r.orders.questions.topics.decide(q, questionDetails{}, agreed, mod)
				if said := r.said(); !tt.done(r, agreed) || strings.Contains(said, "said no") == agreed {
					t.Fatalf("before the crash: done %t, said %q", tt.done(r, agreed), said)
				}
				r.store(store.Commit{})

				var more []func(*Options)
				if tt.later != nil {
					more = append(more, tt.later)
				}
				r = newReader(t, kept, members, more...)
				budget, limits := r.places.following.weigher.budget, r.places.following.weigher.limits()
				budget.Over(readFrom, time.Now().Add(time.Hour))
				watched := r.places.following.lists[readFrom] != nil
				r.orders.questions.topics.decide(q, questionDetails{}, agreed, mod)
				if said := r.said(); !tt.done(r, agreed) || said != "" {
					t.Errorf("after it: done %t, said %q", tt.done(r, agreed), said)
				}
				if watched != (r.places.following.lists[readFrom] != nil) {
					t.Error("an answer of before the crash ends the watching of a list")
				}
				if budget.Allows(readFrom, approval.Cost{Hits: []approval.Hit{{Who: string(spammer(0))}}}, limits, time.Now()) {
					t.Error("an answer of before the crash gives the list a new budget")
				}
			})
		}
	}
}
