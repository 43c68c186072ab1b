package policy

import (
	"encoding/binary"
	"iter"
	"math/bits"
)

// sieve tells quickly, from four bytes, that nothing is filed under them. It does not forget at once; what was removed
// only makes it less sharp, until it is made anew. A key has two bits of one word: with one, a quarter of all names would
// be looked up for nothing.
type sieve struct {
	words []uint64
	shift uint8 // of a hash to its word
	size  int   // keys
	gone  int   // keys that were removed since it was made
}

const (
	// sieveSpace is how many bits there are for a key, at least.
	sieveSpace = 32
	leastSieve = 1 << 4  // words
	mostSieve  = 1 << 22 // words
	// sieveFactor spreads keys that differ in their low bits only.
	sieveFactor = 0x9e3779b97f4a7c15
)

func (v *sieve) has(key uint32) bool {
	if v.size == 0 {
		return false
	}
	h := uint64(key) * sieveFactor
	w := v.words[h>>v.shift]
	return w>>(h>>24&63)&(w>>(h>>30&63))&1 != 0
}

// add notes a key. all is every key so far, the new one included, for when there is need of more room.
func (v *sieve) add(key uint32, all iter.Seq[uint32]) {
	v.size++
	if (v.size+v.gone)*sieveSpace <= 64*len(v.words) || len(v.words) == mostSieve {
		v.set(key)
		return
	}
	room := max(leastSieve, min(1<<bits.Len(uint(2*v.size*sieveSpace/64)), mostSieve))
	v.words, v.shift, v.gone = make([]uint64, room), uint8(64-bits.TrailingZeros(uint(room))), 0
	for k := range all {
		v.set(k)
	}
}

func (v *sieve) set(key uint32) {
	h := uint64(key) * sieveFactor
	v.words[h>>v.shift] |= 1<<(h>>24&63) | 1<<(h>>30&63)
}

func (v *sieve) remove() {
	v.size--
	v.gone++
}

// strainer is a sieve for whoever looks at each four bytes of a name: its keys have one bit more, which is sooner looked at
// than two that have to be shifted.
type strainer struct {
	sieve
	bits  []uint8
	shift uint8 // of a hash to its bit
	noted int   // keys since they were made
}

// There are bits for 64 times the keys, but for no more than are near the processor.
const (
	leastBits = 1 << 16
	mostBits  = 1 << 20
)

func (v *strainer) add(key uint32, all iter.Seq[uint32]) {
	v.sieve.add(key, all)
	v.noted++
	if enough := 64*v.size <= 8*len(v.bits) || 8*len(v.bits) == mostBits; enough && v.noted <= 2*v.size+100 {
		v.note(key)
		return
	}
	room := max(leastBits, min(1<<bits.Len(uint(64*v.size)), mostBits))
	v.bits, v.shift, v.noted = make([]uint8, room/8), uint8(32-bits.TrailingZeros(uint(room))), v.size
	for k := range all {
		v.note(k)
	}
}

func (v *strainer) note(key uint32) {
	at := key * (sieveFactor >> 32) >> (v.shift & 31)
	v.bits[at/8] |= 1 << (at % 8)
}

// hasAny tells whether something may be filed under four bytes in a row of a text. It does not stop at the first: nearly
// always there are none.
func hasAny[T string | []byte](v *strainer, s T) bool {
	if v.size == 0 || len(s) < gramSize {
		return false
	}
	bits, shift := v.bits, v.shift&31
	key, found := uint32(s[0])<<8|uint32(s[1])<<16|uint32(s[2])<<24, uint8(0)
	for i := gramSize - 1; i < len(s); i++ {
		key = key>>8 | uint32(s[i])<<24
		at := key * (sieveFactor >> 32) >> shift
		found |= bits[at/8&uint32(len(bits)-1)] & bitOf[at%8]
	}
	return found != 0
}

// coarse is a sieve for the names of everybody, one after the other. It looks at three bytes in each second place of a name,
// for what is filed under four bytes has three of them in one or the other place. All of it is near the processor.
type coarse struct {
	bits  *coarseBits
	size  int // keys
	noted int // keys since the bits were made
}

type coarseBits [1 << 13]uint8

func (v *coarse) add(key uint32, all iter.Seq[uint32]) {
	v.size++
	v.noted++
	if v.bits != nil && v.noted <= 2*v.size+100 {
		v.note(key)
		return
	}
	v.bits, v.noted = new(coarseBits), v.size
	for k := range all {
		v.note(k)
	}
}

func (v *coarse) remove() { v.size-- }

func (v *coarse) note(key uint32) {
	for _, three := range [...]uint32{key, key >> 8} {
		at := coarsePlace(three)
		v.bits[at/8] |= 1 << (at % 8)
	}
}

// coarsePlace is the bit of the lower three of four bytes.
func coarsePlace(key uint32) uint32 { return key << 8 * (sieveFactor >> 32) >> 16 }

// bitOf is faster looked up than shifted.
var bitOf = [8]uint8{1, 2, 4, 8, 16, 32, 64, 128}

func (b *coarseBits) bit(key uint32) uint8 {
	at := coarsePlace(key)
	return b[at/8] & bitOf[at%8]
}

// hasAny tells whether something may be filed under four bytes in a row of a text.
func (v *coarse) hasAny(s string) bool {
	if v.size == 0 {
		return false
	}
	found := uint8(0)
	for i := 0; i+3 <= len(s); i += 2 {
		found |= v.bits.bit(uint32(s[i]) | uint32(s[i+1])<<8 | uint32(s[i+2])<<16)
	}
	return found != 0
}

// hold is hasAny of sixteen bytes.
func (b *coarseBits) hold(s *[startSize]byte) bool {
	low, high := binary.LittleEndian.Uint64(s[:8]), binary.LittleEndian.Uint64(s[8:])
	found := b.bit(uint32(low)) | b.bit(uint32(low>>16)) | b.bit(uint32(low>>32)) | b.bit(uint32(low>>48|high<<16)) |
		b.bit(uint32(high)) | b.bit(uint32(high>>16)) | b.bit(uint32(high>>32))
	return found != 0
}
