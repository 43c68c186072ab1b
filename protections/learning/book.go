// Package learning is what a community remembers of the messages that its moderators marked as
// spam or as none: it finds those that are nearly the same, and says of others how likely they
// are spam. It is pure: time comes in as a value, and what is to be stored is given as rows.
//
// What is remembered is a set of samples, and all that follows from it is a sum over them, so
// that forgetting one is as if it had never been marked. It is bounded: see [Bounds], and the
// memory of all of it by 16 MB, of which an ordinary community uses 2.
package learning

import (
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"

	"maunium.net/go/mautrix/id"

	"forseti/content"
)

// The bounds of what is remembered.
const (
	MostSpam     = 1000 // marked messages
	MostHam      = 1500 // messages that have stood
	MostMarked   = 300  // … and such as were marked as none
	MostImported = 500  // of MostSpam
	// PerDay is how many messages one moderator may mark in a day.
	PerDay = 30
	// Share is how many marks of one moderator count at least. From there on they are no more than
	// those of all others together: the oldest of theirs goes.
	Share = 100
	// mostAlike is how many near-equal samples there may be. They count as one.
	mostAlike = 8
	// importedWeight is how much of an own mark an imported one weighs: others know less of what is
	// unwanted here. However many there are, together they are less than the marks of one moderator
	// can be, whose day's bound an import does not know.
	importedWeight = whole / 8
)

// Why something is not learned.
var (
	ErrNothing = errors.New("there is nothing in it to learn from")
	ErrPerDay  = fmt.Errorf("nobody teaches more than %d messages in 24 hours", PerDay)
	ErrKnown   = fmt.Errorf("%d messages like it are known already", mostAlike)
)

// Verdict is what is said of a message.
type Verdict struct {
	// Alike is how much it has in common with the marked message that is most like it, from 0 to 1,
	// and Sample which that is; 0 if no marked message is near-equal.
	Alike    float64
	Sample   string
	Imported bool // that one was marked by others
	// Score is how likely it is spam, from 0 to 1; [Unknown] if nothing can be said.
	Score float64
}

// Book is what is learned.
type Book struct {
	reader  reader
	samples map[string]*Sample
	model   *model
	index   *content.Fingerprints[string]
	stale   bool // the index has what is not remembered any more
	changed map[string]bool

	standing standing

	last    *content.Message // that was judged
	verdict Verdict
}

// New returns an empty book. Its secret keeps hashes from being read by others, and must be the
// same whenever rows are loaded.
func New(rawSecret []byte) *Book {
	return &Book{
		reader: reader{secret: newSecret(rawSecret)}, samples: map[string]*Sample{}, model: newModel(), changed: map[string]bool{},
		index: content.NewFingerprints[string](MostSpam), standing: standing{by: map[uint32]int{}},
	}
}

// Load takes up what was stored, the oldest first, and reports how many rows are none, or too
// many.
func (b *Book) Load(rows []Row) (unread int) {
	left := map[Class]int{Spam: MostSpam, Ham: MostHam + MostMarked}
	for _, row := range slices.Backward(rows) {
		one, err := b.sampleOf(row)
		if err != nil || left[one.Class] == 0 || b.samples[one.ID] != nil {
			unread++
			continue
		}
		left[one.Class]--
		b.add(one)
	}
	clear(b.changed)
	return unread
}

// Changed are the rows that are to be stored since it was last asked.
func (b *Book) Changed() (rows []Row) {
	for _, name := range slices.Sorted(maps.Keys(b.changed)) {
		if one := b.samples[name]; one != nil {
			rows = append(rows, one.row())
		} else {
			rows = append(rows, Row{ID: name})
		}
	}
	clear(b.changed)
	return rows
}

// Judge says what is known of a message; a nil Book knows nothing. To ask again of the same
// costs nothing.
func (b *Book) Judge(m *content.Message) Verdict {
	if m == nil || b == nil || len(b.samples) == 0 {
		return Verdict{Score: Unknown}
	}
	if b.last != m {
		b.last, b.verdict = m, b.judge(m)
	}
	return b.verdict
}

