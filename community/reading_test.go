package community

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community/approval"
	"forseti/community/survey"
	"forseti/enforce"
	"forseti/internal/pgtest"
	"forseti/matrix"
	"forseti/policy"
	"forseti/store"
)

const readFrom = id.RoomID("!list:own.example")

// reader is a community that follows a list and protects a room with some members. Its
// turns are taken by hand.
type reader struct {
	*Community
	t testing.TB
}

// newReader goes on from what is stored, or begins if that is nothing.
func newReader(t testing.TB, kept *store.Store, members int, more ...func(*Options)) *reader {
	t.Helper()
	o := Options{
		Store: kept, Self: benchSelf, ManagementRoom: "!management:hs", FullLook: "@hourly", Log: zerolog.Nop(),
		Settings: enforce.Settings{Limits: enforce.Limits{Members: 10, Percent: 10}},
	}
	for _, change := range more {
		change(&o)
	}
	r := &reader{New(o), t}
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	r.loop.Begin(ctx)
	since, err := r.loadWhole(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if since == "" {
		r.places.management.room.loaded = true
		var rows []store.StateRow
		for kind, content := range map[string]string{typeWatchedLists: `{"references":["` + string(readFrom) + `"]}`, typeProtectedRooms: `{"rooms":["` + string(benchRoom) + `"]}`} {
			evt := stateEvent("", kind, "", benchSelf, "", json.RawMessage(content))
			evt.StateKey = nil
			rows = append(rows, r.configured.apply(evt)...)
		}
		state := []*event.Event{
			stateEvent(benchRoom, "m.room.create", "", benchSelf, "$create", json.RawMessage(`{"room_version":"11"}`)),
			stateEvent(benchRoom, "m.room.member", string(benchSelf), benchSelf, "$us", json.RawMessage(`{"membership":"join"}`)),
			stateEvent(benchRoom, "m.room.power_levels", "", benchSelf, "$levels", json.RawMessage(`{"users":{"`+string(benchSelf)+`":100}}`)),
		}
		for i := range members {
			u := spammer(i)
			state = append(state, stateEvent(benchRoom, "m.room.member", string(u), u, id.EventID(fmt.Sprint("$join", i)), json.RawMessage(`{"membership":"join"}`)))
		}
		viewAtOnce(r.intake, benchRoom, state, time.Now())
		r.commits.Replace(benchRoom, rowsOf(state, func(*event.Event) bool { return true }))
		for r.places.protecting.sweepOne(time.Now()) {
		}
		r.store(store.Commit{State: rows, NextBatch: "0"})
	}
	return r
}

func spammer(i int) id.UserID { return id.UserID(fmt.Sprintf("@spam%d:evil.example", i)) }

// store stores what a batch would.
func (r *reader) store(with store.Commit) {
	r.t.Helper()
	if err := r.opts.Store.Commit(r.t.Context(), r.commits.Take(with)); err != nil {
		r.t.Fatal(err)
	}
}

// begin has the list say something.
func (r *reader) begin(state []*event.Event) *list {
	l := r.places.following.lists[readFrom]
	role, _ := r.places.roles(readFrom)
	r.surveying.takeList(readFrom, role, inList(), policy.NewReading(readFrom, state), nil, rowsOf(state, func(*event.Event) bool { return true }))
	return l
}

// banned counts those whom rules that are followed ban.
func (r *reader) banned() (n int) {
	for u := range r.world.Room(benchRoom).Members() {
		if _, ban := r.world.Desired(u); ban {
			n++
		}
	}
	return n
}

// inList is what a list's room says besides rules.
func inList() []*event.Event {
	return []*event.Event{
		stateEvent(readFrom, "m.room.create", "", "@author:list.example", "$create", json.RawMessage(`{"room_version":"11"}`)),
		stateEvent(readFrom, "m.room.member", string(benchSelf), benchSelf, "$us", json.RawMessage(`{"membership":"join"}`)),
	}
}

func listed(key, entity, recommendation, evt string) *event.Event {
	content, _ := json.Marshal(map[string]string{"entity": entity, "recommendation": recommendation, "reason": "spam"})
	return stateEvent(readFrom, "m.policy.rule.user", key, "@author:list.example", id.EventID(evt), content)
}

func spamRules(n int) (state []*event.Event) {
	for i := range n {
		state = append(state, listed(fmt.Sprint(i), string(spammer(i)), "m.ban", fmt.Sprint("$rule", i)))
	}
	return state
}

func openStore(t testing.TB) *store.Store {
	t.Helper()
	return storeAt(t, "sqlite:"+filepath.Join(t.TempDir(), "reading.db"))
}

func storeAt(t testing.TB, url string) *store.Store {
	t.Helper()
	db, err := store.Open(t.Context(), url, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	kept, err := db.Community(t.Context(), "!management:hs")
	if err != nil {
		t.Fatal(err)
	}
	return kept
}

// A list that is read as a whole is one change: nothing of it is followed before all of
// it was weighed, whatever it is taken in by, and nothing of it is asked about.
func TestReadingIsOneChange(t *testing.T) {
	const rules = 3*readingPart + 7
	r := newReader(t, openStore(t), rules)
	l := r.begin(spamRules(rules))
	turns := 0
	for ; r.places.following.readOne(time.Now()); turns++ {
		if n := r.banned(); n > 0 {
			t.Fatalf("%d are to be banned after %d turns, and nobody said yes", n, turns)
		}
		if asks := !r.orders.questions.topics.unweighed(rulesOf(readFrom)); asks == (l.reading() != nil && !l.reading().weighed) {
			t.Fatalf("after %d turns it is asked about: %t", turns, asks)
		}
	}
	w := r.places.following.weigher.waitingIn(readFrom)
	if turns < 8 || len(w.slots) != rules {
		t.Fatalf("%d of %d wait, after %d turns", len(w.slots), rules, turns)
	}

	// A yes is followed a part at a time, and waits for nobody meanwhile; but what the
	// list changes in between was not agreed to.
	r.orders.questions.topics.decideRules(approval.Question{Topic: rulesOf(readFrom), UpTo: w.upTo}, nil, true, "`@mod:hs`", time.Now())
	if w := r.places.following.weigher.waitingIn(readFrom); len(w.slots) != 0 || l.reading() == nil || r.banned() != 0 {
		t.Fatalf("%d wait after a yes, %d are to be banned", len(w.slots), r.banned())
	}
	r.places.following.readOne(time.Now())
	if n := r.banned(); n == 0 || n == rules || !r.places.following.half() {
		t.Errorf("%d of %d are to be banned, and nothing else waits for the rest", n, rules)
	}
	later := l.reading().waiting[len(l.reading().waiting)-1]
	r.world.ApplyRule(readFrom, listed(later.Key, "@spam*", "m.ban", "$later"))
	for r.places.following.readOne(time.Now()) {
	}
	w = r.places.following.weigher.waitingIn(readFrom)
	if len(w.slots) != 1 || w.slots[0] != later || r.banned() != rules-1 || r.places.following.half() {
		t.Errorf("%d wait in the end: %v; %d are to be banned", len(w.slots), w.first, r.banned())
	}
}

// acting is a homeserver on which everything works.
type acting struct {
	Homeserver
	mu     sync.Mutex
	banned map[id.UserID]bool
}

func (a *acting) Act(_ context.Context, did action.Action) (action.Result, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if did.Verb == action.Ban {
		a.banned[did.User] = true
	}
	return action.Result{Event: id.EventID("$" + rand.Text())}, nil
}

func (a *acting) has(n int) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.banned) >= n
}

