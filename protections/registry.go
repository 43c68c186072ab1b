// Package protections holds the checks on what is said and done in protected rooms,
// one file each: a signal and a view of its room in, findings out. A protection never
// acts by itself and never speaks to the homeserver; what it is given is package kit.
package protections

import (
	"strings"

	"forseti/protections/kit"
)

// Kinds lists every protection there is, in the order in which moderators see
// them. A new one is its own file and a line here.
func Kinds() []kit.Kind {
	return []kit.Kind{
		changes(),
		churn(),
		flooding(),
		invalid(),
		joinGate(),
		joinWave(),
		joiners(),
		knownImages(),
		lag(),
		learned(),
		reactions(),
		repeats(),
		mentions(),
		words(),
		links(),
		media(),
		firstMessage(),
		names(),
		newcomers(),
		shape(),
		slowMode(),
		adverts(),
	}
}

// Find returns the kind of that name, in any case.
func Find(name string) (kit.Kind, bool) {
	for _, k := range Kinds() {
		if strings.EqualFold(k.Name, name) {
			return k, true
		}
	}
	return kit.Kind{}, false
}
