package community

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community/report"
	"forseti/matrix"
	"forseti/rooms"
	"forseti/store"
	"forseti/text"
)

// handle takes in one batch of sync. What it leaves behind is stored in one
// transaction with the token, so that a crash before that repeats the batch and
// a crash after it loses nothing.
func (c *Community) handle(ctx context.Context, b *matrix.Batch) (time.Duration, error) {
	var commit store.Commit
	var pause time.Duration
	var idle chan struct{} // closed when the work is done
	release, err := c.commits.Turn(ctx)
	if err != nil {
		return 0, err
	}
	var told []action.Action
	err = c.loop.Do(ctx, func() {
		taken := c.take(b)
		c.speaker.keepProblems() // with what they come from, so that a restart does not tell them again
		commit = c.commits.Take(taken)
		commit.Open, told = c.leaveOpen(commit.Open)
		commit.NextBatch = b.Next
		pause = c.pacer.Pause(b.Arrived, func() bool { return c.rulesAlone(b) })
		if c.echoes(b) && !c.runner.Idle() {
			idle = make(chan struct{})
			c.whenIdle = append(c.whenIdle, idle)
		}
	})
	if err == nil {
		err = c.commits.Keep(ctx, commit)
	}
	release()
	if err != nil {
		return 0, err
	}
	if idle != nil {
		select {
		case <-idle:
		case <-time.After(echoPause):
		case <-ctx.Done():
		}
		return 0, nil // echoes hold neither commands nor offences
	}
	if len(commit.Open)+len(told)+len(commit.Commands) == 0 {
		return pause, nil
	}
	return pause, c.loop.Do(ctx, func() {
		c.admit(commit.Open)
		c.admit(told)
		c.obey(slices.DeleteFunc(commit.Commands, func(o store.Command) bool { return o.Seen }))
	})
}

// take applies a batch, in an order that never bans by half a picture: first what
// is watched and protected, then the rooms, each event of theirs in its turn.
func (c *Community) take(b *matrix.Batch) store.Commit {
	var out store.Commit
	for _, evt := range b.AccountData {
		out.State = append(out.State, c.takeAccountData(evt)...)
	}
	for _, in := range c.inTurn(b.Rooms) {
		c.isolated(in.Room, func() { c.takeRoom(in, b, &out) })
	}
	c.takeLate(b.Late, b.Arrived, &out)
	c.weighAwoken(b.Arrived) // so that what waits is stored with what it waits for
	c.lookAtUnread()
	c.secrecy.checkSecrecy()
	c.strangers(b.Strangers, b.Arrived)
	if !c.live {
		c.live = true
		c.welcome(b.Initial)
		c.lookAtAccount()
		c.nextOrders()
	}
	return out
}

// isolated keeps one room's trouble from the others. What was missed there is
// found by the look that it causes.
func (c *Community) isolated(room id.RoomID, f func()) {
	defer func() {
		if r := recover(); r != nil {
			c.log.Error().Stringer("room", room).Str("panic", fmt.Sprint(r)).Bytes("stack", debug.Stack()).Msg("Room's events not handled")
			c.survey.Again(room)
		}
	}()
	f()
}

// roles are the parts that one room plays.
type roles struct {
	management bool
	list       *list
	ward       *ward
}

func (c *Community) rolesOf(room id.RoomID) (roles, bool) {
	r := roles{room == c.opts.ManagementRoom, c.lists[room], c.wards[room]}
	return r, r.management || r.list != nil || r.ward != nil
}

