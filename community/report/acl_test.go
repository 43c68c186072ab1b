package report_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community/report"
)

func aclOf(servers ...string) json.RawMessage {
	raw, _ := json.Marshal(map[string]any{"deny": servers, "allow": []string{"*"}})
	return raw
}

// setACL makes an ACL from being wanted to its end.
func (c *chat) setACL(room string, before, after json.RawMessage, f action.Fate) {
	a := action.Action{
		Verb: action.SetACL, Room: id.RoomID("!" + room + ":hs"), Cause: action.Cause{Kind: action.ByForseti},
		State: &action.State{Type: event.StateServerACL, Content: after},
	}
	c.opened(a)
	if f == action.Done {
		c.denies[a.Room] = map[string]bool{}
		var deny struct{ Deny []string }
		_ = json.Unmarshal(after, &deny)
		for _, s := range deny.Deny {
			c.denies[a.Room][s] = true
		}
	}
	c.Ended(action.Ending{Action: a, Fate: f, Before: before}, c.now)
}

func (c *chat) banServer(command id.EventID, server string) {
	c.Replies.Begin(command, c.now)
	c.Replies.Server(command, server, false, c.now)
	c.Replies.Answer(report.Answer{Command: command, Text: "The list now bans `" + server + "`."}, c.now)
}

// Server bans a few seconds apart share updates of ACLs. Each is answered by its own effect.
func TestServerBansSecondsApart(t *testing.T) {
	c := newChat()
	c.banServer("$c1", "*.evil.example")
	c.pass(150 * time.Millisecond)
	for _, room := range []string{"Lobby", "Dev", "Art"} {
		c.setACL(room, nil, aclOf("*.evil.example"), action.Done)
	}
	c.ACLsSettled()
	c.pass(2 * time.Second)
	c.banServer("$c2", "two.example")
	c.pass(time.Second)
	c.banServer("$c3", "a.evil.example")
	c.denies["!Lobby:hs"]["a.evil.example"], c.denies["!Dev:hs"]["a.evil.example"], c.denies["!Art:hs"]["a.evil.example"] = true, true, true
	c.pass(500 * time.Millisecond)
	for _, room := range []string{"Lobby", "Dev", "Art"} {
		c.setACL(room, aclOf("*.evil.example"), aclOf("*.evil.example", "two.example", "list.example"), action.Done)
		c.denies[id.RoomID("!"+room+":hs")]["a.evil.example"] = true
	}
	c.ACLsSettled()
	c.pass(time.Minute)
	for command, want := range map[id.EventID]string{
		"$c1": "The list now bans `*.evil.example`. Shut out `*.evil.example` in 3 rooms.",
		"$c2": "The list now bans `two.example`. Shut out `two.example` in 3 rooms.",
		"$c3": "The list now bans `a.evil.example`. `a.evil.example` was shut out already.",
	} {
		if got := c.reply(t, command); got != want {
			t.Errorf("%s: %s, want %s", command, got, want)
		}
	}
	if last := c.messages[len(c.messages)-1]; len(c.messages) != 4 || last.replyTo != "" || last.text != "Shut out `list.example` in 3 rooms." {
		t.Errorf("what a list did at the same time:\n%s", c.log.String())
	}
}

// A room that cannot follow is named in the answer, with what to do.
func TestServerBanThatNoRoomCanFollow(t *testing.T) {
	c := newChat()
	c.Problems.Tell(report.Key{Kind: report.Power, Room: "!Lobby:hs"}, "Lobby: give me power level 100 to set the server ACL; I have 0.", c.now)
	c.Problems.Tell(report.Key{Kind: report.ACL, Room: "!Dev:hs"}, "Dev: its server ACL is broken.", c.now)
	c.pass(time.Minute)
	c.banServer("$c1", "other.example")
	c.ACLsSettled()
	c.pass(time.Minute)
	got := c.reply(t, "$c1")
	for _, part := range []string{"3 rooms do not follow.", "Lobby: give me power level 100", "Dev: its server ACL is broken",
		"Why Art does not, I do not know: `!forseti sync` has me look again."} {
		if !strings.Contains(got, part) {
			t.Errorf("%s lacks %s", got, part)
		}
	}
	if strings.Contains(got, "Shut out") || strings.Contains(got, "already") {
		t.Errorf("it claims what is not so: %s", got)
	}
}

