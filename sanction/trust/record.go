package trust

import (
	"encoding/binary"
	"slices"
	"time"
)

const (
	day = 24 * time.Hour
	// apart is how long after the beginning of one active day the next can begin, so that
	// two do not meet at midnight.
	apart = 20 * time.Hour
	// mostMarks is how many of a member's latest messages are known one by one, so that
	// they can be taken back.
	mostMarks = 2 * MostADay
)

// record is a member's past, by days of UTC.
type record struct {
	begun int64 // when the active day began that is counted now, in minutes
	weeks []week
	rooms []visit
	marks []mark // the oldest first
}

// week is how many messages counted on each of its days, in four bits each.
type week struct {
	number int32
	days   uint32
}

// visit is a room, and the week in which something last counted there.
type visit struct {
	room uint32
	week int32
}

// mark is a message that counted.
type mark struct {
	event uint64
	day   int32
}

func dayOf(at time.Time) int32 { return int32(max(at.Unix(), 0) / int64(day/time.Second)) }

// weekOf is the week of a day. The epoch began on a Thursday, which is of no matter.
func weekOf(d int32) int32 { return d / 7 }

func (w week) count(d int32) uint32 { return w.days >> (4 * (d % 7)) & 0xf }

func (w *week) more(d int32) { w.days += 1 << (4 * (d % 7)) }
func (w *week) less(d int32) { w.days -= 1 << (4 * (d % 7)) }

// today is the active day that a time belongs to. A clock that was set back begins anew.
func (r *record) today(at time.Time) int32 {
	minutes := max(at.Unix(), 0) / 60
	since := time.Duration(minutes-r.begun) * time.Minute
	if r.begun == 0 || since >= apart || since < -time.Hour {
		r.begun = minutes
	}
	return dayOf(time.Unix(r.begun*60, 0))
}

// full reports whether enough of a day counts.
func (r *record) full(at time.Time) bool {
	d := r.today(at)
	i := slices.IndexFunc(r.weeks, func(w week) bool { return w.number == weekOf(d) })
	return i >= 0 && r.weeks[i].count(d) >= MostADay
}

// add counts a message, unless enough of its day count.
func (r *record) add(event uint64, at time.Time) (added bool, gone []mark) {
	d := r.today(at)
	i := slices.IndexFunc(r.weeks, func(w week) bool { return w.number == weekOf(d) })
	if i < 0 {
		r.weeks = append(r.weeks, week{number: weekOf(d)})
		i = len(r.weeks) - 1
		for len(r.weeks) > lasts {
			oldest := slices.MinFunc(r.weeks, func(a, b week) int { return int(a.number) - int(b.number) })
			r.weeks = slices.DeleteFunc(r.weeks, func(w week) bool { return w == oldest })
			i = slices.IndexFunc(r.weeks, func(w week) bool { return w.number == weekOf(d) })
		}
		if i < 0 {
			return false, nil // of a clock that was set back by years
		}
	}
	if r.weeks[i].count(d) >= MostADay {
		return false, nil
	}
	r.weeks[i].more(d)
	r.marks = append(r.marks, mark{event, d})
	if n := len(r.marks) - mostMarks; n > 0 {
		gone = slices.Clone(r.marks[:n])
		r.marks = slices.Delete(r.marks, 0, n)
	}
	return true, gone
}

// visit notes a room in which something was written. It reports whether that is news.
func (r *record) visit(room uint32, now int32) bool {
	i := slices.IndexFunc(r.rooms, func(v visit) bool { return v.room == room })
	switch {
	case i >= 0:
	case len(r.rooms) < mostRooms:
		r.rooms = append(r.rooms, visit{room, now})
		return true
	default:
		i = 0
		for n, v := range r.rooms {
			if v.week < r.rooms[i].week {
				i = n
			}
		}
	}
	if r.rooms[i].week >= now {
		return false
	}
	r.rooms[i] = visit{room, now}
	return true
}

