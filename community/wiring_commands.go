package community

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/desk"
	"forseti/policy"
	"forseti/protections/kit"
	"forseti/rooms"
	"forseti/sanction"
)

// wireCommands puts together what moderators are asked, and what they order.
func (c *Community) wireCommands() {
	o, weigher := c.opts, c.places.following.weigher
	c.orders.questions = &questions{
		world: c.world, loop: c.loop, log: o.Log, store: o.Store, commits: c.commits, speaker: c.speaker, live: c.live,
		topics: &topics{
			world: c.world, weigher: weigher, following: c.places.following, protecting: c.places.protecting, commits: c.commits,
			queue: c.queue, speaker: c.speaker, names: c.places.names, store: o.Store.Settings,
		},
		compared: func(target id.EventID, sign string) bool { return c.hearing.verifications.comparedBy(target, sign) },
		obey:     c.orders.obey, board: weigher.board, details: map[string]questionDetails{}, untimely: untimely{late: late{told: map[lateTold]bool{}}},
	}
	as := &alerts{
		world: c.world, loop: c.loop, log: o.Log, commits: c.commits, journal: o.Store.Journal, speaker: c.speaker, protectors: c.protectors,
		want: c.jobs.want, at: map[id.EventID]*alert{},
	}
	as.appeals = &appeals{
		loop: c.loop, log: o.Log, commits: c.commits, store: o.Store.Cases, speaker: c.speaker, runner: c.jobs.runner, ledger: c.protectors.follows.ledger, cases: &c.protectors.follows.cases,
		chats: map[id.RoomID]*toldChat{},
	}
	c.orders.questions.settled = settled{
		world: c.world, following: c.places.following, protecting: c.places.protecting, cases: &c.protectors.follows.cases,
		dry: c.jobs.runner.Dry, encrypted: func() bool { return c.places.management.room.Encrypted() },
	}
	c.protectors.follows.told = as.appeals.delivered
	c.orders.questions.alerts, c.speaker.alerted = as, as.telling
	c.speaker.signs.open = func(message id.EventID) bool {
		return c.orders.questions.open(message) || c.hearing.verifications.asks(message)
	}
	c.protectors.follows.waved, c.protectors.gate.asks = as.waved, as.gated
	c.places.following.replaced = (&upgrades{c.orders, map[id.RoomID]time.Time{}}).ask
	weigher.touch = c.orders.questions.topics.touchCounted
	e := c.newExecutor()
	c.orders.executor = func(by run) commands.Executor {
		of := e
		of.run = by
		return remembering{of, c.configured.past}
	}
	also := o.Borrowed
	also.Alone = c.places.management.bots.none
	desks := c.desks(e.rooms.visits)
	c.configured.past.stand = desks.Settings
	c.orders.set = commands.NewSet(o.Self, c.places.management.displayName, also, desks)
}

