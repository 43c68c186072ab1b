package community

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"forseti/action"
	"forseti/community/commits"
	"forseti/community/loop"
	"forseti/content"
	"forseti/images"
	"forseti/matrix"
	"forseti/protections/kit"
)

// Files are what people uploaded. To download one is slow.
type Files interface {
	Media(ctx context.Context, m matrix.Media) ([]byte, error)
}

// pictures compares what is shown in rooms with the pictures that moderators have banned. It downloads nothing before there
// is one, and never more than the bounds that it is asked with; none of it is the owner's work.
type pictures struct {
	loop    *loop.Loop
	log     zerolog.Logger
	commits *commits.Writer
	speaker *speaker
	viewer  *viewer
	// looked tells whoever asked what a picture is, and whether anything follows from it.
	looked func(l kit.Look, seen kit.Sighting, at time.Time) (acted bool)

	shelf images.Shelf
	line  images.Line[kit.Look]
	known prints
	ready []sighted // that were known without a download
	full  time.Time // when moderators were told last that there were too many
}

type sighted struct {
	look  kit.Look
	match images.Match
}

const (
	// imageNamespace holds the banned pictures, by their SHA-256 hash.
	imageNamespace = "image"
	// mostReady bounds what is known and was not told yet; a flood of one picture is dealt with by others.
	mostReady = 500
	// fullPause is how long moderators are not told again that there were too many.
	fullPause = time.Hour
)

func newPictures(c *Community) *pictures {
	p := &pictures{
		loop: c.loop, log: c.opts.Log, commits: c.commits, speaker: c.speaker, viewer: &viewer{home: c.opts.Homeserver}, known: prints{of: map[string]seenFile{}},
		looked: func(l kit.Look, seen kit.Sighting, at time.Time) bool {
			found := c.protectors.set.Looked(l, seen, c.world.Room(l.Signal.Room), at)
			c.protectors.carryOut(c.protectors.consequences(found, at))
			return len(found) > 0 && !c.jobs.runner.Dry()
		},
	}
	c.protectors.set.Look = p.look
	return p
}

// load takes up what moderators have banned.
func (p *pictures) load(stored map[string]json.RawMessage) {
	for sum, raw := range stored {
		var b images.Banned
		var err error
		if b.Sum, err = images.ParseSum(sum); err == nil {
			err = json.Unmarshal(raw, &b)
		}
		if err != nil {
			p.log.Err(err).Str("hash", sum).Msg("A banned picture is not read")
			continue
		}
		p.shelf.Put(b)
	}
}

// look takes in that somebody wants to know what a picture is.
func (p *pictures) look(l kit.Look) {
	if p.shelf.Len() == 0 {
		return
	}
	for _, place := range []string{l.File.Address, sealedHash(l.File)} {
		if m, found := p.shelf.At(place); found {
			p.tell(l, m)
			return
		}
	}
	key := fileKey(l.File)
	if seen, known := p.known.of[key]; known && (seen.over == 0 || l.Bounds.Most <= seen.over) {
		p.compare(l, seen.Print)
		return
	}
	if l.File.Size > l.Bounds.Most {
		return
	}
	host, _, _ := strings.Cut(strings.TrimPrefix(l.File.Address, "mxc://"), "/")
	wish := images.Wish{Key: key, Host: host, Most: l.Bounds.Most, Sender: string(l.Signal.Sender), PerMinute: l.Bounds.PerMinute, PerSender: l.Bounds.PerSender, Shade: l.Shade()}
	if now := time.Now(); !p.line.Add(wish, l) && !wish.Shade && now.Sub(p.full) >= fullPause {
		p.full = now
		p.speaker.tell("More pictures are posted than I can look at, so some of them are not compared with those that you banned. The settings `downloads` and `downloads-sender` of the protection `known-images` say how many I look at in a minute.")
	}
}

// fileKey says which file it is, and how it is read: the same file is another picture with another key.
func fileKey(f content.File) string {
	return strings.Join([]string{f.Address, f.Key, f.Vector, f.SHA256}, "\x00")
}

