package learning

import (
	"slices"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/content"
)

const (
	// Stands is how long a message of a regular member must have stood to be taken for innocent.
	Stands = time.Hour
	// mostWaiting is how many wait for that.
	mostWaiting = 200
	// mostOfOne is how many of them one member may have written.
	mostOfOne = MostHam / 20
	// few is how many there must be for others to be taken in more slowly, so that what is known
	// of days is not what was said in an hour.
	few          = 300
	often, later = 10 * time.Second, 10 * time.Minute
)

// standing is what waits to have stood long enough, in memory alone.
type standing struct {
	waiting []waiting // the oldest first
	latest  time.Time // when the youngest came
	stood   int
	by      map[uint32]int // of those that have stood, by who wrote them
}

type waiting struct {
	event  id.EventID
	since  time.Time
	sample *Sample
}

// count keeps count of those that have stood.
func (s *standing) count(one *Sample, n int) {
	if one.Class != Ham || one.By != "" {
		return
	}
	s.stood += n
	if s.by[one.author] += n; s.by[one.author] == 0 {
		delete(s.by, one.author)
	}
}

// forget takes out a message that is not innocent after all.
func (s *standing) forget(evt id.EventID) {
	s.waiting = slices.DeleteFunc(s.waiting, func(w waiting) bool { return w.event == evt })
}

// Heard takes in a message of a regular member that nobody has anything against. It counts once
// it has stood; most are passed over, and nothing is read of them.
func (b *Book) Heard(evt id.EventID, by id.UserID, m *content.Message, at time.Time) {
	b.settle(at)
	s := &b.standing
	every := later
	if s.stood+len(s.waiting) < few {
		every = often
	}
	if gone := at.Sub(s.latest); gone >= 0 && gone < every || len(s.waiting) >= mostWaiting {
		return
	}
	author := uint32(b.reader.secret.sum(0, string(by)))
	if s.by[author] >= mostOfOne || slices.ContainsFunc(s.waiting, func(w waiting) bool { return w.sample.author == author || w.event == evt }) {
		return
	}
	f := b.reader.read(said(m), hosts(m))
	const says = 4
	if f.places < says {
		return
	}
	s.latest = at
	s.waiting = append(s.waiting, waiting{evt, at, &Sample{ID: b.name(evt), Class: Ham, author: author, hashes: f.hashes()}})
}

// Removed takes in that a message is gone: it is not innocent by having stood.
func (b *Book) Removed(evt id.EventID) {
	b.standing.forget(evt)
	if one := b.samples[b.name(evt)]; one != nil && one.Class == Ham && one.By == "" {
		b.drop(one)
	}
}

// settle takes in what has stood long enough.
func (b *Book) settle(at time.Time) {
	s := &b.standing
	for len(s.waiting) > 0 && at.Sub(s.waiting[0].since) >= Stands {
		one := s.waiting[0].sample
		s.waiting = s.waiting[1:]
		if b.samples[one.ID] != nil {
			continue
		}
		one.At = at.Truncate(time.Millisecond)
		b.add(one)
		if s.stood > MostHam {
			b.drop(b.ordered(func(o *Sample) bool { return o.Class == Ham && o.By == "" })[0])
		}
	}
}
