package trust

import (
	"container/list"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"
	"time"

	"maunium.net/go/mautrix/id"
)

const (
	// maxNewcomers and maxMembers bound what is remembered, in bytes, of those of whom
	// little is known and of all others. Who comes with a million accounts has the first
	// forgotten among each other, and none of the second.
	maxNewcomers = 12 << 20
	maxMembers   = 36 << 20
	// maxRooms bounds of how many rooms it is known who talks there.
	maxRooms = 10_000
	// overhead is about what a member costs besides the record and the name.
	overhead = 320
)

// Book is what is known of all members of a community. One goroutine owns it.
type Book struct {
	// Open, if not nil, reports whether a member has points that have not faded.
	Open func(u id.UserID, at time.Time) bool

	members   map[id.UserID]*list.Element // of *member
	newcomers shelf
	known     shelf
	marks     map[uint64]id.UserID
	rooms     map[id.RoomID]*talk
	changed   map[string]bool // members and rooms whose rows are not handed out yet
	weights   [lasts]float64
}

// shelf is members in the order in which they were touched, the longest ago first.
type shelf struct {
	order       *list.List
	used, limit int
}

type member struct {
	name   id.UserID
	record record
	on     *shelf
	bytes  int
}

// Message is one that somebody wrote, and nobody had anything against.
type Message struct {
	Room  id.RoomID
	User  id.UserID
	Event id.EventID
	// Own says that the writer has rank in the room or made it: then it counts for
	// others, and not for the writer.
	Own bool
}

// Row is what is to be stored of a member or a room; Record is nil for what is to be
// forgotten.
type Row struct {
	Entity string // a user or room
	Record []byte
}

// NewBook returns an empty book with the usual bounds.
func NewBook() *Book { return bounded(maxNewcomers, maxMembers) }

func bounded(newcomers, members int) *Book {
	return &Book{
		members: map[id.UserID]*list.Element{}, marks: map[uint64]id.UserID{}, rooms: map[id.RoomID]*talk{}, changed: map[string]bool{},
		newcomers: shelf{list.New(), 0, newcomers}, known: shelf{list.New(), 0, members}, weights: weights(),
	}
}

// Accept counts a message that reached us at a time, if it is one that counts.
func (b *Book) Accept(m Message, at time.Time) {
	if !b.talks(m, at) || m.Own {
		return
	}
	e := b.members[m.User]
	if e == nil {
		e = b.newcomers.order.PushBack(&member{name: m.User, on: &b.newcomers})
		b.members[m.User] = e
	}
	who := e.Value.(*member)
	begun := who.record.begun
	if who.record.visit(uint32(short(m.Room)), weekOf(who.record.today(at))) || who.record.begun != begun {
		b.changed[string(m.User)] = true // also if nothing counts: the day began that the next one is apart from
	}
	if !who.record.full(at) {
		b.count(who, m, at)
	}
	b.place(e, at)
	b.expire(at)
}

func (b *Book) count(who *member, m Message, at time.Time) {
	event := digest(m.Room, m.Event)
	if b.marks[event] != "" {
		return // it was counted before
	}
	if added, gone := who.record.add(event, at); added {
		b.marks[event] = m.User
		b.changed[string(m.User)] = true
		b.unmark(gone)
	}
}

// Removed says that a message was removed: it counts no more.
func (b *Book) Removed(room id.RoomID, evt id.EventID) {
	event := digest(room, evt)
	u, counted := b.marks[event]
	if !counted {
		return
	}
	delete(b.marks, event)
	if e := b.members[u]; e != nil && e.Value.(*member).record.takeBack(event) {
		b.changed[string(u)] = true
		b.resize(e)
	}
}

// Past is what is known of a member.
func (b *Book) Past(u id.UserID, at time.Time) (p Past) {
	if e := b.members[u]; e != nil {
		p = e.Value.(*member).record.past(at, &b.weights)
	}
	// It is asked only where it matters: most are new, and points may be dear to count.
	p.Open = p.Level() > Known && b.Open != nil && b.Open(u, at)
	return p
}

