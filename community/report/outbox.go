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
	// Answers is the command that it begins to answer, if any.
	Answers id.EventID
	// Alerts are the protections whose findings it tells.
	Alerts []string
	// Aside says that it asks nothing of anybody, and is said where that is said.
	Aside bool
}

// mostSaid is how many messages may wait, as while the homeserver is away.
const mostSaid = 500

// outbox is what others say as it is, and the one message that is under way: two at once would overtake each other.
type outbox struct {
	said   []saying
	flying *flight
	aside  *flight // news that failed, and let an answer go first
}

// saying is a message that waits. An edit that failed has its time again, and what edits the same message stays behind it.
type saying struct {
	turn   uint64
	speech Speech
	again  time.Time
}

// flight is a message under way, and what it is about: at most one of an answer, the homeserver's limits, and a notice.
type flight struct {
	speech  Speech
	failed  bool
	yielded bool      // it let another go first
	again   time.Time // when to send it anew, if it failed

	turn   uint64 // of what others say; zero of all else
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
func (o *outbox) say(s Speech, turn func() uint64) bool {
	if len(o.said) >= mostSaid {
		return false
	}
	s.Message = fit(s.Message)
	o.said = append(o.said, saying{turn: turn(), speech: s})
	return true
}

// first is the first message of those that wait that may be said now; -1 if none may.
func (o *outbox) first(now time.Time) int {
	for i, s := range o.said {
		if !now.Before(s.again) && !o.behind(i) {
			return i
		}
	}
	return -1
}

// behind reports whether a message edits what another one edits that was said before it and is not there yet.
func (o *outbox) behind(i int) bool {
	edits := o.said[i].speech.Message.Edits
	if edits == "" {
		return false
	}
	f := o.flying
	return f != nil && f.speech.Message.Edits == edits ||
		slices.ContainsFunc(o.said[:i], func(s saying) bool { return s.speech.Message.Edits == edits })
}

// ready is when the first of what waits may be said; zero if nothing waits.
func (o *outbox) ready(now time.Time) (at time.Time) {
	for i, s := range o.said {
		if o.behind(i) {
			continue
		}
		if at = soonest(at, later(s.again, now)); !at.After(now) {
			return at
		}
	}
	return at
}

// waits reports whether somebody waits to be heard.
func (o *outbox) waits(now time.Time) bool { return o.first(now) >= 0 }

// before reports whether what waits comes before an answer, which there may not be.
func (o *outbox) before(a *answer, now time.Time) bool {
	i := o.first(now)
	return i >= 0 && (a == nil || o.said[i].turn < a.turn)
}

// next takes the first message of those that wait.
func (o *outbox) next(now time.Time) *flight { return o.take(o.first(now)) }

func (o *outbox) take(i int) *flight {
	f := &flight{turn: o.said[i].turn, speech: o.said[i].speech}
	o.said = slices.Delete(o.said, i, i+1)
	return f
}

// clear takes the first message if it may be said in clear.
func (o *outbox) clear(now time.Time) *flight {
	i := o.first(now)
	if i < 0 || !o.said[i].speech.Message.Clear {
		return nil
	}
	return o.take(i)
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

// yield takes it out of the way. What is told once waits: news, and what others say, which keeps its turn. How far a
// command is, or how the homeserver limits us, is made anew from what is known then.
func (o *outbox) yield() {
	f := o.flying
	o.flying = nil
	switch {
	case f.story != nil:
		o.aside, f.yielded = f, true
	case f.turn > 0:
		i := slices.IndexFunc(o.said, func(s saying) bool { return s.turn > f.turn })
		if i < 0 {
			i = len(o.said)
		}
		o.said = slices.Insert(o.said, i, saying{f.turn, f.speech, f.again})
	}
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
