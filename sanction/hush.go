package sanction

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/text"
	"forseti/wire"
)

// Hush is that only who is known can write in a room: what it takes to write there is raised
// to one above the level that everybody has, and that level is lent to who is known. What
// else the power levels say stays as it is.
//
// https://spec.matrix.org/v1.16/client-server-api/#mroompower_levels
type Hush struct {
	Level int64 `json:"level"`
	Need  int64 `json:"need"` // what it took before to write anything
	// Kinds are what was found, by type of event; "" for those that have no level of their own.
	Kinds map[string]was `json:"kinds,omitempty"`
	// Lent are the levels that members had who were given it.
	Lent map[id.UserID]was `json:"lent,omitempty"`
	// Userless says that nobody had a level of their own.
	Userless bool `json:"userless,omitempty"`
	leavable
}

var _ Hold = (*Hush)(nil)

// was is what was found in one place.
type was struct {
	Found  string `json:"found,omitempty"`  // as it was written; "" if there was nothing
	Theirs bool   `json:"theirs,omitempty"` // somebody has set it since
}

// spoken are the kinds of events by which it is decided at which level somebody is muted.
var spoken = [...]string{event.EventMessage.Type, event.EventEncrypted.Type, event.EventReaction.Type, event.EventSticker.Type}

const (
	// mostLent bounds to how many members of a room a level is lent.
	mostLent = 1000
	// mostLevels is how long power levels may become: an event has 65,536 bytes in all.
	mostLevels = 60_000
	// topLevel is the highest level that there is.
	topLevel = 1<<53 - 1
)

// levels are power levels, of which every number was read that matters here.
type levels struct {
	fields, users, events map[string]json.RawMessage
	everybody             int64 // what everybody has
}

// readLevels reads power levels; false if there is anything in them that is not as it should
// be, for what cannot be read must not be written over.
func readLevels(content json.RawMessage) (l levels, ok bool) {
	if l.fields = wire.Fields(content); l.fields == nil {
		return l, false
	}
	if l.users, ok = inner(l.fields["users"]); !ok {
		return l, false
	}
	if l.events, ok = inner(l.fields["events"]); !ok {
		return l, false
	}
	l.everybody, ok = number(l.fields["users_default"], 0)
	return l, ok
}

func inner(raw json.RawMessage) (fields map[string]json.RawMessage, ok bool) {
	if raw == nil {
		return map[string]json.RawMessage{}, true
	}
	fields = wire.Fields(raw)
	return fields, fields != nil
}

// number reads a level, or what stands for one that is not there.
func number(raw json.RawMessage, otherwise int64) (int64, bool) {
	if raw == nil {
		return otherwise, true
	}
	return wire.Integer(raw)
}

