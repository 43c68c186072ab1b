package policy

import (
	"fmt"
	"testing"

	"maunium.net/go/mautrix/id"
)

// filled holds n rules in the mix that public lists have: mostly literals, some globs that share starts and ends.
func filled(n int) *Index {
	x := NewIndex()
	for i := range n {
		entity := fmt.Sprintf("@user%d:server%d.org", i, i%1000)
		switch i % 10 {
		case 0:
			entity = fmt.Sprintf("@*:bad%d.org", i)
		case 1:
			entity = fmt.Sprintf("@spam%d*:matrix.org", i)
		case 2:
			entity = fmt.Sprintf("@*crypto%d*", i)
		}
		x.Apply(testList, state("m.policy.rule.user", fmt.Sprint(i), fmt.Sprintf("$%d", i), banContent(entity)))
	}
	return x
}

func BenchmarkUser(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		x := filled(n)
		for name, u := range map[string]id.UserID{"miss": "@some.person:matrix.org", "hit": "@spam11b:matrix.org"} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					x.User(u)
				}
			})
		}
	}
}

func BenchmarkAffected(b *testing.B) {
	s := NewSubjects()
	for i := range 100_000 {
		s.Add(id.UserID(fmt.Sprintf("@member%d:server%d.org", i, i%2000)))
	}
	for _, entity := range []string{"@member7:server7.org", "@*:server7.org", "@member77*"} {
		b.Run(entity, func(b *testing.B) {
			for b.Loop() {
				for range s.Affected(Rule{Kind: User, Entity: entity}) {
				}
			}
		})
	}
}
