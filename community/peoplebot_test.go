package community_test

import (
	"slices"
	"strings"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/community"
)

// How the bot shows itself, where it goes and what it says is for moderators to order; where they invite it, it goes and asks
// what for.
func TestOwnProfileAndPlaces(t *testing.T) {
	f := newFixture(t, 1)
	f.options = func(o *community.Options) { o.Say = true }
	made, err := f.mod.CreateRoom(t.Context(), &mautrix.ReqCreateRoom{Name: "Beside", Preset: "public_chat"})
	f.must(err)
	beside := made.RoomID
	picture, err := f.mod.UploadBytes(t.Context(), []byte("\x89PNG\r\n\x1a\n"), "image/png")
	f.must(err)
	shows := func(room id.RoomID) (content map[string]any) {
		f.must(f.mod.StateEvent(t.Context(), room, event.StateMember, f.bot.UserID.String(), &content))
		return content
	}
	f.start()

	f.say("!forseti displayname Warden --dry-run")
	f.hear("Nothing was done", "I would be called `Warden`")
	f.say("!forseti displayname Warden")
	f.hear("I am called `Warden` now")
	f.eventually("its name", func() bool { return shows(f.management)["displayname"] == "Warden" })
	f.say("Warden: avatar " + picture.ContentURI.String())
	f.hear("I have that picture now")
	f.eventually("its picture", func() bool { return shows(f.rooms[0])["avatar_url"] == picture.ContentURI.String() })
	sent, err := f.mod.SendMessageEvent(t.Context(), f.management, event.EventMessage, map[string]any{"msgtype": "m.image", "body": "us.png", "url": picture.ContentURI.String()})
	f.must(err)
	f.say("!forseti avatar none")
	f.hear("I have no picture any more")
	f.eventually("no picture", func() bool { return shows(f.rooms[0])["avatar_url"] != picture.ContentURI.String() })
	f.reply(f.management, sent.EventID, "!forseti avatar")
	f.eventually("the picture that was sent", func() bool { return shows(f.rooms[0])["avatar_url"] == picture.ContentURI.String() })

	f.say("!forseti join " + beside.String())
	f.hear("I am in", "rooms add "+beside.String())
	if f.membership(beside, f.bot.UserID) != event.MembershipJoin {
		t.Error("it is not there")
	}
	f.say("!forseti leave " + f.rooms[0].String() + " --no-confirm")
	f.hear("rooms remove " + f.rooms[0].String())
	f.say("!forseti leave " + beside.String())
	f.hear("Leave it?")
	f.react("✅")
	f.eventually("it is gone", func() bool { return f.membership(beside, f.bot.UserID) == event.MembershipLeave })

	_, err = f.mod.InviteUser(t.Context(), beside, &mautrix.ReqInviteUser{UserID: f.bot.UserID})
	f.must(err)
	f.hear("invited me to `"+beside.String(), "Protect it?", "If not, I leave it again")
	f.eventually("it is there", func() bool { return f.membership(beside, f.bot.UserID) == event.MembershipJoin })
	f.react("✅")
	f.eventually("it is protected", func() bool {
		rooms, _ := f.accountData("org.matrix.mjolnir.protected_rooms")["rooms"].([]any)
		return slices.Contains(rooms, any(beside.String()))
	})

	f.say("!forseti say " + f.rooms[0].String() + " closed until *tomorrow* @room")
	f.hear("Said in room 0")
	f.eventually("what it said", func() bool {
		return slices.ContainsFunc(f.timeline(f.rooms[0]), func(evt *event.Event) bool {
			body, _ := evt.Content.Raw["formatted_body"].(string)
			return evt.Sender == f.bot.UserID && strings.Contains(body, "closed until <em>tomorrow</em> @room")
		})
	})
}
