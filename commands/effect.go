package commands

import (
	"fmt"
	"slices"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/text"
)

// hits reports whether a change is against anybody, now or later.
func (e Effect) hits() bool {
	return e.Hit+len(e.Later)+len(e.Left)+len(e.Parts)+len(e.Denied) > 0
}

// broad says why a change is asked about that hits few now.
func broad(e Effect) []string {
	if len(e.Broad) == 0 || e.Everyone || e.FreesEveryone {
		return nil
	}
	return []string{fmt.Sprintf("**%s could match nearly anybody who comes.**", text.Named(e.Broad, mostNames))}
}

// hits says whom a change would hit, after "would".
func (c *call) hits(e Effect) string {
	var said []string
	if users := append(append([]id.UserID{}, e.Banned...), e.Shut...); e.Hit > 0 {
		said = append(said, fmt.Sprintf("hit %s in %s: %s", text.Count(e.Hit, "present member"), text.Count(e.Rooms, "room"), e.some(users, e.Hit)))
	}
	if n := len(e.Later); n > 0 {
		said = append(said, fmt.Sprintf("hit %s as soon as power levels allow it: %s", text.Count(n, "member"), e.some(e.Later, n)))
	}
	if n := len(e.Left); n > 0 {
		said = append(said, fmt.Sprintf("ban %s who left lately: %s", text.Count(n, "user"), e.some(e.Left, n)))
	}
	if n := len(e.Parts); n > 0 {
		said = append(said, fmt.Sprintf("have homeservers that run Dendrite, which take a name for a part of others, shut out the servers of %s: %s",
			text.Count(n, "member"), e.some(e.Parts, n)))
	}
	if n := len(e.Denied); n > 0 {
		said = append(said, "shut out "+text.Named(e.Denied, mostNames))
	}
	return text.And(said)
}

// mostBrief is how many are named in a sentence of a brief effect, and fewBrief how many of more.
const mostBrief, fewBrief = 6, 2

// some shows some of all who are counted.
func (e Effect) some(users []id.UserID, all int) string {
	shown := users[:min(len(users), mostNames)]
	if e.brief && all > mostBrief {
		shown = users[:min(len(users), fewBrief)]
	}
	if all <= len(shown) {
		return names(users)
	}
	return fmt.Sprintf("%s and %d more", strings.Join(codes(shown), ", "), all-len(shown))
}

func codes[T ~string](all []T) []string {
	shown := make([]string, len(all))
	for i, s := range all {
		shown[i] = text.Code(string(s))
	}
	return shown
}

// everybody names all whom a brief effect only counts, folded; "" if there are none.
func (e Effect) everybody() string {
	var all []string
	for _, of := range []struct {
		what  string
		users []id.UserID
	}{{"Hit", slices.Concat(e.Banned, e.Shut)}, {"Hit later", e.Later}, {"Left lately", e.Left}, {"Freed", e.Freed}} {
		if len(of.users) > mostBrief {
			all = append(all, fmt.Sprintf("%s, %d: %s.", of.what, len(of.users), text.Names(of.users, mostFolded)))
		}
	}
	if len(all) == 0 {
		return ""
	}
	return text.Fold("All names", text.Paragraphs(all...))
}

// frees says whom a change would free, after "would".
func frees(e Effect) string {
	var said []string
	if len(e.Freed) > 0 {
		said = append(said, fmt.Sprintf("free %s: %s", text.Count(len(e.Freed), "user"), e.some(e.Freed, len(e.Freed))))
	}
	if len(e.Allowed) > 0 {
		said = append(said, "let in again "+text.Named(e.Allowed, mostNames))
	}
	return text.And(said)
}
