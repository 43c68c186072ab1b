package community_test

import (
	"net/http"
	"strings"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// asked waits until a user was asked in a direct chat, joins it, and gives the question.
func (f *fixture) asked(user *mautrix.Client, words string) (chat id.RoomID, question id.EventID) {
	f.t.Helper()
	since := "" // Synapse gives who asks for everything once more what it gave them before
	f.eventually("ask "+string(user.UserID), func() bool {
		var answer struct {
			Next  string `json:"next_batch"`
			Rooms struct {
				Invite map[id.RoomID]any `json:"invite"`
			} `json:"rooms"`
		}
		query := map[string]string{"timeout": "0"}
		if since != "" {
			query["since"] = since
		}
		_, err := user.MakeRequest(f.t.Context(), http.MethodGet, user.BuildURLWithQuery(mautrix.ClientURLPath{"v3", "sync"}, query), nil, &answer)
		f.must(err)
		since = answer.Next
		for room := range answer.Rooms.Invite {
			chat = room
		}
		return chat != ""
	})
	f.join(chat, user)
	f.eventually("say the rules", func() bool {
		messages, err := user.Messages(f.t.Context(), chat, "", "", mautrix.DirectionBackward, nil, 50)
		f.must(err)
		for _, evt := range messages.Chunk {
			if body, _ := evt.Content.Raw["body"].(string); evt.Type.Type == "m.room.message" && strings.Contains(body, words) {
				question = evt.ID
			}
		}
		return question != ""
	})
	return chat, question
}

// Who knocks gets the rules, and comes in by a reaction, also if the bot was away when they
// gave it; whom a list bans does not.
func TestGateOfARoom(t *testing.T) {
	f := newFixture(t, 1)
	room := f.rooms[0]
	f.state(room, "m.room.join_rules", "", map[string]any{"join_rule": "knock"})
	f.start()
	f.hear("Hello")
	f.say("!forseti enable join-gate")
	f.say("!forseti config set join-gate rules Please be *very* kind.")
	f.hear("`rules`", "very")
	knocks := func(name string) *mautrix.Client {
		user := f.server.Client(t, name)
		// Dendrite has no request for it, and takes the event.
		_, err := user.SendStateEvent(t.Context(), room, event.StateMember, string(user.UserID), map[string]any{"membership": "knock"})
		f.must(err)
		return user
	}
	first, second, third := knocks("first"), knocks("second"), knocks("third")
	accepts := func(user *mautrix.Client) {
		chat, question := f.asked(user, "Please be")
		_, err := user.SendReaction(t.Context(), chat, question, "✅")
		f.must(err)
	}
	accepts(first)
	f.eventually("let in who accepts", func() bool { return f.membership(room, first.UserID) == event.MembershipInvite })
	f.join(room, first)
	f.hear("asks to be let into", "second")
	chat, question := f.asked(second, "Please be")
	thirdChat, toThird := f.asked(third, "Please be")
	f.stopBot()
	_, err := second.SendReaction(t.Context(), chat, question, "✅")
	f.must(err)
	f.start()
	f.eventually("let in who accepted meanwhile", func() bool { return f.membership(room, second.UserID) == event.MembershipInvite })
	f.rule(f.list, "user", "third", string(third.UserID))
	f.eventually("ban the third", func() bool { return f.membership(room, third.UserID) == event.MembershipBan })
	_, err = third.SendReaction(t.Context(), thirdChat, toThird, "✅")
	f.must(err)
	f.settle()
	if is := f.membership(room, third.UserID); is != event.MembershipBan {
		t.Errorf("whom a list bans is %s", is)
	}

	// With voice instead: who joins cannot write until they accept, and has then the level that
	// they had.
	f.state(room, "m.room.join_rules", "", map[string]any{"join_rule": "public"})
	f.say("!forseti config set join-gate at voice")
	f.hear("`at`", "voice")
	levels := f.content(room, "m.room.power_levels")
	fourth := f.server.Client(t, "fourth")
	f.join(room, fourth)
	chat, question = f.asked(fourth, "Please be")
	f.eventually("mute who joins", func() bool {
		_, err := fourth.SendText(t.Context(), room, "hello")
		return err != nil
	})
	_, err = fourth.SendReaction(t.Context(), chat, question, "✅")
	f.must(err)
	f.eventually("give the voice", func() bool {
		_, err := fourth.SendText(t.Context(), room, "thank you")
		return err == nil
	})
	users := func(levels map[string]any) map[string]any { u, _ := levels["users"].(map[string]any); return u }
	if before, after := users(levels), users(f.content(room, "m.room.power_levels")); len(before) != len(after) {
		t.Errorf("levels were %v and are %v", before, after)
	}
}
