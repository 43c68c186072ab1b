package protections

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Kind is what is known of a protection before it runs: how it is called,
// explained, configured and made. Its file declares one, and registry.go lists it.
type Kind struct {
	Name    string // lower case, no spaces
	Summary string // one sentence
	Details string // Markdown: what counts, what is done, who is left alone

	options []option
	build   func(v values) (Protection, error)
}

// byDefault is the value that brings back a setting's default.
const byDefault = "default"

// New makes the protection. values holds what moderators have set, as Set returns
// it; what is missing has its default, and names that mean nothing, as those of
// another version, are passed over. An error says which value cannot work: New(nil)
// then still gives a protection, which is better than none.
func (k Kind) New(values map[string]string) (Protection, error) {
	parsed := make(map[string]any, len(k.options))
	for _, o := range k.options {
		value, _, err := o.parse(o.text(values))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", k.Name, err)
		}
		parsed[o.name] = value
	}
	p, err := k.build(parsed)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", k.Name, err)
	}
	return p, nil
}

// Settings lists the settings with the values that moderators have set.
func (k Kind) Settings(values map[string]string) []Setting {
	settings := make([]Setting, 0, len(k.options))
	for _, o := range k.options {
		settings = append(settings, Setting{Name: o.name, Value: o.text(values), Default: o.initial, Doc: o.doc})
	}
	return settings
}

// Set returns a copy of values with one setting changed, its value in canonical
// form. "default" as the value takes the setting out. An error says what may be
// written instead, in words for a moderator.
func (k Kind) Set(values map[string]string, name, value string) (map[string]string, error) {
	i := slices.IndexFunc(k.options, func(o option) bool { return strings.EqualFold(o.name, name) })
	if i < 0 {
		return nil, fmt.Errorf("%s has no such setting: it has %s", k.Name, k.optionNames())
	}
	o := k.options[i]
	changed := maps.Clone(values)
	if changed == nil {
		changed = map[string]string{}
	}
	if strings.EqualFold(strings.TrimSpace(value), byDefault) {
		delete(changed, o.name)
		return changed, nil
	}
	_, canonical, err := o.parse(value)
	if err != nil {
		return nil, err
	}
	changed[o.name] = canonical
	return changed, nil
}

func (k Kind) optionNames() string {
	if len(k.options) == 0 {
		return "none"
	}
	names := make([]string, 0, len(k.options))
	for _, o := range k.options {
		names = append(names, o.name)
	}
	return strings.Join(names, ", ")
}
