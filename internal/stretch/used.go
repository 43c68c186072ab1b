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
		least = min(least, Once(f))
	}
	return least
}

// Once is what one run of f takes, as things are.
func Once(f func()) time.Duration {
	began := processTime()
	f()
	return processTime() - began
}