// Nothing is planned while a part of a list is followed: its last rule may exempt whom
// its first bans.
func TestNothingIsPlannedByHalf(t *testing.T) {
	const rules = readingPart + 7
	r := newReader(t, openStore(t), rules)
	home := &acting{banned: map[id.UserID]bool{}}
	r.jobs.door.home = home
	r.world.Settings.Limits = enforce.Limits{Members: 2 * rules, Percent: 100}
	r.places.following.setExempting(r.places.following.lists[readFrom], true, time.Now())
	r.progress.live, r.progress.begun = true, true
	r.begin(append(spamRules(rules), listed("last", string(spammer(0)), "fi.mau.meowlnir.unban", "$last")))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.loop.Run(r.next)
	}()
	until(t, r.Community, "all but one are banned", func() bool { return home.has(rules - 1) })
	r.loop.Stop(nil)
	<-ended
	r.loop.Wait()
	if home.banned[spammer(0)] || len(home.banned) != rules-1 {
		t.Errorf("%d of %d are banned, the exempt one: %t", len(home.banned), rules, home.banned[spammer(0)])
	}
}

// After a crash in the middle a list is what it was before, whether it was known or not,
// and is read anew: nothing of it is lost, followed twice, or followed unasked.
func TestListHalfTakenIn(t *testing.T) {
	t.Parallel()
	crashes := func(open func(*testing.T) *store.Store, known ...int) func(*testing.T) {
		return func(t *testing.T) {
			for _, known := range known {
				over := false
				for crash := 0; !over && !t.Failed(); crash++ {
					t.Run(fmt.Sprintf("%d known, after %d turns", known, crash), func(t *testing.T) {
						over = halfTakenIn(t, open(t), known, crash)
					})
				}
			}
		}
	}
	t.Run("sqlite", crashes(func(t *testing.T) *store.Store { return openStore(t) }, 0, 5))
	t.Run("postgres", crashes(func(t *testing.T) *store.Store { return storeAt(t, pgtest.Database(t)) }, 5))
}

