package acl

import (
	"fmt"
	"slices"
	"testing"
)

// The benchmarks are to be run on one core: go test -tags goolm -run '^$' -bench . -cpu 1 ./acl

var protected = []string{"good.org", "matrix.org", "example.com"}

// fill makes a compiler of rules.
func fill(rules []Rule) *Compiler {
	c := NewCompiler()
	c.Protect(slices.Values(protected))
	for _, r := range rules {
		c.Add(r)
	}
	return c
}

// BenchmarkFromNothing compiles the ACL of a room from rules.
func BenchmarkFromNothing(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			rules := workload(n)
			for b.Loop() {
				if _, err := fill(rules).Compile(Room{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkHostile does the same with what the owner of a list would choose.
func BenchmarkHostile(b *testing.B) {
	for name, entity := range hostile {
		for _, n := range []int{1_000, 10_000, 100_000} {
			b.Run(fmt.Sprint(name, "/", n), func(b *testing.B) {
				rules := make([]Rule, n)
				for i := range rules {
					rules[i].Entity = entity(i)
				}
				for b.Loop() {
					if _, err := fill(rules).Compile(Room{}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkChange adds a rule, compiles, and takes it out again and compiles; what is
// reported is for one of both.
func BenchmarkChange(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		for name, r := range map[string]Rule{
			"literal": {Entity: "new.example.net", Own: true}, "glob": {Entity: "server12*.evil*.example"}, "inner": {Entity: "*ver77*"},
			"exemption": {Entity: "server7.evil7.example", Allow: true}, "exempt glob": {Entity: "*.evil9.example", Allow: true},
		} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				c := fill(workload(n))
				room := Room{}
				compile := func() {
					got, err := c.Compile(room)
					if err != nil {
						b.Fatal(err)
					}
					if got.Content != nil {
						room = Room{Current: got.Content, Managed: got.Managed}
					}
				}
				compile()
				for b.Loop() {
					c.Add(r)
					compile()
					c.Remove(r)
					compile()
				}
				b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/2, "µs/change")
			})
		}
	}
}
