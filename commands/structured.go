package commands

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/commands/grammar"
	"forseti/text"
)

// Structured is the line of a command that a client sends with its arguments by name, for
// Plan. What does not fit is an objection, and nothing is done.
//
// https://github.com/matrix-org/matrix-spec-proposals/pull/4391
func (s *Set) Structured(name string, arguments map[string]any) string {
	i := slices.IndexFunc(s.commands, func(c *command) bool { return strings.EqualFold(c.name, name) })
	if i < 0 {
		return Objection("Your client sent " + text.Code(text.Clip(name, 60)) + ", and I have no such command. `!forseti help` lists those that there are.")
	}
	c := s.commands[i]
	parts, left := []string{c.name}, len(arguments)
	for _, f := range c.flags {
		given, there := arguments[f.name]
		if !there {
			continue
		}
		left--
		for _, one := range several(given, f.several) {
			switch on, isSwitch := one.(bool); {
			case f.value == nil && isSwitch && !on:
			case f.value == nil && isSwitch:
				parts = append(parts, "--"+f.name)
			default:
				word, ok := argument(one)
				if !ok || f.value == nil {
					return c.unfit(f.name)
				}
				parts = append(parts, "--"+f.name+"="+word)
			}
		}
	}
	for _, p := range c.params {
		given, there := arguments[p.name]
		if !there {
			continue
		}
		left--
		for _, one := range several(given, p.several) {
			word, ok := s.placed(p, one)
			if !ok {
				return c.unfit(p.name)
			}
			if text, is := one.(string); is && text == "" && (p.optional || p.replied) {
				continue // a field of a form that was left empty
			}
			parts = append(parts, word)
		}
	}
	if left > 0 {
		return Objection("Your client sent something with `" + c.name + "` that I do not know. `!forseti help " + c.name + "` says what it takes. I did nothing.")
	}
	line := strings.Join(parts, " ")
	if len(line) > grammar.MaxLine {
		return Objection(grammar.TooLong(len(line)))
	}
	return line
}

// unfit says that an argument cannot be read.
func (c *command) unfit(name string) string {
	return Objection("Of the `" + name + "` of `" + c.name + "` that your client sent I understand nothing. `!forseti help " + c.name + "` says what it takes. I did nothing.")
}

// several are the values of one argument, of which most have one.
func several(given any, may bool) []any {
	if all, list := given.([]any); list && may {
		return all
	}
	return []any{given}
}

// placed writes one value so that it is taken for what it was sent as, and for nothing that may
// stand in the same place: no reason is a list or somebody else, no list the beginning of a reason.
func (s *Set) placed(p param, given any) (word string, ok bool) {
	v, written := given.(string)
	if !written {
		return argument(given)
	}
	v = oneLine(v)
	bare := grammar.Quote(v) == v
	switch {
	case v == "":
		return grammar.Quote(v), true
	case p.value.raw:
		return "-- " + v, true
	case p.value.rest:
		return quoted(v), true
	case p.value.list:
		k := &known{self: s.hearer.Self, names: s.names}
		ref, err := parseRoom(v)
		switch named := k.called(v); {
		case err == nil:
			return grammar.Link{Target: ref.written(), Via: ref.Via}.String(), true
		case len(named) == 1 && !bare:
			return string(named[0].ID), true
		}
		return v, bare && (len(k.called(v)) > 0 || k.nearly(v) != "")
	case !bare && strings.ContainsRune("@#!", rune(v[0])):
		return grammar.Link{Target: v}.String(), true
	}
	return grammar.Quote(v), true
}

// oneLine is a field of a form as one line, whatever it holds.
func oneLine(v string) string {
	return strings.Join(strings.FieldsFunc(v, func(r rune) bool { return r < ' ' || r == '\u2028' || r == '\u2029' || r == '\u0085' }), " ")
}

// argument writes one value as a word.
func argument(given any) (word string, ok bool) {
	switch v := given.(type) {
	case string:
		return grammar.Quote(oneLine(v)), true
	case bool:
		return pick(v, "on", "off"), true
	case float64:
		if v != float64(int64(v)) {
			return "", false
		}
		return strconv.FormatInt(int64(v), 10), true
	case json.Number:
		_, err := v.Int64()
		return v.String(), err == nil
	case map[string]any:
		return referred(v)
	default:
		return "", false
	}
}

// referred writes a room or an event, which comes with servers that have it, as a link.
func referred(v map[string]any) (word string, ok bool) {
	room, _ := v["id"].(string)
	if !strings.HasPrefix(room, "!") || len(room) > maxID || !printable(room) {
		return "", false
	}
	var via []string
	servers, _ := v["via"].([]any)
	for _, server := range servers {
		if name, is := server.(string); is && grammar.ValidServer(name) && len(via) < mostVia {
			via = append(via, name)
		}
	}
	link := id.RoomID(room).URI(via...)
	if event, is := v["event_id"].(string); is && event != "" {
		if !strings.HasPrefix(event, "$") || len(event) > maxID || !printable(event) {
			return "", false
		}
		link = id.RoomID(room).EventURI(id.EventID(event), via...)
	}
	return grammar.Quote(link.MatrixToURL()), true
}

// mostVia is how many servers one link names.
const mostVia = 5
