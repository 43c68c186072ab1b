package community_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"

	"forseti/community"
	"forseti/internal/faults"
	"forseti/internal/pgtest"
)

// stores runs a test on each kind of database.
func stores(t *testing.T, test func(*testing.T, func(rooms int) *fixture)) {
	t.Run("sqlite", func(t *testing.T) {
		test(t, func(rooms int) *fixture { return newFixture(t, rooms) })
	})
	t.Run("postgres", func(t *testing.T) {
		test(t, func(rooms int) *fixture {
			f := newFixture(t, rooms)
			f.database = pgtest.Database(t)
			return f
		})
	})
}

// The bot ends in the middle of each of its steps, without a word to anybody, and
// goes on from there: nothing is lost, and nothing done or said twice.
func TestStoppedInTheMiddle(t *testing.T) {
	stores(t, func(t *testing.T, fixture func(int) *fixture) {
		f := fixture(4)
		spammer, nuisance := f.member("spammer"), f.member("nuisance")
		for i := range 3 {
			_, err := nuisance.SendText(t.Context(), f.rooms[0], fmt.Sprint("rubbish ", i))
			f.must(err)
		}
		f.start()
		f.hear("Hello")
		// stopped ends the bot as soon as a request of a kind is held back, and lets
		// it start again.
		stopped := func(match faults.Match, after int, act func()) {
			t.Helper()
			f.proxy.Forget()
			gate := faults.NewGate()
			open := f.proxy.On(match, gate.Fault)
			for range after {
				f.proxy.Times(1, match, faults.Pass)
			}
			act()
			select {
			case <-gate.Held():
			case <-time.After(patience):
				t.Fatal("there was nothing to stop in")
			}
			// What the homeserver is at work on it goes on with, and no bot can know.
			f.eventually("have an answer to what passed", func() bool {
				answered := 0
				for _, r := range f.proxy.Requests(match) {
					if r.Status == http.StatusOK {
						answered++
					}
				}
				return answered >= after
			})
			f.stopBot()
			open()
			f.start()
		}
		// once checks that each room has one event of the bot's of a kind, and of a
		// membership.
		once := func(kind, membership string) {
			t.Helper()
			f.settle()
			for _, room := range f.rooms {
				n := 0
				for _, evt := range f.timeline(room) {
					if m, _ := evt.Content.Raw["membership"].(string); evt.Type.Type == kind && evt.Sender == f.bot.UserID && m == membership {
						n++
					}
				}
				if n != 1 {
					t.Errorf("%d times %s %s", n, kind, membership)
				}
			}
		}
		stopped(faults.Ban, 2, func() { f.say("!forseti ban " + string(spammer.UserID) + " spam") })
		f.banned(spammer.UserID)
		f.hear("Banned", string(spammer.UserID))
		once("m.room.member", "ban")

		stopped(faults.ACL, 1, func() { f.rule(f.list, "server", "s", "evil.example") })
		for _, room := range f.rooms {
			f.eventually("deny the server", func() bool { return len(f.deny(room)) == 1 })
		}
		once("m.room.server_acl", "")

		stopped(faults.Redact, 1, func() { f.say("!forseti redact " + string(nuisance.UserID)) })
		f.eventually("remove the messages", func() bool {
			n := 0
			for _, evt := range f.timeline(f.rooms[0]) {
				if evt.Type == event.EventRedaction {
					n++
				}
			}
			return n == 3
		})

		stopped(faults.Unban, 1, func() { f.say("!forseti unban " + string(spammer.UserID)) })
		f.freed(spammer.UserID)
		once("m.room.member", "leave")
		// A reply counts what was done before and after, also to whom it did not name.
		f.hear("Unbanned `" + string(spammer.UserID) + "` in 4 rooms")
		crowd := f.member("crowd")
		f.say("!forseti ban @crowd-*:*")
		f.banned(crowd.UserID)
		stopped(faults.Unban, 1, func() { f.say("!forseti unban @crowd-*:* --no-confirm") })
		f.freed(crowd.UserID)
		f.hear("Removed 1 rule", "Unbanned `"+string(crowd.UserID)+"` in 4 rooms")

		stopped(faults.ACL, 2, func() { f.say("!forseti ban worse.example") })
		f.hear("now bans the server `worse.example`", "`worse.example` is shut out")
		stopped(faults.ACL, 2, func() { f.say("!forseti unban worse.example") })
		f.hear("Removed 1 rule", "No ACL shuts out `worse.example`")

		stopped(faults.Kick, 1, func() { f.say("!forseti kick " + string(nuisance.UserID)) })
		f.freed(nuisance.UserID)

		// A rule that is written, and whose command is then cut off: written once.
		stopped(faults.In("/state/m.policy.rule.", faults.Write), 0, func() { f.say("!forseti ban @late:evil.example spam") })
		f.hear("@late:evil.example")
		f.settle()
		if n := f.rulesFor("@late:evil.example"); n != 1 {
			t.Errorf("%d rules", n)
		}
		if n := f.times("Hello"); n != 1 {
			t.Errorf("said hello %d times", n)
		}
	})
}

