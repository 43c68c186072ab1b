package report_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community/report"
	"forseti/internal/phone"
	"forseti/text"
)

// chat is a management room: it posts what a report says, and keeps what moderators read.
type chat struct {
	*report.Report
	now      time.Time
	start    time.Time
	messages []*message
	byEvent  map[id.EventID]*message
	names    map[string]id.EventID // of sends: a homeserver answers a name that it knows with the same event
	log      strings.Builder
	answered []id.EventID
	sends    int
	denies   map[id.RoomID]map[string]bool
	// serverLists are the lists whose rules ban servers.
	serverLists map[string]id.RoomID
	freedLists  map[string]id.RoomID // of those that did until a moment ago
	cases       map[caseKey]int64
	down        bool // nothing can be sent
	slow        bool // what is sent takes time to arrive
	under       []report.Speech
}

type caseKey struct {
	list   id.RoomID
	lifted bool
}

type message struct {
	event   id.EventID
	replyTo id.EventID
	text    string
	edits   int
}

func newChat() *chat {
	at := time.Date(2026, 1, 1, 3, 0, 0, 0, time.UTC)
	c := &chat{now: at, start: at, byEvent: map[id.EventID]*message{}, names: map[string]id.EventID{}, denies: map[id.RoomID]map[string]bool{}}
	c.Report = report.New(c)
	return c
}

func (c *chat) Room(r id.RoomID) string {
	return strings.TrimPrefix(strings.TrimSuffix(string(r), ":hs"), "!")
}
func (c *chat) List(r id.RoomID) string { return c.Room(r) }
func (c *chat) Bans(server string) action.Cause {
	if list, ok := c.serverLists[server]; ok {
		return action.Cause{Kind: action.ByRule, List: list, Rule: id.EventID("$" + server), Entity: server}
	}
	return action.Cause{}
}

func (c *chat) LetIn(server string) action.Cause {
	if list, ok := c.freedLists[server]; ok {
		return action.Cause{Kind: action.ByRule, List: list, Rule: id.EventID("$" + server), Entity: server}
	}
	return action.Cause{}
}

func (c *chat) Case(list id.RoomID, lifted bool) int64 { return c.cases[caseKey{list, lifted}] }

func (c *chat) Quiet(list id.RoomID) bool { return list == "!quiet:hs" }

func (c *chat) Takedown(rule id.EventID) bool { return rule == "$takedown" }
func (c *chat) Shut(s string) (in, out []id.RoomID) {
	for _, room := range []id.RoomID{"!Lobby:hs", "!Dev:hs", "!Art:hs"} {
		if c.denies[room][s] {
			in = append(in, room)
		} else {
			out = append(out, room)
		}
	}
	return in, out
}

// pass lets time go by, and posts what falls due.
func (c *chat) pass(d time.Duration) {
	end := c.now.Add(d)
	for range 100_000 {
		for _, s := range c.Speak(c.now) {
			c.send(s)
		}
		due := c.Due(c.now)
		switch {
		case c.down && !due.IsZero() && !due.After(c.now), due.IsZero(), due.After(end):
			c.now = end
			return
		case due.After(c.now):
			c.now = due
		}
	}
	panic("the report never rests")
}

func (c *chat) send(s report.Speech) {
	c.sends++
	if c.down {
		c.Failed(s.Name, c.now.Add(time.Second))
		return
	}
	if c.slow {
		c.under = append(c.under, s)
		if len(c.under) > 1 {
			panic("two messages at once")
		}
		return
	}
	c.arrive(s)
}

// land lets all arrive that is under way.
func (c *chat) land() {
	c.slow = false
	for _, s := range c.under {
		c.arrive(s)
	}
	c.under = nil
}

func (c *chat) arrive(s report.Speech) {
	evt, known := c.names[s.Name]
	if !known {
		evt = id.EventID(fmt.Sprintf("$%d", len(c.names)))
		c.names[s.Name] = evt
		c.show(s, evt)
	}
	c.answered = append(c.answered, c.Posted(s.Name, evt, c.now)...)
}

// fits has whatever test says more than a phone shows at once, or parts a question from its answers, fail: of answers, notices
// and questions alike.
func fits(markdown string) {
	if slices.ContainsFunc(strings.Fields(markdown), func(word string) bool { return len(word) > phone.Lines*phone.Letters }) {
		return // one word is not parted
	}
	seen := text.OnScreen(text.Gathered(markdown, 8000), report.MostRows, report.RowLetters)
	lines, shown := phone.Read(seen)
	if asHTML, _ := phone.ReadHTML(seen); lines > phone.Lines || asHTML > phone.Lines {
		panic(fmt.Sprintf("%d lines, as HTML %d:\n%s\nof\n%s", lines, asHTML, shown, markdown))
	}
	if at := strings.LastIndex(markdown, text.HowToAnswer); at >= 0 && !strings.Contains(shown, text.HowToAnswer) {
		panic("nobody sees how to answer:\n" + shown)
	}
}

func (c *chat) show(s report.Speech, evt id.EventID) {
	fits(s.Message.Markdown)
	at := c.now.Sub(c.start).Truncate(100 * time.Millisecond)
	m := c.byEvent[s.Message.Edits]
	switch {
	case m != nil:
		m.text = s.Message.Markdown
		m.edits++
		fmt.Fprintf(&c.log, "%8s  edit of %s: %s\n", at, m.event, indent(m.text))
		return
	case s.Message.ReplyTo != "":
		fmt.Fprintf(&c.log, "%8s  %s to %s: %s\n", at, evt, s.Message.ReplyTo, indent(s.Message.Markdown))
	default:
		fmt.Fprintf(&c.log, "%8s  %s: %s\n", at, evt, indent(s.Message.Markdown))
	}
	m = &message{event: evt, replyTo: s.Message.ReplyTo, text: s.Message.Markdown}
	c.messages = append(c.messages, m)
	c.byEvent[evt] = m
}

func indent(s string) string { return strings.ReplaceAll(s, "\n", "\n            ") }

func (c *chat) replies(command id.EventID) (all []*message) {
	for _, m := range c.messages {
		if m.replyTo == command {
			all = append(all, m)
		}
	}
	return all
}

// reply is the only reply to a command.
func (c *chat) reply(t *testing.T, command id.EventID) string {
	t.Helper()
	all := c.replies(command)
	if len(all) != 1 {
		t.Fatalf("%d replies to %s:\n%s", len(all), command, c.log.String())
	}
	return all[0].text
}

func (c *chat) opened(a action.Action) { c.Opened(a, c.now) }

func (c *chat) ended(a action.Action, f action.Fate, why string) {
	c.Ended(action.Ending{Action: a, Fate: f, Why: why}, c.now)
}

func (c *chat) done(as ...action.Action) {
	for _, a := range as {
		c.ended(a, action.Done, "")
	}
}

func ban(user, room string, cause action.Cause) action.Action {
	return action.Action{Verb: action.Ban, User: id.UserID("@" + user + ":evil.example"), Room: id.RoomID("!" + room + ":hs"), Cause: cause}
}

func rule(evt id.EventID, entity string) action.Cause {
	return action.Cause{Kind: action.ByRule, List: "!coc:hs", Rule: evt, Entity: entity}
}

func asked(command id.EventID) action.Cause {
	return action.Cause{Kind: action.ByModerator, Moderator: "@mod:hs", Event: command}
}
