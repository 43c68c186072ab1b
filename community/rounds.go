package community

import (
	"context"
	"time"

	"github.com/rs/zerolog"

	"forseti/community/loop"
	"forseti/store"
)

// rounds are looks that the owner has by itself, at times. What a look comes to is stored as
// a whole and only then done; if it cannot be stored, it is taken back. Nothing is looked at
// in a dry run, nor before enough is known.
type rounds struct {
	loop  *loop.Loop
	log   zerolog.Logger
	want  func(ctx context.Context, wanted store.Commit) error
	dry   func() bool
	begun func() bool // whether enough is known to begin

	next time.Time // when to look; zero if there is nothing to see to
}

// plan is what a look comes to.
type plan struct {
	wanted store.Commit
	stored func()              // what follows when it was stored
	undo   func(now time.Time) // takes back what was noted for it
}

func (p plan) empty() bool { return len(p.wanted.Open)+len(p.wanted.Settings) == 0 }

// due is when to look; zero if there is nothing to see to, or not now.
func (r *rounds) due() time.Time {
	if r.dry() || !r.begun() {
		return time.Time{}
	}
	return r.next
}

// look has a look if it is time; what says at what, for the log.
func (r *rounds) look(now time.Time, what string, plans func(now time.Time) plan) {
	due := r.due()
	if due.IsZero() || now.Before(due) {
		return
	}
	p := plans(now)
	if p.empty() {
		return
	}
	dropped := func(err error) {
		r.log.Err(err).Str("what", what).Msg("What is to be done is not stored, and is not done now")
		p.undo(time.Now())
	}
	r.loop.Later(what, func(ctx context.Context) {
		switch err := r.want(ctx, p.wanted); {
		case err == nil && p.stored != nil:
			r.loop.Post(p.stored)
		case err != nil && ctx.Err() == nil:
			r.loop.Post(func() { dropped(err) })
		}
	}, dropped)
}