func (b *Book) judge(m *content.Message) Verdict {
	v := Verdict{Score: Unknown}
	if m.Form() == content.Reaction {
		return v
	}
	shown := said(m)
	if found, alike := b.find(shown); found != nil {
		v.Alike, v.Sample, v.Imported = alike, *found, b.samples[*found].Imported
	}
	if b.model.ready() {
		v.Score = b.model.score(b.reader.read(shown, hosts(m)))
	}
	return v
}

// find gives the marked message that a text is most like, and how much; nil if it is near-equal to none.
func (b *Book) find(shown *content.Text) (sample *string, alike float64) {
	if b.model.total.spam == 0 || shown.Empty() {
		return nil, 0
	}
	b.refresh()
	return b.index.Find(shown.Fingerprint(), content.Near)
}

// Alike is how much a text that is a part of a message has in common with the marked message that is most
// like it, from 0 to 1; 0 if it is near-equal to none. A nil Book knows none.
func (b *Book) Alike(part string) (alike float64) {
	if b != nil {
		_, alike = b.find(saidIn(content.NewText(part)))
	}
	return alike
}

// refresh has the index hold what is remembered.
func (b *Book) refresh() {
	if !b.stale {
		return
	}
	b.stale = false
	b.index = content.NewFingerprints[string](MostSpam)
	for _, s := range b.ordered(func(s *Sample) bool { return s.Class == Spam }) {
		b.enter(s)
	}
}

func (b *Book) enter(s *Sample) {
	const itself = 2 // so much no other text has in common with one
	*b.index.Keep(s.print, itself) = s.ID
}

// weight is how much a sample counts: near-equal ones together as one.
func (s *Sample) weight() uint32 {
	full := uint32(whole)
	if s.Imported {
		full = importedWeight
	}
	return full / uint32(1+s.alike)
}

// add remembers a sample.
func (b *Book) add(one *Sample) {
	one.alike = 0
	if one.Class == Spam {
		for _, other := range b.alikes(one) {
			b.model.unlearn(Spam, other.hashes, other.weight())
			other.alike++
			one.alike++
			b.model.learn(Spam, other.hashes, other.weight())
		}
		if !b.stale {
			b.enter(one)
		}
	}
	b.samples[one.ID], b.changed[one.ID], b.last = one, true, nil
	b.standing.count(one, 1)
	b.model.learn(one.Class, one.hashes, one.weight())
}

// drop forgets a sample.
func (b *Book) drop(one *Sample) {
	delete(b.samples, one.ID)
	b.changed[one.ID], b.last = true, nil
	b.standing.count(one, -1)
	b.model.unlearn(one.Class, one.hashes, one.weight())
	if one.Class != Spam {
		return
	}
	b.stale = true
	for _, other := range b.alikes(one) {
		b.model.unlearn(Spam, other.hashes, other.weight())
		other.alike--
		b.model.learn(Spam, other.hashes, other.weight())
	}
}

// alikes are the samples that are near-equal to one.
func (b *Book) alikes(one *Sample) (all []*Sample) {
	for _, other := range b.samples {
		if other != one && other.isNear(one) {
			all = append(all, other)
		}
	}
	return all
}

// name is what a sample of an event is called. It tells nobody which event that was.
func (b *Book) name(evt id.EventID) string {
	return "m" + base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint64(nil, b.reader.secret.sum(0, string(evt))))
}

// ordered are some samples, the oldest first.
func (b *Book) ordered(which func(*Sample) bool) (all []*Sample) {
	for _, s := range b.samples {
		if which(s) {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(x, y *Sample) int { return cmp.Or(x.At.Compare(y.At), cmp.Compare(x.ID, y.ID)) })
	return all
}

func (b *Book) count(which func(*Sample) bool) (n int) {
	for _, s := range b.samples {
		if which(s) {
			n++
		}
	}
	return n
}