func (c *Community) takeRoom(in *matrix.RoomBatch, b *matrix.Batch, out *store.Commit) {
	r, ours := c.rolesOf(in.Room)
	switch {
	case in.Membership == event.MembershipInvite:
		c.invited(in, ours)
		return
	case !ours:
		c.takeDirect(in, b)
		return
	case in.Membership == event.MembershipKnock:
		return
	}
	at := b.Arrived
	if in.Membership == event.MembershipJoin {
		c.inside(in.Room)
	}
	if b.Initial && in.Membership == event.MembershipJoin {
		// As a whole, and not event by event: what was in between is long over.
		c.view(in.Room, in.State, at)
		for _, evt := range in.State {
			if c.stored(r, evt) {
				out.State = append(out.State, stateRow(evt))
			}
		}
		return // what was said before we came is not for us
	}
	if in.Gap {
		c.log.Warn().Stringer("room", in.Room).Msg("Events were missed; the room is read anew")
		c.writes.Forget(in.Room)
		c.survey.Again(in.Room)
	}
	for _, s := range inOrder(in) {
		c.takeStep(s, in, b, r, out)
	}
	if in.Membership == event.MembershipLeave {
		c.expelled(in.Room)
		return
	}
	if r.management {
		c.takeManagement(in, out)
	}
}

// takeStep takes in one event of a room, and lets the protections look at it.
func (c *Community) takeStep(s step, in *matrix.RoomBatch, b *matrix.Batch, r roles, out *store.Commit) {
	evt, at := s.evt, b.Arrived
	judged := r.ward != nil && in.Membership == event.MembershipJoin
	if judged && s.said {
		c.runner.Active(in.Room, at)
	}
	if evt.StateKey == nil && s.state && evt.Sender == c.self { // of anybody else's, only the homeserver knows whether it holds
		c.runner.Removed(evt.Redacts)
		c.runner.Removed(id.EventID(field(evt, "redacts")))
	}
	if evt.StateKey == nil {
		if judged && s.said {
			c.judge(evt, c.protectors.said(evt, at, b.Backlog, false), out)
		}
		if s.state {
			c.takeState(evt, at, r, out)
		}
		return
	}
	if !s.state || c.behind(evt, at) {
		return
	}
	var before json.RawMessage
	if judged {
		before = c.contentBefore(evt)
	}
	if change, taken := c.takeState(evt, at, r, out); judged && taken {
		c.judge(evt, c.protectors.changed(evt, change, before, at, b.Backlog), out)
	}
}

// contentBefore is the content of the state that an event replaces, as far as it is
// known. What we do not keep, the homeserver may tell.
func (c *Community) contentBefore(evt *event.Event) json.RawMessage {
	if room := c.world.Room(evt.RoomID); room != nil && *evt.StateKey == "" {
		if content := room.Content(evt.Type.Type); content != nil {
			return content
		}
	}
	if evt.Unsigned.PrevContent != nil {
		return evt.Unsigned.PrevContent.VeryRaw
	}
	return nil
}

// judge takes what protections want done about an event, and keeps evidence of it.
func (c *Community) judge(evt *event.Event, verdict []action.Action, out *store.Commit) {
	// Of state there is much, and it stays to be seen; what is found against it is kept.
	if c.opts.KeepEvidence > 0 && (evt.StateKey == nil || len(verdict) > 0) {
		c.recall.keep(evt)
	}
	out.Open = append(out.Open, verdict...)
	out.Evidence = append(out.Evidence, c.evidenceOf(verdict)...)
}

// takeState applies one state event, or a redaction, in each part that its room
// plays. It says what that changed in a protected room, and whether it was taken in
// there.
func (c *Community) takeState(evt *event.Event, at time.Time, r roles, out *store.Commit) (change rooms.Change, taken bool) {
	c.survey.Meanwhile(evt.RoomID, evt)
	if evt.StateKey == nil && c.doubtful(evt, r) {
		c.survey.Again(evt.RoomID) // and find out what is there, before anything is loosened
		return change, false
	}
	keep := false
	if r.management {
		c.followManagement(c.management.take(c.self, evt, at))
		keep = c.management.stored(c.self, evt)
	}
	if r.list != nil {
		if change := r.list.take(c.self, evt, at); change.Kind == rooms.Tombstone {
			c.checkReplaced(r.list)
		}
		for _, gone := range c.takeRule(r.list, evt, at) {
			if evt.StateKey == nil { // redacted: no new state event says so, and the old one stays, without its content
				out.State = append(out.State, stateRow(stateEvent(gone.List, gone.Type, gone.StateKey, gone.Sender, gone.Event, json.RawMessage(`{}`))))
			}
		}
		keep = keep || r.list.stored(c.self, evt)
	}
	if r.ward != nil && !c.overtaken(evt) {
		change, taken = c.apply(evt, at), true
		c.noticeBan(evt, change, at, out)
		if evt.StateKey == nil && change.Kind == rooms.ACL {
			content, sender, eventID := c.world.Room(evt.RoomID).ACL()
			out.State = append(out.State, stateRow(stateEvent(evt.RoomID, event.StateServerACL.Type, "", sender, eventID, content)))
		}
		// What is stored counts as seen and weighed at the next start.
		keep = keep || r.ward.read && evt.StateKey != nil && kept(evt.Type.Type)
	}
	if keep {
		out.State = append(out.State, stateRow(evt))
	}
	return change, taken
}

