package community

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/robfig/cron/v3"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/store"
	"forseti/text"
)

// look is a reading of a room's whole state that is under way.
type look struct {
	// missed is what sync brought meanwhile. The answer may be older than that, so
	// it is applied once more afterwards.
	missed []*event.Event
	again  bool
	done   []func(error)
}

const (
	parallelLooks = 4
	lookRetry     = 30 * time.Second
)

// schedule makes a full look happen by the clock, so that a state reset, or
// whatever else was missed, heals by itself.
func (c *Community) schedule() (stop func(), err error) {
	runner := cron.New()
	_, err = runner.AddFunc(c.opts.FullLook, func() {
		c.post(func() { c.lookAtAll(nil) })
	})
	if err != nil {
		return nil, fmt.Errorf("schedule of the full look: %w", err)
	}
	runner.Start()
	return func() { <-runner.Stop().Done() }, nil
}

// lookAtAll reads everything anew, and calls done with the first error, if any.
func (c *Community) lookAtAll(done func(rooms int, err error)) {
	all := slices.Collect(maps.Keys(c.wards))
	all = append(all, c.precedence...)
	all = append(all, c.opts.ManagementRoom)
	slices.Sort(all)
	all = slices.Compact(all)
	c.forget()
	c.lookAtAccount()
	left, failure := len(all), error(nil)
	for _, room := range all {
		c.lookAt(room, func(err error) {
			left--
			if failure == nil {
				failure = err
			}
			if left == 0 {
				c.lastLook = time.Now()
				if done != nil {
					done(len(all), failure)
				}
			}
		})
	}
}

// lookAtUnread reads the rooms of which nothing is known.
func (c *Community) lookAtUnread() {
	for room, w := range c.wards {
		if !w.read && w.trouble == "" && c.looks[room] == nil {
			c.lookAt(room, nil)
		}
	}
	for room, l := range c.lists {
		if !l.loaded && l.trouble == "" && c.looks[room] == nil {
			c.lookAt(room, nil)
		}
	}
	if m := c.management; !m.loaded && m.trouble == "" && c.looks[m.ID()] == nil {
		c.lookAt(m.ID(), nil)
	}
}

// lookAgain reads a room, once more if it is being read already.
func (c *Community) lookAgain(room id.RoomID) {
	if l := c.looks[room]; l != nil {
		l.again = true
		return
	}
	c.lookAt(room, nil)
}

// lookAt reads the whole state of a room. done may be nil.
func (c *Community) lookAt(room id.RoomID, done func(error)) {
	l := c.looks[room]
	if l == nil {
		l = &look{}
		c.looks[room] = l
		c.later(func(ctx context.Context) {
			state, err := c.readState(ctx, room)
			c.post(func() { c.looked(room, state, err) })
		})
	}
	if done != nil {
		l.done = append(l.done, done)
	}
}

