package pdq

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// drawn makes a picture of soft shapes in all sizes, another for each seed, by whole numbers only, so that it is the same
// wherever it is made.
func drawn(seed uint32, width, height int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	next := func(n int) int {
		seed = seed*1664525 + 1013904223
		return int(seed>>8) % n
	}
	const shapes = 40
	var all [shapes]struct{ x, y, r, c int }
	for i := range all {
		all[i].x, all[i].y, all[i].r, all[i].c = next(width), next(height), 1+next((width+height)/6), next(3)
	}
	clamp := func(v int) uint8 { return uint8(max(0, min(v, 255))) }
	for y := range height {
		for x := range width {
			sum := [3]int{40 + 60*x/width, 40 + 60*y/height, 80}
			for i, s := range all {
				d := (x-s.x)*(x-s.x) + (y-s.y)*(y-s.y)
				if d < s.r*s.r {
					sum[s.c] += (1 - 2*(i%2)) * (90 - 90*d/(s.r*s.r))
				}
			}
			img.SetNRGBA(x, y, color.NRGBA{clamp(sum[0]), clamp(sum[1]), clamp(sum[2]), 255})
		}
	}
	return img
}

// What the program of those who made PDQ says of these pictures (the Python package pdqhash, version 0.2.8, which is made of
// it), given their points: not one bit may differ.
func TestAgainstTheReference(t *testing.T) {
	for _, c := range []struct {
		seed          uint32
		width, height int
		hash          string
		quality       int
	}{
		{1, 64, 64, "0ecd39cf64fde239de7203c3599a618eac356e2c9982e141d329660c1d566eeb", 56},
		{2, 128, 128, "2dcc3e1b5b6ef93ac03de8168eb2a7855ea725f207c3c341a986e77914867825", 70},
		{3, 200, 150, "ac508c589e4521723f2445cca5bc5b3361f46d4386734b3becf4cee63b0bb1a5", 79},
		{4, 97, 331, "fef0e2b8f18e608d92bc6234c11c8183e26cf9fbe67e89086203bf391f19de51", 84},
		{5, 512, 512, "e6f54cdcd9286c71f3a818b0a3473ca3d98ebc5677689933a634534cb89b8349", 91},
		{6, 640, 480, "639f37449c73e90e5b29623d3cf198b7a35c2814b30c8523b9a51dc7c694f6d8", 77},
		{7, 1000, 700, "7838783c9d2e84c5e7e3c3637a3d383d583e07a283e3fc001ed27c523d1e455e", 64},
		{8, 7, 9, "9386652996dae58b6d293a949a34c56b65cbc56392761a74692d9ad4e47b289d", 89},
		{9, 300, 20, "6ece6cdac8544d9bcd56ec998e566498ccd6e993ccb2c993a954166aa254c66c", 100},
		{10, 33, 500, "d81e268b8ac93574cbea7534c203ad06ae4da5817455cbea3df4baba2082eecf", 100},
	} {
		if h, q := Of(drawn(c.seed, c.width, c.height)); h.String() != c.hash || q != c.quality {
			t.Errorf("picture %d: %s of quality %d, and not %s of %d", c.seed, h, q, c.hash, c.quality)
		}
	}
}

