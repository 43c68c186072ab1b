package trust

import (
	"encoding/binary"
	"slices"
	"time"
)

const (
	// otherTalkers is how many others must have talked in a room of late, for what
	// somebody says there to count: alone, or with one friend, nobody earns anything.
	otherTalkers = 2
	// late is how many days of late are.
	late = 14
)

// talk is who talked last in a room: three, for of each of them there are two others.
type talk struct{ talkers []talker }

type talker struct {
	user uint64
	day  int32
}

// talks takes in that somebody talks in a room, and reports whether there are others.
func (b *Book) talks(m Message, at time.Time) bool {
	t := b.rooms[m.Room]
	if t == nil {
		if len(b.rooms) >= maxRooms {
			return false
		}
		t = &talk{}
		b.rooms[m.Room] = t
	}
	now := talker{short(m.User), dayOf(at)}
	others := 0
	for _, o := range t.talkers {
		if o.user != now.user && now.day-o.day < late {
			others++
		}
	}
	if t.note(now) {
		b.changed[string(m.Room)] = true
	}
	return others >= otherTalkers
}

// short is a short name of a user or room (FNV-1a). Who finds another with it is taken for
// that one, and gains nothing by it.
func short[T ~string](u T) uint64 {
	sum := uint64(14695981039346656037)
	for i := range len(u) {
		sum = (sum ^ uint64(u[i])) * 1099511628211
	}
	return sum
}

// note keeps somebody as one of those who talked last. It reports whether that is news:
// who is among them changes a few times a day, and not with each message.
func (t *talk) note(now talker) bool {
	i := slices.IndexFunc(t.talkers, func(o talker) bool { return o.user == now.user })
	switch {
	case i >= 0 && t.talkers[i].day == now.day:
		return false
	case i >= 0:
		t.talkers[i].day = now.day
		return true
	case len(t.talkers) <= otherTalkers:
		t.talkers = append(t.talkers, now)
		return true
	}
	oldest := 0
	for i, o := range t.talkers {
		if o.day < t.talkers[oldest].day {
			oldest = i
		}
	}
	if t.talkers[oldest].day == now.day {
		return false
	}
	t.talkers[oldest] = now
	return true
}

func (t *talk) encode() []byte {
	b := []byte{written, byte(len(t.talkers))}
	for _, o := range t.talkers {
		b = binary.BigEndian.AppendUint64(b, o.user)
		b = binary.AppendUvarint(b, uint64(o.day))
	}
	return b
}

func decodeTalk(b []byte) (*talk, bool) {
	if len(b) < 2 || b[0] != written || b[1] > otherTalkers+1 {
		return nil, false
	}
	in, t := &reader{b: b[2:]}, &talk{}
	for range b[1] {
		t.talkers = append(t.talkers, talker{in.long(), in.day()})
	}
	return t, !in.bad && len(in.b) == 0
}
