package community

import (
	"context"
	"errors"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/commits"
	"forseti/matrix"
	"forseti/protections/kit"
	"forseti/sanction"
	"forseti/store"
)

// postures are how strict the community is: what moderators have ordered, and what follows
// from the clock and from nobody being there. Which posture holds is worked out anew from
// what is stored, so that an end that came while we were away is not missed.
type postures struct {
	commits   *commits.Writer
	speaker   *speaker
	moderator func(id.UserID) bool
	turned    func(sanction.Posture) // has the protections follow
	shifted   func(from, to sanction.Posture)
	doors     *doors // who may join
	hush      *doors // who may write
	clock     *clock

	watch  sanction.Watch
	held   sanction.Posture // that the protections follow
	told   sanction.Stance  // that moderators know of
	due    time.Time        // when it may change by itself; zero for never
	stored time.Time        // when a moderator spoke last, as it is stored
}

// postureKey is where it is kept, among what moderators set about the whole bot.
const postureKey = "posture"

// spokeStored is how much later a moderator must have spoken for it to be stored.
const spokeStored = 10 * time.Minute

// keptPosture is what is stored.
type keptPosture struct {
	Watch sanction.Watch  `json:"watch"`
	Told  sanction.Stance `json:"told"`
}

// load takes up what was stored, and has it hold. What changed while we were away is told
// with the first turn.
func (p *postures) load(ctx context.Context, settings *store.Settings, now time.Time) error {
	var k keptPosture
	if _, err := settings.Read(ctx, modeNamespace, postureKey, &k); err != nil {
		return err
	}
	p.watch, p.told, p.stored = k.Watch, k.Told, k.Watch.Spoke
	if p.watch.Spoke.After(now) {
		p.watch.Spoke = now // of a clock that was ahead
	}
	s, _ := p.watch.At(now, p.clock.zone)
	p.hold(s.Posture)
	p.due = now
	return errors.Join(p.doors.load(ctx, settings, now), p.doors.loadLocks(ctx, settings), p.hush.load(ctx, settings, now), p.hush.loadLocks(ctx, settings))
}

// keep stores it.
func (p *postures) keep() {
	p.stored = p.watch.Spoke
	if p.watch == (sanction.Watch{}) && p.told.Same(sanction.Stance{}) {
		p.commits.Setting(modeNamespace, postureKey, nil)
		return
	}
	p.commits.Setting(modeNamespace, postureKey, keptPosture{p.watch, p.told})
}

// turnDue has the posture follow the time, and says so.
func (p *postures) turnDue(now time.Time) {
	if !p.due.IsZero() && !now.Before(p.due) {
		p.turn(now, true)
	}
	p.doors.lookDue(now)
	p.hush.lookDue(now)
}

// wakes is when there may be something to do; zero if nothing is due by itself.
func (p *postures) wakes() time.Time { return earlier(p.due, earlier(p.doors.due(), p.hush.due())) }

// turn works out what holds. Whoever ordered it hears of it in the answer.
func (p *postures) turn(now time.Time, tells bool) {
	var s sanction.Stance
	s, p.due = p.watch.At(now, p.clock.zone)
	p.hold(s.Posture)
	p.doors.turn(s.Close, now)
	p.hush.turn(s.Hush, now)
	before := p.told
	if s.Same(before) {
		return
	}
	p.told = s
	if s.Posture != before.Posture {
		p.shifted(before.Posture, s.Posture)
	}
	if tells && (s.Posture != before.Posture || s.Source != before.Source || s.Close != before.Close || s.Hush != before.Hush) {
		p.speaker.tell(commands.PostureWords(s, p.watch, p.clock.zone))
	}
	p.keep()
}

// hold has the protections follow a posture.
func (p *postures) hold(to sanction.Posture) {
	if p.held != to {
		p.held = to
		p.turned(to)
	}
}

