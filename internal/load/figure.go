package main

import (
	"fmt"
	"slices"
	"time"
)

// figure is one measured thing beside its target.
type figure struct {
	name   string
	values []float64
	unit   string
	target float64 // at most; 0 for none
	peers  string  // what the best of the peers reached
	worst  bool    // the target holds for each value, and not for the median
}

func (f figure) median() float64 {
	sorted := slices.Sorted(slices.Values(f.values))
	if len(sorted) == 0 {
		return 0
	}
	return sorted[len(sorted)/2]
}

func (f figure) missed() bool {
	of := f.median()
	if f.worst && len(f.values) > 0 {
		of = slices.Max(f.values)
	}
	return f.target > 0 && of > f.target
}

func (f figure) String() string {
	if len(f.values) == 0 {
		return fmt.Sprintf("%-58s nothing measured", f.name)
	}
	verdict := "      "
	switch {
	case f.missed():
		verdict = "MISSED"
	case f.target > 0:
		verdict = "met   "
	}
	text := fmt.Sprintf("%-58s %s %9s  (%s to %s)", f.name, verdict, number(f.median()),
		number(slices.Min(f.values)), number(slices.Max(f.values)))
	if f.target > 0 {
		text += "  target " + number(f.target)
	}
	text += " " + f.unit
	if f.peers != "" {
		text += "  [" + f.peers + "]"
	}
	return text
}

func number(v float64) string {
	if v == float64(int(v)) {
		return fmt.Sprint(int(v))
	}
	return fmt.Sprintf("%.2f", v)
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