func (c *Community) readState(ctx context.Context, room id.RoomID) ([]*event.Event, error) {
	select {
	case c.reading <- struct{}{}:
		defer func() { <-c.reading }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return c.home.State(ctx, room)
}

// looked takes in what was read. A room that cannot be read keeps what is known
// of it: unknown is not empty.
func (c *Community) looked(room id.RoomID, state []*event.Event, err error) {
	l := c.looks[room]
	delete(c.looks, room)
	r, ours := c.rolesOf(room)
	switch {
	case !ours:
	case err != nil:
		c.unreadable(room, err)
	case c.isOut(room):
		c.expelled(room)
	default:
		now := time.Now()
		c.view(room, state, now)
		c.extra.Forget = append(c.extra.Forget, room)
		for _, evt := range state {
			if c.stored(r, evt) {
				c.extra.State = append(c.extra.State, stateRow(evt))
			}
		}
		for _, evt := range l.missed {
			c.takeState(evt, now, r, &c.extra)
		}
	}
	for _, done := range l.done {
		done(err)
	}
	if l.again {
		c.lookAt(room, nil)
	}
}

func (c *Community) stored(r roles, evt *event.Event) bool {
	return r.management && c.management.stored(c.self, evt) ||
		r.list != nil && r.list.stored(c.self, evt) ||
		r.ward != nil && evt.StateKey != nil && kept(evt.Type.Type)
}

// view takes in the whole state of a room, in each part that it plays.
func (c *Community) view(room id.RoomID, state []*event.Event, at time.Time) {
	r, _ := c.rolesOf(room)
	if r.management {
		for _, change := range c.management.look(c.self, state, at) {
			c.followManagement(change)
		}
	}
	if r.list != nil {
		c.viewList(r.list, state, at)
	}
	if r.ward != nil {
		c.viewWard(room, r.ward, state, at)
	}
}

// unreadable notes, once, that a room cannot be read, and tries again later.
func (c *Community) unreadable(room id.RoomID, err error) {
	if c.ctx.Err() != nil {
		return
	}
	c.log.Warn().Err(err).Stringer("room", room).Msg("Room cannot be read")
	f := action.FailureOf(err)
	if f.Kind == action.Unauthorized {
		c.stop(fmt.Errorf("the homeserver no longer accepts the bot's login: %w", f))
		return
	}
	if c.absent(room) {
		c.expelled(room) // says it better
		c.lookLater(room, f)
		return
	}
	if l := c.lists[room]; l != nil {
		l.trouble = explain(f)
		c.problem(presence(room), fmt.Sprintf("I cannot read the list %s: %s.%s", c.listLink(room), explain(f), c.lastKnown(room)))
	}
	if w := c.wards[room]; w != nil {
		w.trouble = explain(f)
		c.problem(presence(room), fmt.Sprintf("I cannot look after %s: %s. Invite me, or write %s.",
			c.roomLink(room), explain(f), text.Code("!forseti rooms remove "+string(room))))
	}
	if room == c.opts.ManagementRoom {
		c.management.trouble = explain(f)
	}
	c.lookLater(room, f)
}

// absent reports whether we know that we are no longer in a room.
func (c *Community) absent(room id.RoomID) bool {
	in := c.world.Room(room)
	if l := c.lists[room]; l != nil {
		in = l.Room
	}
	if in == nil {
		return false
	}
	m, known := in.Member(c.self)
	return known && m.Membership != event.MembershipJoin
}

// lookLater reads a room again in a while. However many looks fail until then, it
// is one.
func (c *Community) lookLater(room id.RoomID, f *action.Failure) {
	if c.lookingLater[room] {
		return
	}
	c.lookingLater[room] = true
	c.after(max(lookRetry, f.RetryAfter), func() {
		delete(c.lookingLater, room)
		if _, ours := c.rolesOf(room); ours {
			c.lookAt(room, nil)
		}
	})
}

// buffer keeps an event for a look that is under way.
func (c *Community) buffer(room id.RoomID, evt *event.Event) {
	if l := c.looks[room]; l != nil {
		l.missed = append(l.missed, evt)
	}
}

// inviteTries and invitePause are for homeservers that cannot follow an invitation at
// once: the pause doubles.
const (
	inviteTries = 10
	invitePause = 2 * time.Second
)

// joinAgain accepts an invitation to a room that we follow.
func (c *Community) joinAgain(room id.RoomID) { c.joinAgainAfter(room, 0) }

func (c *Community) joinAgainAfter(room id.RoomID, tries int) {
	a := action.Action{ID: rand.Text(), Verb: action.Join, Room: room, Cause: action.Cause{Kind: action.ByForseti}}
	c.later(func(ctx context.Context) {
		e, err := c.step(ctx, a, false)
		if err != nil {
			return
		}
		c.post(func() {
			if e.Fate == action.Done {
				c.lookAgain(room)
				return
			}
			c.log.Warn().Str("why", e.Why).Stringer("room", room).Msg("Invitation not accepted")
			if tries < inviteTries {
				c.after(invitePause<<tries, func() { c.joinAgainAfter(room, tries+1) })
			}
		})
	})
}

// saveSetting stores a setting with the next batch.
func (c *Community) saveSetting(namespace, key string, value any) {
	c.extra.Settings = append(c.extra.Settings, store.NewSetting{Namespace: namespace, Key: key, Value: value})
}
