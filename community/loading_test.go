package community

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/enforce"
	"forseti/matrix"
)

// halfLoaded is a community whose rooms are still to come.
func halfLoaded(t *testing.T, rooms, members int) *Community {
	t.Helper()
	c := New(Options{
		Store: crowded(t, rooms, members), Self: benchSelf, ManagementRoom: "!management:hs", FullLook: "@hourly", Log: zerolog.Nop(),
		Settings: enforce.Settings{Limits: enforce.Limits{Members: 10, Percent: 10}},
	})
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	c.loop.Begin(ctx)
	if _, err := c.load(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := len(c.progress.loading.rooms); n != rooms {
		t.Fatalf("%d rooms come later", n)
	}
	return c
}

func atOnce(_ context.Context, f func()) error {
	f()
	return nil
}

// What a batch says waits for the rooms that it is about and for those where whoever acts in
// it is, which come first; what is weighed against all rooms waits for all.
func TestWhatABatchWaitsFor(t *testing.T) {
	const rooms, members = 10, 20 // each user is in five rooms: every other one
	room := func(i int) id.RoomID { return id.RoomID(fmt.Sprintf("!roomwithausuallongid%d:synthetic.example", i)) }
	odd := []id.RoomID{room(1), room(3), room(5), room(7), room(9)}
	said := func(in id.RoomID, by id.UserID) matrix.RoomBatch {
		return matrix.RoomBatch{Room: in, Membership: event.MembershipJoin, Timeline: []*event.Event{{RoomID: in, Sender: by, Type: event.EventMessage}}}
	}
	member := id.UserID("@user20:server0.example")
	for name, tc := range map[string]struct {
		batch matrix.Batch
		rooms []id.RoomID
		all   bool
	}{
		"nothing":        {},
		"somebody else":  {matrix.Batch{Rooms: []matrix.RoomBatch{said(room(4), "@else:hs")}}, []id.RoomID{room(4)}, false},
		"a member":       {matrix.Batch{Rooms: []matrix.RoomBatch{said(room(1), member)}}, odd, false},
		"about a member": {matrix.Batch{Rooms: []matrix.RoomBatch{{Room: room(1), Timeline: []*event.Event{stateEvent(room(1), "m.room.member", string(member), "@else:hs", "$kick", nil)}}}}, odd, false},
		"other rooms":    {matrix.Batch{Rooms: []matrix.RoomBatch{said("!else:hs", member)}}, nil, false},
		"moderators":     {matrix.Batch{Rooms: []matrix.RoomBatch{said("!management:hs", "@mod:hs")}}, nil, true},
		"what is set up": {matrix.Batch{AccountData: []*event.Event{{}}}, nil, true},
		"a first batch":  {matrix.Batch{Initial: true}, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			c := halfLoaded(t, rooms, members)
			l := c.progress.loading
			w, actors := l.needs(&tc.batch)
			for _, u := range actors {
				in, err := l.state.With(t.Context(), u)
				if err != nil {
					t.Fatal(err)
				}
				w.rooms = append(w.rooms, in...)
			}
			l.await(w)
			come := func() bool {
				select {
				case <-w.come:
					return true
				default:
					return false
				}
			}
			want := len(tc.rooms)
			if tc.all {
				want = rooms
			}
			for n := range want {
				if come() {
					t.Fatalf("%d rooms are there, and it waits for %d", n, want)
				}
				room := l.next()
				if !tc.all && !slices.Contains(tc.rooms, room) {
					t.Errorf("%s came first", room)
				}
				if err := l.load(t.Context(), room, atOnce); err != nil {
					t.Fatal(err)
				}
			}
			if !come() || w.all != tc.all {
				t.Errorf("it still waits, for all: %t", w.all)
			}
			if err := l.run(t.Context(), atOnce); err != nil || l.under() || len(l.waits) > 0 {
				t.Errorf("%v, and %d rooms are missing", err, len(l.rooms))
			}
			if w, _ := l.needs(&matrix.Batch{Initial: true}); w != nil {
				t.Error("something waits though all rooms are there")
			}
		})
	}
}

