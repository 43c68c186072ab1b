package verify

import (
	"time"

	"maunium.net/go/mautrix/event"
)

// TheirKeys answers a [Lookup]. Keys without a device say that there is none.
func (d *Desk) TheirKeys(now time.Time, which ID, keys Keys) []Effect {
	return d.with(now, which, func(f *flow) { f.takeKeys(keys) })
}

// Vouched answers a [Vouch].
func (d *Desk) Vouched(now time.Time, which ID, ok bool) []Effect {
	return d.with(now, which, func(f *flow) { f.vouched(ok) })
}

// CompareEmoji begins to compare emoji, rather than wait for the other side to do
// so or to scan a code.
func (d *Desk) CompareEmoji(now time.Time, which ID) ([]Effect, error) {
	return d.say(now, which, (*flow).compareEmoji)
}

// Confirm is the word of a person that what the other side shows is what we show.
func (d *Desk) Confirm(now time.Time, which ID) ([]Effect, error) {
	return d.say(now, which, (*flow).confirm)
}

// Mismatch is the word of a person that it is not.
func (d *Desk) Mismatch(now time.Time, which ID) ([]Effect, error) {
	return d.say(now, which, (*flow).mismatch)
}

// Cancel ends a verification because a person here wants it.
func (d *Desk) Cancel(now time.Time, which ID, reason string) ([]Effect, error) {
	return d.say(now, which, func(f *flow) error {
		f.fail(event.VerificationCancelCodeUser, reason)
		return nil
	})
}

// Expire ends what has taken too long. Next tells when to call it.
func (d *Desk) Expire(now time.Time) (effects []Effect) {
	for _, f := range d.flows {
		if now.Before(f.deadline) {
			continue
		}
		if f.step == asked && f.id.Room == "" {
			f.unanswered()
		} else {
			f.fail(event.VerificationCancelCodeTimeout, "it took too long")
		}
		effects = append(effects, d.settle(now, f)...)
	}
	for which, until := range d.ended {
		if !now.Before(until) {
			delete(d.ended, which)
		}
	}
	for user, asks := range d.asks {
		if !asks[len(asks)-1].After(now.Add(-Lasts)) {
			delete(d.asks, user)
		}
	}
	return effects
}

// Next is when something has to be done if nothing comes; false for never.
func (d *Desk) Next() (next time.Time, ok bool) {
	sooner := func(t time.Time) {
		if !ok || t.Before(next) {
			next, ok = t, true
		}
	}
	for _, f := range d.flows {
		sooner(f.deadline)
	}
	for _, until := range d.ended {
		sooner(until)
	}
	return next, ok
}

// Close ends all that goes on.
func (d *Desk) Close(now time.Time) (effects []Effect) {
	for _, f := range d.flows {
		f.fail(event.VerificationCancelCodeUser, "the device goes offline")
		effects = append(effects, d.settle(now, f)...)
	}
	return effects
}

func (d *Desk) with(now time.Time, which ID, f func(*flow)) []Effect {
	flow := d.flows[which]
	if flow == nil {
		return nil
	}
	f(flow)
	return d.settle(now, flow)
}

func (d *Desk) say(now time.Time, which ID, f func(*flow) error) ([]Effect, error) {
	flow := d.flows[which]
	if flow == nil {
		return nil, ErrUnknown
	}
	if err := f(flow); err != nil {
		return nil, err
	}
	return d.settle(now, flow), nil
}

func (f *flow) compareEmoji() error {
	if f.step != agreed || f.keys == nil {
		return ErrNotNow
	}
	f.startSAS()
	return nil
}
