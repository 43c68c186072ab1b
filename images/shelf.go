package images

import (
	"cmp"
	"slices"
	"time"

	"forseti/pdq"
)

// Banned is a picture that moderators do not want to see again. Nothing of it is kept but what it is known again by.
type Banned struct {
	Sum Sum `json:"-"`
	// Seen is the hash of what it shows, and Quality how much that says; nothing if it could not be looked at.
	Seen    pdq.Hash `json:"pdq,omitzero"`
	Quality int      `json:"quality,omitempty"`
	// Addresses are where it is, and Sealed the hashes of it encrypted, as base64 without padding: what has one of them need
	// not be downloaded.
	Addresses []string  `json:"addresses,omitempty"`
	Sealed    []string  `json:"sealed,omitempty"`
	By        string    `json:"by"`
	At        time.Time `json:"at"`
	Reason    string    `json:"reason,omitempty"`
	Hits      int       `json:"hits,omitempty"` // how often it was acted on
	Last      time.Time `json:"last,omitzero"`  // when that was
}

const (
	// MostBanned is how many pictures a shelf holds.
	MostBanned = 100_000
	// mostPlaces is how many addresses of one picture are known: the last ones.
	mostPlaces = 8
)

// Shelf holds the pictures that moderators have banned.
type Shelf struct {
	index  Index
	of     map[Sum]*Banned
	places map[string]Sum // addresses, and hashes of what is encrypted
}

// Len is how many there are.
func (s *Shelf) Len() int { return len(s.of) }

// Full reports whether there is no place for one more.
func (s *Shelf) Full() bool { return s.Len() >= MostBanned }

// Get is one of them.
func (s *Shelf) Get(sum Sum) (Banned, bool) {
	b, has := s.of[sum]
	if !has {
		return Banned{}, false
	}
	return *b, true
}

// Put takes one in. If it is there, what is new about it is added, and how often it was acted on stays.
func (s *Shelf) Put(b Banned) Banned {
	if old, has := s.of[b.Sum]; has {
		b.Hits, b.Last = max(b.Hits, old.Hits), later(b.Last, old.Last)
		b.Addresses, b.Sealed = joined(old.Addresses, b.Addresses), joined(old.Sealed, b.Sealed)
		s.Take(b.Sum)
	}
	b.Addresses, b.Sealed = joined(nil, b.Addresses), joined(nil, b.Sealed)
	if s.of == nil {
		s.of, s.places = map[Sum]*Banned{}, map[string]Sum{}
	}
	s.of[b.Sum] = &b
	for _, place := range slices.Concat(b.Addresses, b.Sealed) {
		s.places[place] = b.Sum
	}
	s.index.Add(b.Sum, b.Seen, b.Quality)
	return b
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// joined are the last of all places, each once.
func joined(old, fresh []string) (all []string) {
	for _, place := range slices.Backward(slices.Concat(old, fresh)) {
		if place != "" && !slices.Contains(all, place) && len(all) < mostPlaces {
			all = append(all, place)
		}
	}
	slices.Reverse(all)
	return all
}

// Take takes one out.
func (s *Shelf) Take(sum Sum) {
	b, has := s.of[sum]
	if !has {
		return
	}
	delete(s.of, sum)
	s.index.Remove(sum)
	for _, place := range slices.Concat(b.Addresses, b.Sealed) {
		if s.places[place] == sum {
			delete(s.places, place)
		}
	}
}

// At is the picture that is at a place, by its address or by what its sender says is its hash. Who says so of another picture
// passes their own off as a banned one.
func (s *Shelf) At(place string) (Match, bool) {
	sum, has := s.places[place]
	return Match{Sum: sum, Exact: true}, has && place != ""
}

// Find is what Index.Find finds.
func (s *Shelf) Find(p Print, distance int) (Match, bool) { return s.index.Find(p, distance) }

// Hit notes that one of them was acted on.
func (s *Shelf) Hit(sum Sum, at time.Time) (Banned, bool) {
	b, has := s.of[sum]
	if !has {
		return Banned{}, false
	}
	b.Hits++
	b.Last = at
	return *b, true
}

// Latest are those that were banned last, at most so many.
func (s *Shelf) Latest(most int) []Banned {
	all := make([]*Banned, 0, len(s.of))
	for _, b := range s.of {
		all = append(all, b)
	}
	slices.SortFunc(all, func(a, b *Banned) int {
		return cmp.Or(b.At.Compare(a.At), slices.Compare(a.Sum[:], b.Sum[:]))
	})
	var latest []Banned
	for _, b := range all[:min(most, len(all))] {
		latest = append(latest, *b)
	}
	return latest
}

// Called are those whose hash begins so, two at most.
func (s *Shelf) Called(begins string) (found []Banned) {
	for sum, b := range s.of {
		if len(begins) <= len(sum)*2 && sum.String()[:len(begins)] == begins {
			if found = append(found, *b); len(found) == 2 {
				return found
			}
		}
	}
	return found
}
