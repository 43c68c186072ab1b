package community_test

import (
	"slices"
	"strings"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/internal/cryptoclient"
	"forseti/matrix/e2ee"
)

// alerted waits until the bot has told all of the words in one message, and gives that.
func (s *sealed) alerted(words ...string) (found id.EventID) {
	s.t.Helper()
	s.eventually("be told in secret "+strings.Join(words, ", "), func() bool {
		for _, evt := range s.secret.Events() {
			body, _ := evt.Content.Raw["body"].(string)
			if evt.Sender == s.bot.UserID && !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(body, w) }) {
				found = evt.ID
				return true
			}
		}
		return false
	})
	return found
}

// A moderator marks a message of an encrypted room as spam, by a word to the alert about it. One
// that is nearly the same is found from then on, at first in shadow, also after a restart; and no
// more once it is said to be none.
func TestWhatIsMarkedIsLearned(t *testing.T) {
	long(t)
	s := newSealed(t, 0, e2ee.Any)
	room := s.secretRoom()
	first, second, third := s.talker("first", room), s.talker("second", room), s.talker("third", room)
	s.start()
	s.whisper("!forseti enable words")
	s.whisper("!forseti config add words list.x robot")
	s.answered("list.x", "robot")
	offers := func(who *cryptoclient.Client, body string) id.EventID {
		sent, err := who.SendText(t.Context(), room, body)
		s.must(err)
		return sent.EventID
	}
	offers(first, "Earn 5000 dollars a week with our trading robot, just write to me and join today")
	alert := s.alerted(string(first.UserID), "wrote")
	_, err := s.secret.SendMessageEvent(t.Context(), s.management, event.EventMessage, map[string]any{
		"msgtype": "m.text", "body": "spam", "m.relates_to": map[string]any{"m.in_reply_to": map[string]any{"event_id": string(alert)}},
	})
	s.must(err)
	s.answered("Marked as spam", string(first.UserID), "!forseti enable learned")
	s.eventually("ban who sent it", s.everywhere(first.UserID, event.MembershipBan))

	s.whisper("!forseti disable words") // it is found by nothing else
	s.answered("words", "off")
	offers(second, "Earn 9000 dollars a week with our trading robot, just write to me and join today!")
	s.answered("learned", "in shadow", string(second.UserID))

	s.restart()
	s.whisper("!forseti enable learned")
	s.answered("learned` is now on")
	found := offers(third, "EARN 7000 DOLLARS A WEEK with our trading rоbot, just write to me and join today")
	s.removed(room, []id.EventID{found})
	s.eventually("ban who sends what is like it", s.everywhere(third.UserID, event.MembershipBan))

	s.whisper("!forseti not spam https://matrix.to/#/" + string(room) + "/" + string(found))
	s.answered("Marked as no spam", string(third.UserID))
	s.eventually("lift the ban", s.everywhere(third.UserID, event.MembershipLeave))
	s.whisper("!forseti samples")
	s.answered("Nothing was marked as spam so far")
	stays := offers(second, "Earn 9000 dollars a week with our trading robot, just write to me and join today!!")
	s.whisper("!forseti shadow learned") // what is in the batch before is looked at by then
	s.answered("learned` is now in shadow")
	for _, evt := range s.timeline(room) {
		if evt.ID == stays && evt.Unsigned.RedactedBecause != nil {
			t.Error("what is no spam was removed")
		}
	}
}
