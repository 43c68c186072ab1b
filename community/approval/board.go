// Package approval keeps what waits for a moderator's word: the questions, what one
// list may do before it is asked about, and what was agreed to beforehand. It is a
// state machine: time comes in as a value, and it neither posts nor stores anything.
//
// The life of a question: something waits (Touch), and after a short pause it is
// due (Next). It is asked in one message (Posted), which is edited as what waits
// comes and goes, ever more rarely, and closed by an answer or because nothing is
// left. A yes is about what the message said, by turn, when the moderator had time to
// read it: what began to wait later is asked about anew.
package approval

import (
	"cmp"
	"slices"
	"time"

	"maunium.net/go/mautrix/id"
)

// Kind is what a question is about.
type Kind string

// The kinds.
const (
	Rules    Kind = "rules"    // About is a list, changes of which wait
	Room     Kind = "room"     // About is a room that waits for its first sweep
	Unwatch  Kind = "unwatch"  // About is a list that is to be watched no longer
	Settings Kind = "settings" // the configuration is not followed yet
	Left     Kind = "left"     // About is a protected room that went out of a space
	Command  Kind = "command"  // About is a command's text, which waits for confirmation
)

// Topic is what a question is about. Of each there is one open question at most.
type Topic struct {
	Kind  Kind
	About string
}

// Question is one that is asked, or about to be.
type Question struct {
	Topic Topic
	ID    string     // under which it is stored; "" before it is
	Event id.EventID // the message that asks it; "" until it is posted
	UpTo  int64      // the last turn that the message is about
}

const (
	// firstPause is how long more of the same is waited for before a question is
	// asked, so that a burst is one question, and what is taken back at once is none.
	firstPause = time.Second
	// laterPause is how long its message stays as it is, at first. It doubles each
	// time, up to longestPause: a list's owner decides how often there is news.
	laterPause   = 5 * time.Second
	longestPause = 2 * time.Minute
	// lost is when a message counts as lost of which nothing was heard.
	lost = 10 * time.Minute
	// retryPause is for a message that could not be sent.
	retryPause = time.Minute
	// calm is how long nothing happens until a topic is new again.
	calm = 15 * time.Minute
)

// Board is all questions of a community.
type Board struct {
	topics map[Topic]*state
	posted map[id.EventID]Topic
	hinted map[id.EventID]bool // questions of which was said which signs count
	echoes echoes
}

type state struct {
	Question
	due   time.Time     // when to look at it; zero if nothing is new
	next  time.Time     // not before
	pause time.Duration // after the next message
	last  time.Time     // when it was last touched
	busy  bool          // its message is under way
	since time.Time     // then
	shown []Shown       // its message's texts, since it was posted
	// events are the question's message and its edits.
	events []id.EventID
}

// NewBoard has no questions.
func NewBoard() *Board {
	return &Board{topics: map[Topic]*state{}, posted: map[id.EventID]Topic{}, hinted: map[id.EventID]bool{}}
}

// Load takes up a question that was asked before a restart, and the texts of its message.
func (b *Board) Load(q Question, shown []Shown) {
	s := b.state(q.Topic)
	for _, event := range s.events { // of two that a crash left open, the later counts
		delete(b.posted, event)
	}
	s.Question, s.events, s.shown = q, nil, nil
	if q.Event == "" {
		return
	}
	if len(shown) == 0 {
		shown = []Shown{{UpTo: q.UpTo}}
	}
	b.posted[q.Event] = q.Topic
	s.events = append(s.events, q.Event)
	for _, text := range shown {
		s.show(text)
		s.UpTo = max(s.UpTo, text.UpTo)
		if text.Edit != "" {
			b.posted[text.Edit] = q.Topic
			s.events = append(s.events, text.Edit)
		}
	}
}

func (b *Board) state(t Topic) *state {
	s := b.topics[t]
	if s == nil {
		s = &state{Question: Question{Topic: t}, pause: laterPause}
		b.topics[t] = s
	}
	return s
}

// Touch notes that there is news about a topic: something more waits, or something
// does no longer.
func (b *Board) Touch(t Topic, now time.Time) { b.TouchFor(t, now, now) }

