// Package growth shows, in tests, how what an operation costs grows with what strangers fill
// its world with, and that no operation was left out. What counts is the ratio, of the
// processor's time, and not the time.
package growth

import (
	"fmt"
	"maps"
	"runtime"
	"runtime/debug"
	"slices"
	"testing"
	"time"

	"forseti/internal/stretch"
)

// The two sizes that a world has.
const (
	Few, Many = 1_000, 100_000
	// most is how many times as much a thing may cost in a world that is a hundred times as
	// large. What is a few times as dear misses the processor's caches; what is a hundred times
	// as dear looks at all of it.
	most = 20
)

// World is filled as one who wants each look at it to be dear would.
type World struct {
	Name string
	// Fill makes it of size c.N, and measures what is done in it.
	Fill func(t *testing.T, c *Costs)
}

// Costs is what was measured in a world of one size.
type Costs struct {
	N int
	// Spare is of how many more what follows may be held against in the large world, for a reason;
	// of Look and All, how many ns each may cost besides.
	Spare int
	of    map[string]cost
	kept  uint64 // bytes in memory that were needed, when that was last found out
}

type cost struct {
	much  float64
	slack float64 // what is less than the clock, or another machine on the same processor, disturbs
	unit  string
	bare  bool // it names no operation
}

// One measures what is about one thing, in whatever world: f is called many times, each time
// with another number. What begins with the operations that f calls, as "Room.Apply, Room.Redact:
// of somebody new".
func (c *Costs) One(what string, f func(i int)) {
	const times = 100
	i := 0
	least := c.least(func() {
		for range times {
			f(i)
			i++
		}
	})
	c.of[what] = cost{much: float64(least) / times, slack: float64(1000 + 100*c.Spare), unit: "ns"}
}

// Look measures what has to look at all there is, and may be done again: each of its N must
// not be the dearer the more there are.
func (c *Costs) Look(what string, f func()) {
	c.of[what] = cost{much: float64(c.least(f)) / float64(c.N), slack: 5 + float64(c.Spare), unit: "ns for each"}
}

// All measures the same of what can be done but once.
func (c *Costs) All(what string, f func()) {
	c.collect()
	c.of[what] = cost{much: float64(stretch.Once(f)) / float64(c.N), slack: 5 + float64(c.Spare), unit: "ns for each"}
}

// least is what the least disturbed of some runs takes.
func (c *Costs) least(f func()) time.Duration {
	const rounds, enough = 5, 20 * time.Millisecond
	c.collect()
	least, spent := time.Hour, time.Duration(0)
	for round := 0; round < rounds && spent < enough; round++ {
		took := stretch.Once(f)
		least, spent = min(least, took), spent+took
	}
	return least
}

// collect lets go of what is over, if it is much. The collector does not work while something
// is measured: it looks at all of memory, for whatever reason it was begun.
func (c *Costs) collect() {
	const much = 256 << 20
	var m runtime.MemStats
	if runtime.ReadMemStats(&m); m.HeapAlloc > c.kept+much {
		runtime.GC()
		runtime.ReadMemStats(&m)
		c.kept = m.HeapAlloc
	}
}

// Count takes what was counted, such as how many were looked at. What names no operation.
func (c *Costs) Count(what string, n int) {
	c.of[what] = cost{much: float64(n), slack: float64(c.Spare), unit: "times", bare: true}
}

// Test measures worlds in both sizes. It fails for what grows more than it must, and for each
// exported operation of the package in this folder that no world measures and constant has no
// reason to leave out.
func Test(t *testing.T, worlds []World, constant map[string]string) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // see collect
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(2 << 30))
	measured, all := map[string]bool{}, true
	for _, w := range worlds {
		ran := false
		t.Run(w.Name, func(t *testing.T) {
			ran = true
			few := fill(t, w, Few)
			many := few
			if !Raced {
				many = fill(t, w, Many)
			}
			for _, what := range slices.Sorted(maps.Keys(many.of)) {
				t.Logf("%-60s %10.1f, then %10.1f %s", what, few.of[what].much, many.of[what].much, many.of[what].unit)
			}
			for _, fault := range faults(few.of, many.of) {
				t.Error(fault)
			}
			for what, cost := range many.of {
				if cost.bare {
					continue
				}
				for _, name := range operations(what) {
					measured[name] = true
				}
			}
		})
		all = all && ran
	}
	if !all {
		return // only some were asked for
	}
	exported, err := exports(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range leftOut(exported, measured, constant) {
		t.Error(fault)
	}
}

func fill(t *testing.T, w World, n int) *Costs {
	c := &Costs{N: n, of: map[string]cost{}}
	runtime.GC()
	w.Fill(t, c)
	return c
}

// faults is what grows more than it must.
func faults(few, many map[string]cost) (all []string) {
	for _, what := range slices.Sorted(maps.Keys(many)) {
		before, after := few[what], many[what]
		if after.much > most*before.much+after.slack {
			all = append(all, fmt.Sprintf("%s costs %.0f %s among %d, and %.0f among %d", what, before.much, after.unit, Few, after.much, Many))
		}
	}
	return all
}

// Kept is how many bytes f leaves behind in memory. What is to be counted must outlive the call.
func Kept(f func()) int {
	before := heap()
	f()
	return int(heap()) - int(before)
}

func heap() uint64 {
	runtime.GC()
	runtime.GC() // what only a finalizer kept
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
