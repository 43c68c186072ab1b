package community

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/commands/grammar"
	"forseti/matrix"
	"forseti/matrix/e2ee"
	"forseti/rooms"
	"forseti/store"
	"forseti/text"
	"forseti/wire"
)

// displayName is how we are called in the management room.
func (c *Community) displayName() string {
	m, _ := c.management.Member(c.self)
	return m.DisplayName
}

// followManagement keeps moderators in step with the members of the management
// room.
func (c *Community) followManagement(change rooms.Change) {
	if change.Kind != rooms.Membership || change.User == c.self {
		return
	}
	joined := change.After.Membership == event.MembershipJoin
	if joined {
		c.moderators.Store(change.User, true)
	} else {
		c.moderators.Delete(change.User)
	}
	c.enqueue(c.world.SetModerator(change.User, joined), time.Now())
}

// takeManagement reads what moderators say.
func (c *Community) takeManagement(in *matrix.RoomBatch, out *store.Commit) {
	for _, evt := range in.Timeline {
		c.takeWord(evt, out)
	}
}

// takeWord reads one event of the management room.
func (c *Community) takeWord(evt *event.Event, out *store.Commit) {
	if evt.StateKey != nil || evt.Sender == c.self || !c.world.Moderator(evt.Sender) || evt.Unsigned.RedactedBecause != nil {
		return
	}
	switch evt.Type.Type {
	case event.EventReaction.Type:
		if c.secrecy.doubts(evt) == e2ee.Replaced {
			return
		}
		if order, ok := c.reaction(evt); ok {
			out.Commands = append(out.Commands, order)
		}
	case event.EventMessage.Type:
		order, ok := c.order(evt)
		if !ok {
			return
		}
		if doubt := c.secrecy.doubts(evt); doubt != e2ee.NoDoubt {
			c.secrecy.refuseOrder(evt, doubt, time.Now())
			return
		}
		out.Commands = append(out.Commands, order)
	}
}

// order reads a command from a message. A notice comes from another bot. An edit is
// not a command again: others may have agreed to what stood there before.
func (c *Community) order(evt *event.Event) (store.Command, bool) {
	content := wire.Of(evt.Content.Raw)
	relates := content.Object("m.relates_to")
	edit := relates.Text("rel_type") == string(event.RelReplace)
	if edit {
		content = content.Object("m.new_content")
	}
	if content.Text("msgtype") != string(event.MsgText) {
		return store.Command{}, false
	}
	m := grammar.Message{Body: content.Text("body"), Mentioned: c.mentioned(content)}
	if relates.Object("m.in_reply_to").Text("event_id") != "" {
		m.Body = withoutFallback(m.Body)
	}
	if content.Text("format") == string(event.FormatHTML) {
		m.HTML = content.Text("formatted_body") // of another format, clients show the body
	}
	line, ok := c.set.Hear(m)
	if !ok {
		return store.Command{}, false
	}
	if relates.Text("rel_type") == string(event.RelThread) {
		root := id.EventID(relates.Short("event_id", mostEventID))
		fresh, forgotten := c.speaker.threads.note(evt.ID, root)
		if fresh {
			c.commits.Setting(threadNamespace, string(evt.ID), root)
		}
		if forgotten != "" {
			c.commits.Setting(threadNamespace, string(forgotten), nil)
		}
	}
	if edit {
		line = commands.Objection("I do not carry out edited messages. Write the command anew.")
	}
	return store.Command{Event: evt.ID, Room: evt.RoomID, Sender: evt.Sender, Body: line}, true
}

// mostEventID is how long the ID of an event may be, in bytes.
const mostEventID = 255

// withoutFallback drops what old clients quote above a reply.
func withoutFallback(body string) string {
	if !strings.HasPrefix(body, "> <") {
		return body
	}
	for strings.HasPrefix(body, ">") {
		_, body, _ = strings.Cut(body, "\n")
	}
	return strings.TrimPrefix(body, "\n")
}

func (c *Community) mentioned(content wire.Object) bool {
	const most = 1000
	return slices.Contains(content.Object("m.mentions").Texts("user_ids", most, most), string(c.self))
}

// welcome speaks for the first time, ever. Later starts are silent unless there is
// something to mend.
func (c *Community) welcome(first bool) {
	if !first {
		return
	}
	rooms, lists := text.Count(len(c.wards), "room"), text.Count(len(c.lists), "list")
	c.speaker.say(fmt.Sprintf("Hello, I am Forseti. I look after %s and follow %s. Write `!forseti help` to see what I can do, and `!forseti rooms add <room>` to give me a room.",
		pick(len(c.wards) == 0, "no room yet", rooms), pick(len(c.lists) == 0, "no list yet", lists)), "", nil)
}
