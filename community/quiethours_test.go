package community_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// In quiet hours what is found is told, and rings nobody's phone, also after a restart, but for
// what is to be heard all the same; when they are over, it rings again.
func TestQuietHoursRingNoPhone(t *testing.T) {
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
	f.settle()
	rude(third, "zebracorn")
	f.eventually("ring again", func() bool { return rings("light") == 1 })
}
