package kit_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"forseti/content"
	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
)

// texts counts how often a text was said.
type texts struct{ seen *kit.Prints[[]byte] }

func (c *texts) kind() kit.Kind {
	return kit.Kind{Name: "texts", New: func(g *kit.Given) kit.Protection { c.seen = kit.NewPrints[[]byte](g); return c }}
}

func (c *texts) Check(in kit.Signal, _ kit.View) []kit.Finding {
	if in.What != kit.Said {
		return nil
	}
	kept := c.seen.Keep(in.Message.Shown().Fingerprint(), content.Near, in.Arrived, time.Minute)
	kept.Value = append(kept.Value, 0)
	c.seen.Resize(kept, len(kept.Value))
	if len(kept.Value) < 3 {
		return nil
	}
	return everything(in, kit.View{})
}

func TestTextsAreForgottenByTheSameBound(t *testing.T) {
	c := new(texts)
	b := kittest.New(t, c.kind(), nil)
	b.Set.Limit(200_000)
	for n := range 3000 {
		b.Pass(time.Millisecond)
		b.Say(account(n%50), fmt.Sprint(n, strings.Repeat(fmt.Sprint(" ", n), n%60)))
		if bytes := b.Set.Used(); bytes > 200_000 {
			t.Fatalf("%d bytes", bytes)
		}
		if n%50 == 0 && n > 0 {
			found := b.Say("@spam:hs", "what is said all the time by somebody, in a text that is long enough to be compared with others")
			if (found == nil) != (n < 150) {
				t.Fatalf("said for the %dth time: %v", n/50, found)
			}
		}
	}
	b.Pass(time.Minute)
	b.Say("@last:hs", "a word")
	if c.seen.Len() != 1 {
		t.Errorf("%d texts are remembered", c.seen.Len())
	}
	b.Set.Use(c.kind(), kit.Standing{})
	b.Now = b.Now.AddDate(150, 0, 0)
	if b.Set.Sweep(b.Now); b.Set.Used() != 0 {
		t.Errorf("%d bytes are left of nothing", b.Set.Used())
	}
}

func TestATextBeginsAnewAfterItsTime(t *testing.T) {
	b := kittest.New(t, new(texts).kind(), nil)
	for range 10 {
		b.Say(user, "a word")
		b.Say(user, "a word")
		b.Pass(time.Minute)
		if found := b.Say(user, "a word"); found != nil {
			t.Fatalf("found %v", found)
		}
		b.Pass(time.Minute)
	}
}
