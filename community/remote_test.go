package community_test

import (
	"maunium.net/go/mautrix/id"

	"forseti/internal/faults"
)

// remote has the bot see a user of another server in a room. Our homeserver has
// no others to talk to, so the proxy says what it would say. The homeserver takes
// a ban of such a user like any other.
func (f *fixture) remote(room id.RoomID, user id.UserID, membership string) {
	f.t.Helper()
	evt := map[string]any{
		"type": "m.room.member", "state_key": user, "sender": user, "event_id": "$" + string(user), "origin_server_ts": 1,
		"content": map[string]any{"membership": membership},
	}
	f.proxy.On(faults.In(string(room), faults.FullState), faults.EditList(func(state []any) []any {
		for _, known := range state {
			if known, ok := known.(map[string]any); ok && known["type"] == "m.room.member" && known["state_key"] == string(user) {
				return state // acted on since
			}
		}
		return append(state, evt)
	}))
	f.synced(func(answer map[string]any) { faults.Timeline(answer, string(room), evt) })
}
