package acl

import (
	"fmt"
	"slices"
	"testing"
)

func BenchmarkCompile(b *testing.B) {
	for _, n := range []int{1_000, 10_000} {
		all := make([]Rule, n)
		for i := range all {
			all[i].Entity = fmt.Sprintf("server%05d.example%d.org", i*7919%n, i%97)
			if i%10 == 0 {
				all[i].Entity = "*." + all[i].Entity
			}
		}
		protected := []string{"good.org", "matrix.org", "example.com"}
		b.Run(fmt.Sprintf("nothing/%d", n), func(b *testing.B) {
			for b.Loop() {
				if _, err := Compile(Input{Rules: slices.Values(all), Protected: protected}); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("change/%d", n), func(b *testing.B) {
			c := NewCompiler()
			c.Protect(slices.Values(protected))
			for _, r := range all {
				c.Add(r)
			}
			first, err := c.Compile(Room{})
			if err != nil {
				b.Fatal(err)
			}
			room, r := Room{Current: first.Content, Managed: first.Managed}, Rule{Entity: "new.example.net"}
			for b.Loop() {
				c.Add(r)
				if _, err := c.Compile(room); err != nil {
					b.Fatal(err)
				}
				c.Remove(r)
			}
		})
	}
}