// What a command came to holds over a restart, though it came to nothing: an unban of
// somebody who was not banned does not lift the ban of a later command.
func TestDecidedThoughNothingWasDone(t *testing.T) {
	f := newFixture(t, 1)
	user := f.member("user")
	f.start()
	f.hear("Hello")
	gate := faults.NewGate()
	open := f.proxy.On(faults.Speech, gate.Fault)
	f.say("!forseti unban " + string(user.UserID))
	select {
	case <-gate.Held():
	case <-time.After(patience):
		t.Fatal("there was no answer to hold back")
	}
	f.say("!forseti ban " + string(user.UserID) + " spam")
	f.banned(user.UserID)
	f.stopBot()
	open()
	f.start()
	f.hear("is not banned")
	f.settle()
	if got := f.membership(f.rooms[0], user.UserID); got != event.MembershipBan {
		t.Errorf("an unban before the ban led to %s", got)
	}
	if n := f.rulesFor(string(user.UserID)); n != 1 {
		t.Errorf("%d rules", n)
	}
}

// What a command did is not done over after a restart, where a later command wants
// something else; and its reply, which was held up, counts what it did before.
func TestCarriedOutOnceOverARestart(t *testing.T) {
	f := newFixture(t, 2)
	user := f.member("user")
	f.start()
	f.hear("Hello")
	gate := faults.NewGate()
	open := f.proxy.On(faults.Speech, gate.Fault)
	passed := func(path string) int {
		return len(f.proxy.Requests(func(_, p string) bool { return strings.HasSuffix(p, path) }))
	}
	f.say("!forseti ban " + string(user.UserID) + " spam")
	f.banned(user.UserID)
	f.say("!forseti rooms remove " + string(f.rooms[1]) + " --no-confirm")
	f.eventually("leave the room", func() bool { return passed("/leave") == 1 })
	read := passed(string(f.rooms[1]) + "/state")
	f.say("!forseti rooms add " + string(f.rooms[1]))
	f.eventually("read the room again", func() bool { return passed(string(f.rooms[1])+"/state") > read })
	f.stopBot()
	open()
	f.start()
	f.hear("Protecting")
	f.settle()
	if n := passed("/leave"); n != 1 {
		t.Errorf("the room was left %d times", n)
	}
	f.hear("Banned `" + string(user.UserID) + "` in 2 rooms")
}

// What a command has left to do when a dry run meets it after a crash waits beside the
// other commands: the one that ends the dry run is heard.
func TestDryRunAfterACrashIsEnded(t *testing.T) {
	f := newFixture(t, 1)
	f.start()
	f.hear("Hello")
	gate := faults.NewGate()
	open := f.proxy.On(faults.In("/leave", faults.Write), gate.Fault)
	f.say("!forseti rooms remove " + string(f.rooms[0]) + " --no-confirm")
	select {
	case <-gate.Held():
	case <-time.After(patience):
		t.Fatal("the room is not left")
	}
	f.stopBot()
	open()
	f.options = func(o *community.Options) { o.DryRun = true }
	f.start()
	f.settle()
	if got := f.membership(f.rooms[0], f.bot.UserID); got != event.MembershipJoin {
		t.Errorf("in a dry run the room is left: %s", got)
	}
	f.say("!forseti dry-run off")
	f.hear("Dry run is off")
	f.eventually("leave the room", func() bool { return f.membership(f.rooms[0], f.bot.UserID) == event.MembershipLeave })
}

// rulesFor counts the rules about an entity in the list.
func (f *fixture) rulesFor(entity string) (n int) {
	f.t.Helper()
	state, err := f.mod.State(f.t.Context(), f.list)
	f.must(err)
	for _, byKey := range state {
		for _, evt := range byKey {
			if evt.Content.Raw["entity"] == entity {
				n++
			}
		}
	}
	return n
}

// What the journal and the state say of whose ban it is, on both kinds of store.
func TestOwnershipOfBans(t *testing.T) {
	stores(t, func(t *testing.T, fixture func(int) *fixture) {
		f := fixture(2)
		ours, theirs := f.member("ours"), f.member("theirs")
		_, err := f.mod.BanUser(t.Context(), f.rooms[0], &mautrix.ReqBanUser{UserID: theirs.UserID, Reason: "by hand"})
		f.must(err)
		f.rule(f.list, "user", "1", string(ours.UserID))
		f.rule(f.list, "user", "2", string(theirs.UserID))
		f.start()
		f.banned(ours.UserID)
		f.banned(theirs.UserID)
		f.restart()
		f.rule(f.list, "user", "1", "")
		f.rule(f.list, "user", "2", "")
		f.freed(ours.UserID)
		f.eventually("free where the ban was ours", func() bool { return f.membership(f.rooms[1], theirs.UserID) == event.MembershipLeave })
		f.settle()
		if got := f.membership(f.rooms[0], theirs.UserID); got != event.MembershipBan {
			t.Errorf("the moderator's ban is now %s", got)
		}
	})
}