// halfTakenIn crashes after some turns, and reports whether the list was taken in by then.
func halfTakenIn(t *testing.T, kept *store.Store, known, crash int) (over bool) {
	const rules = 2*readingPart + 7
	r := newReader(t, kept, rules)
	if known > 0 {
		r.begin(spamRules(known))
		for r.places.following.readOne(time.Now()) {
		}
		r.store(store.Commit{})
	}
	r.places.following.marks.set(readFrom, readAnew) // as after a gap
	l := r.begin(spamRules(rules))
	for range crash {
		r.places.following.readOne(time.Now())
		r.store(store.Commit{}) // a batch of something else
	}
	// What sync brings of a list meanwhile is stored, though the rest is not.
	var out store.Commit
	role, _ := r.places.roles(readFrom)
	r.intake.takeState(listed("more", "@more:x", "m.ban", "$more"), time.Now(), role, &out)
	r.store(out)
	over = l.reading() == nil

	r = newReader(t, kept, rules)
	l = r.places.following.lists[readFrom]
	if n := r.banned(); n != known {
		t.Fatalf("%d of %d are to be banned", n, rules)
	}
	if mark := r.places.following.marks.rooms[readFrom]; (mark != "") == over || l.loaded != (over || known > 0) {
		t.Fatalf("marked %q, loaded %t", mark, l.loaded)
	}
	if !over {
		r.begin(append(spamRules(rules), listed("more", "@more:x", "m.ban", "$more")))
		for r.places.following.readOne(time.Now()) {
		}
	}
	if w := r.places.following.weigher.waitingIn(readFrom); len(w.slots) != rules-known || r.world.Rules.LenOf(readFrom) != rules+1 || r.banned() != known {
		t.Fatalf("%d of %d wait, %d rules, %d are to be banned", len(w.slots), rules, r.world.Rules.LenOf(readFrom), r.banned())
	}
	return over
}

// A rule is weighed with whom the same batch brings, however the batch is ordered; and so
// many rules that they cannot be taken in at once have the list read.
func TestRuleAndCrowdInOneBatch(t *testing.T) {
	const crowd = 12
	for _, listFirst := range []bool{true, false} {
		r := newReader(t, openStore(t), 0)
		r.begin(nil)
		for r.places.following.readOne(time.Now()) {
		}
		room := matrix.RoomBatch{Room: benchRoom, Membership: event.MembershipJoin}
		for i := range crowd {
			u := spammer(i)
			room.State = append(room.State, stateEvent(benchRoom, "m.room.member", string(u), u, id.EventID(fmt.Sprint("$join", i)), json.RawMessage(`{"membership":"join"}`)))
		}
		list := matrix.RoomBatch{Room: readFrom, Membership: event.MembershipJoin, State: []*event.Event{listed("all", "@spam*:evil.example", "m.ban", "$all")}}
		batch := &matrix.Batch{Arrived: time.Now(), Rooms: []matrix.RoomBatch{room, list}}
		if listFirst {
			slices.Reverse(batch.Rooms)
		}
		r.store(r.take(batch))
		if n := r.banned(); n != 0 || len(r.places.following.weigher.waitingIn(readFrom).slots) != 1 {
			t.Errorf("list first %t: %d of %d are to be banned, and nobody said yes", listFirst, n, crowd)
		}
	}
	r := newReader(t, openStore(t), 0)
	r.begin(nil)
	for r.places.following.readOne(time.Now()) {
	}
	r.surveying.survey = survey.New(states{}, r.surveying.owner())
	r.store(r.take(&matrix.Batch{Arrived: time.Now(), Rooms: []matrix.RoomBatch{{Room: readFrom, Membership: event.MembershipJoin, State: spamRules(readingPart + 1)}}}))
	if r.world.Rules.LenOf(readFrom) != 0 || !r.surveying.survey.Reading(readFrom) || r.places.following.marks.rooms[readFrom] != readAnew {
		t.Errorf("%d rules were taken in one by one", r.world.Rules.LenOf(readFrom))
	}
}

