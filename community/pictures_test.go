package community

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/community/loop"
	"forseti/content"
	"forseti/images"
	"forseti/matrix"
	"forseti/protections/kit"
)

// stripes is a picture with much to see, another for each seed.
func stripes(seed int) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, 240, 180))
	for y := range 180 {
		for x := range 240 {
			v := (x*(3+seed%7) ^ y*(5+seed%11)) + x*y/(20+seed)
			img.SetNRGBA(x, y, color.NRGBA{uint8(v), uint8(v * 2), uint8(200 - x/2), 255})
		}
	}
	for i := range 12 {
		cx, cy, r := (i*37*(seed+3))%240, (i*53*(seed+5))%180, 14+(i*seed)%20
		for y := max(0, cy-r); y < min(180, cy+r); y++ {
			for x := max(0, cx-r); x < min(240, cx+r); x++ {
				img.SetNRGBA(x, y, color.NRGBA{uint8(20 * i), uint8(255 - 20*i), uint8(i * seed), 255})
			}
		}
	}
	return img
}

func pngOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func jpegOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 60}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// media is a server of files, some of which never come.
type media struct {
	mu    sync.Mutex
	files map[string][]byte
	asked []string
	free  chan struct{} // closed, it lets those go that are slow
}

func (m *media) Media(ctx context.Context, of matrix.Media) ([]byte, error) {
	m.mu.Lock()
	m.asked = append(m.asked, of.Address)
	file, known := m.files[of.Address]
	m.mu.Unlock()
	switch {
	case strings.Contains(of.Address, "slow"):
		select {
		case <-m.free:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	case strings.Contains(of.Address, "panic"):
		panic("a bug")
	case !known:
		return nil, &action.Failure{Kind: action.Gone, Err: errors.New("404")}
	case int64(len(file)) > of.Most:
		return nil, &action.Failure{Kind: action.TooLarge, Err: errors.New("too large")}
	case of.Sealed && of.Key != "right":
		return nil, &action.Failure{Kind: action.Invalid, Err: errors.New("hash mismatch")}
	}
	return file, nil
}

func (m *media) times(address string) (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, a := range m.asked {
		if a == address {
			n++
		}
	}
	return n
}

// gallery is the part that compares pictures, with an owner and a server of its own.
type gallery struct {
	*pictures
	media *media
	hits  chan string // addresses of what is found
	t     *testing.T
}

func newGallery(t *testing.T) *gallery {
	t.Helper()
	c := governed(t, allPower)
	l := loop.New()
	g := &gallery{media: &media{files: map[string][]byte{}, free: make(chan struct{})}, hits: make(chan string, 1000), t: t}
	g.pictures = &pictures{
		loop: l, log: zerolog.Nop(), commits: c.commits, speaker: c.speaker, viewer: &viewer{home: g.media}, known: prints{of: map[string]seenFile{}},
		looked: func(l kit.Look, _ kit.Sighting, _ time.Time) bool {
			g.hits <- l.File.Address
			return true
		},
	}
	ctx, cancel := context.WithCancel(t.Context())
	l.Begin(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.Run(func() time.Duration {
			if g.next(time.Now()) {
				return 0
			}
			return time.Hour
		})
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		l.Wait()
	})
	return g
}

func (g *gallery) ban(file []byte, places ...string) images.Sum {
	g.t.Helper()
	print := images.Of(file)
	if !print.Telling() && print.Unread == "" {
		g.t.Fatalf("it has quality %d", print.Quality)
	}
	g.loop.See(func() {
		g.shelf.Put(images.Banned{Sum: print.Sum, Seen: print.Seen[0], Quality: print.Quality, Addresses: places})
	})
	return print.Sum
}

// shows has files be shown, by somebody.
func (g *gallery) shows(by id.UserID, files ...content.File) {
	g.loop.See(func() {
		for _, f := range files {
			g.look(kit.Look{Signal: kit.Signal{Sender: by, Event: &event.Event{}}, File: f, Bounds: kit.Bounds{Distance: 31, Most: 1 << 20, PerMinute: 100, PerSender: 100}})
		}
	})
}

// all gives what was found once nothing is under way any more.
func (g *gallery) all() (found []string) {
	g.t.Helper()
	deadline := time.After(30 * time.Second)
	for busy := true; busy; {
		g.loop.See(func() { busy = g.line.Len() > 0 || len(g.ready) > 0 })
		select {
		case at := <-g.hits:
			found = append(found, at)
		case <-deadline:
			g.t.Fatal("it goes on and on")
		default:
		}
	}
	for len(g.hits) > 0 {
		found = append(found, <-g.hits)
	}
	return found
}

