package community

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community/commits"
	"forseti/community/loop"
	"forseti/community/report"
	"forseti/enforce"
	"forseti/policy"
	"forseti/protections/kit"
	"forseti/rooms"
	"forseti/sanction"
	"forseti/sanction/trust"
	"forseti/store"
	"forseti/text"
)

// protectors are what protections are told, and what follows from what they find.
type protectors struct {
	world    *enforce.World
	loop     *loop.Loop
	log      zerolog.Logger
	commits  *commits.Writer
	speaker  *speaker
	evidence *evidence
	want     func(ctx context.Context, wanted store.Commit) error
	follows  *consequences
	endings  *endings
	terms    *ruleEnds

	set     *kit.Set
	stand   *standings
	unheard unheard
	posture *postures
	gate    *gate
}

func newProtectors(c *Community) *protectors {
	o := c.opts
	p := &protectors{
		world: c.world, loop: c.loop, log: o.Log, commits: c.commits, speaker: c.speaker, want: c.jobs.want,
		unheard: unheard{rooms: map[id.RoomID]*unheardRoom{}},
	}
	p.evidence = &evidence{
		store: o.Store, secrets: o.Secrets, loop: c.loop, log: o.Log, keepFor: o.KeepEvidence, history: o.KeepHistory,
		secret: func() bool { return c.places.management.room.Encrypted() },
	}
	by := &clock{commits: c.commits, zone: time.UTC}
	p.follows = &consequences{
		world: c.world, commits: c.commits, speaker: c.speaker, names: c.places.names, dry: c.jobs.runner.Dry,
		list: func() (id.RoomID, bool) { return c.places.following.own() }, ledger: sanction.NewLedger(),
		invited: invitations{by: map[id.UserID]map[kit.Place]bool{}}, untold: map[string][]finding{}, cases: cases{open: map[int64]*caseFile{}, undone: map[int64]bool{}}, told: func(action.Ending, time.Time) {},
		calls: &calls{commits: c.commits, runner: c.jobs.runner, speaker: c.speaker, clock: by, zone: time.UTC, duty: c.places.management.duty, loop: c.loop, look: logRooms(c).LogRoom, last: map[string]time.Time{}}, sight: p.evidence, manners: manners{here: map[id.RoomID]*sanction.Tact{}},
	}
	p.speaker.voice.log.look = p.follows.calls.lookAtLog
	p.endings = &endings{
		world: c.world, loop: c.loop, log: o.Log, commits: c.commits, journal: o.Store.Journal, want: c.jobs.want, dry: c.jobs.runner.Dry,
		begun:   c.progress.complete,
		lifting: map[kit.Place]bool{}, mutes: newHeldMutes(p.follows.ledger),
	}
	own := newRulebook(c.commits, c.speaker, acquaintance{c.world, func(list id.RoomID) string {
		if l := c.places.following.lists[list]; l != nil {
			return l.shortcode
		}
		return ""
	}, p.follows.ledger})
	p.set = kit.NewSet(o.Self, people{c.world})
	p.set.Team = func() []kit.Namesake { return c.places.management.team() }
	p.stand = &standings{log: o.Log, commits: c.commits, speaker: c.speaker, names: c.places.names, set: p.set, rules: own, of: map[string]kit.Standing{}}
	p.set.Keep = func(name string, d *kit.Deed) { p.commits.Setting(deedNamespace, name, d) }
	p.set.After, p.set.Braked = own.book.Heard, p.stand.braked
	p.posture = &postures{commits: c.commits, speaker: c.speaker, moderator: c.world.Moderator, turned: p.stand.turned, shifted: p.stand.shifted, clock: by}
	round := rounds{loop: c.loop, log: o.Log, want: c.jobs.want, dry: c.jobs.runner.Dry, begun: c.progress.complete}
	p.posture.doors = newDoors(joining{}, round, c)
	p.posture.hush = newDoors(writing{o.Self, func(u id.UserID, at time.Time) trust.Level { return p.set.Trust.Level(u, at) }, c.places.names, func(room id.RoomID) bool { return p.posture.hush.isLocked(room) }}, round, c)
	p.gate = newGate(gate{
		rounds: round, world: c.world, commits: c.commits, speaker: c.speaker, names: c.places.names,
		on: func(protection string, room id.RoomID) bool {
			mode, _ := p.stand.of[protection].In(room)
			return mode == kit.On
		},
		endings: p.endings, knocks: p.set.Waits,
	})
	p.terms = &ruleEnds{
		rounds: round, world: c.world, speaker: c.speaker,
		ending: map[string]policy.Rule{}, told: map[enforce.Slot]string{},
	}
	p.set.Report, p.set.Shadowed, p.set.Case, p.set.Trust.Open = p.broken, p.shadowed, p.caseOf, p.follows.ledger.Open
	return p
}

