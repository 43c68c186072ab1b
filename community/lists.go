package community

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/community/approval"
	"forseti/community/commits"
	"forseti/community/desk"
	"forseti/community/report"
	"forseti/enforce"
	"forseti/policy"
	"forseti/rooms"
	"forseti/text"
)

// following is the policy lists that are watched.
type following struct {
	world   *enforce.World
	commits *commits.Writer
	queue   *queue
	weigher *weigher
	marks   *marks
	speaker *speaker
	names   names
	around

	lists  map[id.RoomID]*list
	wanted []watched // as was written down
	ranking
	leaving map[id.RoomID]string // lists that are watched until a yes: "asked" or "rejected"
	aliases *aliases
}

// around is what lists ask of the rest of a community.
type around struct {
	role      func(id.RoomID) bool // whether a room still plays any part
	unread    func()               // has rooms read of which nothing is known
	moderated func() bool          // whether it is known who the moderators are
	// replaced asks about a room that was, called so, and reports whether it does.
	replaced func(r *rooms.Room, called string) bool
}

// ranking is how lists stand to each other.
type ranking struct {
	precedence []id.RoomID // of lists, as watched
	byDefault  id.RoomID   // what rules are written to if no list is named
	how        map[id.RoomID]commands.HowWatched
	spares     map[id.RoomID][]id.UserID // for whom a list does not count
}

// exemptNamespace is the settings namespace of lists of which it is decided
// whether their exemptions are followed: "yes" or "no"; or "own", if they are not and the
// list is our own.
const (
	exemptNamespace = "exempt"
	ownList         = "own"
)

// watched is one entry of the list of watched lists: a room, or an alias for one.
type watched struct {
	room  id.RoomID
	alias id.RoomAlias
	via   []string
}

// setWatched makes lists the watched ones, in this order of precedence. A list that
// would free many by going stays until a moderator agrees, unless one ordered it.
func (f *following) setWatched(entries []watched) {
	f.wanted = entries
	now := time.Now()
	entries = slices.DeleteFunc(f.aliases.byRoom(entries), func(w watched) bool { return w.room == "" })
	for room, l := range f.lists {
		switch {
		case slices.ContainsFunc(entries, func(w watched) bool { return w.room == room }):
			f.stays(room)
		case l.leaves == emptied, l.leaves == "" && f.mayLeave(room) && !f.empty(l):
			f.unwatch(room, now)
		default:
			entries = append(entries, watched{room: room, via: l.via})
		}
	}
	f.precedence = f.precedence[:0]
	for _, w := range entries {
		if slices.Contains(f.precedence, w.room) {
			continue
		}
		f.precedence = append(f.precedence, w.room)
		if f.lists[w.room] == nil {
			f.lists[w.room] = newList(w.room, w.via)
			f.world.SetUnread(w.room, true)
			f.marks.set(w.room, neverRead)
		}
	}
	f.world.Rules.SetOrder(f.precedence)
	f.world.SetLists(f.precedence)
}

// wants reports whether a list is to be watched by an alias.
func (f *following) wants(alias id.RoomAlias) bool {
	return slices.ContainsFunc(f.wanted, func(w watched) bool { return w.room == "" && w.alias == alias })
}

// known goes on with what is to be watched, of which more is known now.
func (f *following) known() {
	f.setWatched(f.wanted)
	f.unread()
}

// leavingLists is the settings namespace of lists that are to be watched no longer,
// which waits for a yes.
const leavingLists = "leaving"

// mayLeave reports whether a list may go that is no longer among the watched ones.
// Whoever wrote that down need not be a moderator, or know what it does.
func (f *following) mayLeave(room id.RoomID) bool {
	if f.weigher.takeExpected(approval.Write{List: room, Content: leavingLists}, time.Now()) {
		return true
	}
	if f.leaving[room] == "" {
		if !f.world.Settings.Limits.Wide(f.world.Scales.PreviewDrop(room)) {
			return true
		}
		f.leaving[room] = asked
		f.commits.Setting(leavingLists, string(room), asked)
		f.weigher.board.Touch(approval.Topic{Kind: approval.Unwatch, About: string(room)}, time.Now())
	}
	return false
}

