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
	"sync"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/account"
	"forseti/community/commits"
	"forseti/community/echo"
	"forseti/community/loop"
	"forseti/community/report"
	"forseti/community/survey"
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
	Run(ctx context.Context, since string, h matrix.Handler) error
}

// Reader asks the homeserver for what sync does not bring.
type Reader interface {
	State(ctx context.Context, room id.RoomID) ([]*event.Event, error)
	Event(ctx context.Context, room id.RoomID, eventID id.EventID) (*event.Event, error)
	MessagesBack(ctx context.Context, room id.RoomID, from string, limit int) ([]*event.Event, string, error)
	Resolve(ctx context.Context, alias id.RoomAlias) (id.RoomID, []string, error)
}

// Options say what a community consists of.
type Options struct {
	Self           id.UserID
	ManagementRoom id.RoomID
	Store          *store.Store
	Homeserver     Homeserver
	Settings       enforce.Settings
	// Secrets is nil without encryption. Trust is then of no matter.
	Secrets Secrets
	Trust   e2ee.Trust
	// Verifier is nil without encryption.
	Verifier Verifier
	// KeepEvidence is how long messages that were removed are kept; not at all if
	// zero, or if the store has no key.
	KeepEvidence time.Duration
	// KeepHistory is how long what is over is kept; for ever if zero.
	KeepHistory time.Duration
	// DryRun starts without writing anything but messages to moderators; they can
	// turn it off and on.
	DryRun   bool
	FullLook string // a cron expression
	Version  string
	Log      zerolog.Logger
	// Ready, if not nil, is called once the stored state is loaded and planned.
	Ready func()
}

// Community is a running community. Only Run and Moderator may be called from
// outside.
type Community struct {
	opts  Options
	self  id.UserID
	home  Homeserver
	store *store.Store
	log   zerolog.Logger

	moderators sync.Map // the world's, for who is not the owner

	loop   *loop.Loop
	saving chan struct{} // a slot: account data is changed by one at a time

	// What follows belongs to the owner goroutine alone.

	world  *enforce.World
	runner *enforce.Runner
	steps  map[string]chan<- action.Ending // of commands that wait, by journal entry
	writes *echo.Writes
	acls   debounce

	management *base
	lists      map[id.RoomID]*list
	precedence []id.RoomID // of lists, as watched
	seeking    map[id.RoomAlias]bool
	data       map[string]json.RawMessage // account data in force, by type
	aliases    map[id.RoomAlias]id.RoomID // of lists that are watched by their alias
	wards      map[id.RoomID]*ward
	newcomers  map[id.RoomID]bool // a command adds them, and its answer says what is wrong there
	commits    *commits.Writer

	survey        *survey.Survey
	door          *door
	throttle      *throttle
	speaker       *speaker
	secrecy       *secrecy
	names         names
	approvals     approvals
	protectors    *protectors
	set           *commands.Set
	lanes         [commands.Lanes]lane
	commandsGiven uint64                    // turn of the command that was given last
	confirmedBy   map[id.EventID]id.EventID // of a command that was asked about: the yes to it
	resuming      map[id.EventID]bool       // commands whose recorded plans go on
	recall        recall
	comparing     comparisons
	account       account.Watch
	direct        directs
	pacer         echo.Pacer
	whenIdle      []chan struct{} // closed when no work is left
	started       time.Time
	lastLook      time.Time
	live          bool // the first batch has been handled
	begun         bool // whole, once and for all
}