// broken tells of a protection that failed, once; the log has the rest.
func (p *protectors) broken(name string, err error) {
	p.log.Error().Err(err).Str("protection", name).Msg("Protection failed on an event")
	if name == kit.Remembering {
		p.speaker.problem(failureOf(name), "I failed to remember an event for what members are trusted with and for what rules ask. Protections did look at it, and I go on with the next; my log says more.")
		return
	}
	p.speaker.problem(failureOf(name), fmt.Sprintf("The protection %s failed on an event, which it did not look at to the end. The others did, and it goes on with the next; my log says more.", text.Code(name)))
}

func failureOf(protection string) report.Key {
	return report.Key{Kind: report.Protection, Subject: protection}
}

// said asks about an event without a state key. backlog says that its time of arrival
// says nothing; late, that it was asked about before it could be read.
func (p *protectors) said(evt *event.Event, at time.Time, backlog, late bool) outcome {
	in := kit.SaidBy(evt, at)
	in.Backlog, in.Late = backlog, late
	return p.check(in)
}

// changed asks about a state event that was taken in.
func (p *protectors) changed(evt *event.Event, c rooms.Change, before json.RawMessage, at time.Time, backlog bool) outcome {
	in := kit.ChangedBy(evt, c, before, at)
	in.Backlog = backlog
	all := p.check(in)
	all.add(p.behind(evt, c, at))
	return all
}

func (p *protectors) check(in kit.Signal) outcome {
	if in.What == kit.Said {
		p.posture.heard(in.Sender, in.Arrived)
	}
	if in.What == kit.Said || in.Event != nil && rooms.Shown(in.Event.Type.Type) {
		p.evidence.remember(in.Event) // first: it may be what is told of
	}
	room := p.world.Room(in.Room)
	switch {
	case room == nil:
		return outcome{}
	case !p.unheard.known(in.Room) || p.unheard.in(in.Room):
		p.unheard.wait(in)
		return outcome{}
	}
	return p.consequences(p.checked(in, room), in.Arrived)
}

// checked is what is found against a signal, of which there is evidence then: of state there is too
// much to remember all.
func (p *protectors) checked(in kit.Signal, room *rooms.Room) []kit.Finding {
	found := p.set.Check(in, room)
	if len(found) > 0 && in.Event != nil {
		p.evidence.remember(in.Event)
	}
	return found
}

// hearOne goes on with what happened in a room that is known by now; false if there is
// none.
func (p *protectors) hearOne() bool {
	p.stand.demote()
	for name := range p.unheard.rooms {
		room := p.world.Room(name)
		if room != nil && !p.unheard.known(name) {
			continue
		}
		var found outcome
		for _, in := range p.unheard.take(name, crowd) {
			if room == nil {
				continue
			}
			if in.What == kit.Said {
				p.evidence.remember(in.Event)
			}
			found.add(p.consequences(p.checked(in, room), in.Arrived))
		}
		p.carryOut(found)
		p.keepTrust()
		return true
	}
	if p.unheard.lost > 0 && len(p.unheard.rooms) == 0 {
		p.log.Warn().Int("events", p.unheard.lost).Msg("More happened in rooms that were not read yet than could be kept, and protections did not see it")
		p.unheard.lost = 0
	}
	return false
}

