package community

import (
	"fmt"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/community/approval"
	"forseti/community/commits"
	"forseti/community/desk"
	"forseti/enforce"
	"forseti/policy"
	"forseti/store"
	"forseti/text"
)

// topics is what may wait for a moderator's word, and what follows from it.
type topics struct {
	world      *enforce.World
	weigher    *weigher
	following  *following
	protecting *protecting
	commits    *commits.Writer
	queue      *queue
	speaker    *speaker
	names      names
	store      *store.Settings

	settings *waitingSettings // of the configuration, if they wait

	leftSpace func(room id.RoomID) (space id.RoomID, left bool) // which space a room went out of
	leave     func(room id.RoomID, agreed bool, who string)     // what a moderator says to that
}

// wording says what waits of a topic; false if nothing does.
func (t *topics) wording(topic approval.Topic) (questionDetails, bool) {
	d := questionDetails{Kind: topic.Kind}
	if topic.Kind != approval.Settings {
		d.Room = id.RoomID(topic.About)
	}
	switch topic.Kind {
	case approval.Rules:
		w := t.weigher.waitingIn(d.Room)
		if len(w.slots) == 0 || t.following.lists[d.Room] == nil {
			return d, false
		}
		d.UpTo, d.Text, d.marks = w.upTo, t.rulesQuestion(d.Room, w), t.marks(w.slots)
	case approval.Room:
		if !t.world.RoomHeld(d.Room) || t.protecting.rooms[d.Room] == nil || !t.protecting.rooms[d.Room].asked || t.protecting.rooms[d.Room].out {
			return d, false
		}
		e := t.protecting.rooms[d.Room].would
		d.Weight = desk.EffectOf(t.world, e).Weight()
		d.Text = fmt.Sprintf("%s is new here, or I was away from it, and the rules would %s.\n\nShall I? Until then I leave the room as it is.",
			t.names.Room(d.Room), effectText(e))
	case approval.Unwatch:
		if t.following.leaving[d.Room] != asked {
			return d, false
		}
		e := t.world.Scales.PreviewDrop(d.Room)
		d.Weight = desk.EffectOf(t.world, e).Weight()
		d.Text = fmt.Sprintf("The list %s was taken off the watched lists, and not by a command. To follow it no longer would %s.\n\nShall I? Until then I follow it.",
			t.names.List(d.Room), effectText(e))
	case approval.Left:
		space, left := t.leftSpace(d.Room)
		if !left {
			return d, false
		}
		d.Line = "rooms remove " + string(d.Room) // what that takes, a yes takes
		d.Text = fmt.Sprintf("%s is not in the space %s any more.\n\nShall I stop protecting it, and leave it? The bans made there stay. Until then I go on protecting it.", t.names.Room(d.Room), t.names.Room(space))
	case approval.Settings:
		if t.settings == nil {
			return d, false
		}
		e := t.settings.would
		d.Weight = desk.EffectOf(t.world, e).Weight()
		d.Text = fmt.Sprintf("The configuration was changed, and to follow it would %s.\n\nShall I? Until then I go by what it said before.", effectText(e))
	}
	return d, true
}

// unweighed reports whether a topic is a list that is being read, of which it is not known
// yet what waits.
func (t *topics) unweighed(topic approval.Topic) bool {
	l := t.following.lists[id.RoomID(topic.About)]
	return topic.Kind == approval.Rules && l != nil && l.unweighed()
}

// askAgain has moderators asked about what waits on when a question was answered, once it is its turn.
func (t *topics) askAgain(topic approval.Topic, now time.Time) {
	if topic.Kind == approval.Rules {
		t.weigher.askAgain(id.RoomID(topic.About), now)
		return
	}
	t.weigher.board.Touch(topic, now)
}

// counted reports whether a yes is about numbers: what waits is one thing, and grows as
// lists change. Of rules each is a thing of its own.
func counted(k approval.Kind) bool {
	return k == approval.Room || k == approval.Unwatch || k == approval.Settings
}

// unswept reports whether it is being found out what that which waits would do by now.
func (t *topics) unswept(topic approval.Topic) bool {
	switch topic.Kind {
	case approval.Room:
		w := t.protecting.rooms[id.RoomID(topic.About)]
		return w != nil && w.unswept
	case approval.Settings:
		return t.settings != nil && t.settings.unswept
	default:
		return false
	}
}

// outgrown reports whether what waits would do much more by now than was shown to whom
// said yes to it, or nobody knows.
func (t *topics) outgrown(topic approval.Topic, shown commands.Weight) bool {
	if !counted(topic.Kind) {
		return false
	}
	now, waits := t.wording(topic)
	return t.unswept(topic) || waits && now.Weight.Outgrows(shown)
}

