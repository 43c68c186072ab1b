package report

import (
	"maps"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/text"
)

// outlook is what lies ahead: how much is wanted, what holds all of it up, and how long it takes.
type outlook struct {
	work   *ledger
	lately lately
	limit  limit
	dry    bool
}

// limited begins or goes on with a time in which the homeserver limits us.
func (o *outlook) limited(waiting map[action.Lane]int, until, now time.Time) {
	if !o.limit.on {
		o.limit = limit{on: true, since: now, done: map[action.Verb]int{}}
		o.lately = lately{} // what went through before says nothing now
	}
	o.limit.until, o.limit.last, o.limit.waiting = until, now, maps.Clone(waiting)
}

// turnDry begins or ends a dry run. How fast it went before says nothing of how fast it goes after.
func (o *outlook) turnDry(on bool) { o.dry, o.lately = on, lately{} }

// did counts what was done.
func (o *outlook) did(v action.Verb, now time.Time) {
	o.lately.add(now)
	if o.limit.on {
		o.limit.done[v]++
	}
}

// held is what waits for the homeserver, in words; "" if it is only speech.
func (o *outlook) held() string {
	if o.work.total() > 0 {
		return waitWords(o.work.left)
	}
	return o.limit.held()
}

// waiting says what waits and about how long, "" if nothing does.
func (o *outlook) waiting(now time.Time) string {
	switch {
	case o.work.total() == 0:
		return ""
	case o.dry:
		return waitWords(o.work.left) + " for the end of the dry run"
	case o.limit.on:
		return waitWords(o.work.left) + " for the homeserver, which slows me down" + o.howLong(now)
	default:
		return "still to do: " + nouns(o.work.left) + o.howLong(now)
	}
}

// howLong estimates from what got through lately, for the end of a sentence. As long as that is too little, the
// homeserver's word on when it lets the next request through has to do.
func (o *outlook) howLong(now time.Time) string {
	left, rate := o.work.total(), o.lately.rate(now)
	switch pause := o.limit.asked(); {
	case left == 0:
		return ""
	case rate > 0:
		return ", " + text.About(time.Duration(float64(left)/rate*float64(time.Second)))
	case o.limit.on && pause > 0:
		return ", " + text.About(time.Duration(left)*pause)
	default:
		return ""
	}
}

// pauseOfEdits is the least between two edits of one reply that only show progress.
func (o *outlook) pauseOfEdits() time.Duration {
	if o.limit.on {
		return 2 * o.limit.pause() // what is said about the limits tells how far we are
	}
	return editPause
}

// pauseOfAlerts is the most that what protections found waits for its turn: somebody may be about to act on it. Under the
// homeserver's limits each word takes the place of a ban.
func (o *outlook) pauseOfAlerts() time.Duration {
	if o.limit.on {
		return longPause
	}
	return editPause
}

// first reports whether moderators have yet to hear of the homeserver's limits. What holds up nothing but speech is
// no news.
func (o *outlook) first(now time.Time) bool {
	return o.limit.on && !o.limit.message.posted && o.held() != "" && !o.dry && !o.over(now)
}

// over reports whether the homeserver limits us no more, or it is of no matter.
func (o *outlook) over(now time.Time) bool { return o.limit.on && !now.Before(o.end()) }

// end is when the limits are over, if nothing more is refused.
func (o *outlook) end() time.Time {
	if o.work.total() == 0 || o.dry {
		return o.limit.until
	}
	return later(o.limit.last.Add(limitOver), o.limit.until)
}

// quiet forgets limits that are over, of which nobody was told.
func (o *outlook) quiet(now time.Time) {
	if o.over(now) && !o.limit.message.posted {
		o.limit.on = false
	}
}

// edit is the next edit of what is said about the limits; nil if there is none yet.
func (o *outlook) edit(now time.Time) *flight {
	if !o.limit.message.posted || now.Before(o.limit.message.next) && !o.over(now) {
		return nil
	}
	return o.flight(now)
}

// flight is what is said about the limits, or an edit of it; nil if there is nothing new to say.
func (o *outlook) flight(now time.Time) *flight {
	f := &flight{limit: true, final: o.over(now), text: o.text(now)}
	if f.text == o.limit.message.said {
		o.limit.message.next = now.Add(o.limit.pause())
		return nil
	}
	name := "limit-" + hash(stamp(o.limit.since))
	if o.limit.message.posted {
		name += "-" + hash(f.text, stamp(now))
	}
	f.speech = Speech{Name: name, Message: action.Message{Markdown: f.text, Edits: o.limit.message.event}}
	return f
}

func (o *outlook) posted(f *flight, event id.EventID, now time.Time) {
	o.limit.message.note(f.text, event, now.Add(o.limit.pause()))
	if f.final || o.limit.message.event == "" {
		o.limit = limit{}
	}
}

// due is when there may be something to say about the limits; zero if nothing more is.
func (o *outlook) due(now time.Time) time.Time {
	if !o.limit.message.posted {
		return time.Time{}
	}
	if o.over(now) {
		return now
	}
	return later(soonest(o.limit.message.next, o.end()), now)
}

// drop forgets limits that are over, whoever was told of them.
func (o *outlook) drop(now time.Time) {
	if o.over(now) {
		o.limit = limit{}
	}
}

func (o *outlook) text(now time.Time) string {
	if !o.over(now) {
		return "The homeserver slows me down: " + o.held() + o.howLong(now) +
			". Its admin can lift the limit for my account; `forseti check` shows how."
	}
	said := "The homeserver slowed me down for " + text.Duration(o.limit.until.Sub(o.limit.since)) + "."
	if len(o.limit.done) > 0 {
		said += " Done meanwhile: " + nouns(o.limit.done) + "."
	}
	if o.work.total() > 0 && !o.dry {
		said += " Still to do: " + nouns(o.work.left) + "."
	}
	return said
}
