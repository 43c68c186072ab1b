package community

import (
	"context"
	"fmt"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community/report"
	"forseti/enforce"
)

// voice is how what the report says gets into the management room: one message after another, for two at once would
// overtake each other.
type voice struct {
	posted map[string]func(id.EventID) // what to do once a message is there, by its name
	spoken int
	tries  int       // of the present message
	muted  time.Time // when it was last logged that nothing can be said
}

// problemNamespace keeps what was told, so that a restart does not tell it again.
const problemNamespace = "problem"

// tell says something with the next digest.
func (c *Community) tell(line string) { c.report.Tell(line) }

// say posts a message in the management room.
func (c *Community) say(text string, replyTo id.EventID, posted func(id.EventID)) {
	c.speakUp(action.Message{Markdown: text, ReplyTo: replyTo}, posted)
}

func (c *Community) speakUp(m action.Message, posted func(id.EventID)) {
	c.voice.spoken++
	c.speakAs(fmt.Sprintf("%d-%d", c.started.UnixNano(), c.voice.spoken), m, posted)
}

// speakAs is speakUp for what must be said once, also if we are gone before we know that it was: with the same name it
// is the same send.
func (c *Community) speakAs(name string, m action.Message, posted func(id.EventID)) {
	if !c.report.Say(name, m) {
		c.log.Error().Str("said", m.Markdown).Msg("Too much waits to be said: a message to the moderators is dropped")
		return
	}
	if posted != nil && (m.Clear || !c.mute()) {
		c.voice.posted[name] = posted
	}
}

// keepProblems stores which problems stand.
func (c *Community) keepProblems() {
	for _, change := range c.report.Problems.Changes() {
		if change.Text == "" {
			c.commits.Setting(problemNamespace, change.Key.String(), nil)
		} else {
			c.commits.Setting(problemNamespace, change.Key.String(), change.Text)
		}
	}
}

// speak sends what is due.
func (c *Community) speak(now time.Time) {
	c.keepProblems()
	due := c.report.Due(now)
	c.runner.Pace.Waiting(c.live && !c.mute() && !due.IsZero() && !due.After(now))
	switch {
	case !c.live: // the picture is not whole yet
	case c.mute():
		if now.Sub(c.voice.muted) > time.Minute {
			c.voice.muted = now
			c.log.Error().Bool("identity_replaced", c.account.Replaced()).
				Msg("The management room is encrypted and nothing can be said in secret: messages to the moderators are not sent. Set encryption.key, or mend the identity with forseti restore")
		}
		c.answered(c.report.Drop(now))
		for _, s := range c.report.SpeakClear(now) {
			c.utter(s)
		}
	case c.runner.Pace.Free(now, true).After(now):
	default:
		for _, s := range c.report.Speak(now) {
			c.utter(s)
		}
	}
}

// speechDue is when something may have to be said; zero if nothing waits.
func (c *Community) speechDue(now time.Time) time.Time {
	if !c.live || c.mute() {
		return time.Time{}
	}
	due := c.report.Due(now)
	if free := c.runner.Pace.Free(now, true); !due.IsZero() && due.Before(free) {
		return free
	}
	return due
}

// utter lets a worker post one message.
func (c *Community) utter(s report.Speech) {
	s.Message.Thread = c.threads.of(s.Message.ReplyTo)
	c.runner.Pace.Spend(time.Now())
	a := action.Action{
		ID:   "forseti-" + s.Name,
		Verb: action.Say, Room: c.opts.ManagementRoom, Message: &s.Message, Cause: action.Cause{Kind: action.ByForseti},
	}
	c.loop.Later(func(ctx context.Context) {
		t := enforce.Execute(ctx, journalOf(c.store), c.home, enforce.Job{Action: a})
		c.loop.Post(func() { c.uttered(s.Name, t) })
	})
}

func (c *Community) uttered(name string, t enforce.Attempt) {
	now := time.Now()
	f := t.Failure
	switch {
	case f == nil:
	case f.Kind == action.Unauthorized:
		c.loop.Stop(fmt.Errorf("the homeserver no longer accepts the bot's login: %w", f))
		return
	case !f.Final():
		const first, longest = time.Second, time.Minute
		pause := max(min(first<<min(c.voice.tries, 10), longest), f.RetryAfter)
		c.voice.tries++
		if f.Kind == action.RateLimited {
			pause = max(f.RetryAfter, first)
			c.runner.Pace.Refused(f.RetryAfter, now)
			c.limited(t.Action, f.RetryAfter, now)
		} else {
			c.log.Warn().Err(f).Msg("Message not sent; it will be tried again")
		}
		c.report.Failed(name, now.Add(pause))
		return
	default:
		c.log.Error().Err(f).Msg("Message cannot be sent")
	}
	c.voice.tries = 0
	c.answered(c.report.Posted(name, t.Result.Event, now))
	if posted := c.voice.posted[name]; posted != nil {
		delete(c.voice.posted, name)
		posted(t.Result.Event)
	}
}
