package report_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community/report"
)

// What stands in the way of many people for one cause is one sentence, by where and why, and all of them are named when it is
// unfolded.
func TestHindrancesAreGathered(t *testing.T) {
	for _, tt := range []struct {
		name  string
		users int
		lost  bool // it is known that we are not in the room
		rooms []string
		whys  []string // by turns
		want  string
		folds string
	}{
		{"three in a lost room", 3, false, []string{"Lost"}, []string{"I am not in the room"},
			"I cannot unban `@u0:evil.example`, `@u1:evil.example` and `@u2:evil.example` in Lost: I am not in the room. I go on when that changes.", ""},
		{"told by us and by the homeserver", 3, true, []string{"Lost"}, []string{"I am not in the room", "it is not there, or I am not in the room"},
			"I cannot unban `@u0:evil.example`, `@u1:evil.example` and `@u2:evil.example` in Lost: I am not in the room. I go on when that changes.", ""},
		{"a crowd", 40, false, []string{"Lost"}, []string{"I am not in the room"},
			"I cannot unban `@u0:evil.example`, `@u10:evil.example`, `@u11:evil.example` and 37 more users in Lost: I am not in the room. I go on when that changes.",
			"Cannot unban, 40: "},
		{"a crowd in two lost rooms", 40, false, []string{"Lost", "Gone"}, []string{"I am not in the room"},
			"I cannot unban `@u0:evil.example`, `@u10:evil.example`, `@u11:evil.example` and 37 more users in Gone and Lost: I am not in the room. I go on when that changes.",
			"Cannot unban, 40: "},
		{"many rooms", 2, false, []string{"A", "B", "C", "D", "E"}, []string{"I am not in the room"},
			"I cannot unban `@u0:evil.example` and `@u1:evil.example` in 5 rooms: I am not in the room. I go on when that changes.",
			"Rooms, 5: A, B, C, D and E."},
		{"two causes", 4, false, []string{"Lost"}, []string{"I am not in the room", "it stands too high"},
			"I cannot unban `@u0:evil.example` and `@u2:evil.example` in Lost: I am not in the room. I cannot unban `@u1:evil.example` and `@u3:evil.example` in Lost: it stands too high. I go on when that changes.", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newChat()
			c.Replies.Begin("$c", c.now)
			for _, room := range tt.rooms {
				if room == "Lost" && tt.lost {
					c.Problems.Note(report.Key{Kind: report.Presence, Room: "!Lost:hs"}, "I am not in Lost and cannot protect it.")
				}
			}
			n := 0
			for _, room := range tt.rooms {
				for u := range tt.users {
					a := action.Action{
						ID: fmt.Sprint(room, u), Verb: action.Unban, Room: id.RoomID("!" + room + ":hs"), User: id.UserID(fmt.Sprintf("@u%d:evil.example", u)), Cause: asked("$c"),
					}
					c.opened(a)
					why := tt.whys[n%len(tt.whys)]
					n++
					c.Hindered(action.Hindrance{Action: a, Kind: action.Forbidden, Why: why}, c.now)
				}
			}
			c.Replies.Answer(report.Answer{Command: "$c"}, c.now)
			c.pass(time.Minute)
			got := c.reply(t, "$c")
			shown, folded, _ := strings.Cut(got, "\n\n\x0e")
			if shown != tt.want || !strings.Contains(folded, tt.folds) {
				t.Errorf("%s\nnot\n%s\nand folded %q", shown, tt.want, folded)
			}
			stands := c.Problems.All()
			if most := len(tt.rooms) * len(tt.whys); len(stands) > most {
				t.Errorf("%d problems stand: %q", len(stands), stands)
			}
		})
	}
}
