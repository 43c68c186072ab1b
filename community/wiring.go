package community

import (
	"encoding/json"
	"forseti/commands"
	"forseti/community/account"
	"forseti/community/approval"
	"forseti/community/commits"
	"forseti/community/echo"
	"forseti/community/loop"
	"forseti/community/report"
	"forseti/community/survey"
	"forseti/enforce"
	"forseti/matrix/e2ee"
	"forseti/protections/kit"
	"forseti/registration"
	"time"

	"maunium.net/go/mautrix/id"
)

// New returns a community that has yet to be run.
func New(o Options) *Community {
	c := &Community{
		opts: o, loop: loop.New(), world: enforce.NewWorld(o.Self, o.Settings),
		progress: progress{started: time.Now(), resuming: map[id.EventID]bool{}},
	}
	c.world.SetManagement(o.ManagementRoom)
	c.commits = commits.New(o.Store, c.loop, o.Log)
	c.jobs = &jobs{world: c.world, loop: c.loop, log: o.Log, commits: c.commits, journal: o.Store.Journal, steps: steps{}}
	c.jobs.runner = enforce.NewRunner(c.world, parallel, outcomes{c.jobs})
	c.jobs.door = &door{c.loop, o.Homeserver, journalOf(o.Store)}
	c.orders = &orders{
		runner: c.jobs.runner, loop: c.loop, log: o.Log, store: o.Store.Commands, commits: c.commits,
		live: func() bool { return c.live() && !c.progress.loading.under() }, enough: c.enough, confirmedBy: map[id.EventID]id.EventID{},
	}
	c.wireSpeech()
	c.wireRooms()
	c.wireCommands()
	c.wireHearing()
	c.setDryRun(o.DryRun)
	return c
}

func (c *Community) live() bool { return c.progress.live }

// wireSpeech puts together what speaks in the management room, and what it is for.
func (c *Community) wireSpeech() {
	o, room := c.opts, newBase(c.opts.ManagementRoom)
	c.hearing.secrecy = &secrecy{
		log: o.Log, management: room, trust: o.Trust, encrypts: o.Secrets != nil, replaced: c.replaced,
		refusals: map[refusalKey]time.Time{},
	}
	n := names{
		c.world, func(room id.RoomID) *list { return c.places.following.lists[room] },
		func(room id.RoomID) bool { return c.places.following.how[room].Quiet },
		func(list id.RoomID, lifted bool) int64 { return c.protectors.follows.cases.ofList(list, lifted) },
	}
	told := report.New(n)
	c.speaker = &speaker{
		heard:  heard{misread: newMisread(), choices: newChoices(), signs: signs{at: map[id.EventID]*offering{}}},
		report: told, loop: c.loop, log: o.Log, door: c.jobs.door, commits: c.commits, runner: c.jobs.runner,
		throttle: &throttle{log: o.Log, settings: o.Store.Settings, commits: c.commits, runner: c.jobs.runner, report: told},
		room:     o.ManagementRoom, live: c.live, mute: c.hearing.secrecy.mute, answered: c.orders.answered,
		posted: map[string]func(id.EventID){}, voice: voice{run: c.progress.started.UnixNano(), log: logRoom{names: n, secret: room.Encrypted}},
	}
	c.hearing.secrecy.speaker, c.orders.speaker = c.speaker, c.speaker
	c.loop.Broke = reporter(c.loop, o.Log, c.speaker.tell)
	c.tellDatabase()
	c.queue = &queue{
		world: c.world, runner: c.jobs.runner, loop: c.loop, log: o.Log, hashes: o.Store.Hashes, commits: c.commits,
		speaker: c.speaker, names: n, acting: c.orders.acting, later: func() bool { return c.progress.loading.under() },
	}
	c.places = &places{
		world: c.world, management: newManagement(c.world, c.queue, room, c.commits), speaker: c.speaker, names: n,
		left: ownLeaves{},
	}
	c.protectors = newProtectors(c)
	c.hearing.pictures = newPictures(c)
}

