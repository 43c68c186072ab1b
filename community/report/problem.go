package report

import (
	"cmp"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/text"
)

// Kind sorts problems.
type Kind string

// The kinds of problems, in the order in which they are shown.
const (
	Presence   Kind = "room"  // we are not where we should be, or cannot read there
	Power      Kind = "power" // we may not do what we should
	ACL        Kind = "acl"   // no good ACL can be made
	ShutOut    Kind = "shut_out"
	Tombstone  Kind = "tombstone"
	Clear      Kind = "clear" // the management room is not encrypted
	Protection Kind = "protection"
	Other      Kind = "other"
	blocked    Kind = "blocked"
)

var kinds = []Kind{Presence, Power, ACL, ShutOut, Tombstone, Clear, Protection, Other, blocked}

// Key names one fact that moderators should mend. Room or Subject may be unset.
type Key struct {
	Kind    Kind
	Room    id.RoomID
	Subject string
}

// String is how a key is stored.
func (k Key) String() string {
	return string(k.Kind) + " " + url.QueryEscape(string(k.Room)) + " " + url.QueryEscape(k.Subject)
}

// ParseKey reads what String gave.
func ParseKey(s string) (Key, bool) {
	parts := strings.Split(s, " ")
	if len(parts) != 3 || !slices.Contains(kinds, Kind(parts[0])) {
		return Key{}, false
	}
	room, err := url.QueryUnescape(parts[1])
	if err != nil {
		return Key{}, false
	}
	subject, err := url.QueryUnescape(parts[2])
	return Key{Kind(parts[0]), id.RoomID(room), subject}, err == nil
}

func (k Key) compare(other Key) int {
	return cmp.Or(
		cmp.Compare(slices.Index(kinds, k.Kind), slices.Index(kinds, other.Kind)),
		cmp.Compare(k.Room, other.Room), cmp.Compare(k.Subject, other.Subject),
	)
}

// flapping is how long the same problem is no news again after it was told.
const flapping = 10 * time.Minute

type problems struct {
	standing map[Key]string
	told     map[Key]told
	changed  map[Key]bool // since they were last stored
}

type told struct {
	text string
	at   time.Time
}

func newProblems() problems {
	return problems{standing: map[Key]string{}, told: map[Key]told{}, changed: map[Key]bool{}}
}

// Problem tells, once, what moderators should mend. It stands until it is solved.
func (r *Report) Problem(key Key, sentence string, now time.Time) {
	if r.problems.standing[key] == sentence {
		return
	}
	r.Note(key, sentence)
	if t := r.problems.told[key]; t.text == sentence && now.Sub(t.at) < flapping {
		return
	}
	for k, t := range r.problems.told {
		if now.Sub(t.at) >= flapping {
			delete(r.problems.told, k)
		}
	}
	r.problems.told[key] = told{sentence, now}
	r.news = slices.DeleteFunc(r.news, func(n news) bool { return n.of == key })
	r.tell(news{sentence, key})
}

// Note is Problem for what is told elsewhere, as in a command's reply, or was told before a restart.
func (r *Report) Note(key Key, sentence string) {
	if r.problems.standing[key] != sentence {
		r.problems.standing[key] = sentence
		r.problems.changed[key] = true
	}
}

// Solved ends a problem. What was not told yet is not told any more.
func (r *Report) Solved(key Key) {
	if _, stands := r.problems.standing[key]; !stands {
		return
	}
	delete(r.problems.standing, key)
	r.problems.changed[key] = true
	n := len(r.news)
	r.news = slices.DeleteFunc(r.news, func(n news) bool { return n.of == key })
	if len(r.news) < n {
		delete(r.problems.told, key)
	}
	if key.Kind == Power || key.Kind == Presence {
		r.uncovered(key.Room)
	}
}

// SolvedRoom ends all that is wrong in a room that is not looked after any more.
func (r *Report) SolvedRoom(room id.RoomID) {
	for p := range r.hindered {
		if p.room == room {
			delete(r.hindered, p)
		}
	}
	for key := range r.problems.standing {
		if key.Room == room {
			r.Solved(key)
		}
	}
}

// Problems is what stands, in a fixed order.
func (r *Report) Problems() []string { return r.problems.list(func(Key) bool { return true }) }

// ProblemsOf is what stands in a room, without its name before it.
func (r *Report) ProblemsOf(room id.RoomID) []string {
	all := r.problems.list(func(k Key) bool { return k.Room == room })
	for i, sentence := range all {
		all[i] = strings.TrimPrefix(sentence, r.names.Room(room)+": ")
	}
	return all
}

