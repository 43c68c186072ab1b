package protections

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/internal/growth"
	"forseti/internal/hostile"
	"forseti/internal/stretch"
	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
)

// watched is a room with protections on, and with words to look for.
type watchedRoom struct {
	*kittest.Bench
	evt *event.Event
	n   int
}

func watchedBy(t testing.TB, kinds ...kit.Kind) *watchedRoom {
	bench := kittest.New(t, kinds[0], nil)
	bench.Pass(time.Hour)
	for _, k := range kinds {
		standing := kit.Standing{Mode: kit.On}
		if k.Name == "words" {
			standing.Values = map[string]string{"list.a": numbered("word%d,", 500) + numbered("~free%d,", 100)}
		}
		bench.Set.Use(k, standing)
	}
	bench.Join(user)
	return &watchedRoom{Bench: bench, evt: bench.Message(user, "", nil)}
}

// look has a message be looked at, and gives what of the processor's time that takes at the least.
func (r *watchedRoom) look(m hostile.Message, runs int) time.Duration {
	least := time.Hour
	r.evt.Type = event.Type{Type: m.Kind, Class: event.MessageEventType}
	r.evt.Content.VeryRaw, r.evt.Content.Raw = m.Raw, nil
	for range runs {
		r.n++
		r.evt.ID = id.EventID(fmt.Sprint("$", r.n))
		r.Pass(time.Hour)
		least = min(least, stretch.Once(func() { r.Send(r.evt) }))
	}
	return least
}

// BenchmarkWorst is what the dearest messages that a stranger can send cost with all
// protections on and with words to look for, and some with each alone. What counts is the
// processor's time of the least disturbed run.
func BenchmarkWorst(b *testing.B) {
	all := hostile.Messages()
	look := func(b *testing.B, m hostile.Message, r *watchedRoom) {
		least := time.Hour
		for b.Loop() {
			least = min(least, r.look(m, 1))
		}
		b.ReportMetric(float64(least.Nanoseconds())/1000, "µs")
		b.ReportMetric(0, "ns/op")
	}
	measure := func(b *testing.B, m hostile.Message, kinds ...kit.Kind) { look(b, m, watchedBy(b, kinds...)) }
	for _, name := range slices.Sorted(maps.Keys(all)) {
		b.Run(name, func(b *testing.B) { measure(b, all[name], Kinds()...) })
	}
	for _, name := range []string{"whole: words in scripts", "both: links in scripts"} {
		for _, k := range Kinds() {
			b.Run(name+"/"+k.Name, func(b *testing.B) { measure(b, all[name], k) })
		}
		for _, how := range howTaught {
			r := watchedBy(b, Kinds()...)
			r.Set.Samples = taught(b, how.spam, how.stood)
			b.Run(name+"/"+how.name, func(b *testing.B) { look(b, all[name], r) })
		}
	}
}

// The worst message that a stranger can send costs no more than eighteen ordinary ones of two hundred characters: one that is as
// dear as two of those fails.
func TestWorstMessage(t *testing.T) {
	const (
		most = 18
		runs = 5
	)
	// What is measured on a machine that has other things to do may be so much more.
	slack := 1.75
	if growth.Raced { // which counts some instructions and not others
		slack = 4
	}
	h := newHall(t, Kinds()...).fill(1000)
	for range 2000 {
		h.say(t, longTalk())
	}
	each := time.Hour
	for range 20 {
		took, _ := h.used(t, longTalk(), 50)
		each = min(each, took/50)
	}
	r := watchedBy(t, Kinds()...)
	bound := time.Duration(slack * most * float64(each))
	for name, m := range hostile.Messages() {
		took := r.look(m, runs)
		if took > bound {
			took = min(took, r.look(m, 10*runs))
		}
		if took > bound {
			t.Errorf("%s: %d µs, and an ordinary message takes %d", name, took.Microseconds(), each.Microseconds())
		} else if took > most*each {
			t.Logf("%s: %d µs, and an ordinary message takes %d", name, took.Microseconds(), each.Microseconds())
		}
	}
}

func TestMessagesAreAsLargeAsTheyCanBe(t *testing.T) {
	for name, m := range hostile.Messages() {
		if len(m.Raw) > hostile.Greatest || len(m.Raw) < hostile.Greatest/3 && name != "content: a type" && !strings.HasPrefix(name, "whole: ") {
			t.Errorf("%s has %d bytes", name, len(m.Raw))
		}
		if json.Valid(m.Raw) == (name == "content: nested objects, no end") && name != "content: nested arrays" {
			t.Errorf("%s: %.100s", name, m.Raw)
		}
	}
}
