package community

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/rs/zerolog"

	"forseti/community/loop"
	"forseti/community/report"
	"forseti/protections/kit"
	"forseti/store"
	"forseti/text"
)

// scams are the hosts that are known to cheat, by a file that the operator names. It is
// read at the start and when it changes, beside the owner. If it cannot be read, or is no
// such list any more, what was read last holds on, over a restart too.
type scams struct {
	path string
	loop *loop.Loop
	log  zerolog.Logger
	post func(func()) // to the owner, to whom the two that follow belong
	kept *store.Settings
	take func(*kit.Domains)
	told func(trouble string) // "" if there is none any more

	// Of the reader's goroutine:
	seen    os.FileInfo // as it was when it was read last; nil if it was not
	trouble string
	held    bool // there is a list, of this run or of one before
}

// scamNamespace keeps the list that was read last, by scamKey.
const scamNamespace, scamKey = "scams", "list"

const (
	scamPause = time.Minute
	mostScams = 128 << 20 // bytes of the file
	// scamRest is for how long nobody must have written to a file for it to be read anew: half
	// of a list that is being written is a shorter list.
	scamRest = 5 * time.Second
)

// FollowScams has the list in a file be followed, none if it has no name. It is called
// before Run.
func FollowScams(c *Community, path string) {
	c.hearing.scams = &scams{
		path: path, loop: c.loop, log: c.opts.Log, post: c.loop.Post, kept: c.opts.Store.Settings,
		take: func(d *kit.Domains) { c.protectors.set.Scams = d },
		told: func(trouble string) {
			key := report.Key{Kind: report.Protection, Subject: "list of scams"}
			if trouble == "" {
				c.speaker.report.Problems.Solved(key)
				return
			}
			c.speaker.problem(key, trouble)
		},
	}
}

func (s *scams) follow() {
	if s == nil {
		return
	}
	if s.path == "" {
		s.post(func() { s.told("") })
		s.loop.Later("forget the list of scams", func(ctx context.Context) {
			if err := s.kept.Drop(ctx, scamNamespace, scamKey); err != nil && ctx.Err() == nil {
				s.log.Err(err).Msg("The list of scams is not forgotten")
			}
		}, nil)
		return
	}
	s.loop.Later("read the list of scams", func(ctx context.Context) {
		s.load(ctx)
		for ctx.Err() == nil {
			s.look(ctx)
			select {
			case <-time.After(scamPause):
			case <-ctx.Done():
			}
		}
	}, nil)
}

// look reads the file if it has changed. One that changes while it is read is being written,
// and is read anew the next time.
func (s *scams) look(ctx context.Context) {
	before, err := scamFile(s.path)
	if err == nil && s.seen != nil && (unchanged(s.seen, before) || beingWritten(before, time.Now())) {
		return
	}
	var found *kit.Domains
	if err == nil {
		found, err = readScams(s.path)
	}
	if err == nil {
		after, err := os.Stat(s.path)
		if err != nil || !unchanged(before, after) {
			return
		}
	}
	if err != nil {
		s.failed(err)
		return
	}
	s.seen, s.trouble, s.held = before, "", true
	s.keep(ctx, found)
	odd := ""
	if left := found.LeftOut(); left != "" {
		odd = fmt.Sprintf("The operator's list of known scams is read, but %s; those are left out. The operator may mend the file that `protections.scam_list` names.", left)
	}
	s.post(func() {
		s.take(found)
		s.told(odd)
	})
	s.log.Info().Int("hosts", found.Len()).Str("but", found.LeftOut()).Msg("Read the list of scams")
}

// load takes up the list that was read last.
func (s *scams) load(ctx context.Context) {
	var stored []byte
	found, err := s.kept.Read(ctx, scamNamespace, scamKey, &stored)
	list := &kit.Domains{}
	if err == nil && found {
		err = list.UnmarshalBinary(stored)
	}
	switch {
	case err != nil:
		s.log.Err(err).Msg("The list of scams that was read last is not taken up")
	case found:
		s.held = true
		s.post(func() { s.take(list) })
	}
}

// keep stores a list, if it is another one.
func (s *scams) keep(ctx context.Context, list *kit.Domains) {
	now, err := list.MarshalBinary()
	var before []byte
	if err == nil {
		_, err = s.kept.Read(ctx, scamNamespace, scamKey, &before)
	}
	if err == nil && !bytes.Equal(before, now) {
		err = s.kept.Set(ctx, scamNamespace, scamKey, now)
	}
	if err != nil && ctx.Err() == nil {
		s.log.Err(err).Msg("The list of scams is not kept for the next start")
	}
}

// unchanged reports whether a file is the one that it was, and as it was. Another that takes its
// place may be as long, and as old.
func unchanged(before, now os.FileInfo) bool {
	return os.SameFile(before, now) && before.Size() == now.Size() && before.ModTime().Equal(now.ModTime())
}

// beingWritten reports whether somebody wrote to a file just now. A clock that is ahead has no
// say.
func beingWritten(f os.FileInfo, now time.Time) bool {
	ago := now.Sub(f.ModTime())
	return ago >= 0 && ago < scamRest
}

func (s *scams) failed(err error) {
	held := "What I had read of it before holds on."
	if !s.held {
		held = "I have never read it, so no link is compared with it."
	}
	if s.trouble == err.Error() {
		return
	}
	s.trouble = err.Error()
	s.log.Warn().Err(err).Msg("The list of scams cannot be read")
	said := fmt.Sprintf("The operator's list of known scams cannot be read: %s. %s The operator may mend the file that `protections.scam_list` names; I look again each minute.",
		text.Code(text.Brief(err.Error(), text.MostReason)), held)
	s.post(func() { s.told(said) })
}

// scamFile finds the file, if it is one that can be read: to open a pipe would wait for ever.
func scamFile(path string) (os.FileInfo, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, fmt.Errorf("%s is a folder", path)
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no file", path)
	case info.Size() > mostScams:
		return nil, fmt.Errorf("%s has %d MB, and may have %d", path, info.Size()>>20, mostScams>>20)
	}
	return info, nil
}

func readScams(path string) (*kit.Domains, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return kit.ReadDomains(io.LimitReader(file, mostScams))
}
