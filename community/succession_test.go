package community_test

import (
	"errors"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"

	"forseti/community"
	"forseti/store"
)

// The bot goes after moderators into the room that replaced theirs, once it is let in, with all that it knew and was asked.
func TestManagementRoomIsReplaced(t *testing.T) {
	f := newFixture(t, 1)
	user := f.member("spammer")
	f.start()
	f.hear("Hello")
	f.say("!forseti ban " + string(user.UserID) + " spam")
	f.banned(user.UserID)
	f.say("!forseti rooms remove " + string(f.rooms[0]))
	f.hear("React with")
	made, err := f.mod.CreateRoom(t.Context(), &mautrix.ReqCreateRoom{
		Name: "new management", Preset: "private_chat", CreationContent: map[string]any{"predecessor": map[string]any{"room_id": f.management}},
	})
	f.must(err)
	old := f.management
	f.state(old, "m.room.tombstone", "", map[string]any{"replacement_room": made.RoomID})
	f.hear("I cannot join it", string(f.bot.UserID))
	_, err = f.mod.InviteUser(t.Context(), made.RoomID, &mautrix.ReqInviteUser{UserID: f.bot.UserID})
	f.must(err)
	moves := func(from, next id.RoomID, says string) *community.Moved {
		t.Helper()
		var ended error
		select {
		case ended = <-f.ended:
		case <-time.After(patience):
			t.Fatal("the bot stays")
		}
		f.hear(says)
		f.stop()
		f.stop = nil
		to, ok := errors.AsType[*community.Moved](ended)
		if !ok || to.From != from || to.To != next {
			t.Fatalf("ended with %v", ended)
		}
		return to
	}
	to := moves(old, made.RoomID, "I listen there from now on")
	db, err := store.Open(t.Context(), f.database, zerolog.Nop())
	f.must(err)
	_, err = db.Move(t.Context(), to.From, to.To)
	f.must(err)
	if now, err := db.Now(t.Context(), old); err != nil || now != made.RoomID {
		t.Errorf("after a restart it is %s, %v", now, err)
	}
	f.must(db.Close())
	f.management = made.RoomID
	f.options = func(o *community.Options) { o.Configured = old }
	f.start()
	f.hear("which took the place of", string(old), "management_room")
	// What was asked is asked here, and what was done is known here.
	f.hear("React with")
	f.say("!forseti unban " + string(user.UserID))
	f.freed(user.UserID)
	f.say("!forseti status")
	f.hear("My configuration still names the old room")
	// Where nothing says that a room takes the place of this one, moderators have the last word.
	other, err := f.mod.CreateRoom(t.Context(), &mautrix.ReqCreateRoom{Name: "another management", Preset: "private_chat", Invite: []id.UserID{f.bot.UserID}})
	f.must(err)
	f.say("!forseti listen " + string(other.RoomID))
	f.hear("Whoever is there moderates: `"+string(f.mod.UserID)+"`", "does not say that it was replaced by that one", "Go over to it?")
	f.react("✅")
	moves(made.RoomID, other.RoomID, "from now on, as `"+string(f.mod.UserID)+"` said")
}
