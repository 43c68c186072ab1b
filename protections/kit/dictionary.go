package kit

import (
	"math/bits"
	"unicode/utf8"
)

// dictionary finds all of many words in a text, in one pass over it (Aho and Corasick,
// 1975). Its nodes have few ways on: all of them are in one table, by node and byte, and
// only the first node has a row of its own. Rows for all would take megabytes.
type dictionary struct {
	root  [256]int32
	nodes []node
	ways  []way // a power of two of them, half of them free at the least
	shift int
	taken int
}

type node struct {
	fail  int32
	ends  int32 // the next node on the way of fails, with this one, at which words end; 0 for none
	words []int32
}

// way is where a byte leads from a node; free if it leads to none.
type way struct {
	from uint32 // the node and the byte
	to   int32
}

func newDictionary(words []string) *dictionary {
	const fewest = 64
	d := &dictionary{nodes: make([]node, 1), ways: make([]way, fewest), shift: 32 - bits.Len(fewest-1)}
	for i, word := range words {
		at := int32(0)
		for j := range len(word) {
			at = d.grow(at, word[j])
		}
		d.nodes[at].words = append(d.nodes[at].words, int32(i))
	}
	d.link()
	return d
}

// place is where the way of a byte is, or would be.
func (d *dictionary) place(from uint32) *way {
	const golden = 0x9e3779b1
	for at := int(from * golden >> d.shift); ; at++ {
		if w := &d.ways[at&(len(d.ways)-1)]; w.from == from || w.to == 0 {
			return w
		}
	}
}

func fromOf(at int32, c byte) uint32 { return uint32(at)<<8 | uint32(c) }

// grow is the node that a byte leads to, made if need be.
func (d *dictionary) grow(at int32, c byte) int32 {
	if to := d.way(at, c); to > 0 {
		return to
	}
	to := int32(len(d.nodes))
	d.nodes = append(d.nodes, node{})
	if at == 0 {
		d.root[c] = to
	}
	if d.taken++; 2*d.taken > len(d.ways) {
		before := d.ways
		d.ways, d.shift = make([]way, 2*len(before)), d.shift-1
		for _, w := range before {
			if w.to > 0 {
				*d.place(w.from) = w
			}
		}
	}
	*d.place(fromOf(at, c)) = way{fromOf(at, c), to}
	return to
}

// way is where a byte leads; 0 if nowhere.
func (d *dictionary) way(at int32, c byte) int32 {
	if at == 0 {
		return d.root[c]
	}
	return d.place(fromOf(at, c)).to
}

// link has each node know with which other to go on where it has no way. A node was made
// after the one that leads to it, but its fail may have been made after both: so they are
// taken by how deep they are.
func (d *dictionary) link() {
	above, by, depth := make([]int32, len(d.nodes)), make([]byte, len(d.nodes)), make([]int32, len(d.nodes))
	for _, w := range d.ways {
		if w.to > 0 {
			above[w.to], by[w.to] = int32(w.from>>8), byte(w.from)
		}
	}
	var levels [][]int32
	for at := int32(1); int(at) < len(d.nodes); at++ {
		depth[at] = depth[above[at]] + 1
		if int(depth[at]) > len(levels) {
			levels = append(levels, nil)
		}
		levels[depth[at]-1] = append(levels[depth[at]-1], at)
	}
	for level, nodes := range levels {
		for _, at := range nodes {
			n := &d.nodes[at]
			if level > 0 {
				n.fail = d.step(d.nodes[above[at]].fail, by[at])
			}
			if n.ends = d.nodes[n.fail].ends; len(n.words) > 0 {
				n.ends = at
			}
		}
	}
}

// step is the node after one more byte.
func (d *dictionary) step(at int32, c byte) int32 {
	for {
		to := d.way(at, c)
		if to > 0 || at == 0 {
			return to
		}
		at = d.nodes[at].fail
	}
}

// written is a text, or one in a place that is used again.
type written interface{ ~string | ~[]byte }

// find gives each word that ends somewhere in a text, with where, until it is told to stop.
func find[T written](d *dictionary, s T, found func(word, end int) bool) {
	at := int32(0)
	for i := range len(s) {
		at = d.step(at, s[i])
		for e := d.nodes[at].ends; e > 0; e = d.nodes[d.nodes[e].fail].ends {
			for _, word := range d.nodes[e].words {
				if !found(int(word), i+1) {
					return
				}
			}
		}
	}
}

// beginnings is a dictionary of what is to be found only where a word may begin: from few such places anything leads on.
type beginnings struct {
	*dictionary
	pairs [1 << 16 / 64]uint64 // the two bytes that any begins with, a bit for each
}

func newBeginnings(words []string) *beginnings {
	b := &beginnings{dictionary: newDictionary(words)}
	for _, word := range words {
		if len(word) > 1 {
			b.begin(word[0], word[1])
			continue
		}
		for c := range 1 << 8 {
			b.begin(word[0], byte(c))
		}
	}
	return b
}

func (b *beginnings) begin(first, second byte) {
	at := int(first)<<8 | int(second)
	b.pairs[at/64] |= 1 << (at % 64)
}

func (b *beginnings) may(first, second byte) bool {
	at := int(first)<<8 | int(second)
	return b.pairs[at/64]&(1<<(at%64)) != 0
}

// beginning gives each word that begins in a text where one may, with where it ends, until it is told to stop.
func beginning[T written](b *beginnings, s T, found func(word, end int) bool) {
	after := between
	for i := 0; i < len(s); {
		before, size := after, 1
		if c := s[i]; c < utf8.RuneSelf {
			after = kindOfASCII[c]
		} else {
			after, size = kindAt(s, i)
		}
		if before != letter || after != letter {
			next := byte(0)
			if i+1 < len(s) {
				next = s[i+1]
			}
			if b.may(s[i], next) && !starting(b.dictionary, s, i, found) {
				return
			}
		}
		i += size
	}
}

// starting gives each word that begins at a place in a text, with where it ends; it reports whether to go on.
func starting[T written](d *dictionary, s T, at int, found func(word, end int) bool) bool {
	node := int32(0)
	for i := at; i < len(s); i++ {
		if node = d.way(node, s[i]); node == 0 {
			return true
		}
		for _, word := range d.nodes[node].words {
			if !found(int(word), i+1) {
				return false
			}
		}
	}
	return true
}
