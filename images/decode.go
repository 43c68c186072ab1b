package images

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/webp"
)

// mostSpace is how many bytes of memory a picture may take that is decoded. It bounds the time as well: no decoder here takes
// more than some tens of ns for each of them.
const mostSpace = 128 << 20

// format is one kind of file. It is told by how it begins, and not by what its sender says.
type format struct {
	begins func(file []byte) bool
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
	space  func(c image.Config, file []byte) int // bytes for each point
}

func starts(with string) func([]byte) bool {
	return func(file []byte) bool { return bytes.HasPrefix(file, []byte(with)) }
}

// formats are those that are read. Of a GIF that is the first picture, and of a moving PNG what stands for it where it does
// not move.
func formats() []format {
	return []format{
		{starts("\x89PNG\r\n\x1a\n"), png.DecodeConfig, png.Decode, byModel},
		{starts("\xff\xd8"), jpeg.DecodeConfig, jpeg.Decode, ofJPEG},
		{starts("GIF8"), gif.DecodeConfig, gif.Decode, func(image.Config, []byte) int { return 2 }},
		{func(file []byte) bool {
			return len(file) > 12 && string(file[:4]) == "RIFF" && string(file[8:12]) == "WEBP"
		}, webp.DecodeConfig, webp.Decode,
			func(image.Config, []byte) int { return 8 }},
	}
}

// byModel is what a point takes by what colours there are.
func byModel(c image.Config, _ []byte) int {
	switch c.ColorModel {
	case color.GrayModel:
		return 1
	case color.Gray16Model:
		return 2
	case color.RGBA64Model, color.NRGBA64Model:
		return 8
	}
	return 4
}

// ofJPEG is what a point of a JPEG file takes. One that comes in several passes is kept as its waves until the last of them.
// What says so cannot be within what is coded, and elsewhere it only makes us more careful.
//
// https://www.w3.org/Graphics/JPEG/itu-t81.pdf, B.1.1.3
func ofJPEG(_ image.Config, file []byte) int {
	if bytes.Contains(file, []byte{0xff, 0xc2}) {
		return 20
	}
	return 4
}

var errFormat = errors.New("is of no kind of picture that I can look at")

// decode reads a file, if it says that it does not take too much. What lies about that the decoders refuse, for they set
// the picture's space aside by the same words.
func decode(file []byte) (image.Image, error) {
	for _, f := range formats() {
		if !f.begins(file) {
			continue
		}
		c, err := f.config(bytes.NewReader(file))
		if err != nil {
			return nil, errBroken
		}
		if most := mostSpace / f.space(c, file); c.Width <= 0 || c.Height <= 0 || c.Width > most || c.Height > most/c.Width {
			return nil, fmt.Errorf("is too large to look at (%d × %d points)", c.Width, c.Height)
		}
		img, err := f.decode(bytes.NewReader(file))
		if err != nil {
			return nil, errBroken
		}
		return img, nil
	}
	return nil, errFormat
}
