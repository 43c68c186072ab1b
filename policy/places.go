package policy

import "math/bits"

// places finds the place of a slot among entries by its hash. A map would keep each name a second time, and take
// longer to fill than the index.
type places struct {
	table []uint32 // one more than the place; 0 for none
	shift uint8    // of a hash to where it is looked for first
}

// room makes room for n slots.
func (p *places) room(n int) {
	size := max(8, 1<<bits.Len(uint(n*3/2)))
	p.table, p.shift = make([]uint32, size), uint8(64-bits.TrailingZeros(uint(size)))
}

// of gives the place of a slot, or if it has none, next; that is its place from then on if it is not negative.
func (p *places) of(s slot, next int, all []*entry) int {
	// Multiplied, since the kind is in the low bits of a key.
	for i := s.key() * 0x9e3779b97f4a7c15 >> p.shift; ; i = (i + 1) & uint64(len(p.table)-1) {
		switch at := p.table[i]; {
		case at == 0 && next >= 0:
			p.table[i] = uint32(next) + 1
			return next
		case at == 0:
			return next
		case all[at-1].slot() == s:
			return int(at - 1)
		}
	}
}
