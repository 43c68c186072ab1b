package community

import (
	"encoding/json"
	"testing"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
)

// An answer quotes its command if anything came in between that people see, and not else.
func TestAnswersQuoteOnlyWhatIsNotAbove(t *testing.T) {
	const order = id.EventID("$order")
	room := func(kind, content string) *event.Event {
		evt := &event.Event{ID: "$other", Type: event.Type{Type: kind}}
		if err := json.Unmarshal([]byte(content), &evt.Content.Raw); err != nil {
			t.Fatal(err)
		}
		return evt
	}
	member := room("m.room.member", `{"membership":"join"}`)
	member.StateKey = new("@new:hs")
	for name, tt := range map[string]struct {
		between *event.Event
		ours    action.Message
		quotes  bool
	}{
		"nothing":                 {},
		"a message":               {between: room("m.room.message", `{"msgtype":"m.text","body":"hi"}`), quotes: true},
		"what cannot be read":     {between: room("m.room.encrypted", `{"ciphertext":"x"}`), quotes: true},
		"a sticker":               {between: room("m.sticker", `{}`), quotes: true},
		"a reply":                 {between: room("m.room.message", `{"m.relates_to":{"m.in_reply_to":{"event_id":"$x"}}}`), quotes: true},
		"an edit":                 {between: room("m.room.message", `{"m.relates_to":{"rel_type":"m.replace","event_id":"$x"}}`)},
		"an edit in secret":       {between: room("m.room.encrypted", `{"m.relates_to":{"rel_type":"m.replace","event_id":"$x"}}`)},
		"something in a thread":   {between: room("m.room.message", `{"m.relates_to":{"rel_type":"m.thread","event_id":"$x"}}`)},
		"a reaction":              {between: room("m.reaction", `{"m.relates_to":{"rel_type":"m.annotation"}}`)},
		"a redaction":             {between: room("m.room.redaction", `{}`)},
		"who came":                {between: member},
		"odd relations":           {between: room("m.room.message", `{"m.relates_to":[1]}`), quotes: true},
		"a message of ours":       {ours: action.Message{Markdown: "news"}, quotes: true},
		"an edit of ours":         {ours: action.Message{Markdown: "news", Edits: "$x"}},
		"a reaction of ours":      {ours: action.Message{Reaction: "✅", ReplyTo: "$x"}},
		"what we say in a thread": {ours: action.Message{Markdown: "news", Thread: "$x"}},
	} {
		var n newest
		n.saw(&event.Event{ID: order, Type: event.EventMessage})
		if tt.between != nil {
			n.saw(tt.between)
		}
		if tt.ours.Markdown+tt.ours.Reaction != "" {
			n.posted(tt.ours, "$ours")
		}
		asked := action.Message{Markdown: "done", ReplyTo: order, Fields: map[string]any{"k": "v"}}
		said := n.unquoted(asked)
		if quotes := said.ReplyTo == order; quotes != tt.quotes {
			t.Errorf("%s in between: the answer quotes the command is %v", name, quotes)
		}
		if said.ReplyTo == "" && (said.Fields[answersField] != order || said.Fields["k"] != "v") || len(asked.Fields) != 1 {
			t.Errorf("%s in between: fields are %v, and were %v", name, said.Fields, asked.Fields)
		}
	}
	n := newest{last: order}
	for _, m := range []action.Message{
		{Reaction: "✅", ReplyTo: order}, {Markdown: "x", Thread: "$t", ReplyTo: order}, {Markdown: "x", Edits: "$e", ReplyTo: order},
	} {
		if n.unquoted(m).ReplyTo != order {
			t.Errorf("%+v is about nothing any more", m)
		}
	}
	if (&newest{}).unquoted(action.Message{Markdown: "news"}).Fields != nil {
		t.Error("news answers something")
	}
}
