package rules

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/content"
	"forseti/protections/kit"
	"forseti/protections/learning"
	"forseti/sanction/trust"
)

// The bounds of what is remembered.
const (
	mostHeard      = 2000 // messages that a rule can be tried on …
	mostHeardBytes = 4 << 20
	mostCame       = 500 // … joins …
	mostCameBytes  = 1 << 20
	mostTexts      = 10_000 // … and texts that new ones are compared with
	mostVoices     = 32     // users who sent one like it lately, of each
)

// heard is what was said lately in all protected rooms, and who came, in memory alone: some of
// it came encrypted.
type heard struct {
	messages, joins tape
	texts           *content.Fingerprints[voices]
	exact           *content.Fingerprints[int] // how often each was sent word by word
}

// tape is what happened last, within its bounds.
type tape struct {
	most, mostBytes int

	all   []Said // the oldest first, without those before …
	from  int
	bytes int
}

func (t *tape) add(s Said) {
	t.all = append(t.all, s)
	for t.bytes += len(s.content); len(t.all)-t.from > t.most || t.bytes > t.mostBytes; t.from++ {
		t.bytes -= len(t.all[t.from].content)
		t.all[t.from] = Said{}
	}
	if t.from > t.most { // the space is for those that come
		n := copy(t.all, t.all[t.from:])
		clear(t.all[n:])
		t.all, t.from = t.all[:n], 0
	}
}

// Said is a message, or a join, that a rule can be tried on, with what was known of its sender
// then.
type Said struct {
	Event     id.EventID
	At        time.Time
	Encrypted bool
	Sender    Sender
	Room      Room
	Trust     trust.Level
	Points    float64

	kind    string
	content json.RawMessage
	seen    int
	similar []voice
	learned learning.Verdict
}

// voices are who sent a text or one like it, each once, the latest last.
type voices []voice

type voice struct {
	who id.UserID
	at  time.Time
}

func newHeard() *heard {
	return &heard{
		messages: tape{most: mostHeard, mostBytes: mostHeardBytes}, joins: tape{most: mostCame, mostBytes: mostCameBytes},
		texts: content.NewFingerprints[voices](mostTexts), exact: content.NewFingerprints[int](mostTexts),
	}
}

// itself is more than any other text has in common with one.
const itself = 2

// leastCompared is how many characters a text must have to be compared: short ones are what
// everybody says.
const leastCompared = 8

func compared(m *content.Message) *content.Fingerprint {
	if shown := m.Shown(); shown.Shape().Characters >= leastCompared {
		return shown.Fingerprint()
	}
	return nil
}

// happened is what is known of a signal.
func happened(in kit.Signal, s *Subject) Said {
	return Said{
		Event: in.Event.ID, At: in.Arrived, Encrypted: in.Encrypted, Sender: s.Sender, Room: s.Room,
		Trust: trust.Level(s.State.Trust()), Points: s.State.Points(), kind: in.Event.Type.Type, content: in.Event.Content.VeryRaw,
	}
}

// came takes in who joined.
func (h *heard) came(in kit.Signal, s *Subject) { h.joins.add(happened(in, s)) }

// add takes in what was said.
func (h *heard) add(in kit.Signal, s *Subject) {
	said := happened(in, s)
	said.learned = s.State.Learned()
	if p := compared(in.Message); p != nil {
		of := h.texts.Keep(p, content.Near)
		said.seen, said.similar = h.seen(in.Message), of.others(in.Sender)
		of.add(in.Sender, in.Arrived)
		*h.exact.Keep(p, itself)++
	}
	h.messages.add(said)
}

func (v *voices) add(who id.UserID, at time.Time) {
	all := slices.DeleteFunc(*v, func(o voice) bool { return o.who == who })
	if all = append(all, voice{who, at}); len(all) > mostVoices+1 { // they are asked about by one of them
		all = append(all[:0], all[1:]...)
	}
	*v = all
}

// others are the voices of all but one.
func (v *voices) others(who id.UserID) (all []voice) {
	for _, o := range *v {
		if o.who != who {
			all = append(all, o)
		}
	}
	return all[max(len(all)-mostVoices, 0):]
}

// since counts those from then on.
func since(all []voice, from time.Time) (n int) {
	for _, v := range all {
		if !v.at.Before(from) {
			n++
		}
	}
	return n
}

// seen is how often the very text was sent before.
func (h *heard) seen(m *content.Message) int {
	p := compared(m)
	if p == nil {
		return 0
	}
	if times, _ := h.exact.Find(p, itself); times != nil {
		return *times
	}
	return 0
}

// similar is how many others sent a text like it.
func (h *heard) similar(m *content.Message, who id.UserID, from time.Time) int {
	p := compared(m)
	if p == nil {
		return 0
	}
	of, _ := h.texts.Find(p, content.Near)
	if of == nil {
		return 0
	}
	return since(of.others(who), from)
}

// Lately is what happened lately that an expression is about, messages or joins, the oldest
// first. Anybody may look at it, at any time.
func (b *Book) Lately(e *Expression) []Said {
	t := &b.heard.messages
	if e.Joins() {
		t = &b.heard.joins
	}
	return slices.Clone(t.all[t.from:])
}

// Try reports whether an expression would have been true of it, by what was known then. Which
// lists name its sender is asked now.
func (s Said) Try(e *Expression, listed func(list string, u id.UserID) bool) (bool, error) {
	return e.Holds(&Subject{Message: content.Read(s.kind, s.content), Encrypted: s.Encrypted, Sender: s.Sender, Room: s.Room, State: then{s, listed}})
}

// Shown is what people saw: of who joined, their name.
func (s Said) Shown() string {
	m := content.Read(s.kind, s.content)
	if s.kind == event.StateMember.Type {
		return m.Profile().Name
	}
	return m.Seen().String()
}

// then is what was known when something was said.
type then struct {
	Said
	listed func(list string, u id.UserID) bool
}

var _ State = then{}

// Trust is part of State.
func (t then) Trust() int { return int(t.Said.Trust) }

// Points is part of State.
func (t then) Points() float64 { return t.Said.Points }

// Seen is part of State.
func (t then) Seen() int { return t.seen }

// Similar is part of State.
func (t then) Similar(within time.Duration) int { return since(t.similar, t.At.Add(-within)) }

// Learned is part of State.
func (t then) Learned() learning.Verdict { return t.learned }

// Listed is part of State.
func (t then) Listed(list string) bool { return t.listed(strings.TrimSpace(list), t.Sender.ID) }