// forget drops what is waited for in a room that is not protected any more.
func (p *protectors) forget(room id.RoomID) {
	p.unheard.take(room, math.MaxInt)
	p.set.Forget(room)
	p.posture.unguarded(room)
	p.endings.mutes.forget(room)
}

// consequences are what is to be done about findings. Those that cannot be carried out
// here end at once.
func (p *protectors) consequences(found []kit.Finding, at time.Time) (all outcome) {
	for _, f := range p.follows.severestFirst(found, at) {
		if f.Alert {
			p.posture.raise(f, at)
		}
		if f.Gate != nil {
			all.add(p.gate.came(f, at))
			continue
		}
		todo, not := p.follows.of(f, p, at)
		for _, a := range todo.actions {
			p.set.Sought(a, f, at)
			if room := p.world.Room(a.Room); a.Of == action.ToProfile && room != nil {
				if m, _ := room.Member(a.User); m.Event == a.Event {
					p.evidence.called(a.Room, a.User, m)
				}
			}
		}
		for _, h := range not {
			p.speaker.report.Ended(action.Ending{Action: h.Action, Fate: action.Refused, Why: h.Why}, at)
			p.ended(action.Ending{Action: h.Action, Fate: action.Refused, Why: h.Why})
		}
		all.add(todo)
	}
	return all
}

// shadowed tells what would follow from a finding of a protection that is in shadow.
func (p *protectors) shadowed(f kit.Finding, at time.Time) {
	if f.Alert {
		p.follows.tell(f) // nothing else would follow
		return
	}
	if f.Gate != nil {
		p.speaker.report.Shadow(f.Protection, f.User, p.gate.would(f), at)
		return
	}
	p.speaker.report.Shadow(f.Protection, f.User, p.follows.would(f, p, at), at)
}

var _ sanction.Able = (*protectors)(nil)

// Hinders says what keeps us from an action in its room.
func (p *protectors) Hinders(a action.Action) string {
	if a.Verb.Row().Guard == action.GuardList {
		return "" // there would be none if the list could not be written to
	}
	room := p.world.Room(a.Room)
	if room == nil {
		return "the room is not protected"
	}
	return enforce.Able(room, p.world.Self(), a).String()
}

// follow tells how a room has changed: whose ban was lifted is pardoned, and what somebody was
// muted for counts no more if that was lifted. Who may come back, or speak, because a time is
// over is not: what they did goes on to fade.
func (p *protectors) follow(room id.RoomID, change rooms.Change) {
	p.follows.invited.follow(room, change)
	p.carryOut(p.hidden(room, change))
	if change.Kind == rooms.Membership {
		p.gate.follow(kit.Place{Room: room, User: change.User}, change.After.Membership)
	}
	if r := p.world.Room(room); change.Kind == rooms.Levels && r != nil {
		p.posture.hush.stirred(room, time.Now())
		p.set.Heard(r)
		p.unmuted(r)
	}
	if !p.set.Follow(room, change) {
		return
	}
	if at := (kit.Place{Room: room, User: change.User}); !p.endings.lifted(at) {
		p.follows.pardoned(at)
		p.set.Undone(at, time.Now())
	}
}

// unmuted takes in whose mutes in a room were lifted by hand.
func (p *protectors) unmuted(r *rooms.Room) {
	for at, offences := range p.endings.mutes.lifted(r) {
		if p.follows.forgiven(offences) {
			p.set.Undone(at, time.Now())
		}
	}
}

// pardon has all that a user did count no more.
func (p *protectors) pardon(u id.UserID) {
	for _, e := range p.follows.ledger.Of(u) {
		p.follows.forgiven([]string{e.ID})
	}
}

