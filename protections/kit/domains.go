package kit

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"forseti/content"
)

// Domains are very many hosts, with all that is below them. Of each only a hash is kept:
// lists have a million of them.
type Domains struct {
	hashes []uint64 // sorted
	lines  int      // that say something
	odd    int      // of them that are no hosts, and were left out
	first  int      // the first of those
}

const (
	// MostDomains is how many there may be.
	MostDomains = 2_000_000
	// longestLine is how long a line may be, in bytes.
	longestLine = 64 << 10
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
		if _, found := slices.BinarySearch(d.hashes, hashOf(host)); found {
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

// hashOf is a host's hash: one for which nobody makes another host with the same, which would
// be found for it, and the same in each run, for it is stored.
func hashOf(host string) uint64 {
	sum := sha256.Sum256([]byte(host))
	return binary.BigEndian.Uint64(sum[:])
}

// MarshalBinary is the list in a form to be stored.
func (d *Domains) MarshalBinary() ([]byte, error) {
	stored := make([]byte, 0, 8*len(d.hashes))
	for _, h := range d.hashes {
		stored = binary.BigEndian.AppendUint64(stored, h)
	}
	return stored, nil
}

// UnmarshalBinary takes up what was stored.
func (d *Domains) UnmarshalBinary(stored []byte) error {
	if len(stored)%8 != 0 || len(stored) > 8*MostDomains {
		return errors.New("it is no list of hosts")
	}
	*d = Domains{hashes: make([]uint64, 0, len(stored)/8)}
	for ; len(stored) > 0; stored = stored[8:] {
		d.hashes = append(d.hashes, binary.BigEndian.Uint64(stored))
	}
	if !slices.IsSorted(d.hashes) {
		return errors.New("it is no list of hosts")
	}
	return nil
}

// LeftOut says which lines are no hosts and were left out, in words that follow a "but"; "" if
// there are none.
func (d *Domains) LeftOut() string {
	if d.odd == 0 {
		return ""
	}
	return d.oddWords()
}

func (d *Domains) oddWords() string {
	return fmt.Sprintf("%d of its %d lines are no hosts, the first is line %d", d.odd, d.lines, d.first)
}

// ReadDomains reads a list of hosts, one on a line: alone, behind an address as in a hosts
// file, or as an address of the web. What follows a # is a comment. Lines that are none are
// left out; if there are too many, or there is no host at all, it is no such list.
func ReadDomains(r io.Reader) (*Domains, error) {
	d := &Domains{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, longestLine)
	line := 0
	for lines.Scan() {
		line++
		written, _, _ := strings.Cut(lines.Text(), "#")
		fields := strings.Fields(written)
		if len(fields) == 0 || strings.HasPrefix(fields[0], "!") {
			continue
		}
		if len(fields) > 1 && ofEveryHost(fields[len(fields)-1]) {
			continue
		}
		d.lines++
		host, ok := domainOf(fields[len(fields)-1])
		if !ok || len(fields) > 2 {
			if d.odd++; d.first == 0 {
				d.first = line
			}
			continue
		}
		if d.hashes = append(d.hashes, hashOf(host)); len(d.hashes) > MostDomains {
			return nil, fmt.Errorf("it has more than %d hosts", MostDomains)
		}
	}
	switch {
	case errors.Is(lines.Err(), bufio.ErrTooLong):
		return nil, fmt.Errorf("line %d is longer than %d kB", line+1, longestLine>>10)
	case lines.Err() != nil:
		return nil, lines.Err()
	case d.odd*100 > d.lines*mostOdd:
		return nil, errors.New(d.oddWords())
	case len(d.hashes) == 0:
		return nil, fmt.Errorf("there is no host in it")
	}
	slices.Sort(d.hashes)
	d.hashes = slices.Clip(slices.Compact(d.hashes))
	return d, nil
}

// ofEveryHost reports whether a name is one of those that hosts files begin with, for the
// machine itself.
func ofEveryHost(name string) bool {
	return slices.Contains([]string{"localhost", "localhost.localdomain", "local", "broadcasthost", "0.0.0.0"}, name) || strings.HasPrefix(name, "ip6-")
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
