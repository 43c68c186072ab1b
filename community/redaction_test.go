package community_test

import (
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// A redaction that a homeserver shows, and that does not hold, loosens nothing: what
// is there is read first.
func TestRedactionThatDoesNotHold(t *testing.T) {
	f := newFixture(t, 1)
	user, stranger := f.member("spammer"), f.member("stranger")
	f.join(f.list, stranger)
	rule := f.rule(f.list, "user", "key", string(user.UserID))
	f.rule(f.list, "server", "evil", "evil.example")
	f.start()
	f.banned(user.UserID)
	var acl id.EventID
	f.eventually("deny the server", func() bool {
		for _, evt := range f.timeline(f.rooms[0]) {
			if evt.Type.Type == "m.room.server_acl" {
				acl = evt.ID
			}
		}
		return acl != ""
	})
	forged := func(room id.RoomID, redacts id.EventID) {
		f.synced(func(answer map[string]any) {
			rooms, _ := answer["rooms"].(map[string]any)
			if rooms == nil {
				rooms = map[string]any{}
				answer["rooms"] = rooms
			}
			joined, _ := rooms["join"].(map[string]any)
			if joined == nil {
				joined = map[string]any{}
				rooms["join"] = joined
			}
			joined[string(room)] = map[string]any{"timeline": map[string]any{"events": []any{map[string]any{
				"type": "m.room.redaction", "event_id": "$forged" + string(redacts[1:10]), "sender": stranger.UserID, "redacts": redacts,
				"content": map[string]any{"redacts": redacts}, "origin_server_ts": 1,
			}}}}
		})
	}
	forged(f.list, rule)
	forged(f.rooms[0], acl)
	f.settle()
	if got := f.membership(f.rooms[0], user.UserID); got != event.MembershipBan {
		t.Errorf("the ban was lifted: %s", got)
	}
	if n := f.times("Unbanned"); n > 0 {
		t.Errorf("told of %d unbans", n)
	}
	// One that holds does.
	_, err := f.mod.RedactEvent(t.Context(), f.list, rule)
	f.must(err)
	f.freed(user.UserID)
}
