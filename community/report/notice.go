package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/text"
)

// decisionKey tells decisions apart: what one rule, one offence or one command wanted that was no part of a reply. All
// ACLs of a burst are one.
type decisionKey struct {
	kind      action.CauseKind
	event     id.EventID
	direction action.Direction
}

var aclKey = decisionKey{kind: action.ByForseti}

// decision is what one cause led to, in all rooms, so that one sentence tells of it and not one for each user and room.
type decision struct {
	account
	key   decisionKey
	cause action.Cause
	began time.Time
	times int // that something was told of it
	ready bool
	over  bool
}

// news is a line of a digest.
type news struct {
	text string
	of   Key // of a problem
}

const (
	shortPause = 2 * time.Second
	longPause  = 15 * time.Second
	// tooLong is how long a decision may be under way before what was done of it is told.
	tooLong = 2 * time.Minute
	// sameStory is how long what a protection goes on to do is the same news.
	sameStory = time.Minute

	mostDecisions = 8
	mostNews      = 8
)

// pace spaces digests: what comes alone is said at once; in a wave they come ever more rarely and say more each.
type pace struct {
	next  time.Time
	pause time.Duration
}

func (p *pace) spoke(now time.Time) {
	if now.Sub(p.next) > longPause {
		p.pause = shortPause
	} else {
		p.pause = min(max(2*p.pause, shortPause), longPause)
	}
	p.next = now.Add(p.pause)
}

func eventOf(c action.Cause) id.EventID {
	if c.Kind == action.ByRule {
		return c.Rule
	}
	return c.Event
}

func keyOf(a action.Action) decisionKey {
	if a.Verb == action.SetACL {
		return aclKey
	}
	direction := a.Verb.Row().Direction
	if direction != action.Loosens {
		direction = action.Tightens
	}
	return decisionKey{a.Cause.Kind, eventOf(a.Cause), direction}
}

func (r *Report) decision(key decisionKey, cause action.Cause, now time.Time) *decision {
	d := r.decisions[key]
	if d == nil {
		d = &decision{key: key, cause: cause, began: now}
		d.account = newAccount()
		d.to = d
		r.decisions[key] = d
		r.aging = append(r.aging, d)
	}
	return d
}

func (r *Report) forget(d *decision) {
	d.over = true
	if r.decisions[d.key] == d {
		delete(r.decisions, d.key)
	}
	if d.ready {
		r.ready = slices.DeleteFunc(r.ready, func(other *decision) bool { return other == d })
	}
}

// settleDecision makes a decision ready to be told once nothing more comes of it for now.
func (r *Report) settleDecision(by *account, now time.Time) {
	d := by.to
	switch {
	case d.over || d.ready || !by.idle():
	case !d.tally.empty():
		d.ready = true
		r.ready = append(r.ready, d)
	case len(d.open) == 0:
		r.forget(d)
	}
}

// overdue finds decisions that are under way for long, and tells what was done of them so far.
func (r *Report) overdue(now time.Time) {
	for len(r.aging) > 0 {
		d := r.aging[0]
		if !d.over && now.Before(d.began.Add(tooLong)) {
			return
		}
		r.aging = r.aging[1:]
		if d.over {
			continue
		}
		// While the homeserver limits us, what is said of that tells how far we are.
		if !d.ready && !d.tally.empty() && !r.limit.on {
			d.ready = true
			r.ready = append(r.ready, d)
		}
		d.began = now
		r.aging = append(r.aging, d)
	}
}

// told empties a decision whose results are in a message.
func (r *Report) told(d *decision) {
	r.ready = slices.DeleteFunc(r.ready, func(other *decision) bool { return other == d })
	d.ready, d.tally = false, tally{}
	d.times++
	if len(d.open) == 0 {
		r.forget(d)
	}
}

// Tell says something with the next digest.
func (r *Report) Tell(line string) { r.tell(news{text: line}) }

func (r *Report) tell(n news) {
	if len(r.news) >= mostWaiting {
		r.more++
		return
	}
	r.news = append(r.news, n)
}

// digest makes a message of all that waits to be told; nil if nothing does.
func (r *Report) digest(now time.Time) *flight {
	slices.SortStableFunc(r.ready, func(a, b *decision) int { return heavier(&a.tally, &b.tally) })
	var parts []string
	var rest tally
	names := []string{}
	for i, d := range r.ready {
		names = append(names, string(d.key.kind), string(d.key.event), fmt.Sprint(d.began.UnixMilli(), d.times))
		if i < mostDecisions {
			parts = append(parts, r.decisionText(d))
		} else {
			rest.merge(d.tally)
		}
	}
	if more := len(r.ready) - mostDecisions; more > 0 {
		parts = append(parts, fmt.Sprintf("And by %s: %s.", text.Count(more, "more decision"), totals(&rest)))
	}
	for _, n := range r.news[:min(len(r.news), mostNews)] {
		if o := r.obstacles[n.of]; o != nil {
			n.text = r.sentenceOf(n.of, o) // as it is now
		}
		parts = append(parts, n.text)
	}
	if more := len(r.news) - mostNews + r.more; more > 0 {
		parts = append(parts, fmt.Sprintf("And %s of news: `!forseti status` shows what is left to mend.", text.Count(more, "more piece")))
	}
	if len(parts) == 0 {
		return nil
	}
	f := &flight{notice: true, text: strings.Join(parts, "\n\n")}
	alone := len(r.ready) == 1 && len(r.news) == 0
	if alone {
		f.single, f.tally, f.cause = r.ready[0].key, r.ready[0].tally, r.ready[0].cause
	}
	for _, d := range slices.Clone(r.ready) {
		r.told(d)
	}
	r.news, r.more = nil, 0
	if alone && r.sameStory(f, now) {
		return f
	}
	f.speech = Speech{
		Name:    "notice-" + hash(append(names, f.text, fmt.Sprint(now.Truncate(flapping).UnixMilli()))...),
		Message: action.Message{Markdown: fit(f.text, mostFirst)},
	}
	return f
}

// sameStory makes an edit of a notice if it is the last thing that was said and the protection that it is about has only
// gone on.
func (r *Report) sameStory(f *flight, now time.Time) bool {
	before := r.story
	if before == nil || before.single != f.single || f.single.kind != action.ByProtection || now.Sub(before.at) > sameStory {
		return false
	}
	more := f.tally
	f.tally = tally{}
	f.tally.merge(before.tally)
	f.tally.merge(more)
	f.text = r.textOf(&decision{key: f.single, cause: f.cause}, &f.tally)
	f.edits = before.event
	f.speech = Speech{Name: "notice-" + hash(before.speech.Name, f.text, stamp(now)), Message: action.Message{Markdown: fit(f.text, mostEdit), Edits: before.event}}
	return true
}

func (r *Report) decisionText(d *decision) string { return r.textOf(d, &d.tally) }

func (r *Report) textOf(d *decision, t *tally) string {
	parts := r.sentences(t)
	if n := len(d.open); n > 0 && !d.idle() {
		parts = append(parts, fmt.Sprintf("Still to do: %s.", nouns(d.left)))
	}
	shown := &decision{key: d.key, cause: d.cause}
	shown.tally = *t
	if why := r.because(shown); why != "" {
		parts = append(parts, why)
	}
	if dry := dryWords(t); dry != "" {
		parts = append(parts, dry)
	}
	return strings.Join(parts, " ")
}
