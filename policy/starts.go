package policy

import (
	"encoding/binary"
	"strings"
)

// headLengths bounds the looks that starts cost; a start is cut to the longest of these that fits.
var headLengths = [...]int{2, 3, 4, 6, 8, 12, 16, 24, 32}

// The kinds of keys that a start has in the sieve of those: by how many of its bytes.
const (
	ofTwo = iota
	ofThree
	ofFour
	ofEight
	startKinds
)

// firstKey is the key of a start in the sieve of those. Eight bytes do not go beyond the colon of a user ID.
func firstKey(start string) (key uint32, kind int) {
	switch {
	case len(start) == 2:
		kind = ofTwo
	case len(start) == 3:
		kind = ofThree
	case len(start) >= 8 && strings.IndexByte(start[:8], ':') < 0:
		kind = ofEight
	default:
		kind = ofFour
	}
	return startKey(firstOf(start), kind), kind
}

// startKey is the key of the first eight bytes, for a start of some kind.
func startKey(first uint64, kind int) uint32 {
	switch kind {
	case ofTwo:
		return uint32(first) & 0xffff
	case ofThree:
		return uint32(first) & 0xffffff
	case ofFour:
		return uint32(first)
	default:
		return uint32(first * sieveFactor >> 32)
	}
}

// firstOf is the first eight bytes of a name; zeros for what it lacks.
func firstOf(name string) uint64 {
	var first [8]byte
	copy(first[:], name)
	return binary.LittleEndian.Uint64(first[:])
}

// lengthSlot is the place in headLengths of the longest one that n bytes can fill.
func lengthSlot(n int) int {
	slot := 0
	for slot+1 < len(headLengths) && headLengths[slot+1] <= n {
		slot++
	}
	return slot
}

// firstKeys are those of the beginnings of the starts.
func (g *globs) firstKeys(yield func(uint32) bool) {
	for w := range g.heads.all() {
		if key, _ := firstKey(w.filed.key); !yield(key) {
			return
		}
	}
}

// starting calls look for the patterns that are filed under a start of s.
func (g *globs) starting(s string, look func(*wildcard)) {
	if g.mayBegin(firstOf(s)) {
		g.beginning(s, look)
	}
}

// mayBegin tells from the first eight bytes of a name whether a pattern may be filed under a start of it. Where the name is
// shorter there are zeros, and there may be from some place after its first colon on.
func (g *globs) mayBegin(first uint64) bool {
	for kind, n := range g.begins {
		if n > 0 && g.firsts.has(startKey(first, kind)) {
			return true
		}
	}
	return false
}

// beginning is starting for a name that mayBegin lets through.
func (g *globs) beginning(s string, look func(*wildcard)) {
	for slot, n := range g.lengths {
		if size := headLengths[slot]; n > 0 && size <= len(s) {
			g.heads.under(s[:size], look)
		}
	}
}
