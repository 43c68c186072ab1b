package report

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// Speech is a message to send. The same name is the same send, also after a restart.
type Speech struct {
	Name    string
	Message action.Message
}

// mostSaid is how many messages may wait, as while the homeserver is away.
const mostSaid = 500

// outbox is what others say as it is, and the one message that is under way: two at once would overtake each other.
type outbox struct {
	said   []saying
	flying *flight
	aside  *flight // news that failed, and let an answer go first
}

type saying struct {
	turn   uint64
	speech Speech
}

// flight is a message under way, and what it is about: at most one of an answer, the homeserver's limits, and a notice.
type flight struct {
	speech  Speech
	failed  bool
	yielded bool      // it let another go first
	again   time.Time // when to send it anew, if it failed

	answer *answer
	limit  bool
	story  *story
	final  bool
	text   string // in full
}

// posting is a message of ours that goes on being edited.
type posting struct {
	posted bool
	event  id.EventID // "" if it could not be sent
	said   string
	next   time.Time // when an edit may follow that only shows progress
}

// note takes in that a message, or an edit of it, stands there.
func (p *posting) note(said string, event id.EventID, next time.Time) {
	if !p.posted {
		p.posted, p.event = true, event
	}
	p.said, p.next = said, next
}

// say puts a message in line, at a turn that is taken only if there is a place for it.
func (o *outbox) say(name string, m action.Message, turn func() uint64) bool {
	if len(o.said) >= mostSaid {
		return false
	}
	m.Markdown = fit(m.Markdown, mostFirst)
	o.said = append(o.said, saying{turn(), Speech{name, m}})
	return true
}

// waits reports whether somebody waits to be heard.
func (o *outbox) waits() bool { return len(o.said) > 0 }

// before reports whether what waits comes before an answer, which there may not be.
func (o *outbox) before(a *answer) bool { return o.waits() && (a == nil || o.said[0].turn < a.turn) }

// next takes the first message of those that wait.
func (o *outbox) next() *flight {
	f := &flight{speech: o.said[0].speech}
	o.said = o.said[1:]
	return f
}

// clear takes the first message if it may be said in clear.
func (o *outbox) clear() *flight {
	if !o.waits() || !o.said[0].speech.Message.Clear {
		return nil
	}
	return o.next()
}

// send lets a message fly, if there is one.
func (o *outbox) send(f *flight) []Speech {
	if o.flying = f; f == nil {
		return nil
	}
	return []Speech{f.speech}
}

// busy reports whether a message is under way.
func (o *outbox) busy() bool { return o.flying != nil }

// again sends anew what failed.
func (o *outbox) again(now time.Time) []Speech {
	f := o.flying
	if f == nil || !f.failed || now.Before(f.again) {
		return nil
	}
	f.failed = false
	return []Speech{f.speech}
}

// due is when to send anew what failed; zero while nothing is known of it.
func (o *outbox) due(now time.Time) time.Time {
	if !o.flying.failed {
		return time.Time{}
	}
	return later(o.flying.again, now)
}

func (o *outbox) failed(name string, again time.Time) {
	if f := o.flying; f != nil && f.speech.Name == name {
		f.failed, f.again = true, again
	}
}

// canYield reports whether what is under way failed, and somebody who waits need not wait for it.
func (o *outbox) canYield() bool {
	f := o.flying
	return f != nil && f.failed && (f.story != nil || f.speech.Message.Edits != "") && (f.story == nil || o.aside == nil)
}

// yield takes it out of the way. News are told once, and wait; what brings another message up to date is made anew from
// what is known then.
func (o *outbox) yield() {
	if o.flying.story != nil {
		o.aside, o.flying.yielded = o.flying, true
	}
	o.flying = nil
}

// resume takes up what was put aside; nil before its time.
func (o *outbox) resume(now time.Time) *flight {
	f := o.aside
	if f == nil || now.Before(f.again) {
		return nil
	}
	o.aside, f.failed = nil, false
	return f
}

// landed ends the flight of a message; nil if it is not the one under way.
func (o *outbox) landed(name string) *flight {
	f := o.flying
	if f == nil || f.speech.Name != name {
		return nil
	}
	o.flying = nil
	return f
}

// drop forgets all that may not be said in clear.
func (o *outbox) drop() {
	o.said = slices.DeleteFunc(o.said, func(s saying) bool { return !s.speech.Message.Clear })
	if o.flying != nil && !o.flying.speech.Message.Clear {
		o.flying = nil
	}
	if o.aside != nil && !o.aside.speech.Message.Clear {
		o.aside = nil
	}
}

// stamp makes names differ by when something was said. To edit a message twice does no harm; to take an edit for an
// earlier one, because it has the same text, would.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// hash makes a short name of parts that may hold anything.
func hash(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}
