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
// covers), and then the longest.
func (d *draft) fit(present map[string]int, claims map[string]claim) (json.RawMessage, error) {
	content, err := d.encode()
	if err != nil || len(content) <= MaxContent {
		return content, err
	}
	order := dropOrder(d.ours, present, claims)
	for len(content) > MaxContent && len(order) > 0 {
		excess := len(content) - MaxContent
		n := 0
		for n < len(order) && excess > 0 {
			excess -= len(order[n]) + len(`"",`)
			n++
		}
		gone := make(map[string]bool, n)
		for _, e := range order[:n] {
			gone[e] = true
			d.dropped = append(d.dropped, Dropped{Entity: e, Reason: TooLong})
		}
		order = order[n:]
		d.ours = slices.DeleteFunc(d.ours, func(e string) bool { return gone[e] })
		if content, err = d.encode(); err != nil {
			return nil, err
		}
	}
	if len(content) > MaxContent {
		return nil, ErrTooLarge
	}
	return content, nil
}

func dropOrder(entries []string, present map[string]int, claims map[string]claim) []string {
	here := make(map[string]bool, len(present))
	for s, users := range present {
		if users > 0 {
			here[subject(s)] = true
		}
	}
	type candidate struct {
		entry        string
		needed, glob bool
		claim
	}
	var all []candidate
	for _, e := range entries {
		c := candidate{entry: e, needed: here[e], glob: glob.Is(e), claim: claims[e]}
		if c.glob {
			for s := range here {
				if c.needed = glob.Match(e, s); c.needed {
					break
				}
			}
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b candidate) int {
		return cmp.Or(later(a.own, b.own), later(a.needed, b.needed), cmp.Compare(a.at, b.at), later(a.glob, b.glob),
			cmp.Compare(len(b.entry), len(a.entry)), strings.Compare(a.entry, b.entry))
	})
	order := make([]string, len(all))
	for i, c := range all {
		order[i] = c.entry
	}
	return order
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