// The pictures and hashes that those who made PDQ publish (facebook/ThreatExchange, pdq/data and
// pdq/wasm/test/TestData/PDQMD5TestData.csv, of their C++), some of the smaller ones: decoders of JPEG differ, so that they call
// right what is within 10 bits if the quality is 80 or more. Of those that need not be made smaller first no bit differs.
func TestPublishedVectors(t *testing.T) {
	for name, c := range map[string]struct {
		hash          string
		quality, most int
	}{
		"shrink-a-lot.jpg":   {"d0f8f1ccc0f4a84d0a370a3a228f67f0b36e2ed5b6623e1d33e6339c4e9c9b22", 80, 0},
		"square-128x128.jpg": {"d8f8f1eec0f4a84f0e37022a078f63f0b36e2ed596621e1d33e6239c4e9c9b22", 80, 0},
		"square-256x256.jpg": {"d8f8f0cec4f4a84f0637022a078f67f0b36e2ee5b6621e1d33e6239c4e9c9b22", 80, 0},
		"small.jpg":          {"0007001f003f003f007f00ff00ff00ff01ff01ff01ff03ff03ff03ff03ff03ff", 0, 0},
		"wee.jpg":            {"6227401f601ff4ccafcc9fad4b0d95d371a2eb7265a3285234d228ca94deeb2d", 80, 10},
	} {
		raw, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		img, err := jpeg.Decode(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		var want Hash
		if err := want.UnmarshalText([]byte(c.hash)); err != nil {
			t.Fatal(err)
		}
		if h, q := Of(img); h.To(want) > c.most || q < c.quality {
			t.Errorf("%s: %s of quality %d, %d bits from %s", name, h, q, h.To(want), want)
		}
	}
}

// What pdqhash says of a picture in all its positions.
func TestPositionsAgainstTheReference(t *testing.T) {
	want := []string{
		"639f37449c73e90e5b29623d3cf198b7a35c2814b30c8523b9a51dc7c694f6d8", "31bb63fcd6e9bcd23b4c9de8cca32743830f9d7a2f38583c9ca12a11b19450e3",
		"36ca9deec92643a40e7cc89769a4321de60982bee6592f896cf0b76d93c15c72", "64e6895683bc16786e19374299f68de9d65a37d07a4df29689f480bbe441f849",
		"639f88b38c7316f14b299dc23cf06748a35cd7ebb30c7adc39a5e238c6940927", "36ca6211d926bc5b1e7c376869a4cde2f60b7d41e679d076ecf0489293c1a38d",
		"31bb9c03d6e96b2d3b4c6217cca3d8bc830f62852f18a7c39ca1d5eeb114af1c", "64e636a983bcc1076e19c8bd99f67216d65ac82f7a4d0d69c9f47f44e44105b6",
	}
	all, _ := All(drawn(6, 640, 480))
	if all[0].String() != want[0] {
		t.Errorf("as it is: %s", all[0])
	}
	for _, h := range all {
		if i := slices.Index(want, h.String()); i >= 0 {
			want = slices.Delete(want, i, i+1)
		}
	}
	if len(want) > 0 {
		t.Errorf("none is %v: %v", want, all)
	}
}

// turned is a picture mirrored, or with its sides swapped.
func turned(img image.Image, mirrored, swapped bool) image.Image {
	b := img.Bounds()
	to := image.NewNRGBA(image.Rect(0, 0, pick(swapped, b.Dy(), b.Dx()), pick(swapped, b.Dx(), b.Dy())))
	for y := range b.Dy() {
		for x := range b.Dx() {
			tx, ty := x, y
			if mirrored {
				tx = b.Dx() - 1 - x
			}
			if swapped {
				tx, ty = ty, tx
			}
			to.Set(tx, ty, img.At(b.Min.X+x, b.Min.Y+y))
		}
	}
	return to
}

func pick(cond bool, yes, no int) int {
	if cond {
		return yes
	}
	return no
}

// scaled is a picture in another size, each point the mean of what was there.
func scaled(img *image.NRGBA, width, height int) image.Image {
	b, to := img.Bounds(), image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			var sum [3]int
			n := 0
			for sy := y * b.Dy() / height; sy < max((y+1)*b.Dy()/height, y*b.Dy()/height+1); sy++ {
				for sx := x * b.Dx() / width; sx < max((x+1)*b.Dx()/width, x*b.Dx()/width+1); sx++ {
					c := img.NRGBAAt(sx, sy)
					sum[0], sum[1], sum[2] = sum[0]+int(c.R), sum[1]+int(c.G), sum[2]+int(c.B)
					n++
				}
			}
			to.SetNRGBA(x, y, color.NRGBA{uint8(sum[0] / n), uint8(sum[1] / n), uint8(sum[2] / n), 255})
		}
	}
	return to
}

