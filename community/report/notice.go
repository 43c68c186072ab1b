package report

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/text"
)

const (
	// tooLong is how long a decision may be under way before what was done of it is told.
	tooLong = 2 * time.Minute
	// sameStory is how long what a protection goes on to do is the same news.
	sameStory = time.Minute

	mostDecisions = 8
)

// notices are what moderators are told without having asked, many in one message.
type notices struct {
	words    words
	problems *Problems
	news     *news
	by       map[decisionKey]*decision
	aging    []*decision // by when they began
	ready    []*decision // to be told
	pace     pace
	outlook  *outlook
	hushed   hushed
	story    *story // what was said last, if nothing was said since
	apart    bool   // what asks nothing of anybody is said in another room
}

// story is a notice, of which what follows may be a part.
type story struct {
	single decisionKey // what it is about, if that is one decision
	cause  action.Cause
	tally  tally
	name   string
	event  id.EventID
	at     time.Time
	aside  bool // it is said apart
}

func newNotices(words words, problems *Problems, news *news, outlook *outlook) *notices {
	return &notices{words: words, problems: problems, news: news, outlook: outlook, hushed: hushed{lists: map[id.RoomID]struct{}{}}, by: map[decisionKey]*decision{}}
}

// decision is the one of a key, begun now unless it is there.
func (n *notices) decision(key decisionKey, cause action.Cause, now time.Time) *decision {
	d := n.by[key]
	if d == nil {
		d = &decision{key: key, cause: cause, began: now}
		d.account = newAccount()
		d.to = d
		n.by[key] = d
		n.aging = append(n.aging, d)
	}
	return d
}

// take hands over a decision of which nobody is told here any more; nil if there is none.
func (n *notices) take(key decisionKey) *decision {
	d := n.by[key]
	if d != nil {
		n.forget(d)
	}
	return d
}

func (n *notices) forget(d *decision) {
	d.over = true
	if n.by[d.key] == d {
		delete(n.by, d.key)
	}
	n.unready(d)
}

func (n *notices) unready(d *decision) {
	if d.ready {
		d.ready = false
		n.ready = slices.DeleteFunc(n.ready, func(other *decision) bool { return other == d })
	}
}

// idle reports whether nothing more comes of a decision for now.
func (n *notices) idle(key decisionKey) bool {
	d := n.by[key]
	return d == nil || d.idle()
}

// settle makes the decision of an account, if it has one, ready to be told once nothing more comes of it for now.
func (n *notices) settle(by *account) {
	d := by.to
	switch {
	case d == nil || d.over || d.ready || !by.idle():
	case !d.tally.empty():
		n.tell(d)
	case len(d.open) == 0:
		n.forget(d)
	}
}

func (n *notices) tell(d *decision) {
	if n.hush(d) {
		return
	}
	d.ready = true
	n.ready = append(n.ready, d)
}

// overdue finds decisions that are under way for long, and tells what was done of them so far. While the homeserver
// limits us, what is said of that tells how far we are.
func (n *notices) overdue(now time.Time, limited bool) {
	n.unhush(now)
	for len(n.aging) > 0 {
		d := n.aging[0]
		if !d.over && now.Before(d.began.Add(tooLong)) {
			return
		}
		n.aging = n.aging[1:]
		if d.over {
			continue
		}
		if !d.ready && !d.tally.empty() && !limited {
			n.tell(d)
		}
		d.began = now
		n.aging = append(n.aging, d)
	}
}

// told empties a decision whose results are in a message.
func (n *notices) told(d *decision) {
	n.unready(d)
	d.tally, d.grave = tally{}, false
	d.times++
	if len(d.open) == 0 {
		n.forget(d)
	}
}

// waits reports whether there is something to tell.
func (n *notices) waits() bool { return len(n.ready) > 0 || len(n.news.items) > 0 }

// next is when what waits may be told.
func (n *notices) next() time.Time {
	if slices.ContainsFunc(n.ready, func(d *decision) bool { return d.key.kind == action.ByProtection }) {
		return n.pace.next(n.outlook.pauseOfAlerts())
	}
	return n.pace.next(longPause)
}

// due is when there may be something to tell; zero if nothing is.
func (n *notices) due(now time.Time) (at time.Time) {
	if n.waits() {
		at = later(n.next(), now)
	}
	at = soonest(at, n.hushed.due)
	if len(n.aging) > 0 {
		at = soonest(at, later(n.aging[0].began.Add(tooLong), now))
	}
	return at
}

// flight makes a message of all that waits to be told; nil if nothing does, or it is not yet its time.
func (n *notices) flight(now time.Time) *flight {
	if !n.waits() || now.Before(n.next()) {
		return nil
	}
	slices.SortStableFunc(n.ready, func(a, b *decision) int { return heavier(&a.tally, &b.tally) })
	ready, lines, aside := n.part()
	s := &story{aside: aside}
	if len(ready) == 1 && len(lines.items) == 0 {
		s.single, s.tally, s.cause = ready[0].key, ready[0].tally, ready[0].cause
	}
	var alerts []string
	sent := ready.sent()
	for _, d := range ready { // also those that are only counted
		if len(d.tally.found) > 0 {
			alerts = append(alerts, cmp.Or(sent, d.key.protection))
		}
	}
	said, names := n.digest(ready, lines)
	f := &flight{story: s, text: said}
	switch {
	case sent != "":
		s.name = sent
		f.speech = Speech{Name: s.name, Message: fit(action.Message{Markdown: f.text}), Alerts: alerts[:1], Aside: aside}
		return f
	case n.goesOn(s, now):
		n.tellOn(f, now)
		return f
	}
	s.name = "notice-" + hash(append(names, f.text, fmt.Sprint(now.Truncate(flapping).UnixMilli()))...)
	f.speech = Speech{Name: s.name, Message: fit(action.Message{Markdown: f.text}), Alerts: alerts, Aside: aside}
	return f
}

