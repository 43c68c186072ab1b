// Package community is one management room and all that it governs: it brings
// together what rooms, lists, protections and moderators say, and keeps the
// queue of what follows from it. It never touches a room but through package
// enforce.
//
// One goroutine owns all state. Everything reaches it as a function through its
// inbox, and it never waits for a homeserver or a database: what is slow runs in
// a goroutine of its own and comes back through the inbox.
package community

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/commands/grammar"
	"forseti/community/commits"
	"forseti/community/desk"
	"forseti/community/echo"
	"forseti/community/loop"
	"forseti/enforce"
	"forseti/matrix"
	"forseti/matrix/e2ee"
	"forseti/store"
	"forseti/worker"
)

// Homeserver is the homeserver as a community needs it. All of it is slow.
type Homeserver interface {
	enforce.Actor
	Reader
	Account
	Files
	Run(ctx context.Context, since string, h matrix.Handler) error
}

// Reader asks the homeserver for what sync does not bring.
type Reader interface {
	State(ctx context.Context, room id.RoomID) ([]*event.Event, error)
	Event(ctx context.Context, room id.RoomID, eventID id.EventID) (*event.Event, error)
	MessagesBack(ctx context.Context, room id.RoomID, from string, limit int) ([]*event.Event, string, error)
	Resolve(ctx context.Context, alias id.RoomAlias) (id.RoomID, []string, error)
	// Space gives a room and, if it is a space, the rooms that it shows.
	Space(ctx context.Context, room id.RoomID) ([]matrix.SpaceRoom, error)
	JoinedRooms(ctx context.Context) ([]id.RoomID, error)
	AccountData(ctx context.Context, kind string) (json.RawMessage, error)
	desk.RoomReader
}

// Options say what a community consists of.
type Options struct {
	Self           id.UserID
	ManagementRoom id.RoomID
	Store          *store.Store
	Homeserver     Homeserver
	Settings       enforce.Settings
	Obeyed
	// Secrets is nil without encryption. Trust is then of no matter.
	Secrets Secrets
	// Verifier is nil without encryption.
	Verifier Verifier
	Keep
	// DryRun starts without writing anything but messages to moderators; they can
	// turn it off and on.
	DryRun   bool
	FullLook string // a cron expression
	Version  string
	Heed
	Log zerolog.Logger
	// Ready, if not nil, is called once the stored state is loaded and planned.
	Ready func()
}

// Heed says which commands are heard besides those that begin with our name in the management
// room.
type Heed struct {
	// Borrowed is what we also answer to; who else is in the room is looked after here.
	Borrowed grammar.Borrowed
	InRooms  InRooms // in which protected rooms moderators may give commands
	// Describe is how long apart clients are told of the commands, one at a time; not at all
	// if zero.
	Describe time.Duration
	Say      bool // moderators may have us say something in protected rooms
}

// Obeyed says who is obeyed, in which room.
type Obeyed struct {
	Configured id.RoomID // the room that the configuration names, which the management room may have replaced; "" if nothing does
	Trust      e2ee.Trust
	Roles      bool // power levels there decide who may do what, unless moderators set it otherwise
}

// Keep says how long what is over is kept.
type Keep struct {
	// KeepEvidence is for messages that were removed; not at all if zero, or if the store
	// has no key.
	KeepEvidence time.Duration
	// KeepHistory is for all else; for ever if zero.
	KeepHistory time.Duration
}

// Community is a running community. Only Run and Moderator may be called from
// outside.
type Community struct {
	opts Options
	loop *loop.Loop

	// What follows belongs to the owner goroutine alone.

	world      *enforce.World
	commits    *commits.Writer
	speaker    *speaker
	queue      *queue
	places     *places
	intake     *intake
	surveying  *surveying
	configured *configured
	protectors *protectors
	orders     *orders
	jobs       *jobs
	hearing    hearing
	progress   progress
}

// hearing is who says what to us, besides what rooms' state says.
type hearing struct {
	secrecy       *secrecy
	messages      *messages
	onSite        *onSite
	direct        *direct
	logins        *logins
	colleagues    *colleagues
	verifications *verifications
	scams         *scams
	inquiries     *inquiries
	pictures      *pictures
	adopting      *adopting
	greeting      *greeting
	spaces        *spaces
	byHand        *byHand
	regular
}

// regular is what is looked at, or said, by itself and at times.
type regular struct {
	audits     *audits
	describing *describing
	digests    *digests
	removals   *listedRemovals
}

// load finds out who was told what, and whether there is something to adopt.
func (h *hearing) load(ctx context.Context, settings *store.Settings, first bool) error {
	return errors.Join(h.adopting.load(ctx, settings, first), h.greeting.load(ctx, settings), h.spaces.load(ctx, settings), h.audits.load(ctx, settings), h.describing.load(ctx, settings), h.byHand.load(ctx, settings), h.digests.load(ctx, settings), h.colleagues.load(ctx, settings), h.removals.load(ctx, settings))
}

