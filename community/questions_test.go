package community_test

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/community"
	"forseti/internal/faults"
)

// crowd joins users whose names begin with a word.
func (f *fixture) crowd(word string, n int) []*mautrix.Client {
	f.t.Helper()
	users := make([]*mautrix.Client, n)
	var joins sync.WaitGroup
	for i := range users {
		joins.Go(func() { users[i] = f.member(fmt.Sprintf("%s%d", word, i)) })
	}
	joins.Wait()
	return users
}

// limits makes the blast radius small, so that few users are many.
func (f *fixture) limits(members int) {
	f.options = func(o *community.Options) { o.Settings.Limits.Members = members }
}

// shown is a message of the bot's as it stands now.
type shown struct {
	id     id.EventID
	body   string
	edited time.Time // zero if it never was
}

// messages are those that the bot sent to the management room, oldest first.
func (f *fixture) messages() (all []shown) {
	f.t.Helper()
	for _, evt := range f.timeline(f.management) {
		if evt.Sender != f.bot.UserID || evt.Type.Type != "m.room.message" {
			continue
		}
		body, _ := evt.Content.Raw["body"].(string)
		relates, _ := evt.Content.Raw["m.relates_to"].(map[string]any)
		if relates["rel_type"] != "m.replace" {
			all = append(all, shown{id: evt.ID, body: body})
			continue
		}
		for i := range all {
			if string(all[i].id) == relates["event_id"] {
				all[i].body, all[i].edited = body, time.UnixMilli(evt.Timestamp)
			}
		}
	}
	return all
}

// reactAs answers the bot's last question that holds the words, as it stands now. Like
// people do it takes its time to read what was edited.
func (f *fixture) reactAs(who *mautrix.Client, key string, words string) {
	f.t.Helper()
	_, err := who.SendReaction(f.t.Context(), f.management, f.posed(words), key)
	f.must(err)
}

// posed is the bot's last question that holds the words, when one has had time to read it.
func (f *fixture) posed(words string) (question id.EventID) {
	f.t.Helper()
	const reading = 6 * time.Second // what the bot gives people, and how slow a busy machine may be
	f.eventually("be asked about "+words, func() bool {
		for _, m := range f.messages() {
			if (strings.Contains(m.body, "React with") || strings.Contains(m.body, "👎 wrong")) && strings.Contains(m.body, words) && time.Since(m.edited) > reading {
				question = m.id
			}
		}
		return question != ""
	})
	return question
}

// A no holds, over restarts and looks; the rule is listed and followed nowhere. An
// edit of it is another rule, and asked about anew.
func TestNoIsKept(t *testing.T) {
	f := newFixture(t, 1)
	f.limits(2)
	users := f.crowd("wide", 3)
	f.start()
	f.hear("Hello")
	f.rule(f.list, "user", "1", "@wide*")
	f.react("❌")
	f.hear("said no")
	f.settle()
	f.restart()
	f.settle()
	for _, u := range users {
		f.untouched(u.UserID)
	}
	f.late("No, said", "✅", "❌\ufe0f", "✅\ufe0f") // the same sign twice is refused by some homeservers
	f.hear("That was decided already", "said no", "!forseti release")
	f.rule(f.list, "user", "1", "@wide?-*")
	f.reactAs(f.mod, "👍", "@wide?-*") // to many it means "seen"
	f.hear("✅ or ❌?")
	for _, u := range users {
		f.untouched(u.UserID)
	}
	f.reactAs(f.mod, "✅", "@wide?-*")
	for _, u := range users {
		f.banned(u.UserID)
	}
	f.hear("Yes, said")
	if all := strings.Count(strings.Join(f.heard(), "\n"), "decided already"); all != 1 {
		t.Errorf("said %d times that it was decided already", all)
	}
}

