package acl

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"forseti/internal/stretch"
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
			fromNothing(b, workload(n))
		})
	}
}

// fromNothing prints the least that it takes to compile rules.
func fromNothing(b *testing.B, rules []Rule) {
	least := time.Hour
	for b.Loop() {
		least = min(least, stretch.Used(1, func() {
			if _, err := fill(rules).Compile(Room{}); err != nil {
				b.Fatal(err)
			}
		}))
	}
	b.ReportMetric(float64(least.Microseconds())/1000, "ms-processor")
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
				fromNothing(b, rules)
			})
		}
	}
}

// BenchmarkChange adds a rule to many, and compiles the ACL of a room.
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
				least := time.Hour
				for b.Loop() {
					least = min(least, stretch.Used(1, func() {
						c.Add(r)
						compile()
					}))
					c.Remove(r)
					compile()
				}
				b.ReportMetric(float64(least.Microseconds())/1000, "ms-processor")
			})
		}
	}
}
