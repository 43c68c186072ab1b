package policy

import (
	"cmp"
	"unique"

	"maunium.net/go/mautrix/id"

	"forseti/glob"
)

// entry is a rule as the index keeps it. Lists have a hundred thousand of them, so
// that what many share (author, reason, recommendation) is kept once.
type entry struct {
	entity   string // as written, or the raw hash
	stateKey string
	event    id.EventID
	sender   unique.Handle[string]
	reason   unique.Handle[string]
	advice   unique.Handle[string] // the recommendation as written
	list     *list
	shadow   *entry // the same slot in the next older type with an event
	wild     *wildcard
	times

	kind           Kind
	recommendation Recommendation
	form           form
	age            uint8 // of the event type
	held           bool
}

// times are what a rule says of time, in ms.
type times struct{ timestamp, until int64 }

// wildcard is a pattern, and the rules that have it.
type wildcard struct {
	same
	glob     glob.Pattern
	filed    filing
	deciders int  // how many of the rules may decide
	waits    bool // none may
}

// form is how a rule names its entity; lower ones decide first.
type form uint8

const (
	literal form = iota
	hashed
	wild
	blank // an event without a rule, which shadows older types all the same
)

// shared gives the handles of what many rules share. A list has most of its rules from one author, for one reason: to
// look each up would cost as much as all else.
type shared struct{ sender, reason, advice last }

type last struct {
	text   string
	handle unique.Handle[string]
	known  bool
}

func (l *last) of(text string) unique.Handle[string] {
	if !l.known || text != l.text {
		*l = last{text, unique.Make(text), true}
	}
	return l.handle
}

// newEntry makes an entry that is of no list yet.
func newEntry(r Rule, in *shared) *entry {
	e := &entry{
		entity: r.Entity, stateKey: r.StateKey, event: r.Event,
		sender: in.sender.of(string(r.Sender)), reason: in.reason.of(r.Reason), advice: in.advice.of(r.RawRecommendation),
		times: times{r.Timestamp, r.Until},
		kind:  r.Kind, recommendation: r.Recommendation, age: ruleTypes[r.Type].age,
	}
	switch {
	case r.Hash != "":
		e.form, e.entity = hashed, r.Hash
	case r.IsGlob():
		e.form = wild
	}
	return e
}

func newBlank(s slot, age uint8) *entry {
	return &entry{kind: s.kind, stateKey: s.stateKey, age: age, form: blank}
}

// says tells whether another entry of the same list says the same. The same event has the time that it first came with:
// see [Arrived].
func (e *entry) says(other *entry) bool {
	return e.form == other.form && e.entity == other.entity && e.event == other.event && e.stateKey == other.stateKey &&
		e.kind == other.kind && e.age == other.age && e.recommendation == other.recommendation && e.until == other.until &&
		e.sender == other.sender && e.reason == other.reason && e.advice == other.advice
}

// rule is the entry as others see it.
func (e *entry) rule() Rule {
	r := Rule{
		Kind: e.kind, Entity: e.entity, Recommendation: e.recommendation, RawRecommendation: e.advice.Value(),
		Reason: e.reason.Value(), List: e.list.id, Type: typeNames[e.kind][e.age], StateKey: e.stateKey, Event: e.event,
		Sender: id.UserID(e.sender.Value()), Timestamp: e.timestamp, Until: e.until, Aside: e.aside(),
	}
	if e.form == hashed {
		r.Entity, r.Hash = "", e.entity
	}
	return r
}

// covers tells whether a rule that is filed where a name is looked for is about it. Patterns and hashes are filed by all
// that they say; two names may share a place.
func (e *entry) covers(name string) bool { return e.form != literal || alike(e.entity, name, e.kind) }

// decides tells whether the rule may be the deciding one.
func (e *entry) decides() bool {
	return !e.held && e.rank() > 0
}

// rank is how much a recommendation weighs in the list that gives it; nothing for one that is not followed.
func (e *entry) rank() Recommendation {
	switch e.recommendation {
	case Ban, Takedown:
		if !e.aside() {
			return e.recommendation
		}
	case Exempt:
		if e.list != nil && e.list.exempting {
			return Exempt
		}
	}
	return 0
}

// aside tells whether the rule would ban, and is only shown.
func (e *entry) aside() bool { return e.list != nil && e.list.aside.covers(e.kind, e.recommendation) }

// compare orders rules by precedence, the best first. No two rules in effect are equal.
func compare(a, b *entry) int {
	return cmp.Or(
		cmp.Compare(b.rank(), a.rank()),
		cmp.Compare(a.list.place, b.list.place),
		cmp.Compare(a.list.id, b.list.id),
		cmp.Compare(a.form, b.form),
		cmp.Compare(a.stateKey, b.stateKey),
		cmp.Compare(a.kind, b.kind),
	)
}
