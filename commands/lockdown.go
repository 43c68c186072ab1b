package commands

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/sanction"
	"forseti/text"
)

// LockDesk looks at which rooms are closed.
type LockDesk interface {
	// Locks says of each protected room, or of one, how it stands.
	Locks(room id.RoomID) []Lock
	Now() time.Time
}

// Lock is who may join a room, and who may write there.
type Lock struct {
	Room id.RoomID
	// Open says that anybody may join, and Asks that one can ask to be let in once it is
	// closed.
	Open, Asks bool
	// Shared says that another community of this account has closed it, which we go on with once
	// that one is done.
	Shared      bool
	Door, Voice Latch
}

// Latch is one of these.
type Latch struct {
	Locked  bool       // by a command
	Holds   bool       // and the room is as that closed it
	Ends    time.Time  // until when, if so; zero for good
	By      id.EventID // by which, if so
	Posture bool       // a posture closes it as well
	Refused string     // why we may not close it, "" if we may
	Opened  id.EventID // the command that opened it last, if what it ended would hold still
	Until   time.Time  // until when that would; zero for good
}

const (
	leastLock = time.Minute
	mostLock  = 30 * 24 * time.Hour
)

func lockCommands(d LockDesk) []*command {
	lasts := spanOrGood(leastLock, mostLock)
	some := []param{{name: "room", optional: true, several: true, doc: "one room, or several; all of them if it is left out", value: roomValue}}
	return []*command{{
		name: "lockdown", family: "Rooms", effect: moderates,
		summary: "close the protected rooms that anybody may join, or some: new people have to ask to be let in, or be invited",
		details: "Who is in stays in, and rooms that are not open to all are left as they are, but for those that another community of this account has closed: they stay so until both are done. With `--hush` nobody can write there either who has no power: what it takes to write is raised above what everybody has. It lasts until `unlock`, or for as long as `--for` says, and then who may join and who may write is exactly as it was found, also if I was away meanwhile. If somebody sets it by hand before that, theirs holds.",
		params:  some,
		flags: []flag{
			{name: "for", value: &lasts, doc: "for how long, such as `30m` or `2d`, or `good`"},
			{name: hushKey, doc: "only who has power there can write"},
		},
		asks:     "if it is about several rooms, or all",
		examples: []string{"lockdown #lobby:example.org", "lockdown --for 1h", "lockdown #lobby:example.org #dev:example.org --hush --for 30m"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return lockdown(c, d) },
	}, {
		name: "unlock", family: "Rooms", effect: moderates,
		summary:  "open the rooms that `lockdown` closed, exactly as they were, or some",
		params:   some,
		examples: []string{"unlock", "unlock #lobby:example.org"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return unlock(c, d) },
	}}
}

// locks are those of the rooms that a command names, each once, or of all if it names none.
func locks(c *call, d LockDesk) (all []Lock, err error) {
	refs := args[Ref](c, "room")
	if len(refs) == 0 {
		return d.Locks(""), nil
	}
	var named []id.RoomID
	for _, ref := range refs {
		room, err := c.protected(ref)
		switch {
		case err != nil:
			return nil, err
		case !slices.Contains(named, room.ID):
			named = append(named, room.ID)
			all = append(all, d.Locks(room.ID)...)
		}
	}
	return all, nil
}

// closing says how a room is closed, and what of it is not and why.
func (l Lock) closing(hush bool) (how, not []string) {
	asks := pick(l.Asks, "one has to ask to be let in", "one has to be invited")
	switch {
	case l.Door.Locked: // from now on for as long as this says
		how = append(how, asks)
	case l.Door.Refused != "":
		not = append(not, text.Markup(l.Door.Refused))
	case l.Shared && !l.Door.Posture:
		how = append(how, asks+" (another community of mine has closed it already, and it stays so until both are done)")
	case l.Open || l.Door.Posture:
		how = append(how, asks)
	case !hush:
		not = append(not, "it is not open to all, so I leave it as it is")
	}
	switch {
	case !hush:
	case l.Voice.Locked:
		how = append(how, "only who has power can write")
	case l.Voice.Posture:
		not = append(not, "a posture keeps newcomers from writing there, and lets who is known write; `!forseti posture calm` ends that")
	case l.Voice.Refused != "":
		not = append(not, text.Markup(l.Voice.Refused))
	default:
		how = append(how, "only who has power can write")
	}
	return how, not
}

// closed tells whether the room is as a lockdown up to a time would have it, within a minute.
func (l Lock) closed(hush bool, ends time.Time) bool {
	for key, of := range l.latches() {
		same := of.Ends.Equal(ends) || !of.Ends.IsZero() && !ends.IsZero() && of.Ends.Sub(ends).Abs() < leastLock
		if wanted := key == "" && (of.Locked || l.Open || l.Shared || of.Posture) || key == hushKey && hush; wanted && !(of.Holds && same) {
			return false
		}
	}
	return l.Door.Holds || hush
}

