package community

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/protections/kit"
	"forseti/registration"
)

// Servers are asked beside the owner, a few at a time, and what they say comes back to the
// protection, as does that they break.
func TestServersAreAsked(t *testing.T) {
	g := newGated(t, openStore(t), nil)
	held, asked := make(chan struct{}), make(chan string, 100)
	g.hearing.inquiries.ask = func(ctx context.Context, server string) (registration.Answer, error) {
		asked <- server
		select {
		case <-held:
		case <-ctx.Done():
		}
		switch server {
		case "s0.example":
			return registration.Open, nil
		case "s1.example":
			return registration.Open, errors.New("it broke off")
		case "s2.example":
			panic("it breaks")
		default:
			return registration.Closed, nil
		}
	}
	g.loop.See(func() {
		kind, _ := g.protectors.stand.rules.find("joiners")
		g.protectors.stand.change(kind, kit.Standing{Mode: kit.On, Values: map[string]string{"open-registration": "refuse"}})
	})
	const servers = 3 * mostInquiries
	for i := range servers {
		u := id.UserID(fmt.Sprintf("@u:s%d.example", i))
		g.loop.See(func() {
			evt := stateEvent(benchRoom, "m.room.member", string(u), u, "$"+id.EventID(u), []byte(`{"membership":"join"}`))
			if do := g.protectors.changed(evt, g.intake.apply(evt, g.now), nil, g.now, false).actions; len(do) != 0 {
				t.Errorf("before an answer: %v", verbs(do))
			}
			g.hearing.inquiries.next(time.Now())
		})
	}
	for range mostInquiries {
		<-asked
	}
	g.loop.See(func() {
		if g.hearing.inquiries.asking != mostInquiries || len(asked) != 0 {
			t.Errorf("%d are asked at once", g.hearing.inquiries.asking)
		}
	})
	close(held)
	for done := false; !done; {
		g.loop.See(func() {
			g.hearing.inquiries.next(time.Now())
			_, known := g.hearing.inquiries.known.Open(fmt.Sprintf("s%d.example", servers-1), time.Now())
			done = known && g.hearing.inquiries.asking == 0
		})
	}
	var found outcome
	g.loop.See(func() {
		at := g.now.Add(10 * time.Second)
		found = g.protectors.consequences(g.protectors.set.Tick(at, g.world.Room), at)
	})
	if got := verbs(found.actions); got != "ban @u:s0.example" {
		t.Errorf("does %q", got)
	}
}
