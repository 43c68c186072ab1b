package draw

import (
	"bytes"
	"image/color"
	"image/png"
	"testing"
)

// Every sign is a small file, shows something well within the circle that clients cut it to,
// and none is taken for another.
func TestSigns(t *testing.T) {
	seen := map[string]Sign{}
	colours := map[color.Color]Sign{}
	for _, s := range []Sign{Scales, Moderators, List} {
		file := s.PNG()
		if len(file) > 16<<10 {
			t.Errorf("sign %d has %d bytes", s, len(file))
		}
		if other, taken := seen[string(file)]; taken {
			t.Errorf("sign %d is sign %d", s, other)
		}
		seen[string(file)] = s
		if !bytes.Equal(file, s.PNG()) {
			t.Errorf("sign %d is another each time", s)
		}
		m, err := png.Decode(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		back, white, size := m.At(0, 0), 0, m.Bounds().Dx()
		if other, taken := colours[back]; taken {
			t.Errorf("sign %d has the colour of sign %d", s, other)
		}
		colours[back] = s
		for y := range size {
			for x := range size {
				r, g, b, _ := m.At(x, y).RGBA()
				if r&g&b != 0xffff {
					continue
				}
				white++
				if dx, dy := x-size/2, y-size/2; dx*dx+dy*dy > size*size/4 {
					t.Fatalf("sign %d is cut at %d, %d", s, x, y)
				}
			}
		}
		if share := white * 100 / (size * size); share < 4 || share > 40 {
			t.Errorf("%d %% of sign %d are drawn", share, s)
		}
	}
}
