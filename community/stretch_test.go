package community

import (
	"testing"
	"time"

	"forseti/community/approval"
	"forseti/internal/stretch"
	"forseti/store"
)

// 50,000 rules of one list, each of somebody who is here: they are taken in, asked about,
// and followed after a yes, and go when the list does.
func BenchmarkStretchOfYes(b *testing.B) {
	const rules = 50_000
	state := spamRules(rules)
	stretch.Measure(b, func() *reader { return newReader(b, openStore(b), rules) }, func(r *reader, s *stretch.Watch) {
		r.begin(state)
		read := func(what string) {
			for more := true; more; {
				s.Run(what, func() { more = r.places.following.readOne(time.Now()) })
				r.commits.Take(store.Commit{}) // as a batch does
			}
		}
		read("take in rules")
		topics := r.orders.questions.topics
		var d questionDetails
		s.Run("ask", func() { d, _ = topics.wording(rulesOf(readFrom)) })
		s.Run("decide", func() {
			topics.decideRules(approval.Question{Topic: rulesOf(readFrom), UpTo: d.UpTo}, d.marks, true, "`@mod:hs`", time.Now())
		})
		read("follow rules")
		for more := true; more; {
			s.Run("plan", func() {
				r.queue.enqueue(r.world.Backlog(crowd), time.Now())
				more = r.jobs.runner.Plan(plannedPart, time.Now()) || r.world.Behind()
			})
		}
		if r.banned() != rules {
			b.Fatalf("%d of %d are to be banned", r.banned(), rules)
		}
		f := r.places.following
		f.weigher.expected.Add(approval.Write{List: readFrom, Content: leavingLists}, time.Now())
		s.Run("unwatch", func() { f.setWatched(nil) })
		read("take rules away")
		if r.banned() != 0 || f.lists[readFrom] != nil {
			b.Fatalf("unwatched, %d are to be banned", r.banned())
		}
	})
}
