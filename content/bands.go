package content

// nearby finds texts by their bands: of those who share one the newest. It is a table of its own, and not a map, for each text is
// looked for by twenty bands that are seldom in the processor's cache: here each is in one place. It grows a part at a time, so that
// nothing waits for all of it.
type nearby[E any] struct {
	parts [1 << partBits]part[E]
}

const (
	partBits  = 6
	firstSize = 64 // of a part
)

// part has the bands that begin alike. It is never more than three quarters full.
type part[E any] struct {
	slots []slot[E]
	full  int
}

type slot[E any] struct {
	band uint64
	of   *E // nil if nothing is there
}

func (n *nearby[E]) len() (full int) {
	for i := range n.parts {
		full += n.parts[i].full
	}
	return full
}

func (n *nearby[E]) part(band uint64) *part[E] { return &n.parts[band>>(64-partBits)] }

func (n *nearby[E]) find(band uint64) *E {
	p := n.part(band)
	if len(p.slots) == 0 {
		return nil
	}
	return p.slots[p.place(band)].of
}

func (n *nearby[E]) put(band uint64, of *E) {
	p := n.part(band)
	if 4*(p.full+1) > 3*len(p.slots) {
		p.grow()
	}
	at := &p.slots[p.place(band)]
	if at.of == nil {
		p.full++
	}
	*at = slot[E]{band, of}
}

// drop takes away what a band leads to, if it is this.
func (n *nearby[E]) drop(band uint64, of *E) {
	p := n.part(band)
	if len(p.slots) == 0 {
		return
	}
	free := p.place(band)
	if p.slots[free].of != of {
		return
	}
	// What stands behind it moves up, if it may, so that it is found without a gap before it.
	p.full--
	last := len(p.slots) - 1
	for i := (free + 1) & last; p.slots[i].of != nil; i = (i + 1) & last {
		if home := int(p.slots[i].band) & last; (i-home)&last >= (i-free)&last {
			p.slots[free] = p.slots[i]
			free = i
		}
	}
	p.slots[free] = slot[E]{}
}

// place is where a band is, or would be.
func (p *part[E]) place(band uint64) int {
	last := len(p.slots) - 1
	i := int(band) & last
	for p.slots[i].of != nil && p.slots[i].band != band {
		i = (i + 1) & last
	}
	return i
}

func (p *part[E]) grow() {
	old := p.slots
	p.slots = make([]slot[E], max(firstSize, 2*len(old)))
	for _, s := range old {
		if s.of != nil {
			p.slots[p.place(s.band)] = s
		}
	}
}
