package recent

import (
	"fmt"
	"testing"

	"maunium.net/go/mautrix/id"
)

func TestEvents(t *testing.T) {
	var r Events
	name := func(i int) id.EventID { return id.EventID(fmt.Sprint("$", i)) }
	for i := range most + 10 {
		r.Add(name(i))
		r.Add(name(i))
		r.Add("")
	}
	for i := range most + 10 {
		if r.Has(name(i)) != (i >= 10) {
			t.Fatalf("event %d: known is %v", i, r.Has(name(i)))
		}
	}
	if len(r.known) != most || len(r.order) != most {
		t.Errorf("remembers %d and %d", len(r.known), len(r.order))
	}
}
