package policy

import (
	"iter"
	"math/bits"
)

// filter tells quickly that nothing is filed under a hash. Most names have no rule of their own, and to find that out
// in a large map costs more than all else. It does not forget; what was removed only makes it less sharp.
type filter struct {
	bits []uint64
	size int // keys added since it was made
}

// filterSpace is how many bits a key has, at least.
const filterSpace = 16

func (f *filter) has(key uint64) bool {
	return len(f.bits) > 0 && marked(f.bits, key)
}

func marked(words []uint64, key uint64) bool {
	return words[key>>6&uint64(len(words)-1)]&marks(key) == marks(key)
}

// add notes a key. all is every key so far, the new one included, n of them, for when there is need of more room.
func (f *filter) add(key uint64, n int, all iter.Seq[uint64]) {
	f.size++
	if f.size*filterSpace <= 64*len(f.bits) {
		f.set(key)
		return
	}
	f.size = n
	f.bits = make([]uint64, 1<<bits.Len(uint(n*filterSpace/64)))
	for k := range all {
		f.set(k)
	}
}

func (f *filter) set(key uint64) { f.bits[key>>6&uint64(len(f.bits)-1)] |= marks(key) }

// marks are the bits of a key in its word.
func marks(key uint64) uint64 { return 1<<(key&63) | 1<<(key>>58) | 1<<(key>>52&63) }
