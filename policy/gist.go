package policy

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strings"
)

// gist is what is looked at first of a user ID. Of whom is in view it is kept.
type gist struct {
	key   uint64          // the hash of the folded ID
	start [startSize]byte // of that; if plain, no more of it than the fours of bytes have that begin before the colon
	colon int32           // where the first one is; -1 for none
	home  uint32          // of whom is in view: the number of their homeserver
}

const (
	startSize = 16
	// mostPlain is where the colon is at most for start to have all of those fours.
	mostPlain = startSize - gramSize + 1
)

func gistOf(folded string) gist {
	g := gist{key: hashOf(folded), colon: int32(strings.IndexByte(folded, ':'))}
	start := folded
	if g.plain() {
		start = g.local(folded)
	}
	copy(g.start[:], start)
	return g
}

func (g *gist) plain() bool { return 0 < g.colon && g.colon <= mostPlain }

// local is the part of an ID which all fours of bytes are in that begin before the colon.
func (g *gist) local(folded string) string {
	return folded[:min(int(g.colon)+gramSize-1, len(folded))]
}

// first is the first eight bytes, as far as they are in start.
func (g *gist) first() uint64 { return binary.LittleEndian.Uint64(g.start[:8]) }

// mayHold tells whether a pattern may be filed under something in a user ID that begins before the colon.
func (g *globs) mayHold(folded string, of *gist) bool {
	switch {
	case g.short > 0 && int(of.colon)+gramSize > len(folded): // what is shorter than four bytes can only be an end
		return true
	case of.plain():
		return g.inside.size > 0 && g.inside.bits.hold(&of.start) && hasAny(&g.anywhere, of.start[:])
	default:
		local := of.local(folded)
		return g.inside.hasAny(local) && hasAny(&g.anywhere, local)
	}
}

// among has a bit for each of up to 64 names under whose hash something may be filed.
func (f *filter) among(names []gist) (found uint64) {
	words := f.bits
	if len(words) == 0 {
		return 0
	}
	for i := range names {
		if marked(words, names[i].key) {
			found |= 1 << i
		}
	}
	return found
}

// amongKeys is among for names of which something else was hashed.
func (f *filter) amongKeys(keys []uint64) (found uint64) {
	words := f.bits
	if len(words) == 0 {
		return 0
	}
	for i, key := range keys {
		if marked(words, key) {
			found |= 1 << i
		}
	}
	return found
}

// amongBeginnings has a bit for each of up to 64 names that mayBegin lets through.
func (g *globs) amongBeginnings(names []gist) (found uint64) {
	for kind, n := range g.begins {
		if n == 0 {
			continue
		}
		for i := range names {
			if g.firsts.has(startKey(names[i].first(), kind)) {
				found |= 1 << i
			}
		}
	}
	return found
}

// amongHolders has a bit for each of up to 64 names that mayHold lets through, as far as it can be seen without the names
// themselves, and one for each of which they are needed.
func (g *globs) amongHolders(names []gist) (found, unsure uint64) {
	if g.short > 0 {
		return 0, math.MaxUint64 >> (64 - len(names))
	}
	if g.inside.size == 0 {
		return 0, 0
	}
	near := g.inside.bits
	for i := range names {
		if of := &names[i]; !of.plain() {
			unsure |= 1 << i
		} else if near.hold(&of.start) {
			found |= 1 << i
		}
	}
	for rest := found; rest != 0; rest &= rest - 1 {
		if i := bits.TrailingZeros64(rest); !hasAny(&g.anywhere, names[i].start[:]) {
			found &^= 1 << i
		}
	}
	return found, unsure
}