// A room that is still to come is left alone, and what has to be weighed or read is neither
// before all are there.
func TestUntilAllRoomsAreThere(t *testing.T) {
	c := halfLoaded(t, 4, 3)
	l, now := c.progress.loading, time.Now()
	over := 0
	l.whenOver(func(time.Time) { over++ })
	c.progress.live, c.progress.begun = true, true
	for left := 4; left > 0; left-- {
		for room, r := range c.world.Rooms() {
			if there := !l.missing(room); c.world.RoomHeld(room) == there || r.Len() > 0 != there {
				t.Errorf("%s: there %t, held %t, with %d members", room, there, c.world.RoomHeld(room), r.Len())
			}
		}
		if c.queue.acls.want("!acl:hs", now.Add(-time.Hour)); !c.queue.due().IsZero() || c.progress.complete() || c.orders.live() || over > 0 {
			t.Errorf("with %d rooms missing: ACLs due %v, complete %t, commands heard %t, over %d", left, c.queue.due(), c.progress.complete(), c.orders.live(), over)
		}
		c.surveying.lookAtUnread()
		for room := range l.rooms {
			if c.surveying.survey.Reading(room) {
				t.Errorf("%s is stored, and read", room)
			}
		}
		if err := l.load(t.Context(), l.next(), atOnce); err != nil {
			t.Fatal(err)
		}
	}
	if c.queue.due().IsZero() || !c.progress.complete() || !c.orders.live() || over != 1 || l.under() {
		t.Errorf("all are there: ACLs due %v, complete %t, commands heard %t, over %d", c.queue.due(), c.progress.complete(), c.orders.live(), over)
	}
	if l.whenOver(func(time.Time) { over++ }); over != 2 {
		t.Error("what comes after waits")
	}
}

// What the journal holds open is gone on with once the room is there that it is about: before, nobody would be known in it,
// and it would be refused for good.
func TestNothingIsTriedWhereNobodyIsKnownYet(t *testing.T) {
	kept := crowded(t, 2, 10)
	room := id.RoomID("!roomwithausuallongid1:synthetic.example")
	var ids []string
	for _, verb := range action.Verbs() {
		a := action.Action{Verb: verb, Room: room, User: "@user0:server0.example", Event: "$e", Message: &action.Message{Markdown: "You were warned."}, Cause: action.Cause{Kind: action.ByModerator, Event: "$command"}}
		switch verb.Row().Lane {
		case action.MemberLane, action.LevelLane, action.MessageLane, action.WordLane:
			begun, err := kept.Journal.Begin(t.Context(), a)
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, begun.ID)
		}
	}
	c := New(Options{Store: kept, Self: benchSelf, ManagementRoom: "!management:hs", FullLook: "@hourly", Log: zerolog.Nop()})
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	c.loop.Begin(ctx)
	if _, err := c.load(t.Context()); err != nil {
		t.Fatal(err)
	}
	tried := map[id.RoomID]int{}
	next := func() {
		for job, ok := c.jobs.runner.Next(time.Now()); ok; job, ok = c.jobs.runner.Next(time.Now()) {
			tried[job.Action.Room]++
		}
	}
	next()
	c.loop.Wait()
	if open, err := kept.Journal.Open(t.Context()); err != nil || len(tried) > 0 || len(ids) < 10 || len(open) != len(ids) {
		t.Fatalf("%d of %d are tried before their room is there, %d wait: %v", tried[room], len(ids), len(open), err)
	}
	if err := c.progress.loading.run(t.Context(), atOnce); err != nil {
		t.Fatal(err)
	}
	if next(); tried[room] == 0 {
		t.Error("nothing is tried once it is")
	}
}
