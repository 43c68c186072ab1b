package verify

import (
	"errors"
	"io"
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// The bounds. Whoever runs into them is not answered.
const (
	// Lasts is how long a verification may take from its first message, by our clock.
	Lasts = 10 * time.Minute
	// Patience is how long a device may take to answer a to-device request. Whoever wants
	// to verify sits in front of it; a client that cannot show such requests never answers.
	Patience = time.Minute

	maxAll     = 32
	maxPerUser = 4
	maxAsks    = 10  // that one user may make while one lasts
	maxEnded   = 500 // that are remembered
)

var (
	// ErrUnknown is a verification that is over or never was.
	ErrUnknown = errors.New("there is no such verification, or it is over")
	// ErrNotNow is an answer to what was not asked.
	ErrNotNow = errors.New("the verification is not at the point where that can be said")
	// ErrTooMany is one verification more than there may be.
	ErrTooMany = errors.New("too many verifications at once")
)

// Self is our side.
type Self struct {
	User      id.UserID
	Device    id.DeviceID
	DeviceKey id.Ed25519
	Master    id.Ed25519 // "" without an identity of which we are sure
}

// Desk keeps all verifications that go on. It is not safe for concurrent use.
type Desk struct {
	// Self is who we are from the next verification on.
	Self   Self
	random io.Reader
	flows  map[ID]*flow
	ended  map[ID]time.Time // until when they are remembered, so that replays start nothing
	asks   map[id.UserID][]time.Time
}

// New makes a desk that takes its secrets from random.
func New(random io.Reader) *Desk {
	return &Desk{random: random, flows: map[ID]*flow{}, ended: map[ID]time.Time{}, asks: map[id.UserID][]time.Time{}}
}

// Has tells whether a verification goes on.
func (d *Desk) Has(which ID) bool { return d.flows[which] != nil }

// Users are those with whom one goes on.
func (d *Desk) Users() map[id.UserID]bool {
	users := map[id.UserID]bool{}
	for which := range d.flows {
		users[which.User] = true
	}
	return users
}

// Ask asks a user's devices by to-device messages.
func (d *Desk) Ask(now time.Time, user id.UserID, txn string, devices []id.DeviceID) (ID, []Effect, error) {
	which := ID{User: user, Txn: txn}
	if err := d.Room(user); err != nil {
		return which, nil, err
	}
	f := d.open(now, which)
	f.byUs, f.sentTo, f.deadline = true, devices, now.Add(Patience)
	f.send(request, map[string]any{
		"from_device": string(f.us.Device), "methods": methods(true, f.us.Master != ""), "timestamp": now.UnixMilli(),
	})
	return which, d.settle(now, f), nil
}

// Request is the content of an m.room.message that asks a user in a room. After it
// was sent, [Desk.Asked] is to be told.
func (d *Desk) Request(user id.UserID) map[string]any {
	return map[string]any{
		"msgtype":     typePrefix + request,
		"body":        string(d.Self.User) + " wants to verify you. Your client cannot do that here; use one that can, such as Element.",
		"to":          string(user),
		"from_device": string(d.Self.Device),
		"methods":     methods(true, d.Self.Master != ""),
	}
}

// Asked notes that a request was sent to a room.
func (d *Desk) Asked(now time.Time, user id.UserID, room id.RoomID, request id.EventID) ID {
	which := ID{User: user, Room: room, Txn: string(request)}
	d.open(now, which).byUs = true
	return which
}

// Room tells whether one more verification with a user may begin.
func (d *Desk) Room(user id.UserID) error {
	if len(d.flows) >= maxAll || d.count(user) >= maxPerUser {
		return ErrTooMany
	}
	return nil
}

func (d *Desk) count(user id.UserID) (n int) {
	for which := range d.flows {
		if which.User == user {
			n++
		}
	}
	return n
}

func (d *Desk) open(now time.Time, which ID) *flow {
	f := &flow{id: which, us: d.Self, begun: now, deadline: now.Add(Lasts), random: d.random}
	d.flows[which] = f
	return f
}

// Take takes in a message from somebody who may verify us.
func (d *Desk) Take(now time.Time, m Message) []Effect {
	if m.From == d.Self.User && m.Room != "" {
		return d.takeOwn(now, m)
	}
	which := ID{User: m.From, Room: m.Room, Txn: m.Txn}
	if m.Kind == request {
		return d.takeRequest(now, which, m)
	}
	// What belongs to no verification gets no answer: in rooms others verify each
	// other, and to-device it would be a storm for the asking.
	f := d.flows[which]
	if f == nil {
		return nil
	}
	f.take(m)
	return d.settle(now, f)
}

// takeOwn reads what our own user said in a room: mostly echoes of ours, but it may
// have been another device that answered.
func (d *Desk) takeOwn(now time.Time, m Message) []Effect {
	elsewhere := m.Kind == cancel || m.Kind == ready && text(m.Content, "from_device") != string(d.Self.Device)
	for which, f := range d.flows {
		if elsewhere && which.Room == m.Room && which.Txn == m.Txn {
			f.end(Cancelled{ID: which, Code: event.VerificationCancelCodeAccepted, Reason: "another device of this account answered"})
			return d.settle(now, f)
		}
	}
	return nil
}

func (d *Desk) takeRequest(now time.Time, which ID, m Message) []Effect {
	device := id.DeviceID(text(m.Content, "from_device"))
	offered := texts(m.Content, "methods")
	switch {
	case m.From == d.Self.User, device == "":
		// Another device of ours that asks may be whoever stole the password. It can be
		// verified if it is asked from here.
		return nil
	case m.Room != "" && text(m.Content, "to") != string(d.Self.User):
		return nil
	case m.Sent.Before(now.Add(-Lasts)), m.Sent.After(now.Add(Lasts / 2)):
		return nil
	case d.Has(which), !d.ended[which].IsZero(), len(d.ended) >= maxEnded:
		return nil
	case !slices.Contains(offered, sas) && !slices.Contains(offered, reciprocate):
		return nil
	case !d.mayAsk(now, m.From):
		return nil
	}
	effects := d.replace(now, m.From, device)
	if d.Room(m.From) != nil {
		return effects
	}
	f := d.open(now, which)
	f.step, f.device, f.methods = invited, device, offered
	f.do(Lookup{ID: which, Device: device})
	return append(effects, d.settle(now, f)...)
}

// mayAsk counts requests, whatever became of them.
func (d *Desk) mayAsk(now time.Time, user id.UserID) bool {
	asks := slices.DeleteFunc(d.asks[user], func(t time.Time) bool { return !t.After(now.Add(-Lasts)) })
	if len(asks) < maxAsks {
		d.asks[user] = append(asks, now)
		return true
	}
	d.asks[user] = asks
	return false
}

// replace ends what a device asked for before: people close the window and try
// again.
func (d *Desk) replace(now time.Time, user id.UserID, device id.DeviceID) (effects []Effect) {
	for which, f := range d.flows {
		if which.User == user && f.device == device && !f.byUs {
			f.fail(event.VerificationCancelCodeUser, "asked for anew")
			effects = append(effects, d.settle(now, f)...)
		}
	}
	return effects
}

// settle collects what a verification wants done, and forgets it if it is over.
func (d *Desk) settle(now time.Time, f *flow) []Effect {
	effects := f.out
	f.out = nil
	if f.over {
		delete(d.flows, f.id)
		// A replay is refused for its age once this is forgotten.
		d.ended[f.id] = now.Add(2 * Lasts)
	}
	return effects
}
