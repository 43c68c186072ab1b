package images

import (
	"math/bits"

	"forseti/pdq"
)

const (
	bands = 16
	width = 256 / bands // bits of a band
	// closest is in how many bits two hashes differ within some band, at most, if they differ in pdq.Distance of all: there
	// are more bands than would have two each.
	closest = pdq.Distance / bands
)

// Index finds pictures among many. What it costs to find one hardly grows with how many there are: only those are compared
// that are nearly the same in one of the bands, each of which takes bits from all over the hash, for those that are next to
// each other often go together.
type Index struct {
	at    map[Sum]int32 // where it is in what follows
	free  []int32
	sums  []Sum
	nodes []node
	// first is where the pictures begin that have a value in a band, one more than the number of the first of them, and
	// next of a node goes on from there; 0 ends it. So all of it is close together, and no map is in between.
	first [][1 << width]int32 // of each band; none until there is a picture
}

// node is what a picture shows.
type node struct {
	hash pdq.Hash
	next [bands]int32
	seen bool // it is known by that
}

// Match is a picture that was found.
type Match struct {
	Sum      Sum
	Distance int  // in how many bits what is seen differs
	Exact    bool // it is the same file
}

// Len is how many there are.
func (x *Index) Len() int { return len(x.at) }

// Has tells whether a file is among them.
func (x *Index) Has(s Sum) bool {
	_, has := x.at[s]
	return has
}

// Add takes a picture in. One that says too little to be known again by what it shows is known by its bytes alone: so much
// else shows the same.
func (x *Index) Add(s Sum, seen pdq.Hash, quality int) {
	x.Remove(s)
	if x.at == nil {
		x.at, x.first = map[Sum]int32{}, make([][1 << width]int32, bands)
	}
	var i int32
	if last := len(x.free) - 1; last >= 0 {
		i, x.free = x.free[last], x.free[:last]
	} else {
		i = int32(len(x.sums))
		x.sums, x.nodes = append(x.sums, Sum{}), append(x.nodes, node{})
	}
	x.at[s] = i
	n := node{hash: seen, seen: quality >= pdq.Quality}
	if n.seen {
		for band, v := range banded(seen) {
			n.next[band], x.first[band][v] = x.first[band][v], i+1
		}
	}
	x.sums[i], x.nodes[i] = s, n
}

// Remove takes a picture out.
func (x *Index) Remove(s Sum) {
	i, has := x.at[s]
	if !has {
		return
	}
	delete(x.at, s)
	x.free = append(x.free, i)
	n := x.nodes[i]
	if !n.seen {
		return
	}
	for band, v := range banded(n.hash) {
		at := &x.first[band][v]
		for *at != i+1 {
			at = &x.nodes[*at-1].next[band]
		}
		*at = n.next[band]
	}
}

// Find is the picture that a print is of: the same file, or else the one most like it in any position, if it differs in no
// more bits than given. It looks no further than pdq.Distance.
func (x *Index) Find(p Print, distance int) (best Match, found bool) {
	if x.Has(p.Sum) {
		return Match{Sum: p.Sum, Exact: true}, true
	}
	if x.Len() == 0 || !p.Telling() {
		return Match{}, false
	}
	distance = min(distance, pdq.Distance)
	for _, h := range p.Seen {
		x.near(h, func(i int32) {
			d := h.To(x.nodes[i].hash)
			if d <= distance && (!found || d < best.Distance || d == best.Distance && string(x.sums[i][:]) < string(best.Sum[:])) {
				best, found = Match{Sum: x.sums[i], Distance: d}, true
			}
		})
	}
	return best, found
}

// near gives all that are nearly the same in one band; some of them more than once. It goes from each place to the next in
// turns, so that what it waits for comes from memory together.
func (x *Index) near(h pdq.Hash, visit func(int32)) {
	var at [bands][1 + width*closest]int32
	left := 0
	for band, v := range banded(h) {
		heads := &x.first[band]
		at[band][0] = heads[v]
		for bit := range width * closest {
			at[band][1+bit] = heads[v^1<<bit]
		}
		left += len(at[band])
	}
	for left > 0 {
		left = 0
		for band := range at {
			for n, i := range at[band] {
				if i == 0 {
					continue
				}
				visit(i - 1)
				if at[band][n] = x.nodes[i-1].next[band]; at[band][n] != 0 {
					left++
				}
			}
		}
	}
}

// banded takes a hash apart: the first band is every sixteenth bit from the first on.
func banded(h pdq.Hash) (all [bands]uint16) {
	for w, word := range h {
		for word != 0 {
			at := w*64 + bits.TrailingZeros64(word)
			all[at%bands] |= 1 << (at / bands)
			word &= word - 1
		}
	}
	return all
}
