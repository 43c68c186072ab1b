package verify

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"maps"
	"slices"
	"testing"
	"time"

	"forseti/matrix/e2ee/unpadded"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// side is one desk with somebody in front of it.
type side struct {
	*Desk
	theirs  Keys // what the homeserver tells of the other side
	inbox   []Message
	notices []Notice
	vouched []Vouch
	sent    []Send
	refuse  bool // to sign
}

// pair is two sides, and a homeserver that may meddle with what goes between them.
type pair struct {
	t      testing.TB
	now    time.Time
	a, b   *side
	which  ID // as a knows it
	room   id.RoomID
	meddle func(Send)
}

func ed(name string) id.Ed25519 {
	return id.Ed25519(unpadded.Encode(bytes.Repeat([]byte(name)[:1], 32)))
}

func newPair(t testing.TB, room id.RoomID) *pair {
	a := &side{Desk: New(rand.Reader), theirs: Keys{Device: ed("b"), Master: ed("B")}}
	a.Self = Self{User: "@a:x", Device: "ADEV", DeviceKey: ed("a"), Master: ed("A")}
	b := &side{Desk: New(rand.Reader), theirs: Keys{Device: ed("a"), Master: ed("A")}}
	b.Self = Self{User: "@b:x", Device: "BDEV", DeviceKey: ed("b"), Master: ed("B")}
	return &pair{t: t, now: time.Unix(1_800_000_000, 0), a: a, b: b, room: room, meddle: func(Send) {}}
}

// ask makes a ask b.
func (p *pair) ask() {
	if p.room == "" {
		which, effects, err := p.a.Ask(p.now, p.b.Self.User, "txn", []id.DeviceID{"OTHER", p.b.Self.Device})
		if err != nil {
			p.t.Fatal(err)
		}
		p.which = which
		p.carry(p.a, effects)
		return
	}
	p.which = p.a.Asked(p.now, p.b.Self.User, p.room, "$ask")
	p.b.inbox = append(p.b.inbox, p.read(&event.Event{
		Sender: p.a.Self.User, RoomID: p.room, ID: "$ask", Type: event.EventMessage, Timestamp: p.now.UnixMilli(),
		Content: event.Content{Raw: p.a.Request(p.b.Self.User)},
	}))
}

func (p *pair) other(s *side) *side {
	if s == p.a {
		return p.b
	}
	return p.a
}

// name is the verification as a side knows it.
func (p *pair) name(s *side) ID {
	return ID{User: p.other(s).Self.User, Room: p.which.Room, Txn: p.which.Txn}
}

// read takes an event through JSON, as on its way.
func (p *pair) read(evt *event.Event) Message {
	raw, err := json.Marshal(evt.Content.Raw)
	if err != nil {
		p.t.Fatal(err)
	}
	evt.Content.Raw = nil
	if err := json.Unmarshal(raw, &evt.Content.Raw); err != nil {
		p.t.Fatal(err)
	}
	m, ok := Read(evt)
	if !ok {
		p.t.Fatalf("not read: %s %s", evt.Type.Type, raw)
	}
	return m
}

// carry does what a side wants done.
func (p *pair) carry(s *side, effects []Effect) {
	for _, e := range effects {
		switch e := e.(type) {
		case Send:
			s.sent = append(s.sent, e)
			e.Content = maps.Clone(e.Content)
			p.meddle(e)
			if e.Room == "" && !slices.Contains(e.Devices, p.other(s).Self.Device) {
				continue
			}
			p.other(s).inbox = append(p.other(s).inbox, p.read(&event.Event{
				Sender: s.Self.User, RoomID: e.Room, ID: "$follow", Timestamp: p.now.UnixMilli(),
				Type: event.Type{Type: e.Type}, Content: event.Content{Raw: e.Content},
			}))
		case Lookup:
			p.carry(s, s.TheirKeys(p.now, e.ID, s.theirs))
		case Vouch:
			s.vouched = append(s.vouched, e)
			p.carry(s, s.Vouched(p.now, e.ID, !s.refuse))
		case Notice:
			s.notices = append(s.notices, e)
		default:
			p.t.Fatalf("effect %T", e)
		}
	}
}

// step delivers one message to a side, if there is one.
func (p *pair) step(s *side) bool {
	if len(s.inbox) == 0 {
		return false
	}
	m := s.inbox[0]
	s.inbox = s.inbox[1:]
	p.carry(s, s.Take(p.now, m))
	return true
}

// run delivers all there is.
func (p *pair) run() {
	for p.step(p.a) || p.step(p.b) {
	}
}

func (p *pair) say(s *side, what func(time.Time, ID) ([]Effect, error)) {
	p.t.Helper()
	effects, err := what(p.now, p.name(s))
	if err != nil {
		p.t.Fatal(err)
	}
	p.carry(s, effects)
}

// noticed is the last notice of a kind.
func noticed[N Notice](s *side) (last N, ok bool) {
	for _, n := range s.notices {
		if n, is := n.(N); is {
			last, ok = n, true
		}
	}
	return last, ok
}

// verified holds that both sides are done and vouch for each other's true keys.
func (p *pair) verified() {
	p.t.Helper()
	for _, s := range []*side{p.a, p.b} {
		if _, ok := noticed[Done](s); !ok || len(s.vouched) != 1 || len(s.flows) != 0 {
			p.t.Fatalf("%s is not done: %+v", s.Self.User, s.notices)
		}
		them := p.other(s).Self
		if v := s.vouched[0]; v.Master != them.Master || v.DeviceKey != them.DeviceKey || v.Device != them.Device {
			p.t.Errorf("%s vouches for %+v", s.Self.User, v)
		}
	}
}

// failed holds that nobody vouches for anything, and both know why.
func (p *pair) failed(code event.VerificationCancelCode) {
	p.t.Helper()
	for _, s := range []*side{p.a, p.b} {
		if c, ok := noticed[Cancelled](s); !ok || c.Code != code || len(s.flows) != 0 {
			p.t.Errorf("%s: %+v, want %s", s.Self.User, s.notices, code)
		}
		if len(s.vouched) > 0 {
			p.t.Errorf("%s vouches for %+v", s.Self.User, s.vouched)
		}
	}
}
