package images

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"strings"
	"testing"

	"forseti/pdq"
)

// shapes is a picture with much to see, another for each seed.
func shapes(seed uint64, width, height int) *image.NRGBA {
	r := rand.New(rand.NewPCG(seed, 1))
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	for range 60 {
		cx, cy, rr := r.IntN(width), r.IntN(height), 2+r.IntN((width+height)/8)
		c := color.NRGBA{uint8(r.IntN(256)), uint8(r.IntN(256)), uint8(r.IntN(256)), 255}
		for y := max(cy-rr, 0); y < min(cy+rr, height); y++ {
			for x := max(cx-rr, 0); x < min(cx+rr, width); x++ {
				if (x-cx)*(x-cx)+(y-cy)*(y-cy) < rr*rr {
					img.SetNRGBA(x, y, c)
				}
			}
		}
	}
	return img
}

func asPNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asJPEG(t testing.TB, img image.Image, quality int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asGIF(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := gif.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// wide is a PNG that says it has so many points, and has a few.
func wide(width, height uint32, colours byte) []byte {
	var b bytes.Buffer
	b.WriteString("\x89PNG\r\n\x1a\n")
	chunk := func(name string, data []byte) {
		_ = binary.Write(&b, binary.BigEndian, uint32(len(data)))
		b.WriteString(name)
		b.Write(data)
		_ = binary.Write(&b, binary.BigEndian, crc32.ChecksumIEEE(append([]byte(name), data...)))
	}
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, width), height)
	chunk("IHDR", append(head, 8, colours, 0, 0, 0))
	var z bytes.Buffer
	w := zlib.NewWriter(&z)
	_, _ = w.Write(make([]byte, 1<<16))
	_ = w.Close()
	chunk("IDAT", z.Bytes())
	chunk("IEND", nil)
	return b.Bytes()
}