// late has the moderator react to what a message of the bot's was that is closed by now.
func (f *fixture) late(words string, signs ...string) {
	f.t.Helper()
	for _, m := range f.messages() {
		if !strings.Contains(m.body, words) {
			continue
		}
		for _, sign := range signs {
			_, err := f.mod.SendReaction(f.t.Context(), f.management, m.id, sign)
			f.must(err)
		}
		return
	}
	f.t.Fatalf("no message says %q", words)
}

// Only moderators answer: neither who is no moderator any more, nor who never
// was. Another reaction, or one to another message, is no answer.
func TestWhoMayAnswer(t *testing.T) {
	f := newFixture(t, 1)
	f.limits(2)
	users := f.crowd("wide", 3)
	former := f.server.Client(t, "former")
	f.join(f.management, former)
	f.start()
	f.hear("Hello")
	f.rule(f.list, "user", "1", "@wide*")
	f.hear("React with")
	// A message of the former moderator's that looks like the question.
	_, err := former.SendText(t.Context(), f.management, "React with ✅ for yes")
	f.must(err)
	f.reactAs(f.mod, "🤔", "@wide*")
	said := f.say("is this one about @wide*?")
	_, err = f.mod.SendReaction(t.Context(), f.management, said, "✅")
	f.must(err)
	f.settle()
	for _, u := range users {
		f.untouched(u.UserID)
	}
	// The reaction is in the room; that its sender is none is for the bot to see.
	f.stopBot()
	f.reactAs(former, "✅", "@wide*")
	_, err = f.mod.KickUser(t.Context(), f.management, &mautrix.ReqKickUser{UserID: former.UserID})
	f.must(err)
	f.eventually("see the kick", func() bool {
		return slices.ContainsFunc(f.timeline(f.management), func(e *event.Event) bool {
			return e.GetStateKey() == string(former.UserID) && e.Sender == f.mod.UserID
		})
	})
	f.start()
	f.settle()
	for _, u := range users {
		f.untouched(u.UserID)
	}
	f.react("✅")
	for _, u := range users {
		f.banned(u.UserID)
	}
}

// A rule whose question is open and that goes away takes its question along.
func TestQuestionIsWithdrawn(t *testing.T) {
	f := newFixture(t, 1)
	f.limits(2)
	users := f.crowd("wide", 3)
	f.start()
	f.hear("Hello")
	f.rule(f.list, "user", "1", "@wide*")
	f.hear("React with")
	f.rule(f.list, "user", "1", "")
	f.hear("No longer needed")
	f.late("No longer needed", "✅")
	f.hear("That question is over")
	f.settle()
	for _, u := range users {
		f.untouched(u.UserID)
	}
}

// One list's literal rules that come one by one each hit one; a list that is new
// is one change, and so is a room.
func TestWholeListsAndRoomsWait(t *testing.T) {
	f := newFixture(t, 1)
	f.limits(2)
	users := f.crowd("many", 3)
	shared := f.room("shared list", "m.policy", f.bot)
	for i, u := range users {
		f.rule(shared, "user", fmt.Sprint(i), string(u.UserID))
	}
	f.start()
	f.hear("Hello")
	f.say("!forseti watch " + string(shared))
	f.reactAs(f.mod, "✅", "shared list")
	for _, u := range users {
		f.banned(u.UserID)
	}
	other := f.room("another room", "")
	for _, u := range users {
		f.join(other, u)
	}
	f.say("!forseti rooms add " + string(other))
	f.reactAs(f.mod, "✅", "another room")
	for _, u := range users {
		f.eventually("ban in the new room", func() bool { return f.membership(other, u.UserID) == event.MembershipBan })
	}
}

