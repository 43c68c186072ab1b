package policy

import (
	"encoding/json"
	"fmt"
	"runtime"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/glob"
	"forseti/internal/stretch"
)

// The benchmarks are to be run on one core, together, so that the ratios that they
// report are of one run:
//
//	go test -tags goolm -run '^$' -bench . -cpu 1 ./policy

var sizes = []int{1_000, 10_000, 100_000}

func TestWorkloadVerdicts(t *testing.T) {
	w := newWorkload(10_000)
	x, p := w.index(), w.plain()
	hits := 0
	for i, u := range w.members {
		if i%10 != 0 {
			continue
		}
		want := p.match(u)
		if want {
			hits++
		}
		if x.matchesMember(u) != want {
			t.Errorf("%s: index %v, plain design %v", u, !want, want)
		}
	}
	if hits == 0 {
		t.Error("nobody matches: the workload says nothing")
	}
}

// BenchmarkMatch matches one user, by their ID and their server.
func BenchmarkMatch(b *testing.B) {
	for _, size := range sizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			w := newWorkload(size)
			x, p := w.index(), w.plain()
			// The plain design is slow enough to be timed over fewer members.
			const few = 500
			began := time.Now()
			for _, u := range w.members[:few] {
				p.match(u)
			}
			plain := float64(time.Since(began).Nanoseconds()) / few
			for _, u := range w.members {
				x.matchesMember(u)
			}
			n := 0
			for b.Loop() {
				x.matchesMember(w.members[n%len(w.members)])
				n++
			}
			own := float64(b.Elapsed().Nanoseconds()) / float64(b.N)
			b.ReportMetric(plain, "ns/plain")
			b.ReportMetric(plain/own, "×plain")
		})
	}
}

// BenchmarkMatchAll matches 100,000 members, by their IDs and their servers, beside one plain pass of hashing them: in a
// round, in one with two hashed rules besides, in one when nothing is remembered of servers, as after a rule about them has
// changed, and one by one.
func BenchmarkMatchAll(b *testing.B) {
	for _, size := range sizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			w := newWorkload(size)
			x, withHash, s := w.index(), w.index(), NewSubjects()
			for i, u := range []id.UserID{"@nobody:here.example", w.members[77_777]} {
				withHash.Apply(testList, hashedRule(i, string(u)))
			}
			for _, u := range w.members {
				s.Add(u)
			}
			found := 0
			look := func(x *Index) {
				for r := s.Round(); !r.Done(); {
					for range r.Next(4000, x) {
						found++
					}
				}
			}
			var sum uint64
			ways := []struct {
				name string
				pass func()
			}{
				{"hash", func() {
					for _, u := range w.members {
						sum += hashOf(string(u))
					}
				}},
				{"member", func() { look(x) }},
				{"hashed", func() { look(withHash) }},
				{"anew", func() {
					x.servers.forget()
					x.endings.forget()
					look(x)
				}},
				{"by-one", func() {
					for _, u := range w.members {
						x.matchesMember(u)
					}
				}},
			}
			for b.Loop() {
				// The ways take turns, in stretches that are short enough to be left alone sometimes.
				const runs, passes = 60, 2
				least := make([]time.Duration, len(ways))
				for run := range runs {
					for i, way := range ways {
						took := stretch.Once(func() {
							for range passes {
								way.pass()
							}
						})
						if run == 0 || took < least[i] {
							least[i] = took
						}
					}
				}
				for i, way := range ways {
					b.ReportMetric(float64(least[i].Nanoseconds())/passes/workloadMembers, "ns/"+way.name)
					if i > 0 {
						b.ReportMetric(float64(least[i])/float64(least[0]), "×hashing/"+way.name)
					}
				}
			}
			runtime.KeepAlive(sum)
			if found == 0 {
				b.Error("nobody matches: the workload says nothing")
			}
		})
	}
}

// BenchmarkAffected finds the members that one changed rule affects.
func BenchmarkAffected(b *testing.B) {
	w := newWorkload(10)
	s := NewSubjects()
	for _, u := range w.members {
		s.Add(u)
	}
	u := w.members[500]
	server := ServerOf(w.members[77_777])
	for _, c := range []struct{ name, entity string }{
		{"literal", string(u)},
		{"server", "*:" + server},
		{"at server", "@*:" + server},
		{"prefix", string(u)[:6] + "*:*"},
		{"x at server", "@*x?:" + server},
		{"between", "@*spammer*:*"},
	} {
		b.Run(c.name, func(b *testing.B) {
			g := gobwas(c.entity)
			began := time.Now()
			for _, u := range w.members {
				g.Match(glob.Fold(string(u)))
			}
			scan := float64(time.Since(began).Nanoseconds())
			rule := Rule{Kind: User, Entity: c.entity}
			for range s.Affected(rule) {
			}
			for b.Loop() {
				for range s.Affected(rule) {
				}
			}
			own := float64(b.Elapsed().Nanoseconds()) / float64(b.N)
			b.ReportMetric(scan/own, "×scan")
		})
	}
}

