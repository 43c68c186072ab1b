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
	"forseti/community/loop"
	"forseti/community/survey"
	"forseti/text"
)

// surveyor is what a survey needs of its community.
type surveyor struct {
	*loop.Loop
	looked func(room id.RoomID, state, missed []*event.Event, err error)
}

var _ survey.Owner = surveyor{}

// Looked takes in what was read.
func (s surveyor) Looked(room id.RoomID, state, missed []*event.Event, err error) {
	s.looked(room, state, missed, err)
}

// schedule makes a full look happen by the clock, so that a state reset, or
// whatever else was missed, heals by itself.
func (c *Community) schedule() (stop func(), err error) {
	full, err := scheduled(c.opts.FullLook)
	if err != nil {
		return nil, fmt.Errorf("schedule of the full look: %w", err)
	}
	runner := cron.New()
	runner.Schedule(full, cron.FuncJob(func() {
		c.loop.Post(func() { c.lookAtAll(nil) })
	}))
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
		c.survey.Look(room, func(err error) {
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
		if !w.read && w.trouble == "" && !c.survey.Reading(room) {
			c.survey.Look(room, nil)
		}
	}
	for room, l := range c.lists {
		if !l.loaded && l.trouble == "" && !c.survey.Reading(room) {
			c.survey.Look(room, nil)
		}
	}
	if m := c.management; !m.loaded && m.trouble == "" && !c.survey.Reading(m.ID()) {
		c.survey.Look(m.ID(), nil)
	}
}

// looked takes in what was read. A room that cannot be read keeps what is known
// of it: unknown is not empty.
func (c *Community) looked(room id.RoomID, state, missed []*event.Event, err error) {
	r, ours := c.rolesOf(room)
	switch {
	case !ours:
	case err != nil:
		c.unreadable(room, err)
	case c.isOut(room):
		c.expelled(room)
	default:
		now := time.Now()
		c.speaker.report.Problems.Solved(unread(room))
		c.view(room, state, now)
		c.commits.Forget(room)
		for _, evt := range state {
			if c.stored(r, evt) {
				c.commits.State(stateRow(evt))
			}
		}
		for _, evt := range missed {
			c.takeState(evt, now, r, c.commits.Next())
		}
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
	if c.loop.Context().Err() != nil {
		return
	}
	c.log.Warn().Err(err).Stringer("room", room).Msg("Room cannot be read")
	f := action.FailureOf(err)
	if f.Kind == action.Unauthorized {
		c.loop.Stop(fmt.Errorf("the homeserver no longer accepts the bot's login: %w", f))
		return
	}
	if c.absent(room) {
		c.expelled(room) // says it better
		c.lookLater(room, f)
		return
	}
	if l := c.lists[room]; l != nil {
		l.trouble = explain(f)
		c.speaker.problem(unread(room), fmt.Sprintf("I cannot read the list %s: %s.%s", c.names.List(room), explain(f), c.lastKnown(room)))
	}
	if w := c.wards[room]; w != nil {
		w.trouble = explain(f)
		c.speaker.problem(unread(room), fmt.Sprintf("I cannot look after %s: %s. Invite me, or write %s.",
			c.names.Room(room), explain(f), text.Code("!forseti rooms remove "+string(room))))
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

// lookLater reads a room again in a while, if it is ours then.
func (c *Community) lookLater(room id.RoomID, f *action.Failure) {
	c.survey.Later(room, f.Pause(), func() bool {
		_, ours := c.rolesOf(room)
		return ours
	})
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
	tried := func(e action.Ending) {
		if e.Fate == action.Done {
			c.survey.Again(room)
			return
		}
		c.log.Warn().Str("why", e.Why).Stringer("room", room).Msg("Invitation not accepted")
		if tries < inviteTries {
			c.loop.After(invitePause<<tries, func() { c.joinAgainAfter(room, tries+1) })
		}
	}
	c.loop.Later("accept an invitation", func(ctx context.Context) {
		e, err := c.step(ctx, a, false)
		if err != nil {
			return
		}
		c.loop.Post(func() { tried(e) })
	}, func(err error) { tried(action.Ending{Why: err.Error()}) })
}
