package community

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/enforce"
	"forseti/store"
)

// bad is a homeserver whose every answer breaks us.
type bad struct{ Homeserver }

func (bad) Act(context.Context, action.Action) (action.Result, error) { panic("half done") }

func (bad) Resolve(context.Context, id.RoomAlias) (id.RoomID, []string, error) { panic("half done") }

// badly runs a community with such a homeserver, and with a store of which every call
// panics.
func badly(t *testing.T, do func(c *Community)) *Community {
	t.Helper()
	c := New(Options{Store: &store.Store{}, Self: "@forseti:own.example", ManagementRoom: "!m:x", Homeserver: bad{}, Log: zerolog.New(io.Discard)})
	ctx, stop := context.WithCancel(t.Context())
	c.loop.Begin(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.loop.Run(func() time.Duration { return time.Hour })
	}()
	t.Cleanup(func() {
		stop()
		<-ended
		c.loop.Wait()
	})
	if err := c.loop.Do(t.Context(), func() { do(c) }); err != nil {
		t.Fatal(err)
	}
	return c
}

// until waits for what the owner sees.
func until(t *testing.T, c *Community, what string, seen func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		is := false
		if err := c.loop.Do(t.Context(), func() { is = seen() }); err != nil {
			t.Fatalf("%s: the loop ended: %v", what, context.Cause(c.loop.Context()))
		}
		if is {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("not so: %s", what)
}

// said is all that waits to be said.
func (c *Community) said() string {
	var all []string
	for at := time.Now(); len(all) < 50; at = at.Add(time.Hour) {
		next := c.speaker.report.Speak(at)
		if len(next) == 0 && c.speaker.report.Due(at).IsZero() {
			break
		}
		for _, s := range next {
			all = append(all, s.Message.Markdown)
			c.speaker.report.Posted(s.Name, "$said", at)
		}
	}
	return strings.Join(all, "\n")
}

// A command over which a worker breaks is answered, and its lane is free for the next;
// a moderator is told once what broke, and not once for each time.
func TestCommandThatBreaks(t *testing.T) {
	const first, second = id.EventID("$first"), id.EventID("$second")
	c := badly(t, func(c *Community) {
		c.progress.live = true
		c.orders.obey([]store.Command{
			{Event: first, Sender: "@not:x", Body: "sync"}, // to finish it breaks us: there is no store
			{Event: second, Sender: "@not:x", Body: "sync"},
		})
	})
	until(t, c, "all lanes are free", func() bool {
		for _, l := range c.orders.lanes {
			if l.running || len(l.waiting) > 0 {
				return false
			}
		}
		return true
	})
	var said string
	until(t, c, "both are answered", func() bool {
		said += c.said()
		return strings.Count(said, commands.Broken) == 2 && strings.Contains(said, "Something in me broke")
	})
	if n := strings.Count(said, "Something in me broke when I was to carry out a command."); n != 1 {
		t.Errorf("told %d times: %s", n, said)
	}
}

// What breaks at the door lands: an action is tried again or given up, and a message
// gives way to those behind it.
func TestDoorBreaks(t *testing.T) {
	var landed enforce.Attempt
	done := false
	c := badly(t, func(c *Community) {
		c.jobs.door.try(enforce.Job{Action: action.Action{Verb: action.Say, Room: "!m:x"}}, func(a enforce.Attempt) { landed, done = a, true })
	})
	until(t, c, "it landed", func() bool { return done })
	if landed.Failure == nil || landed.Failure.Kind != action.Broken {
		t.Errorf("landed as %+v", landed)
	}
	if err := c.loop.Do(t.Context(), func() {
		c.speaker.say("poison", "", nil)
		for _, said := range c.speaker.report.Speak(time.Now()) {
			c.speaker.uttered(said, landed)
		}
		c.speaker.say("medicine", "", nil)
	}); err != nil {
		t.Fatal(err)
	}
	until(t, c, "the next is said", func() bool { return strings.Contains(c.said(), "medicine") })
}

// A list that is looked for by its alias is looked for again.
func TestAliasBreaks(t *testing.T) {
	c := badly(t, func(c *Community) { c.places.following.aliases.lookUp("#list:x") })
	until(t, c, "nothing is being looked for", func() bool { return len(c.places.following.aliases.seeking) == 0 })
}

// A question that could not be stored does not count as asked.
func TestQuestionBreaks(t *testing.T) {
	d := questionDetails{Kind: "list", Room: "!list:x", Text: "?"}
	c := badly(t, func(c *Community) {
		c.orders.questions.board.Touch(d.topic(), time.Now())
		c.orders.questions.ask(d, time.Now())
	})
	until(t, c, "it is not asked", func() bool {
		_, open := c.orders.questions.board.Of(d.topic())
		return !open
	})
}
