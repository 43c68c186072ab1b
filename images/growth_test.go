package images

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"forseti/internal/growth"
)

// TestGrowth: that more pictures are known does not make it dearer to look for one.
func TestGrowth(t *testing.T) {
	growth.Test(t, []growth.World{{Name: "pictures", Fill: func(t *testing.T, c *growth.Costs) {
		r := rand.New(rand.NewPCG(3, 4))
		var x Index
		sum := func(i int) (s Sum) {
			binary.BigEndian.PutUint64(s[:], uint64(i))
			return s
		}
		for i := range c.N {
			x.Add(sum(i), anyHash(r), 100)
		}
		// Of each position one of some 240 is nearly the same in one band, by chance, and is compared. That is slow memory,
		// and far from all: looking at all of 100,000 takes ten times as long.
		c.Spare = 5000
		c.One("Index.Find: of one that is not there", func(i int) {
			p := Print{Sum: sum(c.N + i), Quality: 100}
			for n := range p.Seen {
				p.Seen[n] = anyHash(r)
			}
			if _, found := x.Find(p, 31); found {
				t.Error("found")
			}
		})
		c.Spare = 0
		c.One("Index.Has, Index.Len", func(i int) { _ = x.Has(sum(i)) && x.Len() > 0 })
		c.One("Index.Add, Index.Remove", func(i int) {
			x.Add(sum(c.N+i), anyHash(r), 100)
			x.Remove(sum(c.N + i))
		})
	}}, {Name: "a shelf", Fill: func(t *testing.T, c *growth.Costs) {
		r := rand.New(rand.NewPCG(5, 6))
		var s Shelf
		banned := func(i int) Banned {
			b := Banned{Seen: anyHash(r), Quality: 100, Addresses: []string{fmt.Sprint("mxc://hs/", i)}}
			binary.BigEndian.PutUint64(b.Sum[:], uint64(i))
			return b
		}
		for i := range c.N {
			s.Put(banned(i))
		}
		c.One("Shelf.Put, Shelf.Take", func(i int) {
			b := banned(c.N + i)
			s.Put(b)
			s.Take(b.Sum)
		})
		c.One("Shelf.Get, Shelf.At, Shelf.Hit, Shelf.Len, Shelf.Full", func(i int) {
			b := Banned{}
			binary.BigEndian.PutUint64(b.Sum[:], uint64(i))
			_, _ = s.Get(b.Sum)
			_, _ = s.At(fmt.Sprint("mxc://hs/", i))
			_, _ = s.Hit(b.Sum, time.Time{})
			_ = s.Len() > 0 && s.Full()
		})
		c.Spare = 300
		c.Look("Shelf.Latest, Shelf.Called, Shelf.Export", func() { _, _, _ = s.Latest(20), s.Called("zz"), s.Export(1<<20) })
	}}}, map[string]string{
		"Shelf.Find": "it is Index.Find", "Shelf.Fresh": "of one text", "ReadLines": "likewise", "Line.Add": "a line has a bound", "Line.Done": "likewise", "Line.Due": "likewise", "Line.Len": "likewise", "Line.Next": "likewise",
		"Of": "of one file", "ParseSum": "of one hash", "Print.Telling": "of one print", "Sum.MarshalText": "of one hash", "Sum.String": "of one hash",
		"Sum.UnmarshalText": "of one hash",
	})
}
