package kit

import (
	"fmt"
	"slices"
	"strings"

	"maunium.net/go/mautrix/id"
)

// entries say how the value of a setting is one of several parts, so that single ones can
// be put in and taken out.
type entries struct {
	split func(text string) []string
	joint string // what stands between them
}

func words(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' || r == '\t' || r == '\n' })
}

// What begins a value that says what to put in or to take out, and not what is to hold.
const (
	PutIn   = "+ "
	TakeOut = "- "
)

// Written returns a copy of the values that are set for a room (in general, if it is ""),
// with one setting as a moderator wrote it: as Set, and with PutIn or TakeOut before it
// what already holds there with more or fewer entries.
func (k Kind) Written(s Standing, room id.RoomID, name, value string) (map[string]string, error) {
	entries, puts := strings.CutPrefix(value, PutIn)
	if !puts {
		var takes bool
		if entries, takes = strings.CutPrefix(value, TakeOut); !takes {
			return k.Set(s.Own(room), name, value)
		}
	}
	o, full, ok := k.find(name)
	switch {
	case !ok:
		return k.Set(s.Own(room), name, value) // says so
	case o.parts.split == nil:
		return nil, fmt.Errorf("%s is no list: it takes one value", full)
	}
	held := o.initial
	for _, setting := range k.Settings(s, room) {
		if setting.Name == full {
			held = setting.Value
		}
	}
	all := o.parts.split(held)
	if len(all) == 1 && strings.EqualFold(all[0], none) {
		all = nil
	}
	_, canonical, err := o.parse(entries)
	if err != nil && puts {
		return nil, err
	}
	if err != nil {
		canonical = entries // what could not be put in is not there
	}
	for _, entry := range o.parts.split(canonical) {
		switch i := slices.IndexFunc(all, func(e string) bool { return strings.EqualFold(e, entry) }); {
		case puts && i < 0:
			all = append(all, entry)
		case !puts && i >= 0:
			all = slices.Delete(all, i, i+1)
		case !puts:
			return nil, fmt.Errorf("%s has no %s", full, Quote(entry))
		}
	}
	if len(all) == 0 {
		all = []string{none}
	}
	return k.Set(s.Own(room), full, strings.Join(all, o.parts.joint))
}
