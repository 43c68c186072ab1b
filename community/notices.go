package community

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/enforce"
)

// digest holds what moderators should read soon. What comes alone is said at
// once; in a wave, messages come ever more rarely and say more each.
type digest struct {
	ready []*decision
	lines []string
	next  time.Time // not before
	pause time.Duration
}

const (
	shortPause = 2 * time.Second
	longPause  = 15 * time.Second
)

func (g *digest) add(d *decision, _ time.Time) {
	if !slices.Contains(g.ready, d) {
		g.ready = append(g.ready, d)
	}
}

// nextNotice is when something may have to be said; zero if nothing waits.
func (c *Community) nextNotice(now time.Time) time.Time {
	if !c.live {
		return time.Time{}
	}
	var at time.Time
	if len(c.digest.ready) > 0 || len(c.digest.lines) > 0 {
		at = c.digest.next
		if at.Before(now) {
			at = now
		}
		if slices.ContainsFunc(c.digest.ready, func(d *decision) bool { return len(d.heads) > 0 && !d.saying }) {
			at = now
		}
	}
	for _, d := range c.decisions {
		if d.slow() && (at.IsZero() || d.began.Add(patience).Before(at)) {
			at = d.began.Add(patience)
		}
	}
	return at
}

// slow reports whether a moderator waits for the outcome of a command and has
// read nothing yet.
func (d *decision) slow() bool {
	return len(d.heads) > 0 && len(d.open) > 0 && d.message == "" && !d.saying
}

// sendNotices says what is due.
func (c *Community) sendNotices(now time.Time) {
	if !c.live {
		return // the picture is not whole yet
	}
	var later []*decision
	for _, d := range c.digest.ready {
		switch {
		case d.awaits || d.saying || len(d.open) > 0:
			if d.awaits || d.saying {
				later = append(later, d)
			}
		case d.empty():
		case len(d.heads) > 0:
			c.sayDecision(d, "")
		default:
			later = append(later, d)
		}
	}
	c.digest.ready = later
	for _, d := range c.decisions {
		if d.slow() && !now.Before(d.began.Add(patience)) {
			c.sayDecision(d, fmt.Sprintf("Under way: %d to go.", len(d.open)))
		}
	}
	c.sendDigest(now)
	c.forgetDecisions(now)
}

func (c *Community) sendDigest(now time.Time) {
	var due []*decision
	c.digest.ready = slices.DeleteFunc(c.digest.ready, func(d *decision) bool {
		if d.awaits || d.saying || now.Before(c.digest.next) {
			return false
		}
		due = append(due, d)
		return true
	})
	if len(due) == 0 && len(c.digest.lines) == 0 || now.Before(c.digest.next) {
		return
	}
	if now.Sub(c.digest.next) > longPause {
		c.digest.pause = shortPause
	} else {
		c.digest.pause = min(max(2*c.digest.pause, shortPause), longPause)
	}
	c.digest.next = now.Add(c.digest.pause)
	lines := c.digest.lines
	c.digest.lines = nil
	if len(due) == 1 && len(lines) == 0 {
		c.sayDecision(due[0], "")
		return
	}
	lines = append(c.summary(due), lines...)
	c.say(strings.Join(lines, "\n\n"), "", nil)
}

// tell says something with the next digest.
func (c *Community) tell(text string) { c.digest.lines = append(c.digest.lines, text) }

// sayDecision posts what came of a decision, or edits what was said before.
func (c *Community) sayDecision(d *decision, more string) {
	text := c.decisionText(d, more)
	if text == d.said {
		return
	}
	d.said = text
	replyTo := id.EventID("")
	if len(d.heads) > 0 {
		replyTo = d.heads[len(d.heads)-1].command
	}
	d.saying = true
	c.speakUp(action.Message{Markdown: text, ReplyTo: replyTo, Edits: d.message}, func(evt id.EventID) {
		d.saying = false
		if d.message == "" {
			d.message = evt
		}
		if len(d.open) == 0 {
			for _, h := range d.heads {
				c.answered(h.command)
			}
		}
	})
}

// say posts a message in the management room.
func (c *Community) say(text string, replyTo id.EventID, posted func(id.EventID)) {
	c.speakUp(action.Message{Markdown: text, ReplyTo: replyTo}, posted)
}

func (c *Community) speakUp(m action.Message, posted func(id.EventID)) {
	c.speakAs(fmt.Sprintf("%d-%d", c.started.UnixNano(), c.spoken+1), m, posted)
}

// speakAs is speakUp for what must be said once, also if we are gone before we
// know that it was: with the same name it is the same send.
func (c *Community) speakAs(name string, m action.Message, posted func(id.EventID)) {
	if c.mute() && !m.Clear {
		c.log.Error().Bool("identity_replaced", c.account.Replaced()).Msg("The management room is encrypted and nothing can be said in secret: a message to the moderators was not sent. Set encryption.key, or mend the identity with forseti restore")
		return
	}
	c.spoken++
	key := enforce.Key{Lane: action.SpeechLane, Room: c.opts.ManagementRoom, Subject: fmt.Sprint(c.spoken)}
	m.Markdown = cut(m.Markdown)
	c.wanted[key] = &request{
		action: action.Action{
			ID:   "forseti-" + name,
			Verb: action.Say, Room: c.opts.ManagementRoom, Message: &m, Cause: action.Cause{Kind: action.ByForseti},
		},
		posted: posted,
	}
	c.speech.Add(key, time.Now())
}

// speak lets a worker post one message.
func (c *Community) speak(key enforce.Key) {
	r := c.wanted[key]
	if r == nil {
		c.speech.Done(key, time.Now())
		return
	}
	door, a := c.door, r.action
	c.later(func(ctx context.Context) {
		t := enforce.Execute(ctx, c.store, door, a)
		c.post(func() { c.spoke(key, r, t) })
	})
}

func (c *Community) spoke(key enforce.Key, r *request, t enforce.Attempt) {
	now := time.Now()
	f := t.Failure
	switch {
	case f == nil:
	case f.Kind == action.Unauthorized:
		c.stop(fmt.Errorf("the homeserver no longer accepts the bot's login: %w", f))
		return
	case !f.Final():
		if f.Kind == action.RateLimited {
			c.limited(t.Action, f.RetryAfter, now)
		}
		c.speech.Retry(key, now, f.RetryAfter)
		c.log.Warn().Err(f).Msg("Message not sent; it will be tried again")
		return
	default:
		c.log.Error().Err(f).Msg("Message cannot be sent")
	}
	delete(c.wanted, key)
	c.speech.Done(key, now)
	if r.posted != nil {
		r.posted(t.Result.Event)
	}
}

// mostText is what one message may hold. Moderators read on a phone, and an
// event has room for 65,536 bytes of which the HTML takes its share again.
const mostText = 12_000

func cut(text string) string {
	if len(text) <= mostText {
		return text
	}
	return strings.ToValidUTF8(text[:mostText], "") + "\n\n… (cut)"
}