// What a file is goes by how it begins, and whatever it is, it is known by its bytes.
func TestWhatIsLookedAt(t *testing.T) {
	img := shapes(1, 200, 150)
	whole := asPNG(t, img)
	for _, c := range []struct {
		name, unread string
		file         []byte
	}{
		{"PNG", "", whole},
		{"JPEG", "", asJPEG(t, img, 90)},
		{"GIF", "", asGIF(t, img)},
		{"nothing", "no kind", nil},
		{"text", "no kind", []byte("hello")},
		{"SVG", "no kind", []byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`)},
		{"half a PNG", "broken", whole[:len(whole)/2]},
		{"the head of a JPEG", "broken", []byte("\xff\xd8")},
		{"the head of a WebP", "broken", []byte("RIFF\xff\xff\xff\xffWEBPVP8L\xff\xff\xff\xff")},
		{"a picture of no height", "broken", wide(100, 0, 2)},
		{"a bomb", "too large", wide(60_000, 60_000, 2)},
		{"a bomb of one line", "too large", wide(1<<31-1, 1, 2)},
		{"one that has less than it says", "broken", wide(4000, 4000, 2)},
	} {
		p := Of(c.file)
		if (p.Unread == "") != (c.unread == "") || !strings.Contains(p.Unread, c.unread) {
			t.Errorf("%s: %q", c.name, p.Unread)
		}
		if p.Telling() != (c.unread == "") {
			t.Errorf("%s has quality %d", c.name, p.Quality)
		}
		if p.Sum == (Sum{}) {
			t.Errorf("%s has no sum", c.name)
		}
	}
}

// A picture that comes in passes takes more to read.
func TestSpaceOfJPEG(t *testing.T) {
	if ofJPEG(image.Config{}, []byte("\xff\xd8\xff\xc2\x00")) <= ofJPEG(image.Config{}, asJPEG(t, shapes(1, 64, 64), 90)) {
		t.Error("passes cost nothing")
	}
}

func TestFind(t *testing.T) {
	var x Index
	banned := Of(asPNG(t, shapes(1, 300, 200)))
	grey := image.NewGray(image.Rect(0, 0, 300, 200))
	flat := Of(asPNG(t, grey))
	x.Add(banned.Sum, banned.Seen[0], banned.Quality)
	x.Add(flat.Sum, flat.Seen[0], flat.Quality)
	grey.Set(1, 1, color.White)
	find := func(file []byte, distance int) (Match, bool) { return x.Find(Of(file), distance) }
	if m, found := find(asPNG(t, shapes(1, 300, 200)), 0); !found || !m.Exact || m.Sum != banned.Sum {
		t.Errorf("the same file: %v, %v", m, found)
	}
	if m, found := find(asJPEG(t, shapes(1, 300, 200), 50), pdq.Distance); !found || m.Exact || m.Sum != banned.Sum {
		t.Errorf("compressed: %v, %v", m, found)
	}
	if m, found := find(asPNG(t, image.NewGray(image.Rect(0, 0, 300, 200))), 0); !found || !m.Exact || m.Sum != flat.Sum {
		t.Errorf("the same file of one colour: %v, %v", m, found)
	}
	for name, file := range map[string][]byte{
		"another": asPNG(t, shapes(2, 300, 200)), "nearly one colour": asPNG(t, grey), "no picture": []byte("hello"),
	} {
		if m, found := find(file, pdq.Distance); found {
			t.Errorf("%s is found: %v", name, m)
		}
	}
	x.Remove(banned.Sum)
	x.Remove(banned.Sum)
	if m, found := find(asPNG(t, shapes(1, 300, 200)), pdq.Distance); found || x.Len() != 1 {
		t.Errorf("taken out, and found: %v", m)
	}
}

// changed is a hash with some bits turned.
func changed(h pdq.Hash, r *rand.Rand, n int) pdq.Hash {
	for _, at := range r.Perm(256)[:n] {
		h[at/64] ^= 1 << (at % 64)
	}
	return h
}

func anyHash(r *rand.Rand) pdq.Hash { return pdq.Hash{r.Uint64(), r.Uint64(), r.Uint64(), r.Uint64()} }

// The law: the index finds what looking at all would find, also while others come and go.
func TestFindIsLookingAtAll(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var x Index
	all := map[Sum]pdq.Hash{}
	for i := range 3000 {
		var s Sum
		binary.BigEndian.PutUint64(s[:], uint64(i%1000)) // so that some are put in again, with another hash
		h := anyHash(r)
		if len(all) > 0 && i%3 == 0 {
			for _, other := range all {
				h = changed(other, r, r.IntN(60))
				break
			}
		}
		x.Add(s, h, 100)
		all[s] = h
		if i%5 == 0 {
			for gone := range all {
				x.Remove(gone)
				delete(all, gone)
				break
			}
		}
		p := Print{Sum: Sum{1}, Quality: 100}
		for n := range p.Seen {
			p.Seen[n] = anyHash(r)
		}
		for _, h := range all {
			p.Seen[r.IntN(8)] = changed(h, r, r.IntN(50))
			break
		}
		distance := r.IntN(40)
		least, want := min(distance, pdq.Distance), false
		for _, h := range all {
			for _, seen := range p.Seen {
				if d := seen.To(h); d <= least {
					least, want = d, true
				}
			}
		}
		if m, found := x.Find(p, distance); found != want || found && m.Distance != least {
			t.Fatalf("step %d, %d bits: found %v %v, wanted %v in %d", i, distance, found, m, want, least)
		}
	}
	if x.Len() != len(all) {
		t.Errorf("%d are kept of %d", x.Len(), len(all))
	}
}

func FuzzOf(f *testing.F) {
	img := shapes(1, 40, 30)
	for _, file := range [][]byte{asPNG(f, img), asJPEG(f, img, 80), asGIF(f, img), wide(1<<20, 1<<10, 2), []byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x10\x07\x10\x11\x11\x88\x88\xfe\x07\x00")} {
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		p := Of(file)
		if p.Telling() && p.Unread != "" || p.Quality < 0 || p.Quality > 100 {
			t.Errorf("%+v", p)
		}
		if p != Of(file) {
			t.Error("it has two prints")
		}
	})
}
