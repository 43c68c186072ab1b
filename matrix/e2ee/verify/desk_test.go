package verify

import (
	"crypto/rand"
	"fmt"
	"reflect"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

func asking(txn, device string, sent time.Time) Message {
	return Message{
		Kind: request, From: "@b:x", Txn: txn, Sent: sent,
		Content: map[string]any{"from_device": device, "methods": []any{sas}, "timestamp": float64(sent.UnixMilli())},
	}
}

func lookups(effects []Effect) (n int) {
	for _, e := range effects {
		if _, ok := e.(Lookup); ok {
			n++
		}
	}
	return n
}

// TestTooLong: it ends by our clock, ten minutes after it began, and says so.
func TestTooLong(t *testing.T) {
	p := compared(t)
	if next, ok := p.a.Next(); !ok || !next.Equal(p.now.Add(Lasts)) {
		t.Errorf("next %v", next)
	}
	if effects := p.a.Expire(p.now.Add(Lasts - time.Second)); effects != nil {
		t.Errorf("too soon: %v", effects)
	}
	p.carry(p.a, p.a.Expire(p.now.Add(Lasts)))
	p.run()
	p.failed(event.VerificationCancelCodeTimeout)
}

// TestTheirClock: requests from long ago or from the future start nothing, and no
// clock of theirs makes a verification last longer.
func TestTheirClock(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	for _, far := range []time.Duration{-Lasts - time.Second, Lasts/2 + time.Second, 100 * 365 * 24 * time.Hour, -50 * 365 * 24 * time.Hour} {
		d := newPair(t, "").a.Desk
		if effects := d.Take(now, asking("t", "BDEV", now.Add(far))); effects != nil {
			t.Errorf("%v away: %v", far, effects)
		}
	}
	d := newPair(t, "").a.Desk
	d.Take(now, asking("t", "BDEV", now.Add(Lasts/2)))
	if next, _ := d.Next(); !next.Equal(now.Add(Lasts)) {
		t.Errorf("lasts until %v", next.Sub(now))
	}
	for _, content := range []map[string]any{{"timestamp": "x"}, {"timestamp": 1e300}, {"timestamp": -1e300}, {}} {
		content["transaction_id"], content["from_device"], content["methods"] = "t2", "BDEV", []any{sas}
		m, _ := Read(&event.Event{Sender: "@b:x", Type: event.ToDeviceVerificationRequest, Content: event.Content{Raw: content}})
		if effects := d.Take(now, m); effects != nil {
			t.Errorf("%v: %v", content, effects)
		}
	}
}

func TestReplayedRequest(t *testing.T) {
	p := newPair(t, "")
	m := asking("t", "BDEV", p.now)
	if lookups(p.a.Take(p.now, m)) != 1 {
		t.Fatal("not taken up")
	}
	if effects := p.a.Take(p.now, m); effects != nil {
		t.Errorf("replayed while it goes on: %v", effects)
	}
	p.a.Cancel(p.now, ID{User: "@b:x", Txn: "t"}, "no")
	if effects := p.a.Take(p.now, m); effects != nil {
		t.Errorf("replayed after its end: %v", effects)
	}
}

// TestAskedAnew: whoever closed the window and tries again is not kept waiting.
func TestAskedAnew(t *testing.T) {
	p := newPair(t, "")
	p.a.Take(p.now, asking("t", "BDEV", p.now))
	effects := p.a.Take(p.now, asking("t2", "BDEV", p.now))
	if lookups(effects) != 1 || p.a.Has(ID{User: "@b:x", Txn: "t"}) || !p.a.Has(ID{User: "@b:x", Txn: "t2"}) {
		t.Errorf("%v", effects)
	}
}

// TestUnanswered: to-device requests that nobody takes up end soon, on all devices, so
// that the person can be asked elsewhere.
func TestUnanswered(t *testing.T) {
	p := newPair(t, "")
	p.ask()
	p.carry(p.a, p.a.Expire(p.now.Add(Patience-time.Second)))
	if len(p.a.notices) > 0 {
		t.Fatalf("too early: %+v", p.a.notices)
	}
	if next, ok := p.a.Next(); !ok || !next.Equal(p.now.Add(Patience)) {
		t.Errorf("looked at again at %v", next)
	}
	p.carry(p.a, p.a.Expire(p.now.Add(Patience)))
	last := p.a.sent[len(p.a.sent)-1]
	if n, ok := noticed[Unanswered](p.a); !ok || n.ID != p.which || p.a.Has(p.which) || last.Type != typePrefix+cancel || len(last.Devices) != 2 {
		t.Errorf("%+v, sent %+v", p.a.notices, last)
	}
	p.run() // what b answers comes too late
	if _, ok := noticed[Compare](p.a); ok || len(p.a.flows) > 0 {
		t.Errorf("goes on: %+v", p.a.notices)
	}
}

// TestAnsweredInTime: whoever took it up has as long as everybody.
func TestAnsweredInTime(t *testing.T) {
	p := newPair(t, "")
	p.ask()
	p.run()
	p.carry(p.a, p.a.Expire(p.now.Add(Lasts-time.Second)))
	if !p.a.Has(p.which) {
		t.Fatalf("%+v", p.a.notices)
	}
	p.carry(p.a, p.a.Expire(p.now.Add(Lasts)))
	if c, _ := noticed[Cancelled](p.a); c.Code != event.VerificationCancelCodeTimeout {
		t.Errorf("%+v", p.a.notices)
	}
}

// TestClientsThatCannot: a client that does not understand the request ends it only if
// no other device is left; a person who says no ends it for all.
func TestClientsThatCannot(t *testing.T) {
	for name, c := range map[string]struct {
		devices []id.DeviceID
		code    event.VerificationCancelCode
		want    Notice // its type; nil for none
	}{
		"one of two cannot": {[]id.DeviceID{"OLD", "BDEV"}, event.VerificationCancelCodeUnknownMethod, nil},
		"the only one":      {[]id.DeviceID{"OLD"}, event.VerificationCancelCodeUnexpectedMessage, Unanswered{}},
		"a person":          {[]id.DeviceID{"OLD", "BDEV"}, event.VerificationCancelCodeUser, Cancelled{}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPair(t, "")
			which, _, err := p.a.Ask(p.now, "@b:x", "t", c.devices)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range p.a.Take(p.now, Message{Kind: cancel, From: "@b:x", Txn: "t", Content: map[string]any{"code": string(c.code)}}) {
				if n, ok := e.(Notice); ok {
					p.a.notices = append(p.a.notices, n)
				}
			}
			if c.want == nil {
				if len(p.a.notices) > 0 || !p.a.Has(which) {
					t.Errorf("%+v", p.a.notices)
				}
				return
			}
			if len(p.a.notices) != 1 || reflect.TypeOf(p.a.notices[0]) != reflect.TypeOf(c.want) || p.a.Has(which) {
				t.Errorf("%+v", p.a.notices)
			}
		})
	}
}