// newExecutor puts together what commands change.
func (c *Community) newExecutor() executor {
	o, following := c.opts, c.places.following
	acts := &actions{c.jobs, o.Store.Journal}
	agreed := &agreements{c.loop, c.commits, following.weigher}
	visits := &visits{o.Self, c.loop, acts, c.places, c.surveying.survey}
	account := &accountWrites{c.loop, c.commits, acts, c.configured, c.intake.writes}
	changes := &roomChanges{c.loop, o.Log, visits, account, c.places.protecting, c.protectors.posture}
	c.hearing.spaces = &spaces{
		rounds: rounds{loop: c.loop, log: o.Log, want: c.jobs.want, dry: c.jobs.runner.Dry, begun: c.progress.complete, next: time.Now()},
		home:   o.Homeserver, world: c.world, changes: changes, speaker: c.speaker, names: c.places.names,
		left: &leftSpaces{
			loop: c.loop, commits: c.commits, speaker: c.speaker, names: c.places.names, board: c.orders.questions.board,
			protected: func(room id.RoomID) bool { return c.places.protecting.rooms[room] != nil },
			stop:      func(ctx context.Context, room id.RoomID) error { return changes.unprotect(ctx, run{}, room) },
			of:        map[id.RoomID]leftSpace{}, going: map[id.RoomID]bool{},
		},
		away: &turnedAway{c.commits, map[id.RoomID]turned{}},
		of:   map[id.RoomID]shownRooms{}, unread: map[id.RoomID]bool{},
	}
	c.orders.questions.topics.leftSpace, c.orders.questions.topics.leave = c.hearing.spaces.left.asked, c.hearing.spaces.left.decide
	c.hearing.audits = &audits{
		loop: c.loop, commits: c.commits, speaker: c.speaker, names: c.places.names, begun: c.progress.complete,
		audit: desk.Audits{World: worldDesk{c.loop, c.world}, Reader: o.Homeserver, Explain: explain}.Audit,
		rooms: func() []id.RoomID { return slices.Sorted(maps.Keys(c.places.protecting.rooms)) },
		moves: func() int { return c.places.protecting.moves },
		own:   ownChanges{self: o.Self, at: map[id.RoomID]time.Time{}, others: map[id.RoomID]bool{}},
		known: map[id.RoomID][]string{}, at: map[id.RoomID]time.Time{}, next: time.Now().Add(auditRetry), // there is enough to do at a start
	}
	c.hearing.removals = newListedRemovals(c, acts)
	c.jobs.protections = hearers{c.protectors, c.hearing.removals}
	c.jobs.ours = func(e action.Ending) {
		c.hearing.logins.ended(e)
		c.hearing.audits.ended(e)
	}
	c.jobs.numbers = &listCases{
		world: c.world, cases: &c.protectors.follows.cases, next: c.commits.Next, names: c.places.names, dry: c.jobs.runner.Dry, wanted: c.speaker.report.Wants,
	}
	c.hearing.describing = &describing{
		commits: c.commits, door: c.speaker.door, self: o.Self, room: o.ManagementRoom, every: o.Describe, at: time.Now().Add(o.Describe),
		all: func() []commands.Description { return c.orders.set.Descriptions() }, rooms: c.hearing.audits.rooms,
		free: func() bool {
			return c.progress.complete() && c.jobs.runner.Idle() && !c.protectors.follows.dry()
		},
		told: map[string]string{},
	}
	c.hearing.byHand = &byHand{
		rounds: rounds{loop: c.loop, log: o.Log, want: c.jobs.want, dry: c.jobs.runner.Dry, begun: c.progress.complete}, commits: c.commits,
		management: c.places.management, obey: c.orders.obey, heard: func(evt id.EventID) { c.hearing.messages.inThread(evt, nowhere) },
	}
	settings := settingCopyOf(c, account)
	past := c.configured.past
	past.kept, past.copied, past.renew, c.hearing.adopting.restore = settings.keep, settings.stands, settings.anew, settings.restore
	return executor{
		run:         run{step: func(int, int) {}},
		actions:     acts,
		rules:       &ruleWrites{o.Self, c.loop, acts, agreed, c.intake},
		rooms:       changes,
		spaces:      c.hearing.spaces,
		lists:       &listChanges{o.Self, c.loop, visits, account, agreed, following},
		protections: &protectionChanges{c.loop, c.protectors},
		cases:       caseDeskOf(c),
		notes:       notes{o.Log, o.Store.Notes},
		roles:       roleDesk{c.loop, c.orders.roles},
		byHand:      byHandDesk{c.hearing.byHand},
		modes: &modeChanges{
			loop: c.loop, log: o.Log, store: o.Store.Settings, speaker: c.speaker, weigher: following.weigher, reasons: c.configured.reasons,
			byDefault: limitsOf(o.Settings.Limits, defaultWithin), setDry: c.setDryRun,
			listen: func(ctx context.Context, by run, room id.RoomID) error {
				if err := visits.join(ctx, by, room, nil); err != nil {
					return err
				}
				c.loop.See(func() { c.hearing.direct.succession.ordered(room, by.by) })
				return nil
			},
		},
		images:     &imageChanges{c.world, c.loop, c.commits, c.protectors, c.hearing.pictures},
		encryption: &encryptionChanges{c.loop, o.Log, acts, c.places.management, o.Secrets, o.Verifier},
		samples:    newSamples(c),
	}
}

func logRooms(c *Community) desk.LogRooms {
	return desk.LogRooms{World: worldDesk{c.loop, c.world}, Reader: c.opts.Homeserver, Encrypted: c.places.management.room.Encrypted}
}

func settingCopyOf(c *Community, account *accountWrites) *settingCopy {
	return &settingCopy{
		account: account, protectors: c.protectors, weigher: c.places.following.weigher, roles: c.orders.roles, byHand: c.hearing.byHand,
		adopting: c.hearing.adopting, past: c.configured.past, reasons: c.configured.reasons, byDefault: limitsOf(c.opts.Settings.Limits, defaultWithin),
		room: c.opts.ManagementRoom,
	}
}

func newSamples(c *Community) *samples {
	return &samples{citedOf(c), c.protectors, c.orders.questions.alerts}
}

func citedOf(c *Community) *cited {
	return &cited{c.world, c.opts.Homeserver, c.protectors.evidence, c.places.management, c.orders.questions.alerts}
}

func caseDeskOf(c *Community) caseDesk {
	as := c.orders.questions.alerts
	return caseDesk{c.loop, c.opts.Log, c.opts.Store, as}
}

func membersOf(c *Community) desk.Members {
	kept := c.protectors.evidence
	return desk.Members{
		World: worldDesk{c.loop, c.world}, History: c.opts.Homeserver, Explain: explain, Heard: kept.heard, Latest: kept.lately, Keep: kept.exhibits,
		Broke: c.loop.Broke, Invited: c.protectors.follows.invited.sent,
	}
}

