package content

import (
	"encoding/binary"
	"hash/maphash"
	"math/bits"
	"unicode/utf8"
)

// The bounds of near-equal texts: shorter ones have too little in common with themselves.
const (
	// MinNear is how many characters the core of a text must have to be found near-equal to another; shorter ones are equal
	// or not. One of Chinese, Japanese or Korean counts twice.
	MinNear = 50
	// Near is how much two texts have in common that are taken for near-equal: of all groups of three characters that
	// either has, the share that both have.
	Near = 0.6
)

// mostSampled is how many letters and digits of a text are looked at: two that are the same so far are taken for the same.
const mostSampled = 2000

const (
	bins  = 128
	rows  = 3
	bands = 20
)

// Fingerprint is what is kept of a text to find the same and near-equal ones again: a hash of its first letters, and a sample of its groups
// of three characters (MinHash, of one permutation, made dense).
//
// Of two fingerprints, the share of bins that agree is about the share of groups that both texts have.
//
// https://arxiv.org/abs/1703.04664
type Fingerprint struct {
	exact uint64
	bins  *sample // nil if it is too short
}

// sample is some bits of the smallest group in each bin.
type sample [bins]uint8

// Exact is a hash of the text's core, the same in one run of the program.
func (p *Fingerprint) Exact() uint64 { return p.exact }

// Likeness is about how much two texts have in common, from 0 to 1; 1 only of equal ones, but for chance.
func (p *Fingerprint) Likeness(other *Fingerprint) float64 {
	if p.exact == other.exact {
		return 1
	}
	if p.bins == nil || other.bins == nil {
		return 0
	}
	return p.bins.alike(other.bins, 0)
}

// alike is the share of bins that agree, or 0 if that is less than is asked for.
func (s *sample) alike(other *sample, least float64) float64 {
	// Eight bins at a time: a byte of differ is zero where they agree, and its highest bit is set in agree then.
	const (
		some = 8
		low  = 0x7f7f7f7f7f7f7f7f
	)
	agree, most := 0, int((1-least)*bins) // that may differ
	for i := 0; i < bins; i += some {
		differ := binary.NativeEndian.Uint64(s[i:]) ^ binary.NativeEndian.Uint64(other[i:])
		agree += bits.OnesCount64(^((differ&low + low) | differ | low))
		if i+some-agree > most {
			return 0
		}
	}
	if much := float64(agree) / bins; much >= least {
		return much
	}
	return 0
}

// seed keeps strangers from preparing texts whose hashes are the same.
var seed = maphash.MakeSeed()

// fingerprintOf takes that of a text by its skeleton, of which the core counts.
func fingerprintOf[T ~string | ~[]byte](skeleton T) *Fingerprint {
	var h maphash.Hash
	h.SetSeed(seed)
	var least [bins]uint64
	var core [256]byte
	full := core[:0]
	var a, b rune
	n, says := 0, 0
	for i := 0; i < len(skeleton) && n < mostSampled; {
		c, size := rune(skeleton[i]), 1
		if c >= utf8.RuneSelf {
			c, size = utf8.DecodeRuneInString(string(skeleton[i:min(i+utf8.UTFMax, len(skeleton))]))
		}
		if i += size; !isCore(c) {
			continue
		}
		if full = utf8.AppendRune(full, c); len(full) > len(core)-utf8.UTFMax {
			_, _ = h.Write(full)
			full = full[:0]
		}
		if n++; n >= rows {
			g := mix(uint64(a)<<42 | uint64(b)<<21 | uint64(c))
			// Of the smallest in a bin only some bits are kept; zero is none.
			if bin, g := g>>57, g<<7|1; least[bin] == 0 || g < least[bin] {
				least[bin] = g
			}
		}
		a, b = b, c
		if says++; 0x3040 <= c && c <= 0x9fff || 0xac00 <= c && c <= 0xd7a3 {
			says++ // it says as much as two letters
		}
	}
	if _, _ = h.Write(full); n == 0 {
		_, _ = h.WriteString(string(skeleton))
	}
	p := &Fingerprint{exact: h.Sum64()}
	if says >= MinNear {
		p.bins = dense(&least)
	}
	return p
}

// dense is what is kept of the smallest of each bin. One that is empty has what another has, the same for all texts in which
// the same are empty.
func dense(least *[bins]uint64) *sample {
	found := new(sample)
	for i := range least {
		from := i
		for try := uint64(1); least[from] == 0; try++ {
			if from++; try <= bins/4 {
				from = int(mix(uint64(i)<<32 | try))
			}
			from &= bins - 1
		}
		found[i] = uint8(least[from] >> 8)
	}
	return found
}

// mix spreads the bits of a number over all of it.
func mix(h uint64) uint64 {
	h += 0x9e3779b97f4a7c15
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

// band is some bins in one number: near-equal texts have at least one in common, nearly always.
func (s *sample) band(i int) uint64 {
	at := i * rows
	return mix(uint64(s[at]) | uint64(s[at+1])<<16 | uint64(s[at+2])<<32 | uint64(i)<<48)
}
