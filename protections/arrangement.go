package protections

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"maunium.net/go/mautrix/id"

	"forseti/protections/kit"
	"forseti/sanction"
)

// Arrangement is how protections are set, and the moderators' own rules: all of them or
// some, each once.
type Arrangement []Arranged

// Arranged is one of them.
type Arranged struct {
	Kind     kit.Kind
	Standing kit.Standing
	Rule     string // of a rule of their own: as it is written, without its name
}

// Find is the one of that name.
func (a Arrangement) Find(name string) (Arranged, bool) {
	i := slices.IndexFunc(a, func(one Arranged) bool { return one.Kind.Name == name })
	if i < 0 {
		return Arranged{}, false
	}
	return a[i], true
}

// Whole is what moderators can set about protections: each of them and their own rules, and
// what holds for all of them. It is written and read as text, so that moderators can keep it,
// change it and pass it on. What a text does not name it leaves alone.
type Whole struct {
	Protections Arrangement
	Shared      []sanction.Shared // each once
}

// Of is what of it is set of one thing: a protection, a rule, or what holds for all.
func (w Whole) Of(name string) Whole {
	var of Whole
	if one, ok := w.Protections.Find(name); ok {
		of.Protections = Arrangement{one}
	}
	if s, ok := w.FindShared(name); ok {
		of.Shared = []sanction.Shared{s}
	}
	return of
}

// FindShared is what holds for all of that name.
func (w Whole) FindShared(name string) (sanction.Shared, bool) {
	i := slices.IndexFunc(w.Shared, func(s sanction.Shared) bool { return s.Name == name })
	if i < 0 {
		return sanction.Shared{}, false
	}
	return w.Shared[i], true
}

// Empty reports whether nothing is in it.
func (w Whole) Empty() bool { return len(w.Protections)+len(w.Shared) == 0 }

// heading begins each text, with the version of its form.
const heading, textVersion = "forseti protections", 1

// What the keys of a section are that is no setting's name.
const modeKey, ruleKey = "mode", "rule"

// String is all of it as text: a section for each, in the order that it has, with what is not
// as by default. Stored values that do not work any more are left out.
func (w Whole) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %d\n# What a section does not name is as by default; what has no section stays as it is.\n", heading, textVersion)
	for _, s := range w.Shared {
		fmt.Fprintf(&b, "\n[%s]\n", s.Name)
		for _, name := range slices.Sorted(maps.Keys(s.Values)) {
			fmt.Fprintf(&b, "%s = %s\n", name, asWritten(s.Values[name]))
		}
	}
	for _, one := range w.Protections {
		one.write(&b)
	}
	return b.String()
}

func (a Arranged) write(b *strings.Builder) {
	fmt.Fprintf(b, "\n[%s]\n%s = %s\n", a.Kind.Name, modeKey, modeWord(a.Standing.Mode))
	if a.Rule != "" {
		fmt.Fprintf(b, "%s = %s\n", ruleKey, asWritten(a.Rule))
	}
	a.writeValues(b, "")
	for _, room := range slices.Sorted(maps.Keys(a.Standing.Rooms)) {
		fmt.Fprintf(b, "\n[%s %s]\n", a.Kind.Name, asWritten(string(room)))
		if own := a.Standing.Rooms[room].Mode; own != nil {
			fmt.Fprintf(b, "%s = %s\n", modeKey, modeWord(*own))
		}
		a.writeValues(b, room)
	}
}

func (a Arranged) writeValues(b *strings.Builder, room id.RoomID) {
	own := a.Standing.Own(room)
	for _, name := range slices.Sorted(maps.Keys(own)) {
		if working, err := a.Kind.Set(nil, name, own[name]); err == nil && working[name] != "" {
			fmt.Fprintf(b, "%s = %s\n", name, asWritten(working[name]))
		}
	}
}

func modeWord(m kit.Mode) string {
	if m == kit.Shadow {
		return "shadow"
	}
	return m.String()
}

// asWritten is a value on a line of its own: in quotes, as Go has them, if it would not be
// read as it stands.
func asWritten(value string) string {
	_, err := strconv.Unquote(value)
	if err == nil || trimmed(value) != value || strings.ContainsFunc(value, unicode.IsControl) {
		return strconv.Quote(value)
	}
	return value
}

// read is a value as asWritten gives it.
func read(line string) string {
	if value, err := strconv.Unquote(line); err == nil && strings.HasPrefix(line, `"`) {
		return value
	}
	return line
}

// trimmed is a line without what shows as nothing at its ends: clients and the clipboard
// leave such there.
func trimmed(s string) string {
	return strings.TrimFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.In(r, unicode.Cf, unicode.Cc) })
}