// wireRooms puts together what follows rooms and lists.
func (c *Community) wireRooms() {
	o, n, board := c.opts, c.places.names, approval.NewBoard()
	c.places.following = &following{
		world: c.world, commits: c.commits, queue: c.queue, speaker: c.speaker, names: n,
		marks:   &marks{c.commits, map[id.RoomID]string{}},
		weigher: newWeigher(c.world, o.Store.Settings, c.commits, c.queue, board),
		around: around{
			role: c.places.any, unread: func() { c.surveying.lookAtUnread() },
			moderated: func() bool { return c.places.management.room.loaded },
		},
		lists: map[id.RoomID]*list{}, leaving: map[id.RoomID]string{}, ranking: ranking{how: map[id.RoomID]commands.HowWatched{}, spares: map[id.RoomID][]id.UserID{}},
		aliases: &aliases{
			home: o.Homeserver, store: o.Store.Settings, loop: c.loop, log: o.Log, speaker: c.speaker,
			rooms: map[id.RoomAlias]id.RoomID{}, seeking: map[id.RoomAlias]bool{},
		},
	}
	c.places.following.aliases.wanted, c.places.following.aliases.found = c.places.following.wants, func() {
		c.progress.loading.whenOver(func(time.Time) { c.places.following.known() })
	}
	c.protectors.terms.following = c.places.following
	c.places.protecting = &protecting{
		world: c.world, runner: c.jobs.runner, commits: c.commits, queue: c.queue, board: board, speaker: c.speaker, names: n,
		role: c.places.any, unguarded: c.protectors.forget,
		lingers: func(room id.RoomID) bool { return c.protectors.posture.lingers(room, time.Now()) },
		stays:   func(room id.RoomID) { c.protectors.posture.stays(room, time.Now()) },
		rooms:   map[id.RoomID]*protectedRoom{}, newcomers: map[id.RoomID]bool{},
	}
	c.protectors.unheard.known = func(room id.RoomID) bool {
		w := c.places.protecting.rooms[room]
		return (w == nil || w.read) && c.places.management.room.loaded
	}
	c.surveying = &surveying{
		loop: c.loop, log: o.Log, full: o.FullLook, commits: c.commits, speaker: c.speaker, names: n, step: c.jobs.step,
		management: c.places.management, following: c.places.following, protecting: c.places.protecting, places: c.places,
		besides: func() {
			c.protectors.evidence.forget()
			c.queue.forgetHashes(o.KeepHistory)
			c.hearing.logins.look()
			c.hearing.colleagues.look()
			c.protectors.follows.calls.lookAtLog()
		},
	}
	c.surveying.survey = survey.New(o.Homeserver, c.surveying.owner())
	c.places.again = c.surveying.again
	c.intake = &intake{
		world: c.world, runner: c.jobs.runner, loop: c.loop, commits: c.commits, queue: c.queue,
		management: c.places.management, following: c.places.following, protecting: c.places.protecting, places: c.places,
		survey: c.surveying.survey, speaker: c.speaker, names: n, protections: c.protectors, writes: echo.New(o.Self),
	}
	c.surveying.intake = c.intake
	c.progress.loading = &loading{
		loop: c.loop, state: o.Store.State, places: c.places, intake: c.intake, invited: &c.protectors.follows.invited,
		rooms: map[id.RoomID]string{}, there: map[id.RoomID][]func(time.Time){},
	}
	c.hearing.adopting = &adopting{commits: c.commits, speaker: c.speaker, stand: c.protectors.stand, copies: copies{}}
	c.orders.roles = newRanks(c.places.management, c.commits, o.Roles)
	c.hearing.greeting = &greeting{
		commits: c.commits, speaker: c.speaker, roles: c.orders.roles, watch: c.protectors.stand.infos, encrypts: o.Verifier != nil, told: map[id.UserID]bool{},
	}
	c.places.management.view, c.places.management.joined = c.hearing.adopting.view, c.hearing.greeting.joined
	c.configured = &configured{
		adopting: c.hearing.adopting.accountData,
		writes:   c.intake.writes, following: c.places.following, protecting: c.places.protecting, throttle: c.speaker.throttle,
		content: map[string]json.RawMessage{}, saving: make(chan struct{}, 1),
		past: &settingPast{loop: c.loop, log: o.Log, commits: c.commits, turn: make(chan struct{}, 1), changing: changing{Was: map[string]stood{}}}, reasons: &reasons{loop: c.loop, commits: c.commits, of: map[string]string{}},
	}
	c.protectors.stand.happened = c.configured.past.happened
	c.jobs.speaker, c.jobs.throttle, c.jobs.intake, c.jobs.protections = c.speaker, c.speaker.throttle, c.intake, c.protectors
}

// wireHearing puts together what hears of others.
func (c *Community) wireHearing() {
	o := c.opts
	c.hearing.messages = &messages{
		world: c.world, commits: c.commits, speaker: c.speaker, secrecy: c.hearing.secrecy, questions: c.orders.questions, set: c.orders.set,
		bots: c.places.management.bots,
	}
	c.hearing.onSite = &onSite{messages: c.hearing.messages, names: c.places.names, where: o.InRooms}
	c.hearing.direct = &direct{
		runner: c.jobs.runner, world: c.world, commits: c.commits, names: c.places.names, speaker: c.speaker, management: o.ManagementRoom,
		verifies: o.Verifier != nil, replaced: c.replaced, order: c.hearing.messages.order, join: c.surveying.joinAgain, chats: directs{}, appeals: c.orders.questions.alerts.appeals,
		invites: &invites{speaker: c.speaker, heard: func(evt id.EventID) { c.hearing.messages.inThread(evt, nowhere) }, join: c.surveying.joinAgain},
	}
	c.hearing.logins = &logins{
		home: o.Homeserver, secrets: o.Secrets, loop: c.loop, log: o.Log, store: o.Store.Settings, speaker: c.speaker,
		names: c.places.names, role: c.places.any, live: c.live,
	}
	c.hearing.colleagues = &colleagues{
		secrets: o.Secrets, loop: c.loop, log: o.Log, commits: c.commits, speaker: c.speaker, management: c.places.management, live: c.live,
		refuses: o.Trust != e2ee.Any, known: account.Team{},
	}
	c.hearing.direct.succession = &succession{
		self: o.Self, loop: c.loop, log: o.Log, management: c.places.management, speaker: c.speaker,
		live: c.live, home: o.Homeserver, step: c.jobs.step,
	}
	c.places.management.closed = c.hearing.direct.succession.look
	c.hearing.digests = &digests{
		loop: c.loop, log: o.Log, commits: c.commits, speaker: c.speaker, clock: c.protectors.posture.clock, begun: c.progress.complete,
		draw: drawDigests(digestDesk{c.loop, c.world, o.Store, c.protectors.posture.clock}),
	}
	c.protectors.posture.clock.moved = c.hearing.digests.moved
	c.hearing.inquiries = &inquiries{loop: c.loop, log: o.Log, ask: registration.New().Ask, known: &kit.Registrations{}}
	c.protectors.set.Registrations = c.hearing.inquiries.known
	c.hearing.verifications = &verifications{
		verifier: o.Verifier, loop: c.loop, log: o.Log, speaker: c.speaker, management: c.places.management, comparing: comparisons{},
	}
}

// replaced tells whether our identity is not ours any more.
func (c *Community) replaced() bool { return c.hearing.logins.account.Replaced() }
