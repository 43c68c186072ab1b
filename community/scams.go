package community

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/rs/zerolog"

	"forseti/community/loop"
	"forseti/community/report"
	"forseti/protections/kit"
	"forseti/text"
)

// scams are the hosts that are known to cheat, by a file that the operator names. It is
// read at the start and when it changes, beside the owner. If it cannot be read, or is no
// such list any more, what was read last holds on.
type scams struct {
	path string
	loop *loop.Loop
	log  zerolog.Logger
	post func(func()) // to the owner, to whom the two that follow belong
	take func(*kit.Domains)
	told func(trouble string) // "" if there is none any more

	// Of the reader's goroutine:
	seen    fileState
	looked  bool
	trouble string
}

// fileState tells whether a file is as it was.
type fileState struct {
	size     int64
	modified time.Time
}

const (
	scamPause = time.Minute
	mostScams = 128 << 20 // bytes of the file
)

// FollowScams has the list in a file be followed, none if it has no name. It is called
// before Run.
func FollowScams(c *Community, path string) {
	c.hearing.scams = &scams{
		path: path, loop: c.loop, log: c.opts.Log, post: c.loop.Post,
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
		return
	}
	s.loop.Later("read the list of scams", func(ctx context.Context) {
		for ctx.Err() == nil {
			s.look()
			select {
			case <-time.After(scamPause):
			case <-ctx.Done():
			}
		}
	}, nil)
}

// look reads the file if it has changed. One that changes while it is read is being
// written, and is read anew the next time.
func (s *scams) look() {
	before, err := fileStateOf(s.path)
	if err == nil && s.looked && before == s.seen {
		return
	}
	var found *kit.Domains
	if err == nil {
		found, err = readScams(s.path)
	}
	if after, _ := fileStateOf(s.path); err == nil && after != before {
		return
	}
	if s.seen, s.looked = before, err == nil; err != nil {
		s.failed(err)
		return
	}
	s.trouble = ""
	s.post(func() {
		s.take(found)
		s.told("")
	})
	s.log.Info().Int("hosts", found.Len()).Msg("Read the list of scams")
}

func (s *scams) failed(err error) {
	if s.trouble == err.Error() {
		return
	}
	s.trouble = err.Error()
	s.log.Warn().Err(err).Msg("The list of scams cannot be read")
	said := fmt.Sprintf("The operator's list of known scams cannot be read: %s. What I had read of it before holds on. The operator may mend the file that `protections.scam_list` names; I look again each minute.",
		text.Code(text.Clip(text.OneLine(err.Error()), text.MostReason)))
	s.post(func() { s.told(said) })
}

func fileStateOf(path string) (fileState, error) {
	info, err := os.Stat(path)
	if err != nil {
		return fileState{}, err
	}
	return fileState{info.Size(), info.ModTime()}, nil
}

func readScams(path string) (*kit.Domains, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() || info.Size() > mostScams {
		return nil, fmt.Errorf("%s is no file of %d MB at most", path, mostScams>>20)
	}
	return kit.ReadDomains(io.LimitReader(file, mostScams))
}
