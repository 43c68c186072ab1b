package community_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/internal/faults"
)

// floodingOn has more than ten messages in a minute be a flood: on a busy machine
// fewer than two in a second go through.
func (f *fixture) floodingOn() {
	f.t.Helper()
	f.say("!forseti enable flooding")
	f.say("!forseti config set flooding within 1m")
	f.hear("within", "1m")
}

// removed waits until nothing is left of what was sent.
func (f *fixture) removed(room id.RoomID, sent []id.EventID) {
	f.t.Helper()
	f.eventually("remove all of it", func() bool {
		for _, evt := range f.timeline(room) {
			if slices.Contains(sent, evt.ID) && evt.Unsigned.RedactedBecause == nil {
				return false
			}
		}
		return true
	})
}

// Several floods at once, in several rooms, with redactions and bans refused and
// lost on their way: nothing of them remains, and what others say does.
func TestFloodLeavesNoMessage(t *testing.T) {
	f := newFixture(t, 2)
	flooders := f.crowd("flooder", 3)
	talker := f.member("talker")
	f.start()
	f.hear("Hello")
	f.floodingOn()
	f.proxy.Times(3, faults.Redact, faults.LimitedByHeader(1))
	f.proxy.Times(2, faults.Ban, faults.Lose)
	sent := make([][]id.EventID, len(f.rooms))
	var kept []id.EventID
	var lock sync.Mutex
	var senders sync.WaitGroup
	for n, room := range f.rooms {
		for _, flooder := range flooders {
			senders.Go(func() {
				for i := range 60 {
					s, err := flooder.SendText(t.Context(), room, fmt.Sprint("buy ", i))
					if err != nil {
						return // banned
					}
					lock.Lock()
					sent[n] = append(sent[n], s.EventID)
					lock.Unlock()
				}
			})
		}
		s, err := talker.SendText(t.Context(), room, "what is this?")
		f.must(err)
		kept = append(kept, s.EventID)
	}
	senders.Wait()
	for n, room := range f.rooms {
		for _, flooder := range flooders {
			f.eventually("ban the flooder", func() bool { return f.membership(room, flooder.UserID) == event.MembershipBan })
		}
		f.removed(room, sent[n])
		if slices.ContainsFunc(f.timeline(room), func(e *event.Event) bool { return slices.Contains(kept, e.ID) && e.Unsigned.RedactedBecause != nil }) {
			t.Error("somebody else's message was removed")
		}
	}
	f.untouched(talker.UserID)
}

// A flood that the bot did not see to its end, for it was killed, is cleaned up
// after.
func TestFloodIsCleanedUpAfterARestart(t *testing.T) {
	f := newFixture(t, 1)
	flooder := f.member("flooder")
	f.start()
	f.hear("Hello")
	f.floodingOn()
	gate := faults.NewGate()
	open := f.proxy.On(faults.Redact, gate.Fault)
	var sent []id.EventID
	for i := range 15 {
		s, err := flooder.SendText(t.Context(), f.rooms[0], fmt.Sprint("buy ", i))
		if err != nil {
			break
		}
		sent = append(sent, s.EventID)
	}
	select {
	case <-gate.Held():
	case <-time.After(patience):
		t.Fatal("nothing is removed")
	}
	f.stopBot()
	open()
	f.start()
	f.removed(f.rooms[0], sent)
}

// Moderators may write as much as they like, and so may who stands above the bot.
// The settings are changed in chat, and kept.
func TestFloodingIsSetInChat(t *testing.T) {
	f := newFixture(t, 1)
	talker := f.member("talker")
	f.start()
	f.hear("Hello")
	f.floodingOn()
	f.say("!forseti protections config set flooding messages 3")
	f.hear("messages", "10", "3")
	f.restart()
	for i := range 15 {
		_, err := f.mod.SendText(t.Context(), f.rooms[0], fmt.Sprint("as a moderator ", i))
		f.must(err)
	}
	var sent []id.EventID
	for i := range 10 {
		s, err := talker.SendText(t.Context(), f.rooms[0], fmt.Sprint("four is too many ", i))
		if err != nil {
			break
		}
		sent = append(sent, s.EventID)
	}
	f.eventually("ban the flooder", func() bool { return f.membership(f.rooms[0], talker.UserID) == event.MembershipBan })
	f.removed(f.rooms[0], sent)
	f.untouched(f.mod.UserID)
	f.say("!forseti disable flooding")
	f.hear("flooding", "off")
}
