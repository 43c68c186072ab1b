package kit

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/sanction"
	"forseti/sanction/trust"
)

// Kind is what is known of a protection before it runs: how it is called,
// explained, configured and made. Its file declares one, and the registry lists it.
type Kind struct {
	Name    string // lower case, no spaces
	Summary string // one sentence
	Details string // Markdown: what counts, what is done, who is left alone
	Options []Option
	// Spares is the level of trust from which on members are left alone, unless moderators
	// set another: trust.New for nobody.
	Spares trust.Level
	// Tells says that all it finds are alerts: so it hears of those too who have rank in a
	// room, but for the bot and the moderators.
	Tells bool
	// Waiting says that it is also asked about who knocks since before it could hear of that.
	Waiting bool
	// From is the posture from which on it is on where it is off; Calm for none.
	From sanction.Posture
	// Defaults are those that it has otherwise than the others, of options that all have.
	Defaults map[string]string
	// New makes the protection, once for all rooms: how it is set in one of them it
	// hears with each signal.
	New func(*Given) Protection
}

// ByDefault is the value that brings back a setting's default.
const ByDefault = "default"

// options are those of its own, and those that all have.
func (k Kind) options() (all []option) {
	for _, o := range k.Options {
		all = append(all, o.declaration())
	}
	for _, o := range everybodys(k.Spares) {
		if own, other := k.Defaults[o.name]; other {
			o.initial = own
		}
		all = append(all, o)
	}
	return all
}

// Standing is how moderators have set a protection, as it is stored.
type Standing struct {
	Mode   Mode              `json:"enabled"`
	Values map[string]string `json:"values,omitempty"`
	// Rooms are those where it is set otherwise than in all others.
	Rooms map[id.RoomID]Local `json:"rooms,omitempty"`
}

// Local is how a protection is set in one room. What it does not say is as in all
// others.
type Local struct {
	Mode   *Mode             `json:"enabled,omitempty"`
	Values map[string]string `json:"values,omitempty"`
}

// In is how a protection is set in a room; in general, if the room is "".
func (s Standing) In(room id.RoomID) (mode Mode, values map[string]string) {
	local := s.Rooms[room]
	mode, values = s.Mode, maps.Clone(s.Values)
	if local.Mode != nil {
		mode = *local.Mode
	}
	if values == nil {
		values = map[string]string{}
	}
	maps.Copy(values, local.Values)
	return mode, values
}

// Somewhere reports whether a protection is in a mode in any room.
func (s Standing) Somewhere(m Mode) bool {
	for room := range s.Rooms {
		if mode, _ := s.In(room); mode == m {
			return true
		}
	}
	return s.Mode == m
}

// Runs reports whether a protection looks at what happens in any room.
func (s Standing) Runs() bool { return s.Somewhere(On) || s.Somewhere(Shadow) }

// WithMode is the standing with the protection in a mode: in one room, or in all where
// nothing else was said if the room is "".
func (s Standing) WithMode(room id.RoomID, m Mode) Standing {
	if room == "" {
		s.Mode = m
		return s
	}
	return s.with(room, func(l *Local) { l.Mode = &m })
}

// Braked is the standing with the protection in shadow where it was on: in one room, or
// everywhere if the room is "".
func (s Standing) Braked(room id.RoomID) Standing {
	if room != "" {
		if mode, _ := s.In(room); mode == On {
			return s.WithMode(room, Shadow)
		}
		return s
	}
	for name, local := range s.Rooms {
		if local.Mode != nil && *local.Mode == On {
			s = s.WithMode(name, Shadow)
		}
	}
	if s.Mode == On {
		s.Mode = Shadow
	}
	return s
}

// Raised is the standing in a posture, in which a protection may be on that is off
// otherwise. Where it was switched off in a room of its own, or is in shadow, it stays so.
func (s Standing) Raised(k Kind, p sanction.Posture) Standing {
	if k.From > sanction.Calm && p >= k.From && s.Mode == Off {
		s.Mode = On
	}
	return s
}

// WithValues is the standing with other values: in one room, or in all where nothing
// else was said if the room is "".
func (s Standing) WithValues(room id.RoomID, values map[string]string) Standing {
	if room == "" {
		s.Values = values
		return s
	}
	return s.with(room, func(l *Local) { l.Values = values })
}

func (s Standing) with(room id.RoomID, change func(*Local)) Standing {
	s.Rooms = maps.Clone(s.Rooms)
	if s.Rooms == nil {
		s.Rooms = map[id.RoomID]Local{}
	}
	local := s.Rooms[room]
	change(&local)
	if s.Rooms[room] = local; local.Mode == nil && len(local.Values) == 0 {
		delete(s.Rooms, room)
	}
	return s
}