// touchCounted notes that lists changed: what else waits may do something else now.
func (t *topics) touchCounted(at time.Time) {
	for _, w := range t.protecting.rooms {
		w.unswept = w.unswept || w.asked && !w.away
	}
	for list, word := range t.following.leaving {
		if word == asked {
			t.weigher.board.Touch(approval.Topic{Kind: approval.Unwatch, About: string(list)}, at)
		}
	}
	if t.settings != nil {
		t.settings.unswept = true
	}
}

// marks are those of a few changes. Of very many none is known again: whoever has so
// many of them go and come back is asked about twice.
func (t *topics) marks(slots []enforce.Slot) map[mark]bool {
	const most = 500
	if len(slots) > most {
		return nil
	}
	marks := make(map[mark]bool, len(slots))
	for _, s := range slots {
		if h, waits := t.world.Book.Waiting(s); waits {
			marks[markOf(h)] = true
		}
	}
	return marks
}

// rulesQuestion asks about changes of a list.
func (t *topics) rulesQuestion(list id.RoomID, w waiting) string {
	if t.weigher.onlyReviews(list) {
		return t.reviewQuestion(list, w)
	}
	effect := effectText(t.world.Scales.Weigh(w.slots...))
	if len(w.slots) == 1 {
		return fmt.Sprintf("%s. To follow that would %s.\n\nShall I go on? Until then I go by what was there before.", t.changeText(w.first[0]), effect)
	}
	return fmt.Sprintf("%d changes in the list %s (about %s) would together %s.\n\nShall I go on? Until then I go by what was there before.",
		len(w.slots), t.names.List(list), named(w), effect)
}

// changeText says what a list changed.
func (t *topics) changeText(h enforce.Held) string {
	where := t.names.List(h.List)
	switch {
	case h.New.Event == "":
		return fmt.Sprintf("The %s %s is gone from the list %s", ruleWord(h.Old), ruleName(h.Old), where)
	case h.Awoken:
		return fmt.Sprintf("The list %s has the %s %s, which could not do all that it does now", where, ruleWord(h.New), ruleName(h.New))
	case h.Old.Event == "":
		return fmt.Sprintf("The list %s has a new %s: %s", where, ruleWord(h.New), ruleName(h.New))
	default:
		return fmt.Sprintf("In the list %s the %s %s became the %s %s", where, ruleWord(h.Old), ruleName(h.Old), ruleWord(h.New), ruleName(h.New))
	}
}

func ruleWord(r policy.Rule) string {
	switch r.Recommendation {
	case policy.Exempt:
		return "exemption"
	case policy.Ban, policy.Takedown:
		return "rule"
	default:
		return "entry"
	}
}

// decide acts on an answer about what waits. What waits no more was decided before, as by the same answer before a crash:
// nothing comes of it, and nothing is said.
func (t *topics) decide(q approval.Question, d questionDetails, agreed bool, by id.UserID) {
	now := time.Now()
	room := id.RoomID(q.Topic.About)
	who := text.Code(string(by))
	switch q.Topic.Kind {
	case approval.Rules:
		t.decideRules(q, d.marks, agreed, who, now)
	case approval.Room:
		t.decideRoom(room, agreed, who, now)
	case approval.Unwatch:
		if t.following.leaving[room] != asked {
			return
		}
		if agreed {
			t.following.leave(room, now)
			return
		}
		t.following.leaving[room] = rejected
		t.commits.Setting(leavingLists, string(room), rejected)
		t.speaker.say(fmt.Sprintf("%s said no: I go on following %s. To stop, write %s.", who, t.names.List(room), text.Code("!forseti unwatch "+string(room))), "", nil)
	case approval.Left:
		t.leave(room, agreed, who)
	case approval.Settings:
		t.decideSettings(agreed, who, now)
	}
}

// decideRules follows or rejects what a list changed, as far as it was asked about.
func (t *topics) decideRules(q approval.Question, marks map[mark]bool, agreed bool, who string, now time.Time) {
	list := id.RoomID(q.Topic.About)
	d := decision{UpTo: q.UpTo, Marks: marks, No: !agreed}
	switch {
	case !t.weigher.any(list, d):
		return
	case agreed:
		t.weigher.renewBudget(list)
	default:
		t.speaker.say(fmt.Sprintf("%s said no: I do not follow %s of %s. To do so after all, write %s.",
			who, t.rejectedText(list, d), t.names.List(list), text.Code("!forseti release "+string(list))), "", nil)
	}
	t.following.decide(list, d, now, nil)
}