// written are the kinds of events that one writes with, of those that have a level of their own,
// and "" for all others.
func (l levels) written() []string {
	kinds := []string{""}
	for _, kind := range slices.Sorted(maps.Keys(l.events)) {
		if action.Writes(kind) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// need is what it takes to send events of a kind; "" for those without a level of their own.
func (l levels) need(kind string) (int64, bool) {
	if raw := l.events[kind]; raw != nil && kind != "" {
		return number(raw, 0)
	}
	return number(l.fields["events_default"], 0)
}

// at is what stands in the place of a kind.
func (l levels) at(kind string) json.RawMessage {
	if kind == "" {
		return l.fields["events_default"]
	}
	return l.events[kind]
}

// HushRoom raises what it takes to write in a room, for which own is our level there. If it
// cannot be, it says why; if not even that, there is nothing to raise.
func HushRoom(content json.RawMessage, own int64) (h *Hush, why string) {
	l, ok := readLevels(content)
	if !ok {
		return nil, "its power levels are not as they should be"
	}
	if l.everybody >= topLevel {
		return nil, "everybody has the highest level there"
	}
	h = &Hush{Level: l.everybody + 1, Need: math.MinInt64, Kinds: map[string]was{}, Userless: l.fields["users"] == nil}
	for _, kind := range l.written() {
		need, ok := l.need(kind)
		switch {
		case !ok:
			return nil, "its power levels are not as they should be"
		case need >= h.Level:
			continue
		case need < 0 && (kind == "" || slices.Contains(spoken[:], kind)):
			return nil, "one can write there with a level below 0, so that who was muted meanwhile could write again after it"
		}
		h.Kinds[kind], h.Need = was{Found: string(l.at(kind))}, max(h.Need, need)
	}
	switch shared := l.shared(h.Level); {
	case len(h.Kinds) == 0:
		return nil, ""
	case shared != "":
		return nil, fmt.Sprintf("level %d is what it takes to %s there, and I would have to give it to all members who are known", h.Level, shared)
	case own <= h.Level:
		return nil, fmt.Sprintf("I need power level %d for it and have %d", h.Level+1, own)
	case len(h.Shut(content)) > mostLevels:
		return nil, "its power levels have no space for more"
	}
	return h, ""
}

// shared is what else a level lets one do; "" for nothing.
func (l levels) shared(level int64) string {
	for _, of := range []struct {
		key   string
		usual int64
		words string
	}{
		{"ban", 50, "ban"}, {"kick", 50, "kick"}, {"redact", 50, "remove messages"}, {"invite", 0, "invite"}, {"state_default", 50, "change the room"},
	} {
		if n, ok := number(l.fields[of.key], of.usual); !ok || n == level {
			return of.words
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(l.events)) {
		if n, ok := number(l.events[kind], 0); !ok || n == level {
			return "send " + text.Code(text.Brief(kind, 60))
		}
	}
	for _, raw := range wire.Fields(l.fields["notifications"]) {
		if n, ok := wire.Integer(raw); ok && n == level {
			return "call everybody"
		}
	}
	return ""
}

// Lend lends the level to members who could write before, as many as fit, the first first.
// It gives to how many more it is lent, and to how many it cannot be.
func (h *Hush) Lend(content json.RawMessage, to []id.UserID) (lent, short int) {
	l, ok := readLevels(content)
	if !ok {
		return 0, 0
	}
	if h.Lent == nil {
		h.Lent = map[id.UserID]was{}
	}
	size := len(content) + len(`,"users":{}`)
	if shut := h.Shut(content); shut != nil {
		size = len(shut) + len(`,"users":{}`)
	}
	for _, u := range to {
		has, readable := number(l.users[string(u)], l.everybody)
		if _, was := h.Lent[u]; was || !readable || has < h.Need || has >= h.Level {
			continue
		}
		name, err := json.Marshal(u)
		entry := len(name) + len(":,") + len(h.set())
		if err != nil || len(h.Lent) >= mostLent || size+entry > mostLevels {
			short++
			continue
		}
		size += entry
		h.Lent[u] = was{Found: string(l.users[string(u)])}
		lent++
	}
	return lent, short
}

// More lends the level to members who came to be known, or may speak again, while it holds.
// From whom somebody has taken it meanwhile it stays taken. If there are none it gives nil.
func (h *Hush) More(content json.RawMessage, to []id.UserID) *Hush {
	l, ok := readLevels(content)
	if !ok || l.everybody+1 != h.Level {
		return nil
	}
	more := *h
	more.Kinds, more.Lent = maps.Clone(h.Kinds), maps.Clone(h.Lent)
	for kind, w := range more.Kinds {
		more.Kinds[kind] = h.taken(w, l.at(kind), false)
	}
	for u, w := range more.Lent {
		more.Lent[u] = h.taken(w, l.users[string(u)], h.muted(l, u))
	}
	if lent, _ := more.Lend(content, to); lent == 0 {
		return nil
	}
	return &more
}

func (h *Hush) taken(w was, now json.RawMessage, muted bool) was {
	w.Theirs = w.Theirs || !muted && h.is(w, now) != Closed
	return w
}

// Join takes up what is left to give back of an earlier hold.
func (h *Hush) Join(rest *Hush) {
	for u, w := range rest.Lent {
		if _, known := h.Lent[u]; !known {
			if h.Lent == nil {
				h.Lent = map[id.UserID]was{}
			}
			h.Lent[u] = w
		}
	}
	h.Userless = h.Userless || rest.Userless
}

// set is the level as it is written.
func (h *Hush) set() json.RawMessage {
	return strconv.AppendInt(nil, h.Level, 10)
}

// is says how one place stands.
func (h *Hush) is(w was, now json.RawMessage) Is {
	n, readable := wire.Integer(now)
	switch {
	case w.Theirs:
		return Changed
	case now != nil && readable && n == h.Level:
		return Closed
	case now == nil && w.Found == "", now != nil && same(now, json.RawMessage(w.Found)):
		return Open
	default:
		return Changed
	}
}

// muted reports whether somebody has a level of their own of those that mutes give.
func (h *Hush) muted(l levels, u id.UserID) bool {
	n, ok := wire.Integer(l.users[string(u)])
	return ok && n < 0
}

// Stands is part of Hold. It holds where everybody lacks the level to write, by us or by
// somebody else who asks for more.
func (h *Hush) Stands(now json.RawMessage) Is {
	l, ok := readLevels(now)
	if !ok || l.everybody+1 != h.Level {
		return Changed
	}
	ours, found, theirs := 0, 0, 0
	for kind, w := range h.Kinds {
		need, readable := l.need(kind)
		switch is := h.is(w, l.at(kind)); {
		case is == Closed:
			ours++
		case is == Open:
			found++
		case !readable || need < h.Level:
			theirs++
		}
	}
	switch {
	case theirs > 0, found > 0 && ours > 0:
		return Changed
	case found > 0:
		return Open
	case ours > 0:
		return Closed
	default:
		return Changed
	}
}

// Shut is part of Hold.
func (h *Hush) Shut(now json.RawMessage) json.RawMessage {
	l, ok := readLevels(now)
	if !ok || l.everybody+1 != h.Level {
		return nil
	}
	return h.edit(l, Open, func(was) json.RawMessage { return h.set() })
}

// Back is part of Hold.
func (h *Hush) Back(now json.RawMessage) json.RawMessage {
	l, ok := readLevels(now)
	if !ok {
		return nil
	}
	return h.edit(l, Closed, func(w was) json.RawMessage { return json.RawMessage(w.Found) })
}

// edit is the content in which all places that stand in one way have another level, none if
// it is empty; nil if there are none.
func (h *Hush) edit(l levels, from Is, to func(was) json.RawMessage) json.RawMessage {
	edits := 0
	put := func(fields map[string]json.RawMessage, key string, w was) {
		if h.is(w, fields[key]) != from {
			return
		}
		edits++
		if fields[key] = to(w); len(fields[key]) == 0 {
			delete(fields, key)
		}
	}
	for kind, w := range h.Kinds {
		if kind != "" {
			put(l.events, kind, w)
		}
	}
	if w, ours := h.Kinds[""]; ours {
		put(l.fields, "events_default", w)
	}
	_, had := l.fields["users"]
	for u, w := range h.Lent {
		put(l.users, string(u), w)
	}
	if edits == 0 {
		return nil
	}
	for key, of := range map[string]map[string]json.RawMessage{"users": l.users, "events": l.events} {
		if len(of) > 0 || l.fields[key] != nil {
			l.fields[key], _ = json.Marshal(of) // read, and so valid
		}
	}
	if had && len(l.users) == 0 && h.Userless {
		delete(l.fields, "users")
	}
	content, err := json.Marshal(l.fields)
	if err != nil {
		return nil
	}
	return content
}

// Leave is part of Hold.
func (h *Hush) Leave() Hold {
	left := *h
	left.Theirs = true
	return &left
}

// Rest is part of Hold: who was lent the level, is muted now, and gets it back when the mute
// ends.
func (h *Hush) Rest(now json.RawMessage, stays bool) Hold {
	rest := &Hush{Level: h.Level, Need: h.Need, Lent: map[id.UserID]was{}, Userless: h.Userless, leavable: leavable{stays}}
	l, ok := readLevels(now)
	for u, w := range h.Lent {
		if ok && !w.Theirs && h.muted(l, u) && h.is(w, l.users[string(u)]) == Changed {
			rest.Lent[u] = w
		}
	}
	switch {
	case len(rest.Lent) == 0 && !stays:
		return nil
	case h.Resting() && h.Theirs == stays && len(h.Lent) == len(rest.Lent):
		return h
	default:
		return rest
	}
}

// Resting is part of Hold.
func (h *Hush) Resting() bool { return len(h.Kinds) == 0 }
