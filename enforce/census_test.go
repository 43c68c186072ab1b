package enforce

import (
	"maps"
	"testing"

	"pgregory.net/rapid"

	"forseti/rooms"
)

// What the census knows is what the rooms say.
func TestCensusIsDerived(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			chance(t, w)
			if rapid.IntRange(0, 9).Draw(t, "room goes") == 0 {
				w.Unprotect("!b:x")
				w.Protect("!b:x")
			}
		}
		want := newCensus(self)
		for _, r := range w.census.rooms {
			for u, m := range r.Members() {
				want.moved(r, u, rooms.Member{}, m)
			}
		}
		if want.present != w.census.present || !maps.Equal(want.servers, w.census.servers) || len(want.spots) != len(w.census.spots) {
			t.Fatalf("census %+v, rooms say %+v", w.census, want)
		}
		for u, s := range want.spots {
			if got := w.census.spots[u]; got.present != s.present || len(got.rooms) != len(s.rooms) {
				t.Fatalf("of %s the census says %+v, the rooms %+v", u, got, s)
			}
		}
	})
}