// A crash may come after something was held back and before anybody was asked
// about it. It is asked about at the next start.
func TestLostQuestionIsAskedAgain(t *testing.T) {
	f := newFixture(t, 1)
	f.limits(2)
	users := f.crowd("wide", 3)
	other := f.room("another room", "")
	f.start()
	f.hear("Hello")
	f.rule(f.list, "user", "1", "@wide*")
	f.react("✅")
	for _, u := range users {
		f.banned(u.UserID)
		f.join(other, u)
	}
	f.say("!forseti rooms add " + string(other))
	f.hear("another room", "React with")
	f.rule(f.list, "user", "2", "@*")
	f.hear("everyone", "React with")
	f.settle()
	f.stopBot()
	db, err := sql.Open("sqlite", strings.TrimPrefix(f.database, "sqlite:"))
	f.must(err)
	_, err = db.ExecContext(t.Context(), "DELETE FROM question")
	f.must(err)
	f.must(db.Close())
	f.start()
	f.eventually("ask both again", func() bool { return f.times("React with") == 5 })
	for _, u := range users {
		if got := f.membership(other, u.UserID); got != event.MembershipJoin {
			t.Errorf("without a yes, %s is %s", u.UserID, got)
		}
	}
	f.reactAs(f.mod, "✅", "another room")
	for _, u := range users {
		f.eventually("ban in the other room", func() bool { return f.membership(other, u.UserID) == event.MembershipBan })
	}
}

// A server that many are on waits too, as a command and as a rule of others.
func TestWideServerWaits(t *testing.T) {
	f := newFixture(t, 1)
	f.limits(2)
	f.start()
	f.hear("Hello")
	for _, u := range []id.UserID{"@a:big.example", "@b:big.example", "@c:big.example"} {
		f.remote(f.rooms[0], u, "join")
	}
	f.say("!forseti ban big.example")
	f.reactAs(f.mod, "❌", "big.example")
	f.hear("Left undone")
	f.rule(f.list, "server", "1", "*.example")
	f.settle()
	if denied := f.deny(f.rooms[0]); len(denied) > 0 {
		t.Errorf("without a yes, the ACL denies %q", denied)
	}
	f.reactAs(f.mod, "✅", "*.example")
	f.eventually("deny after a yes", func() bool { return len(f.deny(f.rooms[0])) == 1 })
}

// A yes that was given before its question was edited is about what stood there then,
// however late it is heard.
func TestYesIsToWhatStoodThere(t *testing.T) {
	for _, restarts := range []bool{false, true} {
		t.Run(fmt.Sprintf("restarts=%v", restarts), func(t *testing.T) {
			f := newFixture(t, 1)
			f.limits(2)
			first, second := f.crowd("first", 3), f.crowd("second", 3)
			f.start()
			f.hear("Hello")
			f.rule(f.list, "user", "1", "@first*")
			f.hear("@first*", "React with")
			question := f.messages()[len(f.messages())-1]
			edits, syncs := faults.NewGate(), faults.NewGate()
			send := f.proxy.On(faults.In("m.room.message", faults.Speech), edits.Fault)
			f.rule(f.list, "user", "2", "@second*")
			<-edits.Held() // the bot has seen the second rule, and is about to say so
			hear := f.proxy.On(faults.Sync, syncs.Fault)
			f.say("Hm.") // ends the poll that is under way
			<-syncs.Held()
			_, err := f.mod.SendReaction(t.Context(), f.management, question.id, "✅")
			f.must(err)
			send()
			edits.Open()
			f.eventually("edit the question after the answer", func() bool {
				i := slices.IndexFunc(f.messages(), func(m shown) bool { return m.id == question.id })
				m := f.messages()[i]
				return strings.Contains(m.body, "@second*") && time.Since(m.edited) > 4*time.Second
			})
			if restarts {
				f.stopBot()
			}
			hear()
			syncs.Open()
			if restarts {
				f.start()
			}
			for _, u := range first {
				f.banned(u.UserID)
			}
			f.settle()
			for _, u := range second {
				f.untouched(u.UserID)
			}
			f.reactAs(f.mod, "✅", "@second*")
			for _, u := range second {
				f.banned(u.UserID)
			}
		})
	}
}
