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

// What comes alone is said at once; in a wave, messages come ever more rarely and say more each.
func TestNoticesComeEverMoreRarely(t *testing.T) {
	c := newChat()
	for i := range 600 {
		evt := id.EventID(rune('a' + i%26))
		a := ban(string(evt), "Lobby", rule("$"+evt+id.EventID(rune('A'+i/26)), string(evt)))
		c.opened(a)
		c.done(a)
		c.pass(100 * time.Millisecond)
	}
	c.pass(time.Minute)
	if n := len(c.messages); n < 4 || n > 9 {
		t.Errorf("%d messages in a minute", n)
	}
	if first := c.messages[0].text; !strings.HasPrefix(first, "Banned `@a:evil.example` in Lobby.") {
		t.Errorf("the first: %s", first)
	}
	banned := 0
	for _, m := range c.messages {
		banned += strings.Count(m.text, "Banned") + 0
		if i := strings.Index(m.text, "banned "); i >= 0 {
			banned++
		}
	}
	if banned == 0 || c.Size() > 0 {
		t.Errorf("told of %d, remembers %d", banned, c.Size())
	}
}

// Only what a protection goes on to do is the same story, and only right after it was told.
func TestSameStory(t *testing.T) {
	flood := action.Cause{Kind: action.ByProtection, Protection: "flooding", Event: "$f"}
	for name, tc := range map[string]struct {
		cause    action.Cause
		between  func(c *chat)
		messages int
	}{
		"goes on":           {flood, func(*chat) {}, 1},
		"another word":      {flood, func(c *chat) { c.Say("x", action.Message{Markdown: "Hello."}) }, 3},
		"much later":        {flood, func(c *chat) { c.pass(5 * time.Minute) }, 2},
		"a rule hits again": {rule("$r", "x"), func(*chat) {}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			c := newChat()
			a := ban("a", "Lobby", tc.cause)
			c.opened(a)
			c.done(a)
			c.pass(3 * time.Second)
			tc.between(c)
			c.pass(3 * time.Second)
			b := ban("b", "Lobby", tc.cause)
			c.opened(b)
			c.done(b)
			c.pass(time.Minute)
			if len(c.messages) != tc.messages {
				t.Errorf("%d messages:\n%s", len(c.messages), c.log.String())
			}
			last := c.messages[len(c.messages)-1].text
			if both := strings.HasPrefix(last, "Banned `@a:evil.example` and `@b:evil.example`"); both != (tc.messages == 1) {
				t.Errorf("the last: %s", last)
			}
		})
	}
}

// What takes minutes is told so far, and the rest later: each once.
func TestLongDecision(t *testing.T) {
	c := newChat()
	var all []action.Action
	for _, u := range []string{"a", "b", "c"} {
		all = append(all, ban(u, "Lobby", rule("$r", "x")))
		c.opened(all[len(all)-1])
	}
	c.done(all[0])
	c.pass(3 * time.Minute)
	if len(c.messages) != 1 || c.messages[0].text != "Banned `@a:evil.example` in Lobby. Still to do: 2 bans. (Rule `x` in coc.)" {
		t.Errorf("so far:\n%s", c.log.String())
	}
	c.done(all[1:]...)
	c.pass(time.Minute)
	if len(c.messages) != 2 || !strings.HasPrefix(c.messages[1].text, "Banned `@b:evil.example` and `@c:evil.example` in Lobby. (Rule") {
		t.Errorf("in the end:\n%s", c.log.String())
	}
}

// What it takes to do all that a takedown asks for is one command, that names all whom it is about.
func TestTakedownIsExplained(t *testing.T) {
	for want, tt := range map[string]struct {
		entity string
		users  []string
	}{
		"It is a takedown: `!forseti redact @a:evil.example` removes what they wrote.":                          {"@a:evil.example", []string{"a"}},
		"It is a takedown: `!forseti redact @b:evil.example` removes what they wrote.":                          {"@*:evil.example", []string{"b"}},
		"It is a takedown: `!forseti redact @c*:evil.example` removes what they wrote.":                         {"@c*:evil.example", []string{"c1", "c2"}},
		"It is a takedown: `!forseti redact @d1:evil.example` removes what the first of them wrote, and so on.": {"*spam*", []string{"d1", "d2"}},
	} {
		c := newChat()
		for _, u := range tt.users {
			a := ban(u, "Lobby", rule("$takedown", tt.entity))
			c.opened(a)
			c.done(a)
		}
		c.pass(time.Minute)
		if got := c.log.String(); !strings.Contains(got, want) {
			t.Errorf("%s\nlacks %s", got, want)
		}
	}
}

