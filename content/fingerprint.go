package content

import "hash/maphash"

// The bounds of near-equal texts: shorter ones have too little in common with themselves.
const (
	// MinNear is how many characters the core of a text must have to be found near-equal to another; shorter ones are equal
	// or not.
	MinNear = 50
	// Near is how much two texts have in common that are taken for near-equal: of all groups of three characters that
	// either has, the share that both have.
	Near = 0.6
)

const (
	bins  = 128
	rows  = 3
	bands = 20
)

// Fingerprint is what is kept of a text to find the same and near-equal ones again: a hash of all of it, and a sample of its groups
// of three characters (MinHash, of one permutation, made dense).
//
// Of two fingerprints, the share of bins that agree is about the share of groups that both texts have.
//
// https://arxiv.org/abs/1703.04664
type Fingerprint struct {
	exact uint64
	near  bool // long enough
	bins  [bins]uint16
}

// Exact is a hash of the text's core, the same in one run of the program.
func (p *Fingerprint) Exact() uint64 { return p.exact }

// Likeness is about how much two texts have in common, from 0 to 1; 1 only of equal ones, but for chance.
func (p *Fingerprint) Likeness(other *Fingerprint) float64 {
	if p.exact == other.exact {
		return 1
	}
	if !p.near || !other.near {
		return 0
	}
	agree := 0
	for i := range p.bins {
		if p.bins[i] == other.bins[i] {
			agree++
		}
	}
	return float64(agree) / bins
}

// seed keeps strangers from preparing texts whose hashes are the same.
var seed = maphash.MakeSeed()

func fingerprintOf(core string) *Fingerprint {
	p := &Fingerprint{exact: maphash.String(seed, core)}
	var least [bins]uint64
	var a, b rune
	n := 0
	for _, c := range core {
		if n++; n >= rows {
			h := mix(uint64(a)<<42 | uint64(b)<<21 | uint64(c))
			// Of the smallest in a bin only the lower bits are kept; zero is none.
			if bin, h := h>>57, h<<7|1; least[bin] == 0 || h < least[bin] {
				least[bin] = h
			}
		}
		a, b = b, c
	}
	if p.near = n >= MinNear; !p.near {
		return p
	}
	for i := range least {
		from := i
		for try := uint64(1); least[from] == 0; try++ {
			if from = int(mix(uint64(i)<<32|try) % bins); try > 4*bins {
				from = (from + int(try)) % bins
			}
		}
		p.bins[i] = uint16(least[from] >> 8)
	}
	return p
}

// mix spreads the bits of a number over all of it.
func mix(h uint64) uint64 {
	h += 0x9e3779b97f4a7c15
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// band is some bins of a fingerprint in one number: near-equal texts have at least one in common, nearly always.
func (p *Fingerprint) band(i int) uint64 {
	at := i * rows
	return mix(uint64(p.bins[at]) | uint64(p.bins[at+1])<<16 | uint64(p.bins[at+2])<<32 | uint64(i)<<48)
}
