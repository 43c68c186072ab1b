//go:build !linux

package stretch

import "time"

// threadTime is not known here.
func threadTime() time.Duration { return 0 }

// processTime is the clock where that of the processor is not known.
func processTime() time.Duration { return time.Since(began) }

var began = time.Now()
