package commands

import (
	"encoding/json"
	"strings"

	"maunium.net/go/mautrix/id"
)

// Description is a command as clients are told of it, so that they offer it and have its
// arguments filled in.
type Description struct {
	Command string
	Content json.RawMessage
}

// The shapes of a description.
//
// https://github.com/matrix-org/matrix-spec-proposals/pull/4391
type (
	described struct {
		Command     string      `json:"command"`
		Parameters  []parameter `json:"parameters,omitempty"`
		Description words       `json:"description"`
		Tail        string      `json:"fi.mau.tail_parameter,omitempty"`
	}
	parameter struct {
		Key         string `json:"key"`
		Schema      schema `json:"schema"`
		Optional    bool   `json:"optional,omitempty"`
		Description words  `json:"description"`
	}
	schema struct {
		Schema   string   `json:"schema_type"`
		Type     string   `json:"type,omitempty"`
		Items    *schema  `json:"items,omitempty"`
		Variants []schema `json:"variants,omitempty"`
	}
	words struct {
		Text []body `json:"m.text"`
	}
	body struct {
		Body string `json:"body"`
	}
)

// Descriptions are all commands, for clients.
func (s *Set) Descriptions() []Description {
	all := make([]Description, 0, len(s.commands))
	for _, c := range s.commands {
		if c.reads != "" {
			continue // what stands below its line is no argument
		}
		raw, _ := json.Marshal(c.described()) // of plain values, which always works
		all = append(all, Description{Command: c.name, Content: raw})
	}
	return all
}

func (c *command) described() described {
	d := described{Command: c.name, Description: inWords(upperFirst(c.summary))}
	for _, p := range c.params {
		// Without the reply that may stand in for it, a form has to have it filled in.
		d.Parameters = append(d.Parameters, parameter{Key: p.name, Schema: schemaOf(p.value, p.several), Optional: p.optional || p.replied, Description: inWords(p.doc)})
		if p.value.rest {
			d.Tail = p.name
		}
	}
	for _, f := range c.flags {
		of := schema{Schema: "primitive", Type: "boolean"}
		if f.value != nil {
			of = schemaOf(*f.value, f.several)
		}
		d.Parameters = append(d.Parameters, parameter{Key: f.name, Schema: of, Optional: true, Description: inWords(f.doc)})
	}
	return d
}

// button is what a client may have its own buttons do in protected rooms: a line, with places
// that it fills in.
type button struct{ use, syntax, doc string }

// buttons are those that clients know of.
//
// https://github.com/matrix-org/matrix-spec-proposals/pull/4333
func buttons() []button {
	return []button{
		// What stands in a form's field for the reason is neither a list nor somebody else.
		{"ban", `forseti ban {userId} -- "{reason}"`, "Ban a user from all protected rooms"},
		{"kick", `forseti kick {userId} -- "{reason}"`, "Remove a user from all protected rooms"},
		{"redact_event", "forseti redact {permalink}", "Remove a message"},
		{"redact_user", "forseti redact {userId}", "Remove the messages of a user"},
	}
}

// Buttons are the lines that clients' buttons may stand for, as bots tell them, and which
// button stands for which, in which rooms.
func Buttons(protected []id.RoomID) (lines, config json.RawMessage) {
	docs := map[string]string{"userId": "The user", "reason": "Why, for all who follow the list to read", "permalink": "A link to the message"}
	var all []map[string]any
	uses := map[string]any{}
	for _, b := range buttons() {
		variables := map[string]words{}
		for name, doc := range docs {
			if strings.Contains(b.syntax, "{"+name+"}") {
				variables[name] = inWords(doc)
			}
		}
		all = append(all, map[string]any{"syntax": b.syntax, "variables": variables, "description": inWords(b.doc)})
		uses[b.use] = map[string]any{"use": b.syntax}
	}
	lines, _ = json.Marshal(map[string]any{"sigil": "!", "commands": all})
	config, _ = json.Marshal(map[string]any{"protected_room_ids": protected, "commands": uses})
	return lines, config
}

// inWords is Markdown as plain text.
func inWords(doc string) words {
	return words{[]body{{strings.ReplaceAll(doc, "`", "")}}}
}

// schemaOf is what a client may offer for a value. Patterns, addresses and times are texts.
func schemaOf(v value, several bool) schema {
	primitive := func(kind string) schema { return schema{Schema: "primitive", Type: kind} }
	of := primitive("string")
	switch {
	case v.of == aboutUsers:
		of = schema{Schema: "union", Variants: []schema{primitive("user_id"), of}}
	case v.of == aboutRooms:
		of = schema{Schema: "union", Variants: []schema{primitive("room_id"), primitive("room_alias")}}
	case v.of == aboutEvents:
		of = schema{Schema: "union", Variants: []schema{primitive("event_id"), of}}
	}
	if several {
		one := of
		of = schema{Schema: "array", Items: &one}
	}
	return of
}