// Whatever strangers' servers answer, only what is banned is found, and all else goes on.
func TestPicturesAreCompared(t *testing.T) {
	g := newGallery(t)
	g.ban(pngOf(t, stripes(1)))
	bomb := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\xff\xff\x00\x00\xff\xff\x08\x02\x00\x00\x00"), make([]byte, 100)...)
	maps.Copy(g.media.files, map[string][]byte{
		"mxc://a/same": pngOf(t, stripes(1)), "mxc://a/anew": jpegOf(t, stripes(1)), "mxc://a/other": pngOf(t, stripes(2)),
		"mxc://a/bomb": bomb, "mxc://a/text": []byte("<html>"), "mxc://a/nothing": {}, "mxc://a/much": make([]byte, 2<<20), "mxc://a/sealed": pngOf(t, stripes(1)),
		"mxc://a/half": pngOf(t, stripes(1))[:500],
	})
	for _, c := range []struct {
		name  string
		file  content.File
		found bool
		asked int
	}{
		{"the same", content.File{Address: "mxc://a/same"}, true, 1},
		{"once more, which asks nobody", content.File{Address: "mxc://a/same"}, true, 1},
		{"compressed anew", content.File{Address: "mxc://a/anew", Type: "text/plain", Size: 3}, true, 1},
		{"another", content.File{Address: "mxc://a/other"}, false, 1},
		{"another, once more", content.File{Address: "mxc://a/other"}, false, 1},
		{"a bomb", content.File{Address: "mxc://a/bomb", Type: "image/png"}, false, 1},
		{"a page", content.File{Address: "mxc://a/text", Type: "image/png"}, false, 1},
		{"half of it", content.File{Address: "mxc://a/half"}, false, 1},
		{"nothing", content.File{Address: "mxc://a/nothing"}, false, 1},
		{"more than it says", content.File{Address: "mxc://a/much", Size: 10}, false, 1},
		{"more than it says, again", content.File{Address: "mxc://a/much", Size: 10}, false, 1},
		{"more than it may be, as it says", content.File{Address: "mxc://a/large", Size: 100 << 20}, false, 0},
		{"gone", content.File{Address: "mxc://a/gone"}, false, 1},
		{"with another's key", content.File{Address: "mxc://a/sealed", Encrypted: true, Key: "wrong"}, false, 1},
		{"with the right one", content.File{Address: "mxc://a/sealed", Encrypted: true, Key: "right"}, true, 2},
		{"what breaks us", content.File{Address: "mxc://a/panic"}, false, 1},
		{"and after that", content.File{Address: "mxc://a/same"}, true, 1},
	} {
		g.shows("@u:hs", c.file)
		if found := g.all(); (len(found) == 1) != c.found || len(found) > 1 {
			t.Errorf("%s: found %q", c.name, found)
		}
		if n := g.media.times(c.file.Address); n != c.asked {
			t.Errorf("%s: asked %d times", c.name, n)
		}
	}
}

// One picture is downloaded once, whether rooms only look at it or not, and in whichever order they ask; and as much of
// it as the room needs that allows most.
func TestAPictureIsDownloadedOnce(t *testing.T) {
	const address = "mxc://a/1"
	picture := pngOf(t, stripes(1))
	least, most := int64(len(picture)-1), int64(len(picture))
	for _, tc := range []struct {
		name   string
		asks   []kit.Mode
		bounds []int64
		pause  bool // one is told before the next asks
		asked  int
		found  int
	}{
		{"on, then in shadow", []kit.Mode{kit.On, kit.Shadow}, []int64{most, most}, false, 1, 2},
		{"in shadow, then on", []kit.Mode{kit.Shadow, kit.On}, []int64{most, most}, false, 1, 2},
		{"in shadow, then on, once it is known", []kit.Mode{kit.Shadow, kit.On, kit.Shadow}, []int64{most, most, most}, true, 1, 3},
		{"in shadow for less, then on", []kit.Mode{kit.Shadow, kit.On}, []int64{least, most}, false, 1, 2},
		{"on for less, once that is known", []kit.Mode{kit.On, kit.Shadow, kit.On}, []int64{least, most, least}, true, 2, 2},
		{"too large for all", []kit.Mode{kit.On, kit.Shadow}, []int64{least, least}, true, 1, 0},
	} {
		g := newGallery(t)
		g.ban(picture)
		g.media.files[address] = picture
		var looks []kit.Look
		for i, mode := range tc.asks {
			looks = append(looks, lookIn(t, mode, kit.Look{
				Signal: kit.Signal{Sender: "@u:hs", Event: &event.Event{}}, File: content.File{Address: address}, Bounds: kit.Bounds{Distance: 31, Most: tc.bounds[i], PerMinute: 100, PerSender: 100},
			}))
		}
		found := 0
		if tc.pause {
			for _, l := range looks {
				g.loop.See(func() { g.look(l) })
				found += len(g.all())
			}
		} else {
			g.loop.See(func() {
				for _, l := range looks {
					g.look(l)
				}
			})
			found = len(g.all())
		}
		if asked := g.media.times(address); asked != tc.asked || found != tc.found {
			t.Errorf("%s: asked %d times, found %d times", tc.name, asked, found)
		}
	}
}

