package community

import (
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/commands/grammar"
	"forseti/community/commits"
	"forseti/enforce"
	"forseti/matrix"
	"forseti/matrix/e2ee"
	"forseti/store"
	"forseti/wire"
)

// messages is what is said in the management room.
type messages struct {
	world     *enforce.World
	commits   *commits.Writer
	speaker   *speaker
	secrecy   *secrecy
	questions *questions
	set       *commands.Set
}

// takeManagement reads what moderators say.
func (m *messages) takeManagement(in *matrix.RoomBatch, out *store.Commit) {
	for _, evt := range in.Timeline {
		if evt.Sender == m.world.Self() {
			m.questions.echoed(evt)
		}
		m.takeWord(evt, out)
	}
}

// takeWord reads one event of the management room.
func (m *messages) takeWord(evt *event.Event, out *store.Commit) {
	if evt.StateKey != nil || evt.Sender == m.world.Self() || !m.world.Moderator(evt.Sender) || evt.Unsigned.RedactedBecause != nil {
		return
	}
	switch evt.Type.Type {
	case event.EventReaction.Type:
		if m.secrecy.doubts(evt) == e2ee.Replaced {
			return
		}
		if order, ok := m.questions.reaction(evt); ok {
			out.Commands = append(out.Commands, order)
		}
	case event.EventMessage.Type:
		order, ok := m.order(evt)
		if !ok {
			return
		}
		if doubt := m.secrecy.doubts(evt); doubt != e2ee.NoDoubt {
			m.secrecy.refuseOrder(evt, doubt, time.Now())
			return
		}
		out.Commands = append(out.Commands, order)
	}
}

// order reads a command from a message. A notice comes from another bot. An edit is
// not a command again: others may have agreed to what stood there before.
func (m *messages) order(evt *event.Event) (store.Command, bool) {
	content := wire.Of(evt.Content.Raw)
	relates := content.Object("m.relates_to")
	edit := relates.Text("rel_type") == string(event.RelReplace)
	if edit {
		content = content.Object("m.new_content")
	}
	if content.Text("msgtype") != string(event.MsgText) {
		return store.Command{}, false
	}
	heard := grammar.Message{Body: content.Text("body"), Mentioned: m.mentioned(content)}
	if relates.Object("m.in_reply_to").Text("event_id") != "" {
		heard.Body = withoutFallback(heard.Body)
	}
	if content.Text("format") == string(event.FormatHTML) {
		heard.HTML = content.Text("formatted_body") // of another format, clients show the body
	}
	line, ok := m.set.Hear(heard)
	to := id.EventID(relates.Object("m.in_reply_to").Short("event_id", mostEventID))
	switch {
	case !ok:
		line, ok = m.questions.alerts.reply(evt, to)
	case len(to) < 2 || relates.Text("rel_type") == string(event.RelThread): // in a thread, that is what the thread had last
	case marking(line):
		line += " " + string(to)
	default:
		line = m.set.Replied(line, to)
	}
	if !ok {
		return store.Command{}, false
	}
	if relates.Text("rel_type") == string(event.RelThread) {
		root := id.EventID(relates.Short("event_id", mostEventID))
		fresh, forgotten := m.speaker.threads.note(evt.ID, root)
		if fresh {
			m.commits.Setting(threadNamespace, string(evt.ID), root)
		}
		if forgotten != "" {
			m.commits.Setting(threadNamespace, string(forgotten), nil)
		}
	}
	if edit {
		line = commands.Objection("I do not carry out edited messages. Write the command anew.")
	}
	return store.Command{Event: evt.ID, Room: evt.RoomID, Sender: evt.Sender, Body: line}, true
}

// marking tells whether a command is about the message that it replies to.
func marking(line string) bool {
	switch strings.ToLower(strings.TrimSpace(line)) {
	case "spam", "not spam", "not-spam", "ham":
		return true
	default:
		return false
	}
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

func (m *messages) mentioned(content wire.Object) bool {
	const most = 1000
	return slices.Contains(content.Object("m.mentions").Texts("user_ids", most, most), string(m.world.Self()))
}
