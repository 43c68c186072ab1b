package community

import (
	"context"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/commits"
	"forseti/community/loop"
	"forseti/store"
)

// digests come by themselves, when moderators want. Each has a name by when it was to come, under
// which it is sent, also if it is not known after a crash whether it was: to the homeserver that is
// the same message.
type digests struct {
	loop    *loop.Loop
	log     zerolog.Logger
	commits *commits.Writer
	speaker *speaker
	clock   *clock
	draw    func(ctx context.Context, week bool, zone *time.Location) (action.Message, error)
	begun   func() bool // whether enough is known to begin

	told time.Time // when the last one was to come
	next time.Time // not before
	busy bool
}

const (
	// digestedKey is when the last one was to come, in modeNamespace.
	digestedKey = "digested"
	// digestLate is how much later it still comes: who is shown two nights as one is misled.
	digestLate  = 6 * time.Hour
	digestRetry = 10 * time.Minute
)

func (d *digests) load(ctx context.Context, settings *store.Settings) error {
	_, err := settings.Read(ctx, modeNamespace, digestedKey, &d.told)
	return err
}

// moved takes in that they come at other times from now on.
func (d *digests) moved(now time.Time) { d.take(now) }

// take notes that the one of a time came, or will not.
func (d *digests) take(at time.Time) {
	d.told = at
	if d.clock.set.Digest.On == "" {
		d.commits.Setting(modeNamespace, digestedKey, nil)
		return
	}
	d.commits.Setting(modeNamespace, digestedKey, at.UTC())
}

// due is when the next one is to come; zero for never, or not now.
func (d *digests) due() time.Time {
	if d.busy || d.clock.set.Digest.On == "" || !d.begun() || d.speaker.mute() {
		return time.Time{}
	}
	at := d.clock.set.Digest.Next(d.told, d.clock.zone)
	if at.Before(d.next) {
		at = d.next
	}
	return at
}

// lookDue has one drawn if it is time. Of several that were missed only the last comes.
func (d *digests) lookDue(now time.Time) {
	due := d.due()
	if due.IsZero() || now.Before(due) {
		return
	}
	set, zone := d.clock.set.Digest, d.clock.zone
	at := set.Latest(now, zone)
	if d.told.IsZero() || d.told.After(now) { // of a clock that was ahead
		d.take(now)
		return
	}
	if !at.After(d.told) || now.Sub(at) > digestLate {
		d.take(now)
		return
	}
	d.busy, d.next = true, now.Add(digestRetry)
	failed := func(err error) {
		d.busy = false
		d.log.Err(err).Msg("Digest not made; it will be tried again")
	}
	d.loop.Later("draw a digest", func(ctx context.Context) {
		m, err := d.draw(ctx, set.Weekly(), zone)
		d.loop.Post(func() {
			if err != nil {
				failed(err)
				return
			}
			d.drawn(m, at)
		})
	}, failed)
}

// drawn has one sent.
func (d *digests) drawn(m action.Message, at time.Time) {
	d.busy = false
	if !at.After(d.told) || d.clock.set.Digest.On == "" { // it was set otherwise meanwhile
		return
	}
	name := "digest-" + at.UTC().Format(time.RFC3339)
	d.speaker.speakAs(name, m, func(id.EventID) { d.posted(at) })
}

// posted takes in that one stands there.
func (d *digests) posted(at time.Time) {
	if at.After(d.told) {
		d.take(at)
	}
}

// drawDigests is how they are drawn.
func drawDigests(desk commands.DigestDesk) func(context.Context, bool, *time.Location) (action.Message, error) {
	return func(ctx context.Context, week bool, zone *time.Location) (action.Message, error) {
		return commands.Digest(ctx, desk, week, zone)
	}
}
