package report_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community/report"
)

var update = flag.Bool("update", false, "write the conversation anew, to be read by somebody who knows what moderators need")

// What moderators read of a whole night, from the wave to the morning. Read it as one of them, on a phone.
func TestWave(t *testing.T) {
	c := newChat()
	spam := rule("$r1", "@spam*:evil.example")
	rooms := []string{"Lobby", "Dev", "Art"}

	c.scene("A moderator bans 30 accounts in 3 rooms. The homeserver lets through 10 requests, then one in five seconds.")
	c.Replies.Begin("$ban", c.now)
	c.Replies.Rule("$ban", "$r1", c.now)
	c.Replies.Following("$ban", c.now)
	var bans []action.Action
	for i := range 30 {
		for _, room := range rooms {
			bans = append(bans, ban(fmt.Sprintf("spam%02d", i), room, spam))
			c.opened(bans[len(bans)-1])
		}
	}
	c.Replies.Following("", c.now)
	c.Replies.Answer(report.Answer{Command: "$ban", Text: "The list `coc` now bans `@spam*:evil.example`."}, c.now)
	c.pass(300 * time.Millisecond)
	c.done(bans[:10]...)
	c.refused(80)
	c.pass(2 * time.Second)
	left := c.slowly(bans[10:], 12)

	c.scene("One was an innocent with a bad name, and is let off.")
	wrong := left[0]
	c.Replies.Begin("$unban", c.now)
	c.Replies.Following("$unban", c.now)
	var frees []action.Action
	for _, room := range rooms {
		free := ban("spam04", room, spam)
		free.Verb = action.Unban
		frees = append(frees, free)
		c.opened(free)
	}
	c.Replies.Following("", c.now)
	c.ended(wrong, action.Superseded, "a later unban takes its place")
	left = left[1:]
	c.Replies.Answer(report.Answer{Command: "$unban", Text: "`@spam04:evil.example` is exempt now."}, c.now)
	c.pass(5 * time.Second)
	c.done(frees[:2]...)
	c.ended(frees[2], action.Dropped, "there was no ban yet")
	c.pass(5 * time.Second)

	c.scene("Two servers are banned, two seconds apart.")
	c.banServer("$server1", "*.evil.example")
	c.pass(2 * time.Second)
	c.banServer("$server2", "worse.example")
	left = c.slowly(left, 2)
	for _, room := range rooms {
		c.setACL(room, nil, aclOf("*.evil.example", "worse.example"), action.Done)
		c.refused(len(left))
		c.pass(5 * time.Second)
	}
	c.ACLsSettled()
	c.pass(5 * time.Second)

	c.scene("`status` is asked for twice.")
	c.Replies.Answer(report.Answer{Command: "$status1", Text: "Forseti is up; 62 bans to do."}, c.now)
	c.Replies.Answer(report.Answer{Command: "$status2", Text: "Forseti is up; 62 bans to do."}, c.now)
	c.pass(time.Second)

	c.scene("A dry run, by mistake, for a minute. A member of the list comes by.")
	c.Dry(true)
	c.Replies.Answer(report.Answer{Command: "$dry", Text: "Dry run is on: I change nothing."}, c.now)
	passing := ban("passing", "Lobby", rule("$r9", "@passing:evil.example"))
	c.opened(passing)
	c.ended(passing, action.Would, "")
	c.pass(time.Minute)
	c.Dry(false)
	c.Replies.Answer(report.Answer{Command: "$wet", Text: "Dry run is off: I act again, and go on with what waits."}, c.now)
	c.pass(time.Second)
	c.refused(len(left))

	c.scene("The list of somebody else is lost. Then the bans go on; three accounts have left by themselves, one is a moderator of Art.")
	c.Problems.Tell(report.Key{Kind: report.Presence, Room: "!theirs:hs"}, "I am not in the list theirs any more. Its 826 rules stay in force as I last saw them. Invite me again, or write `!forseti unwatch !theirs:hs`.", c.now)
	left = c.slowly(left, len(left)-4)
	for _, gone := range left[:3] {
		c.ended(gone, action.Dropped, "they left by themselves")
	}
	c.ended(left[3], action.Refused, "refused: I need power level 101 to ban this user and have 100")
	c.pass(2 * time.Minute)

	c.scene("Their messages are removed: 630 of them. Meanwhile the protection against floods bans one more.")
	c.Replies.Begin("$redact", c.now)
	var removals []action.Action
	for i := range 630 {
		removals = append(removals, action.Action{Verb: action.Redact, Room: id.RoomID("!" + rooms[i%3] + ":hs"), Event: id.EventID(fmt.Sprint("$m", i)), Cause: asked("$redact")})
		c.opened(removals[i])
	}
	c.Replies.Answer(report.Answer{Command: "$redact", Text: "Found 630 messages of `@spam*:evil.example` in 3 rooms."}, c.now)
	flood := action.Cause{Kind: action.ByProtection, Protection: "flooding", Event: "$flood"}
	flooder := ban("flooder", "Lobby", flood)
	c.opened(flooder)
	for i, a := range removals {
		c.pass(100 * time.Millisecond)
		c.done(a)
		if i == 50 {
			c.done(flooder)
		}
		if i > 60 && i < 73 {
			again := action.Action{Verb: action.Redact, Room: "!Lobby:hs", Event: id.EventID(fmt.Sprint("$f", i)), Cause: flood}
			c.opened(again)
			c.done(again)
		}
	}
	c.pass(time.Minute)

	c.scene("In the morning the other list is readable again, and brings ten decisions at once.")
	c.Problems.Solved(report.Key{Kind: report.Presence, Room: "!theirs:hs"})
	for i := range 8 {
		a := ban(fmt.Sprint("old", i), "Lobby", rule(id.EventID(fmt.Sprint("$t", i)), fmt.Sprintf("@old%d:*", i)))
		c.opened(a)
		c.done(a)
	}
	for i := range 25 {
		a := ban(fmt.Sprint("crowd", i), "Dev", rule("$crowd", "@crowd*:*"))
		c.opened(a)
		c.done(a)
	}
	for i := range 12 {
		a := ban(fmt.Sprint("pardoned", i), "Lobby", rule("$pardon", "@pardoned*:*"))
		a.Verb = action.Unban
		c.opened(a)
		c.done(a)
	}
	c.setACL("Lobby", aclOf("*.evil.example", "worse.example"), aclOf("worse.example"), action.Done)
	c.pass(time.Minute)

	golden := filepath.Join("testdata", "wave.txt")
	if *update {
		if err := os.WriteFile(golden, []byte(c.log.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.log.String(); got != string(want) {
		t.Errorf("the conversation is another one; look at it, and write it anew with -update if it is better:\n%s", got)
	}
	for _, command := range []id.EventID{"$ban", "$unban", "$server1", "$server2", "$status1", "$status2", "$dry", "$wet", "$redact"} {
		c.reply(t, command)
	}
	if c.Size() > 0 {
		t.Errorf("%d things are remembered in the morning", c.Size())
	}
}

func (c *chat) scene(what string) { fmt.Fprintf(&c.log, "\n# %s\n", what) }

func (c *chat) refused(waiting int) {
	c.Limited(map[action.Lane]int{action.MemberLane: waiting}, c.now.Add(5*time.Second), c.now)
}

// slowly lets through some of what waits, one in five seconds.
func (c *chat) slowly(waiting []action.Action, n int) []action.Action {
	for range n {
		c.pass(5 * time.Second)
		c.done(waiting[0])
		waiting = waiting[1:]
		c.refused(len(waiting))
	}
	return waiting
}
