package stretch

import (
	"runtime"
	"time"
)

// Used is the least that some runs of f took of the processor's time, the collector's
// included: what else the machine had to do does not count.
func Used(runs int, f func()) time.Duration {
	least := time.Duration(1<<63 - 1)
	for range runs {
		runtime.GC()
		began := processTime()
		f()
		least = min(least, processTime()-began)
	}
	return least
}
