package community

import (
	"testing"
	"time"
)

// How far something is, is said once it takes long, and with how long it will.
func TestHowFarItIs(t *testing.T) {
	for _, tt := range []struct {
		done, all int
		took      time.Duration
		want      string
	}{
		{1, 10, time.Second, ""},
		{0, 10, time.Minute, ""},
		{10, 10, time.Minute, ""},
		{-1, 0, time.Minute, ""},
		{1, 10, 2 * time.Second, "Looked. The rest takes about 20 seconds."},
		{9, 10, time.Minute, "Looked. The rest takes a few seconds."},
		{3, 40, time.Minute, "Looked. The rest takes about 13 minutes."},
	} {
		if got := farWords("Looked.", tt.done, tt.all, tt.took); got != tt.want {
			t.Errorf("%d of %d after %s: %q", tt.done, tt.all, tt.took, got)
		}
	}
}
