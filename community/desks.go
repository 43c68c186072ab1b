package community

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/community/desk"
	"forseti/community/loop"
	"forseti/enforce"
	"forseti/policy"
	"forseti/protections/kit"
	"forseti/rooms"
	"forseti/sanction"
	"forseti/text"
)

// Commands run in goroutines of their own. What they read goes through the owner, what
// they ask of the homeserver does not.

// worldDesk shows what is known.
type worldDesk struct {
	loop  *loop.Loop
	world *enforce.World
}

var _ desk.World = worldDesk{}

// See shows the world.
func (d worldDesk) See(f func(w *enforce.World)) { d.loop.See(func() { f(d.world) }) }

// namesDesk shows what there is, and what it is called.
type namesDesk struct {
	loop   *loop.Loop
	runner *enforce.Runner
	places *places
	clock  *clock
}

var _ commands.Names = namesDesk{}

// DryRun tells whether a dry run is on.
func (d namesDesk) DryRun() (on bool) {
	d.loop.See(func() { on = d.runner.Dry() })
	return on
}

// Zone is by which clocks moderators live.
func (d namesDesk) Zone() *time.Location {
	zone := time.UTC // while we stop
	d.loop.See(func() { zone = d.clock.zone })
	return zone
}

// Rooms lists the protected rooms by name.
func (d namesDesk) Rooms() (all []commands.Room) {
	d.loop.See(func() {
		for room := range d.places.protecting.rooms {
			all = append(all, d.places.roomInfo(room))
		}
	})
	slices.SortFunc(all, func(a, b commands.Room) int { return strings.Compare(a.Name+string(a.ID), b.Name+string(b.ID)) })
	return all
}

// Lists gives the watched lists in order of precedence.
func (d namesDesk) Lists() (all []commands.List) {
	d.loop.See(func() {
		for _, room := range d.places.following.precedence {
			all = append(all, d.places.listInfo(room))
		}
	})
	return all
}

// Standing says why a rule is not followed though it stands in a list, or is though it
// does no longer.
func (d namesDesk) Standing(r policy.Rule) (said string) {
	d.loop.See(func() {
		h, waits := d.places.world.Book.Waiting(enforce.Slot{List: r.List, Kind: r.Kind, Key: r.StateKey})
		switch {
		case !waits:
		case h.New.Event == r.Event && h.Rejected:
			said = "not followed: a moderator said no"
		case h.New.Event == r.Event:
			said = "not followed yet: it waits for a yes"
		case h.Old.Event == r.Event && h.Rejected:
			said = "no longer in the list, and followed on: a moderator said no to its end"
		case h.Old.Event == r.Event:
			said = "no longer in the list, and followed until somebody says yes to its end"
		}
	})
	return said
}

// listAbout says how a watched list stands.
func (d namesDesk) listAbout(list id.RoomID) (a commands.ListAbout) {
	d.loop.See(func() {
		l := d.places.following.lists[list]
		if l == nil {
			return
		}
		_, a.Replaced = l.Tombstone()
		a.Next, a.By, a.Rightly = desk.Replacement(l.Room)
		a.Read = l.read
		for h := range d.places.world.Book.Held(list) {
			if h.Rejected {
				a.Refused++
			} else {
				a.Waits++
			}
		}
		named, anybody := l.Holders(rooms.PowerState("m.policy.rule.user"))
		a.Writers, a.Anybody = slices.DeleteFunc(slices.Clone(named), func(u id.UserID) bool { return u == d.places.world.Self() }), anybody
	})
	return a
}

// protectionDesk shows the protections.
type protectionDesk struct {
	loop       *loop.Loop
	protectors *protectors
}

var _ commands.ProtectionDesk = protectionDesk{}

// Protections lists all protections and how they are set.
func (d protectionDesk) Protections() (infos []commands.ProtectionInfo) {
	d.loop.See(func() { infos = d.protectors.stand.infos() })
	return infos
}

// Notice is what users are told of what was done to them.
func (d protectionDesk) Notice() (now, byDefault string) {
	d.loop.See(func() { now = cmp.Or(d.protectors.follows.wording.Template, sanction.Template) })
	return now, sanction.Template
}

// CheckNotice says what is wrong with other words.
func (protectionDesk) CheckNotice(text string) error { return sanction.CheckTemplate(text) }

// NoticeHere is what they are told in the room itself.
func (d protectionDesk) NoticeHere() (now, byDefault string) {
	d.loop.See(func() { now = cmp.Or(d.protectors.follows.wording.Here, sanction.Here) })
	return now, sanction.Here
}

// CheckNoticeHere says what is wrong with other words for that.
func (protectionDesk) CheckNoticeHere(text string) error { return sanction.CheckHere(text) }

// Appeal is how users can appeal.
func (d protectionDesk) Appeal() (now, byDefault string) {
	d.loop.See(func() { now = cmp.Or(d.protectors.follows.wording.Appeal, sanction.Appeal) })
	return now, sanction.Appeal
}