// heard notes that somebody said something: a moderator, if it matters.
func (p *postures) heard(u id.UserID, at time.Time) {
	if p.watch.Silence == 0 || !p.moderator(u) || !at.After(p.watch.Spoke) {
		return
	}
	p.watch.Heard(at)
	if p.told.Source == sanction.BySilence {
		p.turn(at, true)
		return
	}
	if at.Sub(p.stored) >= spokeStored {
		p.keep()
	}
}

// heardIn notes what was said in the management room.
func (p *postures) heardIn(in *matrix.RoomBatch, at time.Time) {
	for _, evt := range in.Timeline {
		if evt.StateKey == nil && evt.Type.Type != event.EventRedaction.Type {
			p.heard(evt.Sender, at)
		}
	}
}

// liveBy has hours be by another clock.
func (p *postures) liveBy(set sanction.Clock, now time.Time) {
	p.clock.change(set, now)
	p.turn(now, true)
}

// setClock changes one setting of it.
func (p *postures) setClock(name, value string, now time.Time) error {
	written := p.clock.set.Written()
	written[name] = value
	set, err := sanction.ParseClock(written, nil)
	if err == nil {
		p.liveBy(set, now)
	}
	return err
}

// words say which posture holds.
func (p *postures) words() string { return commands.PostureWords(p.told, p.watch, p.clock.zone) }

// order changes what a command asks for.
func (p *postures) order(c commands.Change, now time.Time) {
	c.ApplyTo(&p.watch, now)
	p.turn(now, false)
	p.keep()
}

// endWave ends what a wave brought, and what was ordered because of it until a time; false if there
// is nothing of it.
func (p *postures) endWave(ordered, now time.Time) (ended bool) {
	ended = p.watch.EndWave(ordered, now)
	p.turn(now, false)
	p.keep()
	return ended
}

// follow has it be stricter by itself when a routine says.
func (p *postures) follow(r sanction.Routine, now time.Time) {
	p.watch.Follow(r, now)
	p.turn(now, true)
	p.keep()
}

// raise has a wave bring a posture, or go on with it.
func (p *postures) raise(f kit.Finding, now time.Time) {
	if f.Raises == sanction.Calm {
		return
	}
	p.watch.Raise(sanction.Ordered{Posture: f.Raises, Close: f.Close, Hush: f.Hush, Until: now.Add(f.Lasts)}, now)
	p.turn(now, true)
	p.keep()
}

// ended takes in that something was done in a room, or not.
func (p *postures) ended(e action.Ending, now time.Time) {
	p.doors.ended(e, now)
	p.hush.ended(e, now)
}

// unguarded takes in that a room is not protected any more.
func (p *postures) unguarded(room id.RoomID) {
	p.doors.unguarded(room)
	p.hush.unguarded(room)
}

// lingers takes in that a room is taken out, by whatever client, and reports whether it has
// to be protected for a while yet, as something is to be given back there.
func (p *postures) lingers(room id.RoomID, now time.Time) bool {
	door, hush := p.doors.lingers(room, now), p.hush.lingers(room, now)
	if !door && !hush {
		return false
	}
	for _, d := range []*doors{p.doors, p.hush} {
		if v := d.visit(room); v.until.IsZero() {
			v.until = now.Add(doorLasts)
		}
	}
	return true
}

// lingered reports whether a room was about to be let go when we ended: then it still is.
func (p *postures) lingered(room id.RoomID, now time.Time) (is bool) {
	for _, d := range []*doors{p.doors, p.hush} {
		if _, found := d.found[room]; found {
			d.visit(room).until, is = now.Add(doorLasts), true
		}
	}
	return is
}

// stays takes in that a room is not taken out, or not any more.
func (p *postures) stays(room id.RoomID, now time.Time) {
	for _, d := range []*doors{p.doors, p.hush} {
		if v := d.visits[room]; v != nil && !v.until.IsZero() {
			v.until = time.Time{}
			d.next = earlier(d.next, now)
		}
	}
}
