package community

import (
	"context"
	"time"

	"github.com/rs/zerolog"

	"forseti/community/loop"
	"forseti/protections/kit"
	"forseti/registration"
)

// inquiries ask servers who can make an account there, beside the owner, a few at a time.
type inquiries struct {
	loop  *loop.Loop
	log   zerolog.Logger
	ask   func(ctx context.Context, server string) (registration.Answer, error)
	known *kit.Registrations

	asking int
}

// mostInquiries is how many servers are asked at once.
const mostInquiries = 4

// next has asked whose turn it is.
func (q *inquiries) next(now time.Time) {
	for q.asking < mostInquiries {
		server, more := q.known.Take(now)
		if !more {
			return
		}
		q.asking++
		answered := func(answer registration.Answer, err error) {
			q.asking--
			if err != nil {
				q.log.Info().Err(err).Str("server", server).Msg("A server does not say who can make an account there")
			}
			q.known.Answered(server, answer == registration.Open, err == nil && answer != registration.Unknown, time.Now())
		}
		q.loop.Later("ask a server who can make an account there", func(ctx context.Context) {
			answer, err := q.ask(ctx, server)
			q.loop.Post(func() { answered(answer, err) })
		}, func(err error) { answered(registration.Unknown, err) })
	}
}
