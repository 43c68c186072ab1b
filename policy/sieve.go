package policy

import (
	"iter"
	"math/bits"
)

// sieve tells quickly, from four bytes, that nothing is filed under them. It counts, so that it can forget too.
type sieve struct {
	counts []uint16
	shift  uint8 // of a hash to its place in counts
	size   int
}

const (
	// sieveSpace is how many places a key has, at least.
	sieveSpace = 16
	leastSieve = 1 << 8
	// sieveFactor spreads keys that differ in their low bits only.
	sieveFactor = 2654435769
)

func (v *sieve) at(key uint32) uint32 { return key * sieveFactor >> v.shift }

func (v *sieve) has(key uint32) bool { return v.size > 0 && v.counts[v.at(key)] > 0 }

// add counts a key. all is every key so far, the new one included, for when there is need of more room.
func (v *sieve) add(key uint32, all iter.Seq[uint32]) {
	v.size++
	if v.size*sieveSpace <= len(v.counts) {
		v.counts[v.at(key)]++
		return
	}
	room := max(4*len(v.counts), leastSieve)
	v.counts, v.shift = make([]uint16, room), uint8(32-bits.TrailingZeros(uint(room)))
	for k := range all {
		v.counts[v.at(k)]++
	}
}

func (v *sieve) remove(key uint32) {
	v.size--
	v.counts[v.at(key)]--
}
