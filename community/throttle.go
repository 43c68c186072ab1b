package community

import (
	"context"
	"encoding/json"
	"time"

	"github.com/rs/zerolog"

	"forseti/community/commits"
	"forseti/community/report"
	"forseti/enforce"
	"forseti/store"
)

// throttle is what is known of the homeserver's limits, and what we let others know of
// them.
type throttle struct {
	log      zerolog.Logger
	settings *store.Settings
	commits  *commits.Writer
	runner   *enforce.Runner
	report   *report.Report
	limit    enforce.Rate // that was kept to when we looked last
	lifted   time.Time    // when it was seen that there is no limit any more
	logged   time.Time    // that the homeserver limits us
	told     time.Time    // that its limit holds work back
}

// seenNamespace keeps what the running bot met of the homeserver's limits, for check.
const seenNamespace = "seen"

// know keeps to a limit before the homeserver has to refuse anything, so that there
// is something left for what moderators must hear.
func (t *throttle) know(content json.RawMessage) {
	limit, spent := rateOf(content)
	if t.lifted.After(spent) {
		limit = enforce.Rate{} // it was found to be over since
	}
	t.runner.Pace.Know(limit, spent, time.Now())
	t.limit = t.runner.Pace.Rate()
}

// load takes up whether a limit was found to be over.
func (t *throttle) load(ctx context.Context) error {
	var seen struct {
		At int64 `json:"at"`
	}
	found, err := t.settings.Read(ctx, seenNamespace, "rate_lifted", &seen)
	if found {
		t.lifted = time.UnixMilli(seen.At)
	}
	return err
}

// follow notes what was learned of the homeserver's limit.
func (t *throttle) follow(now time.Time) {
	before, limit := t.limit, t.runner.Pace.Rate()
	t.limit = limit
	switch {
	case limit == before:
	case limit == (enforce.Rate{}):
		t.lifted = now
		t.log.Info().Msg("The homeserver does not limit how fast the account may act any more")
		t.commits.Setting(seenNamespace, "rate_lifted", map[string]any{"at": now.UnixMilli()})
	default:
		t.lifted = time.Time{}
		t.commits.Setting(seenNamespace, "rate_lifted", nil)
		t.log.Info().Float64("per_second", limit.PerSecond).Msg("How fast the homeserver lets the account act is known now")
	}
}

// slowFrom is how long the work that waits must take for moderators to hear that the
// homeserver's limit holds it back.
const slowFrom = 10 * time.Second

// heldBack tells, now and then, that work waits for nothing but the limit that we know:
// the homeserver refuses nothing, because we ask for no more.
func (t *throttle) heldBack(now time.Time) {
	if now.Sub(t.told) < time.Second || !t.runner.HeldBack(now) {
		return
	}
	t.told = now
	if left := t.left(); t.runner.Pace.Takes(left, now) >= slowFrom {
		t.slowed(time.Duration(float64(time.Second)/t.runner.Pace.Rate().PerSecond), now)
	}
}

// limited takes in that the homeserver refused something because there was too much.
func (t *throttle) limited(after time.Duration, now time.Time) {
	t.slowed(max(after, time.Second), now)
}

// slowed tells moderators how long they will have to wait, and notes for those who run
// the bot, once a minute, that the homeserver limits it: a bot should be exempt. pause is
// how long the homeserver wants between two requests.
func (t *throttle) slowed(pause time.Duration, now time.Time) {
	t.report.Limited(t.runner.Left(), now.Add(pause), now)
	if now.Sub(t.logged) < time.Minute {
		return
	}
	t.logged = now
	left := t.left()
	t.log.Warn().Dur("pause", pause).Int("waiting", left).Stringer("about", t.runner.Pace.Takes(left, now).Round(time.Second)).
		Msg("The homeserver limits how fast the account may act; its admin should exempt it: forseti check shows how")
	t.commits.Setting(seenNamespace, "rate_limit", map[string]any{"at": now.UnixMilli(), "pause_ms": pause.Milliseconds()})
}

// left is how much work there is.
func (t *throttle) left() (n int) {
	for _, some := range t.runner.Left() {
		n += some
	}
	return n
}
