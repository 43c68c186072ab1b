package e2ee

import (
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// A message that was removed is not waited for; that somebody says it was is not
// enough.
func TestRemovedIsNotWaitedFor(t *testing.T) {
	a := newAccount(t)
	onBoth(t, func(t *testing.T, url string) {
		const room = "!room:example.org"
		d := a.device(t, url)
		d.Machine.opts.Moderator = func(u id.UserID) bool { return u == "@mod:x" }
		for _, name := range []id.EventID{"$one", "$two", "$three"} {
			evt := &event.Event{ID: name, RoomID: room, Sender: "@writer:x", Type: event.EventEncrypted}
			evt.Content.VeryRaw = []byte(`{"session_id":"s"}`)
			must(t, d.Park(t.Context(), evt, time.Now()))
		}
		for _, removed := range []struct {
			by        id.UserID
			event     id.EventID
			inContent bool
			left      int
		}{
			{"@stranger:x", "$one", false, 3},
			{"@stranger:x", "", false, 3},
			{"@writer:x", "$one", true, 2},
			{a.user, "$two", false, 1},
			{"@mod:x", "$three", true, 0},
		} {
			evt := &event.Event{RoomID: room, Sender: removed.by, Type: event.EventRedaction, Redacts: removed.event}
			if removed.inContent {
				evt.Redacts, evt.Content.Raw = "", map[string]any{"redacts": string(removed.event)}
			}
			must(t, d.TakeRedaction(t.Context(), room, evt))
			n, err := d.Unread(t.Context())
			must(t, err)
			if n[room] != removed.left {
				t.Errorf("after %s removed %s %d are left", removed.by, removed.event, n[room])
			}
		}
	})
}