// together are decisions of which one message tells.
type together []*decision

// sent is the message that may tell of all of them already.
func (t together) sent() string {
	if len(t) == 0 {
		return ""
	}
	return t[0].key.sent
}

// part is what is said next of what waits: all of it, or, where what asks nothing of anybody is said apart, that, once
// there is nothing else.
func (n *notices) part() (ready together, lines news, aside bool) {
	if i := slices.IndexFunc(n.ready, func(d *decision) bool { return d.key.sent != "" }); i >= 0 {
		sent := n.ready[i].key.sent
		for _, d := range n.ready {
			if d.key.sent == sent {
				ready = append(ready, d)
			}
		}
		return ready, lines, n.apart && !slices.ContainsFunc(ready, (*decision).asks)
	}
	if !n.apart {
		return slices.Clone(n.ready), n.news.take(), false
	}
	aside = !n.news.asks() && !slices.ContainsFunc(n.ready, (*decision).asks)
	for _, d := range n.ready {
		if d.asks() != aside {
			ready = append(ready, d)
		}
	}
	return ready, n.news.part(aside), aside
}

// asks reports whether moderators should see it, for they may want to do something: of what lists do all was wanted that
// could be done, and of what protections found what is but a note can wait.
func (d *decision) asks() bool {
	switch d.key.kind {
	case action.ByRule, action.ByForseti:
		return d.tally.has(action.Refused) || d.tally.has(action.Would)
	case action.ByProtection:
		return d.grave || len(d.tally.found) == 0
	default:
		return true
	}
}

// digest is what is to be told, and names that tell it apart from another digest of the same words. It waits no more
// then. What protections found is never only counted: there are not many of them, and moderators must know of whom.
func (n *notices) digest(ready []*decision, lines news) (said string, names []string) {
	var parts []Part
	var rest, found tally
	shown, counted := 0, 0
	for _, d := range ready {
		names = append(names, string(d.key.kind), string(d.key.event), d.key.protection, fmt.Sprint(d.began.UnixMilli(), d.times))
		switch {
		case d.answerable():
			parts = append(parts, n.words.decision(d)...)
			found.merge(d.tally)
		case shown < mostDecisions:
			shown++
			parts = append(parts, n.words.decision(d)...)
		default:
			counted++
			rest.merge(d.tally)
		}
	}
	if counted > 0 {
		parts = append(parts, Part{fmt.Sprintf("And by %s: %s.", text.Count(counted, "more decision"), totals(&rest))})
	}
	signs := ""
	if len(found.found) > 0 {
		signs = offer(&found)
	}
	for _, d := range ready {
		n.told(d)
	}
	return Screen(signs, append(parts, lines.say(n.problems.now)...)...), names
}

// answerable reports whether moderators can answer a decision by a reaction.
func (d *decision) answerable() bool { return len(d.tally.found) > 0 && !d.tally.has(action.Would) }

// goesOn reports whether a notice only goes on with the last thing that was said, as a protection does that is not done
// with somebody yet.
func (n *notices) goesOn(s *story, now time.Time) bool {
	before := n.story
	return before != nil && before.aside == s.aside && before.single == s.single && s.single.kind == action.ByProtection && now.Sub(before.at) <= sameStory
}

// tellOn makes a notice an edit of the last one.
func (n *notices) tellOn(f *flight, now time.Time) {
	both := tally{}
	both.merge(n.story.tally)
	both.merge(f.story.tally)
	s := f.story
	s.tally, s.event = both, n.story.event
	d := &decision{key: s.single, cause: s.cause, account: account{tally: both}}
	signs := ""
	if d.answerable() {
		signs = offer(&both)
	}
	f.text = Screen(signs, n.words.decision(d)...)
	s.name = "notice-" + hash(n.story.name, f.text, stamp(now))
	f.speech = Speech{Name: s.name, Message: fit(action.Message{Markdown: f.text, Edits: s.event}), Alerts: []string{s.single.protection}, Aside: s.aside}
}

// posted notes that a notice stands there.
func (n *notices) posted(f *flight, event id.EventID, now time.Time) {
	n.pace.spoke(now)
	s := f.story
	s.at = now
	if s.event == "" {
		s.event = event
	}
	n.story = s
	if event == "" || s.single == (decisionKey{}) {
		n.story = nil
	}
}

// interrupted says that something else was said.
func (n *notices) interrupted() { n.story = nil }

// drop forgets all that waits to be told.
func (n *notices) drop() {
	n.story, n.hushed = nil, hushed{lists: map[id.RoomID]struct{}{}}
	for _, d := range slices.Clone(n.ready) {
		n.told(d)
	}
}