// stays notes that a list is to be watched after all.
func (f *following) stays(room id.RoomID) {
	if f.leaving[room] != "" {
		delete(f.leaving, room)
		f.commits.Setting(leavingLists, string(room), nil)
		f.weigher.board.Touch(approval.Topic{Kind: approval.Unwatch, About: string(room)}, time.Now())
	}
}

// Of a list with many rules that is to be watched no longer these go first.
const (
	emptying = "emptying"
	emptied  = "emptied"
)

// empty begins to take the rules of a list away, a part at a time, and reports whether
// there is so much to do. In the end it is watched no longer; or read anew, if it is to be
// watched after all by then.
func (f *following) empty(l *list) bool {
	if f.world.Rules.LenOf(l.ID()) <= readingPart || l.reading() != nil {
		return false
	}
	l.leaves = emptying
	l.begin(&reading{rules: policy.NewReading(l.ID(), nil), ordered: true, over: func() {
		if l.leaves = emptied; slices.ContainsFunc(f.aliases.byRoom(f.wanted), func(w watched) bool { return w.room == l.ID() }) {
			l.leaves, l.loaded = "", false
			f.marks.set(l.ID(), neverRead)
			f.unread()
			return
		}
		f.setWatched(f.wanted)
	}})
	return true
}

// leave stops following a list that was to be watched until a moderator agreed.
func (f *following) leave(room id.RoomID, now time.Time) {
	f.stays(room) // nobody is asked any more, after a crash neither
	if l := f.lists[room]; l != nil && l.leaves == "" && !f.empty(l) {
		f.precedence = slices.DeleteFunc(f.precedence, func(list id.RoomID) bool { return list == room })
		f.unwatch(room, now)
	}
}

func (f *following) unwatch(room id.RoomID, now time.Time) {
	var held []enforce.Slot
	for h := range f.world.Book.Held(room) {
		held = append(held, h.Slot)
	}
	l := f.lists[room]
	delete(f.lists, room)
	_, keys := f.world.DropRules(room)
	f.weigher.keepHeld(held...)
	f.stays(room)
	f.weigher.renewBudget(room)
	f.weigher.touch(now)
	delete(f.weigher.agreed, room)
	f.world.SetExempting(room, false)
	enforce.SetOwn(f.world, room, false)
	f.commits.Setting(exemptNamespace, string(room), nil)
	f.queue.enqueue(append(keys, f.world.SetUnread(room, false)...), now)
	f.speaker.report.Problems.Solved(presence(room))
	f.speaker.report.Problems.Solved(report.Key{Kind: report.Tombstone, Room: room})
	if !f.role(room) {
		f.commits.Forget(room)
		f.marks.clear(room)
	}
	if l != nil {
		l.drop()
	}
}

// decideExempting says of a list that is new to us whether its exemptions are
// followed: they are if it is our own. Whoever gives us power there later, or takes it
// away, changes nothing by that: the owner of a list could else free everybody whom
// others ban.
func (f *following) decideExempting(l *list) {
	if l.decided || !f.moderated() {
		return
	}
	f.setExempting(l, enforce.Own(f.world, l.Room), time.Now())
}

func (f *following) setExempting(l *list, may bool, now time.Time) {
	l.decided = true
	own := !may && f.world.Book.Owns(l.ID()) && enforce.Own(f.world, l.Room)
	enforce.SetOwn(f.world, l.ID(), own) // first, so that it is so all the while
	_, keys := f.world.SetExempting(l.ID(), may)
	f.queue.enqueue(keys, now)
	f.weigher.touch(now)
	f.commits.Setting(exemptNamespace, string(l.ID()), pick(may, "yes", pick(own, ownList, "no")))
}

