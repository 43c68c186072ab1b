package demo

import (
	"context"
	"fmt"
	"path/filepath"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// What there is for clients that do not encrypt: a bot of its own, commanded in a clear room.
const (
	clearName      = "Moderators, in clear"
	playgroundName = "Playground"
	playfulName    = "playful"
)

// open sets up the clear room: its bot, a room that it looks after, and somebody in there.
func (s *stage) open(ctx context.Context) error {
	account, err := s.person(ctx, "second bot", "forseti-in-clear")
	if err != nil {
		return err
	}
	bot := account.client
	if err := bot.SetDisplayName(ctx, botName); err != nil {
		return err
	}
	if s.clear, err = s.roomFor(ctx, bot, s.moderator, clearName, ""); err != nil {
		return err
	}
	playground, err := s.roomFor(ctx, bot, s.moderator, playgroundName, "")
	if err != nil {
		return err
	}
	list, err := s.roomFor(ctx, bot, s.moderator, "Rules of the playground", "m.policy")
	if err != nil {
		return err
	}
	if err := s.shortcode(ctx, list); err != nil {
		return err
	}
	playful, err := s.person(ctx, "member", playfulName)
	if err != nil {
		return err
	}
	if _, err := playful.client.JoinRoomByID(ctx, playground); err != nil {
		return err
	}
	if err := looksAfter(ctx, bot, []id.RoomID{playground}, list); err != nil {
		return err
	}
	s.second, err = s.runBot(ctx, "in-clear", bot, s.clear, "")
	return err
}

// shortcode names a list as the moderators call it.
func (s *stage) shortcode(ctx context.Context, list id.RoomID) error {
	kind := event.Type{Type: "org.matrix.mjolnir.shortcode", Class: event.StateEventType}
	_, err := s.moderator.SendStateEvent(ctx, list, kind, "", map[string]string{"shortcode": listName})
	return err
}

// looksAfter has a bot protect rooms and follow a list from its start on.
func looksAfter(ctx context.Context, bot *mautrix.Client, rooms []id.RoomID, list id.RoomID) error {
	if err := bot.SetAccountData(ctx, "org.matrix.mjolnir.protected_rooms", map[string]any{"rooms": rooms}); err != nil {
		return err
	}
	return bot.SetAccountData(ctx, "org.matrix.mjolnir.watched_lists", map[string]any{"references": []string{list.URI().MatrixToURL()}})
}

// config is how a bot is run here. more are further lines of it.
func (s *stage) config(name string, account *mautrix.Client, management id.RoomID, more string) string {
	return fmt.Sprintf("homeserver:\n  address: %s\n  user: %q\n  access_token: %s\nmanagement_room: %q\ndatabase:\n  url: sqlite:%s\n%s",
		s.proxy.URL, account.UserID, account.AccessToken, management, filepath.Join(s.dir, name+".db"), more)
}

// byHand are the commands that write to the bot in the clear room and show what it answered.
func (s *stage) byHand() (write, read string) {
	room := fmt.Sprintf("%s/_matrix/client/v3/rooms/%s", s.server.URL, s.clear)
	with := "curl -sH 'Authorization: Bearer " + s.moderator.AccessToken + "'"
	return fmt.Sprintf(`%s '%s/send/m.room.message/'$(date +%%s) -X PUT -d '{"msgtype":"m.text","body":"!forseti help"}'`, with, room),
		fmt.Sprintf(`%s '%s/messages?dir=b&limit=1'`, with, room)
}