// takeBack has a message count no more.
func (r *record) takeBack(event uint64) bool {
	i := slices.IndexFunc(r.marks, func(m mark) bool { return m.event == event })
	if i < 0 {
		return false
	}
	d := r.marks[i].day
	r.marks = slices.Delete(r.marks, i, i+1)
	for n := range r.weeks {
		if w := &r.weeks[n]; w.number == weekOf(d) && w.count(d) > 0 {
			w.less(d)
		}
	}
	return true
}

// past is what counts at a time.
func (r *record) past(at time.Time, weights *[lasts]float64) (p Past) {
	now := weekOf(dayOf(at))
	for _, w := range r.weeks {
		age := max(now-w.number, 0)
		if age >= lasts {
			continue
		}
		for d := range int32(7) {
			if n := w.count(d); n > 0 {
				p.Messages += float64(n) * weights[age]
				p.Days += weights[age]
			}
		}
	}
	for _, v := range r.rooms {
		if now-v.week < lasts {
			p.Rooms++
		}
	}
	return p
}

// over reports whether nothing of it counts any more.
func (r *record) over(at time.Time) bool {
	now := weekOf(dayOf(at))
	return !slices.ContainsFunc(r.weeks, func(w week) bool { return now-w.number < lasts })
}

func (r *record) bytes() int { return 12*len(r.weeks) + 8*len(r.rooms) + 64*len(r.marks) }

// written is the first byte of a stored record, so that what comes later can differ.
const written = 1

func (r *record) encode() []byte {
	b := []byte{written}
	b = binary.AppendUvarint(b, uint64(r.begun/(24*60)))
	b = binary.AppendUvarint(b, uint64(r.begun%(24*60)))
	b = binary.AppendUvarint(b, uint64(len(r.weeks)))
	for _, w := range r.weeks {
		b = binary.AppendUvarint(b, uint64(w.number))
		b = binary.AppendUvarint(b, uint64(w.days))
	}
	b = binary.AppendUvarint(b, uint64(len(r.rooms)))
	for _, v := range r.rooms {
		b = binary.AppendUvarint(b, uint64(v.room))
		b = binary.AppendUvarint(b, uint64(v.week))
	}
	b = binary.AppendUvarint(b, uint64(len(r.marks)))
	for _, m := range r.marks {
		b = binary.BigEndian.AppendUint64(b, m.event)
		b = binary.AppendUvarint(b, uint64(m.day))
	}
	return b
}

// reader takes apart what encode wrote. What is cut short, or was never that, is bad.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) skip(n int) {
	if n <= 0 || n > len(r.b) {
		r.bad, n = true, len(r.b)
	}
	r.b = r.b[n:]
}

func (r *reader) unsigned() uint64 {
	v, n := binary.Uvarint(r.b)
	r.skip(n)
	return v
}

func (r *reader) long() (v uint64) {
	if len(r.b) >= 8 {
		v = binary.BigEndian.Uint64(r.b)
	}
	r.skip(8)
	return v
}

// many is how many of something follow, of which there may be no more than most.
func (r *reader) many(most int) int {
	n := r.unsigned()
	if n > uint64(most) {
		r.bad = true
	}
	if r.bad {
		return 0
	}
	return int(n)
}

func decode(b []byte) (*record, bool) {
	if len(b) == 0 || b[0] != written {
		return nil, false
	}
	in, out := &reader{b: b[1:]}, &record{}
	out.begun = int64(in.day())*24*60 + int64(in.many(24*60))
	for range in.many(lasts) {
		out.weeks = append(out.weeks, week{in.day(), in.days()})
	}
	for range in.many(mostRooms) {
		out.rooms = append(out.rooms, visit{uint32(in.unsigned()), in.day()})
	}
	for range in.many(mostMarks) {
		out.marks = append(out.marks, mark{in.long(), in.day()})
	}
	return out, !in.bad && len(in.b) == 0
}

// day is a day or week, of which none is before the epoch or after the year 5000.
func (r *reader) day() int32 { return int32(r.many(365 * 3000)) }

// days are those of a week.
func (r *reader) days() uint32 {
	w := week{days: uint32(r.many(1<<28 - 1))}
	for d := range int32(7) {
		if w.count(d) > MostADay {
			r.bad = true
		}
	}
	return w.days
}