// What keeps an entry out of all ACLs is reason enough for every room.
func TestServerBanThatWouldShutUsOut(t *testing.T) {
	c := newChat()
	c.Problems.Note(report.Key{Kind: report.ShutOut, Subject: "own"}, "A rule would shut out our own server.")
	c.banServer("$c1", "hs")
	c.ACLsSettled()
	c.pass(time.Minute)
	if got, want := c.reply(t, "$c1"), "The list now bans `hs`. 3 rooms do not follow. A rule would shut out our own server."; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestServerLetIn(t *testing.T) {
	c := newChat()
	c.setACL("Lobby", nil, aclOf("evil.example", "bad.example"), action.Done)
	c.setACL("Dev", nil, aclOf("evil.example", "bad.example"), action.Done)
	c.pass(time.Minute)
	for command, server := range map[id.EventID]string{"$c1": "evil.example", "$c2": "nobody.example", "$c3": "bad.example"} {
		c.Replies.Begin(command, c.now)
		c.Replies.Server(command, server, true, c.now)
		c.Replies.Answer(report.Answer{Command: command}, c.now)
	}
	c.setACL("Lobby", aclOf("evil.example", "bad.example"), aclOf("bad.example"), action.Done)
	c.setACL("Dev", aclOf("evil.example", "bad.example"), aclOf("bad.example"), action.Done)
	c.ACLsSettled()
	c.pass(time.Minute)
	for command, want := range map[id.EventID]string{
		"$c1": "Let in again `evil.example` in 2 rooms.",
		"$c2": "No ACL shut out `nobody.example`.",
		"$c3": "2 rooms still keep `bad.example` out: another rule asks for it, or somebody did it by hand.",
	} {
		if got := c.reply(t, command); got != want {
			t.Errorf("%s: %s, want %s", command, got, want)
		}
	}
}

// If it is not known what a command did to ACLs before a crash, it says how they are, and
// not that they were so before.
func TestServersAfterARestart(t *testing.T) {
	c := newChat()
	for _, room := range []id.RoomID{"!Lobby:hs", "!Dev:hs", "!Art:hs"} {
		c.denies[room] = map[string]bool{"evil.example": true}
	}
	for command, server := range map[id.EventID]string{"$ban": "evil.example", "$unban": "good.example"} {
		c.Replies.Resumed(command, c.now)
		c.Replies.Server(command, server, command == "$unban", c.now)
		c.Replies.Answer(report.Answer{Command: command, Text: "Removed 1 rule:\n\n- ban server: spam"}, c.now)
	}
	c.ACLsSettled()
	c.pass(time.Minute)
	for command, want := range map[id.EventID]string{
		"$ban":   "Removed 1 rule:\n\n- ban server: spam\n\n`evil.example` is shut out.",
		"$unban": "Removed 1 rule:\n\n- ban server: spam\n\nNo ACL shuts out `good.example`.",
	} {
		if got := c.reply(t, command); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// Whom a command freed before a crash is counted with the rest. Of ACLs it is said how they are.
func TestDoneBeforeARestartIsCounted(t *testing.T) {
	c := newChat()
	set := func(room string, before, after json.RawMessage) action.Ending {
		return action.Ending{Fate: action.Done, Before: before, Action: action.Action{Verb: action.SetACL, Room: id.RoomID("!" + room + ":hs"), State: &action.State{Content: after}}}
	}
	for _, command := range []id.EventID{"$ban", "$unban"} {
		c.Replies.Resumed(command, c.now)
		c.Replies.Claim(map[id.EventID]report.Answer{
			"$ban":   {Command: "$ban", Servers: []string{"evil.example"}},
			"$unban": {Command: "$unban", Lets: []string{"good.example"}, Lifts: []id.EventID{"$r"}},
		}[command], c.now)
		// One update for two commands, and for a list's rule that nobody tells twice.
		c.Replies.Did(command, set("Lobby", aclOf("good.example", "old.example"), aclOf("evil.example", "list.example")), c.now)
		c.Replies.Did(command, set("Dev", nil, aclOf("evil.example")), c.now) // from a version that did not write down what was there
	}
	freed := func(user, room string) action.Action {
		a := ban(user, room, rule("$r", "@a:*"))
		a.Verb = action.Unban
		return a
	}
	early := freed("b", "Dev") // wanted before it is known whose it is
	early.Cause.Rule = "$r2"
	c.opened(early)
	c.Replies.Lifts("$unban", "$r2", c.now)
	c.done(early)
	c.Replies.Did("$unban", action.Ending{Action: freed("a", "Lobby"), Fate: action.Done}, c.now)
	c.opened(freed("a", "Dev")) // found again by the plan, as what the rule held
	c.done(freed("a", "Dev"))
	c.setACL("Art", aclOf("good.example"), aclOf("evil.example"), action.Done)
	c.denies["!Lobby:hs"], c.denies["!Dev:hs"] = map[string]bool{"evil.example": true}, map[string]bool{"evil.example": true}
	c.Replies.Answer(report.Answer{Command: "$ban", Text: "Now bans."}, c.now)
	c.Replies.Answer(report.Answer{Command: "$unban", Text: "Removed 2 rules."}, c.now)
	c.ACLsSettled()
	c.pass(time.Minute)
	for command, want := range map[id.EventID]string{
		"$ban":   "Now bans. `evil.example` is shut out.",
		"$unban": "Removed 2 rules. Unbanned `@a:evil.example` and `@b:evil.example` in 2 rooms. No ACL shuts out `good.example`.",
	} {
		if got := c.reply(t, command); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if len(c.messages) != 2 || c.Size() != 0 {
		t.Errorf("%d left, said:\n%s", c.Size(), c.log.String())
	}
}

// What a command did before a restart has nothing left to do after it, which nobody has to be told.
func TestWhatWasDoneBeforeARestart(t *testing.T) {
	c := newChat()
	c.Replies.Resumed("$ban", c.now)
	c.Replies.Claim(report.Answer{Command: "$ban", Follows: []id.EventID{"$r"}}, c.now)
	in := func(room string) action.Action { return ban("a", room, rule("$r", "@a:*")) }
	c.Replies.Did("$ban", action.Ending{Action: in("Lobby"), Fate: action.Done}, c.now)
	for _, room := range []string{"Lobby", "Dev", "Art"} {
		c.opened(in(room))
	}
	c.ended(in("Lobby"), action.Dropped, "there was nothing left to do")
	c.done(in("Dev"))
	c.ended(in("Art"), action.Dropped, "there was nothing left to do") // somebody else was faster
	c.Replies.Answer(report.Answer{Command: "$ban", Text: "Now bans."}, c.now)
	c.pass(time.Minute)
	if got, want := c.reply(t, "$ban"), "Now bans. Banned `@a:evil.example` in 2 rooms. Did not ban `@a:evil.example` in Art: there was nothing left to do."; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// A command that is removed from the room where it was written is none of the messages that it removes.
func TestRemovedOrderIsNoResult(t *testing.T) {
	c := newChat()
	order := action.Action{ID: "1", Verb: action.Redact, Room: "Lobby", Event: "$warn", Cause: asked("$warn")}
	spam := order
	spam.ID, spam.Event = "2", "$spam"
	for _, a := range []action.Action{order, spam} {
		c.opened(a)
		c.done(a)
	}
	c.Replies.Answer(report.Answer{Command: "$warn", Text: "Warned."}, c.now)
	c.pass(time.Minute)
	if got, want := c.reply(t, "$warn"), "Warned. Removed 1 message in Lobby."; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// What a command does in two ways, as when it takes a rule away and lifts the ban as well, it did once.
func TestWhatWasDoneInTwoWays(t *testing.T) {
	c := newChat()
	c.Replies.Lifts("$unban", "$r", c.now)
	byRule, asked := ban("a", "Lobby", rule("$r", "@a:*")), ban("a", "Lobby", asked("$unban"))
	byRule.Verb, asked.Verb, asked.ID = action.Unban, action.Unban, "second"
	c.opened(byRule)
	c.opened(asked)
	c.done(byRule)
	c.ended(asked, action.Dropped, "there was nothing left to do")
	c.Replies.Answer(report.Answer{Command: "$unban", Text: "Removed 1 rule."}, c.now)
	c.pass(time.Minute)
	if got, want := c.reply(t, "$unban"), "Removed 1 rule. Unbanned `@a:evil.example` in Lobby."; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestServerBanInADryRun(t *testing.T) {
	c := newChat()
	c.Dry(true)
	c.banServer("$c1", "evil.example")
	c.setACL("Lobby", nil, aclOf("evil.example"), action.Would)
	c.ACLsSettled()
	c.pass(time.Minute)
	if got, want := c.reply(t, "$c1"), "The list now bans `evil.example`. Would shut out `evil.example` in Lobby. (Dry run: what I would do was not done.)"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// A command that named a server waits for the ACLs that are under way, however early it is said that none waits.
func TestServerBanWaitsForItsACLs(t *testing.T) {
	c := newChat()
	c.banServer("$c1", "evil.example")
	a := action.Action{Verb: action.SetACL, Room: "!Lobby:hs", Cause: action.Cause{Kind: action.ByForseti}, State: &action.State{Content: aclOf("evil.example")}}
	c.opened(a)
	c.ACLsSettled()
	c.pass(time.Minute)
	if got, want := c.reply(t, "$c1"), "The list now bans `evil.example`. Still to do: 1 server ACL."; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	c.done(a)
	c.denies["!Lobby:hs"], c.denies["!Dev:hs"], c.denies["!Art:hs"] = map[string]bool{"evil.example": true}, map[string]bool{"evil.example": true}, map[string]bool{"evil.example": true}
	c.ACLsSettled()
	c.pass(time.Minute)
	if got, want := c.reply(t, "$c1"), "The list now bans `evil.example`. Shut out `evil.example` in Lobby."; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// An ACL is nobody's alone: a command that is being taken in does not wait for it, nor counts what it did not name.
func TestACLIsNobodysAlone(t *testing.T) {
	c := newChat()
	a := action.Action{Verb: action.SetACL, Room: "!Lobby:hs", Cause: action.Cause{Kind: action.ByForseti}, State: &action.State{Content: aclOf("list.example")}}
	c.Replies.Following("$c", c.now)
	c.opened(a)
	c.Replies.Following("", c.now)
	c.Replies.Answer(report.Answer{Command: "$c", Text: "Watching."}, c.now)
	c.pass(time.Minute)
	if got := c.reply(t, "$c"); got != "Watching." || len(c.answered) != 1 {
		t.Errorf("%s; answered %v", got, c.answered)
	}
	c.done(a)
	c.pass(time.Minute)
	if last := c.messages[len(c.messages)-1]; last.text != "Shut out `list.example` in Lobby." || last.replyTo != "" {
		t.Errorf("said:\n%s", c.log.String())
	}
}

func TestServerLetInWhileDry(t *testing.T) {
	c := newChat()
	c.setACL("Lobby", nil, aclOf("evil.example"), action.Done)
	c.pass(time.Minute)
	c.Dry(true)
	c.Replies.Server("$c", "evil.example", true, c.now)
	c.Replies.Answer(report.Answer{Command: "$c"}, c.now)
	c.setACL("Lobby", aclOf("evil.example"), aclOf(), action.Would)
	c.ACLsSettled()
	c.pass(time.Minute)
	if got, want := c.reply(t, "$c"), "Would let in again `evil.example` in Lobby. (Dry run: what I would do was not done.)"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// Of an ACL no more is looked at than one can hold.
func TestHugeACL(t *testing.T) {
	c := newChat()
	many := []string{strings.Repeat("a", 70_000)}
	for i := range 25_000 {
		many = append(many, fmt.Sprint(i, ".example"))
	}
	c.setACL("Lobby", nil, aclOf(many...), action.Done)
	c.pass(time.Minute)
	got := c.messages[0].text
	n := 0
	_, rest, _ := strings.Cut(got, " and ")
	if _, err := fmt.Sscanf(rest, "%d more servers in Lobby.", &n); err != nil || n > 20_000 || n < 19_000 || len(got) > 500 {
		t.Errorf("%d bytes: %.200s", len(got), got)
	}
}

// A notice says which list's rule shut out a server; of many, which lists did.
func TestListsThatShutOutAreNamed(t *testing.T) {
	for want, lists := range map[string]map[string]id.RoomID{
		"Shut out `a.example` in Lobby. (Rule `a.example` in coc.)":                                    {"a.example": "!coc:hs"},
		"Shut out `a.example` and `b.example` in Lobby. (List coc.)":                                   {"a.example": "!coc:hs", "b.example": "!coc:hs"},
		"Shut out `a.example`, `b.example` and `c.example` in Lobby. (Lists coc and spam.)":            {"a.example": "!coc:hs", "b.example": "!spam:hs", "c.example": ""},
		"Shut out `c.example` in Lobby.":                                                               {"c.example": ""}, // its rule is gone by now
		"Shut out `a.example` in Lobby. Let in again `z.example` in Lobby. (Rule `a.example` in coc.)": {"a.example": "!coc:hs", "z.example": "!coc:hs"},
	} {
		c := newChat()
		c.serverLists = map[string]id.RoomID{}
		var came, went []string
		for server, list := range lists {
			if list != "" {
				c.serverLists[server] = list
			}
			if server == "z.example" {
				went = append(went, server)
			} else {
				came = append(came, server)
			}
		}
		c.setACL("Lobby", aclOf(went...), aclOf(came...), action.Done)
		c.pass(time.Minute)
		if got := c.messages[0].text; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// What the rules of a list did has the number of its case: bans, what their end frees, servers that are shut out and let in again.
func TestCasesOfListsAreTold(t *testing.T) {
	for want, does := range map[string]func(*chat){
		"Banned `@a:evil.example` in Lobby. (Rule `x` in coc, case 4.)": func(c *chat) {
			a := ban("a", "Lobby", rule("$r", "x"))
			c.opened(a)
			c.done(a)
		},
		"Unbanned `@a:evil.example` in Lobby. (The rule `x` in coc does not hold them any more, case 5.)": func(c *chat) {
			a := ban("a", "Lobby", rule("$r", "x"))
			a.Verb = action.Unban
			c.opened(a)
			c.done(a)
		},
		"Would ban `@a:evil.example` in Lobby. (Rule `x` in coc.) (Dry run: what I would do was not done.)": func(c *chat) {
			a := ban("a", "Lobby", rule("$r", "x"))
			c.opened(a)
			c.Ended(action.Ending{Action: a, Fate: action.Would}, c.now)
		},
		"Shut out `a.example` in Lobby. (Rule `a.example` in coc, case 4.)": func(c *chat) {
			c.setACL("Lobby", nil, aclOf("a.example"), action.Done)
		},
		"Would shut out `a.example` in Lobby. (Rule `a.example` in coc.) (Dry run: what I would do was not done.)": func(c *chat) {
			c.setACL("Lobby", nil, aclOf("a.example"), action.Would)
		},
		"Shut out `a.example` and `b.example` in Lobby. (Lists coc and spam, cases 4 and 9.)": func(c *chat) {
			c.setACL("Lobby", nil, aclOf("a.example", "b.example"), action.Done)
		},
		"Let in again `z.example` in Lobby. (The rule `z.example` in coc does not shut it out any more, case 5.)": func(c *chat) {
			c.setACL("Lobby", aclOf("z.example"), nil, action.Done)
		},
		"Let in again `y.example` and `z.example` in Lobby. (coc and spam do not shut them out any more, case 5.)": func(c *chat) {
			c.setACL("Lobby", aclOf("y.example", "z.example"), nil, action.Done)
		},
		"Let in again `unknown.example` in Lobby.": func(c *chat) {
			c.setACL("Lobby", aclOf("unknown.example"), nil, action.Done)
		},
		"Shut out `a.example` in Lobby. Let in again `z.example` in Lobby. (Rule `a.example` in coc, case 4.) (The rule `z.example` in coc does not shut it out any more, case 5.)": func(c *chat) {
			c.setACL("Lobby", aclOf("z.example"), aclOf("a.example"), action.Done)
		},
	} {
		c := newChat()
		c.serverLists = map[string]id.RoomID{"a.example": "!coc:hs", "b.example": "!spam:hs"}
		c.freedLists = map[string]id.RoomID{"z.example": "!coc:hs", "y.example": "!spam:hs"}
		c.cases = map[caseKey]int64{{"!coc:hs", false}: 4, {"!coc:hs", true}: 5, {"!spam:hs", false}: 9}
		does(c)
		c.pass(time.Minute)
		if got := c.messages[0].text; got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
}

// What stands in ACLs is written by anybody.
func TestHostileACLs(t *testing.T) {
	for _, raw := range []string{`{"deny":"x"}`, `{"deny":[1,null,{"a":1},"ok.example"]}`, `[]`, ``, `{"deny":["` + strings.Repeat("a", 70_000) + `"]}`, `{"deny":["` + "`[x](y)\\n" + `"]}`} {
		c := newChat()
		c.setACL("Lobby", json.RawMessage(raw), aclOf(), action.Done)
		c.setACL("Dev", aclOf(), json.RawMessage(raw), action.Done)
		c.pass(time.Minute)
		if len(c.messages) == 0 {
			t.Errorf("%.40q: nothing was told", raw)
		}
	}
}
