package commands

import (
	"slices"
	"strings"

	"forseti/commands/grammar"
	"forseti/text"
)

// noSuch says that there is nothing of a name, and which name is near to it; if none is, what there is.
func noSuch(what, written string, names []string, otherwise string) error {
	shown := text.Code(text.Clip(written, 100))
	if best := text.Nearest(written, names); best != "" {
		return refuse("There is no %s %s. Did you mean %s?", what, shown, text.Code(best))
	}
	return refuse("There is no %s %s. %s", what, shown, otherwise)
}

// roomMeant is the protected room that is called nearly so: by its address, the beginning of that, or its name. It says
// so at the end of a sentence; "" if there is none.
func roomMeant(k *known, written string) string {
	if written = text.OneLine(grammar.Unwrap(written)); written == "" || strings.HasPrefix(written, "!") {
		return "" // an ID is pasted and not typed
	}
	var names []string
	of := map[string]Room{}
	add := func(name string, r Room) {
		if name = text.OneLine(name); name != "" && !slices.Contains(names, name) {
			names, of[name] = append(names, name), r
		}
	}
	for _, r := range k.names.Rooms() {
		local, _, _ := strings.Cut(string(r.Alias), ":")
		add(string(r.Alias), r)
		add(strings.TrimPrefix(local, "#"), r)
		add(local, r)
		add(r.Name, r)
	}
	r, found := of[text.Nearest(written, names)]
	switch {
	case !found:
		return ""
	case r.Alias != "":
		return " Did you mean " + text.Code(string(r.Alias)) + "?"
	}
	return " Did you mean " + k.roomLink(r.ID, r.Name) + ", which is " + text.Code(string(r.ID)) + "?"
}
