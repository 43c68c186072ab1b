// Package stretch measures, in benchmarks, for how long a goroutine that owns something
// stands still at a time.
package stretch

import (
	"runtime"
	"testing"
	"time"
)

// Limit is what no stretch may take.
const Limit = 20 * time.Millisecond

// Watch keeps the longest stretch: by the clock, and of the processor's time, which does
// not tell what else the machine had to do.
type Watch struct {
	longest, processor time.Duration
	what               string // took the processor for longest
}

// Run does one piece of the owner's work.
func (w *Watch) Run(what string, f func()) {
	began, used := time.Now(), threadTime()
	f()
	w.longest = max(w.longest, time.Since(began))
	if used = threadTime() - used; used > w.processor {
		w.processor, w.what = used, what
	}
}

// Processor is the processor's time that the calling thread has taken. Who asks twice has
// locked the goroutine to it.
func Processor() time.Duration { return threadTime() }

// Measure runs work some times, each with something new, and reports the longest stretch
// of the run that was least disturbed.
func Measure[T any](b *testing.B, prepare func() T, work func(T, *Watch)) {
	b.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	best := &Watch{longest: time.Hour, processor: time.Hour}
	for b.Loop() {
		b.StopTimer()
		with := prepare()
		w := &Watch{}
		runtime.GC()
		b.StartTimer()
		work(with, w)
		best.longest = min(best.longest, w.longest)
		if w.processor < best.processor {
			best.processor, best.what = w.processor, w.what
		}
	}
	b.ReportMetric(float64(best.longest.Microseconds())/1000, "ms-longest")
	b.ReportMetric(float64(best.processor.Microseconds())/1000, "ms-processor")
	b.Logf("the longest is to %s; it must stay under %s", best.what, Limit)
}
