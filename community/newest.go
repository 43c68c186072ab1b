package community

import (
	"maps"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/wire"
)

// answersField names what a message answers where it does not reply to it.
const answersField = "forseti.answers"

// newest is the last message that stands in the management room, as far as it is known. What
// answers it needs no quote of it: that would take half of a telephone's screen.
type newest struct{ last id.EventID }

// saw takes in what sync brings of the room.
func (n *newest) saw(evt *event.Event) {
	if stands(evt) {
		n.last = evt.ID
	}
}

// stands reports whether an event is shown as a message of its own.
func stands(evt *event.Event) bool {
	if evt.StateKey != nil || evt.ID == "" {
		return false
	}
	switch evt.Type.Type {
	case event.EventReaction.Type, event.EventRedaction.Type:
		return false
	}
	kind := wire.Content(evt.Content.VeryRaw, evt.Content.Raw).Object("m.relates_to").Text("rel_type")
	return kind != string(event.RelReplace) && kind != string(event.RelAnnotation) && kind != string(event.RelThread)
}

// posted notes a message of ours that stands there now.
func (n *newest) posted(m action.Message, evt id.EventID) {
	if evt != "" && m.Edits == "" && m.Reaction == "" && m.Thread == "" {
		n.last = evt
	}
}

// unquoted is a message without the quote of what stands right above it. What it answers is
// still said, for programs.
func (n *newest) unquoted(m action.Message) action.Message {
	if m.ReplyTo == "" || m.ReplyTo != n.last || m.Reaction != "" || m.Thread != "" || m.Edits != "" {
		return m
	}
	fields := maps.Clone(m.Fields)
	if fields == nil {
		fields = map[string]any{}
	}
	fields[answersField] = m.ReplyTo
	m.Fields, m.ReplyTo = fields, ""
	return m
}
