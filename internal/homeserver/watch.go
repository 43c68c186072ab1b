package homeserver

import (
	"context"
	"fmt"
	"time"
)

// A busy machine may be late once; a wedged server stays so.
const strikes = 2

// watch owns the process: it alone starts and ends it.
func (s *Server) watch(ctx context.Context, p *process) {
	defer close(s.done)
	defer s.removeTemp()
	defer func() { p.stop(5 * time.Second) }()
	ticker := time.NewTicker(s.opts.every)
	defer ticker.Stop()
	for failed := 0; ; {
		select {
		case <-ctx.Done():
			return
		case reply := <-s.restarts:
			next, err := s.again(ctx, p, 5*time.Second)
			p, failed = next, 0
			reply <- err
		case <-p.exited:
			s.opts.Report(fmt.Sprintf("the homeserver ended by itself (%s); starting it again", p.cmd.ProcessState))
			p, failed = s.recoverFrom(ctx, p), 0
		case <-ticker.C:
			if err := s.look(ctx); err == nil {
				failed = 0
				continue
			} else if failed++; failed < strikes || ctx.Err() != nil {
				continue
			} else {
				s.opts.Report(fmt.Sprintf("the homeserver is wedged (%v); starting it again", err))
			}
			p, failed = s.recoverFrom(ctx, p), 0
		}
	}
}

func (s *Server) look(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.opts.patience)
	defer cancel()
	return s.Healthy(ctx)
}

// recoverFrom replaces a process that is of no use any more. If the new one
// does not come up either, the watch finds that at its next turn.
func (s *Server) recoverFrom(ctx context.Context, p *process) *process {
	next, err := s.again(ctx, p, 0)
	switch {
	case err == nil:
		s.opts.Report("the homeserver is back")
	case ctx.Err() == nil:
		s.opts.Report("the homeserver did not come back: " + err.Error())
		// Without a pause, a server that ends at its start would be started
		// over and over as fast as the machine can.
		select {
		case <-ctx.Done():
		case <-time.After(s.opts.every):
		}
	}
	return next
}

// again returns the new process, or the ended old one with an error.
func (s *Server) again(ctx context.Context, p *process, grace time.Duration) (*process, error) {
	p.stop(grace)
	next, err := s.run(ctx, s.Healthy)
	if err != nil {
		return p, err
	}
	return next, nil
}
