package report

import (
	"maps"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/text"
)

const (
	// flapping is how long the same problem is no news again after it was told.
	flapping = 10 * time.Minute
	// mostTold is how often in that time it is news because its words have changed. What
	// it says then is told when that time is over.
	mostTold = 3
)

// mostOf is how often a kind of problem is told in the time of flapping. With the words
// of what hinders one action nothing of interest changes. Which server rules no ACL
// follows, the owner of a list decides.
func mostOf(k Kind) int {
	switch k {
	case blocked, ShutOut:
		return 1
	default:
		return mostTold
	}
}

// Problems are what moderators should mend: facts that others found, and what keeps single actions from being done.
type Problems struct {
	words     words
	work      *ledger
	news      *news
	standing  map[Key]string
	told      map[Key]told
	late      map[Key]bool // of which other words wait for the end of flapping
	changed   map[Key]bool // since they were last stored
	obstacles obstacles
}

type told struct {
	text  string
	at    time.Time // the first time
	times int
}

func newProblems(words words, work *ledger, news *news) *Problems {
	return &Problems{
		words: words, work: work, news: news,
		standing: map[Key]string{}, told: map[Key]told{}, late: map[Key]bool{}, changed: map[Key]bool{}, obstacles: newObstacles(),
	}
}

// Tell tells, once, what moderators should mend. It stands until it is solved.
func (p *Problems) Tell(key Key, sentence string, now time.Time) {
	if p.standing[key] == sentence {
		return
	}
	p.Note(key, sentence)
	p.announce(key, sentence, now)
}

// announce tells of a problem with the next digest, unless it was told just now.
func (p *Problems) announce(key Key, sentence string, now time.Time) {
	t, before := p.told[key]
	if before && p.news.reword(key, sentence) { // it is still to be told
		p.told[key] = told{sentence, t.at, t.times}
		return
	}
	if before && now.Sub(t.at) < flapping {
		if t.text == sentence || t.times >= mostOf(key.Kind) {
			if t.text != sentence && key.Kind != blocked {
				p.late[key] = true
			}
			return
		}
	} else {
		t = told{at: now}
	}
	for k, t := range p.told {
		if now.Sub(t.at) >= flapping {
			delete(p.told, k)
		}
	}
	p.told[key] = told{sentence, t.at, t.times + 1}
	p.news.add(sentence, key)
}

// due is when overdue has something; zero if nothing waits.
func (p *Problems) due() (at time.Time) {
	for key := range p.late {
		at = soonest(at, p.told[key].at.Add(flapping))
	}
	return at
}

// overdue tells what waited until it was not flapping any more, as it is by now.
func (p *Problems) overdue(now time.Time) {
	for _, key := range slices.SortedFunc(maps.Keys(p.late), Key.compare) {
		t := p.told[key]
		if now.Sub(t.at) < flapping {
			continue
		}
		delete(p.late, key)
		if sentence, stands := p.standing[key]; stands && sentence != t.text {
			p.announce(key, sentence, now)
		}
	}
}

// unsay takes back what was not told yet.
func (p *Problems) unsay(key Key) {
	if p.news.unsay(key) {
		delete(p.told, key)
	}
}

// Note is Tell for what is told elsewhere, as in a command's reply, or was told before a restart.
func (p *Problems) Note(key Key, sentence string) {
	if p.standing[key] != sentence {
		p.standing[key] = sentence
		p.changed[key] = true
	}
}

// Restore takes up a problem that was told before a restart. What keeps single actions from being done is found again if
// it still does; it is then no news.
func (p *Problems) Restore(key Key, sentence string, now time.Time) {
	if key.Kind == blocked {
		p.told[key] = told{sentence, now, 1}
		p.changed[key] = true
		return
	}
	p.standing[key] = sentence
}

// Solved ends a problem. What was not told yet is not told any more.
func (p *Problems) Solved(key Key) {
	if _, stands := p.standing[key]; !stands {
		return
	}
	delete(p.standing, key)
	p.changed[key] = true
	p.unsay(key)
}

// SolvedRoom ends all that is wrong in a room that is not looked after any more.
func (p *Problems) SolvedRoom(room id.RoomID) {
	for _, at := range p.obstacles.of(room) {
		p.free(at)
	}
	for key := range p.standing {
		if key.Room == room {
			p.Solved(key)
		}
	}
}

// Keys are what stands of a kind.
func (p *Problems) Keys(k Kind) (keys []Key) {
	for key := range p.standing {
		if key.Kind == k {
			keys = append(keys, key)
		}
	}
	return keys
}

// All is what stands, in a fixed order.
func (p *Problems) All() []string {
	return append(p.list(func(Key) bool { return true }), p.blocked(func(id.RoomID) bool { return true })...)
}

