//go:build !linux

package stretch

import "time"

// threadTime is not known here.
func threadTime() time.Duration { return 0 }
