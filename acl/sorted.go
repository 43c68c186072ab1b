package acl

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"
	"sort"
	"strings"
)

// update takes some out of a sorted list and puts others in. It looks at few of the list, and
// moves the rest as a whole.
func update[T any](list, out, in []T, order func(a, b T) int) []T {
	var at []int
	for _, e := range out {
		if i, found := slices.BinarySearchFunc(list, e, order); found {
			at = append(at, i)
		}
	}
	if len(at) > 0 {
		slices.Sort(at)
		end := at[0]
		for n, i := range at {
			next := len(list)
			if n+1 < len(at) {
				next = at[n+1]
			}
			end += copy(list[end:], list[i+1:next])
		}
		clear(list[end:])
		list = list[:end]
	}
	if len(in) == 0 {
		return list
	}
	in = slices.Clone(in)
	slices.SortFunc(in, order)
	end := len(list)
	list = slices.Grow(list, len(in))[:end+len(in)]
	for n, e := range slices.Backward(in) {
		i, _ := slices.BinarySearchFunc(list[:end], e, order)
		copy(list[i+n+1:], list[i:end])
		list[i+n], end = e, i
	}
	return list
}

// keyed is an entry with the first of what it is sorted by, so that hardly any other is
// looked at.
type keyed struct {
	key [2]uint64
	*entry
}

// sorting sorts a part at a time: runs, and then two runs at a time into one.
type sorting struct {
	room  []keyed // where all began
	left  []keyed
	runs  [][]keyed
	spare []keyed // as much as a run
	order func(a, b *entry) int
}

// sortBy begins to sort. What one before needed, and nobody needs any more, is used again.
func sortBy(entries []*entry, key func(*entry) [2]uint64, order func(a, b *entry) int, before *sorting) *sorting {
	s := &sorting{order: order}
	if before != nil {
		s.room, s.spare = before.room, before.spare
	}
	if cap(s.room) < len(entries) {
		s.room = make([]keyed, len(entries))
	}
	s.room = s.room[:cap(s.room)]
	s.left = s.room[:len(entries)]
	for i, e := range entries {
		s.left[i] = keyed{key(e), e}
	}
	return s
}

// beginning is the first sixteen bytes.
func beginning(e *entry) [2]uint64 {
	var b [16]byte
	copy(b[:], e.text)
	return [2]uint64{binary.BigEndian.Uint64(b[:]), binary.BigEndian.Uint64(b[8:])}
}

// standing is what the claim of an entry comes to.
func standing(e *entry) (key [2]uint64) {
	if !e.as.own {
		key[0] = 1
	}
	key[1] = math.MaxUint64 - (uint64(e.as.at) ^ 1<<63) // the latest has the least
	return key
}

func (s *sorting) compare(a, b keyed) int {
	switch {
	case a.key[0] != b.key[0]:
		return cmp.Compare(a.key[0], b.key[0])
	case a.key[1] != b.key[1]:
		return cmp.Compare(a.key[1], b.key[1])
	}
	return s.order(a.entry, b.entry)
}

// goOn sorts about so many more; it reports whether more is to be done.
func (s *sorting) goOn(most int) bool {
	const run = 8000
	if len(s.left) > 0 {
		n := min(max(most, run), len(s.left))
		s.sort(s.left[:n])
		s.runs, s.left = append(s.runs, s.left[:n]), s.left[n:]
		return true
	}
	if len(s.runs) < 2 {
		return false
	}
	// The first two go to the end, so that none becomes much longer than the others.
	s.runs = append(s.runs[2:], s.merged(s.runs[0], s.runs[1]))
	return true
}

// sort sorts a run by its keys, and what has the same key by all that it says.
func (s *sorting) sort(run []keyed) {
	const few = 200
	if len(run) < few {
		slices.SortFunc(run, s.compare)
		return
	}
	if len(s.spare) < len(run) {
		s.spare = make([]keyed, len(run))
	}
	byKey(run, s.spare[:len(run)])
	for from := 0; from < len(run); {
		to := from + 1
		for to < len(run) && run[to].key == run[from].key {
			to++
		}
		if to-from > 1 {
			slices.SortFunc(run[from:to], func(a, b keyed) int { return s.order(a.entry, b.entry) })
		}
		from = to
	}
}

// byKey sorts by one byte of the keys after the other, the last first (a radix sort): most are the same in all, and cost nothing.
// It does not compare, which takes as long for keys that are all alike as for others.
func byKey(all, spare []keyed) {
	const digits, each = 16, 8
	digit := func(k *keyed, d int) byte { return byte(k.key[d/each] >> (each * (each - 1 - d%each))) }
	var counts [digits][256]uint32
	for i := range all {
		first, second := all[i].key[0], all[i].key[1]
		for d := each - 1; d >= 0; d-- {
			counts[d][byte(first)]++
			counts[each+d][byte(second)]++
			first, second = first>>each, second>>each
		}
	}
	from, to := all, spare
	for d := digits - 1; d >= 0; d-- {
		places := &counts[d]
		if places[digit(&from[0], d)] == uint32(len(all)) {
			continue
		}
		at := uint32(0)
		for i, n := range places {
			places[i] = at
			at += n
		}
		for i := range from {
			place := &places[digit(&from[i], d)]
			to[*place] = from[i]
			*place++
		}
		from, to = to, from
	}
	if &from[0] != &all[0] {
		copy(all, from)
	}
	clear(spare)
}

func (s *sorting) merged(a, b []keyed) []keyed {
	all := make([]keyed, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if s.compare(a[0], b[0]) <= 0 {
			all, a = append(all, a[0]), a[1:]
		} else {
			all, b = append(all, b[0]), b[1:]
		}
	}
	return append(append(all, a...), b...)
}

func (s *sorting) all() []*entry {
	if len(s.runs) == 0 {
		return nil
	}
	all := make([]*entry, len(s.runs[0]))
	for i, k := range s.runs[0] {
		all[i] = k.entry
	}
	return all
}

// rows are entries by their text, with their signs, so that a search for what a glob covers
// reads few of them.
type rows []row

type row struct {
	signs uint64
	*entry
}

// rowsOf has with names what they are, and with globs what they want, if they are kept apart.
func rowsOf(entries []*entry, apart bool) rows {
	r := make(rows, len(entries))
	for i, e := range entries {
		if r[i] = (row{e.signs, e}); apart {
			r[i].signs = e.wantsSign
		}
	}
	return r
}

func (r rows) at(text string) int {
	return sort.Search(len(r), func(i int) bool { return r[i].text >= text })
}

// update takes entries out and puts others in.
func (r rows) update(out, in []*entry, apart bool) rows {
	return update(r, rowsOf(out, apart), rowsOf(in, apart), func(a, b row) int { return byText(a.entry, b.entry) })
}

// within gives the entries that a pattern covers, but for itself.
func (r rows) within(p *pattern, found func(e *entry)) {
	if !p.wild {
		if i := r.at(p.text); i < len(r) && r[i].text == p.text {
			found(r[i].entry)
		}
		return
	}
	if p.head != "" {
		r = r[r.at(p.head):]
		r = r[:sort.Search(len(r), func(i int) bool { return !strings.HasPrefix(r[i].text, p.head) })]
	}
	for i := range r {
		if r[i].signs&p.wantsSign == p.wantsSign && p.covers(r[i].text) && r[i].text != p.text {
			found(r[i].entry)
		}
	}
}
