package protections

import "strings"

// Kinds lists every protection there is, in the order in which moderators see
// them. A new one is its own file and a line here.
func Kinds() []Kind {
	return []Kind{
		flooding(),
	}
}

// Find returns the kind of that name, in any case.
func Find(name string) (Kind, bool) {
	for _, k := range Kinds() {
		if strings.EqualFold(k.Name, name) {
			return k, true
		}
	}
	return Kind{}, false
}
