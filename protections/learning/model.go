package learning

import (
	"cmp"
	"math"
	"slices"
)

// Class is what a message was said to be.
type Class string

// The classes.
const (
	Spam Class = "spam"
	Ham  Class = "ham" // it was said to be none, or has stood for a while
)

// Fewest samples, in wholes, of either class before anything is said of a message.
const (
	FewestSpam = 15
	FewestHam  = 60
)

// whole is the weight of a sample that counts as one.
const whole = 1024

// model is how often which features came with which class. It is a sum over samples, so that
// it does not matter in which order they come, and taking one out is as if it had never been
// there.
type model struct {
	counts  map[uint32]tally
	total   tally
	scratch []clue
}

// tally is weights of samples.
type tally struct{ spam, ham uint32 }

func newModel() *model { return &model{counts: map[uint32]tally{}} }

// learn adds a sample with a weight, and unlearn takes it out again.
func (m *model) learn(c Class, hashes []uint32, weight uint32)   { m.weigh(c, hashes, weight, true) }
func (m *model) unlearn(c Class, hashes []uint32, weight uint32) { m.weigh(c, hashes, weight, false) }

func (m *model) weigh(c Class, hashes []uint32, weight uint32, add bool) {
	if weight == 0 {
		return
	}
	if !add {
		weight = -weight
	}
	change := func(t tally) tally {
		if c == Spam {
			t.spam += weight
		} else {
			t.ham += weight
		}
		return t
	}
	m.total = change(m.total)
	for _, h := range hashes {
		t := change(m.counts[h])
		if t == (tally{}) {
			delete(m.counts, h)
			continue
		}
		m.counts[h] = t
	}
}

// ready reports whether enough is known to say anything.
func (m *model) ready() bool {
	return m.total.spam >= FewestSpam*whole && m.total.ham >= FewestHam*whole
}

// Unknown is the score of a message of which nothing can be said.
const Unknown = 0.5

const (
	// prior is how many samples it takes for what they say of a feature to weigh as much as that
	// nothing is known of it.
	prior = 1.0
	// telling is how far from one half it must be to tell anything.
	telling = 0.1
	// mostTelling is how many features decide, those that tell the most; of one place one.
	mostTelling = 15
	// fewestTelling is how many it takes: no word alone makes spam, nor do two or three.
	fewestTelling = 4
)

// clue is a feature that tells something.
type clue struct {
	feature
	p float64 // that a message with it is spam
}

// score says how likely a message is spam, from 0 to 1: [Unknown] if nothing can be said. How
// many samples there are of each class says nothing of how much spam there is in the rooms: a
// message is taken to be either as likely as not.
//
// The features that tell the most are put together as Robinson does it, by Fisher's method, so
// that what speaks for and against it leads to the middle, and not to an extreme.
//
// https://www.linuxjournal.com/article/6467
func (m *model) score(f *Features) float64 {
	if !m.ready() {
		return Unknown
	}
	clues, spoken := m.clues(f)
	if !spoken || len(clues) < fewestTelling {
		return Unknown
	}
	slices.SortFunc(clues, func(a, b clue) int {
		return cmp.Or(cmp.Compare(math.Abs(b.p-Unknown), math.Abs(a.p-Unknown)), cmp.Compare(a.hash, b.hash))
	})
	var taken uint64 // places; there are no more than 64
	var forIt, against float64
	n := 0
	for _, c := range clues {
		places := uint64(1)<<c.from | uint64(1)<<c.to
		if taken&places != 0 {
			continue
		}
		taken |= places
		forIt += math.Log(c.p)
		against += math.Log(1 - c.p)
		if n++; n == mostTelling {
			break
		}
	}
	if n < fewestTelling {
		return Unknown
	}
	spam, ham := chance(-2*against, 2*n), chance(-2*forIt, 2*n)
	return (1 + ham - spam) / 2
}

// clues are the features that tell something. spoken says that the message is in a language in
// which innocent ones are known: else all words of that language would tell, if the only ones
// who ever wrote it here came for spam.
func (m *model) clues(f *Features) (clues []clue, spoken bool) {
	clues = m.scratch[:0]
	spamTotal, hamTotal := float64(m.total.spam), float64(m.total.ham)
	known, words := 0, 0
	for _, one := range f.all {
		t := m.counts[one.hash]
		if one.kind == aWord || one.kind == someCharacters && one.from != one.to {
			words++
			if t.ham >= 2*whole {
				known++
			}
		}
		if t == (tally{}) {
			continue
		}
		inSpam, inHam := float64(t.spam)/spamTotal, float64(t.ham)/hamTotal
		seen := float64(t.spam+t.ham) / whole
		p := (prior*Unknown + seen*inSpam/(inSpam+inHam)) / (prior + seen)
		if math.Abs(p-Unknown) >= telling {
			clues = append(clues, clue{one, p})
		}
	}
	const share, fewest = 5, 2
	m.scratch = clues
	return clues, known >= fewest && known*share >= words
}

// chance is how likely a sum of squares is at least so large by chance (chi-squared, of an even
// number of degrees of freedom).
func chance(x float64, degrees int) float64 {
	half := x / 2
	term := math.Exp(-half)
	sum := term
	for i := 1; i < degrees/2; i++ {
		term *= half / float64(i)
		sum += term
	}
	return min(sum, 1)
}
