package kit

import (
	"bufio"
	"fmt"
	"hash/maphash"
	"io"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"forseti/content"
)

// Domains are very many hosts, with all that is below them. Of each only a hash is kept:
// lists have a million of them.
type Domains struct {
	seed   maphash.Seed
	hashes []uint64 // sorted
}

const (
	// MostDomains is how many there may be.
	MostDomains = 2_000_000
	// mostOdd is the share of lines, in percent, that may be none: what has more is no such
	// file, or a broken one.
	mostOdd = 5
)

// Has reports whether a host, or one that it is below, is among them.
func (d *Domains) Has(host string) bool {
	if d == nil || len(d.hashes) == 0 {
		return false
	}
	for host != "" {
		if _, found := slices.BinarySearch(d.hashes, maphash.String(d.seed, host)); found {
			return true
		}
		_, above, more := strings.Cut(host, ".")
		if !more {
			return false
		}
		host = above
	}
	return false
}

// Len is how many there are.
func (d *Domains) Len() int {
	if d == nil {
		return 0
	}
	return len(d.hashes)
}

// ReadDomains reads a list of hosts, one on a line: alone, behind an address as in a hosts
// file, or as an address of the web. What follows a # is a comment. Lines that are none are
// left out; if there are too many, or there is no host at all, it is no such list.
func ReadDomains(r io.Reader) (*Domains, error) {
	d := &Domains{seed: maphash.MakeSeed()}
	lines := bufio.NewScanner(r)
	n, odd, first := 0, 0, 0
	for line := 1; lines.Scan(); line++ {
		written, _, _ := strings.Cut(lines.Text(), "#")
		fields := strings.Fields(written)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "!") {
			continue
		}
		n++
		host, ok := domainOf(fields[len(fields)-1])
		if !ok || len(fields) > 2 {
			if odd++; first == 0 {
				first = line
			}
			continue
		}
		if d.hashes = append(d.hashes, maphash.String(d.seed, host)); len(d.hashes) > MostDomains {
			return nil, fmt.Errorf("it has more than %d hosts", MostDomains)
		}
	}
	switch {
	case lines.Err() != nil:
		return nil, lines.Err()
	case odd*100 > n*mostOdd:
		return nil, fmt.Errorf("%d of its %d lines are no hosts, the first is line %d", odd, n, first)
	case len(d.hashes) == 0:
		return nil, fmt.Errorf("there is no host in it")
	}
	slices.Sort(d.hashes)
	d.hashes = slices.Clip(slices.Compact(d.hashes))
	return d, nil
}

// domainOf reads one host. A whole ending such as "com" or "github.io" is none: everybody's
// would be below it.
func domainOf(written string) (string, bool) {
	written = strings.TrimSuffix(strings.TrimPrefix(written, "||"), "^")
	if _, rest, ok := strings.Cut(written, "://"); ok {
		written = rest
	}
	written, _, _ = strings.Cut(written, "/")
	host, ip := content.Host(strings.TrimPrefix(written, "*."))
	if suffix, _ := publicsuffix.PublicSuffix(host); !ip && suffix == host {
		return "", false
	}
	return host, host != ""
}
