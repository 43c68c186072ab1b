package survey

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/worker"
)

// owner has one goroutine, as a community has, and notes what it is told.
type owner struct {
	ctx     context.Context
	inbox   chan func()
	workers worker.Group
	told    []string
	slow    bool // it does not take in an answer at once
	rested  []int
}

func (o *owner) Later(_ string, f func(context.Context), broke func(error)) {
	o.workers.Go(func() { f(o.ctx) }, func(p *worker.Panic) { o.Post(func() { broke(p) }) })
}
func (o *owner) Post(f func()) { o.inbox <- f }

func (o *owner) After(d time.Duration, f func()) {
	o.workers.Go(func() {
		select {
		case <-time.After(d):
			o.Post(f)
		case <-o.ctx.Done():
		}
	}, nil)
}

func (o *owner) First(room id.RoomID) bool { return room == "!first" }

func (o *owner) Rested(events int) { o.rested = append(o.rested, events) }

func (o *owner) Looked(room id.RoomID, state []*event.Event, err error) bool {
	o.told = append(o.told, fmt.Sprint(room, " ", len(state), " ", err))
	return !o.slow
}

func (o *owner) Missed(room id.RoomID, missed []*event.Event) {
	if len(missed) > 0 {
		o.told = append(o.told, fmt.Sprint(room, " missed ", len(missed)))
	}
}

// homeserver takes a second for each answer.
type homeserver struct {
	now, most, all atomic.Int32
	fail           error
	breaks         atomic.Int32 // the next so many answers break us
}

func (h *homeserver) State(ctx context.Context, _ id.RoomID) ([]*event.Event, error) {
	h.all.Add(1)
	h.most.Store(max(h.most.Load(), h.now.Add(1)))
	defer h.now.Add(-1)
	if h.breaks.Add(-1) >= 0 {
		panic("half read")
	}
	select {
	case <-time.After(time.Second):
		return make([]*event.Event, 2), h.fail
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// survey runs f as the owner, and goes on until nothing has happened for some minutes.
func survey(t *testing.T, h *homeserver, f func(s *Survey, o *owner)) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		o := &owner{ctx: ctx, inbox: make(chan func(), 100)}
		f(New(h, o), o)
		for quiet := false; !quiet; {
			select {
			case next := <-o.inbox:
				next()
			case <-time.After(10 * time.Minute):
				quiet = true
			}
		}
		stop()
		o.workers.Wait()
	})
}

func TestLook(t *testing.T) {
	h := &homeserver{}
	var told []string
	survey(t, h, func(s *Survey, o *owner) {
		done := func(err error) { o.told = append(o.told, fmt.Sprint("done ", err)); told = o.told }
		s.Meanwhile("!a", &event.Event{}) // nobody reads it
		s.Look("!a", done)
		s.Look("!a", done)
		s.Meanwhile("!a", &event.Event{})
		s.Meanwhile("!b", &event.Event{})
		if !s.Reading("!a") || s.Reading("!b") {
			t.Error("!a alone is being read")
		}
	})
	if want := "!a 2 <nil>; !a missed 1; done <nil>; done <nil>"; strings.Join(told, "; ") != want || h.all.Load() != 1 {
		t.Errorf("%d requests: %q, want %q", h.all.Load(), told, want)
	}
}