// desks are where commands ask.
func (c *Community) desks(v *visits) commands.Desks {
	o, weigher := c.opts, c.places.following.weigher
	world, named := worldDesk{c.loop, c.world}, namesDesk{c.loop, c.jobs.runner, c.places, c.protectors.posture.clock}
	rules := desk.Rules{World: world, Resolver: o.Homeserver, Explain: explain, Freed: freedLately{c.loop, o.Log, o.Store.Journal}.users}
	devices := desk.Devices{
		Self:   o.Self,
		Others: func(ctx context.Context) ([]commands.Device, error) { return c.hearing.logins.others(ctx) },
		Ends:   func() bool { return o.Homeserver.EndsLogins() },
		Here: func(user id.UserID) (is bool) {
			c.loop.See(func() { is = c.places.management.here(user) })
			return is
		},
		Unread: func(user id.UserID, err error) {
			o.Log.Warn().Err(err).Stringer("user", user).Msg("Devices not read")
		},
	}
	if o.Secrets != nil && o.Verifier != nil {
		devices.Known = o.Secrets
	}
	lists := desk.Lists{
		World: world, Names: named, Resolver: o.Homeserver, Reader: o.Homeserver, Explain: explain,
		Join:   func(ctx context.Context, room id.RoomID, via []string) error { return v.join(ctx, run{}, room, via) },
		Stands: named.listAbout,
		Shown:  func(list id.RoomID, rules []policy.Rule) { weigher.agreeToWatch(list, rules, false) },
	}
	return commands.Desks{
		Names: named, Bans: rules, Rules: rules, Devices: devices, Why: whyDesk{rules, c.loop, c.protectors, notes{o.Log, o.Store.Notes}, o.Store.Journal},
		Records: commands.Records{
			Messages: citedOf(c), Files: attached{citedOf(c), c.opts.Homeserver}, Says: o.Say, Evidence: evidenceDesk{c.protectors.evidence, c.places.management},
			Cases: caseDeskOf(c), Arrivals: arrivalDesk{c.loop, c.world, c.protectors}, Digest: digestDesk{c.loop, c.world, o.Store, c.protectors.posture.clock}, Past: c.configured.past, Reasons: c.configured.reasons,
		},
		Guards: commands.Guards{
			Protections: protectionDesk{c.loop, c.protectors},
			Presets:     presetDesk{c.loop, c.protectors},
			Postures:    postureDesk{c.loop, c.protectors},
			Calls:       callDesk{c.loop, c.protectors.follows.calls, c.world, logRooms(c)},
			Ladder:      ladderDesk{c.loop, c.protectors.follows},
			Stats:       statsDesk{o.Store.Offences},
			Images:      imageDesk{c.hearing.pictures, c.protectors, citedOf(c)},
			ByHand:      byHandDesk{c.hearing.byHand},
			Clock:       callable{},
			Duty:        dutyDesk{c.loop, c.places.management.duty, c.world},
			OwnRules:    ownRuleDesk{protectionDesk{c.loop, c.protectors}},
			Samples:     sampleDesk{newSamples(c)},
		},
		Roles:     roleDesk{c.loop, c.orders.roles},
		Upkeep:    upkeepDesk{c.loop, &keys{c.loop, o.Log, c.places, o.Secrets}, c.queue, c.speaker, c.surveying, c.status},
		Limits:    limitDesk{c.loop, weigher, limitsOf(o.Settings.Limits, defaultWithin)},
		Questions: questionDesk{c.loop, c.orders.questions},
		Mutes:     muteDesk{c.loop, c.world, o.Store.Journal},
		Members:   membersOf(c),
		Lists:     lists,
		Grounds: commands.Grounds{
			Rooms:   desk.Rooms{Names: named, Resolver: o.Homeserver, Reader: o.Homeserver, Explain: explain},
			Audits:  desk.Audits{World: world, Reader: o.Homeserver, Explain: explain, History: o.Homeserver},
			Servers: desk.Servers{World: world},
			Levels:  desk.Levels{World: world},
			Locks:   lockDesk{c.loop, c.protectors.posture.doors, c.protectors.posture.hush},
			Spaces:  spaceDesk{c.hearing.spaces},
			Others: desk.Quarters{
				Lists: lists, Self: o.Self, See: func(look func(*rooms.Room)) { c.loop.See(func() { look(c.places.management.room.Room) }) },
			},
		},
	}
}

// status is what there is in figures.
func (c *Community) status(s *commands.Status) {
	s.Version, s.Up, s.DryRun = c.opts.Version, time.Since(c.progress.started), c.jobs.runner.Dry()
	s.Rooms, s.Lists, s.Encrypted = len(c.places.protecting.rooms), len(c.places.following.lists), c.places.management.room.Encrypted()
	s.Rules, s.Members = c.world.Rules.Len(), c.world.Subjects().Len()
	s.Questions = len(c.orders.questions.board.Open())
	if held := c.protectors.posture.told; held.Posture != sanction.Calm {
		s.Posture = strings.TrimSuffix(c.protectors.posture.words(), ".")
	}
	s.Duty = c.places.management.duty.at(time.Now())
	s.Enabled, s.Shadow = c.protectors.stand.in(kit.On), c.protectors.stand.in(kit.Shadow)
	s.Account = c.hearing.logins.account.Others()
}
