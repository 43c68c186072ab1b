package policy

import (
	"iter"
	"math/bits"
)

// sieve tells quickly, from four bytes, that nothing is filed under them. It counts, so that it can forget too; what is
// asked are the bits, which take little of the processor's cache.
type sieve struct {
	bits   []uint64 // those whose count is not 0
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

func (v *sieve) has(key uint32) bool {
	if v.size == 0 {
		return false
	}
	at := v.at(key)
	return v.bits[at/64]>>(at%64)&1 != 0
}

// add counts a key. all is every key so far, the new one included, for when there is need of more room.
func (v *sieve) add(key uint32, all iter.Seq[uint32]) {
	v.size++
	if v.size*sieveSpace <= len(v.counts) {
		v.set(key)
		return
	}
	room := max(4*len(v.counts), leastSieve)
	v.counts, v.bits, v.shift = make([]uint16, room), make([]uint64, room/64), uint8(32-bits.TrailingZeros(uint(room)))
	for k := range all {
		v.set(k)
	}
}

func (v *sieve) set(key uint32) {
	at := v.at(key)
	if v.counts[at] < most16 {
		v.counts[at]++
	}
	v.bits[at/64] |= 1 << (at % 64)
}

// most16 is a count that is not exact any more, and stays.
const most16 = 1<<16 - 1

func (v *sieve) remove(key uint32) {
	v.size--
	at := v.at(key)
	if v.counts[at] == most16 {
		return
	}
	if v.counts[at]--; v.counts[at] == 0 {
		v.bits[at/64] &^= 1 << (at % 64)
	}
}