// Level is how far a member is trusted.
func (b *Book) Level(u id.UserID, at time.Time) Level { return b.Past(u, at).Level() }

// Len is of how many members something is known.
func (b *Book) Len() int { return len(b.members) }

// Changed gives the rows that changed since they were given last.
func (b *Book) Changed() []Row {
	if len(b.changed) == 0 {
		return nil
	}
	rows := make([]Row, 0, len(b.changed))
	for _, name := range slices.Sorted(maps.Keys(b.changed)) {
		row := Row{Entity: name}
		if e := b.members[id.UserID(name)]; e != nil {
			row.Record = e.Value.(*member).record.encode()
		} else if t := b.rooms[id.RoomID(name)]; t != nil {
			row.Record = t.encode()
		}
		rows = append(rows, row)
	}
	clear(b.changed)
	return rows
}

// Load takes up a row that was stored. What cannot be read, or is over, is forgotten.
func (b *Book) Load(row Row, now time.Time) {
	if len(row.Entity) > 0 && row.Entity[0] == '!' {
		if t, ok := decodeTalk(row.Record); ok && len(b.rooms) < maxRooms {
			b.rooms[id.RoomID(row.Entity)] = t
		} else {
			b.changed[row.Entity] = true
		}
		return
	}
	r, ok := decode(row.Record)
	u := id.UserID(row.Entity)
	if !ok || r.over(now) || b.members[u] != nil {
		b.changed[row.Entity] = true
		return
	}
	e := b.newcomers.order.PushBack(&member{name: u, record: *r, on: &b.newcomers})
	b.members[u] = e
	for _, m := range r.marks {
		b.marks[m.event] = u
	}
	b.place(e, now)
}

// place puts a member on the shelf where they belong, as the one who was touched last,
// and makes space there.
func (b *Book) place(e *list.Element, at time.Time) {
	who := e.Value.(*member)
	past := who.record.past(at, &b.weights)
	to := &b.newcomers
	if past.Level() > New {
		to = &b.known
	}
	if to == who.on {
		to.order.MoveToBack(e)
	} else {
		who.on.order.Remove(e)
		who.on.used -= who.bytes
		who.on, who.bytes = to, 0
		e = to.order.PushBack(who)
		b.members[who.name] = e
	}
	b.resize(e)
	for to.used > to.limit && to.order.Len() > 1 {
		b.forget(to.order.Front())
	}
}

func (b *Book) resize(e *list.Element) {
	who := e.Value.(*member)
	size := overhead + len(who.name) + who.record.bytes()
	who.on.used += size - who.bytes
	who.bytes = size
}

// expire forgets who was touched the longest ago, if nothing of it counts any more.
func (b *Book) expire(at time.Time) {
	for _, s := range []*shelf{&b.newcomers, &b.known} {
		for range 2 { // more than can come in at the same time
			if e := s.order.Front(); e != nil && e.Value.(*member).record.over(at) {
				b.forget(e)
			}
		}
	}
}

func (b *Book) forget(e *list.Element) {
	who := e.Value.(*member)
	who.on.order.Remove(e)
	who.on.used -= who.bytes
	delete(b.members, who.name)
	b.unmark(who.record.marks)
	b.changed[string(who.name)] = true
}

func (b *Book) unmark(gone []mark) {
	for _, m := range gone {
		delete(b.marks, m.event)
	}
}

// digest is a short name of an event in its room, long enough that nobody finds another
// with it.
func digest(room id.RoomID, evt id.EventID) uint64 {
	const usual = 256
	both := sha256.Sum256(append(append(append(make([]byte, 0, usual), room...), 0), evt...))
	return binary.BigEndian.Uint64(both[:])
}

// Forget drops what is known of a room that is not protected any more.
func (b *Book) Forget(room id.RoomID) {
	if b.rooms[room] != nil {
		delete(b.rooms, room)
		b.changed[string(room)] = true
	}
}