func (p *problems) list(which func(Key) bool) (all []string) {
	for _, key := range slices.SortedFunc(maps.Keys(p.standing), Key.compare) {
		if which(key) {
			all = append(all, p.standing[key])
		}
	}
	return all
}

// Change is a problem to store, or with Text "" to forget.
type Change struct {
	Key  Key
	Text string
}

// Changes are the problems that changed since it was last called.
func (r *Report) Changes() []Change {
	if len(r.problems.changed) == 0 {
		return nil
	}
	var all []Change
	for key := range r.problems.changed {
		all = append(all, Change{key, r.problems.standing[key]})
	}
	clear(r.problems.changed)
	return all
}

// hindrance is what keeps work waiting that goes on being tried.
type hindrance struct {
	action action.Action
	why    string
}

// Hindered says that something stands in the way of an action that goes on being tried. What is only slow is none.
func (r *Report) Hindered(h action.Hindrance, now time.Time) {
	if h.Kind == action.RateLimited || h.Action.Verb.Speech() {
		return
	}
	p := placeOf(h.Action)
	if old, stands := r.hindered[p]; stands && old.why != h.Why {
		r.free(p, now)
	}
	r.hindered[p] = hindrance{h.Action, h.Why}
	by := r.account(h.Action, now)
	if by.of == nil && !r.covered(h.Action.Room) {
		r.tellBlocked(h.Action, h.Why, now)
	} else {
		r.noteBlocked(h.Action, h.Why)
	}
	r.settle(by, now)
}

// Freed says that nothing stands in the way any more, or that there is nothing left to do.
func (r *Report) Freed(a action.Action, now time.Time) { r.free(placeOf(a), now) }

func (r *Report) free(p place, now time.Time) {
	h, stands := r.hindered[p]
	if !stands {
		return
	}
	delete(r.hindered, p)
	r.noteBlocked(h.action, h.why)
}

func (r *Report) account(a action.Action, now time.Time) *account {
	if o := r.open[workOf(a)]; o != nil {
		return o.by
	}
	return r.route(a, now)
}

// covered reports whether the problem of a room as a whole says better what keeps us from acting there.
func (r *Report) covered(room id.RoomID) bool {
	return r.problems.standing[Key{Kind: Power, Room: room}] != "" || r.problems.standing[Key{Kind: Presence, Room: room}] != ""
}

// uncovered shows again what is still in the way once the problem of the room as a whole is solved.
func (r *Report) uncovered(room id.RoomID) {
	for p, h := range r.hindered {
		if p.room == room {
			r.noteBlocked(h.action, h.why)
		}
	}
}

func blockedKey(a action.Action, why string) Key {
	return Key{Kind: blocked, Room: a.Room, Subject: string(a.Verb) + " " + why}
}

// blockedText says what cannot be done in a room for one reason.
func (r *Report) blockedText(a action.Action, why string) string {
	var t tally
	for p, h := range r.hindered {
		if p.room == a.Room && h.action.Verb == a.Verb && h.why == why {
			t.add(action.Ending{Action: h.action, Fate: action.Refused, Why: why})
		}
	}
	lines := sortedLines(&t)
	if len(lines) == 0 {
		return ""
	}
	return fmt.Sprintf("I cannot %s%s: %s.", a.Verb.Row().Words.Do, r.what(&t, lines[0]), reason(why, "it is refused"))
}

func (r *Report) tellBlocked(a action.Action, why string, now time.Time) {
	key := blockedKey(a, why)
	if _, stands := r.problems.standing[key]; stands {
		r.noteBlocked(a, why) // one more of what was told
		return
	}
	r.Problem(key, r.blockedText(a, why), now)
}

// noteBlocked brings the standing sentence up to date, also that which waits to be told.
func (r *Report) noteBlocked(a action.Action, why string) {
	key := blockedKey(a, why)
	sentence := r.blockedText(a, why)
	if sentence == "" || r.covered(a.Room) {
		r.Solved(key)
		return
	}
	r.Note(key, sentence)
	for i, n := range r.news {
		if n.of == key {
			r.news[i].text = sentence
		}
	}
}

// ProblemText shows a problem of a room that a package found in words of its own.
func ProblemText(room string, why string) string {
	return room + ": " + text.Escape(why, text.MostReason) + "."
}
