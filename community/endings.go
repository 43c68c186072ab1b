package community

import (
	"context"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/event"

	"forseti/action"
	"forseti/community/commits"
	"forseti/community/loop"
	"forseti/enforce"
	"forseti/protections/kit"
	"forseti/store"
)

// endings are what ends by itself: bans and mutes for a time. When that is, the journal
// says; what is known here is only when to look there again.
type endings struct {
	world   *enforce.World
	loop    *loop.Loop
	log     zerolog.Logger
	commits *commits.Writer
	journal *store.Journal
	want    func(ctx context.Context, wanted store.Commit) error
	dry     func() bool
	begun   func() bool // whether enough is known to begin

	next    time.Time // when to look; zero if nothing is to end
	looking bool
	lifting map[kit.Place]bool // bans that we lift for their time is over
	mutes   heldMutes
}

// lookAgain is how long what cannot end yet is left alone, for a rule bans them as well or
// the power is lacking.
const lookAgain = 10 * time.Minute

// expect notes that something will have to end.
func (e *endings) expect(at time.Time) {
	e.next = earlier(e.next, at)
}

// due is when to look; zero if nothing is to end, or not now. A dry run ends nothing, and
// forgets nothing.
func (e *endings) due() time.Time {
	if e.looking || e.dry() || !e.begun() {
		return time.Time{}
	}
	return e.next
}

// lookDue has ended what is due.
func (e *endings) lookDue(now time.Time) {
	due := e.due()
	if due.IsZero() || now.Before(due) {
		return
	}
	e.looking, e.next = true, time.Time{}
	done := func(at time.Time) {
		e.looking = false
		e.expect(at)
	}
	e.loop.Later("end what was for a time", func(ctx context.Context) {
		at, err := e.look(ctx, now)
		if err != nil && ctx.Err() == nil {
			e.log.Err(err).Msg("What was for a time is not ended yet")
		}
		e.loop.Post(func() { done(at) })
	}, func(error) { done(now.Add(lookAgain)) })
}

// look ends what is over, and says when to look again.
func (e *endings) look(ctx context.Context, now time.Time) (next time.Time, err error) {
	again := now.Add(lookAgain)
	expired, err := e.journal.Expired(ctx, now)
	if err != nil {
		return again, err
	}
	at, more, err := e.journal.NextExpiry(ctx, now)
	if err != nil {
		return again, err
	}
	if more {
		next = at
	}
	longer, err := e.prolonged(ctx, expired)
	if err != nil {
		return again, err
	}
	var wanted store.Commit
	left := false
	if err := e.loop.Do(ctx, func() {
		for _, of := range expired {
			if until, is := longer[of.Action.ID]; is && until.IsZero() {
				e.over(of.Action.ID)
				continue
			} else if is && until.After(now) {
				left, next = true, earlier(next, until)
				continue
			}
			switch a, fate := e.reverse(of); fate {
			case ends:
				e.resume(a)
				wanted.Open = append(wanted.Open, a)
			case over:
				e.over(of.Action.ID)
			default:
				left = true
			}
		}
	}); err != nil {
		return again, err
	}
	if left || len(wanted.Open) > 0 {
		next = earlier(next, again) // also to see that what is to end now did
	}
	return next, e.want(ctx, wanted)
}

// prolonged finds mutes that were asked for once more meanwhile. There was nothing left to
// do for that, as the user was muted, and so nothing else ends it: what holds the longest
// does. A zero time is for good.
func (e *endings) prolonged(ctx context.Context, expired []store.Entry) (map[string]time.Time, error) {
	const lately = 50 // of what was done to one user
	longer := map[string]time.Time{}
	for _, of := range expired {
		if of.Action.Verb.Row().Lane != action.LevelLane {
			continue
		}
		history, err := e.journal.History(ctx, of.Action.User, lately)
		if err != nil {
			return nil, err
		}
		for _, other := range history { // the latest first
			a := other.Action
			if a.ID == of.Action.ID {
				break
			}
			if a.Room != of.Action.Room || a.Verb != of.Action.Verb || other.State != store.EntryFailed {
				continue
			}
			if until, known := longer[of.Action.ID]; !known || !until.IsZero() && (a.Expires.IsZero() || a.Expires.After(until)) {
				longer[of.Action.ID] = a.Expires
			}
		}
	}
	return longer, nil
}

// earlier is the earlier of two times, of which zero is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// over notes that something is not to be ended any more.
func (e *endings) over(entry string) {
	next := e.commits.Next()
	next.Located = append(next.Located, store.Located{Entry: entry, Over: true})
}

type fate int

const (
	waits fate = iota // it cannot end now
	ends
	over // it has ended, or is not ours to end
)

// reverse is what ends something. Ours to end is only what is as we left it: a ban that
// somebody made anew stays, and one that a rule supports stays as long as that does.
func (e *endings) reverse(of store.Entry) (action.Action, fate) {
	a := of.Action
	lift := action.Action{
		Verb: a.Verb.Row().Reverse, Room: a.Room, User: a.User, Reason: "the time is over", Was: of.Was, Parent: a.ID,
		Cause: action.Cause{Kind: action.ByForseti, Event: a.Cause.Event},
	}
	room := e.world.Room(a.Room)
	if lift.Verb == "" {
		return lift, over
	}
	if room == nil {
		return lift, waits
	}
	if a.Verb.Row().Leads == event.MembershipBan {
		m, _ := room.Member(a.User)
		ours, known := e.world.Bans.Of(a.Room, a.User)
		switch _, ruled := e.world.Desired(a.User); {
		case m.Membership != event.MembershipBan, m.Sender != e.world.Self(),
			of.Event != "" && m.Event != "" && of.Event != m.Event, known && ours.Cause != a.Cause:
			return lift, over
		case ruled:
			return lift, waits
		}
	}
	if !enforce.Able(room, e.world.Self(), lift).OK() {
		return lift, waits
	}
	return lift, ends
}

// ended takes in what came of an action.
func (e *endings) ended(of action.Ending) {
	a := of.Action
	e.mutes.ended(of)
	switch {
	case of.Fate == action.Done:
		e.expect(a.Expires)
	case a.Parent != "":
		delete(e.lifting, kit.Place{Room: a.Room, User: a.User})
		if of.Fate == action.Dropped || of.Fate == action.Superseded {
			e.over(a.Parent) // somebody was faster
		}
	}
}

// lifted reports whether a ban was lifted because its time is over.
func (e *endings) lifted(p kit.Place) bool {
	was := e.lifting[p]
	delete(e.lifting, p)
	return was
}

// resume takes up the end of something, also one that was journalled before a restart.
func (e *endings) resume(a action.Action) {
	if a.Cause.Kind == action.ByForseti && a.Parent != "" {
		e.mutes.over(a)
		e.mark(a)
	}
}

// mark notes that a ban is lifted, and that nothing is to be learnt from that.
func (e *endings) mark(a action.Action) {
	if a.Verb.Row().Leads == event.MembershipLeave {
		e.lifting[kit.Place{Room: a.Room, User: a.User}] = true
	}
}