// What a moderator said about very much is carried out to the end, whenever we crash.
func TestDecisionHalfCarriedOut(t *testing.T) {
	const rules = 2*readingPart + 7
	for _, yes := range []bool{true, false} {
		for crash := 0; ; crash++ {
			kept := openStore(t)
			r := newReader(t, kept, rules)
			l := r.begin(spamRules(rules))
			for r.places.following.readOne(time.Now()) {
			}
			w := r.places.following.weigher
			r.orders.questions.topics.decideRules(approval.Question{Topic: rulesOf(readFrom), UpTo: w.waitingIn(readFrom).upTo}, nil, yes, "`@mod:hs`", time.Now())
			r.store(store.Commit{})
			for range crash {
				r.places.following.readOne(time.Now())
				r.store(store.Commit{})
			}
			over := l.reading() == nil
			r = newReader(t, kept, rules)
			w = r.places.following.weigher
			if want := map[bool]int{true: rules}[yes]; r.banned() != want || len(w.waitingIn(readFrom).slots) != 0 || len(w.decisions) != 0 {
				t.Fatalf("yes %t, crash after %d turns: %d are to be banned, %d wait", yes, crash, r.banned(), len(w.waitingIn(readFrom).slots))
			}
			r.store(store.Commit{})
			if stored, err := kept.Settings.All(t.Context(), decidedRules); err != nil || len(stored) != 0 {
				t.Errorf("%d decisions are still to be carried out, %v", len(stored), err)
			}
			if over {
				break
			}
		}
	}
}

// states is a homeserver of which only rooms can be read.
type states struct{ bad }

func (states) State(_ context.Context, room id.RoomID) ([]*event.Event, error) {
	return append(inList(), spamRules(2*readingPart)...), nil
}

// A list that is not watched any more while it is taken in ends nothing else; if it is
// watched again, it is read again.
func TestUnwatchedWhileRead(t *testing.T) {
	for turns := range 4 {
		var c *Community
		c = badly(t, func(made *Community) {
			c = made
			c.surveying.survey = survey.New(states{}, c.surveying.owner())
			c.places.management.room.loaded = true
			c.places.following.setWatched([]watched{{room: readFrom}})
			c.surveying.lookAtUnread()
		})
		f := c.places.following
		until(t, c, "the list is there", func() bool { return f.lists[readFrom].reading() != nil })
		if err := c.loop.Do(t.Context(), func() {
			for range turns {
				f.readOne(time.Now())
			}
			f.weigher.expected.Add(approval.Write{List: readFrom, Content: leavingLists}, time.Now())
			f.setWatched(nil)
			if c.surveying.survey.Reading(readFrom) || f.readOne(time.Now()) || c.world.Rules.LenOf(readFrom) != 0 {
				t.Errorf("after %d turns: something is left", turns)
			}
			f.setWatched([]watched{{room: readFrom}})
			c.surveying.lookAtUnread()
			f.weigher.expected.Add(approval.Write{List: readFrom, Content: leavingLists}, time.Now())
			f.setWatched(nil) // while it is being asked for
			f.setWatched([]watched{{room: readFrom}})
			c.surveying.lookAtUnread()
		}); err != nil {
			t.Fatal(err)
		}
		until(t, c, "the list was read again", func() bool {
			f.readOne(time.Now())
			return f.lists[readFrom].loaded && f.lists[readFrom].reading() == nil && !c.surveying.survey.Reading(readFrom)
		})
		if n := c.world.Rules.LenOf(readFrom); n != 2*readingPart {
			t.Errorf("after %d turns, and once more: %d rules", turns, n)
		}
	}
}
