package commands

import (
	"context"
	"fmt"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/sanction"
	"forseti/text"
)

// LockDesk looks at which rooms are closed.
type LockDesk interface {
	// Locks says of each protected room, or of one, how its door stands.
	Locks(room id.RoomID) []Lock
	Now() time.Time
}

// Lock is how the door of a room stands.
type Lock struct {
	Room id.RoomID
	// Open says that anybody may join, and Asks that one can ask to be let in once it is
	// closed.
	Open, Asks bool
	Locked     bool      // by the command
	Until      time.Time // that ends by itself then; zero if never
	Posture    bool      // a posture closes it as well
	Refused    string    // why we may not close it, "" if we may
}

const (
	leastLock = time.Minute
	mostLock  = 30 * 24 * time.Hour
)

func lockCommands(d LockDesk) []*command {
	lasts := spanOrGood(leastLock, mostLock)
	return []*command{{
		name: "lockdown", family: "Rooms", effect: moderates,
		summary:  "close the protected rooms that anybody may join, or one: new people have to ask to be let in, or be invited",
		details:  "Who is in stays in, and rooms that are not open to all are left as they are. It lasts until `unlock`, or for as long as `--for` says, and then who may join is exactly as it was found, also if I was away meanwhile. If somebody sets it by hand before that, theirs holds.",
		params:   []param{{name: "room", optional: true, doc: "one room; all of them if it is left out", value: roomValue}},
		flags:    []flag{{name: "for", value: &lasts, doc: "for how long, such as `30m` or `2d`, or `good`"}},
		asks:     "if it closes all rooms",
		examples: []string{"lockdown #lobby:example.org", "lockdown --for 1h"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return lockdown(c, d) },
	}, {
		name: "unlock", family: "Rooms", effect: moderates,
		summary:  "open the rooms that `lockdown` closed, exactly as they were, or one",
		params:   []param{{name: "room", optional: true, doc: "one room; all of them if it is left out", value: roomValue}},
		examples: []string{"unlock", "unlock #lobby:example.org"},
		plan:     func(_ context.Context, c *call) (Plan, error) { return unlock(c, d) },
	}}
}

// lockRoom is the one room that is meant, "" for all.
func lockRoom(c *call) (id.RoomID, error) {
	ref := arg[Ref](c, "room")
	if ref.Room == "" && ref.Alias == "" {
		return "", nil
	}
	room, err := c.protected(ref)
	return room.ID, err
}

func lockdown(c *call, d LockDesk) (Plan, error) {
	room, err := lockRoom(c)
	if err != nil {
		return Plan{}, err
	}
	until, ends := "until `!forseti unlock`", ""
	if lasts, _ := c.flags["for"].(time.Duration); lasts > 0 {
		at := d.Now().Add(lasts)
		until, ends = fmt.Sprintf("for %s, until %s", sanction.Span(lasts), stampOf(at)), at.UTC().Format(time.RFC3339)
	}
	var p Plan
	var closed, not []string
	for _, l := range d.Locks(room) {
		why := ""
		switch {
		case l.Locked: // from now on for as long as this says
		case l.Refused != "":
			why = text.Markup(l.Refused)
		case !l.Open && !l.Posture:
			why = "it is not open to all, so I leave it as it is"
		}
		if why != "" {
			not = append(not, c.room(l.Room)+": "+why)
			continue
		}
		how := "one has to be invited"
		if l.Asks {
			how = "one has to ask to be let in"
		}
		closed = append(closed, c.room(l.Room)+": "+how)
		p.change(Change{Kind: LockRoom, Room: l.Room, User: c.Sender, Value: ends}, "")
	}
	left := ""
	if len(not) > 0 {
		left = "Not:" + listing(not, "")
	}
	if len(closed) == 0 {
		return Plan{}, refuse("%s", text.Paragraphs("There is nothing to close.", left))
	}
	if room == "" {
		p.Ask = "Close them?"
	}
	p.Effect = text.Paragraphs(fmt.Sprintf("I would close these, %s:%s", until, listing(closed, "")), left)
	p.Answer = text.Paragraphs(fmt.Sprintf("Closing these, %s:%s", until, listing(closed, "")), left, "`!forseti unlock` opens them as they were.")
	return p, nil
}

func unlock(c *call, d LockDesk) (Plan, error) {
	room, err := lockRoom(c)
	if err != nil {
		return Plan{}, err
	}
	var p Plan
	var opened []string
	for _, l := range d.Locks(room) {
		if !l.Locked {
			continue
		}
		shown := c.room(l.Room)
		if l.Posture {
			shown += ": the posture keeps it closed for now; `!forseti posture calm` opens it"
		}
		opened = append(opened, shown)
		p.change(Change{Kind: UnlockRoom, Room: l.Room}, "")
	}
	if len(opened) == 0 {
		return says("`lockdown` has closed %s.", pick(room == "", "no room", "no such room")), nil
	}
	p.Effect = fmt.Sprintf("I would open these as they were:%s", listing(opened, ""))
	p.Answer = fmt.Sprintf("Opening these as they were:%s", listing(opened, ""))
	return p, nil
}