// BenchmarkServersMatching finds the servers in view that a new pattern covers, beside a plain scan of all of them.
func BenchmarkServersMatching(b *testing.B) {
	w := newWorkload(10)
	s := NewSubjects()
	for _, u := range w.members {
		s.Add(u)
	}
	server := ServerOf(w.members[77_777])
	for _, c := range []struct{ name, entity string }{
		{"prefix", server[:7] + "*"},
		{"suffix", "*" + server[4:]},
		{"both", server[:2] + "*" + server[6:]},
		{"between", "*evil3x*"},
	} {
		b.Run(c.name, func(b *testing.B) {
			const times = 200
			g := gobwas(c.entity)
			scan := stretch.Used(9, func() {
				for range times {
					for name := range s.servers {
						g.Match(name)
					}
				}
			})
			rule := Rule{Kind: Server, Entity: c.entity}
			for b.Loop() {
				own := stretch.Used(9, func() {
					for range times {
						for range s.ServersMatching(rule) {
						}
					}
				})
				b.ReportMetric(float64(own.Nanoseconds())/times, "ns/glob")
				b.ReportMetric(float64(scan)/float64(own), "×scan")
			}
		})
	}
}

// BenchmarkCovering asks of many patterns at once whether they affect anybody, as when a list comes into view.
func BenchmarkCovering(b *testing.B) {
	w := newWorkload(10)
	s := NewSubjects()
	for _, u := range w.members {
		s.Add(u)
	}
	for _, n := range []int{1, 100, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			rules := make([]Rule, n)
			for i := range rules {
				rules[i] = Rule{Kind: User, Entity: fmt.Sprintf("@*spam%05dmer*:*", i)}
			}
			for b.Loop() {
				s.Covering(rules)
			}
		})
	}
}

// BenchmarkBuild builds an index from events, and from their JSON.
func BenchmarkBuild(b *testing.B) {
	for _, size := range sizes {
		w := newWorkload(size)
		b.Run(fmt.Sprint("events/", size), func(b *testing.B) {
			for b.Loop() {
				w.index()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(size), "ns/rule")
		})
		b.Run(fmt.Sprint("JSON/", size), func(b *testing.B) {
			for b.Loop() {
				x := NewIndex()
				for _, evt := range w.events {
					fresh := *evt
					fresh.Content = event.Content{VeryRaw: evt.Content.VeryRaw}
					x.Apply(testList, &fresh)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(size), "ns/rule")
		})
	}
}

// BenchmarkAttacks takes in 50,000 rules that were chosen to be dear, by parts as a list is, asks for names that they are
// about, and drops them.
func BenchmarkAttacks(b *testing.B) {
	const n, part, times = 50_000, 250, 1000
	for _, a := range attacks {
		b.Run(a.name, func(b *testing.B) {
			var events []*event.Event
			for i := range n {
				events = append(events, state("m.policy.rule."+a.kind, fmt.Sprint("key", i), fmt.Sprint("$", i), banContent(a.entity(i))))
			}
			kind, _ := KindOf("m.policy.rule." + a.kind)
			for b.Loop() {
				x := NewIndex()
				report := func(what string, of int, f func()) {
					b.ReportMetric(float64(stretch.Once(f).Nanoseconds())/float64(of), what)
				}
				report("ns/rule", n, func() {
					for g, more := NewReading(testList, events), true; more; {
						_, more = x.Read(g, part)
					}
				})
				report("ns/question", times*len(a.asked), func() {
					for range times {
						for _, name := range a.asked {
							decide(x, kind, name)
						}
					}
				})
				report("ns/dropped", n, func() { x.Drop(testList) })
			}
		})
	}
}

// BenchmarkHeap weighs an index whose events have been let go.
func BenchmarkHeap(b *testing.B) {
	for _, size := range sizes {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			for b.Loop() {
				raw := rawEvents(newWorkload(size))
				before := heap()
				x := fromRaw(raw)
				after := heap()
				b.ReportMetric(float64(after-before)/float64(size), "B/rule")
				runtime.KeepAlive(x)
				runtime.KeepAlive(raw)
			}
		})
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// rawEvents is the workload as a homeserver sends it.
func rawEvents(w workload) [][]byte {
	var raw [][]byte
	for _, evt := range w.events {
		text, err := json.Marshal(map[string]any{
			"type": evt.Type.Type, "state_key": *evt.StateKey, "event_id": evt.ID, "sender": evt.Sender,
			"origin_server_ts": evt.Timestamp, "content": evt.Content.VeryRaw,
		})
		if err != nil {
			panic(err)
		}
		raw = append(raw, text)
	}
	return raw
}

// fromRaw decodes each event by itself, so that nothing is shared that would not
// be in life.
func fromRaw(raw [][]byte) *Index {
	x := NewIndex()
	for _, text := range raw {
		var in struct {
			Type     string          `json:"type"`
			StateKey string          `json:"state_key"`
			Event    id.EventID      `json:"event_id"`
			Sender   id.UserID       `json:"sender"`
			TS       int64           `json:"origin_server_ts"`
			Content  json.RawMessage `json:"content"`
		}
		if err := json.Unmarshal(text, &in); err != nil {
			panic(err)
		}
		evt := &event.Event{Type: event.NewEventType(in.Type), StateKey: &in.StateKey, ID: in.Event, Sender: in.Sender, Timestamp: in.TS}
		evt.Content.VeryRaw = in.Content
		x.Apply(testList, evt)
	}
	return x
}