func compressed(t *testing.T, img image.Image, quality int) image.Image {
	t.Helper()
	var file bytes.Buffer
	if err := jpeg.Encode(&file, img, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	back, err := jpeg.Decode(&file)
	if err != nil {
		t.Fatal(err)
	}
	return back
}

func nearest(t *testing.T, img image.Image, to Hash) int {
	t.Helper()
	all, _ := All(img)
	least := len(to) * 64
	for _, h := range all {
		least = min(least, h.To(to))
	}
	return least
}

// What was done to a picture that people still take for the same one.
func TestTheSamePicture(t *testing.T) {
	const pictures = 8
	var others []image.Image
	for seed := range uint32(pictures) {
		others = append(others, drawn(200+seed, 240, 180))
	}
	for seed := range uint32(pictures) {
		img := drawn(100+seed, 240, 180)
		h, quality := Of(img)
		if quality < Quality {
			t.Fatalf("picture %d has quality %d", seed, quality)
		}
		for what, other := range map[string]image.Image{
			"compressed":             compressed(t, img, 40),
			"smaller":                scaled(img, 120, 90),
			"larger":                 scaled(img, 1100, 825),
			"smaller and compressed": compressed(t, scaled(img, 160, 120), 60),
			"mirrored":               turned(img, true, false),
			"turned by 90 degrees":   turned(img, true, true),
			"swapped":                turned(img, false, true),
		} {
			if d := nearest(t, other, h); d > Distance {
				t.Errorf("picture %d, %s: differs in %d bits", seed, what, d)
			}
		}
		for i, other := range others {
			if d := nearest(t, other, h); d <= Distance {
				t.Errorf("picture %d is taken for another, %d: they differ in %d bits", seed, i, d)
			}
		}
	}
}

// A hash of nothing to see matches anything else with nothing to see, so its quality must say that.
func TestNothingToSee(t *testing.T) {
	flat := image.NewNRGBA(image.Rect(0, 0, 300, 200))
	draw.Draw(flat, flat.Bounds(), image.NewUniform(color.NRGBA{200, 30, 30, 255}), image.Point{}, draw.Src)
	corner := image.NewNRGBA(image.Rect(0, 0, 300, 200))
	draw.Draw(corner, corner.Bounds(), image.White, image.Point{}, draw.Src)
	draw.Draw(corner, image.Rect(0, 0, 20, 20), image.Black, image.Point{}, draw.Src)
	for what, img := range map[string]image.Image{
		"one colour": flat, "a dot": corner, "transparent": image.NewNRGBA(image.Rect(0, 0, 50, 50)), "a few points": drawn(1, 4, 4),
		"nothing": image.NewGray(image.Rectangle{}), "a line": drawn(1, 3000, 1),
	} {
		if _, quality := Of(img); quality >= Quality {
			t.Errorf("%s has quality %d", what, quality)
		}
	}
}

// However a picture is kept in memory, and wherever it begins, it is the same.
func TestKindsOfPicture(t *testing.T) {
	img := drawn(3, 320, 240)
	want, _ := Of(img)
	into := func(to draw.Image) image.Image {
		draw.Draw(to, to.Bounds(), img, image.Point{}, draw.Src)
		return to
	}
	elsewhere := image.Rect(-7, 11, 313, 251)
	framed := image.NewNRGBA(image.Rect(0, 0, 400, 300))
	draw.Draw(framed, image.Rect(40, 30, 360, 270), img, image.Point{}, draw.Src)
	var palette color.Palette
	for i := range 256 {
		palette = append(palette, color.Gray{uint8(i)})
	}
	paletted := image.NewPaletted(elsewhere, palette)
	copy(paletted.Pix, into(image.NewGray(elsewhere)).(*image.Gray).Pix)
	for what, other := range map[string]image.Image{
		"RGBA": into(image.NewRGBA(elsewhere)), "RGBA64": into(image.NewRGBA64(elsewhere)), "NRGBA64": into(image.NewNRGBA64(elsewhere)),
		"Gray": into(image.NewGray(elsewhere)), "Paletted": paletted,
		"a part": framed.SubImage(image.Rect(40, 30, 360, 270)), "YCbCr": compressed(t, img, 100),
	} {
		if h, _ := Of(other); h.To(want) > 4 {
			t.Errorf("%s differs in %d bits", what, h.To(want))
		}
	}
}

// What is hidden below transparency nobody sees, so it counts for nothing.
func TestTransparency(t *testing.T) {
	cut := func(below *image.NRGBA) image.Image {
		img := drawn(3, 320, 240)
		for y := range 100 {
			for x := range 320 {
				c := below.NRGBAAt(x, y)
				c.A = 0
				img.SetNRGBA(x, y, c)
			}
		}
		return img
	}
	one, _ := Of(cut(drawn(20, 320, 240)))
	other, _ := Of(cut(drawn(21, 320, 240)))
	if one != other {
		t.Errorf("differ in %d bits", one.To(other))
	}
}

func TestParse(t *testing.T) {
	h, _ := Of(drawn(1, 64, 64))
	if back, err := Parse(h.String()); err != nil || back != h {
		t.Errorf("%s became %s: %v", h, back, err)
	}
	for _, bad := range []string{"", "00", h.String() + "00", h.String()[:62] + "zz"} {
		if _, err := Parse(bad); err == nil {
			t.Errorf("%q is a hash", bad)
		}
	}
	if (Hash{}).To(Hash{^uint64(0), ^uint64(0), ^uint64(0), ^uint64(0)}) != 256 {
		t.Error("256 bits differ")
	}
}

func BenchmarkAll(b *testing.B) {
	img := drawn(1, 1600, 1200)
	for b.Loop() {
		All(img)
	}
}