// TestFlood: what one user can make us do is bounded, and so is what all can.
func TestFlood(t *testing.T) {
	d := New(rand.Reader)
	d.Self = Self{User: "@a:x", Device: "ADEV"}
	now := time.Unix(1_800_000_000, 0)
	done, open := 0, 0
	for i := range 10_000 {
		m := asking(fmt.Sprint("t", i), fmt.Sprint("D", i%7), now)
		m.From = id.UserID(fmt.Sprintf("@u%d:x", i%50))
		done += lookups(d.Take(now, m))
		if d.count(m.From) > maxPerUser {
			t.Fatalf("%d at once with one user", d.count(m.From))
		}
		open = max(open, len(d.flows))
	}
	if open > maxAll || done > 50*maxAsks || len(d.ended) > maxEnded+maxAll {
		t.Errorf("%d open at once, %d looked up, %d remembered", open, done, len(d.ended))
	}
	if _, _, err := d.Ask(now, "@c:x", "ours", []id.DeviceID{"C"}); err != ErrTooMany {
		t.Errorf("one more of ours: %v", err)
	}
	later := now.Add(3 * Lasts)
	d.Expire(later)
	if len(d.flows)+len(d.asks) > 0 || lookups(d.Take(later, asking("again", "D", later))) != 1 {
		t.Error("does not get over it")
	}
	d.Close(later)
	d.Expire(later.Add(3 * Lasts))
	if len(d.flows)+len(d.ended)+len(d.asks) > 0 {
		t.Errorf("left over: %d %d %d", len(d.flows), len(d.ended), len(d.asks))
	}
}

// TestRequestThenMAC are the two messages that end the sync loop of mautrix's own
// helper.
func TestRequestThenMAC(t *testing.T) {
	p := newPair(t, "")
	p.carry(p.a, p.a.Take(p.now, asking("t", "BDEV", p.now)))
	p.carry(p.a, p.a.Take(p.now, Message{Kind: mac, From: "@b:x", Txn: "t", Content: map[string]any{
		"mac": map[string]any{"ed25519:BDEV": "x"}, "keys": "x",
	}}))
	if c, ok := noticed[Cancelled](p.a); !ok || c.Code != event.VerificationCancelCodeUnexpectedMessage {
		t.Errorf("%+v", p.a.notices)
	}
}

// TestOthersVerifyEachOther: in a room that is none of our business.
func TestOthersVerifyEachOther(t *testing.T) {
	p := newPair(t, "!r:x")
	p.a.Self.User = "@somebody:x"
	p.ask()
	m := p.b.inbox[0]
	m.Content["to"] = "@c:x"
	if effects := p.b.Take(p.now, m); effects != nil {
		t.Errorf("%v", effects)
	}
	for _, kind := range []string{ready, start, accept, key, mac, done, cancel, "request", "xyz"} {
		if effects := p.b.Take(p.now, Message{Kind: kind, From: "@c:x", Room: "!r:x", Txn: "$ask", Sent: p.now}); effects != nil {
			t.Errorf("%s: %v", kind, effects)
		}
	}
}

// TestOurOtherDeviceAnswers: then it is not ours any more, and we say nothing.
func TestOurOtherDeviceAnswers(t *testing.T) {
	p := newPair(t, "!r:x")
	p.ask()
	p.run()
	name := p.name(p.b)
	echo := Message{Kind: ready, From: "@b:x", Room: "!r:x", Txn: "$ask", Content: map[string]any{"from_device": "BDEV"}}
	if effects := p.b.Take(p.now, echo); effects != nil || !p.b.Has(name) {
		t.Errorf("our own echo: %v", effects)
	}
	echo.Content["from_device"] = "PHONE"
	p.b.sent = nil
	p.carry(p.b, p.b.Take(p.now, echo))
	if c, _ := noticed[Cancelled](p.b); c.Code != event.VerificationCancelCodeAccepted || len(p.b.sent) > 0 || p.b.Has(name) {
		t.Errorf("%+v, sent %v", p.b.notices, p.b.sent)
	}
}

// TestClose: whoever verifies us as we stop is told.
func TestClose(t *testing.T) {
	p := compared(t)
	p.carry(p.a, p.a.Close(p.now))
	p.run()
	p.failed(event.VerificationCancelCodeUser)
}
