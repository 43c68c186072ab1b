package acl

import (
	"slices"
	"sort"
	"strings"
)

// few is up to how many entries are put in their place, or taken out, one by one.
const few = 16

// update takes entries out of a sorted list and puts others in.
func update(list, out, in []*entry, order func(a, b *entry) int, stamp int64) []*entry {
	if len(out) <= few {
		for _, e := range out {
			if i, found := slices.BinarySearchFunc(list, e, order); found {
				list = slices.Delete(list, i, i+1)
			}
		}
	} else {
		for _, e := range out {
			e.mark = stamp
		}
		list = slices.DeleteFunc(list, func(e *entry) bool { return e.mark == stamp })
	}
	if len(in) <= few {
		for _, e := range in {
			i, _ := slices.BinarySearchFunc(list, e, order)
			list = slices.Insert(list, i, e)
		}
		return list
	}
	in = slices.Clone(in)
	slices.SortFunc(in, order)
	return merged(list, in, order)
}

func merged(a, b []*entry, order func(a, b *entry) int) []*entry {
	if len(a) == 0 {
		return b
	}
	all := make([]*entry, 0, len(a)+len(b)+len(a)/16)
	for len(a) > 0 && len(b) > 0 {
		if order(a[0], b[0]) <= 0 {
			all, a = append(all, a[0]), a[1:]
		} else {
			all, b = append(all, b[0]), b[1:]
		}
	}
	return append(append(all, a...), b...)
}

// sorting sorts a part at a time: runs, and then two runs at a time into one.
type sorting struct {
	left  []*entry
	runs  [][]*entry
	order func(a, b *entry) int
}

// goOn sorts about so many more; it reports whether more is to be done.
func (s *sorting) goOn(most int) bool {
	const run = 2000
	if len(s.left) > 0 {
		n := min(max(most, run), len(s.left))
		slices.SortFunc(s.left[:n], s.order)
		s.runs, s.left = append(s.runs, s.left[:n]), s.left[n:]
		return true
	}
	if len(s.runs) < 2 {
		return false
	}
	// The first two go to the end, so that none becomes much longer than the others.
	s.runs = append(s.runs[2:], merged(s.runs[0], s.runs[1], s.order))
	return true
}

func (s *sorting) all() []*entry {
	if len(s.runs) == 0 {
		return nil
	}
	return s.runs[0]
}

// rows are entries by their text, with their signs, so that a search for what a glob covers
// reads few of them.
type rows []row

type row struct {
	signs uint64
	*entry
}

func rowsOf(entries []*entry) rows {
	r := make(rows, len(entries), len(entries)+len(entries)/16)
	for i, e := range entries {
		r[i] = row{e.signs, e}
	}
	return r
}

func (r rows) at(text string) int {
	return sort.Search(len(r), func(i int) bool { return r[i].text >= text })
}

// update is as that of a list.
func (r rows) update(out, in []*entry, stamp int64) rows {
	if len(out) > few || len(in) > few {
		all := make([]*entry, len(r))
		for i := range r {
			all[i] = r[i].entry
		}
		return rowsOf(update(all, out, in, byText, stamp))
	}
	for _, e := range out {
		if i := r.at(e.text); i < len(r) && r[i].entry == e {
			r = slices.Delete(r, i, i+1)
		}
	}
	for _, e := range in {
		r = slices.Insert(r, r.at(e.text), row{e.signs, e})
	}
	return r
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
