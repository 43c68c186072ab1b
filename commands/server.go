package commands

import (
	"net/netip"
	"regexp"
	"strings"
)

// The grammar is https://spec.matrix.org/latest/appendices/#server-name.
var (
	hostname   = regexp.MustCompile(`^[0-9A-Za-z.-]{1,255}$`)
	hostGlob   = regexp.MustCompile(`^[0-9A-Za-z.*?-]{1,255}$`)
	portNumber = regexp.MustCompile(`^[0-9]{1,5}$`)
)

// validServer tells whether s is a server name, perhaps with a port.
func validServer(s string) bool {
	host, port, hasPort := cutPort(s)
	if hasPort && !portNumber.MatchString(port) {
		return false
	}
	return validHost(host)
}

func validHost(host string) bool {
	if inner, ok := strings.CutPrefix(host, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		addr, err := netip.ParseAddr(inner)
		return ok && err == nil && addr.Is6() && addr.Zone() == ""
	}
	return hostname.MatchString(host) && !strings.HasPrefix(host, ".") && !strings.Contains(host, "..")
}

// validHostGlob tells whether s is a pattern that some server name can match.
func validHostGlob(s string) bool {
	return hostGlob.MatchString(s) && !strings.Contains(s, "..")
}

// cutPort splits off a port, minding that IPv6 addresses have colons too.
func cutPort(s string) (host, port string, ok bool) {
	if end := strings.LastIndexByte(s, ']'); end >= 0 {
		host, port, ok = strings.Cut(s[end:], ":")
		return s[:end] + host, port, ok
	}
	return strings.Cut(s, ":")
}
