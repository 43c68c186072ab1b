package pdq

import (
	"image"
	"image/color"
)

// light is how bright a picture is at each point, from 0 to 255, row by row.
type light struct {
	width, height int
	at            []float32
}

// mostSide is up to where each point of a picture counts by itself. Of larger ones the mean of some is taken first: the
// blur that follows is larger than that, and so it takes neither the time nor the space of the whole picture.
const mostSide = 1024

// luma is how bright a colour is that is not transparent.
//
// https://www.itu.int/rec/R-REC-BT.601
func luma(r, g, b uint32) float32 {
	return float32(float64(r)*0.299 + float64(g)*0.587 + float64(b)*0.114)
}

// brightness reads a picture. What is transparent in it is white.
func brightness(img image.Image) light {
	b := img.Bounds()
	across, down := max(2*b.Dx()/mostSide, 1), max(2*b.Dy()/mostSide, 1)
	l := light{width: b.Dx() / across, height: b.Dy() / down}
	l.at = make([]float32, l.width*l.height)
	row := make([]float32, b.Dx())
	read := reader(img)
	part := 1 / float32(across*down)
	for y := range l.height {
		into := l.at[y*l.width : (y+1)*l.width]
		for dy := range down {
			read(row, b.Min.Y+y*down+dy)
			if across == 1 && down == 1 {
				copy(into, row)
				continue
			}
			for x := range into {
				var sum float32
				for _, v := range row[x*across : (x+1)*across] {
					sum += v
				}
				into[x] += float32(sum * part)
			}
		}
	}
	return l
}

// reader gives how a row of a picture is read.
func reader(img image.Image) func(row []float32, y int) {
	left := img.Bounds().Min.X
	switch img := img.(type) {
	case *image.YCbCr:
		return func(row []float32, y int) {
			for x, v := range img.Y[img.YOffset(left, y):][:len(row)] {
				row[x] = float32(v)
			}
		}
	case *image.Gray:
		return func(row []float32, y int) {
			for x, v := range img.Pix[img.PixOffset(left, y):][:len(row)] {
				row[x] = float32(v)
			}
		}
	case *image.Paletted:
		var known [256]float32
		for i, c := range img.Palette {
			known[i] = onWhite(c)
		}
		return func(row []float32, y int) {
			for x, v := range img.Pix[img.PixOffset(left, y):][:len(row)] {
				row[x] = known[v]
			}
		}
	case *image.RGBA:
		return func(row []float32, y int) {
			pix := img.Pix[img.PixOffset(left, y):][:4*len(row)]
			for x := range row {
				p := pix[4*x : 4*x+4]
				row[x] = luma(uint32(p[0]), uint32(p[1]), uint32(p[2])) + float32(255-p[3])
			}
		}
	case *image.NRGBA:
		return func(row []float32, y int) {
			pix := img.Pix[img.PixOffset(left, y):][:4*len(row)]
			for x := range row {
				p := pix[4*x : 4*x+4]
				row[x] = luma(uint32(p[0]), uint32(p[1]), uint32(p[2]))
				if p[3] != 255 {
					row[x] = float32(float32(row[x]*float32(p[3]))/255) + float32(255-p[3])
				}
			}
		}
	}
	return func(row []float32, y int) {
		for x := range row {
			row[x] = onWhite(img.At(left+x, y))
		}
	}
}

// onWhite is how bright a colour is before white.
func onWhite(c color.Color) float32 {
	r, g, b, a := c.RGBA()
	return float32((luma(r, g, b) + float32(0xffff-a)) / 257)
}

// small blurs a picture and takes 64 × 64 points of it. Two boxes in each direction are a tent, whose size follows that of
// the picture.
func (l light) small() (s small) {
	blurred := make([]float32, len(l.at))
	across, down := window(l.width), window(l.height)
	for range 2 {
		for y := range l.height {
			box(blurred[y*l.width:], l.at[y*l.width:], l.width, 1, across)
		}
		for x := range l.width {
			box(l.at[x:], blurred[x:], l.height, l.width, down)
		}
	}
	for i := range s {
		y := (2*i + 1) * l.height / (2 * side)
		for j := range s[i] {
			x := (2*j + 1) * l.width / (2 * side)
			s[i][j] = l.at[y*l.width+x]
		}
	}
	return s
}

// window is how many points are one, of so many: half of what becomes one of the small picture.
func window(points int) int { return (points + 2*side - 1) / (2 * side) }

// box writes the mean of a window around each point, as far as the window is in the picture.
func box(out, in []float32, points, stride, window int) {
	var sum float32
	right, ahead := -1, (window+2)/2-1
	for i := range points {
		for right < min(i+ahead, points-1) {
			right++
			sum += in[right*stride]
		}
		left := i + ahead - window
		if left >= 0 {
			sum -= in[left*stride]
		}
		out[i*stride] = sum / float32(right-max(left, -1))
	}
}
