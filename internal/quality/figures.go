package main

import (
	"fmt"
	"math"
)

// share is how often something was so, of how often it could have been.
type share struct{ n, of int }

func (s *share) count(is bool) {
	s.of++
	if is {
		s.n++
	}
}

func (s *share) add(o share) { s.n, s.of = s.n+o.n, s.of+o.of }

// rate is the share, from 0 to 1; 0 of nothing.
func (s share) rate() float64 {
	if s.of == 0 {
		return 0
	}
	return float64(s.n) / float64(s.of)
}

// wilson are the bounds between which the true share is, with 95 % confidence.
//
// https://doi.org/10.1080/01621459.1927.10502953
func (s share) wilson() (low, high float64) {
	if s.of == 0 {
		return 0, 1
	}
	const z = 1.959964
	n, p := float64(s.of), s.rate()
	middle := p + z*z/(2*n)
	spread := z * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return max((middle-spread)/(1+z*z/n), 0), min((middle+spread)/(1+z*z/n), 1)
}

// String is the share with its bounds, as a cell of a table.
func (s share) String() string {
	if s.of == 0 {
		return "–"
	}
	low, high := s.wilson()
	return fmt.Sprintf("%s (%s–%s) of %d", percent(s.rate()), percent(low), percent(high), s.of)
}

func percent(p float64) string {
	switch p *= 100; {
	case p == 0:
		return "0"
	case p < 9.95:
		return fmt.Sprintf("%.1f %%", p)
	default:
		return fmt.Sprintf("%.0f %%", p)
	}
}
