package protections

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/content"
	"forseti/internal/stretch"
	"forseti/protections/kit"
	"forseti/protections/kit/kittest"
	"forseti/protections/learning"
	"forseti/protections/rules"
)

// hall is a room with very many members of whom little is known, and what watches over it.
type hall struct {
	bench *kittest.Bench
	users []id.UserID
	evt   *event.Event
	n     int // messages so far
}

// newHall has it be empty at first.
func newHall(t testing.TB, kinds ...kit.Kind) *hall {
	h := &hall{bench: kittest.New(t, kinds[0], nil)}
	h.bench.Set.Use(kinds[0], kit.Standing{})
	for _, k := range kinds {
		h.bench.Set.Use(k, kit.Standing{Mode: kit.On})
	}
	h.evt = h.bench.Message(user, event.EventMessage.Type, nil)
	h.evt.Timestamp = 0
	return h
}

// fill has members join, an hour apart: they did not come as a crowd.
func (h *hall) fill(members int) *hall {
	for n := range members {
		h.users = append(h.users, id.UserID(fmt.Sprintf("@u%d:hs", n)))
		h.bench.Pass(time.Hour)
		h.bench.Join(h.users[n])
	}
	return h
}

// say has the next message be one of the talk that was prepared, so that nothing is measured
// but what it costs to look at it.
func (h *hall) say(t testing.TB, talk []said) {
	next := talk[h.n%len(talk)]
	h.evt.Content.VeryRaw, h.evt.ID, h.evt.Sender = next.raw, next.id, h.users[h.n%len(h.users)]
	h.bench.Pass(50 * time.Millisecond)
	if found := h.bench.Send(h.evt); found != nil {
		t.Fatalf("%s: %s", kittest.Describe(found[0]), next.raw)
	}
	h.n++
}

// said is a message.
type said struct {
	id  id.EventID
	raw []byte
}

// talk is messages of so many words, each unlike the others.
func talk(words int) []said {
	all := make([]said, 100_000)
	random := rand.New(rand.NewPCG(1, 2))
	for n := range all {
		var b strings.Builder
		b.WriteString(`{"msgtype":"m.text","body":"`)
		for range words {
			b.WriteString(ordinary[random.IntN(len(ordinary))])
			b.WriteByte(' ')
		}
		b.WriteString(`"}`)
		all[n] = said{id.EventID(fmt.Sprintf("$event-of-the-usual-length-with-its-number-%04d", n)), []byte(b.String())}
	}
	return all
}

var (
	shortTalk = sync.OnceValue(func() []said { return talk(4) })
	longTalk  = sync.OnceValue(func() []said { return talk(35) })
)

// warm is after how many messages a community has all the maps and lists that it needs.
const warm = 30_000

func (h *hall) warm(t testing.TB, talk []said) *hall {
	for range warm {
		h.say(t, talk)
	}
	return h
}

// used is what so many messages take: of the processor's time, and of memory.
func (h *hall) used(t testing.TB, talk []said, messages int) (took time.Duration, bytes uint64) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	took = stretch.Once(func() {
		for range messages {
			h.say(t, talk)
		}
	})
	runtime.ReadMemStats(&after)
	return took, after.TotalAlloc - before.TotalAlloc
}

// asRules are what moderators write, as protections of a book that hears all that is said.
func asRules(t testing.TB, h *hall, written ...string) {
	book := rules.NewBook(nobodyKnown{})
	h.bench.Set.After = book.Heard
	for n, text := range written {
		r, err := rules.Parse(fmt.Sprint("rule", n), text)
		if err != nil {
			t.Fatal(err)
		}
		h.bench.Set.Use(book.Kind(r), kit.Standing{Mode: kit.On})
	}
}

// tenRules are of all kinds that moderators have reason to write.
var tenRules = []string{
	`'trust() < KNOWN && text.links.size() > 0' then redact`,
	`'text.length > 1000 && text.lines > 30' then redact`,
	`'text.folded.matches("free (money|crypto)")' then redact`,
	`'text.skeleton.contains(skeleton("paypal"))' then redact`,
	`'mentions.count > 10 || mentions.room && trust() < REGULAR' then redact`,
	`'message.kind in ["picture", "video"] && joined_for() < duration("1h")' then redact`,
	`'text.links.exists(l, l.invites)' then redact`,
	`'seen_before() && points() > 1.0' then redact`,
	`'similar_count("10m") >= 3' then redact`,
	`'text.capitals > 0.8 && text.words > 5' then redact`,
}