// Every verb can be told of, whatever it is done to.
func TestEveryVerbHasItsSentence(t *testing.T) {
	for _, v := range action.Verbs() {
		if v.Speech() {
			continue
		}
		for _, f := range []action.Fate{action.Done, action.Would, action.Refused, action.Superseded, action.Dropped} {
			c := newChat()
			a := action.Action{Verb: v, Room: "!Lobby:hs", User: "@a:evil.example", Event: "$m", Cause: asked("$c")}
			c.Replies.Begin("$c", c.now)
			c.opened(a)
			c.Replies.Answer(answerTo("$c"), c.now)
			c.ended(a, f, "")
			c.pass(time.Minute)
			got := c.reply(t, "$c")
			words := v.Row().Words
			does := map[action.Fate]string{action.Done: words.Did, action.Would: words.Would}[f]
			if does == "" {
				does = words.Do
			}
			if !strings.Contains(got, does) || !strings.Contains(got, "Lobby") || strings.Contains(got, "  ") || strings.Contains(got, "%!") {
				t.Errorf("%s, %s: %s", v, f, got)
			}
		}
	}
}

// The same thing that happens again is another message, which a homeserver must not take for the first.
func TestSameWordsAgain(t *testing.T) {
	c := newChat()
	for range 3 {
		a := ban("a", "Lobby", rule("$r", "x"))
		c.opened(a)
		c.done(a)
		c.pass(20 * time.Second)
	}
	if len(c.messages) != 3 || c.messages[0].text != c.messages[2].text {
		t.Errorf("said:\n%s", c.log.String())
	}
}

// What could not be sent is no story that goes on.
func TestStoryThatCouldNotBeSent(t *testing.T) {
	c := newChat()
	flood := action.Cause{Kind: action.ByProtection, Protection: "flooding", Event: "$f"}
	a, b := ban("a", "Lobby", flood), ban("b", "Lobby", flood)
	c.opened(a)
	c.done(a)
	for _, s := range c.Speak(c.now) {
		c.Posted(s.Name, "", c.now)
	}
	c.opened(b)
	c.done(b)
	c.pass(time.Minute)
	if len(c.messages) != 1 || c.messages[0].text != "Banned `@b:evil.example` in Lobby. (Protection flooding.)" {
		t.Errorf("said:\n%s", c.log.String())
	}
}

// What ended in very many ways is not told way by way, but nothing of it is left out of the count.
func TestManyWaysToEnd(t *testing.T) {
	c := newChat()
	c.Replies.Begin("$c", c.now)
	for i := range 12 {
		a := ban(fmt.Sprint("u", i), "Lobby", asked("$c"))
		c.opened(a)
		c.ended(a, action.Refused, fmt.Sprintf("reason %02d", i))
	}
	c.Replies.Answer(answerTo("$c"), c.now)
	c.pass(time.Minute)
	if got := c.reply(t, "$c"); strings.Count(got, "Did not ban") != 8 || !strings.HasSuffix(got, ": reason 07. 4 more things ended otherwise.") {
		t.Error(got)
	}
}

// Why something did not work is a homeserver's word, or a stranger's: it is shown and not obeyed, and has a length.
func TestReasonsAreEscaped(t *testing.T) {
	for _, why := range []string{"[ban me](https://evil.example)", "<b>x</b>", "`code", "@room\n# Big\n", "![x](mxc://evil.example/x)", strings.Repeat("long ", 2000), "*x* _y_"} {
		c := newChat()
		a, b := ban("a", "Lobby", asked("$c")), ban("b", "Lobby", asked("$c"))
		c.Replies.Begin("$c", c.now)
		c.opened(a)
		c.opened(b)
		c.Hindered(action.Hindrance{Action: b, Kind: action.Forbidden, Why: why}, c.now)
		c.ended(a, action.Refused, why)
		c.Replies.Answer(answerTo("$c"), c.now)
		c.pass(time.Minute)
		for _, said := range append(c.Problems.All(), c.reply(t, "$c"), report.ProblemText("Lobby", why)) {
			if len(said) > 1500 || !strings.Contains(said, text.Escape(why, text.MostReason)) && len(why) < 100 || strings.Contains(strings.Replace(said, "\n\n", " ", 1), "\n") { // what came of it may stand apart
				t.Errorf("%q is shown as %.300q", why, said)
			}
		}
	}
}

// What protections found is told within five seconds, however much else there is to tell.
func TestFindingsDoNotWait(t *testing.T) {
	c := newChat()
	waits := map[string]time.Time{} // by user
	last := 0
	for n := range 900 {
		a := ban(fmt.Sprint("r", n), "Lobby", rule(id.EventID(fmt.Sprint("$", n)), fmt.Sprint("r", n)))
		c.opened(a)
		c.done(a)
		if n%70 == 0 {
			last++
			user := fmt.Sprint("flooder", last)
			f := ban(user, "Lobby", action.Cause{Kind: action.ByProtection, Protection: fmt.Sprint("p", last), Event: id.EventID("$" + user)})
			c.opened(f)
			c.done(f)
			waits["`@"+user+":evil.example`"] = c.now
		}
		c.pass(100 * time.Millisecond)
		for _, m := range c.messages {
			for user := range waits {
				if strings.Contains(m.text, user) {
					delete(waits, user)
				}
			}
		}
		for user, since := range waits {
			if c.now.Sub(since) > 5500*time.Millisecond {
				t.Fatalf("%s waits for %s", user, c.now.Sub(since))
			}
		}
	}
	if last < 5 || len(c.messages) > 40 {
		t.Errorf("%d findings, %d messages", last, len(c.messages))
	}
}
