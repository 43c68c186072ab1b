package rules

import (
	"strconv"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/content"
	"forseti/protections/kit"
	"forseti/protections/learning"
)

// Prefix is what the name of a rule begins with where protections have theirs.
const Prefix = "rule:"

// People know of users what a rule may ask.
type People interface {
	Points(u id.UserID, at time.Time) float64
	// Listed reports whether a policy list, by its name or ID, has a rule for a user or
	// their server.
	Listed(list string, u id.UserID) bool
}

// Book is what all rules of a community share: what was said lately, and who is who. It is
// owned by one goroutine.
type Book struct {
	// Failed hears of a rule whose expression failed over a message.
	Failed func(rule string, err error)

	people  People
	heard   *heard
	stopped *content.Message // the last one that a rule let no other be asked about

	// asked is what is looked at just now, by one rule after the other.
	asked struct {
		about   *content.Message
		subject Subject
		state   state
	}
}

// NewBook returns one of nothing that was said.
func NewBook(people People) *Book {
	return &Book{Failed: func(string, error) {}, people: people, heard: newHeard()}
}

// Heard takes in what was said, once all rules were asked about it.
func (b *Book) Heard(in kit.Signal, room kit.View) {
	b.stopped = nil
	defer func() { b.asked.about = nil }()
	switch {
	case in.What == kit.Joined:
		b.heard.came(in, b.subject(in, room))
	case isSaid(in) && !in.Sealed:
		b.heard.add(in, b.subject(in, room))
	}
}

// Listed reports whether a policy list, by its name or ID, has a rule for a user or their
// server.
func (b *Book) Listed(list string, u id.UserID) bool { return b.people.Listed(list, u) }

// Kind makes a protection of a rule.
func (b *Book) Kind(r Rule) kit.Kind {
	defaults := map[string]string{"consequence": r.Then.Set.String(), "tell": "none"}
	if r.Then.Points > 0 {
		defaults["points"] = strconv.Itoa(r.Then.Points)
	}
	return kit.Kind{
		Name:     Prefix + r.Name,
		Summary:  "Your own rule: " + r.String() + ".",
		Defaults: defaults,
		New: func(g *kit.Given) kit.Protection {
			return &checker{book: b, rule: r, shade: g.Shade(), hit: kit.NewTable[kit.Place, struct{}](g)}
		},
	}
}

// checker is a rule that runs.
type checker struct {
	book  *Book
	rule  Rule
	shade bool                            // what it finds is only told: no other rule, and none of its own elsewhere, is to notice
	hit   *kit.Table[kit.Place, struct{}] // who is left alone for a while
}

// Check asks the rule about what was said, or about who joins.
func (c *checker) Check(in kit.Signal, room kit.View) []kit.Finding {
	switch {
	case c.rule.When.Joins() != (in.What == kit.Joined), in.What != kit.Joined && !isSaid(in), c.book.isStopped(in):
		return nil
	}
	who := kit.Place{Room: in.Room, User: in.Sender}
	if c.rule.Then.Cooldown > 0 && c.hit.Find(who, in.Arrived) != nil {
		return nil
	}
	holds, err := c.rule.When.Holds(c.book.subject(in, room))
	if err != nil && !c.shade {
		c.book.Failed(c.rule.Name, err)
	}
	if !holds {
		return nil
	}
	if c.rule.Then.Stop && !c.shade {
		c.book.stopped = in.Message
	}
	if c.rule.Then.Cooldown > 0 {
		c.hit.Keep(who, in.Arrived, c.rule.Then.Cooldown)
	}
	reason := c.rule.Then.Reason
	if reason == "" {
		reason = c.rule.Name
	}
	found := kit.Finding{User: in.Sender, Offence: in.Event.ID, Weight: c.rule.Then.Weight, Reason: reason, Why: "your rule " + c.rule.Name + " is true of it"}
	if in.What != kit.Joined {
		found.Events = []id.EventID{in.Event.ID}
	}
	return []kit.Finding{found}
}

// isSaid reports whether something is a message, also one that could not be read when it came: what it says nobody was asked
// about then.
func isSaid(in kit.Signal) bool {
	return in.What == kit.Said && in.Event.Type.Type != event.EventRedaction.Type
}

func (b *Book) isStopped(in kit.Signal) bool { return b.stopped != nil && b.stopped == in.Message }

// subject is what a rule reads. It is good until another message is asked for.
func (b *Book) subject(in kit.Signal, room kit.View) *Subject {
	of := &b.asked
	if of.about == in.Message {
		return &of.subject
	}
	m := room.Member(in.Sender)
	of.about = in.Message
	of.state = state{book: b, room: room, who: in.Sender, said: in.Message, at: in.Arrived}
	of.subject = Subject{
		Message: in.Message, Encrypted: in.Encrypted,
		Sender: Sender{ID: in.Sender, Level: m.Level},
		Room:   Room{ID: in.Room, Members: room.Size(), Encrypted: room.Encrypted()},
		State:  &of.state,
		values: of.subject.values, // which are of wherever it stands
	}
	if !m.Joined.IsZero() {
		of.subject.Sender.Stay = max(in.Arrived.Sub(m.Joined), 0)
	}
	return &of.subject
}

// state is what is remembered of a sender and of what they say, as it is asked for.
type state struct {
	book *Book
	room kit.View
	who  id.UserID
	said *content.Message
	at   time.Time
}

var _ State = (*state)(nil)

// Trust is part of State.
func (s *state) Trust() int { return int(s.room.Trust(s.who)) }

// Points is part of State.
func (s *state) Points() float64 { return s.book.people.Points(s.who, s.at) }

// Seen is part of State.
func (s *state) Seen() int { return s.book.heard.seen(s.said) }

// Similar is part of State.
func (s *state) Similar(within time.Duration) int {
	return s.book.heard.similar(s.said, s.who, s.at.Add(-within))
}

// Learned is part of State.
func (s *state) Learned() learning.Verdict { return s.room.Learned(s.said) }

// Listed is part of State.
func (s *state) Listed(list string) bool { return s.book.people.Listed(strings.TrimSpace(list), s.who) }