// setHow says how lists are watched, also those that are not watched now: a list that is to be
// watched is never followed otherwise than it was said, not for a moment.
func (f *following) setHow(how map[id.RoomID]commands.HowWatched) {
	all := maps.Clone(how)
	for room := range f.how {
		all[room] = how[room]
	}
	f.how = how
	now := time.Now()
	for room, one := range all {
		f.setReviewed(room, one.Review)
		if keys := enforce.SetAside(f.world, room, desk.AsideOf(one)); len(keys) > 0 {
			f.queue.enqueue(keys, now)
			f.weigher.touch(now)
		}
	}
}

// setSpares says for whom lists do not count, also those that are not watched now.
func (f *following) setSpares(spares map[id.RoomID][]id.UserID) {
	all := map[id.RoomID][]id.UserID{}
	maps.Copy(all, spares)
	for room := range f.spares {
		all[room] = spares[room]
	}
	f.spares = spares
	now := time.Now()
	for room, users := range all {
		if keys := enforce.SetApart(f.world, room, users); len(keys) > 0 {
			f.queue.enqueueAs(keys, enforce.Now, now)
			f.weigher.touch(now)
		}
	}
}

// takeRule takes in one event of a list, and returns the rules that are gone.
func (f *following) takeRule(l *list, evt *event.Event, at time.Time) []policy.Rule {
	policy.Arrived(evt, at)
	delta, slots, keys := f.world.ApplyRule(l.ID(), evt)
	var agreed []enforce.Key
	rest, own := f.weigher.ordered(l.ID(), slots, at, &agreed)
	f.queue.enqueue(agreed, at)
	switch {
	case len(rest) == 0:
	case f.midway():
		f.later(l.ID(), rest, own)
	default:
		f.weigher.consider(l.ID(), rest, own, at)
	}
	f.weigher.keepHeld(slotsOf(delta)...)
	if evt.Sender == f.world.Self() && evt.StateKey != nil {
		// It has come; if it changed nothing it must not stay expected.
		f.weigher.unexpect(written(l.ID(), evt))
	}
	u := enforce.Soon
	if evt.Sender == f.world.Self() {
		u = enforce.Now // a moderator asked for it
	}
	f.queue.enqueueAs(keys, u, at)
	if serverRules(delta) {
		f.queue.acls.changed(at)
	}
	return delta.Removed
}

func serverRules(d policy.Delta) bool {
	isServer := func(r policy.Rule) bool { return r.Kind == policy.Server }
	return slices.ContainsFunc(d.Added, isServer) || slices.ContainsFunc(d.Removed, isServer)
}

// checkReplaced tells of a list whose room was replaced, or asks if that is news: what is decided
// in the new one is not followed.
func (f *following) checkReplaced(l *list, live bool) {
	key := report.Key{Kind: report.Tombstone, Room: l.ID()}
	if _, dead := l.Tombstone(); !dead {
		f.speaker.report.Problems.Solved(key)
		return
	}
	l.trouble = "it was replaced by another room, whose rules I do not follow"
	tell := f.speaker.problem
	if live && f.replaced(l.Room, "The list "+f.names.List(l.ID())) {
		tell = f.noted
	}
	tell(key, fmt.Sprintf("The list %s was replaced by another room, whose rules I do not follow.%s %s goes over to it, after a look at both.",
		f.names.List(l.ID()), f.lastKnown(l.ID()), text.Code("!forseti upgrade "+string(l.ID()))))
}

// noted is a problem that moderators hear of by a question.
func (f *following) noted(key report.Key, sentence string) {
	f.speaker.report.Problems.Note(key, sentence)
}

// lastKnown says what becomes of a list's rules that cannot be read; nothing of a list without any.
func (f *following) lastKnown(list id.RoomID) string {
	n := f.world.Rules.LenOf(list)
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" Its %s %s in force as I last saw %s.", text.Count(n, "rule"), text.Pick(n, "stays", "stay"), text.Pick(n, "it", "them"))
}

// own is the first of our own lists to which rules can be written now; false if there is
// none. What protections write goes nowhere else: others answer for theirs.
func (f *following) own() (id.RoomID, bool) {
	for _, room := range f.precedence {
		if l := f.lists[room]; l != nil && l.loaded && !l.out && l.leaves == "" && enforce.Own(f.world, l.Room) {
			return room, true
		}
	}
	return "", false
}
