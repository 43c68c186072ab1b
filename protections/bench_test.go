package protections

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
)

// BenchmarkCheck is what one message of a busy room costs with all protections on, and
// with each alone: a short one and an ordinary one of some two hundred characters, from
// five thousand members of whom little is known.
func BenchmarkCheck(b *testing.B) {
	for _, size := range []int{4, 35} {
		b.Run(fmt.Sprintf("%d words/all", size), func(b *testing.B) { benchmark(b, size, Kinds()...) })
		for _, k := range Kinds() {
			b.Run(fmt.Sprintf("%d words/%s", size, k.Name), func(b *testing.B) { benchmark(b, size, k) })
		}
	}
}

func benchmark(b *testing.B, size int, kinds ...kit.Kind) {
	bench := kittest.New(b, kinds[0], nil)
	for _, k := range kinds {
		bench.Set.Use(k, kit.Standing{Mode: kit.On})
	}
	var users []id.UserID
	for n := range 5000 {
		users = append(users, id.UserID(fmt.Sprintf("@u%d:hs", n)))
		bench.Pass(time.Hour) // they did not come as a crowd
		bench.Join(users[n])
	}
	evt := bench.Message(users[0], "m.room.message", nil)
	random := rand.New(rand.NewPCG(1, 2))
	var said strings.Builder
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		said.Reset()
		said.WriteString(`{"msgtype":"m.text","body":"`)
		for range size {
			said.WriteString(ordinary[random.IntN(len(ordinary))])
			said.WriteByte(' ')
		}
		said.WriteString(`"}`)
		evt.Content.VeryRaw = []byte(said.String())
		evt.Sender, evt.ID = users[n%len(users)], id.EventID(fmt.Sprint("$", n))
		bench.Pass(10 * time.Millisecond)
		if found := bench.Send(evt); found != nil {
			b.Fatal(kittest.Describe(found[0]))
		}
		n++
	}
}

var ordinary = strings.Fields(`a about after again all and any are as at back be because been but by came can come could day did do
	down even every first for from get go good great had has have he her here him his home house how i if in into is it its just
	keep know last left life like little long look made make man many may me men might more most mother mr much must my never new
	night no not now of off old on one only or other our out over own people place put said same saw say see seemed she should so
	some still such take than that the their them then there these they thing think this those thought through time to told too
	two under up upon us very was way we well went were what when where which while who will with without work world would year`)