func (t *topics) rejectedText(list id.RoomID, d decision) string {
	word, n := "rule", 0
	for h := range t.world.Book.Held(list) {
		if !d.covers(h) {
			continue
		}
		n++
		if h.Old.Event != "" || h.New.Event == "" {
			word = "change"
		}
	}
	return text.Pick(n, "this "+word, fmt.Sprintf("these %d %ss", n, word))
}

func (t *topics) decideRoom(room id.RoomID, agreed bool, who string, now time.Time) {
	w := t.protecting.rooms[room]
	if w == nil || !w.asked {
		return
	}
	w.asked, w.refused = false, !agreed
	if !agreed {
		t.commits.Setting(heldRooms, string(room), rejected)
		t.speaker.say(fmt.Sprintf("%s said no: I leave %s as it is. To look after it after all, remove and add it again.", who, t.names.Room(room)), "", nil)
		return
	}
	if w.away { // what was shown is not what will be there
		t.commits.Setting(heldRooms, string(room), unswept)
		return
	}
	w.unswept = false
	t.commits.Setting(heldRooms, string(room), nil)
	t.queue.enqueue(t.world.HoldRoom(room, false), now)
}

// effectText says what a change would do, as the end of a sentence with "would".
func effectText(e enforce.Effect) string {
	var parts []string
	switch {
	case e.Everyone && e.Hit > 0:
		parts = append(parts, fmt.Sprintf("ban **everyone**, save moderators, also who comes later. That is now %s in %s (%s)",
			text.Count(e.Hit, "member"), text.Count(e.Rooms, "room"), text.Named(e.Banned, fewNames)))
	case e.Everyone:
		parts = append(parts, "ban **everyone**, save moderators, also who comes later")
	case len(e.Banned) > 0:
		parts = append(parts, "ban "+usersText("member", e.Banned, e.Bound > 0))
	}
	if len(e.Shut) > 0 {
		parts = append(parts, "shut out the servers of "+usersText("member", e.Shut, e.Bound > 0))
	}
	if len(e.Parts) > 0 {
		parts = append(parts, "have homeservers that run Dendrite, which take a name for a part of others, shut out the servers of "+usersText("member", e.Parts, e.Bound > 0))
	}
	if len(e.Later) > 0 {
		parts = append(parts, fmt.Sprintf("ban %s as soon as power levels allow it", usersText("member", e.Later, e.Bound > 0)))
	}
	if len(e.Left) > 0 {
		parts = append(parts, fmt.Sprintf("ban %s who left lately", usersText("user", e.Left, e.Bound > 0)))
	}
	switch {
	case e.FreesEveryone && len(e.Freed) > 0:
		parts = append(parts, fmt.Sprintf("free **everyone**: now %s", usersText("user", e.Freed, e.Bound > 0)))
	case e.FreesEveryone:
		parts = append(parts, "free **everyone**, also whom rules will ban later")
	case len(e.Freed) > 0:
		parts = append(parts, "free "+usersText("user", e.Freed, e.Bound > 0))
	}
	if len(e.Denied) > 0 {
		parts = append(parts, "deny "+entriesText(e.Denied))
	}
	if len(e.Allowed) > 0 {
		parts = append(parts, "let in again "+entriesText(e.Allowed))
	}
	if e.Sweeping {
		parts = append(parts, "cover so many entries of server ACLs, which are full, that which others fit then is not known before")
	}
	said := text.And(parts)
	if said == "" {
		said = "do nothing to those who are here now"
		if e.Bound > 0 {
			said = "touch more users than I count at once"
		}
	}
	if !e.Everyone && !e.FreesEveryone && len(e.Broad) > 0 {
		var broad []string
		for _, entity := range e.Broad[:min(len(e.Broad), 3)] {
			broad = append(broad, text.Code(entity))
		}
		said += fmt.Sprintf(" (%s could match nearly anybody who comes)", text.And(broad))
	}
	return said
}

const mostNames = 10

// fewNames is how many are named in a question; all are folded below it.
const fewNames = 2

func usersText(word string, users []id.UserID, more bool) string {
	return fmt.Sprintf("%s%s (%s)", pick(more, "more than ", ""), text.Count(len(users), word), text.Named(users, fewNames))
}

func entriesText(entries []string) string {
	return fmt.Sprintf("%s in server ACLs (%s)", text.Count(len(entries), "entry"), text.Names(entries, 5))
}
