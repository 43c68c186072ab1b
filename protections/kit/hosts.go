package kit

import (
	"strings"

	"forseti/content"
	"forseti/glob"
)

// Hosts are patterns of addresses.
type Hosts struct {
	exact map[string][]string // by host: what the path begins with; "" for whatever it is
	wild  []hostPattern
}

type hostPattern struct {
	host glob.Pattern
	path string
}

// mostHosts is how many entries such a setting may have.
const mostHosts = 1000

// HostList declares an option that is hosts, with all below them and perhaps a path, or
// patterns of such.
func HostList(name, doc string) Typed[*Hosts] {
	type entry struct{ host, path string }
	t := longList(name, mostHosts, doc, "hosts as `example.com` (with all below it), `*.example`, or `example.com/path`", func(word string) (entry, bool) {
		if _, rest, ok := strings.Cut(word, "://"); ok {
			word = rest
		}
		host, path, some := strings.Cut(word, "/")
		if some && path != "" {
			path = "/" + path
		}
		if host == "*" {
			return entry{host, path}, path == ""
		}
		if glob.Is(host) {
			return entry{glob.Fold(host), path}, strings.Trim(host, "*?.") != ""
		}
		host, _ = content.Host(host)
		return entry{host, path}, strings.ContainsAny(host, ".:")
	})
	parse := t.parse
	o := t.option
	o.parse = func(text string) (any, string, error) {
		value, canonical, err := parse(text)
		if err != nil {
			return nil, "", err
		}
		h := &Hosts{exact: map[string][]string{}}
		for _, e := range value.([]entry) {
			if glob.Is(e.host) {
				h.wild = append(h.wild, hostPattern{glob.New(e.host), e.path})
			} else {
				h.exact[e.host] = append(h.exact[e.host], e.path)
			}
		}
		return h, canonical, nil
	}
	return Typed[*Hosts]{o}
}

// Empty reports whether there are none.
func (h *Hosts) Empty() bool { return h == nil || len(h.exact) == 0 && len(h.wild) == 0 }

// Has reports whether a link leads to one of them.
func (h *Hosts) Has(l *content.Link) bool {
	if h.Empty() || l.Host == "" {
		return false
	}
	for host := l.Host; host != ""; {
		for _, path := range h.exact[host] {
			if strings.HasPrefix(l.Path, path) {
				return true
			}
		}
		_, above, more := strings.Cut(host, ".")
		if !more || l.IP {
			break
		}
		host = above
	}
	for _, p := range h.wild {
		if l.Maybe && p.host.String() == "*" {
			continue // it is the name of a file
		}
		if strings.HasPrefix(l.Path, p.path) && p.host.Match(l.Host) {
			return true
		}
	}
	return false
}