// New returns a community that has yet to be run.
func New(o Options) *Community {
	c := &Community{
		opts: o, self: o.Self, home: o.Homeserver, store: o.Store, log: o.Log,
		loop:        loop.New(),
		saving:      make(chan struct{}, 1),
		confirmedBy: map[id.EventID]id.EventID{},
		resuming:    map[id.EventID]bool{},
		world:       enforce.NewWorld(o.Self, o.Settings),
		steps:       map[string]chan<- action.Ending{},
		writes:      echo.New(o.Self),
		management:  newBase(o.ManagementRoom),
		lists:       map[id.RoomID]*list{},
		wards:       map[id.RoomID]*ward{},
		newcomers:   map[id.RoomID]bool{},
		data:        map[string]json.RawMessage{},
		seeking:     map[id.RoomAlias]bool{},
		aliases:     map[id.RoomAlias]id.RoomID{},
		approvals:   newApprovals(),
		comparing:   comparisons{},
		direct:      directs{},
		started:     time.Now(),
	}
	c.commits = commits.New(o.Store, c.loop, o.Log)
	c.tellDatabase()
	c.survey = survey.New(o.Homeserver, surveyor{c.loop, c.looked})
	c.world.SetManagement(o.ManagementRoom)
	c.runner = enforce.NewRunner(c.world, parallel, outcomes{c})
	c.names = names{c.world, func(room id.RoomID) *list { return c.lists[room] }}
	c.door = &door{c.loop, o.Homeserver, journalOf(o.Store)}
	told := report.New(c.names)
	c.throttle = &throttle{log: o.Log, settings: o.Store.Settings, commits: c.commits, runner: c.runner, report: told}
	c.secrecy = &secrecy{
		log: o.Log, management: c.management, trust: o.Trust, encrypts: o.Secrets != nil, replaced: c.account.Replaced,
		refusals: map[refusalKey]time.Time{},
	}
	c.speaker = &speaker{
		report: told, loop: c.loop, log: o.Log, door: c.door, commits: c.commits, runner: c.runner, throttle: c.throttle,
		room: o.ManagementRoom, live: func() bool { return c.live }, mute: c.secrecy.mute, answered: c.answered,
		posted: map[string]func(id.EventID){}, voice: voice{run: c.started.UnixNano()},
	}
	c.secrecy.speaker = c.speaker
	c.loop.Broke = reporter(c.loop, o.Log, c.speaker.tell)
	c.protectors = newProtectors(c)
	c.set = commands.NewSet(o.Self, c.displayName, c.desks())
	c.setDryRun(o.DryRun)
	return c
}

// Moderator reports whether a user is one. Anybody may call it at any time.
func (c *Community) Moderator(u id.UserID) bool {
	_, is := c.moderators.Load(u)
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
	if c.opts.Ready != nil {
		c.opts.Ready()
	}
	var owner worker.Group
	owner.Go(func() { c.loop.Run(c.work) }, func(p *worker.Panic) { c.loop.Stop(p) })
	// The owner first: until it has ended it may start workers.
	defer c.loop.Wait()
	defer owner.Wait()
	c.followVerifications()
	c.followAccount()
	stopLooks, err := c.schedule()
	if err != nil {
		c.loop.Stop(err)
		return err
	}
	defer stopLooks()
	err = c.home.Run(ctx, since, c.handle)
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
func (c *Community) work() time.Duration {
	now := time.Now()
	c.enqueue(c.world.Backlog(crowd), now)
	sweeping := false
	for room, w := range c.wards {
		if w.unswept {
			c.sweep(room, w, now)
			sweeping = true
			break
		}
	}
	c.weighAwoken(now)
	c.askQuestions(now)
	c.pump(now)
	if sweeping {
		return 0
	}
	return c.nap(now)
}

// crowd is how many of the users whom a change touched are looked at in one go: the
// owner has other things to do in between.
const crowd = 250

// nap is how long nothing will fall due by itself.
func (c *Community) nap(now time.Time) time.Duration {
	if c.world.Behind() {
		return 0
	}
	soonest := now.Add(time.Hour)
	for _, at := range []time.Time{c.runner.Wake(now), c.aclsDue(), c.speaker.speechDue(now), c.questionDue(), c.protectors.set.Due()} {
		if !at.IsZero() && at.Before(soonest) {
			soonest = at
		}
	}
	return max(soonest.Sub(now), 0)
}
