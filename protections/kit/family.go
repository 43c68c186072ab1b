package kit

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Family is settings of one kind that moderators name themselves, such as lists of words.
// They are written FAMILY.NAME.
type Family[T any] struct{ Typed[T] }

// Named is one of a family.
type Named[T any] struct {
	Name  string // without the family's
	Value T
}

const (
	// mostNamed is how many of a family there may be, and longestName how long the name of
	// each may be.
	mostNamed   = 20
	longestName = 30
	// anyName stands for one that moderators choose.
	anyName = "name"
)

// FamilyOf declares one, by an option that says what one of them is: its name is the
// family's.
func FamilyOf[T any](each Typed[T]) Family[T] {
	o := each.option
	o.family = true
	o.gather = func(values map[string]any) any {
		all := make([]Named[T], 0, len(values))
		for _, name := range slices.Sorted(maps.Keys(values)) {
			if value, ok := values[name].(T); ok {
				all = append(all, Named[T]{strings.TrimPrefix(name, o.name+"."), value})
			}
		}
		return all
	}
	return Family[T]{Typed[T]{o}}
}

// In are those that hold in a room, in the order of their names.
func (f Family[T]) In(room View) []Named[T] {
	all, _ := room.values[f.name].([]Named[T])
	return all
}

// covers tells whether a setting is the option, or of its family.
func (o option) covers(setting string) bool {
	if !o.family {
		return strings.EqualFold(o.name, setting)
	}
	name, ok := strings.CutPrefix(strings.ToLower(setting), o.name+".")
	return ok && len(name) <= longestName && name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// find is the option that a setting is of, and the setting's name as it is stored.
func (k Kind) find(setting string) (o option, full string, ok bool) {
	for _, o := range k.options() {
		switch {
		case !o.covers(setting):
		case o.family:
			return o, strings.ToLower(setting), true
		default:
			return o, o.name, true
		}
	}
	return option{}, "", false
}

// shown is how the option is called where none of a family is meant.
func (o option) shown() string {
	if o.family {
		return o.name + "." + anyName
	}
	return o.name
}

// called are the settings of the option for which something is set in any of the values.
func (o option) called(values ...map[string]string) (all []string) {
	if !o.family {
		return []string{o.name}
	}
	for _, v := range values {
		for name := range v {
			if o.covers(name) && !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	slices.SortFunc(all, cmp.Compare[string])
	return all
}

// crowded tells what is wrong with one more of a family.
func (o option) crowded(values map[string]string, setting string) error {
	if _, known := values[setting]; known || !o.family || len(o.called(values)) < mostNamed {
		return nil
	}
	return fmt.Errorf("there may be %d settings %s at most: take one out with the value `%s`", mostNamed, o.shown(), ByDefault)
}
