package community

import (
	"fmt"
	"testing"

	"maunium.net/go/mautrix/id"
)

func TestRecent(t *testing.T) {
	r := newRecent()
	name := func(i int) id.EventID { return id.EventID(fmt.Sprint("$", i)) }
	for i := range mostRecent + 10 {
		r.add(name(i))
		r.add(name(i))
		r.add("")
	}
	for i := range mostRecent + 10 {
		if r.has(name(i)) != (i >= 10) {
			t.Fatalf("event %d: known is %v", i, r.has(name(i)))
		}
	}
	if len(r.known) != mostRecent || len(r.order) != mostRecent {
		t.Errorf("remembers %d and %d", len(r.known), len(r.order))
	}
}