// progress is how far we are with what sync brings.
type progress struct {
	started  time.Time
	live     bool // the first batch has been handled
	liveAt   time.Time
	begun    bool // whole, once and for all
	pacer    echo.Pacer
	loading  *loading            // which rooms are still to come
	idle     []chan struct{}     // closed when no work is left
	resuming map[id.EventID]bool // commands whose recorded plans go on
}

// complete reports whether work has begun, and all rooms are there.
func (p *progress) complete() bool { return p.begun && !p.loading.under() }

// Moderator reports whether a user is one. Anybody may call it at any time.
func (c *Community) Moderator(u id.UserID) bool {
	_, is := c.places.management.known.Load(u)
	return is
}

// parallel is how many requests are under way at most. More than the homeserver
// can do at once only makes each of them slower.
const parallel = 8

// Run loads what is stored, and follows the homeserver until ctx ends or the
// session is no longer good.
func (c *Community) Run(ctx context.Context) error {
	c.loop.Begin(ctx)
	ctx = c.loop.Context()
	defer c.loop.Stop(nil)
	since, err := c.load(ctx)
	if err != nil {
		return err
	}
	var owner worker.Group
	owner.Go(func() { c.loop.Run(c.next) }, func(p *worker.Panic) { c.loop.Stop(p) })
	defer func() {
		if !c.loop.Broken() { // else the next start reads it anew
			c.commits.End(context.WithoutCancel(ctx))
		}
	}()
	// The owner first: until it has ended it may start workers.
	defer c.loop.Wait()
	defer func() {
		owner.Wait()
		c.opts.Log.Info().Str("longest_turn", c.loop.Longest().String()).Msg("Stopped")
	}()
	c.loop.Later("load rooms", func(ctx context.Context) {
		if err := c.progress.loading.run(ctx, c.loop.Do); err != nil {
			c.loop.Stop(err)
		}
	}, c.loop.Stop)
	c.hearing.verifications.follow()
	c.hearing.logins.follow()
	c.hearing.colleagues.follow()
	c.hearing.scams.follow()
	stopLooks, err := c.surveying.schedule()
	if err != nil {
		c.loop.Stop(err)
		return err
	}
	defer stopLooks()
	err = c.opts.Homeserver.Run(ctx, since, c.handle)
	if cause := context.Cause(ctx); cause != nil {
		err = cause // what ended all else, and not what that looked like from here
	}
	c.loop.Stop(err)
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// work does what is due, and says for how long nothing will be due by itself.
func (c *Community) next() time.Duration {
	now := time.Now()
	following := c.places.following
	busy := following.readOne(now) || c.intake.lookOne(now)
	if following.half() {
		c.speaker.speak(now)
		return 0
	}
	c.queue.enqueue(c.world.Backlog(crowd), now)
	whole := !c.progress.loading.under()
	busy = whole && c.places.protecting.sweepOne(now) || busy
	busy = c.protectors.hearOne() || busy
	busy = whole && c.hearing.pictures.next(now) || busy
	busy = whole && c.orders.questions.topics.sweepSettings(now) || busy
	if whole {
		following.weighAwoken(now)
		c.orders.questions.askDue(now)
	}
	c.hearing.greeting.tellDue(now)
	c.hearing.describing.tellDue(now)
	c.hearing.direct.invites.tellDue(now)
	c.pump(now)
	if busy {
		return 0
	}
	return c.nap(now)
}

// crowd is how many of the users whom a change touched are looked at in one go: the
// owner has other things to do in between.
const crowd = 250

// nap is how long nothing will fall due by itself.
func (c *Community) nap(now time.Time) time.Duration {
	if c.world.Behind() || len(c.queue.acls.ready) > 0 {
		return 0
	}
	soonest := now.Add(time.Hour)
	dues := []time.Time{c.jobs.runner.Wake(now), c.queue.due(), c.speaker.speechDue(now), c.protectors.endings.due(), c.protectors.terms.due(), c.protectors.gate.due(), c.protectors.posture.wakes(), c.hearing.greeting.due(), c.hearing.describing.due(), c.hearing.spaces.due(), c.hearing.audits.due(), c.hearing.byHand.due(), c.hearing.digests.due(), c.hearing.removals.due(), c.hearing.direct.invites.due(), c.enoughAt(now)}
	if !c.progress.loading.under() {
		dues = append(dues, c.orders.questions.due(), c.protectors.set.Due(), c.hearing.pictures.line.Due())
	}
	for _, at := range dues {
		if !at.IsZero() && at.Before(soonest) {
			soonest = at
		}
	}
	return max(soonest.Sub(now), 0)
}
