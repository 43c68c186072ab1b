// Package draw makes the pictures that the bot shows: its own, those of its rooms, and
// charts. It reads none, and knows nothing of what it draws.
package draw

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
)

// Sign is a small picture that an account or a room is known by.
type Sign uint8

// The signs. Each has a colour of its own, so that they are told apart where they are as
// small as a letter.
const (
	Scales     Sign = iota // the bot
	Moderators             // the room where moderators command
	List                   // a policy list
)

// signSize is how many pixels a sign has each way: clients show it far smaller, and cut it
// to a circle.
const signSize = 256

// shape tells whether a point of the unit square is in it.
type shape func(x, y float64) bool

// PNG is the sign as a file.
func (s Sign) PNG() []byte {
	back, inside := color.RGBA{0x1d, 0x4e, 0x5f, 0xff}, shape(scales)
	switch s {
	case Moderators:
		back = color.RGBA{0x5b, 0x3a, 0x76, 0xff}
		inside = people
	case List:
		back = color.RGBA{0x7a, 0x4a, 0x1c, 0xff}
		inside = lines
	case Scales:
	}
	return encode(fill(signSize, back, inside))
}

// fill draws a shape in white, with smooth edges.
func fill(size int, back color.RGBA, inside shape) image.Image {
	const fine = 4 // points each way in a pixel
	m := image.NewRGBA(image.Rect(0, 0, size, size))
	for py := range size {
		for px := range size {
			hits := 0
			for i := range fine * fine {
				x := (float64(px) + (float64(i%fine)+0.5)/fine) / float64(size)
				y := (float64(py) + (float64(i/fine)+0.5)/fine) / float64(size)
				if inside(x, y) {
					hits++
				}
			}
			m.SetRGBA(px, py, mix(back, color.RGBA{0xff, 0xff, 0xff, 0xff}, hits, fine*fine))
		}
	}
	return m
}

// mix is n parts of one colour over another, of so many.
func mix(under, over color.RGBA, n, of int) color.RGBA {
	part := func(u, o uint8) uint8 { return uint8((int(u)*(of-n) + int(o)*n) / of) }
	return color.RGBA{part(under.R, over.R), part(under.G, over.G), part(under.B, over.B), 0xff}
}

func encode(m image.Image) []byte {
	var b bytes.Buffer
	_ = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, m) // into memory, of a picture that has a size
	return b.Bytes()
}

// scales are those of justice, which Forseti speaks.
func scales(x, y float64) bool {
	pan := func(cx float64) bool {
		return y >= 0.52 && math.Hypot((x-cx)/0.115, (y-0.52)/0.08) < 1 ||
			near(x, y, cx, 0.30, cx-0.1, 0.53, 0.009) || near(x, y, cx, 0.30, cx+0.1, 0.53, 0.009)
	}
	return near(x, y, 0.5, 0.27, 0.5, 0.74, 0.018) || // post
		near(x, y, 0.28, 0.30, 0.72, 0.30, 0.016) || // beam
		near(x, y, 0.38, 0.755, 0.62, 0.755, 0.022) || // foot
		math.Hypot(x-0.5, y-0.26) < 0.036 || pan(0.28) || pan(0.72)
}

// people are two heads with their shoulders.
func people(x, y float64) bool {
	one := func(cx, cy, r float64) bool {
		return math.Hypot(x-cx, y-cy) < r || y < cy+2.9*r && y > cy+1.2*r && math.Hypot((x-cx)/1.9, y-cy-2.9*r) < r*1.55 && math.Abs(x-cx) < 1.9*r
	}
	front := one(0.42, 0.36, 0.105)
	around := one(0.42, 0.36, 0.125)
	return front || one(0.65, 0.40, 0.085) && !around
}

// lines are entries, each with its mark.
func lines(x, y float64) bool {
	for _, cy := range []float64{0.34, 0.5, 0.66} {
		if math.Hypot(x-0.29, y-cy) < 0.036 || near(x, y, 0.42, cy, 0.72, cy, 0.026) {
			return true
		}
	}
	return false
}

// near reports whether a point is near the line from a to b.
func near(x, y, ax, ay, bx, by, within float64) bool {
	dx, dy := bx-ax, by-ay
	along := ((x-ax)*dx + (y-ay)*dy) / (dx*dx + dy*dy)
	along = max(0, min(1, along))
	return math.Hypot(x-ax-along*dx, y-ay-along*dy) < within
}
