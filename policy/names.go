package policy

import (
	"iter"
	"slices"
	"sort"
	"strings"
)

// names is a set of names in order, so that those with a common start lie side by side. It is put in order when it is
// asked, and not with each change: members come and go far more often than rules with a wildcard do.
type names struct {
	sorted []string // may hold some that are gone
	late   []string // added since, in no order, perhaps more than once
	gone   int      // how many of both may be gone
}

// maxLate is how many names may wait to be put in order.
const maxLate = 256

func (n *names) add(name string) { n.late = append(n.late, name) }

// remove only counts: has tells, when the set is asked, who is still there.
func (n *names) remove() { n.gone++ }

// order sorts in what came late and drops what is gone, if it is time.
func (n *names) order(has func(string) bool) {
	if len(n.late) <= maxLate && n.gone <= maxLate+len(n.sorted)/4 {
		return
	}
	all := append(n.sorted, n.late...)
	slices.Sort(all)
	all = slices.Compact(all)
	n.sorted = slices.Clip(slices.DeleteFunc(all, func(name string) bool { return !has(name) }))
	n.late, n.gone = nil, 0
}

// startingWith gives each name that begins with head once.
func (n *names) startingWith(head string, has func(string) bool) iter.Seq[string] {
	return func(yield func(string) bool) {
		n.order(has)
		from := sort.SearchStrings(n.sorted, head)
		for _, name := range n.sorted[from:] {
			if !strings.HasPrefix(name, head) {
				break
			}
			if has(name) && !yield(name) {
				return
			}
		}
		for i, name := range n.late {
			if !strings.HasPrefix(name, head) || !has(name) || slices.Contains(n.late[:i], name) {
				continue
			}
			if _, found := slices.BinarySearch(n.sorted, name); !found && !yield(name) {
				return
			}
		}
	}
}