// CheckAppeal says what is wrong with another way.
func (protectionDesk) CheckAppeal(text string) error { return sanction.CheckAppeal(text) }

// CheckSetting says how a setting of a protection holds, and how it would with a value.
func (d protectionDesk) CheckSetting(name string, room id.RoomID, setting, value string) (old, kept string, err error) {
	var kind kit.Kind
	ok := false
	d.loop.See(func() { kind, ok = d.protectors.stand.rules.find(name) })
	if !ok {
		return "", "", refuse("There is no protection %s. `!forseti protections` lists them", text.Code(name))
	}
	var stand kit.Standing
	d.loop.See(func() { stand = d.protectors.stand.of[kind.Name] })
	values, err := kind.Written(stand, room, setting, value)
	if err != nil {
		return "", "", refuse("%s", text.Escape(err.Error(), text.MostReason))
	}
	return valueOf(kind.Settings(stand, room), setting), valueOf(kind.Settings(stand.WithValues(room, values), room), setting), nil
}

// valueOf is the value of a setting; of one that nobody has named yet that of all like it.
func valueOf(settings []kit.Setting, name string) (value string) {
	for _, s := range slices.Backward(settings) {
		if strings.EqualFold(s.Name, name) {
			return s.Value
		}
		if s.Is(name) {
			value = s.Value
		}
	}
	return value
}

// postureDesk shows how strict the community is.
type postureDesk struct {
	loop       *loop.Loop
	protectors *protectors
}

var _ commands.PostureDesk = postureDesk{}

// Posture is what holds follows from.
func (d postureDesk) Posture() (w sanction.Watch) {
	d.loop.See(func() { w = d.protectors.posture.watch })
	return w
}

// Now is the time.
func (d postureDesk) Now() time.Time { return time.Now() }

// limitDesk shows the blast radius.
type limitDesk struct {
	loop      *loop.Loop
	weigher   *weigher
	byDefault commands.Limits
}

var _ commands.LimitDesk = limitDesk{}

// Limits gives the blast radius as it is, and as the configuration has it.
func (d limitDesk) Limits() (now, byDefault commands.Limits) {
	d.loop.See(func() { now = d.weigher.shownLimits() })
	return now, d.byDefault
}

// questionDesk shows what waits for a moderator's word.
type questionDesk struct {
	loop      *loop.Loop
	questions *questions
}

var _ commands.QuestionDesk = questionDesk{}

// Questions gives what waits for a moderator's word.
func (d questionDesk) Questions() (open []commands.Question) {
	d.loop.See(func() {
		for _, q := range d.questions.board.Open() {
			said, _, _ := strings.Cut(d.questions.details[q.ID].Text, "\n")
			open = append(open, commands.Question{Event: q.Event, Text: said})
		}
	})
	return open
}

// Rejected gives the changes of a list that got a no, and what they would do.
func (d questionDesk) Rejected(list id.RoomID) (changes []string, e commands.Effect) {
	d.loop.See(func() {
		world := d.questions.world
		var slots []enforce.Slot
		for h := range world.Book.Held(list) {
			if h.Rejected {
				slots = append(slots, h.Slot)
				changes = append(changes, d.questions.topics.changeText(*h))
			}
		}
		e = desk.EffectOf(world, world.Scales.Weigh(slots...))
	})
	return changes, e
}

// upkeepDesk says how the bot is doing, and looks at everything anew.
type upkeepDesk struct {
	loop      *loop.Loop
	keys      *keys
	queue     *queue
	speaker   *speaker
	surveying *surveying
	status    func(*commands.Status) // what else each part has to say
}

var _ commands.UpkeepDesk = upkeepDesk{}

// Status says how the bot is doing.
func (d upkeepDesk) Status() (s commands.Status) {
	unread, backup, acls := d.keys.unread(), d.keys.backup(), d.queue.aclsWanted(d.loop.See)
	d.loop.See(func() {
		s = commands.Status{
			Waiting: d.speaker.throttle.left() + acls, Problems: d.speaker.report.Problems.All(), Waits: d.speaker.report.Waiting(time.Now()),
			LastLook: d.surveying.lastLook, Unread: unread, Backup: backup, Encrypts: d.keys.secrets != nil,
		}
		d.status(&s)
	})
	return s
}

// Look reads everything anew and waits for it.
func (d upkeepDesk) Look(ctx context.Context) (l commands.Looked, err error) {
	done := make(chan error, 1)
	d.loop.See(func() {
		before := d.speaker.throttle.left()
		d.surveying.lookAtAll(func(rooms int, err error) {
			found := max(d.speaker.throttle.left()-before, 0)
			l = commands.Looked{Rooms: rooms, Found: found, Problems: d.speaker.report.Problems.All()}
			done <- err
		})
	})
	select {
	case <-done: // which rooms could not be read is among the problems
		l.Found += d.queue.aclsWanted(d.loop.See)
		return l, nil
	case <-ctx.Done():
		return commands.Looked{}, ctx.Err()
	}
}
