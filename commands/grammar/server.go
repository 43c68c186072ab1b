package grammar

import (
	"net/netip"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"forseti/servername"
)

// The grammar is https://spec.matrix.org/latest/appendices/#server-name.
const (
	digits   = "0123456789"
	hostname = digits + "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-"
	hostGlob = hostname + "*?"
)

// consists tells whether s is of these letters, of one at least and not too many.
func consists(s, of string, most int) bool {
	return s != "" && len(s) <= most && strings.Trim(s, of) == ""
}

// PortNumber tells whether s looks like the number of a port.
func PortNumber(s string) bool { return consists(s, digits, 5) }

// ValidServer tells whether s is a server name, perhaps with a port.
func ValidServer(s string) bool {
	host, port, hasPort := servername.CutPort(s)
	if hasPort && !PortNumber(port) {
		return false
	}
	return ValidHost(host)
}

// ValidHost tells whether s is a server name without a port.
func ValidHost(host string) bool {
	if inner, ok := strings.CutPrefix(host, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		addr, err := netip.ParseAddr(inner)
		return ok && err == nil && addr.Is6() && addr.Zone() == ""
	}
	return consists(host, hostname, 255) && !strings.HasPrefix(host, ".") && !strings.Contains(host, "..")
}

// ValidHostGlob tells whether s is a pattern that some server name can match.
func ValidHostGlob(s string) bool {
	return consists(s, hostGlob, 255) && !strings.Contains(s, "..")
}

// ASCIIServer gives the form that a server name, or a pattern of one, has in Matrix if
// it is written in other letters: пример.example is xn--e1afmkfd.example. Others stay
// as they are.
func ASCIIServer(s string) string {
	labels := strings.Split(s, ".")
	for i, label := range labels {
		if ascii, err := idna.Lookup.ToASCII(label); err == nil && ascii != "" && !isASCII(label) {
			labels[i] = ascii
		}
	}
	return strings.Join(labels, ".")
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}
