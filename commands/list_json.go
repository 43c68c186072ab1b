package commands

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/policy"
	"forseti/text"
	"forseti/wire"
)

// Mjolnir, Draupnir and others keep rules as state of a room, and what exports them is whatever reads that: a homeserver
// (`/state`, an administrator's tool), a client (developer tools, the export of a chat), jq. All of those write JSON with
// events in it, in a list or in objects, or one after the other; wherever an event stands, it is the same.

const (
	deepestExport      = 8    // how deep events are looked for
	mostImportedReason = 1000 // how long a reason may be that somebody else wrote, in bytes
)

// isJSON tells whether a text is JSON, and so no text that has a rule on each line.
func isJSON(written string) bool {
	written = strings.TrimLeft(strings.TrimPrefix(written, "\ufeff"), " \t\r\n")
	return strings.HasPrefix(written, "[") || strings.HasPrefix(written, "{")
}

// exportedRules are the rules of an export, and what of it was left out, by its place.
type exportedRules struct {
	rules  []policy.Rule
	left   []leftOut
	events []*event.Event // those that hold rules, in the order in which they stand there
	rooms  map[id.RoomID]bool
}

// leftOut is a rule that no command would write.
type leftOut struct {
	event id.EventID
	why   string
}

// readExport reads the rules that the events of an export amount to, as a list that holds them would be read: of several
// in one place the latest counts.
func readExport(written string) (*exportedRules, error) {
	x := &exportedRules{rooms: map[id.RoomID]bool{}}
	raw := []byte(strings.TrimPrefix(written, "\ufeff"))
	for d := json.NewDecoder(bytes.NewReader(raw)); ; {
		var value json.RawMessage
		err := d.Decode(&value)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			at := min(int(d.InputOffset()), len(raw))
			if wrong, ok := errors.AsType[*json.SyntaxError](err); ok && at == 0 {
				at = min(int(wrong.Offset), len(raw))
			}
			return nil, refuse("Nothing of it was taken: from line %d on it is no JSON.", 1+bytes.Count(raw[:at], []byte("\n")))
		}
		x.find(value, deepestExport)
	}
	if len(x.events) == 0 {
		return nil, refuse("There is no rule in that JSON. I look for events of policy lists in it, such as the state of a list's room.")
	}
	x.amount()
	if len(x.rules) == 0 && len(x.left) == 0 {
		return nil, refuse("All rules in that JSON were taken away again.")
	}
	return x, nil
}

// find looks for events in a value.
func (x *exportedRules) find(raw json.RawMessage, deep int) {
	if deep == 0 || len(raw) == 0 {
		return
	}
	below := func(value []byte) {
		if value = bytes.TrimLeft(value, " \t\r\n"); len(value) > 0 && (value[0] == '[' || value[0] == '{') {
			x.find(value, deep-1)
		}
	}
	if raw = bytes.TrimLeft(raw, " \t\r\n"); raw[0] == '[' {
		wire.Elements(raw, below)
		return
	}
	o := wire.Read(raw)
	switch kind := o.Text("type"); {
	case policy.IsRuleType(kind):
		x.take(kind, o, raw)
	case kind != "" && o.Object("content").Any():
	default:
		wire.Each(raw, func(_, value []byte) { below(value) })
	}
}

// take takes in an event that holds a rule, or held one.
func (x *exportedRules) take(kind string, o wire.Object, raw json.RawMessage) {
	evt := &event.Event{
		ID: id.EventID(fmt.Sprintf("%07d", len(x.events)+1)), Type: event.Type{Type: kind, Class: event.StateEventType},
		RoomID: id.RoomID(cmp.Or(o.Text("room_id"), "!unsaid")), Sender: id.UserID(o.Text("sender")),
	}
	evt.Timestamp, _ = o.Integer("origin_server_ts")
	wire.Each(raw, func(name, value []byte) {
		switch string(name) {
		case "content":
			evt.Content.VeryRaw = slices.Clone(value)
		case "state_key":
			evt.StateKey = nil
			if len(value) > 0 && value[0] == '"' {
				evt.StateKey = new(wire.Text(value))
			}
		}
	})
	if o.Object("unsigned").Has("redacted_because") {
		evt.Content.VeryRaw = json.RawMessage(`{}`)
	}
	x.events = append(x.events, evt)
	x.rooms[evt.RoomID] = true
}

