package pdq

import (
	"math"
	"slices"
	"sync"
)

const (
	side  = 64 // of the small picture
	waved = 16 // frequencies that are kept in each direction, without that of zero
)

// small is a picture of which nothing but its rough shapes is left.
type small [side][side]float32

// quality is how much there is to see: how much it goes up and down from one point to the next, so that a picture of which
// most is of one colour has little.
func (s *small) quality() int {
	sum := 0
	step := func(u, v float32) {
		d := int((u - v) * 100 / 255)
		sum += max(d, -d)
	}
	for i := range side {
		for j := range side - 1 {
			step(s[i][j], s[i][j+1])
			step(s[j][i], s[j+1][i])
		}
	}
	return min(sum/90, 100)
}

// waves are how strong each frequency is, by rows and columns.
type waves [waved][waved]float32

// cosines are those of the transform: a row for each frequency from 1 on.
var cosines = sync.OnceValue(func() (all [waved][side]float32) {
	for i := range all {
		for j := range all[i] {
			all[i][j] = float32(math.Sqrt(2.0/side) * math.Cos(math.Pi/2/side*float64(i+1)*float64(2*j+1)))
		}
	}
	return all
})

// waves gives that of a small picture: the two-dimensional discrete cosine transform, in two steps.
func (s *small) waves() (w waves) {
	c := cosines()
	var half [waved][side]float32
	for i := range half {
		for j := range half[i] {
			var sum float32
			for k := range side {
				sum += float32(c[i][k] * s[k][j])
			}
			half[i][j] = sum
		}
	}
	for i := range w {
		for j := range w[i] {
			var sum float32
			for k := range side {
				sum += float32(half[i][k] * c[j][k])
			}
			w[i][j] = sum
		}
	}
	return w
}

// hash says of each frequency whether it is stronger than half of all.
func (w *waves) hash() (h Hash) {
	var sorted [waved * waved]float32
	for i := range w {
		copy(sorted[i*waved:], w[i][:])
	}
	slices.Sort(sorted[:])
	median := sorted[len(sorted)/2-1] // of an even number the lower one
	for i := range w {
		for j := range w[i] {
			if w[i][j] > median {
				at := i*waved + j
				h[at/64] |= 1 << (at % 64)
			}
		}
	}
	return h
}

// all are the hashes of the picture in all eight positions. To mirror a picture turns the signs of the odd frequencies in
// that direction, and to swap its sides swaps those of the frequencies.
func (w *waves) all() (all [8]Hash) {
	for n := range all {
		var turned waves
		for i := range w {
			for j := range w[i] {
				v := w[i][j]
				if n&1 != 0 && j%2 == 0 { // the frequency is one more
					v = -v
				}
				if n&2 != 0 && i%2 == 0 {
					v = -v
				}
				if n&4 != 0 {
					turned[j][i] = v
				} else {
					turned[i][j] = v
				}
			}
		}
		all[n] = turned.hash()
	}
	return all
}
