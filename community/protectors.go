package community

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/commits"
	"forseti/community/loop"
	"forseti/community/report"
	"forseti/enforce"
	"forseti/protections/kit"
	"forseti/rooms"
	"forseti/sanction"
	"forseti/store"
	"forseti/text"
)

// protectionNamespace holds, per protection, how moderators set it.
const protectionNamespace = "protection"

// protectors are the protections as moderators set them, and what follows from what
// they find.
type protectors struct {
	world    *enforce.World
	loop     *loop.Loop
	log      zerolog.Logger
	commits  *commits.Writer
	speaker  *speaker
	evidence *evidence
	want     func(ctx context.Context, wanted store.Commit) error
	follows  *consequences
	secret   func() bool // whether what is said to moderators is encrypted
	endings  *endings

	set     *kit.Set
	stand   map[string]kit.Standing
	unheard unheard
	posture *postures
	rules   *rulebook
}

func newProtectors(c *Community) *protectors {
	o := c.opts
	p := &protectors{
		world: c.world, loop: c.loop, log: o.Log, commits: c.commits, speaker: c.speaker, want: c.jobs.want,
		evidence: &evidence{store: o.Store, secrets: o.Secrets, loop: c.loop, log: o.Log, keepFor: o.KeepEvidence, history: o.KeepHistory},
		stand:    map[string]kit.Standing{},
		unheard:  unheard{rooms: map[id.RoomID]*unheardRoom{}},
	}
	p.follows = &consequences{
		world: c.world, commits: c.commits, speaker: c.speaker, names: c.places.names, dry: c.jobs.runner.Dry,
		list: func() (id.RoomID, bool) { return c.places.following.own() }, ledger: sanction.NewLedger(), template: sanction.Template,
		invited: invitations{by: map[id.UserID]map[kit.Place]bool{}}, untold: map[string][]finding{}, seen: p.shown,
	}
	p.secret = func() bool { return c.places.management.room.Encrypted() }
	p.endings = &endings{
		world: c.world, loop: c.loop, log: o.Log, commits: c.commits, journal: o.Store.Journal, want: c.jobs.want, dry: c.jobs.runner.Dry,
		begun:   func() bool { return c.progress.begun },
		lifting: map[kit.Place]bool{},
	}
	p.rules = newRulebook(c.commits, c.speaker, acquaintance{c.world, func(list id.RoomID) string {
		if l := c.places.following.lists[list]; l != nil {
			return l.shortcode
		}
		return ""
	}, p.follows.ledger})
	p.set = kit.NewSet(o.Self, people{c.world})
	p.set.After = p.rules.book.Heard
	p.set.Braked = p.braked
	p.posture = &postures{commits: c.commits, speaker: c.speaker, moderator: c.world.Moderator, turned: p.turned}
	p.posture.doors = &doors{
		world: c.world, loop: c.loop, log: o.Log, commits: c.commits, speaker: c.speaker, names: c.places.names, want: c.jobs.want, dry: c.jobs.runner.Dry,
		begun: func() bool { return c.progress.begun },
		rooms: func() []id.RoomID { return slices.Sorted(maps.Keys(c.places.protecting.rooms)) },
		found: map[id.RoomID]sanction.Door{}, waiting: map[string]id.RoomID{}, visits: map[id.RoomID]*visit{},
	}
	p.set.Report, p.set.Shadowed, p.set.Trust.Open = p.broken, p.shadowed, p.follows.ledger.Open
	return p
}

// shown is a message that may be shown to moderators, as far as it is remembered; nil if it is
// not, or was said in secret and this room is not.
func (p *protectors) shown(of id.EventID) *event.Event {
	evt := p.evidence.latest.events[of]
	if evt == nil || evt.Mautrix.WasEncrypted && !p.secret() {
		return nil
	}
	return evt
}

// broken tells of a protection that failed, once; the log has the rest.
func (p *protectors) broken(name string, err error) {
	p.log.Error().Err(err).Str("protection", name).Msg("Protection failed on an event")
	p.speaker.problem(report.Key{Kind: report.Protection, Subject: name}, fmt.Sprintf("The protection %s failed on an event. The others go on; my log says more.", text.Escape(name, text.MostName)))
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
	all.add(p.invitedBehind(evt.RoomID, c, at))
	return all
}