// Own are the values that were set for a room itself; in general, if the room is "".
func (s Standing) Own(room id.RoomID) map[string]string {
	if room == "" {
		return s.Values
	}
	return s.Rooms[room].Values
}

// scopes are where what holds in a room is said, the most special last.
func scopes(room id.RoomID) []id.RoomID {
	if room == "" {
		return []id.RoomID{""}
	}
	return []id.RoomID{"", room}
}

// Problem is a stored value that does not work. What would hold without it does.
type Problem struct {
	Room    id.RoomID // "" if it is not of a room
	Setting string
	Err     error // in words for moderators
}

// Read gives the values that hold in a room, and which of the stored ones cannot,
// such as those that an older version took. Names that mean nothing, as those of
// another version, are passed over.
func (k Kind) Read(s Standing, room id.RoomID) (Values, []Problem) { return k.read(s, room, nil) }

// read is Read, with what holds in general if that was read before: what is not set for
// the room itself need not be read again, which for long lists takes time and space.
func (k Kind) read(s Standing, room id.RoomID, general Values) (Values, []Problem) {
	read := make(Values, len(k.Options)+1)
	var problems []Problem
	for _, o := range k.options() {
		family := map[string]any{}
		for _, name := range o.called(s.Own(""), s.Own(room)) {
			if value, known := general[name]; known {
				if _, own := s.Own(room)[name]; !own {
					read[name], family[name] = value, value
					continue
				}
			}
			value, problem := o.read(s, room, name)
			if problem != nil {
				problems = append(problems, *problem)
			}
			read[name], family[name] = value, value
		}
		if o.family {
			read[o.name] = o.gather(family)
		}
	}
	return read, problems
}

// read gives the value of one setting in a room.
func (o option) read(s Standing, room id.RoomID, name string) (value any, problem *Problem) {
	value, _, _ = o.parse(o.initial) // a test holds every default to its bounds
	for _, from := range scopes(room) {
		text, set := s.Own(from)[name]
		if !set {
			continue
		}
		if better, _, err := o.parse(text); err == nil {
			value = better
		} else if from == room {
			problem = &Problem{room, name, err}
		}
	}
	return value, problem
}

// Problems are all the stored values that do not work.
func (k Kind) Problems(s Standing) []Problem {
	_, problems := k.Read(s, "")
	for _, room := range slices.Sorted(maps.Keys(s.Rooms)) {
		_, more := k.Read(s, room)
		problems = append(problems, more...)
	}
	return problems
}

// Settings lists the settings as they hold in a room; in general, if the room is "".
func (k Kind) Settings(s Standing, room id.RoomID) []Setting {
	var settings []Setting
	for _, o := range k.options() {
		if o.family {
			settings = append(settings, Setting{Name: o.shown(), Value: o.initial, Default: o.initial, Doc: o.doc, IsList: o.parts.split != nil, Way: o.way, Order: o.order, family: &o})
		}
		for _, name := range o.called(s.Own(""), s.Own(room)) {
			setting := Setting{Name: name, Value: o.initial, Default: o.initial, Doc: o.doc, OfRooms: o.ofRooms, IsList: o.parts.split != nil, Way: o.way, Order: o.order}
			for _, from := range scopes(room) {
				if text, set := s.Own(from)[name]; set {
					if _, canonical, err := o.parse(text); err == nil {
						setting.Value = canonical
					}
				}
			}
			settings = append(settings, setting)
		}
	}
	return settings
}

// Set returns a copy of values with one setting changed, its value in canonical
// form. "default" as the value takes the setting out. An error says what may be
// written instead, in words for a moderator.
func (k Kind) Set(values map[string]string, name, value string) (map[string]string, error) {
	o, name, ok := k.find(name)
	if !ok {
		return nil, fmt.Errorf("%s has no such setting: it has %s", k.Name, names(k.options()))
	}
	changed := maps.Clone(values)
	if changed == nil {
		changed = map[string]string{}
	}
	if strings.EqualFold(strings.TrimSpace(value), ByDefault) {
		delete(changed, name)
		return changed, nil
	}
	if err := o.crowded(values, name); err != nil {
		return nil, err
	}
	_, canonical, err := o.parse(value)
	if err != nil {
		return nil, err
	}
	changed[name] = canonical
	return changed, nil
}

func names(options []option) string {
	var all []string
	for _, o := range options {
		all = append(all, o.shown())
	}
	return strings.Join(all, ", ")
}
