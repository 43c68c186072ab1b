//go:build !linux

package enforce

import "time"

// threadTime is not known here.
func threadTime() time.Duration { return 0 }
