package acl

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestDates(t *testing.T) {
	random := rand.New(rand.NewPCG(2, 1))
	d, all := &dates{}, []int64{}
	for range 20_000 {
		at := random.Int64N(60) - 30
		if i := slices.Index(all, at); random.IntN(2) == 0 {
			if d.remove(at) != (i >= 0) {
				t.Fatalf("%d of %d is there: %v", at, all, i < 0)
			}
			if i >= 0 {
				all = slices.Delete(all, i, i+1)
			}
		} else {
			d.add(at)
			all = append(all, at)
		}
		want := int64(math.MinInt64)
		if len(all) > 0 {
			want = slices.Max(all)
		}
		if got := d.newest(); got != want || int(d.n) != len(all) {
			t.Fatalf("the newest of %d is %d, want %d of %d", d.n, got, want, len(all))
		}
	}
}