func (p *protectors) check(in kit.Signal) outcome {
	if in.What == kit.Said {
		p.posture.heard(in.Sender, in.Arrived)
	}
	if p.evidence.keepFor > 0 && in.What == kit.Said {
		p.evidence.latest.keep(in.Event) // first: it may be what is told of
	}
	room := p.world.Room(in.Room)
	switch {
	case room == nil:
		return outcome{}
	case !p.unheard.known(in.Room) || p.unheard.in(in.Room):
		p.unheard.wait(in)
		return outcome{}
	}
	return p.consequences(p.set.Check(in, room), in.Arrived)
}

// hearOne goes on with what happened in a room that is known by now; false if there is
// none.
func (p *protectors) hearOne() bool {
	p.demote()
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
			if p.evidence.keepFor > 0 && in.Event != nil {
				p.evidence.latest.keep(in.Event)
			}
			found.add(p.consequences(p.set.Check(in, room), in.Arrived))
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
}

// consequences are what is to be done about findings. Those that cannot be carried out
// here end at once.
func (p *protectors) consequences(found []kit.Finding, at time.Time) (all outcome) {
	for _, f := range found {
		if f.Alert && f.Raises > sanction.Calm {
			p.posture.raise(f.Raises, f.Lasts, at)
		}
		todo, not := p.follows.of(f, p, at)
		for _, a := range todo.actions {
			p.set.Sought(a, f, at)
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

// follow tells how the membership of a room has changed: whose ban was lifted is
// pardoned. Who may come back because a time is over is not: what they did goes on to fade.
func (p *protectors) follow(room id.RoomID, change rooms.Change) {
	p.follows.invited.follow(room, change)
	if r := p.world.Room(room); change.Kind == rooms.Levels && r != nil {
		p.set.Heard(r)
	}
	if !p.set.Follow(room, change) {
		return
	}
	if at := (kit.Place{Room: room, User: change.User}); !p.endings.lifted(at) {
		p.follows.pardoned(at)
		p.set.Undone(at, time.Now())
	}
}

// ended tells what came of an action that was wanted.
func (p *protectors) ended(e action.Ending) {
	p.set.Ended(e, p.world.Room(e.Action.Room), time.Now())
	p.follows.ended(e)
	p.endings.ended(e)
	p.posture.doors.ended(e, time.Now())
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
	p.set.Ended(action.Ending{Action: a, Fate: action.Done}, nil, at)
}

// loadOffences takes up what everybody did, and that some of what followed may have to end.
func (p *protectors) loadOffences(ctx context.Context, now time.Time) error {
	p.endings.expect(now)
	p.follows.invited.load(p.world)
	if err := p.follows.loadWords(ctx, p.evidence.store, now); err != nil {
		return err
	}
	return p.follows.load(ctx, p.evidence.store.Offences, now)
}

// load sets the protections as they are stored. What was valid once and is not any
// more is told once, and does not keep a protection from running.
func (p *protectors) load(stored map[string]json.RawMessage) {
	for name, raw := range stored {
		var s kit.Standing
		kind, known := p.rules.find(name)
		switch err := json.Unmarshal(raw, &s); {
		case err != nil:
			p.log.Error().Err(err).Str("protection", name).Msg("Stored settings not read")
			p.speaker.problem(settingsOf(name), fmt.Sprintf("How the protection %s was set cannot be read any more, so it is off. %s switches it on.",
				text.Code(name), text.Code("!forseti enable "+name)))
		case !known && s.Runs():
			p.speaker.problem(settingsOf(name), fmt.Sprintf("The protection %s was on, and this version has none of that name.", text.Code(name)))
		case known:
			p.apply(kind, s)
		}
	}
}

// apply brings the running set in step with how a protection stands, and tells which
// of its settings do not work.
func (p *protectors) apply(kind kit.Kind, s kit.Standing) {
	p.stand[kind.Name] = s
	p.set.Use(kind, s.Raised(kind, p.set.Posture))
	var lines []string
	for _, problem := range kind.Problems(s) {
		where := ""
		if problem.Room != "" {
			where = " for " + text.Code(string(problem.Room))
		}
		lines = append(lines, fmt.Sprintf("The stored setting %s of the protection %s%s does not work any more, so it runs without: %s.",
			text.Code(problem.Setting), text.Code(kind.Name), where, text.Escape(problem.Err.Error(), text.MostReason)))
	}
	key := settingsOf(kind.Name)
	if len(lines) == 0 {
		p.speaker.report.Problems.Solved(key)
		return
	}
	p.speaker.problem(key, strings.Join(lines, "\n\n"))
}

func settingsOf(protection string) report.Key {
	return report.Key{Kind: report.Protection, Subject: "settings of " + protection}
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
	wanted := store.Commit{Open: verdict, Offences: found.offences, Evidence: p.evidence.of(verdict)}
	dropped := func(err error) {
		p.log.Err(err).Msg("What protections found is not carried out")
		for _, a := range verdict {
			p.ended(action.Ending{Action: a, Fate: action.Dropped, Why: err.Error()})
		}
	}
	p.loop.Later("carry out what protections found", func(ctx context.Context) {
		if err := p.want(ctx, wanted); err != nil && ctx.Err() == nil {
			p.loop.Post(func() { dropped(err) })
		}
	}, dropped)
}

// change sets how a protection stands.
func (p *protectors) change(kind kit.Kind, to kit.Standing) {
	p.released(kind.Name, to)
	p.apply(kind, to)
	p.commits.Setting(protectionNamespace, kind.Name, to)
}

func (p *protectors) infos() []commands.ProtectionInfo {
	var infos []commands.ProtectionInfo
	for _, kind := range p.rules.kinds() {
		s := p.stand[kind.Name]
		info := commands.ProtectionInfo{Rule: p.rules.written(kind.Name), Name: kind.Name, Summary: kind.Summary, Mode: s.Mode, Raised: s.Raised(kind, p.set.Posture).Mode != s.Mode, Settings: kind.Settings(s, "")}
		for _, room := range slices.Sorted(maps.Keys(s.Rooms)) {
			local := commands.LocalProtection{Room: room, Switched: s.Rooms[room].Mode != nil}
			local.Mode, _ = s.In(room)
			for _, setting := range kind.Settings(s, room) {
				if _, own := s.Own(room)[setting.Name]; own {
					local.Settings = append(local.Settings, setting)
				}
			}
			info.Rooms = append(info.Rooms, local)
		}
		infos = append(infos, info)
	}
	return infos
}

// in names the protections that are in a mode in any room.
func (p *protectors) in(mode kit.Mode) []string {
	var names []string
	for _, kind := range p.rules.kinds() {
		if p.stand[kind.Name].Somewhere(mode) {
			names = append(names, kind.Name)
		}
	}
	return names
}

// exempting is how a protection would stand that leaves some users alone, also where a room
// says otherwise than all others. A name that could be read as a pattern would free others
// with it.
func (p *protectors) exempting(name string, users []id.UserID) (to kit.Standing, err error) {
	const exempt, wild = "exempt-users", "*? ,\t"
	kind, ok := p.rules.find(name)
	if !ok {
		return to, fmt.Errorf("there is no protection %s", text.Code(name))
	}
	for _, u := range users {
		if strings.ContainsAny(string(u), wild) {
			return to, fmt.Errorf("%s could be read as a pattern", text.Code(string(u)))
		}
	}
	to = p.stand[kind.Name]
	for _, room := range append([]id.RoomID{""}, slices.Sorted(maps.Keys(to.Rooms))...) {
		own := to.Own(room)
		before, set := own[exempt]
		if room != "" && !set {
			continue
		}
		words := strings.Fields(before)
		if _, free := kind.Set(nil, exempt, before); !set || free != nil || before == "none" {
			words = nil
		}
		for _, u := range users {
			words = append(words, string(u))
		}
		values, err := kind.Set(own, exempt, strings.Join(words, " "))
		if err != nil {
			return to, err
		}
		to = to.WithValues(room, values)
	}
	return to, nil
}

// restand has a protection stand as it is stored already.
func (p *protectors) restand(s store.NewSetting) {
	kind, known := p.rules.find(s.Key)
	if to, ok := s.Value.(kit.Standing); known && ok {
		p.apply(kind, to)
	}
}
