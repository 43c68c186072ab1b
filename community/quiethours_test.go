package community_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/internal/faults"
	"forseti/store"
)

// In quiet hours what is found is told, and rings nobody's phone, also after a restart, but for
// what is to be heard all the same; when they are over, it rings again. In place of all it rings
// for who is on duty. What asks nothing of moderators is said in a room of its own, until that is
// lost; and hours are by their own clocks.
func TestQuietByDesign(t *testing.T) {
	long(t)
	f := newFixture(t, 1)
	room := f.rooms[0]
	first, second, third := f.member("first"), f.member("second"), f.member("third")
	f.start()
	f.hear("Hello")
	rings := func(of string) (n int) {
		for _, evt := range f.timeline(f.management) {
			body, _ := evt.Content.Raw["body"].(string)
			mentions, _ := evt.Content.Raw["m.mentions"].(map[string]any)
			users, _ := mentions["user_ids"].([]any)
			if evt.Sender == f.bot.UserID && evt.Type == event.EventMessage && slices.Contains(users, any(string(f.mod.UserID))) && strings.Contains(body, of) {
				n++
			}
		}
		return n
	}
	rude := func(user *mautrix.Client, word string) {
		t.Helper()
		sent, err := user.SendText(t.Context(), room, "you "+word)
		f.must(err)
		f.removed(room, []id.EventID{sent.EventID})
		f.hear(string(user.UserID), "words")
	}
	f.say("!forseti enable words")
	f.say("!forseti config add words list.rude zebracorn")
	f.say("!forseti alerts ping light " + string(f.mod.UserID))
	f.hear("`light`", "is called")
	now := time.Now().UTC()
	f.say(fmt.Sprintf("!forseti alerts quiet %s-%s except attack", now.Add(-2*time.Hour).Format("15:04"), now.Add(2*time.Hour).Format("15:04")))
	f.hear("nobody is called")
	rude(first, "zebracorn")
	f.settle()
	f.restart()
	rude(second, "zebracorn")
	f.settle()
	if n := rings("light"); n != 0 {
		t.Errorf("in quiet hours it rang %d times", n)
	}
	f.say("!forseti alerts quiet off")
	f.say("!forseti time zone Berlin")
	f.hear("the nearest is `Europe/Berlin`")
	f.say("!forseti time zone Europe/Berlin")
	berlin, err := time.LoadLocation("Europe/Berlin")
	f.must(err)
	f.say("!forseti digest at 08:00")
	f.hear("daily 08:00 (Europe/Berlin)")
	f.say("!forseti alerts ping light @room")
	f.say("!forseti on duty for 2h")
	f.hear("On duty: `" + string(f.mod.UserID))
	f.settle()
	rude(third, "zebracorn")
	f.eventually("ring again", func() bool { return rings("light") == 1 })

	log := f.room("log", "", f.bot)
	f.say("!forseti alerts log " + string(log))
	f.hear("cannot be that room: anybody can join it")
	f.state(log, "m.room.join_rules", "", map[string]any{"join_rule": "invite"})
	f.say("!forseti alerts log " + string(log))
	f.hear("What asks nothing of you is said in")
	told := func(room id.RoomID, of string) (n int) {
		for _, evt := range f.timeline(room) {
			if body, _ := evt.Content.Raw["body"].(string); evt.Sender == f.bot.UserID && strings.Contains(body, of) {
				n++
			}
		}
		return n
	}
	f.rule(f.list, "user", "first", string(first.UserID))
	f.eventually("tell apart", func() bool { return told(log, "Banned `"+string(first.UserID)) == 1 })
	if n := f.times("Banned `" + string(first.UserID)); n != 0 {
		t.Errorf("it is said %d times to moderators as well", n)
	}
	f.levelBy(f.bot, log, f.bot.UserID, 0)
	f.must1(f.mod.KickUser(t.Context(), log, &mautrix.ReqKickUser{UserID: f.bot.UserID}))
	f.rule(f.list, "user", "second", string(second.UserID))
	f.hear("The log room", "cannot be used")
	f.hear("Banned `" + string(second.UserID))
	f.digested(berlin)
	f.say("!forseti digest")
	f.hear("(Europe/Berlin)", "The picture above")
	if n := f.times("cannot be used"); n != 1 {
		t.Errorf("that it is lost is said %d times", n)
	}
}

// digested has a digest be due, and the bot be ended when it is sent and before anybody knows: with its picture, it stands there
// once.
func (f *fixture) digested(zone *time.Location) {
	f.t.Helper()
	hour := time.Now().In(zone).Add(-time.Hour).Format("15:04")
	f.say("!forseti digest at " + hour)
	f.hear("daily " + hour)
	f.stopBot()
	db, err := store.Open(f.t.Context(), f.database, zerolog.Nop())
	f.must(err)
	home, err := db.Community(f.t.Context(), f.management)
	f.must(err)
	f.must(home.Settings.Set(f.t.Context(), "mode", "digested", time.Now().Add(-24*time.Hour).UTC()))
	f.must(db.Close())
	sent := make(chan struct{})
	var once sync.Once
	digest := func(_, path string) bool { return strings.Contains(path, "/forseti-digest-") }
	undo := f.proxy.On(digest, func(_ http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(httptest.NewRecorder(), r)
		once.Do(func() { close(sent) })
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	})
	f.start()
	select {
	case <-sent:
	case <-time.After(patience):
		f.t.Fatal("no digest is sent")
	}
	f.stopBot()
	undo()
	f.start()
	pictures := func() (n int) {
		for _, evt := range f.timeline(f.management) {
			if url, _ := evt.Content.Raw["url"].(string); evt.Sender == f.bot.UserID && evt.Content.Raw["msgtype"] == "m.image" && strings.HasPrefix(url, "mxc://") {
				n++
			}
		}
		return n
	}
	f.eventually("know that it is sent", func() bool {
		return slices.ContainsFunc(f.proxy.Requests(digest), func(r faults.Request) bool { return r.Status == http.StatusOK })
	})
	if n := pictures(); n != 1 {
		f.t.Errorf("there are %d digests", n)
	}
}
