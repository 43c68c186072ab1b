package community

import (
	"context"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/community/desk"
	"forseti/enforce"
	"forseti/policy"
	"forseti/protections"
	"forseti/protections/kit"
	"forseti/text"
)

// view is what commands see of a community. They run in goroutines of their own: what
// they read goes through the owner, what they ask of the homeserver does not.
type view struct{ c *Community }

var (
	_ commands.Names          = view{}
	_ commands.ProtectionDesk = view{}
	_ commands.UpkeepDesk     = view{}
	_ commands.LimitDesk      = view{}
	_ commands.EvidenceDesk   = view{}
)

// desks are where commands ask.
func (c *Community) desks() commands.Desks {
	v := view{c}
	rules := desk.Rules{World: v, Resolver: c.opts.Homeserver, Explain: explain}
	devices := desk.Devices{Self: c.opts.Self, Here: v.here, Unread: func(user id.UserID, err error) {
		c.opts.Log.Warn().Err(err).Stringer("user", user).Msg("Devices not read")
	}}
	if c.opts.Secrets != nil && c.opts.Verifier != nil {
		devices.Known = c.opts.Secrets
	}
	return commands.Desks{
		Names: v, Bans: rules, Rules: rules, Evidence: v, Protections: v, Upkeep: v, Limits: v, Questions: v, Devices: devices,
		Members: desk.Members{World: v, History: c.opts.Homeserver, Explain: explain, Keep: c.protectors.evidence.exhibits, Broke: c.loop.Broke},
		Lists:   desk.Lists{World: v, Names: v, Resolver: c.opts.Homeserver, Reader: c.opts.Homeserver, Explain: explain, Join: c.lookIn, Shown: func(list id.RoomID, rules []policy.Rule) { c.places.following.weigher.agreeToWatch(list, rules, false) }},
		Rooms:   desk.Rooms{Names: v, Resolver: c.opts.Homeserver, Explain: explain},
	}
}

// see runs f in the owner goroutine.
func (v view) see(f func()) {
	// Its error says that the bot is ending; what f would have filled in stays empty, and
	// the command's answer is never sent.
	_ = v.c.loop.Do(v.c.loop.Context(), f)
}

// See shows the world.
func (v view) See(f func(w *enforce.World)) { v.see(func() { f(v.c.world) }) }

// here tells whether a user is in the management room.
func (v view) here(user id.UserID) (is bool) {
	v.see(func() {
		m, _ := v.c.places.management.room.Member(user)
		is = m.Membership == event.MembershipJoin
	})
	return is
}

// DryRun tells whether a dry run is on.
func (v view) DryRun() (on bool) {
	v.see(func() { on = v.c.jobs.runner.Dry() })
	return on
}

// Rooms lists the protected rooms by name.
func (v view) Rooms() (all []commands.Room) {
	v.see(func() {
		for room := range v.c.places.protecting.rooms {
			all = append(all, v.c.roomInfo(room))
		}
	})
	slices.SortFunc(all, func(a, b commands.Room) int { return strings.Compare(a.Name+string(a.ID), b.Name+string(b.ID)) })
	return all
}

func (c *Community) roomInfo(room id.RoomID) commands.Room {
	info := commands.Room{ID: room, Name: string(room), Out: c.places.absent(room)}
	if r := c.world.Room(room); r != nil {
		info.Name, info.Alias, info.Joined = r.Name(), r.Alias(), r.Count(event.MembershipJoin)
	}
	w := c.places.protecting.rooms[room]
	info.Waiting = w != nil && (w.asked || w.refused)
	info.Problems = c.speaker.report.Problems.Of(room)
	return info
}

// Lists gives the watched lists in order of precedence.
func (v view) Lists() (all []commands.List) {
	v.see(func() {
		for _, room := range v.c.places.following.precedence {
			all = append(all, v.c.places.listInfo(room))
		}
	})
	return all
}

// Protections lists all protections and how they are set.
func (v view) Protections() (infos []commands.ProtectionInfo) {
	v.see(func() { infos = v.c.protectors.infos() })
	return infos
}

