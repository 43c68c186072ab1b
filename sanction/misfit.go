package sanction

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"forseti/text"
)

// row is a setting of a T: its name, what it is unless somebody set it, how it is read, and how
// what was read is written. What is written is read as the same.
type row[T any] struct {
	name, usual, doc string
	set              func(to *T, written string) error
	write            func(of T) string
}

// Misfit is a value that a setting cannot have, in words for moderators.
type Misfit struct {
	Settings []string // that it is about: one, or two that do not go together
	said     string
}

// Error says what is wrong and what would be right. It begins with the setting, in Markdown.
func (m Misfit) Error() string { return m.said }

// Misfits are all that is wrong with what was written.
type Misfits []Misfit

// Error is all of it.
func (m Misfits) Error() string {
	said := make([]string, len(m))
	for i, one := range m {
		said[i] = one.said
	}
	return strings.Join(said, "; ")
}

// byDefault is the value that brings back the usual one.
const byDefault = "default"

// readRows sets what is written and what is usual of all else. of is what the settings are of.
func readRows[T any](rows []row[T], to *T, written map[string]string, of string) (wrong Misfits) {
	for _, r := range rows {
		w, set := written[r.name]
		if w = strings.TrimSpace(w); !set || strings.EqualFold(w, byDefault) {
			w = r.usual
		}
		if err := r.set(to, w); err != nil {
			wrong = append(wrong, Misfit{[]string{r.name}, fmt.Sprintf("%s cannot be %s: %s", text.Code(r.name), text.Code(text.Clip(w, 40)), err)})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(written)) {
		if !slices.ContainsFunc(rows, func(r row[T]) bool { return r.name == name }) {
			wrong = append(wrong, unknownSetting(rows, name, of))
		}
	}
	return wrong
}

func unknownSetting[T any](rows []row[T], name, of string) Misfit {
	var names []string
	for _, r := range rows {
		names = append(names, r.name)
	}
	said := fmt.Sprintf("%s has no setting %s", of, text.Code(text.Clip(name, 40)))
	if best := text.Nearest(name, names); best != "" {
		return Misfit{[]string{name}, fmt.Sprintf("%s; did you mean %s?", said, text.Code(best))}
	}
	return Misfit{[]string{name}, fmt.Sprintf("%s; it has %s", said, text.Names(names, len(names)))}
}

// otherwise is what is set otherwise than usual, for readRows.
func otherwise[T any](rows []row[T], of T) map[string]string {
	set := map[string]string{}
	for _, r := range rows {
		if now := r.write(of); now != r.usual {
			set[r.name] = now
		}
	}
	return set
}

func settingsOf[T any](rows []row[T], of T) (all []SharedSetting) {
	for _, r := range rows {
		all = append(all, SharedSetting{Name: r.name, Value: r.write(of), Default: r.usual, Doc: r.doc})
	}
	return all
}
