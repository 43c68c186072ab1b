package community

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/commands"
	"forseti/community/loop"
	"forseti/content"
	"forseti/rooms"
	"forseti/store"
	"forseti/text"
)

const (
	mostLatest      = 2000
	mostLatestBytes = 2 << 20
)

// latest remembers the latest messages, and of state what was found, so that there is evidence of
// those that a protection removes: afterwards nobody can read them any more.
type latest struct {
	events map[id.EventID]*event.Event
	order  []id.EventID
	bytes  int
}

func (l *latest) keep(evt *event.Event) {
	if _, known := l.events[evt.ID]; known || len(evt.Content.VeryRaw) > mostLatestBytes/10 {
		return
	}
	if l.events == nil {
		l.events = map[id.EventID]*event.Event{}
	}
	l.events[evt.ID] = evt
	l.order = append(l.order, evt.ID)
	l.bytes += len(evt.Content.VeryRaw)
	for len(l.order) > mostLatest || l.bytes > mostLatestBytes {
		oldest := l.order[0]
		l.order = l.order[1:]
		l.bytes -= len(l.events[oldest].Content.VeryRaw)
		delete(l.events, oldest)
	}
}

// in are the messages of a room, oldest first.
func (l *latest) in(room id.RoomID) (all []*event.Event) {
	for _, of := range l.order {
		if evt := l.events[of]; evt.RoomID == room && evt.StateKey == nil {
			all = append(all, evt)
		}
	}
	return all
}

// evidence is what is kept of messages that were acted on.
type evidence struct {
	store   *store.Store
	secrets Secrets
	loop    *loop.Loop
	log     zerolog.Logger
	keepFor time.Duration // not at all if zero
	history time.Duration // how long what is over is kept; for ever if zero
	secret  func() bool   // whether what is said to moderators is encrypted
	latest  latest
}

// remember has there be evidence of an event for now, if any is kept.
func (e *evidence) remember(evt *event.Event) {
	if e.keepFor > 0 {
		e.latest.keep(evt)
	}
}

// called has there be evidence of a name that is going to be removed, and that may have been given
// too long ago to be remembered.
func (e *evidence) called(room id.RoomID, u id.UserID, m rooms.Member) {
	if m.DisplayName == "" {
		return
	}
	evt := &event.Event{ID: m.Event, RoomID: room, Sender: m.Sender, StateKey: new(string(u)), Timestamp: m.Changed.UnixMilli(), Type: event.StateMember}
	evt.Content.VeryRaw, _ = json.Marshal(map[string]string{"membership": string(m.Membership), "displayname": m.DisplayName}) // of strings, which always works
	e.remember(evt)
}

// visible is a message that may be shown to moderators, as far as it is remembered; nil if it
// is not, or was said in secret and their room is not.
func (e *evidence) visible(of id.EventID) *event.Event {
	evt := e.latest.events[of]
	if evt == nil || evt.Mautrix.WasEncrypted && !e.secret() {
		return nil
	}
	return evt
}

// hidden reports whether a message was said in secret, and the moderators' room is not.
func (e *evidence) hidden(of id.EventID) bool {
	return e.latest.events[of] != nil && e.visible(of) == nil
}

// heard are the latest messages of a room that are remembered, oldest first.
func (e *evidence) heard(room id.RoomID) (all []*event.Event) {
	e.loop.See(func() { all = e.latest.in(room) })
	return all
}

// lately are the latest messages of some users that are remembered, the newest first.
func (e *evidence) lately(of func(id.UserID) bool, most int) (all []*event.Event) {
	e.loop.See(func() {
		for _, name := range slices.Backward(e.latest.order) {
			if len(all) == most {
				return
			}
			if evt := e.latest.events[name]; evt.StateKey == nil && of(evt.Sender) {
				all = append(all, evt)
			}
		}
	})
	return all
}

// evidenceOf is what is known of the messages that actions are about.
func (e *evidence) of(actions []action.Action) (found []store.Evidence) {
	if e.keepFor <= 0 {
		return nil
	}
	seen := map[id.EventID]bool{}
	for _, a := range actions {
		for _, about := range []id.EventID{a.Event, a.Cause.Event} {
			if evt := e.latest.events[about]; evt != nil && !seen[about] {
				seen[about] = true
				found = append(found, evidenceFrom(evt))
			}
		}
	}
	return found
}

func evidenceFrom(evt *event.Event) store.Evidence {
	return store.Evidence{
		Event: evt.ID, Room: evt.RoomID, Sender: evt.Sender, Sent: evt.Timestamp, Type: evt.Type.Type,
		Content: evt.Content.VeryRaw, Secret: evt.Mautrix.WasEncrypted,
	}
}

// shown is the evidence that a moderator's command leaves, of a message as the
// homeserver gave it.
func (e *evidence) shown(ctx context.Context, evt *event.Event) []store.Evidence {
	if e.keepFor <= 0 {
		return nil
	}
	if evt.Type.Type == event.EventEncrypted.Type && e.secrets != nil {
		if clear, err := e.secrets.Decrypt(ctx, evt); err == nil {
			evt = clear
		}
	}
	return []store.Evidence{evidenceFrom(evt)}
}

// forget drops what was kept for long enough.
func (e *evidence) forget() {
	e.loop.Later("drop what was kept for long enough", func(ctx context.Context) {
		if keep := e.history; keep > 0 {
			if _, err := e.store.Prune(ctx, time.Now().Add(-keep)); err != nil && ctx.Err() == nil {
				e.log.Err(err).Msg("Old history not dropped")
			}
		}
		if err := e.store.Evidence.Drop(ctx, time.Now().Add(-max(e.keepFor, 0))); err != nil && ctx.Err() == nil {
			e.log.Err(err).Msg("Old evidence not dropped")
		}
	}, nil)
}

// evidenceDesk shows moderators what is kept.
type evidenceDesk struct {
	evidence   *evidence
	management *management
}

var _ commands.EvidenceDesk = evidenceDesk{}

// Evidence shows a message that was acted on, as it was.
func (d evidenceDesk) Evidence(ctx context.Context, evt id.EventID) (commands.Evidence, error) {
	e, found, err := d.evidence.store.Evidence.Of(ctx, evt)
	switch {
	case errors.Is(err, store.ErrNoKey):
		return commands.Evidence{}, refuse("I keep no evidence. Whoever runs me can change that: encryption.key is not set in my configuration")
	case err != nil:
		d.evidence.log.Err(err).Msg("Evidence not read")
		return commands.Evidence{}, refuse("It cannot be read: it was kept with another encryption.key, or the database is damaged. My log says more")
	case !found:
		return commands.Evidence{}, refuse("I have none of that message. I keep what protections and `!forseti redact` remove, for %s", keptText(d.evidence.keepFor))
	}
	open := false
	d.evidence.loop.See(func() { open = !d.management.room.Encrypted() })
	if e.Secret && open {
		return commands.Evidence{}, refuse("It was said in an encrypted room, and this room is not encrypted. `!forseti encrypt` encrypts it")
	}
	return commands.Evidence{
		Room: e.Room, Sender: e.Sender, Seen: content.Read(e.Type, e.Content).Seen(), Raw: string(e.Content),
		Sent: time.UnixMilli(e.Sent), Until: e.Kept.Add(d.evidence.keepFor),
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

// exhibits gives the evidence that is left of a message which a command removes.
func (e *evidence) exhibits(ctx context.Context, evt *event.Event) (kept []any) {
	for _, e := range e.shown(ctx, evt) {
		kept = append(kept, e)
	}
	return kept
}
