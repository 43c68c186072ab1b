package store

import (
	"sync"
	"testing"

	"github.com/rs/zerolog"

	"forseti/action"
)

// BenchmarkJournal is what writing one action down costs, before it is done and after,
// by how SQLite syncs: FULL, as we have it, beside NORMAL, which a power cut undoes.
// What FULL costs is what the disk takes for one sync.
func BenchmarkJournal(b *testing.B) {
	for _, sync := range []string{synchronous, "NORMAL"} {
		b.Run(sync, func(b *testing.B) {
			p, err := locate(sqliteURL(b))
			if err != nil {
				b.Fatal(err)
			}
			p.sync = sync
			d := &Database{place: p, log: zerolog.Nop(), gate: newGate(p.dialect())}
			if err := d.open(b.Context()); err != nil {
				b.Fatal(err)
			}
			defer d.Close()
			s := community(b, d)
			for b.Loop() {
				a, err := s.Journal.Begin(b.Context(), action.Action{Verb: action.Ban, Room: "!a:hs", User: "@a:hs", Reason: "spam"})
				if err == nil {
					err = s.Journal.Settle(b.Context(), a.ID, action.Outcome{Done: true, Event: "$ban"})
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkJournalTogether is the same for actions that are begun at the same time, as
// many as a community has under way: they share a sync.
func BenchmarkJournalTogether(b *testing.B) {
	const together = 8
	d, err := Open(b.Context(), sqliteURL(b), zerolog.Nop())
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	s := community(b, d)
	for b.Loop() {
		var workers sync.WaitGroup
		for range together {
			workers.Go(func() {
				a, err := s.Journal.Begin(b.Context(), action.Action{Verb: action.Ban, Room: "!a:hs", User: "@a:hs", Reason: "spam"})
				if err == nil {
					err = s.Journal.Settle(b.Context(), a.ID, action.Outcome{Done: true, Event: "$ban"})
				}
				if err != nil {
					b.Error(err)
				}
			})
		}
		workers.Wait()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*together), "ns/action")
}