// TouchFor notes that there is news about a topic, which can wait until then.
func (b *Board) TouchFor(t Topic, now, then time.Time) {
	s := b.state(t)
	s.last = now
	if due := later(later(now.Add(firstPause), s.next), then); s.due.IsZero() || due.Before(s.due) {
		s.due = due
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Due is when Next may have something; zero if nothing is new.
func (b *Board) Due() time.Time {
	var at time.Time
	for _, s := range b.topics {
		if !s.busy && !s.due.IsZero() && (at.IsZero() || s.due.Before(at)) {
			at = s.due
		}
	}
	return at
}

// Next gives a question whose topic has news that is due. It must be answered with
// Posted, Failed, Nothing or Settled.
func (b *Board) Next(now time.Time) (Question, bool) {
	var best *state
	for t, s := range b.topics {
		switch {
		case s.ID == "" && s.due.IsZero() && now.Sub(s.last) > calm:
			delete(b.topics, t)
		case s.busy && now.Sub(s.since) > lost:
			s.busy, s.due = false, now
		case s.busy || s.due.IsZero() || s.due.After(now):
		case best == nil || s.due.Before(best.due) || s.due.Equal(best.due) && compare(s.Topic, best.Topic) < 0:
			best = s
		}
	}
	if best == nil {
		return Question{}, false
	}
	best.busy, best.since, best.due = true, now, time.Time{}
	return best.Question, true
}

func compare(a, b Topic) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.About, b.About))
}

// Asking notes under which ID a question is stored, before it is posted.
func (b *Board) Asking(t Topic, question string) { b.state(t).ID = question }

// Posted notes that a question's message says what waits up to a turn. A message of
// a question that was closed meanwhile changes nothing.
func (b *Board) Posted(t Topic, question string, event id.EventID, upTo int64, now time.Time) {
	s := b.topics[t]
	if s == nil || s.ID != question {
		return
	}
	s.busy = false
	switch {
	case s.Event == "":
		s.Event = event
		s.show(Shown{UpTo: upTo})
	case upTo > s.UpTo:
		s.show(Shown{Edit: event, UpTo: upTo, Echoed: b.echoes.at[event], at: now})
	}
	// Some clients let people react to the edit itself.
	b.posted[event] = t
	s.events = append(s.events, event)
	s.UpTo = max(s.UpTo, upTo)
	s.wait(now)
}

// wait puts off what comes next about a topic.
func (s *state) wait(now time.Time) {
	s.next = now.Add(s.pause)
	s.pause = min(2*s.pause, longestPause)
	if !s.due.IsZero() {
		s.due = later(s.due, s.next)
	}
}

// Failed notes that a message could not be sent; it is tried again.
func (b *Board) Failed(t Topic, now time.Time) {
	if s := b.topics[t]; s != nil {
		s.busy, s.due = false, now.Add(retryPause)
	}
}

// Settled notes that there is nothing to say, or that the message says already all
// that waits up to a turn.
func (b *Board) Settled(t Topic, upTo int64) {
	if s := b.topics[t]; s != nil {
		s.busy = false
		s.raise(upTo)
	}
}

// At gives the open question that a message asks.
func (b *Board) At(event id.EventID) (Question, bool) {
	t, ok := b.posted[event]
	if !ok {
		return Question{}, false
	}
	return b.topics[t].Question, true
}

// Of gives the question about a topic, if one is stored.
func (b *Board) Of(t Topic) (Question, bool) {
	s := b.topics[t]
	if s == nil || s.ID == "" {
		return Question{}, false
	}
	return s.Question, true
}

// Close ends a question: it was answered, or nothing is left of it. It reports
// false if it was closed before. What there was to say of it goes with it: what waits
// on is touched anew, which may be due only later.
func (b *Board) Close(t Topic, now time.Time) bool {
	s := b.topics[t]
	if s == nil || s.ID == "" {
		return false
	}
	for _, event := range s.events {
		delete(b.posted, event)
		delete(b.hinted, event)
	}
	s.Question, s.events, s.shown = Question{Topic: t}, nil, nil
	s.busy, s.last, s.due = false, now, time.Time{}
	s.wait(now)
	return true
}

// Open gives the questions that are posted, by kind and topic.
func (b *Board) Open() []Question {
	var open []Question
	for _, s := range b.topics {
		if s.Event != "" {
			open = append(open, s.Question)
		}
	}
	slices.SortFunc(open, func(x, y Question) int { return compare(x.Topic, y.Topic) })
	return open
}

// Hint reports whether to say which signs count, which is said once a question.
func (b *Board) Hint(event id.EventID) bool {
	if _, open := b.posted[event]; !open || b.hinted[event] {
		return false
	}
	b.hinted[event] = true
	return true
}
