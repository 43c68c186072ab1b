package community

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/commands/grammar"
	"forseti/community/commits"
	"forseti/content"
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
	bots      *otherBots
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
	m.bots.saw(evt)
	switch evt.Type.Type {
	case event.EventReaction.Type:
		if m.secrecy.doubts(evt) == e2ee.Replaced {
			return
		}
		if order, ok := m.questions.reaction(evt); ok {
			out.Commands = append(out.Commands, order)
		}
	case event.EventMessage.Type:
		if order, ok, answers := m.answer(evt); answers {
			if ok {
				out.Commands = append(out.Commands, order)
			}
			return
		}
		order, ok := m.order(evt)
		if !ok {
			return
		}
		if doubt := m.secrecy.doubts(evt); doubt != e2ee.NoDoubt {
			m.secrecy.refuseOrder(evt, doubt, time.Now())
			return
		}
		if edited, _ := editOf(evt); m.speaker.misread.mends(edited, evt.Sender) {
			m.speaker.misread.mended(edited, evt.ID, m.commits)
		}
		out.Commands = append(out.Commands, order)
	}
}

// takeAside reads what moderators tap in the log room. Who they are, and what they may do, the room says in which they
// command: a stranger who came into this one is nobody there. Nothing else counts here.
func (m *messages) takeAside(in *matrix.RoomBatch, b *matrix.Batch, out *store.Commit) {
	if !m.speaker.voice.log.is(in.Room) || in.Membership != event.MembershipJoin || b.Initial || !m.speaker.voice.log.fits() {
		return
	}
	for _, evt := range in.Timeline {
		target, sign := reacted(evt)
		if target == "" || evt.Sender == m.world.Self() || !m.world.Moderator(evt.Sender) || evt.Unsigned.RedactedBecause != nil || m.secrecy.doubts(evt) == e2ee.Replaced {
			continue
		}
		if order, ok := m.questions.alerts.reaction(evt, target, sign); ok {
			out.Commands = append(out.Commands, order)
		}
	}
}

// editOf is the message that another one edits.
func editOf(evt *event.Event) (edited id.EventID, edit bool) {
	relates := wire.Of(evt.Content.Raw).Object("m.relates_to")
	if relates.Text("rel_type") != string(event.RelReplace) {
		return "", false
	}
	return id.EventID(relates.Short("event_id", mostEventID)), true
}

// order reads a command from a message. A notice comes from another bot. An edit is
// not a command again, unless what stood there before was not understood: others may have
// agreed to that.
func (m *messages) order(evt *event.Event) (store.Command, bool) {
	said := wire.Of(evt.Content.Raw)
	relates := said.Object("m.relates_to")
	edited, edit := editOf(evt)
	if edit {
		said = said.Object("m.new_content")
	}
	caption := captioned(said)
	if said.Text("msgtype") != string(event.MsgText) && !caption {
		return store.Command{}, false
	}
	to := repliedTo(relates)
	if edit && to == "" {
		to = m.speaker.misread.by[edited].to
	}
	reply := to != ""
	line, ok := "", false
	if !edit {
		line, ok = m.structured(evt)
	}
	if !ok {
		line, ok = m.set.Hear(m.words(said, reply))
	}
	if !ok && m.questions.alerts.tells(to) {
		line, ok = m.set.Alone(content.Read(evt.Type.Type, evt.Content.VeryRaw).Shown().String())
	}
	if !ok {
		return store.Command{}, false
	}
	if caption {
		line = m.set.Captioning(line, cmp.Or(edited, evt.ID), to)
	} else {
		line = m.set.InReply(line, to)
	}
	m.speaker.misread.replies.note(evt.ID, to)
	if root, _, ok := threadOf(relates); ok {
		m.inThread(evt.ID, root)
	} else if edit {
		m.inThread(evt.ID, m.speaker.threads.of(edited))
	}
	if edit && !m.speaker.misread.mends(edited, evt.Sender) {
		line = commands.Objection("I carry out an edit only of a command that I did not understand. Write this one anew.")
	}
	return store.Command{Event: evt.ID, Room: evt.RoomID, Sender: evt.Sender, Body: line}, true
}

