package report

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

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
	r.announce(key, sentence, now)
}

// announce tells of a problem with the next digest, unless it was told just now.
func (r *Report) announce(key Key, sentence string, now time.Time) {
	if t, before := r.problems.told[key]; before && (t.text == sentence || key.Kind == blocked) && now.Sub(t.at) < flapping {
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

// unsay takes back what was not told yet.
func (r *Report) unsay(key Key) {
	n := len(r.news)
	if r.news = slices.DeleteFunc(r.news, func(n news) bool { return n.of == key }); len(r.news) < n {
		delete(r.problems.told, key)
	}
}

// Note is Problem for what is told elsewhere, as in a command's reply, or was told before a restart.
func (r *Report) Note(key Key, sentence string) {
	if r.problems.standing[key] != sentence {
		r.problems.standing[key] = sentence
		r.problems.changed[key] = true
	}
}

// Restore takes up a problem that was told before a restart. What keeps single actions from being done is found again if
// it still does; it is then no news.
func (r *Report) Restore(key Key, sentence string, now time.Time) {
	if key.Kind == blocked {
		r.problems.told[key] = told{sentence, now}
		r.problems.changed[key] = true
		return
	}
	r.problems.standing[key] = sentence
}

// Solved ends a problem. What was not told yet is not told any more.
func (r *Report) Solved(key Key) {
	if _, stands := r.problems.standing[key]; !stands {
		return
	}
	delete(r.problems.standing, key)
	r.problems.changed[key] = true
	r.unsay(key)
}

// SolvedRoom ends all that is wrong in a room that is not looked after any more.
func (r *Report) SolvedRoom(room id.RoomID) {
	for p := range r.hindered {
		if p.room == room {
			r.free(p)
		}
	}
	for key := range r.problems.standing {
		if key.Room == room {
			r.Solved(key)
		}
	}
}

// Problems is what stands, in a fixed order.
func (r *Report) Problems() []string {
	return append(r.problems.list(func(Key) bool { return true }), r.obstaclesOf(func(id.RoomID) bool { return true })...)
}

// ProblemsOf is what stands in a room, without its name before it.
func (r *Report) ProblemsOf(room id.RoomID) []string {
	all := r.problems.list(func(k Key) bool { return k.Room == room })
	all = append(all, r.obstaclesOf(func(other id.RoomID) bool { return other == room })...)
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
		sentence := r.problems.standing[key]
		if o := r.obstacles[key]; o != nil {
			sentence = o.why
		}
		all = append(all, Change{key, sentence})
	}
	clear(r.problems.changed)
	return all
}

// ProblemText shows a problem of a room that a package found in words of its own.
func ProblemText(room string, why string) string {
	return room + ": " + text.Escape(why, text.MostReason) + "."
}