// sealedHash is what an encrypted file's hash is, by its sender's word, in one way of writing; "" if it has none.
func sealedHash(f content.File) string {
	if !f.Encrypted {
		return ""
	}
	return strings.NewReplacer("-", "+", "_", "/", "=", "").Replace(f.SHA256)
}

func (p *pictures) compare(l kit.Look, print images.Print) {
	if m, found := p.shelf.Find(print, l.Bounds.Distance); found {
		p.tell(l, m)
	}
}

func (p *pictures) tell(l kit.Look, m images.Match) {
	if len(p.ready) < mostReady {
		p.ready = append(p.ready, sighted{l, m})
	}
}

// next tells what is known, and begins to download what may be; true if there is more to do.
func (p *pictures) next(now time.Time) bool {
	told := min(len(p.ready), crowd)
	for _, s := range p.ready[:told] {
		b, still := p.shelf.Get(s.match.Sum)
		if !still {
			continue
		}
		if p.looked(s.look, kit.Sighting{Match: s.match, Why: b.Reason}, now) {
			if b, still = p.shelf.Hit(b.Sum, now); still {
				p.commits.Setting(imageNamespace, b.Sum.String(), b)
			}
		}
	}
	p.ready = append([]sighted(nil), p.ready[told:]...)
	for {
		wish, first, ok := p.line.Next(now)
		if !ok {
			return len(p.ready) > 0
		}
		p.download(wish, first.File)
	}
}

func (p *pictures) download(wish images.Wish, f content.File) {
	failed := func(err error) { p.came(wish, images.Print{}, err) }
	p.loop.Later("look at a picture", func(ctx context.Context) {
		print, err := p.viewer.view(ctx, f, wish.Most)
		p.loop.Post(func() { p.came(wish, print, err) })
	}, failed)
}

// came takes in a picture that was downloaded, or that it cannot be. One that is too large for where it was looked at
// first may not be for another room.
func (p *pictures) came(wish images.Wish, print images.Print, err error) {
	waiting := p.line.Done(wish.Key)
	if err != nil {
		p.log.Debug().Err(err).Msg("A picture is not compared with the banned ones")
		switch action.FailureOf(err).Kind {
		case action.Invalid:
			p.known.add(wish.Key, seenFile{}) // it stays so
		case action.TooLarge:
			p.known.add(wish.Key, seenFile{over: wish.Most})
			for _, l := range waiting {
				p.look(l)
			}
		default:
		}
		return
	}
	p.known.add(wish.Key, seenFile{Print: print})
	for _, l := range waiting {
		p.compare(l, print)
	}
}

// prints are those of the files that were downloaded last.
type prints struct {
	of    map[string]seenFile
	order []string // a ring
	next  int
}

// seenFile is what is known of a file: that it is larger than so many bytes, or else its print.
type seenFile struct {
	images.Print

	over int64
}

const mostPrints = 2000

func (p *prints) add(key string, print seenFile) {
	if _, known := p.of[key]; !known {
		if len(p.order) < mostPrints {
			p.order = append(p.order, key)
		} else {
			delete(p.of, p.order[p.next])
			p.order[p.next] = key
			p.next = (p.next + 1) % mostPrints
		}
	}
	p.of[key] = print
}

// viewer downloads pictures and looks at them.
type viewer struct {
	home Files
	one  sync.Mutex // held while one is decoded, for that takes space
}

// view downloads a picture, and gives what it is known again by.
func (v *viewer) view(ctx context.Context, f content.File, most int64) (images.Print, error) {
	file, err := v.home.Media(ctx, matrix.Media{
		Address: f.Address, Most: most, Sealed: f.Encrypted, Key: f.Key, Vector: f.Vector, SHA256: f.SHA256,
	})
	if err != nil {
		return images.Print{}, fmt.Errorf("download a picture: %w", err)
	}
	v.one.Lock()
	defer v.one.Unlock()
	if err := ctx.Err(); err != nil {
		return images.Print{}, err
	}
	return images.Of(file), nil
}