// An answer that is not taken in at once is still being read: what happens meanwhile is
// taken in after it.
func TestTakenLater(t *testing.T) {
	h := &homeserver{}
	var o *owner
	survey(t, h, func(s *Survey, of *owner) {
		o = of
		o.slow = true
		s.Look("!a", func(err error) { o.told = append(o.told, fmt.Sprint("done ", err)) })
		o.After(time.Minute, func() {
			s.Meanwhile("!a", &event.Event{})
			s.Meanwhile("!a", &event.Event{StateKey: new("@u:x"), Type: event.StateMember})
			o.told = append(o.told, fmt.Sprint("told ", s.Told("!a", "m.room.member", "@u:x"), s.Told("!a", "m.room.member", "@v:x"), s.Told("!b", "m.room.member", "@u:x")))
			o.told = append(o.told, fmt.Sprint("reading ", s.Reading("!a")))
			s.Again("!a") // is another reading, after this one
			o.slow = false
			s.Taken("!a")
			o.told = append(o.told, fmt.Sprint("reading ", s.Reading("!a")))
		})
		o.After(2*time.Minute, func() {
			s.Taken("!a")
			o.told = append(o.told, fmt.Sprint("reading ", s.Reading("!a")))
		})
	})
	if want := []string{"!a 2 <nil>", "told true false false", "reading true", "!a missed 2", "done <nil>", "reading true", "!a 2 <nil>", "reading false"}; !slices.Equal(o.told, want) {
		t.Errorf("%q, want %q", o.told, want)
	}
}

// A reading of which nothing can be made begins anew, and is still the one that is waited
// for; that it was to be read once more is done by that.
func TestAnew(t *testing.T) {
	h := &homeserver{}
	var o *owner
	survey(t, h, func(s *Survey, of *owner) {
		o = of
		o.slow = true
		s.Anew("!a") // nobody reads it
		s.Look("!a", func(err error) { o.told = append(o.told, fmt.Sprint("done ", err)) })
		s.Meanwhile("!a", &event.Event{})
		s.Again("!a")
		o.After(time.Minute, func() {
			o.told = append(o.told, fmt.Sprint("due ", s.Due("!a"), s.Due("!b")))
			o.slow = false
			s.Anew("!a")
			o.told = append(o.told, fmt.Sprint("due ", s.Due("!a"), " reading ", s.Reading("!a")))
		})
	})
	if want := []string{"!a 2 <nil>", "due true false", "due false reading true", "!a 2 <nil>", "!a missed 1", "done <nil>"}; !slices.Equal(o.told, want) || h.all.Load() != 2 {
		t.Errorf("%d requests: %q, want %q", h.all.Load(), o.told, want)
	}
}

// Who waits for a reading hears that it could not be taken in.
func TestFailed(t *testing.T) {
	var o *owner
	survey(t, &homeserver{}, func(s *Survey, of *owner) {
		o = of
		o.slow = true
		s.Failed("!a", errors.New("nobody reads it"))
		s.Look("!a", func(err error) { o.told = append(o.told, fmt.Sprint("done ", err)) })
		o.After(time.Minute, func() { s.Failed("!a", errors.New("half taken in")) })
	})
	if want := []string{"!a 2 <nil>", "done half taken in"}; !slices.Equal(o.told, want) {
		t.Errorf("%q, want %q", o.told, want)
	}
}

// What became doubtful while a room was read is read once more, and no oftener.
func TestAgain(t *testing.T) {
	h := &homeserver{fail: errors.New("no")}
	var o *owner
	survey(t, h, func(s *Survey, of *owner) {
		o = of
		s.Again("!a")
		s.Again("!a")
		s.Meanwhile("!a", &event.Event{})
		s.Again("!a")
	})
	if want := []string{"!a 2 no", "!a 2 no"}; !slices.Equal(o.told, want) {
		t.Errorf("%q, want %q", o.told, want)
	}
}

// A room over whose answer we break was not read, and that is all: it is read again, and
// its place is free for others.
func TestReadingBreaks(t *testing.T) {
	h := &homeserver{}
	h.breaks.Store(parallel + 1)
	var heard []error
	survey(t, h, func(s *Survey, o *owner) {
		for i := range parallel + 1 {
			room := id.RoomID(fmt.Sprint("!", i))
			s.Look(room, func(err error) {
				heard = append(heard, err)
				if s.Reading(room) {
					t.Error("still being read")
				}
				s.Look(room, func(err error) { heard = append(heard, err) })
			})
		}
	})
	broke := 0
	for _, err := range heard {
		if p, ok := errors.AsType[*worker.Panic](err); ok && p.Value == "half read" {
			broke++
		}
	}
	if len(heard) != 2*(parallel+1) || broke != parallel+1 {
		t.Errorf("heard %d times, broke %d times", len(heard), broke)
	}
}

