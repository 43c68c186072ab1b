package report

import (
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// Say says something as it is, after what was to be said before. It reports false if too much waits already.
func (r *Report) Say(name string, m action.Message) bool {
	return r.outbox.say(Speech{Name: name, Message: m}, r.Replies.turn)
}

// SayAside is Say of what belongs to something that asks nothing of anybody, where that is said.
func (r *Report) SayAside(name string, m action.Message) bool {
	return r.outbox.say(Speech{Name: name, Message: m, Aside: true}, r.Replies.turn)
}

// Speak gives what is to be sent now. Each is then to be Posted or Failed before more is given.
func (r *Report) Speak(now time.Time) []Speech {
	switch {
	case r.busy(now):
		return r.outbox.again(now)
	case r.outbox.busy():
		r.outbox.yield()
	}
	return r.outbox.send(r.choose(now))
}

// SpeakClear is Speak where nothing can be said in secret: it gives only what is to be said all the same.
func (r *Report) SpeakClear(now time.Time) []Speech {
	if r.outbox.busy() {
		return r.outbox.again(now)
	}
	return r.outbox.send(r.outbox.clear(now))
}

// choose says what comes first: that the homeserver limits us, then what was asked for in the order of asking, then how
// that ended, then news, then progress.
func (r *Report) choose(now time.Time) *flight {
	r.Problems.overdue(now)
	r.shadows.overdue(r.news, now)
	r.notices.overdue(now, r.outlook.limit.on)
	r.outlook.quiet(now)
	if r.outlook.first(now) {
		return r.outlook.flight(now)
	}
	// A command waits a moment for its effects, but nobody who comes after waits for it.
	switch a := r.Replies.unsaid(); {
	case r.outbox.before(a, now):
		return r.outbox.next(now)
	case a != nil && !now.Before(r.Replies.due(a, r.outbox.waits(now))):
		return r.Replies.flight(a, now)
	}
	if a := r.Replies.ended(); a != nil {
		return r.Replies.flight(a, now)
	}
	if f := r.outbox.resume(now); f != nil {
		return f
	}
	if r.outbox.aside == nil {
		if f := r.notices.flight(now); f != nil {
			return f
		}
	}
	if f := r.outlook.edit(now); f != nil {
		return f
	}
	return r.Replies.progress(now)
}

// Due is when Speak may next have something; zero if not before something happens. Speak has nothing before that time.
func (r *Report) Due(now time.Time) time.Time {
	if f := r.outbox.flying; f != nil {
		at := r.outbox.due(now)
		if r.outbox.canYield() {
			at = soonest(at, r.awaited(now))
		}
		return at
	}
	news := r.notices.due(now)
	if f := r.outbox.aside; f != nil {
		news = later(f.again, now)
	}
	return soonest(r.awaited(now), r.Replies.nextDue(now), news, r.outlook.due(now), r.Problems.due(), r.shadows.due())
}

// busy reports whether a message is under way that all others wait for. What failed and can yield is none where somebody
// waits for an answer: a homeserver that lets one message through in five seconds would keep them waiting for ten.
func (r *Report) busy(now time.Time) bool {
	if !r.outbox.busy() {
		return false
	}
	at := r.awaited(now)
	return !r.outbox.canYield() || at.IsZero() || at.After(now)
}

// awaited is when something can be said that somebody waits for; zero if nobody waits.
func (r *Report) awaited(now time.Time) time.Time {
	if r.outlook.first(now) {
		return now
	}
	at := r.outbox.ready(now)
	if a := r.Replies.unsaid(); a != nil {
		at = soonest(at, later(r.Replies.due(a, false), now))
	}
	return at
}

// Pressing reports whether somebody waits for what is said next: an answer, a question,
// or the word that the homeserver limits us. What brings an earlier message up to date
// can wait.
func (r *Report) Pressing(now time.Time) bool {
	if r.busy(now) {
		return r.outbox.flying.speech.Message.Edits == ""
	}
	return r.outlook.first(now) || r.outbox.waits(now) || r.Replies.unsaid() != nil
}

// soonest is the first of several times, of which those that are zero do not count; zero if all are.
func soonest(times ...time.Time) (first time.Time) {
	for _, t := range times {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// Failed says that a message could not be sent, and when to try again.
func (r *Report) Failed(name string, again time.Time) { r.outbox.failed(name, again) }

// Posted says which event a message became, or "" if it cannot be sent at all. It returns the commands that are answered
// for good.
func (r *Report) Posted(name string, event id.EventID, now time.Time) []id.EventID {
	f := r.outbox.landed(name)
	if f == nil {
		return nil
	}
	if f.story == nil && f.speech.Message.Edits == "" {
		r.notices.interrupted()
	}
	switch {
	case f.answer != nil:
		return r.Replies.posted(f, event, now)
	case f.limit:
		r.outlook.posted(f, event, now)
	case f.story != nil:
		r.notices.posted(f, event, now)
		if f.yielded {
			r.notices.interrupted() // what is news from now on does not go into it, for it stands above an answer
		}
	}
	return nil
}

// Drop forgets what waits to be said in secret, when nothing can be. It returns the commands that are done with all the
// same.
func (r *Report) Drop(now time.Time) (done []id.EventID) {
	r.outbox.drop()
	r.news.take()
	clear(r.shadows.by)
	r.notices.drop()
	r.outlook.drop(now)
	return r.Replies.drop(now)
}