// doubtful reports whether a redaction would take away a rule, a server ACL or levels, and
// comes from somebody who neither wrote it nor may redact what others wrote. A
// homeserver should show none that does not hold; a stranger on its author's server
// may send one that does.
func (c *Community) doubtful(evt *event.Event, r roles) bool {
	if r.list != nil {
		if rule, ok := c.world.Rules.Redacts(evt.RoomID, evt); ok && !mayRedact(r.list.Room, evt.Sender, rule.Sender) {
			return true
		}
	}
	if r.ward == nil {
		return false
	}
	room := c.world.Room(evt.RoomID)
	for _, state := range []func() (json.RawMessage, id.UserID, id.EventID){room.ACL, room.PowerLevels} {
		_, author, of := state()
		if of != "" && (evt.Redacts == of || field(evt, "redacts") == string(of)) && !mayRedact(room, evt.Sender, author) {
			return true
		}
	}
	return false
}

func mayRedact(room *rooms.Room, who, author id.UserID) bool {
	_, may := room.Needs(who, rooms.PowerRedact)
	return may || who == author
}

// overtaken reports whether an event says that a banned user is present. Nobody
// is without an unban in between: the event forked off before the ban, lost to it,
// and comes late. Whether it truly lost is for a look to say.
func (c *Community) overtaken(evt *event.Event) bool {
	if evt.StateKey == nil || evt.Type.Type != event.StateMember.Type {
		return false
	}
	before, _ := c.world.Room(evt.RoomID).Member(id.UserID(*evt.StateKey))
	if before.Membership != event.MembershipBan {
		return false
	}
	switch event.Membership(field(evt, "membership")) {
	case event.MembershipJoin, event.MembershipInvite, event.MembershipKnock:
	default:
		return false
	}
	if before.Event != "" { // else it is a ban of ours whose echo is on its way
		c.survey.Again(evt.RoomID)
	}
	return true
}

// apply takes in one event of a protected room, whoever it comes from: what sync
// brings, and what we wrote, before its echo. The echo changes nothing any more, so
// whatever has to follow from a change follows here.
func (c *Community) apply(evt *event.Event, at time.Time) rooms.Change {
	change, keys := c.world.Apply(evt.RoomID, evt, at)
	c.enqueue(keys, at)
	c.followRoom(evt.RoomID, change)
	return change
}

// followRoom acts on what changed in a protected room besides its plan, however we
// learned of it.
func (c *Community) followRoom(room id.RoomID, change rooms.Change) {
	c.protectors.follow(room, change)
	switch {
	case change.Kind == rooms.Tombstone:
		if next, dead := c.world.Room(room).Tombstone(); dead {
			c.speaker.problem(report.Key{Kind: report.Tombstone, Room: room}, fmt.Sprintf("%s was replaced by another room. If you trust it, write %s.", c.names.Room(room), text.Code("!forseti rooms add "+orUnknown(next))))
		}
	case change.Kind == rooms.Membership && change.User == c.self:
		if w := c.wards[room]; w != nil && change.After.Membership != event.MembershipJoin {
			awayFrom(c, room, w)
		} else if w != nil && w.away {
			c.survey.Again(room)
		}
		c.checkPresence(room)
	case change.Kind == rooms.Levels:
		c.checkPower(room)
	}
}

func orUnknown(room id.RoomID) string {
	if room == "" {
		return "<the new room>"
	}
	return string(room)
}
