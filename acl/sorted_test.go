package acl

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// A part at a time, and by bytes of keys, entries come into the order that comparing gives.
func TestSorting(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const most = 20_000
	var before *sorting
	for _, n := range []int{0, 1, 2, 199, 200, 5000, most, 300} {
		for _, prefix := range []string{"", "ten.letters.", strings.Repeat("a", 20)} {
			all := make([]*entry, n)
			for i := range all {
				name := make([]byte, 1+random.IntN(12))
				for j := range name {
					name[j] = byte('a' + random.IntN(3))
				}
				all[i] = &entry{pattern: pattern{text: prefix + string(name)}}
			}
			s := sortBy(all, beginning, byText, before)
			for s.goOn(3000) {
			}
			got := s.all()
			slices.SortFunc(all, byText)
			if !slices.EqualFunc(got, all, func(a, b *entry) bool { return a.text == b.text }) || len(got) != n {
				t.Fatalf("%d entries that begin with %q are not sorted", n, prefix)
			}
			before = s
		}
	}
}