// erred takes in that findings were mistakes, of those whose offences count no more by that. That
// a ban was lifted is seen in the room as well, which counts no second time.
func (p *protectors) erred(of []finding, undone []store.Offence) {
	for _, c := range of {
		if slices.ContainsFunc(undone, func(o store.Offence) bool { return o.ID == c.Offence && !o.Undone.IsZero() }) {
			p.set.Mistaken(c.cause(), kit.Place{Room: c.Room, User: c.User}, time.Now())
		}
	}
}

// caseOf is the case of what was found in a room; 0 if there is none.
func (p *protectors) caseOf(of action.Cause, room id.RoomID) int64 {
	e, _ := p.follows.ledger.Find(sanction.EntryID(of, room))
	return e.Case
}

// looked takes in that a room was read as a whole.
func (p *protectors) looked(room id.RoomID) { p.gate.whole(room) }

// ended tells what came of an action that was wanted.
func (p *protectors) ended(e action.Ending) {
	p.set.Ended(e, p.world.Room(e.Action.Room), time.Now())
	p.follows.ended(e)
	p.endings.ended(e)
	p.terms.ended(e)
	if r := p.world.Room(e.Action.Room); r != nil && e.Action.Verb.Row().Lane == action.LevelLane {
		p.unmuted(r)
	}
	p.posture.ended(e, time.Now())
	p.gate.ended(e, time.Now())
}

// seek takes up a ban that a protection wanted in an earlier run.
func (p *protectors) seek(a action.Action, at time.Time) {
	if a.Cause.Kind == action.ByProtection {
		f := kit.Finding{Reason: a.Reason}
		if e, known := p.follows.ledger.Find(sanction.EntryID(a.Cause, a.Room)); known {
			f.Weight = e.Class
		}
		p.set.Sought(a, f, at)
	}
}

// resume takes up a ban that a protection had made in an earlier run.
func (p *protectors) resume(a action.Action, at time.Time) {
	p.seek(a, at)
	p.set.Resumed(a, at)
}

// loadOffences takes up what everybody did, and that some of what followed may have to end.
func (p *protectors) loadOffences(ctx context.Context, now time.Time) error {
	p.endings.expect(now)
	if err := p.loadDeeds(ctx, now); err != nil {
		return err
	}
	p.follows.invited.load(p.world)
	if err := p.follows.loadLadder(ctx, p.evidence.store.Settings); err != nil {
		return err
	}
	if err := p.gate.load(ctx, p.evidence.store, now); err != nil {
		return err
	}
	if err := p.follows.calls.load(ctx, p.evidence.store.Settings); err != nil {
		return err
	}
	if err := p.follows.loadWords(ctx, p.evidence.store, now); err != nil {
		return err
	}
	if err := p.follows.load(ctx, p.evidence.store.Offences, now); err != nil {
		return err
	}
	return p.endings.mutes.load(ctx, p.evidence.store.Journal, now)
}

// tickDue gives the ticks that are due, and has journalled what follows.
func (p *protectors) tickDue(now time.Time) {
	if due := p.set.Due(); due.IsZero() || now.Before(due) {
		return
	}
	p.carryOut(p.consequences(p.set.Tick(now, p.world.Room), now))
}

// carryOut has what follows from findings journalled, and done.
func (p *protectors) carryOut(found outcome) {
	if len(found.actions)+len(found.offences) == 0 {
		return
	}
	verdict := found.actions
	wanted := store.Commit{Open: verdict, Offences: found.offences, Evidence: p.evidence.of(verdict), Known: store.Known{Cases: found.cases}}
	dropped := func(err error) {
		p.log.Err(err).Msg("What protections found is not carried out")
		for _, a := range verdict {
			p.ended(action.Ending{Action: a, Fate: action.Dropped, Why: err.Error()})
		}
	}
	p.loop.Later("carry out what protections found", func(ctx context.Context) {
		switch err := p.want(ctx, wanted); {
		case err == nil:
			p.loop.Post(func() { p.follows.cases.again(found.cases, p.commits.Next()) })
		case ctx.Err() == nil:
			p.loop.Post(func() { dropped(err) })
		}
	}, dropped)
}