func TestLater(t *testing.T) {
	for name, tc := range map[string]struct {
		pause  time.Duration
		wanted bool
		after  time.Duration
	}{
		"soon":             {0, true, Retry},
		"as it was told":   {3 * time.Minute, true, 3 * time.Minute},
		"not wanted since": {0, false, 0},
	} {
		h := &homeserver{}
		var began time.Time
		var asked []time.Duration
		survey(t, h, func(s *Survey, _ *owner) {
			began = time.Now()
			wanted := func() bool {
				asked = append(asked, time.Since(began))
				return tc.wanted
			}
			for range 3 {
				s.Later("!a", tc.pause, wanted)
			}
		})
		if len(asked) != 1 || tc.wanted && asked[0] != tc.after || (h.all.Load() == 1) != tc.wanted {
			t.Errorf("%s: asked after %v, %d requests", name, asked, h.all.Load())
		}
	}
}

// Many rooms are not read all at once, and all are read: those that go first before others.
func TestFewAtOnce(t *testing.T) {
	h := &homeserver{}
	var o *owner
	survey(t, h, func(s *Survey, of *owner) {
		o = of
		for i := range 20 {
			s.Look(id.RoomID(fmt.Sprint("!", i)), nil)
		}
		s.Look("!first", nil)
	})
	if h.most.Load() != parallel || len(o.told) != 21 {
		t.Errorf("%d at once, %d read", h.most.Load(), len(o.told))
	}
	if len(o.rested) != 1 || o.rested[0] != 2*21 {
		t.Errorf("it rested after %v", o.rested)
	}
	if i := slices.Index(o.told, "!first 2 <nil>"); i < 0 || i >= 2*parallel {
		t.Errorf("it was read after %d", i)
	}
}

// The next room is not read before one was taken in: the answers are large.
func TestFewAreHeld(t *testing.T) {
	for name, end := range map[string]func(s *Survey, room id.RoomID){
		"taken in":   (*Survey).Taken,
		"given up":   func(s *Survey, room id.RoomID) { s.Failed(room, errors.New("no")) },
		"read again": func(s *Survey, room id.RoomID) { s.Anew(room); s.Anew(room) },
	} {
		h := &homeserver{}
		survey(t, h, func(s *Survey, o *owner) {
			o.slow = true
			for i := range 3 * parallel {
				s.Look(id.RoomID(fmt.Sprint("!", i)), nil)
			}
			o.After(time.Minute, func() {
				if n := h.all.Load(); n != parallel {
					t.Errorf("%s: %d were read before one was", name, n)
				}
				end(s, "!0")
			})
			o.After(2*time.Minute, func() {
				if n := h.all.Load(); n != parallel+1 {
					t.Errorf("%s: %d were read", name, n)
				}
				o.slow = false
				for i := range 3 * parallel {
					s.Taken(id.RoomID(fmt.Sprint("!", i)))
				}
			})
		})
		if n, want := h.all.Load(), int32(3*parallel); n < want {
			t.Errorf("%s: %d were read of %d", name, n, want)
		}
	}
}

// A room that waits for its turn is read once, whatever becomes of it meanwhile.
func TestWaitsForItsTurn(t *testing.T) {
	h := &homeserver{}
	survey(t, h, func(s *Survey, _ *owner) {
		for i := range parallel {
			s.Look(id.RoomID(fmt.Sprint("!", i)), nil)
		}
		s.Look("!a", nil)
		s.Again("!a")
		s.Anew("!a")
		s.Taken("!a") // not wanted any more
		s.Look("!a", nil)
		s.Again("!a")
	})
	if n := h.all.Load(); n != parallel+1 {
		t.Errorf("%d requests", n)
	}
}
