package enforce

import (
	"testing"
	"time"
)

// bucket is a homeserver that takes a burst and then so many in a second, as Synapse
// counts.
type bucket struct {
	rate    Rate // the zero Rate takes everything
	level   float64
	counted time.Time
}

func (b *bucket) ask(now time.Time) (ok bool, after time.Duration) {
	if b.rate.PerSecond == 0 {
		return true, 0
	}
	b.level = min(b.rate.Burst, b.level+b.rate.PerSecond*now.Sub(b.counted).Seconds())
	b.counted = now
	if b.level >= 1 {
		b.level--
		return true, 0
	}
	return false, time.Duration((1 - b.level) / b.rate.PerSecond * float64(time.Second))
}

// answered is a request under way.
type answered struct {
	at    time.Time
	sort  Sort
	ok    bool
	after time.Duration
}

// wave is what was seen while so many bans waited and a moderator asked something every
// ten seconds.
type wave struct {
	took    time.Duration
	answers []time.Duration // how long each question waited for its answer
	word    time.Duration   // from the first refusal to the word about it; negative without a refusal
	refused int
}

// ride carries a wave out on a homeserver, which may change on the way.
func ride(p *Pace, b *bucket, bans int, change func(since time.Duration, b *bucket)) (w wave) {
	const step, latency, refusal, rooms = 10 * time.Millisecond, 80 * time.Millisecond, 580 * time.Millisecond, 3
	var flying []answered
	var asked []time.Time // what waits to be said; of the word about the limit the zero time
	var refusedAt, again time.Time
	working, speaking, told, news := 0, false, false, false
	w.word = -1
	left := bans
	for now := start; left > 0; now = now.Add(step) {
		since := now.Sub(start)
		if since > time.Hour {
			w.took = since
			return w
		}
		if change != nil {
			change(since, b)
		}
		if since == 0 || since%(10*time.Second) == time.Second { // the command's own answer, and whoever asks then
			asked = append(asked, now)
		}
		news = news || since%(50*time.Second) == 40*time.Second
		kept := flying[:0]
		for _, f := range flying {
			if f.at.After(now) {
				kept = append(kept, f)
				continue
			}
			if f.sort == Work {
				working--
			} else if speaking = false; !f.ok {
				again = now.Add(f.after) // as it is told: before that nobody says anything
			}
			switch {
			case !f.ok:
				w.refused++
				p.Refused(f.sort, f.after, now)
				if refusedAt.IsZero() {
					refusedAt = now
				}
			case f.sort == News:
				news = false
				p.Passed(now)
			case f.sort == Answer && asked[0].IsZero():
				if !refusedAt.IsZero() {
					w.word = now.Sub(refusedAt)
				}
				asked = asked[1:]
				p.Passed(now)
			case f.sort == Answer:
				w.answers = append(w.answers, now.Sub(asked[0]))
				asked = asked[1:]
				p.Passed(now)
			default:
				left--
				p.Passed(now)
			}
		}
		flying = kept
		if !told && p.Slowed(now) {
			told = true
			asked = append([]time.Time{{}}, asked...)
		}
		speech := (len(asked) > 0 || news) && !speaking
		p.Speaks(speaks(speech, later(again, now)))
		send := func(sort Sort) {
			p.Spend(now, sort)
			ok, after := b.ask(now)
			f := answered{at: now.Add(latency), sort: sort, ok: ok, after: after}
			if !ok {
				f.at = now.Add(refusal)
			}
			flying = append(flying, f)
		}
		sort := News
		if len(asked) > 0 {
			sort = Answer
		}
		if speech && !again.After(now) && p.May(now, sort) {
			speaking = true
			send(sort)
		}
		for working < min(rooms, left) && p.May(now, Work) {
			working++
			send(Work)
		}
		w.took = now.Sub(start)
	}
	return w
}

// speaks is when something is to be said, if there is anything.
func speaks(anything bool, at time.Time) time.Time {
	if !anything {
		return time.Time{}
	}
	return at
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// slowest is the slowest answer of those at the beginning, which are the command's own and
// that to whoever asks at once, and of the later ones.
func (w wave) slowest() (first, later time.Duration) {
	for i, d := range w.answers {
		if i < 2 {
			first = max(first, d)
		} else {
			later = max(later, d)
		}
	}
	return first, later
}

// A limit that is known leaves moderators an answer within 5 seconds at any time of a
// wave, also what the command itself is answered and whoever asks at once. Where it is
// not, or nothing was left at the beginning, these wait behind the word that the
// homeserver slows us. The bans take hardly longer
// than they must: 91, some 100 answers and 20 edits make 17 minutes and a half.
func TestPaceInAWave(t *testing.T) {
	stock := Rate{PerSecond: 0.2, Burst: 10}
	const bans, least = 91, 18 * time.Minute
	for name, tc := range map[string]struct {
		known   Rate
		spent   time.Duration // how long before it was used up
		true    Rate
		change  func(time.Duration, *bucket)
		took    time.Duration // at most
		first   time.Duration
		answer  time.Duration
		refused int
	}{
		"known":          {known: stock, true: stock, took: least, first: time.Second, answer: 3 * time.Second, refused: 60},
		"known and used": {known: stock, spent: time.Second, true: stock, took: least + 2*time.Minute, first: 14 * time.Second, answer: 14 * time.Second, refused: 60},
		"unknown":        {true: stock, took: least, first: 10 * time.Second, answer: 5 * time.Second, refused: 60},
		"thought faster": {known: Rate{PerSecond: 1, Burst: 10}, true: stock, took: least, first: 13 * time.Second, answer: 8 * time.Second, refused: 60},
		"thought slower": {known: Rate{PerSecond: 0.1, Burst: 10}, true: stock, took: least + time.Minute, first: time.Second, answer: 30 * time.Second, refused: 60},
		"lifted on the way": {known: stock, true: stock, took: 3*time.Minute + 15*time.Second, first: time.Second, answer: 3 * time.Second, refused: 10,
			change: func(since time.Duration, b *bucket) {
				if since > 2*time.Minute {
					b.rate = Rate{}
				}
			}},
		"lifted before":  {known: stock, took: 135 * time.Second, first: time.Second, answer: time.Second},
		"fast":           {true: Rate{PerSecond: 40, Burst: 20}, took: 3 * time.Second, first: time.Second},
		"hardly a burst": {known: Rate{PerSecond: 1, Burst: 1}, true: Rate{PerSecond: 1, Burst: 1}, took: 2 * time.Minute, first: 2 * time.Second, answer: 3 * time.Second, refused: 20},
		"none":           {took: 3 * time.Second, first: time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			p := &Pace{}
			if tc.known != (Rate{}) {
				spent := time.Time{}
				if tc.spent > 0 {
					spent = start.Add(-tc.spent)
				}
				p.Know(tc.known, spent, start)
			}
			b := &bucket{rate: tc.true, level: tc.true.Burst, counted: start}
			if tc.spent > 0 {
				b.level = tc.true.PerSecond * tc.spent.Seconds()
			}
			w := ride(p, b, bans, tc.change)
			first, later := w.slowest()
			t.Logf("%s; first answer after %s, later ones after at most %s; word after %s; %d refused", w.took, first, later, w.word, w.refused)
			if w.took > tc.took || first > tc.first || later > tc.answer || w.refused > tc.refused {
				t.Errorf("want at most %s; %s, %s; %d refused", tc.took, tc.first, tc.answer, tc.refused)
			}
		})
	}
}
