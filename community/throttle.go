package community

import (
	"context"
	"forseti/action"
	"forseti/community/loop"
	"forseti/community/report"
	"forseti/enforce"
	"forseti/store"
	"time"

	"github.com/rs/zerolog"
)

// throttle is what we let others know of the homeserver's limits.
type throttle struct {
	loop     *loop.Loop
	log      zerolog.Logger
	settings *store.Settings
	runner   *enforce.Runner
	report   *report.Report
	logged   time.Time // that the homeserver limits us
}

// limited notes, for those who run the bot, that the homeserver limits it: a bot
// should be exempt.
func (t *throttle) limited(a action.Action, after time.Duration, now time.Time) {
	after = max(after, time.Second)
	t.report.Limited(t.runner.Left(), now.Add(after), now)
	if now.Sub(t.logged) < time.Minute {
		return
	}
	t.logged = now
	t.log.Warn().Dur("pause", after).Int("waiting", t.left()).Msg("The homeserver limits our rate")
	t.loop.Later(func(ctx context.Context) {
		err := t.settings.Set(ctx, "seen", "rate_limit", map[string]any{
			"at": now.UnixMilli(), "verb": a.Verb, "retry_after_ms": after.Milliseconds(),
		})
		if err != nil && ctx.Err() == nil {
			t.log.Err(err).Msg("Rate limit not noted")
		}
	})
}

// left is how much work there is.
func (t *throttle) left() (n int) {
	for _, some := range t.runner.Left() {
		n += some
	}
	return n
}