func lockdown(c *call, d LockDesk) (Plan, error) {
	all, err := locks(c, d)
	if err != nil {
		return Plan{}, err
	}
	hush := option[bool](c, hushKey)
	until, value, ends := "until `!forseti unlock`", "", time.Time{}
	if lasts, _ := c.flags["for"].(time.Duration); lasts > 0 {
		ends = d.Now().Add(lasts)
		until, value = fmt.Sprintf("for %s, until %s", sanction.Span(lasts), c.stamp(ends)), ends.UTC().Format(time.RFC3339)
	}
	var p Plan
	var closed, was, not []string
	for _, l := range all {
		how, why := l.closing(hush)
		if l.closed(hush, ends) {
			was = append(was, c.room(l.Room)+": "+text.And(how))
			continue
		}
		for _, w := range why {
			not = append(not, c.room(l.Room)+": "+w)
		}
		if len(how) == 0 {
			continue
		}
		closed = append(closed, c.room(l.Room)+": "+text.And(how))
		if l.Door.Locked || l.Door.Refused == "" && (l.Open || l.Shared || l.Door.Posture) {
			p.change(Change{Kind: LockRoom, Room: l.Room, User: c.Sender, Value: value}, "")
		}
		if hush && (l.Voice.Locked || !l.Voice.Posture && l.Voice.Refused == "") {
			p.change(Change{Kind: LockRoom, Room: l.Room, User: c.Sender, Value: value, Key: hushKey}, "")
		}
	}
	left := ""
	if len(not) > 0 {
		left = "Not:" + listing(not, "")
	}
	already := ""
	if len(was) > 0 {
		already = fmt.Sprintf("Closed already, %s:%s", until, listing(was, ""))
	}
	switch {
	case len(closed) == 0 && already != "":
		return says("%s", text.Paragraphs(already, left, "`!forseti unlock` opens them as they were.")), nil
	case len(closed) == 0:
		return Plan{}, refuse("%s", text.Paragraphs("There is nothing to close.", left))
	}
	left = text.Paragraphs(already, left)
	if len(args[Ref](c, "room")) != 1 {
		p.Ask = "Close them?"
	}
	p.Effect = text.Paragraphs(fmt.Sprintf("I would close these, %s:%s", until, listing(closed, "")), left)
	p.Answer = text.Paragraphs(fmt.Sprintf("Closing these, %s:%s", until, listing(closed, "")), left, "`!forseti unlock` opens them as they were.")
	return p, nil
}

func unlock(c *call, d LockDesk) (Plan, error) {
	all, err := locks(c, d)
	if err != nil {
		return Plan{}, err
	}
	var p Plan
	var opened []string
	for _, l := range all {
		postures := false
		for key, of := range l.latches() {
			if of.Locked {
				p.change(Change{Kind: UnlockRoom, Room: l.Room, Key: key}, "")
				postures = postures || of.Posture
			}
		}
		if !l.Door.Locked && !l.Voice.Locked {
			continue
		}
		stays := pick(postures, ": the posture keeps it closed for now; `!forseti posture calm` opens it", "")
		if stays == "" && l.Door.Locked && l.Shared {
			stays = ": another community of mine keeps it closed until it is done too"
		}
		opened = append(opened, c.room(l.Room)+stays)
	}
	if len(opened) == 0 {
		return says("`lockdown` has closed %s.", pick(len(args[Ref](c, "room")) == 0, "no room", "no such room")), nil
	}
	p.Effect = fmt.Sprintf("I would open these as they were:%s", listing(opened, ""))
	p.Answer = fmt.Sprintf("Opening these as they were:%s", listing(opened, ""))
	return p, nil
}

// latches are both, by the key of a change that is about one.
func (l Lock) latches() iter.Seq2[string, Latch] {
	return func(yield func(string, Latch) bool) {
		_ = yield("", l.Door) && yield(hushKey, l.Voice)
	}
}

// locked opens what the lockdown of a case closed, where it is that one which holds, and closes what
// an unlock opened, where nothing came since.
func (u *undone) locked(of Case) {
	before := len(u.plan.Steps)
	for _, l := range u.locks.Locks("") {
		found, again := false, []string(nil)
		for key, latch := range l.latches() {
			if of.Event != "" && latch.Opened == of.Event {
				u.plan.change(Change{Kind: RelockRoom, Room: l.Room, Key: key, Name: string(of.Event)}, "")
				again = append(again, pick(key == "", "to who wants to come in", "to who has no power and wants to write")+pick(latch.Until.IsZero(), "", ", until "+u.stamp(latch.Until)))
			}
			if latch.Locked && of.Event != "" && latch.By == of.Event {
				u.plan.change(Change{Kind: UnlockRoom, Room: l.Room, Key: key, Name: string(of.Event)}, "")
				found = true
			}
		}
		if found {
			u.says = append(u.says, fmt.Sprintf("has %s be as the lockdown found it", u.room(l.Room)))
		}
		if len(again) > 0 {
			u.says = append(u.says, fmt.Sprintf("closes %s again %s", u.room(l.Room), text.And(again)))
		}
	}
	if of.Command == "unlock" && len(u.plan.Steps) == before {
		u.stays = append(u.stays, "that rooms were opened, for their lockdown would be over by now, or somebody closed them since: `!forseti lockdown` closes them anew")
	}
}