// Of is what stands in a room, without its name before it.
func (p *Problems) Of(room id.RoomID) []string {
	all := p.list(func(k Key) bool { return k.Room == room })
	all = append(all, p.blocked(func(other id.RoomID) bool { return other == room })...)
	for i, sentence := range all {
		all[i] = strings.TrimPrefix(sentence, p.words.names.Room(room)+": ")
	}
	return all
}

func (p *Problems) list(which func(Key) bool) (all []string) {
	for _, key := range slices.SortedFunc(maps.Keys(p.standing), Key.compare) {
		if which(key) {
			all = append(all, p.standing[key])
		}
	}
	return all
}

// blocked are the obstacles of rooms of which nothing else says it better.
func (p *Problems) blocked(rooms func(id.RoomID) bool) (all []string) {
	for _, key := range slices.SortedFunc(maps.Keys(p.obstacles.by), Key.compare) {
		if rooms(key.Room) && !p.covers(key.Room) {
			all = append(all, p.words.obstacle(key, p.obstacles.by[key]))
		}
	}
	return all
}

// covers reports whether the problem of a room as a whole says better what keeps us from acting there.
func (p *Problems) covers(room id.RoomID) bool {
	return slices.ContainsFunc([]Kind{Power, Presence, Unreadable}, func(k Kind) bool { return p.standing[Key{Kind: k, Room: room}] != "" })
}

// why is what keeps something waiting. In a room that we are not in it is that, whatever each try of it was told.
func (p *Problems) why(h hindrance) string {
	if p.standing[Key{Kind: Presence, Room: h.action.Room}] != "" {
		return "I am not in the room"
	}
	return h.why
}

// now is a piece of news as it is now.
func (p *Problems) now(i item) string {
	if o := p.obstacles.by[i.of]; o != nil {
		return p.words.obstacle(i.of, o)
	}
	return i.text
}

// hinders reports whether something stands in the way at a place, and blames whether it does for a reason.
func (p *Problems) hinders(at place) bool { _, stands := p.obstacles.at[at]; return stands }

func (p *Problems) blames(at place, why string) bool {
	h, stands := p.obstacles.at[at]
	return stands && h.why == why
}

// hinder takes in that something stands in the way. It returns what, and whether this is the first that it keeps.
func (p *Problems) hinder(h action.Hindrance) (key Key, first bool) {
	at := placeOf(h.Action)
	if old, stands := p.obstacles.at[at]; stands && (old.why != h.Why || old.action.Verb != h.Action.Verb) {
		p.free(at)
	}
	key, fresh := p.obstacles.add(at, hindrance{h.Action, h.Why})
	if fresh {
		p.changed[key] = true
	}
	p.work.mark(at, true)
	return key, len(p.obstacles.by[key].keeps) == 1
}

// free takes in that nothing stands in the way any more.
func (p *Problems) free(at place) {
	key, gone := p.obstacles.drop(at)
	p.work.mark(at, false)
	if gone {
		p.changed[key] = true
		p.unsay(key)
	}
}

// behind says that rooms do not follow, and why as far as it is known.
func (p *Problems) behind(late places) string {
	known := places{}
	whys := p.list(func(k Key) bool {
		switch _, is := late[k.Room]; {
		case k.Kind == ShutOut: // this explains every room
			maps.Copy(known, late)
		case is && (k.Kind == Power || k.Kind == Presence || k.Kind == Unreadable || k.Kind == ACL):
			known[k.Room] = struct{}{}
		default:
			return false
		}
		return true
	})
	for at, h := range p.obstacles.at {
		if _, is := late[at.room]; is && at.lane == action.ACLLane && !p.covers(at.room) {
			known[at.room] = struct{}{}
			whys = append(whys, p.words.names.Room(at.room)+": "+reason(h.why, "it is refused")+".")
		}
	}
	slices.Sort(whys)
	return p.words.behind(late, known, whys)
}

// Change is a problem to store, or with Text "" to forget.
type Change struct {
	Key  Key
	Text string
}

// Changes are the problems that changed since it was last called.
func (p *Problems) Changes() []Change {
	if len(p.changed) == 0 {
		return nil
	}
	var all []Change
	for key := range p.changed {
		sentence := p.standing[key]
		if o := p.obstacles.by[key]; o != nil {
			sentence = o.why
		}
		all = append(all, Change{key, sentence})
	}
	clear(p.changed)
	return all
}

// ProblemText shows a problem of a room that a package found in words of its own.
func ProblemText(room string, why string) string {
	return room + ": " + text.Escape(why, text.MostReason) + "."
}