// taught has moderators have marked messages as spam, and others have stood: each unlike the others, and half of its words of
// its own, so that as much is known as can be.
func taught(t testing.TB, spam, stood int) *learning.Book {
	book := learning.New([]byte("secret"))
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	random := rand.New(rand.NewPCG(3, 4))
	event := func(n int) id.EventID { return id.EventID(fmt.Sprint("$taught", n)) }
	message := func(n int) *content.Message {
		var b strings.Builder
		for range 20 {
			fmt.Fprint(&b, ordinary[random.IntN(len(ordinary))], " own", random.IntN(1_000_000), " ")
		}
		return content.Read("m.room.message", fmt.Appendf(nil, `{"msgtype":"m.text","body":%q}`, b.String()))
	}
	for n := range spam {
		by := id.UserID(fmt.Sprintf("@moderator%d:hs", n/learning.PerDay))
		if _, err := book.Mark(learning.Spam, learning.Marking{By: by, Event: event(n), Said: message(n), At: at}); err != nil {
			t.Fatal(err)
		}
	}
	for n := range stood {
		at = at.Add(learning.Stands)
		book.Heard(event(spam+n), id.UserID(fmt.Sprintf("@regular%d:hs", n%50)), message(spam+n), at)
	}
	book.Heard("$last", "@regular:hs", message(0), at.Add(learning.Stands))
	if s := book.Standing(); s.Spam < spam || s.Stood < stood {
		t.Fatalf("%d are known as spam, and %d have stood", s.Spam, s.Stood)
	}
	return book
}

// howTaught is how much an ordinary community teaches, and how much is remembered at the most.
var howTaught = []struct {
	name        string
	spam, stood int
}{{"taught 60 spam", 60, 300}, {"taught all it can hold", learning.MostSpam, learning.MostHam}}

type nobodyKnown struct{}

func (nobodyKnown) Points(id.UserID, time.Time) float64 { return 0 }
func (nobodyKnown) Listed(string, id.UserID) bool       { return false }

// everything is all protections there are, in a hall of ten thousand.
func everything(t testing.TB) *hall { return newHall(t, Kinds()...).fill(members) }

const members = 10_000

// BenchmarkCheck is what one message costs in a room of ten thousand members of whom little is
// known: a short one and an ordinary one of some two hundred characters, with all protections
// on, with ten rules of moderators besides, with what they marked as spam, with none, and with each alone, with how much of all that is. What counts
// is the processor's time, and what is allocated: once all maps are as large as they get that
// is garbage.
func BenchmarkCheck(b *testing.B) {
	for name, talk := range map[string]func() []said{"4 words": shortTalk, "35 words": longTalk} {
		all := everything(b).warm(b, talk())
		b.Run(name+"/all", func(b *testing.B) { all.measure(b, talk(), nil) })
		none := newHall(b, Kinds()[0]).fill(members)
		none.bench.Set.Use(Kinds()[0], kit.Standing{})
		b.Run(name+"/none", func(b *testing.B) { none.warm(b, talk()).measure(b, talk(), all) })
		for _, k := range Kinds() {
			b.Run(name+"/"+k.Name, func(b *testing.B) { newHall(b, k).fill(members).warm(b, talk()).measure(b, talk(), all) })
		}
		with := everything(b)
		asRules(b, with, tenRules...)
		b.Run(name+"/all and ten rules", func(b *testing.B) { with.warm(b, talk()).measure(b, talk(), all) })
		for _, how := range howTaught {
			knowing := everything(b)
			knowing.bench.Set.Samples = taught(b, how.spam, how.stood)
			b.Run(name+"/all, "+how.name, func(b *testing.B) { knowing.warm(b, talk()).measure(b, talk(), all) })
		}
	}
}

// measure has as much be said in another hall, so that what disturbs one disturbs the other.
func (h *hall) measure(b *testing.B, talk []said, all *hall) {
	const some = 200
	var mine, whole struct {
		least time.Duration
		bytes uint64
	}
	rounds := 0
	note := func(h *hall, least *time.Duration, bytes *uint64) {
		took, used := h.used(b, talk, some)
		if *least == 0 || took < *least {
			*least = took
		}
		*bytes += used
	}
	for b.Loop() {
		if rounds++; rounds%some != 1 {
			continue // one loop is one message
		}
		note(h, &mine.least, &mine.bytes)
		if all != nil {
			note(all, &whole.least, &whole.bytes)
		}
	}
	batches := uint64((rounds + some - 1) / some)
	b.ReportMetric(float64(mine.least.Nanoseconds())/some/1000, "µs")
	b.ReportMetric(float64(mine.bytes/batches)/some, "bytes")
	b.ReportMetric(0, "ns/op") // which is of both
	if all != nil {
		b.ReportMetric(100*float64(mine.least)/float64(whole.least), "%time")
		b.ReportMetric(100*float64(mine.bytes)/float64(whole.bytes), "%bytes")
	}
}

var ordinary = strings.Fields(`a about after again all and any are as at back be because been but by came can come could day did do
	down even every first for from get go good great had has have he her here him his home house how i if in into is it its just
	keep know last left life like little long look made make man many may me men might more most mother mr much must my never new
	night no not now of off old on one only or other our out over own people place put said same saw say see seemed she should so
	some still such take than that the their them then there these they thing think this those thought through time to told too
	two under up upon us very was way we well went were what when where which while who will with without work world would year`)
