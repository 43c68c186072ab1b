package community_test

import (
	"sync"
	"testing"

	"maunium.net/go/mautrix/id"

	"forseti/internal/faults"
)

// withheld is what sync has to say of one room and does not get through with.
type withheld struct {
	mu      sync.Mutex
	news    []any // oldest first, as the homeserver put them
	release int
}

// withhold keeps the news of a room from the bot, until they are released one by one.
func (f *fixture) withhold(room id.RoomID) *withheld {
	w := &withheld{}
	f.proxy.On(faults.Sync, faults.Edit(func(answer map[string]any) {
		rooms, _ := answer["rooms"].(map[string]any)
		joined, _ := rooms["join"].(map[string]any)
		w.mu.Lock()
		defer w.mu.Unlock()
		if news, ok := joined[string(room)]; ok {
			w.news = append(w.news, news)
			delete(joined, string(room))
		}
		if w.release > 0 && len(w.news) > 0 {
			if joined == nil {
				joined = map[string]any{}
				answer["rooms"] = map[string]any{"join": joined}
			}
			joined[string(room)] = w.news[0]
			w.news, w.release = w.news[1:], w.release-1
		}
	}))
	return w
}

// next lets the oldest news pass with the next answer of sync.
func (w *withheld) next() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.release++
}

// released reports whether all that may pass has.
func (w *withheld) released() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.release == 0
}

func (w *withheld) waiting() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.news)
}

// What the bot wrote and then took back is not in force again for as long as sync
// brings the one and not yet the other.
func TestEchoesBringNothingBack(t *testing.T) {
	f := newFixture(t, 2)
	user := f.member("here-and-there")
	f.start()
	f.hear("Hello")
	list := f.withhold(f.list)
	f.say("!forseti ban " + string(user.UserID) + " spam")
	f.banned(user.UserID)
	f.eventually("sync the rule", func() bool { return list.waiting() == 1 })
	f.say("!forseti unban " + string(user.UserID))
	f.freed(user.UserID)
	for _, room := range f.rooms {
		f.join(room, user)
	}
	f.eventually("sync its end", func() bool { return list.waiting() == 2 })
	// The first rule's echo comes with the command, before the echo of its end.
	list.next()
	f.say("!forseti ban " + string(user.UserID) + " again")
	f.banned(user.UserID)
	for list.waiting() > 0 {
		list.next()
		f.settle()
	}
	if n := f.rulesFor(string(user.UserID)); n != 1 {
		t.Errorf("%d rules", n)
	}
	f.banned(user.UserID)
	f.say("!forseti unban " + string(user.UserID))
	f.freed(user.UserID)
}

// An ACL of ours that is heard of late changes nothing, and what others do after it
// counts as ever.
func TestEchoesOfACLs(t *testing.T) {
	f := newFixture(t, 1)
	f.start()
	f.hear("Hello")
	room := f.withhold(f.rooms[0])
	for i, server := range []string{"evil.example", "worse.example"} {
		f.rule(f.list, "server", server, server)
		f.eventually("deny "+server, func() bool { return len(f.deny(f.rooms[0])) == i+1 })
		f.eventually("sync the ACL", func() bool { return room.waiting() == i+1 })
	}
	f.state(f.rooms[0], "m.room.server_acl", "", map[string]any{"allow": []string{"*"}})
	f.eventually("sync the others' ACL", func() bool { return room.waiting() == 3 })
	for room.waiting() > 0 {
		room.next()
		f.say("(something to sync)")
		f.eventually("hear of the room", room.released)
	}
	f.eventually("deny both again", func() bool { return len(f.deny(f.rooms[0])) == 2 })
	if n := len(f.proxy.Requests(faults.ACL)); n != 3 {
		t.Errorf("%d updates", n)
	}
}

// A ban whose answer was lost, and which is not wanted any more when it would be tried
// again, is lifted when it turns out to have happened: by its echo, or by a look.
func TestUnansweredBanIsOurs(t *testing.T) {
	for how, find := range map[string]func(*fixture, *withheld){
		"echo": func(f *fixture, room *withheld) { room.next(); f.say("(something to sync)") },
		"look": func(f *fixture, _ *withheld) { f.say("!forseti sync") },
	} {
		t.Run(how, func(t *testing.T) {
			f := newFixture(t, 1)
			user := f.member("pardoned")
			f.start()
			f.hear("Hello")
			room := f.withhold(f.rooms[0])
			answer := f.proxy.On(faults.Ban, faults.Lose)
			// Or it is found before anybody takes it back, on a slow machine.
			seen := f.proxy.On(faults.In("/state/m.room.member/", faults.Everything), faults.Answer(503, "M_UNKNOWN"))
			f.say("!forseti ban " + string(user.UserID) + " spam")
			f.say("!forseti unban " + string(user.UserID))
			f.hear("Removed")
			f.eventually("ban unheard", func() bool { return f.membership(f.rooms[0], user.UserID) == "ban" && room.waiting() > 0 })
			answer()
			seen()
			find(f, room)
			f.freed(user.UserID)
		})
	}
}
