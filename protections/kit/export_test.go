package kit

import "time"

// Limit bounds the memory of a set otherwise.
func (s *Set) Limit(bytes int) { s.memory.limit = bytes }

// Remembered is how many bytes a set says that it remembers, and how many entries it
// does, and whether both fit together.
func (s *Set) Remembered() (bytes, entries int, agree bool) {
	sum := 0
	for _, t := range s.memory.tables {
		b, n := t.(interface{ counted() (int, int) }).counted()
		sum, entries = sum+b, entries+n
	}
	return s.memory.used, entries, sum == s.memory.used
}

// Used is how many bytes a set says that it remembers.
func (s *Set) Used() int { return s.memory.used }

// Sweep forgets what has lived long enough.
func (s *Set) Sweep(now time.Time) { s.memory.Sweep(now) }

func (t *Table[K, V]) counted() (bytes, entries int) {
	for e := t.first; e != nil; e = e.after {
		bytes += e.bytes
	}
	return bytes, len(t.entries)
}
