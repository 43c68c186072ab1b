package commands

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"maunium.net/go/mautrix/id"

	"forseti/policy"
	"forseti/text"
)

// mostUnfolded is how many names of one kind are shown where all are asked for, and mostFoldedNames
// how many bytes in all.
const (
	mostUnfolded    = 150
	mostFoldedNames = 12_000
)

// nearest says what of an effect concerns one's own people, which is to be seen first: who is of
// our own servers, and servers that people here are on. It is "" if nothing does.
func nearest(e Effect) string {
	var said []string
	if len(e.Ours) > 0 {
		said = append(said, fmt.Sprintf("**%s of our own servers**: %s.", text.Count(len(e.Ours), "user"), names(e.Ours)))
	}
	on := map[string]int{}
	for _, u := range e.Shut {
		on[policy.ServerOf(u)]++
	}
	servers := make([]string, 0, len(on))
	for server := range on {
		servers = append(servers, server)
	}
	slices.SortFunc(servers, func(a, b string) int { return cmp.Or(cmp.Compare(on[b], on[a]), cmp.Compare(a, b)) })
	for i, server := range servers {
		servers[i] = fmt.Sprintf("%s (%s)", text.Code(server), text.Count(on[server], "member"))
	}
	if len(servers) > 0 {
		said = append(said, fmt.Sprintf("**%s that people here are on** would be shut out: %s.", text.Count(len(servers), "server"), text.NamedSome(servers, mostNames)))
	}
	return text.Paragraphs(said...)
}

// allNames folds the names of an effect of which there are too many for a sentence; "" if there
// are not.
func allNames(e Effect) string {
	kinds := []struct {
		what string
		all  []string
	}{
		{"Present", texts(e.Banned)}, {"Present, of servers that would be shut out", texts(e.Shut)},
		{"As soon as power levels allow it", texts(e.Later)}, {"Left lately", texts(e.Left)}, {"Freed", texts(e.Freed)},
		{"Servers that would be shut out", e.Denied}, {"Servers that would be let in again", e.Allowed},
	}
	for most := mostUnfolded; most > 0; most /= 2 {
		var said []string
		for _, k := range kinds {
			if len(k.all) > mostNames {
				said = append(said, fmt.Sprintf("%s: %s.", k.what, text.Names(k.all, most)))
			}
		}
		switch body := strings.Join(said, "\n\n"); {
		case body == "":
			return ""
		case len(body) <= mostFoldedNames:
			return text.Fold("More names", body)
		}
	}
	return ""
}

func texts(users []id.UserID) []string {
	all := make([]string, len(users))
	for i, u := range users {
		all[i] = string(u)
	}
	return all
}