// The names of a command with its arguments, as clients send it that were told of it: that of
// today and that of one day.
var structuredKeys = [...]string{"org.matrix.msc4391.command", "m.bot.command"}

// structured reads a command that a client sends with its arguments by name, if the message
// mentions us. Its text is for who reads along, and is not looked at.
//
// https://github.com/matrix-org/matrix-spec-proposals/pull/4391
func (m *messages) structured(evt *event.Event) (line string, ok bool) {
	if !m.mentioned(wire.Of(evt.Content.Raw)) {
		return "", false
	}
	for _, key := range structuredKeys {
		sent, _ := evt.Content.Raw[key].(map[string]any)
		if name, _ := sent["command"].(string); name != "" {
			arguments, _ := sent["arguments"].(map[string]any)
			return m.set.Structured(name, arguments), true
		}
	}
	return "", false
}

// words are what somebody wrote, without what old clients quote. A reply mentions also whom it
// answers, who need not stand in it.
func (m *messages) words(said wire.Object, reply bool) grammar.Message {
	heard := grammar.Message{Body: said.Text("body"), Mentioned: m.mentioned(said)}
	if reply {
		heard.Body = withoutFallback(heard.Body)
	} else {
		heard.Mentions = mentions(said)
	}
	if said.Text("format") == string(event.FormatHTML) {
		heard.HTML = said.Text("formatted_body") // of another format, clients show the body
	}
	return heard
}

// inThread notes where a command was given, to be answered there.
func (m *messages) inThread(command, root id.EventID) {
	fresh, forgotten := m.speaker.threads.note(command, root)
	if fresh {
		m.commits.Setting(threadNamespace, string(command), root)
	}
	if forgotten != "" {
		m.commits.Setting(threadNamespace, string(forgotten), nil)
	}
}

// captioned reports whether a message is a file or a picture with words of its sender's. Its body is the
// file's name if it has none, and a name is no command, whatever it looks like.
//
// https://spec.matrix.org/v1.16/client-server-api/#media-captions
func captioned(said wire.Object) bool {
	switch event.MessageType(said.Text("msgtype")) {
	case event.MsgFile, event.MsgImage, event.MsgVideo, event.MsgAudio:
		name := said.Text("filename")
		return name != "" && name != said.Text("body")
	}
	return false
}

// repliedTo is the message that one replies to, "" if it does to none. What stands in a thread
// and replies to nothing there is about what the thread is about.
func repliedTo(relates wire.Object) id.EventID {
	if root, falling, _ := threadOf(relates); falling {
		return root
	}
	return id.EventID(relates.Object("m.in_reply_to").Short("event_id", mostEventID))
}

// threadOf is where a thread begins that something stands in; falling if it replies to nothing
// there: the reply that it names is for clients without threads. Clients from before threads
// were in the specification have other names for both.
//
// https://spec.matrix.org/v1.16/client-server-api/#fallback-for-unthreaded-clients
func threadOf(relates wire.Object) (root id.EventID, falling, ok bool) {
	switch relates.Text("rel_type") {
	case string(event.RelThread):
		falling = relates.True("is_falling_back")
	case "io.element.thread":
		falling = !relates.True("io.element.show_reply")
	default:
		return "", false, false
	}
	falling = falling || relates.Object("m.in_reply_to").Text("event_id") == ""
	return id.EventID(relates.Short("event_id", mostEventID)), falling, true
}

// mostEventID is how long the ID of an event may be, in bytes.
const mostEventID = 255

// withoutFallback drops what old clients quote above a reply.
func withoutFallback(body string) string {
	if !strings.HasPrefix(body, "> <") && !strings.HasPrefix(body, "> * <") { // an emote
		return body
	}
	for strings.HasPrefix(body, ">") {
		_, body, _ = strings.Cut(body, "\n")
	}
	return strings.TrimPrefix(body, "\n")
}

func (m *messages) mentioned(content wire.Object) bool {
	return slices.Contains(mentions(content), string(m.world.Self()))
}

// mentions are the users that a message says that it mentions.
func mentions(content wire.Object) []string {
	const most = 1000
	return content.Object("m.mentions").Texts("user_ids", most, most)
}
