package kit

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"time"

	"maunium.net/go/mautrix/id"

	"forseti/sanction"
)

// Way says which of two values of an option is the stricter one: by which more is found, or
// less is let pass. Each option has one, so that nobody is asked for a yes to what only
// makes things stricter, and everybody is to all else.
type Way int

// The ways.
const (
	_       Way = iota
	Unclear     // it cannot be told, so somebody has to look at it
	Less        // a smaller number or time
	More        // a larger one; none is the largest
	Longer      // a list with more in it
	Shorter     // a list with less in it
	Later       // a word that comes later among those that are given with it
	Either      // nothing more is let pass either way
)

// Stricter is the option with the way in which it becomes stricter. words are those of Later,
// the loosest first.
func (t Typed[T]) Stricter(by Way, words ...string) Typed[T] {
	t.way, t.order = by, words
	return t
}

// NoYes is for a Switch that finds more if it is on, and YesNo for one that finds less.
func NoYes() []string { return []string{no, yes} }

// YesNo is the reverse of NoYes.
func YesNo() []string { return []string{yes, no} }

// modeSetting is what the mode is called among settings.
const modeSetting = "mode"

// Loosens are the settings of which less is found, or more is let pass, when the protection
// stands otherwise than before; "mode" if it is switched down.
func (k Kind) Loosens(before, after Standing) (looser []string) {
	note := func(name string) {
		if !slices.Contains(looser, name) {
			looser = append(looser, name)
		}
	}
	for _, room := range bothRooms(before, after) {
		was, _ := before.In(room)
		is, _ := after.In(room)
		switch {
		case was == Off:
			continue
		case is < was:
			note(modeSetting)
		}
		if is != was {
			continue // what it finds in shadow nobody relies on
		}
		old, now := k.written(before, room), k.written(after, room)
		for name := range old {
			if value, still := now[name]; !still {
				now[name] = ByDefault
			} else if value == old[name] {
				delete(now, name)
			}
		}
		for name, value := range now {
			if !k.Holds(name, old[name], value) {
				note(name)
			}
		}
	}
	slices.Sort(looser)
	return looser
}

// bothRooms are those that either sets apart, after all others ("").
func bothRooms(a, b Standing) []id.RoomID {
	rooms := map[id.RoomID]bool{"": true}
	for _, s := range []Standing{a, b} {
		for room := range s.Rooms {
			rooms[room] = true
		}
	}
	return slices.Sorted(maps.Keys(rooms))
}

// written are the values of all settings as they hold in a room.
func (k Kind) written(s Standing, room id.RoomID) map[string]string {
	values := map[string]string{}
	for _, setting := range k.Settings(s, room) {
		if setting.family == nil {
			values[setting.Name] = setting.Value
		}
	}
	return values
}

// Holds reports whether a new value of a setting is as strict as the old one, at least.
func (k Kind) Holds(setting, old, now string) bool {
	o, _, ok := k.find(setting)
	return ok && o.holds(old, now)
}

// holds reports whether a new value is as strict as the old one, at least. One of a family
// that was not there, or is there no more, is "" or ByDefault.
func (o option) holds(old, now string) bool {
	if old == "" || old == ByDefault {
		old = o.initial
	}
	if now == ByDefault {
		now = o.initial
	}
	switch o.way {
	case Less, More:
		was, ok := amount(old)
		is, also := amount(now)
		return ok && also && (o.way == Less && is <= was || o.way == More && is >= was)
	case Longer:
		return o.within(old, now)
	case Shorter:
		return o.within(now, old)
	case Later:
		was, is := slices.Index(o.order, old), slices.Index(o.order, now)
		return was >= 0 && is >= was
	case Either:
		return true
	default:
		return false
	}
}

// within reports whether all entries of one list are in another.
func (o option) within(some, all string) bool {
	held := o.parts.split(all)
	return !slices.ContainsFunc(o.parts.split(some), func(entry string) bool { return entry != none && !slices.Contains(held, entry) })
}

// amount is a number or a time, in one measure.
func amount(value string) (float64, bool) {
	if value == none {
		return math.Inf(1), true
	}
	if n, err := strconv.ParseFloat(value, 64); err == nil {
		return n, true
	}
	if d, err := time.ParseDuration(value); err == nil {
		return d.Seconds(), true
	}
	return 0, false
}

// Classes are how bad things can be, the mildest first, for Later.
func Classes() []string { return sanction.ClassNames() }
