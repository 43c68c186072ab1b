package learning

import (
	"slices"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/content"
)

// Marked is what came of marking a message.
type Marked struct {
	Before   bool // it was marked so before, and nothing changed
	Gone     int  // samples of the same moderator, the oldest, that gave way to it
	Unlearns int  // samples of spam that are near-equal to what is none, and are forgotten
}

// Marking is a message that a moderator marks.
type Marking struct {
	By     id.UserID
	Event  id.EventID
	Said   *content.Message
	At     time.Time
	Secret bool // it was said in an encrypted room
}

// May says whether a moderator may mark a message, and if not why.
func (b *Book) May(c Class, m Marking) error {
	_, _, err := b.prepare(c, m)
	return err
}

// Mark remembers a message as spam, or as none. What it was marked as before counts no more.
func (b *Book) Mark(c Class, m Marking) (done Marked, err error) {
	one, known, err := b.prepare(c, m)
	if err != nil || known {
		return Marked{Before: known}, err
	}
	if before := b.samples[one.ID]; before != nil {
		b.drop(before)
	}
	b.standing.forget(m.Event)
	if c == Ham {
		done.Unlearns = b.unlearn(m.Said)
		b.add(one)
		b.crowd(MostMarked, func(s *Sample) bool { return s.Class == Ham && s.By != "" })
		return done, nil
	}
	b.add(one)
	done.Gone = b.share(m.By)
	b.crowd(MostSpam, func(s *Sample) bool { return s.Class == Spam && s.Imported })
	b.crowd(MostSpam, func(s *Sample) bool { return s.Class == Spam })
	return done, nil
}

// prepare makes a sample of a message, if it may be learned from; known says that it was.
func (b *Book) prepare(c Class, m Marking) (one *Sample, known bool, err error) {
	one = &Sample{ID: b.name(m.Event), Class: c, By: m.By, At: m.At.Truncate(time.Millisecond)}
	if before := b.samples[one.ID]; before != nil && before.Class == c && before.By != "" {
		return before, true, nil
	}
	shown, to := said(m.Said), hosts(m.Said)
	f := b.reader.read(shown, to)
	if one.hashes = f.hashes(); f.Empty() || m.Said.Form() == content.Reaction {
		return nil, false, ErrNothing
	}
	if b.today(m.By, m.At) >= PerDay {
		return nil, false, ErrPerDay
	}
	if c == Spam {
		one.Text, one.Hosts, one.Secret, one.print = shown.String(), to, m.Secret, shown.Fingerprint()
		if len(b.alikes(one)) >= mostAlike {
			return nil, false, ErrKnown
		}
	}
	return one, false, nil
}

// today is how many messages a moderator marked in the day before.
func (b *Book) today(by id.UserID, at time.Time) int {
	return b.count(func(s *Sample) bool { return s.By == by && !s.Imported && s.At.After(at.AddDate(0, 0, -1)) })
}

// unlearn forgets the samples of spam that are near-equal to a message.
func (b *Book) unlearn(m *content.Message) (n int) {
	shown := said(m)
	f := b.reader.read(shown, hosts(m))
	like := &Sample{Class: Spam, hashes: f.hashes(), print: shown.Fingerprint()}
	for _, s := range b.alikes(like) {
		b.drop(s)
		n++
	}
	return n
}

// share has the marks of one moderator be no more than their share.
func (b *Book) share(by id.UserID) (gone int) {
	marks := func(s *Sample) bool { return s.Class == Spam && !s.Imported }
	theirs := b.ordered(func(s *Sample) bool { return marks(s) && s.By == by })
	others := b.count(marks) - len(theirs)
	for _, s := range theirs[:max(len(theirs)-max(Share, others), 0)] {
		b.drop(s)
		gone++
	}
	return gone
}

// crowd forgets the oldest of some samples, of which only so many may be remembered with all
// others of their class.
func (b *Book) crowd(most int, which func(*Sample) bool) {
	all := b.ordered(which)
	n := len(all)
	if n > 0 && all[0].Class == Spam {
		n = b.count(func(s *Sample) bool { return s.Class == Spam })
	}
	for _, s := range all[:min(max(n-most, 0), len(all))] {
		b.drop(s)
	}
}

// Forget forgets a sample by its name, or that of an event.
func (b *Book) Forget(name string) bool {
	one := b.samples[name]
	if one == nil {
		one = b.samples[b.name(id.EventID(name))]
	}
	if one == nil {
		return false
	}
	b.drop(one)
	return true
}

// Find gives a sample by its name, or that of an event; nil if there is none.
func (b *Book) Find(name string) *Sample {
	if one := b.samples[name]; one != nil {
		return one
	}
	return b.samples[b.name(id.EventID(name))]
}

// Spam are the samples of spam, the youngest first.
func (b *Book) Spam() []*Sample {
	all := b.ordered(func(s *Sample) bool { return s.Class == Spam })
	slices.Reverse(all)
	return all
}

// Standing is how much is known.
type Standing struct {
	Spam, Imported int // samples of spam, and how many of them are others'
	Marked, Stood  int // samples that were marked as none, and messages that have stood
	Ready          bool
}

// Standing says how much is known, and whether it is enough to say of a message how likely it
// is spam.
func (b *Book) Standing() (s Standing) {
	for _, one := range b.samples {
		switch {
		case one.Class == Spam:
			s.Spam++
			if one.Imported {
				s.Imported++
			}
		case one.By != "":
			s.Marked++
		default:
			s.Stood++
		}
	}
	s.Ready = b.model.ready()
	return s
}
