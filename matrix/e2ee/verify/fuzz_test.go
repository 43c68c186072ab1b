package verify

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// FuzzHostile feeds what somebody without scruples may send, one event a line. Nobody here
// confirms anything, so nothing may ever be vouched for.
func FuzzHostile(f *testing.F) {
	for _, seed := range exchanges(f) {
		f.Add(seed)
	}
	f.Add([]byte(`{"type":"m.key.verification.request","content":{"transaction_id":"t","from_device":"E","methods":["m.sas.v1"],"timestamp":1800000000000}}
{"type":"m.key.verification.mac","content":{"transaction_id":"t","mac":{},"keys":5}}`))
	f.Fuzz(func(t *testing.T, lines []byte) {
		now := time.Unix(1_800_000_000, 0)
		s := &side{Desk: New(rand.Reader), theirs: Keys{Device: ed("e"), Master: ed("E")}}
		s.Self = Self{User: "@a:x", Device: "ADEV", DeviceKey: ed("a"), Master: ed("A")}
		s.Ask(now, "@b:x", "txn", []id.DeviceID{"BDEV"})
		s.Asked(now, "@b:x", "!r:x", "$ask")
		for i, line := range bytes.SplitN(lines, []byte("\n"), 200) {
			var sent struct {
				Type    string         `json:"type"`
				Room    id.RoomID      `json:"room_id"`
				ID      id.EventID     `json:"event_id"`
				Content map[string]any `json:"content"`
			}
			if json.Unmarshal(line, &sent) != nil {
				continue
			}
			m, ok := Read(&event.Event{
				Sender: "@b:x", Type: event.Type{Type: sent.Type}, RoomID: sent.Room, ID: sent.ID,
				Timestamp: now.UnixMilli(), Content: event.Content{Raw: sent.Content},
			})
			if !ok {
				continue
			}
			now = now.Add(time.Second)
			effects := s.Take(now, m)
			for _, e := range effects {
				if l, ok := e.(Lookup); ok && i%3 != 2 { // now and then the answer is late
					effects = append(effects, s.TheirKeys(now, l.ID, s.theirs)...)
				}
			}
			if len(effects) > 20 || len(s.flows) > maxAll {
				t.Fatalf("%d effects of one event, %d verifications", len(effects), len(s.flows))
			}
			for _, e := range effects {
				if _, ok := e.(Vouch); ok {
					t.Fatal("vouched without anybody's word")
				}
			}
		}
	})
}

// exchanges are what an honest other side sends, as seeds.
func exchanges(t testing.TB) (seeds [][]byte) {
	for _, room := range []id.RoomID{"", "!r:x"} {
		for _, weAsk := range []bool{true, false} {
			p := newPair(t, room)
			var seed bytes.Buffer
			p.a.Self.User, p.b.Self.User = "@a:x", "@b:x"
			if !weAsk {
				p.a.Self.User, p.b.Self.User = "@b:x", "@a:x"
			}
			p.meddle = func(s Send) {
				if s.To == "@a:x" {
					line, _ := json.Marshal(map[string]any{"type": s.Type, "room_id": s.Room, "content": s.Content})
					seed.Write(append(line, '\n'))
				}
			}
			p.ask()
			p.run()
			for _, s := range []*side{p.a, p.b} {
				if effects, err := s.Confirm(p.now, p.name(s)); err == nil {
					p.carry(s, effects)
				}
			}
			p.run()
			seeds = append(seeds, seed.Bytes())
		}
	}
	return seeds
}
