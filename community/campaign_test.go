package community_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/internal/faults"
	"forseti/matrix/e2ee"
)

// advertised is a campaign's text as its nth account writes it.
func advertised(n int) string {
	text := fmt.Sprintf("Earn %d000 a week from home without any risk, ask Mr. Gold how: https://gold.example/%d", 3+n%3, n)
	switch n % 5 {
	case 1:
		text = strings.ReplaceAll(text, "e", "е") // a Cyrillic one
	case 2:
		text = strings.ReplaceAll(text, "a", "a\u200b")
	case 3:
		text = strings.ToUpper(text[:50]) + text[50:]
	case 4:
		text = "🔥🔥 " + strings.ReplaceAll(text, " ", "  ")
	}
	return text
}

// campaigning has twenty accounts advertise in five rooms. The last of them says it once.
func (f *fixture) campaigning(accounts []*mautrix.Client) {
	f.t.Helper()
	sent := make([][]id.EventID, len(f.rooms))
	for n, who := range accounts {
		room := n % len(f.rooms)
		got, err := who.SendMessageEvent(f.t.Context(), f.rooms[room], event.EventMessage, map[string]any{"msgtype": "m.text", "body": advertised(n)})
		f.must(err)
		sent[room] = append(sent[room], got.EventID)
	}
	for n := range accounts {
		f.banned(accounts[len(accounts)-1-n].UserID)
	}
	for n, room := range f.rooms {
		f.removed(room, sent[n])
	}
}

// Each of twenty accounts writes a campaign's text once, in its own words and disguise, in
// one of five rooms, all of which are protected by all that is usual: all are banned from all of
// them, and nothing of it remains. What somebody else writes does.
//
// When the last of them comes, nothing is asked of the homeserver before it is banned, and nothing
// is waited for: what is sent first are the bans, at once.
func TestTwentiethAccount(t *testing.T) {
	f := newFixture(t, 5)
	accounts := f.crowd("campaign", 20)
	talker := f.member("talker")
	f.start()
	f.hear("Hello")
	f.say("!forseti preset use public support")
	f.hear("`public support`")
	kept, err := talker.SendText(t.Context(), f.rooms[0], "is this about gold true, what do you all think of it?")
	f.must(err)
	latest := len(accounts) - 1
	f.campaigning(accounts[:latest])
	f.settle()
	f.proxy.Forget()
	f.campaigning(accounts[latest:])
	f.atOnce(accounts[latest].UserID)
	f.untouched(talker.UserID)
	for _, evt := range f.timeline(f.rooms[0]) {
		if evt.ID == kept.EventID && evt.Unsigned.RedactedBecause != nil {
			t.Error("what somebody else said is gone")
		}
	}
}

// atOnce checks that a user was banned from each room once, and that nothing was asked before all of
// that, nor anything else done about them. What is left of others may go on meanwhile.
func (f *fixture) atOnce(user id.UserID) {
	f.t.Helper()
	bans, others := map[string]int{}, []string(nil)
	for _, r := range f.proxy.Requests(faults.But(faults.Sync, faults.Everything)) {
		switch {
		case faults.Ban(r.Method, r.Path) && strings.Contains(string(r.Body), string(user)):
			if bans[r.Path]++; len(bans) == len(f.rooms) && len(others) > 0 {
				f.t.Errorf("before the last ban: %s", others)
			}
		case len(bans) < len(f.rooms) && (r.Method == http.MethodGet || strings.Contains(string(r.Body), string(user))):
			others = append(others, r.Method+" "+r.Path)
		}
	}
	for _, room := range f.rooms {
		if n := bans["/_matrix/client/v3/rooms/"+string(room)+"/ban"]; n != 1 {
			f.t.Errorf("%d bans in %s", n, room)
		}
	}
}

// As TestTwentiethAccount with fewer accounts, where messages are encrypted.
func TestCampaignInSecret(t *testing.T) {
	long(t)
	s := newSealed(t, 0, e2ee.Any)
	for range 3 {
		s.secretRoom()
	}
	var accounts []*mautrix.Client
	for n := range 5 {
		talker := s.talker(fmt.Sprint("campaign", n), s.rooms[0])
		for _, room := range s.rooms[1:] {
			s.must(talker.Enter(t.Context(), room))
		}
		accounts = append(accounts, talker.Client)
	}
	s.start()
	s.answered("Hello")
	s.whisper("!forseti enable repeats")
	s.answered("`repeats` is now on")
	s.campaigning(accounts)
}
