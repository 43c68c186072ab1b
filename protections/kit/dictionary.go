package kit

// dictionary finds all of many words in a text, in one pass over it (Aho and Corasick,
// 1975). Of its nodes only the first has a row for every byte: the others have few ways on,
// and rows would take megabytes.
type dictionary struct {
	root  [256]int32
	nodes []node
}

type node struct {
	labels []byte
	next   []int32
	fail   int32
	ends   int32 // the next node on the way of fails, with this one, at which words end; 0 for none
	words  []int32
}

func newDictionary(words []string) *dictionary {
	d := &dictionary{nodes: make([]node, 1)}
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
	n := &d.nodes[at]
	n.labels, n.next = append(n.labels, c), append(n.next, to)
	return to
}

// way is where a byte leads; 0 if nowhere.
func (d *dictionary) way(at int32, c byte) int32 {
	if at == 0 {
		return d.root[c]
	}
	n := &d.nodes[at]
	for i, label := range n.labels {
		if label == c {
			return n.next[i]
		}
	}
	return 0
}

// link has each node know with which other to go on where it has no way.
func (d *dictionary) link() {
	queue := append([]int32(nil), d.nodes[0].next...)
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		n := &d.nodes[at]
		if n.ends = d.nodes[n.fail].ends; len(n.words) > 0 {
			n.ends = at
		}
		for i, to := range n.next {
			d.nodes[to].fail = d.step(n.fail, n.labels[i])
			queue = append(queue, to)
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
