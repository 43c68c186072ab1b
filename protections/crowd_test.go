package protections

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/protections/kit"
	"forseti/sanction"
)

// mostKept is how much of memory all that is remembered of strangers may take, in bytes: by
// protections, rules, trust, and of offences.
const mostKept = 256 << 20

// crowd is strangers without end who write into a room that all protections and ten rules watch
// over, with what was found of them entered as offences.
type crowd struct {
	*hall
	ledger *sanction.Ledger
	found  int
}

func newCrowd(t testing.TB) *crowd {
	c := &crowd{hall: newHall(t, Kinds()...), ledger: sanction.NewLedger()}
	asRules(t, c.hall, tenRules...)
	return c
}

// write has so many strangers write so often, each in turn, from one on. Of ten messages one is a
// text of its own, one calls somebody, and one is an advert that is found.
func (c *crowd) write(from, senders, messages int) {
	for m := range messages {
		for s := from; s < from+senders; s++ {
			c.n++
			text := "good morning"
			switch c.n % 10 {
			case 1:
				text = fmt.Sprintf("this is the text number %d, of which number %d is another, and so is %d", c.n, c.n*7, c.n*13)
			case 3:
				text = fmt.Sprintf("@user%d:hs are you there", c.n)
			case 5:
				text = fmt.Sprintf("https://evil%d.example/", c.n)
			}
			c.evt.Sender = id.UserID(fmt.Sprintf("@sender-with-a-long-name-%d:%d.evil.example", s, s%1000))
			c.evt.ID = id.EventID(fmt.Sprintf("$event-of-the-usual-length-with-its-number-%04d", c.n))
			c.evt.Content.VeryRaw = []byte(`{"msgtype":"m.text","body":"` + text + `"}`)
			c.bench.Pass(10 * time.Millisecond)
			for _, f := range c.bench.Send(c.evt) {
				c.enter(f)
			}
		}
		c.bench.Set.Trust.Changed() // as each batch is stored
		c.bench.Pass(time.Duration(m) * time.Minute)
	}
}

func (c *crowd) enter(f kit.Finding) {
	c.found++
	v := c.ledger.Judge(sanction.Offence{
		Cause: f.Cause(), Room: f.Room, User: f.User, Class: f.Weight, Weight: 10, Events: f.Events,
	}, c.bench.Now)
	c.ledger.Enter(v.Entry)
	a := action.Action{Verb: action.Ban, Room: f.Room, User: f.User, Cause: f.Cause()}
	c.bench.Set.Sought(a, f, c.bench.Now)
}

// kept is how much of memory there is in use.
func kept() int {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// However many strangers come, what is remembered of them has a bound: once it is reached, as many
// again leave no more behind. BenchmarkCrowd is ten million messages by a million senders.
func TestCrowdLeavesNoMoreBehind(t *testing.T) {
	const (
		senders = 10_000
		// spare is what maps and lists may take more, which grow in steps.
		spare = 24 << 20
	)
	c := newCrowd(t)
	before := kept()
	c.write(0, senders, 2)
	first := kept()
	c.write(senders, senders, 2)
	second := kept()
	c.write(2*senders, senders, 2)
	third := kept()
	t.Logf("%d found; %d, then %d, then %d kB", c.found, (first-before)>>10, (second-before)>>10, (third-before)>>10)
	if c.found < senders/10 {
		t.Errorf("only %d were found", c.found)
	}
	if third-second > spare || third-before > mostKept {
		t.Errorf("%d kB are remembered of so many senders, then %d, then %d", (first-before)>>10, (second-before)>>10, (third-before)>>10)
	}
	runtime.KeepAlive(c)
}

// BenchmarkCrowd is a million and ten million messages by a million senders, and what is left of
// memory after them.
func BenchmarkCrowd(b *testing.B) {
	for _, each := range []int{1, 10} {
		b.Run(fmt.Sprintf("%d each", each), func(b *testing.B) {
			for b.Loop() {
				c := newCrowd(b)
				before := kept()
				c.write(0, 1_000_000, each)
				grown := kept() - before
				b.ReportMetric(float64(grown)/(1<<20), "MiB")
				b.ReportMetric(float64(c.found), "found")
				if grown > mostKept {
					b.Errorf("%d MiB are remembered, and %d are allowed", grown>>20, mostKept>>20)
				}
				runtime.KeepAlive(c)
			}
		})
	}
}
