package report_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community/report"
	"forseti/text"
)

// found is what a protection finds and does nothing about.
func (c *chat) found(protection, who, why string) {
	c.Found(action.Cause{Kind: action.ByProtection, Protection: protection, Event: "$x"}, report.Finding{Who: who, Why: why}, true, c.now)
}

// However many protections find something at once, moderators hear of whom, and once how
// to answer.
func TestFindingsAreNeverOnlyCounted(t *testing.T) {
	c := newChat()
	c.found("first", "`@first:hs` in Lobby", "was seen")
	c.pass(time.Second)
	c.messages = nil
	const protections = 20
	for n := range protections {
		c.found(fmt.Sprint("kind", n), fmt.Sprintf("`@u%d:hs` in Lobby", n), "was seen")
		a := ban(fmt.Sprint("r", n), "Lobby", rule("$r", fmt.Sprint("r", n)))
		a.Cause.Rule += "x"
		c.opened(a)
		c.done(a)
	}
	c.pass(time.Minute)
	var all strings.Builder
	for _, m := range c.messages {
		all.WriteString(m.text)
	}
	for n := range protections {
		if !strings.Contains(all.String(), fmt.Sprintf("`@u%d:hs`", n)) {
			t.Errorf("nobody hears of @u%d", n)
		}
	}
	if n := strings.Count(all.String(), report.ExemptSign+" exempt"); n != len(c.messages) || n > 2 {
		t.Errorf("%d messages say %d times how to answer", len(c.messages), n)
	}
}

// Where nothing was done there is nothing to undo.
func TestOfferFollowsWhatWasDone(t *testing.T) {
	c := newChat()
	c.found("names", "`@u:hs` in Lobby", "is called as a moderator")
	c.pass(time.Minute)
	if said := c.messages[0].text; !strings.Contains(said, "⬆️ act") || strings.Contains(said, "undo") {
		t.Error(said)
	}
	a := ban("b", "Lobby", action.Cause{Kind: action.ByProtection, Protection: "flooding", Event: "$f"})
	c.Found(a.Cause, report.Finding{Who: "`@b:hs` in Lobby", Why: "sent too much"}, false, c.now)
	c.opened(a)
	c.done(a)
	c.pass(time.Minute)
	if said := c.messages[len(c.messages)-1].text; !strings.Contains(said, "↩️ undo") {
		t.Error(said)
	}
}

// A name that is removed is no message.
func TestRemovedProfilesAreNoMessages(t *testing.T) {
	c := newChat()
	cause := action.Cause{Kind: action.ByProtection, Protection: "repeats", Event: "$0"} // what was found is removed, too
	for n, of := range []action.Object{"", "", action.ToProfile, action.ToState} {
		a := action.Action{ID: fmt.Sprint(n), Verb: action.Redact, Room: "!Lobby:hs", User: "@u:hs", Event: id.EventID(fmt.Sprint("$", n)), Of: of, Cause: cause}
		c.opened(a)
		c.done(a)
	}
	c.pass(time.Minute)
	if said := c.messages[0].text; !strings.HasPrefix(said, "Removed 2 messages in Lobby. Removed 1 profile in Lobby. Removed 1 room change in Lobby.") {
		t.Error(said)
	}
}

// What went with the bans is counted apart from what was removed by itself.
func TestRemovedWithTheBans(t *testing.T) {
	c := newChat()
	cause := action.Cause{Kind: action.ByModerator, Event: "$c"}
	for n := range 5 {
		a := action.Action{ID: fmt.Sprint(n), Verb: action.Redact, Room: "!Lobby:hs", Event: id.EventID(fmt.Sprint("$", n)), Cause: cause}
		c.opened(a)
		c.Ended(action.Ending{Action: a, Fate: action.Done, Result: action.Result{WithBan: n > 1}}, c.now)
	}
	c.pass(time.Minute)
	if said := c.messages[len(c.messages)-1].text; !strings.Contains(said, "Removed 2 messages in Lobby. Removed 3 messages in Lobby, with the bans.") {
		t.Error(said)
	}
}

// Whom the last word on a command only counts, it names folded, with the rooms; what is still going on
// does not.
func TestFinalWordNamesAll(t *testing.T) {
	c := newChat()
	c.Replies.Answer(report.Answer{Command: "$c", Text: "The list now bans them.", Follows: []id.EventID{"$rule"}}, c.now)
	var bans []action.Action
	for n := range 30 {
		bans = append(bans, ban(fmt.Sprintf("s%02d", n), []string{"Lobby", "Hall"}[n%2], rule("$rule", "@s*:evil.example")))
	}
	for _, a := range bans {
		c.opened(a)
	}
	c.done(bans[:20]...)
	c.pass(10 * time.Second)
	if said := c.messages[0].text; len(text.Pieces(said)) != 1 {
		t.Errorf("while it goes on: %s", said)
	}
	c.done(bans[20:]...)
	c.pass(10 * time.Second)
	pieces := text.Pieces(c.messages[0].text)
	if len(pieces) != 2 || !strings.Contains(pieces[0].Body, "and 27 more users in 2 rooms.") || !strings.HasPrefix(pieces[1].Body, "Banned, 30: `@s00:evil.example`, ") ||
		!strings.Contains(pieces[1].Body, " and `@s29:evil.example`.\n\nRooms, 2: Hall and Lobby.") {
		t.Errorf("%+v", pieces)
	}
}
