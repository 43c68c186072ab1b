package report

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/text"
)

// hindrance is what keeps work waiting that goes on being tried.
type hindrance struct {
	action action.Action
	why    string
}

// obstacle is one reason why one verb cannot be carried out in a room, for however many.
type obstacle struct {
	verb  action.Verb
	why   string
	keeps map[place]action.Action
}

// Hindered says that something stands in the way of an action that goes on being tried. What is only slow is none.
func (r *Report) Hindered(h action.Hindrance, now time.Time) {
	if h.Kind == action.RateLimited || h.Action.Verb.Speech() {
		return
	}
	p := placeOf(h.Action)
	if old, stands := r.hindered[p]; stands && (old.why != h.Why || old.action.Verb != h.Action.Verb) {
		r.free(p)
	}
	r.hindered[p] = hindrance{h.Action, h.Why}
	for _, w := range r.at[p] {
		r.open[w].by.stuck[w] = struct{}{}
	}
	key := obstacleKey(h.Action, h.Why)
	o := r.obstacles[key]
	if o == nil {
		o = &obstacle{h.Action.Verb, h.Why, map[place]action.Action{}}
		r.obstacles[key] = o
		r.problems.changed[key] = true
	}
	o.keeps[p] = h.Action
	by := r.account(h.Action, now)
	// A command's reply says it itself, and the problem of a room as a whole says it better.
	if by.of == nil && len(o.keeps) == 1 && !r.covered(h.Action.Room) {
		r.announce(key, "", now)
	}
	r.settle(by, now)
}

// Freed says that nothing stands in the way any more, or that there is nothing left to do.
func (r *Report) Freed(a action.Action, _ time.Time) { r.free(placeOf(a)) }

func (r *Report) free(p place) {
	h, stands := r.hindered[p]
	if !stands {
		return
	}
	delete(r.hindered, p)
	for _, w := range r.at[p] {
		delete(r.open[w].by.stuck, w)
	}
	key := obstacleKey(h.action, h.why)
	o := r.obstacles[key]
	if o == nil {
		return
	}
	if delete(o.keeps, p); len(o.keeps) == 0 {
		delete(r.obstacles, key)
		r.problems.changed[key] = true
		r.unsay(key)
	}
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

func obstacleKey(a action.Action, why string) Key {
	return Key{Kind: blocked, Room: a.Room, Subject: string(a.Verb) + " " + why}
}

// sentenceOf says what cannot be done in a room for one reason.
func (r *Report) sentenceOf(key Key, o *obstacle) string {
	words := o.verb.Row().Words
	var first []id.UserID
	for _, a := range o.keeps {
		first = insert(first, a.User, mostNames)
	}
	what := ""
	switch words.Of {
	case action.NoObject:
	case action.ToUser:
		what = " " + some(len(o.keeps), first, string(words.Of))
	default:
		what = " " + text.Count(len(o.keeps), string(words.Of))
	}
	return fmt.Sprintf("I cannot %s%s in %s: %s.", words.Do, what, r.names.Room(key.Room), reason(o.why, "it is refused"))
}

func (r *Report) obstaclesOf(rooms func(id.RoomID) bool) (all []string) {
	for _, key := range slices.SortedFunc(maps.Keys(r.obstacles), Key.compare) {
		if rooms(key.Room) && !r.covered(key.Room) {
			all = append(all, r.sentenceOf(key, r.obstacles[key]))
		}
	}
	return all
}