// CheckSetting says how a setting of a protection holds, and how it would with a value.
func (v view) CheckSetting(name string, room id.RoomID, setting, value string) (old, kept string, err error) {
	kind, ok := protections.Find(name)
	if !ok {
		return "", "", refuse("There is no protection %s. `!forseti protections` lists them", text.Code(name))
	}
	var stand kit.Standing
	v.see(func() { stand = v.c.protectors.stand[kind.Name] })
	values, err := kind.Set(stand.Own(room), setting, value)
	if err != nil {
		return "", "", refuse("%s", text.Escape(err.Error(), text.MostReason))
	}
	return valueOf(kind.Settings(stand, room), setting), valueOf(kind.Settings(stand.WithValues(room, values), room), setting), nil
}

func valueOf(settings []kit.Setting, name string) string {
	for _, s := range settings {
		if s.Name == name {
			return s.Value
		}
	}
	return ""
}

// Limits gives the blast radius as it is, and as the configuration has it.
func (v view) Limits() (now, byDefault commands.Limits) {
	v.see(func() { now = limitsOf(v.c.world.Settings.Limits, v.c.places.following.weigher.within) })
	return now, limitsOf(v.c.opts.Settings.Limits, defaultWithin)
}

// Standing says why a rule is not followed though it stands in a list, or is though it
// does no longer.
func (v view) Standing(r policy.Rule) (said string) {
	v.see(func() {
		h, waits := v.c.world.Book.Waiting(enforce.Slot{List: r.List, Kind: r.Kind, Key: r.StateKey})
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

// Questions gives what waits for a moderator's word.
func (v view) Questions() (open []commands.Question) {
	v.see(func() {
		for _, q := range v.c.orders.questions.board.Open() {
			said, _, _ := strings.Cut(v.c.orders.questions.details[q.ID].Text, "\n")
			open = append(open, commands.Question{Event: q.Event, Text: said})
		}
	})
	return open
}

// Rejected gives the changes of a list that got a no, and what they would do.
func (v view) Rejected(list id.RoomID) (changes []string, e commands.Effect) {
	v.see(func() {
		var slots []enforce.Slot
		for h := range v.c.world.Book.Held(list) {
			if h.Rejected {
				slots = append(slots, h.Slot)
				changes = append(changes, v.c.orders.questions.topics.changeText(h))
			}
		}
		e = desk.EffectOf(v.c.world, v.c.world.Scales.Weigh(slots...))
	})
	return changes, e
}

// Status says how the bot is doing.
func (v view) Status() (s commands.Status) {
	unread, backup := v.unread(), v.backup()
	v.see(func() {
		c := v.c
		s = commands.Status{
			Version: c.opts.Version, Up: time.Since(c.progress.started), DryRun: c.jobs.runner.Dry(),
			Rooms: len(c.places.protecting.rooms), Lists: len(c.places.following.lists), Rules: c.world.Rules.Len(), Members: c.world.Subjects().Len(),
			Waiting: c.speaker.throttle.left() + len(c.queue.aclsWanted(time.Now())), Problems: c.speaker.report.Problems.All(), Waits: c.speaker.report.Waiting(time.Now()),
			Questions: len(c.orders.questions.board.Open()),
			LastLook:  c.surveying.lastLook, Enabled: c.protectors.enabled(), Unread: unread,
			Encrypts: c.opts.Secrets != nil, Encrypted: c.places.management.room.Encrypted(), Backup: backup,
			Account: c.hearing.logins.account.Others(),
		}
	})
	return s
}

// Look reads everything anew and waits for it.
func (v view) Look(ctx context.Context) (l commands.Looked, err error) {
	done := make(chan error, 1)
	v.see(func() {
		before := v.c.speaker.throttle.left()
		v.c.surveying.lookAtAll(func(rooms int, err error) {
			l = commands.Looked{Rooms: rooms, Found: max(v.c.speaker.throttle.left()-before, 0) + len(v.c.queue.aclsWanted(time.Now())), Problems: v.c.speaker.report.Problems.All()}
			done <- err
		})
	})
	select {
	case <-done: // which rooms could not be read is among the problems
		return l, nil
	case <-ctx.Done():
		return commands.Looked{}, ctx.Err()
	}
}
