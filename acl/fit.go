package acl

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"forseti/glob"
)

// MaxContent is the size in bytes above which content is cut down. An event may
// have 65,536 bytes; signatures, hashes and twenty prev_events want their share.
const MaxContent = 60_000

// ErrTooLarge is returned if hand-made entries alone exceed MaxContent.
var ErrTooLarge = errors.New("the ACL's hand-made part is too large to be sent")

// fit encodes the draft, and drops entries of ours until the content is small
// enough: those of other people's lists first, then those that match no present server,
// then of our own the oldest, then literals before globs (a glob stands for the entries it
// covers), and then the longest. Of very many only those that stay are looked at twice.
func (d *draft) fit(present map[string]int, c *Compiler) (json.RawMessage, error) {
	all := d.ours
	d.ours = nil
	content, err := d.encode()
	if err != nil {
		return nil, err
	}
	room := MaxContent - len(content)
	if room < 0 {
		return nil, ErrTooLarge
	}
	if len(d.theirs) == 0 {
		room++ // the first entry needs no comma
	}
	size := 0
	for _, e := range all {
		size += written(e)
	}
	if d.ours = all; size > room {
		d.keep(c.choice(all, present), room)
	}
	return d.encode()
}

// keep drops all entries of ours but the first that fit.
func (d *draft) keep(best *choice, room int) {
	kept := map[string]bool{}
	best.each(func(e string) bool {
		if room -= written(e); room >= 0 {
			kept[e] = true
		}
		return room >= 0
	})
	for _, e := range slices.Backward(best.ranked) {
		if best.has(e) && !kept[e] {
			d.dropped = append(d.dropped, Dropped{Entity: e, Reason: TooLong})
		}
	}
	ours := make([]string, 0, len(kept))
	for e := range kept {
		ours = append(ours, e)
	}
	slices.Sort(ours)
	d.ours = ours
}

// written is how many bytes an entry needs, with its comma.
func written(entry string) int {
	for i := range len(entry) {
		if c := entry[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			raw, _ := encode(entry) // strings always can be
			return len(raw) + len(`,`)
		}
	}
	return len(entry) + len(`"",`)
}

// choice is entries of which some may have to be left out.
type choice struct {
	ranked []string // all that there are, those to be kept first
	own    int      // how many of them are of our own lists
	needed []string // those that match a present server
	is     map[string]bool
	some   []string // if it is not nil, sorted, only these count
}

// choice says which of some entries, which are sorted, are to be kept in a room.
func (c *Compiler) choice(entries []string, present map[string]int) *choice {
	o := &choice{ranked: c.rank(), is: map[string]bool{}}
	o.own, _ = slices.BinarySearchFunc(o.ranked, true, func(e string, _ bool) int { return later(!c.claims[e].own, true) })
	if len(entries) < len(o.ranked) {
		o.some = entries
	}
	need := func(e string) {
		if _, found := slices.BinarySearch(entries, e); found && !o.is[e] {
			o.is[e] = true
			o.needed = append(o.needed, e)
		}
	}
	for server, users := range present {
		if name := subject(server); users > 0 {
			need(name)
			c.cover.each(name, need)
		}
	}
	o.needed = c.inOrder(o.needed, nil)
	return o
}

func (o *choice) has(e string) bool {
	if o.some == nil {
		return true
	}
	_, found := slices.BinarySearch(o.some, e)
	return found
}

// each gives the entries in the order in which they are to be kept, until found says no.
func (o *choice) each(found func(string) bool) {
	own := map[string]bool{}
	for _, e := range o.ranked[:o.own] {
		if o.is[e] {
			own[e] = true
		}
	}
	for _, ours := range []bool{true, false} {
		for _, e := range o.needed {
			if own[e] == ours && !found(e) {
				return
			}
		}
		class := o.ranked[:o.own]
		if !ours {
			class = o.ranked[o.own:]
		}
		for _, e := range class {
			if !o.is[e] && o.has(e) && !found(e) {
				return
			}
		}
	}
}

// rank sorts all entries, those to be kept first. Rooms share that order.
func (c *Compiler) rank() []string {
	if c.unranked {
		c.unranked = false
		c.ranked = c.inOrder(c.deny, nil)
	}
	return c.ranked
}

// inOrder puts in front what is to be kept rather, wherever it is needed. claims go before
// what is known of an entry.
func (c *Compiler) inOrder(entries []string, claims map[string]claim) []string {
	all := make([]candidate, len(entries))
	for i, e := range entries {
		all[i] = c.candidate(e, claims)
	}
	slices.SortFunc(all, candidate.compare)
	order := make([]string, len(all))
	for i := range all {
		order[i] = all[i].entry
	}
	return order
}

// candidate is an entry with what it has for itself.
type candidate struct {
	entry string
	glob  bool
	claim
}

func (c *Compiler) candidate(entry string, claims map[string]claim) candidate {
	of, ok := claims[entry]
	if !ok {
		of = c.claims[entry]
	}
	return candidate{entry, glob.Is(entry), of}
}

func (a candidate) compare(b candidate) int {
	return cmp.Or(later(b.own, a.own), cmp.Compare(b.at, a.at), later(b.glob, a.glob),
		cmp.Compare(len(a.entry), len(b.entry)), strings.Compare(b.entry, a.entry))
}

// later puts what is true behind what is not.
func later(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}
