package acl

import (
	"math"

	"github.com/tidwall/btree"
)

// dates are times, of which the same may be there twice. Whoever writes fifty thousand rules for one name takes them
// away too, the latest first.
type dates struct {
	last int64                  // the latest
	rest *btree.Map[int64, int] // of the others, how often each is there
	n    int32
}

func (d *dates) newest() int64 {
	if d.n == 0 {
		return math.MinInt64
	}
	return d.last
}

func (d *dates) add(at int64) {
	if d.n++; d.n == 1 {
		d.last = at
		return
	}
	if d.rest == nil {
		d.rest = &btree.Map[int64, int]{}
	}
	earlier := min(at, d.last)
	times, _ := d.rest.Get(earlier)
	d.rest.Set(earlier, times+1)
	d.last = max(at, d.last)
}

// remove takes one of them out, and reports whether it was there.
func (d *dates) remove(at int64) bool {
	if d.n < 2 {
		there := d.n == 1 && d.last == at
		if there {
			d.n = 0
		}
		return there
	}
	times, there := d.rest.Get(at)
	if !there {
		if at != d.last {
			return false
		}
		at, times, _ = d.rest.Max()
		d.last = at
	}
	if times > 1 {
		d.rest.Set(at, times-1)
	} else {
		d.rest.Delete(at)
	}
	d.n--
	return true
}