// Questions, a no, settings and told problems are kept, on both kinds of store.
func TestWhatARestartKeeps(t *testing.T) {
	stores(t, func(t *testing.T, fixture func(int) *fixture) {
		f := fixture(1)
		f.limits(2)
		users := f.crowd("wide", 3)
		f.start()
		f.hear("Hello")
		f.say("!forseti enable flooding")
		f.hear("flooding", "on")
		f.say("!forseti dry-run on")
		f.hear("Dry run is on")
		f.restart()
		f.say("!forseti status")
		f.hear("dry run", "flooding")
		f.say("!forseti dry-run off")
		f.hear("Dry run is off")
		f.rule(f.list, "user", "1", "@wide*")
		f.hear("React with")
		f.restart()
		f.settle()
		f.untouched(users[0].UserID)
		f.react("✅")
		for _, u := range users {
			f.banned(u.UserID)
		}
		f.restart()
		f.settle()
		if n := f.times("React with"); n != 1 {
			t.Errorf("asked %d times: %q", n, f.heard())
		}
	})
}

// What a moderator was told is done is done, however soon after that the bot is
// gone.
func TestAnsweredIsStored(t *testing.T) {
	f := newFixture(t, 1)
	f.limits(2)
	users := f.crowd("wide", 3)
	// Nothing comes by sync any more, once it has brought the last word.
	var silent atomic.Bool
	const last = "messages 3"
	f.proxy.On(faults.Sync, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if silent.Load() {
			<-r.Context().Done()
			panic(http.ErrAbortHandler)
		}
		faults.Edit(func(answer map[string]any) {
			if strings.Contains(fmt.Sprint(answer), last) {
				silent.Store(true)
			}
		})(w, r, next)
	})
	f.start()
	f.hear("Hello")
	f.say("!forseti enable flooding")
	f.hear("flooding", "on")
	f.rule(f.list, "user", "1", "@wide*")
	f.react("❌")
	f.hear("said no")
	f.say("!forseti config set flooding " + last)
	f.hear("messages", "10", "3")
	f.stopBot()
	silent.Store(false)
	f.proxy.On(faults.Sync, faults.Pass)
	f.start()
	f.say("!forseti protections show flooding")
	f.hear("flooding", "on", "3")
	f.settle()
	for _, u := range users {
		f.untouched(u.UserID)
	}
}

// A ban that waits in a room that is removed is over: nothing carries it out against a
// later unban, and neither does a restart. The log says what was done.
func TestRemovedRoomForgetsItsBan(t *testing.T) {
	f := newFixture(t, 2)
	var out logged
	log := zerolog.New(&out).Level(zerolog.InfoLevel)
	f.log = &log
	user := f.member("friend")
	f.start()
	f.hear("Hello")
	gone := f.rooms[1]
	up := f.proxy.On(faults.In(string(gone), faults.Ban), faults.Answer(http.StatusInternalServerError, "M_UNKNOWN"))
	f.say("!forseti ban " + string(user.UserID) + " mistaken")
	f.eventually("ban in one room and try the other", func() bool {
		return f.membership(f.rooms[0], user.UserID) == event.MembershipBan && len(f.proxy.Requests(faults.In(string(gone), faults.Ban))) > 0
	})
	f.say("!forseti rooms remove " + string(gone) + " --no-confirm")
	f.eventually("remove the room", func() bool {
		return slices.ContainsFunc(f.heard(), func(said string) bool {
			return strings.Contains(said, "no longer") || strings.Contains(said, "No longer")
		})
	})
	f.say("!forseti unban " + string(user.UserID) + " --no-confirm")
	f.eventually("unban", func() bool { return f.membership(f.rooms[0], user.UserID) == event.MembershipLeave })
	for _, verb := range []string{"ban", "unban"} {
		f.eventually("log a "+verb, func() bool {
			return out.says(`"level":"info"`, `"verb":"`+verb+`"`, string(f.rooms[0]), string(user.UserID), `"message":"Done"`)
		})
	}
	up()
	f.proxy.Forget()
	f.restart()
	f.settle()
	f.settle()
	if again := f.proxy.Requests(faults.Ban); len(again) > 0 {
		t.Errorf("%d bans of who was freed", len(again))
	}
	if got := f.membership(gone, user.UserID); got != event.MembershipJoin {
		t.Errorf("in the room that was removed the user is %s", got)
	}
}

// says reports whether a line of the log has all of some words.
func (l *logged) says(words ...string) bool {
	for line := range strings.Lines(l.String()) {
		if !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(line, word) }) {
			return true
		}
	}
	return false
}