// amount makes rules of the events.
func (x *exportedRules) amount() {
	type place struct{ room, kind, key string }
	latest := map[place]*event.Event{}
	for _, evt := range x.events {
		if evt.StateKey == nil {
			x.leave(evt, "it has no state key")
			continue
		}
		at := place{string(evt.RoomID), evt.Type.Type, *evt.StateKey}
		if before := latest[at]; before == nil || before.Timestamp <= evt.Timestamp {
			latest[at] = evt
		}
	}
	state := map[id.RoomID][]*event.Event{}
	for _, evt := range x.events {
		if evt.StateKey == nil || latest[place{string(evt.RoomID), evt.Type.Type, *evt.StateKey}] != evt {
			continue
		}
		if _, is := policy.Parse(evt.RoomID, evt); !is && !blanked(evt.Content.VeryRaw) {
			x.leave(evt, "it does not say whom it is about, or what is to be done")
		}
		state[evt.RoomID] = append(state[evt.RoomID], evt)
	}
	var all []policy.Rule
	for room := range x.rooms {
		index := policy.NewIndex()
		index.Replace(room, state[room])
		all = slices.AppendSeq(all, index.Rules(room))
	}
	slices.SortFunc(all, func(a, b policy.Rule) int { return cmp.Compare(a.Event, b.Event) })
	seen := map[policy.Rule]bool{}
	for _, r := range all {
		x.keep(r, seen)
	}
	sortRules(x.rules)
	slices.SortFunc(x.left, func(a, b leftOut) int { return cmp.Compare(a.event, b.event) })
}

// keep takes a rule, unless it is there or no command would write it.
func (x *exportedRules) keep(r policy.Rule, seen map[policy.Rule]bool) {
	evt := &event.Event{ID: r.Event, Type: event.Type{Type: r.Type}, StateKey: new(r.StateKey)}
	r = plainRule(r)
	r.Reason = text.Clip(text.OneLine(r.Reason), mostImportedReason)
	key := r
	key.Reason, key.Until = "", 0
	switch {
	case !isBan(r) && r.Recommendation != policy.Exempt:
		x.leave(evt, "what it recommends I do not follow")
	case policy.Unmatchable(r) != "":
		x.leave(evt, fmt.Sprintf("%s would match nobody, as %s", text.Code(text.Clip(r.Entity, 80)), policy.Unmatchable(r)))
	case strings.ContainsFunc(r.Entity, isBreak):
		x.leave(evt, "there is a line break in the name that it is about")
	case !seen[key]:
		seen[key] = true
		x.rules = append(x.rules, r)
	}
}

// blanked tells whether an event takes a rule away.
func blanked(content json.RawMessage) bool {
	o := wire.Read(content)
	return o.Any() && !o.Has("entity") && !o.Has("recommendation") && !o.Has("hashes") && !o.Has("org.matrix.msc4205.hashes")
}

func (x *exportedRules) leave(evt *event.Event, why string) {
	where := fmt.Sprintf("rule %s, %s", strings.TrimLeft(string(evt.ID), "0"), text.Code(evt.Type.Type))
	if evt.StateKey != nil {
		where += " with the key " + text.Code(text.Clip(*evt.StateKey, 60))
	}
	x.left = append(x.left, leftOut{evt.ID, where + ": " + why})
}

// said says what of an export is not taken, and of how many rooms it is.
func (x *exportedRules) said() string {
	var said []string
	if len(x.rooms) > 1 {
		said = append(said, fmt.Sprintf("It is from %d rooms, which come into one list.", len(x.rooms)))
	}
	if len(x.left) > 0 {
		var lines []string
		for _, one := range x.left[:min(len(x.left), 5)] {
			lines = append(lines, one.why)
		}
		if more := len(x.left) - len(lines); more > 0 {
			lines = append(lines, fmt.Sprintf("and %d more", more))
		}
		said = append(said, fmt.Sprintf("I leave out %s of it:", text.Count(len(x.left), "rule"))+listing(lines, ""))
	}
	return text.Paragraphs(said...)
}
