package policy

import (
	"iter"
	"math/bits"
)

// sieve tells quickly, from four bytes, that nothing is filed under them. It does not forget at once; what was removed
// only makes it less sharp, until it is made anew.
type sieve struct {
	bits  []uint64
	shift uint8 // of a hash to its place in bits
	size  int   // keys
	gone  int   // keys that were removed since it was made
}

const (
	// sieveSpace is how many places a key has, at least.
	sieveSpace = 32
	leastSieve = 1 << 10
	mostSieve  = 1 << 28 // places
	// sieveFactor spreads keys that differ in their low bits only.
	sieveFactor = 2654435769
)

func (v *sieve) has(key uint32) bool {
	if v.size == 0 {
		return false
	}
	at := key * sieveFactor >> v.shift
	return v.bits[at/64]>>(at%64)&1 != 0
}

// add notes a key. all is every key so far, the new one included, for when there is need of more room.
func (v *sieve) add(key uint32, all iter.Seq[uint32]) {
	v.size++
	if (v.size+v.gone)*sieveSpace <= 64*len(v.bits) || len(v.bits) == mostSieve/64 {
		v.set(key)
		return
	}
	room := max(leastSieve, min(1<<bits.Len(uint(2*v.size*sieveSpace)), mostSieve))
	v.bits, v.shift, v.gone = make([]uint64, room/64), uint8(32-bits.TrailingZeros(uint(room))), 0
	for k := range all {
		v.set(k)
	}
}

func (v *sieve) set(key uint32) {
	at := key * sieveFactor >> v.shift
	v.bits[at/64] |= 1 << (at % 64)
}

func (v *sieve) remove() {
	v.size--
	v.gone++
}
