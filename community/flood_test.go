package community_test

import (
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/community"
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
// after; and so is the topic that its author has set.
func TestFloodIsCleanedUpAfterARestart(t *testing.T) {
	f := newFixture(t, 1)
	flooder := f.member("flooder")
	topic := map[string]any{"topic": "All about birds", "org.example.kept": "as it is"}
	f.state(f.rooms[0], "m.room.topic", "", topic)
	levels := f.content(f.rooms[0], "m.room.power_levels")
	levels["events"].(map[string]any)["m.room.topic"] = 0
	f.state(f.rooms[0], "m.room.power_levels", "", levels)
	f.start()
	f.hear("Hello")
	f.floodingOn()
	_, err := flooder.SendStateEvent(t.Context(), f.rooms[0], event.StateTopic, "", map[string]any{"topic": "buy"})
	f.must(err)
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
	f.eventually("give back the topic", func() bool { return reflect.DeepEqual(f.content(f.rooms[0], "m.room.topic"), topic) })
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

// flood sends that many messages, or as many as go through before a ban.
func (f *fixture) flood(user *mautrix.Client, room id.RoomID, messages int) (sent []id.EventID) {
	f.t.Helper()
	for i := range messages {
		s, err := user.SendText(f.t.Context(), room, fmt.Sprint("buy ", i))
		if err != nil {
			break
		}
		sent = append(sent, s.EventID)
	}
	return sent
}

// stays checks that what a user says is left standing.
func (f *fixture) stays(user *mautrix.Client, room id.RoomID, words string) {
	f.t.Helper()
	said, err := user.SendText(f.t.Context(), room, words)
	f.must(err)
	f.settle()
	f.settle()
	for _, evt := range f.timeline(room) {
		if evt.ID == said.EventID && evt.Unsigned.RedactedBecause != nil {
			f.t.Errorf("%q was removed", words)
		}
	}
}

// Whom a moderator frees may talk at once, whoever lifts the ban and however the bot
// learns of it.
func TestFreedFlooderMayTalk(t *testing.T) {
	long(t)
	f := newFixture(t, 1)
	room := f.rooms[0]
	f.start()
	f.hear("Hello")
	f.floodingOn()
	f.say("!forseti config set flooding brake-undone none") // else it is taken to be wrong, for all are let off
	f.hear("brake-undone", "none")
	for name, free := range map[string]func(user id.UserID){
		"by command": func(user id.UserID) { f.say("!forseti unban " + string(user)) },
		"in a client": func(user id.UserID) {
			_, err := f.mod.UnbanUser(t.Context(), room, &mautrix.ReqUnbanUser{UserID: user})
			f.must(err)
		},
		"by command, and the answer is lost": func(user id.UserID) {
			f.proxy.Times(1, faults.In(string(room), faults.Unban), faults.Lose)
			f.say("!forseti unban " + string(user))
		},
		"while the bot is away": func(user id.UserID) {
			f.stopBot()
			_, err := f.mod.UnbanUser(t.Context(), room, &mautrix.ReqUnbanUser{UserID: user})
			f.must(err)
			f.start()
		},
	} {
		t.Run(name, func(t *testing.T) {
			flooder := f.server.Client(t, "flooder")
			f.join(room, flooder)
			sent := f.flood(flooder, room, 15)
			f.banned(flooder.UserID)
			f.removed(room, sent)
			free(flooder.UserID)
			f.freed(flooder.UserID)
			f.join(room, flooder)
			f.stays(flooder, room, "sorry")
			f.untouched(flooder.UserID)
		})
	}
}

// A flood in a dry run leaves nothing behind: the next one is real.
func TestFloodInADryRunIsForgotten(t *testing.T) {
	long(t)
	f := newFixture(t, 1)
	f.options = func(o *community.Options) { o.DryRun = true }
	flooder := f.member("flooder")
	f.start()
	f.hear("Hello")
	f.floodingOn()
	f.flood(flooder, f.rooms[0], 15)
	f.hear("Would ban", string(flooder.UserID))
	f.say("!forseti dry-run off")
	f.hear("Dry run is off")
	sent := f.flood(flooder, f.rooms[0], 60)
	f.banned(flooder.UserID)
	f.removed(f.rooms[0], sent)
}

// A bot that may only remove messages removes those of a flood that are too much, and
// says that it may not ban.
func TestFloodIsRemovedWithoutThePowerToBan(t *testing.T) {
	long(t)
	f := newFixture(t, 1)
	room := f.rooms[0]
	flooder := f.member("flooder")
	f.start()
	f.hear("Hello")
	f.floodingOn()
	var levels map[string]any
	f.must(f.bot.StateEvent(t.Context(), room, event.StatePowerLevels, "", &levels))
	levels["redact"] = 25
	levels["users"].(map[string]any)[string(f.bot.UserID)] = 25
	_, err := f.bot.SendStateEvent(t.Context(), room, event.StatePowerLevels, "", levels)
	f.must(err)
	f.hear("power level 50 to ban", "I have 25")
	sent := f.flood(flooder, room, 20)
	if len(sent) != 20 {
		t.Fatalf("only %d messages went through", len(sent))
	}
	f.removed(room, sent)
	f.hear("Removed", "flooding")
	f.untouched(flooder.UserID)
}

// Who may kick in a room is left alone there, unless moderators say otherwise.
func TestRoomsOwnModeratorsMayWriteMuch(t *testing.T) {
	long(t)
	f := newFixture(t, 1)
	local := f.member("local-moderator")
	f.level(f.rooms[0], local.UserID, 50)
	f.start()
	f.hear("Hello")
	f.floodingOn()
	f.flood(local, f.rooms[0], 15)
	f.stays(local, f.rooms[0], "as I said")
	f.untouched(local.UserID)
	f.say("!forseti config set flooding spare-moderators no")
	f.hear("spare-moderators", "yes", "no")
	sent := f.flood(local, f.rooms[0], 30)
	f.banned(local.UserID)
	f.removed(f.rooms[0], sent)
}

// Who joined, flooded and left again before the bot heard of any of it is seen as
// having been there, and so is who was let off in between.
func TestFloodOfWhoIsGoneAgain(t *testing.T) {
	f := newFixture(t, 1)
	room := f.rooms[0]
	f.start()
	f.hear("Hello")
	f.floodingOn()
	f.settle()
	f.stopBot()
	flooder := f.server.Client(t, "flooder")
	f.join(room, flooder)
	sent := f.flood(flooder, room, 15)
	_, err := flooder.LeaveRoom(t.Context(), room)
	f.must(err)
	f.start()
	f.banned(flooder.UserID)
	f.removed(room, sent)
}

// Who is muted for a flood may speak again when a moderator undoes it by a reaction, also
// after a restart; and the alert shows what it was.
func TestFloodIsMutedAndUndone(t *testing.T) {
	f := newFixture(t, 1)
	room := f.rooms[0]
	flooder := f.member("flooder")
	f.start()
	f.hear("Hello")
	f.floodingOn()
	f.say("!forseti config set flooding consequence mute 2h")
	f.hear("consequence", "mute 2h")
	f.removed(room, f.flood(flooder, room, 20))
	speaks := func() bool {
		_, err := flooder.SendText(t.Context(), room, "may I?")
		return err == nil
	}
	f.eventually("mute the flooder", func() bool { return !speaks() })
	f.untouched(flooder.UserID) // nobody was banned
	f.hear("Muted", string(flooder.UserID), "more than 10 messages", "flooding")
	f.settle()
	f.restart()
	f.reactAs(f.mod, "↩️", "more than 10 messages")
	f.hear("It counts no more")
	f.hear("Unmuted", string(flooder.UserID))
	f.eventually("let the flooder speak", speaks)
}