// lookIn is a look that a protection asks for in a mode.
func lookIn(t *testing.T, mode kit.Mode, l kit.Look) (asked kit.Look) {
	t.Helper()
	set := kit.NewSet(benchSelf, nil)
	set.Look = func(of kit.Look) { asked = of }
	var given *kit.Given
	set.Use(kit.Kind{Name: "looks", New: func(g *kit.Given) kit.Protection {
		given = g
		return nil
	}}, kit.Standing{Mode: mode})
	given.Look(l.Signal, l.File, l.Bounds)
	if asked.Shade() != (mode == kit.Shadow) {
		t.Fatalf("in %s: %+v", mode, asked)
	}
	return asked
}

// Nothing is downloaded before moderators ask for it, and nothing for what is known already.
func TestNothingIsDownloadedUnasked(t *testing.T) {
	g := newGallery(t)
	g.media.files["mxc://a/1"] = pngOf(t, stripes(1))
	g.shows("@u:hs", content.File{Address: "mxc://a/1"})
	if found := g.all(); len(found) > 0 || len(g.media.asked) > 0 {
		t.Errorf("found %q, asked %q", found, g.media.asked)
	}
	sum := g.ban(pngOf(t, stripes(1)), "mxc://b/known")
	g.loop.See(func() {
		b, _ := g.shelf.Get(sum)
		b.Sealed = []string{"a+b/c"}
		g.shelf.Put(b)
	})
	g.shows("@u:hs", content.File{Address: "mxc://b/known"}, content.File{Address: "mxc://c/1", Encrypted: true, SHA256: "a-b_c="})
	if found := g.all(); len(found) != 2 || len(g.media.asked) > 0 {
		t.Errorf("found %q, asked %q", found, g.media.asked)
	}
	g.loop.See(func() { g.shelf.Take(sum) })
	g.shows("@u:hs", content.File{Address: "mxc://b/known"}, content.File{Address: "mxc://a/1"})
	if found := g.all(); len(found) > 0 || len(g.media.asked) > 0 {
		t.Errorf("taken out: found %q, asked %q", found, g.media.asked)
	}
}

// A server that never answers holds up neither the owner nor other servers' pictures.
func TestASlowServerHoldsUpNobody(t *testing.T) {
	g := newGallery(t)
	g.ban(pngOf(t, stripes(1)))
	g.media.files["mxc://quick/1"] = jpegOf(t, stripes(1))
	for i := range 15 {
		g.shows("@u:hs", content.File{Address: fmt.Sprint("mxc://slow/", i)})
	}
	g.shows("@v:hs", content.File{Address: "mxc://quick/1"})
	select {
	case at := <-g.hits:
		if at != "mxc://quick/1" {
			t.Errorf("found %s", at)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("it is held up")
	}
	waits := 0
	g.loop.See(func() { waits = g.line.Len() })
	if waits != 15 {
		t.Errorf("%d wait", waits)
	}
	close(g.media.free)
}

// What is stored is what was there, and what cannot be read takes nothing else with it.
func TestPicturesAreLoaded(t *testing.T) {
	g := newGallery(t)
	print := images.Of(pngOf(t, stripes(1)))
	raw, err := json.Marshal(images.Banned{Seen: print.Seen[0], Quality: print.Quality, By: "@mod:hs", Reason: "gore", Hits: 3})
	if err != nil {
		t.Fatal(err)
	}
	g.load(map[string]json.RawMessage{print.Sum.String(): raw, "nonsense": raw, images.Sum{1}.String(): json.RawMessage(`7`)})
	if b, found := g.shelf.Get(print.Sum); !found || b.Hits != 3 || b.Seen != print.Seen[0] || g.shelf.Len() != 1 {
		t.Errorf("loaded %+v of %d", b, g.shelf.Len())
	}
	if _, found := g.shelf.Find(images.Of(jpegOf(t, stripes(1))), 31); !found {
		t.Error("not known again")
	}
}
