package draw

import (
	"image"
	"image/color"
	"image/draw"
	"strconv"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// Chart is bars side by side, each kind in a row of its own with its own measure. It brings its
// own background, so that it reads alike where clients are light and where they are dark. Of
// texts only ASCII is drawn.
type Chart struct {
	Title string
	Marks []string // below the bars, one each; "" for none
	Rows  []Row
}

// Row is one kind of bars.
type Row struct {
	Name   string
	Values []int
}

// The measures of a chart, in pixels. A letter of the font is 7 wide and 13 high, and drawn
// twice that size, for telephones.
const (
	scale     = 2
	margin    = 24
	letter    = 7 * scale
	lineHigh  = 13 * scale
	rowHigh   = 110 // of the bars
	barWide   = 30
	barGap    = 6
	mostBars  = 60
	titleHigh = lineHigh + margin
)

var (
	ground = color.RGBA{0x10, 0x16, 0x1d, 0xff}
	ink    = color.RGBA{0xe6, 0xed, 0xf3, 0xff}
	faint  = color.RGBA{0x3a, 0x44, 0x4f, 0xff}
	// bars differ in lightness too, for who does not see colours.
	bars = []color.RGBA{{0x56, 0xd4, 0xdd, 0xff}, {0xe3, 0xb3, 0x41, 0xff}, {0xf0, 0x6a, 0x5f, 0xff}}
)

// PNG is the chart as a file.
func (c Chart) PNG() []byte {
	n := min(len(c.Marks), mostBars)
	wide := max(2*margin+n*(barWide+barGap), 2*margin+len(c.Title)*letter)
	for _, r := range c.Rows {
		wide = max(wide, 2*margin+(len(r.Name)+20)*letter)
	}
	high := titleHigh + len(c.Rows)*(lineHigh+rowHigh+margin) + lineHigh + margin
	m := image.NewRGBA(image.Rect(0, 0, wide, high))
	draw.Draw(m, m.Bounds(), image.NewUniform(ground), image.Point{}, draw.Src)
	write(m, margin, margin/2, c.Title, ink)
	y := titleHigh
	for i, r := range c.Rows {
		values := r.Values[:min(len(r.Values), n)]
		most, sum := 0, 0
		for _, v := range values {
			most, sum = max(most, v), sum+max(v, 0)
		}
		write(m, margin, y, r.Name+": "+strconv.Itoa(sum), bars[i%len(bars)])
		if most > 0 {
			said := "most " + strconv.Itoa(most)
			write(m, wide-margin-len(said)*letter, y, said, ink)
		}
		y += lineHigh
		for b, v := range values {
			high := 0
			if v > 0 {
				high = max(2, v*(rowHigh-10)/most) // what happened at all is seen
			}
			x := margin + b*(barWide+barGap)
			fillRect(m, image.Rect(x, y+rowHigh-high, x+barWide, y+rowHigh), bars[i%len(bars)])
		}
		fillRect(m, image.Rect(margin, y+rowHigh, wide-margin, y+rowHigh+2), faint)
		y += rowHigh + margin
	}
	for b, mark := range c.Marks[:n] {
		write(m, margin+b*(barWide+barGap), y-margin/2, mark, ink)
	}
	return encode(m)
}

func fillRect(m *image.RGBA, r image.Rectangle, c color.RGBA) {
	draw.Draw(m, r, image.NewUniform(c), image.Point{}, draw.Src)
}

// write draws a line of text with its upper left corner at a point.
func write(m *image.RGBA, x, y int, text string, c color.RGBA) {
	face := basicfont.Face7x13
	small := image.NewAlpha(image.Rect(0, 0, len(text)*face.Advance, face.Height))
	d := font.Drawer{Dst: small, Src: image.Opaque, Face: face, Dot: fixed.P(0, face.Ascent)}
	d.DrawString(text)
	for py := range small.Rect.Dy() * scale {
		for px := range small.Rect.Dx() * scale {
			if small.AlphaAt(px/scale, py/scale).A > 0x7f {
				m.SetRGBA(x+px, y+py, c) // outside of the picture nothing is drawn
			}
		}
	}
}
