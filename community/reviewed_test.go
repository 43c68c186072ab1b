package community_test

import (
	"slices"
	"strings"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/internal/faults"
)

// hearsIn waits until the bot has said something in a direct chat.
func (f *fixture) hearsIn(chat id.RoomID, user *mautrix.Client, words string) {
	f.t.Helper()
	f.eventually("say "+words, func() bool {
		messages, err := user.Messages(f.t.Context(), chat, "", "", mautrix.DirectionBackward, nil, 50)
		f.must(err)
		return slices.ContainsFunc(messages.Chunk, func(evt *event.Event) bool {
			body, _ := evt.Content.Raw["body"].(string)
			return evt.Sender == f.bot.UserID && strings.Contains(body, words)
		})
	})
}

// What protections did is looked at again by people: an appeal, a note, verdicts on cases, and what
// others undo by hand in their clients. What is undone is undone in the room and in the record.
func TestVerdictsAreReviewed(t *testing.T) {
	f := newFixture(t, 1)
	room := f.rooms[0]
	plaintiff, quiet, banned, upheld := f.member("plaintiff"), f.member("quiet"), f.member("banned"), f.member("upheld")
	f.start()
	f.hear("Hello")
	f.say("!forseti enable words")
	f.say("!forseti config add words list.rude zebracorn")
	f.say("!forseti config set words tell mute")
	f.say("!forseti config set words brake-undone none")
	f.say("!forseti alerts ping light " + string(f.mod.UserID))
	f.hear("`light`", "is called here")
	f.say("!forseti alerts room light " + string(room)) // any room that the bot is in
	f.hear("is called in")
	f.say("!forseti config set words consequence mute 2h")
	f.hear("consequence", "mute 2h")
	rude := func(user *mautrix.Client) {
		t.Helper()
		sent, err := user.SendText(t.Context(), room, "you zebracorn")
		f.must(err)
		f.removed(room, []id.EventID{sent.EventID})
	}
	speaks := func(user *mautrix.Client) bool {
		_, err := user.SendText(t.Context(), room, "may I?")
		return err == nil
	}
	rude(plaintiff)
	f.eventually("mute them", func() bool { return !speaks(plaintiff) })
	f.eventually("call the moderator there", func() bool {
		return slices.ContainsFunc(f.timeline(room), func(evt *event.Event) bool {
			body, _ := evt.Content.Raw["body"].(string)
			mentions, _ := evt.Content.Raw["m.mentions"].(map[string]any)
			users, _ := mentions["user_ids"].([]any)
			return evt.Sender == f.bot.UserID && slices.Contains(users, any(string(f.mod.UserID))) && strings.Contains(body, "light")
		})
	})

	chat, _ := f.asked(plaintiff, "you cannot write")
	_, err := plaintiff.SendText(t.Context(), chat, "It is an animal!")
	f.must(err)
	f.hear(string(plaintiff.UserID), "appeals case 1", "It is an animal")
	f.hearsIn(chat, plaintiff, "I brought that to the moderators")
	f.say("!forseti appeals")
	f.hear("1 appeal waits for your answer", "case 1")
	f.say("!forseti case 1 note a friend of mine")
	f.hear("I noted that on case 1")
	f.say("!forseti case 1")
	f.hear("Case 1", "They have appealed", "a friend of mine")
	f.say("!forseti case 1 overturn you are right")
	f.hear("Case 1 is overturned")
	f.eventually("let them speak", func() bool { return speaks(plaintiff) })
	f.hearsIn(chat, plaintiff, "took back what was done")
	f.hearsIn(chat, plaintiff, "They say: you are right")
	f.say("!forseti why " + string(plaintiff.UserID))
	f.hear(string(plaintiff.UserID), "They have 0 points by now")

	// Sync brings the mute and its end while the bot still looks at what it wrote.
	gate := faults.NewGate()
	ungate := f.proxy.On(faults.In("/event/", faults.Everything), gate.Fault)
	sent, err := quiet.SendText(t.Context(), room, "you zebracorn")
	f.must(err)
	<-gate.Held()
	f.eventually("mute them", func() bool { return !speaks(quiet) })
	f.level(room, quiet.UserID, 0) // as Element does it
	f.eventually("let them speak", func() bool { return speaks(quiet) })
	f.say("!forseti stats")
	f.hear("Found in the last 7 days: 2") // what came before is heard too
	gate.Open()
	ungate()
	f.removed(room, []id.EventID{sent.EventID})

	f.say("!forseti config set words consequence ban 2d")
	f.hear("consequence", "ban 2d")
	rude(banned)
	f.banned(banned.UserID)
	f.say("!forseti case 3 overturn")
	f.hear("Case 3 is overturned")
	f.freed(banned.UserID)

	rude(upheld)
	f.banned(upheld.UserID)
	f.say("!forseti case 4 uphold")
	f.hear("Case 4 is upheld")
	const answer = "Found in the last"
	record := func(want string) { // once the bot has heard of what was done by others
		t.Helper()
		f.eventually("count "+want, func() bool {
			before := f.times(answer)
			f.say("!forseti stats")
			f.eventually("count", func() bool { return f.times(answer) > before })
			all := f.heard()
			return strings.Contains(all[len(all)-1], want)
		})
	}
	record("`words`: 4 (ban 2, mute 2), 3 undone (75 %)")
	_, err = f.mod.UnbanUser(t.Context(), room, &mautrix.ReqUnbanUser{UserID: upheld.UserID})
	f.must(err)
	record("`words`: 4 (ban 2, mute 2), all undone")
	for _, evt := range f.timeline(f.management) {
		mentions, _ := evt.Content.Raw["m.mentions"].(map[string]any)
		if evt.Sender == f.bot.UserID && len(mentions) > 0 { // who is to be called is called elsewhere
			t.Errorf("%v calls %v", evt.Content.Raw["body"], mentions)
		}
	}
}
