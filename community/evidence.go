package community

import (
	"context"
	"errors"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/content"
	"forseti/store"
	"forseti/text"
)

const (
	recallEvents = 2000
	recallBytes  = 2 << 20
)

// recall remembers the latest messages, so that there is evidence of those that a
// protection removes: afterwards nobody can read them any more.
type recall struct {
	events map[id.EventID]*event.Event
	order  []id.EventID
	bytes  int
}

func (r *recall) keep(evt *event.Event) {
	if _, known := r.events[evt.ID]; known || len(evt.Content.VeryRaw) > recallBytes/10 {
		return
	}
	if r.events == nil {
		r.events = map[id.EventID]*event.Event{}
	}
	r.events[evt.ID] = evt
	r.order = append(r.order, evt.ID)
	r.bytes += len(evt.Content.VeryRaw)
	for len(r.order) > recallEvents || r.bytes > recallBytes {
		oldest := r.order[0]
		r.order = r.order[1:]
		r.bytes -= len(r.events[oldest].Content.VeryRaw)
		delete(r.events, oldest)
	}
}

// evidenceOf is what is known of the messages that actions are about.
func (c *Community) evidenceOf(actions []action.Action) (found []store.Evidence) {
	if c.opts.KeepEvidence <= 0 {
		return nil
	}
	seen := map[id.EventID]bool{}
	for _, a := range actions {
		for _, about := range []id.EventID{a.Event, a.Cause.Event} {
			if evt := c.recall.events[about]; evt != nil && !seen[about] {
				seen[about] = true
				found = append(found, evidence(evt))
			}
		}
	}
	return found
}

func evidence(evt *event.Event) store.Evidence {
	return store.Evidence{
		Event: evt.ID, Room: evt.RoomID, Sender: evt.Sender, Sent: evt.Timestamp, Type: evt.Type.Type,
		Content: evt.Content.VeryRaw, Secret: evt.Mautrix.WasEncrypted,
	}
}

// shown is the evidence that a moderator's command leaves, of a message as the
// homeserver gave it.
func (c *Community) shown(ctx context.Context, evt *event.Event) []store.Evidence {
	if c.opts.KeepEvidence <= 0 {
		return nil
	}
	if evt.Type.Type == event.EventEncrypted.Type && c.opts.Secrets != nil {
		if clear, err := c.opts.Secrets.Decrypt(ctx, evt); err == nil {
			evt = clear
		}
	}
	return []store.Evidence{evidence(evt)}
}

// forget drops what was kept for long enough.
func (c *Community) forget() {
	c.loop.Later("drop what was kept for long enough", func(ctx context.Context) {
		if keep := c.opts.KeepHistory; keep > 0 {
			if _, err := c.store.Prune(ctx, time.Now().Add(-keep)); err != nil && ctx.Err() == nil {
				c.log.Err(err).Msg("Old history not dropped")
			}
		}
		if err := c.store.Evidence.Drop(ctx, time.Now().Add(-max(c.opts.KeepEvidence, 0))); err != nil && ctx.Err() == nil {
			c.log.Err(err).Msg("Old evidence not dropped")
		}
	}, nil)
}

// Evidence shows a message that was acted on, as it was.
func (v view) Evidence(ctx context.Context, evt id.EventID) (commands.Evidence, error) {
	e, found, err := v.c.store.Evidence.Of(ctx, evt)
	switch {
	case errors.Is(err, store.ErrNoKey):
		return commands.Evidence{}, refuse("I keep no evidence. Whoever runs me can change that: encryption.key is not set in my configuration")
	case err != nil:
		v.c.log.Err(err).Msg("Evidence not read")
		return commands.Evidence{}, refuse("It cannot be read: it was kept with another encryption.key, or the database is damaged. My log says more")
	case !found:
		return commands.Evidence{}, refuse("I have none of that message. I keep what protections and `!forseti redact` remove, for %s", keptText(v.c.opts.KeepEvidence))
	}
	open := false
	v.see(func() { open = !v.c.management.Encrypted() })
	if e.Secret && open {
		return commands.Evidence{}, refuse("It was said in an encrypted room, and this room is not encrypted. `!forseti encrypt` encrypts it")
	}
	return commands.Evidence{
		Room: e.Room, Sender: e.Sender, Seen: content.Read(e.Type, e.Content), Raw: string(e.Content),
		Sent: time.UnixMilli(e.Sent), Until: e.Kept.Add(v.c.opts.KeepEvidence),
	}, nil
}

// keptText says how long something is kept.
func keptText(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d%day == 0:
		return text.Count(int(d/day), "day")
	case d%time.Hour == 0:
		return text.Count(int(d/time.Hour), "hour")
	default:
		return d.String()
	}
}
