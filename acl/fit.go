package acl

import (
	"encoding/json"
	"errors"
	"slices"
	"sort"
)

// MaxContent is the size in bytes above which content is cut down. An event may
// have 65,536 bytes; signatures, hashes and twenty prev_events want their share.
const MaxContent = 60_000

// ErrTooLarge is returned if hand-made entries alone exceed MaxContent.
var ErrTooLarge = errors.New("the ACL's hand-made part is too large to be sent")

// freshShare is the part of an ACL that the latest of our own lists has, whoever is here: a
// moderator's ban of a moment ago is never what is left out.
const freshShare = 4

// fit encodes the draft, and leaves out entries of ours if the content would be too large.
// Those of our own lists stay rather than those of others. Of each those stay that match a
// server which is here, and then the latest.
func (d *draft) fit(needed func() []*entry, c *Compiler) (json.RawMessage, error) {
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
	kept := c.mark()
	if d.full = !d.keep(room, kept, c.ranked, nil); d.full {
		need := needed() // which marks entries itself
		kept = c.mark()
		d.keep(room, kept, c.ranked, need)
	}
	for _, e := range c.deny {
		if e.mark == kept {
			d.ours = append(d.ours, e.text)
		}
	}
	return d.encode()
}

// keep marks the entries to be kept, and reports whether they are all.
func (d *draft) keep(room int, mark int64, ranked, needed []*entry) bool {
	fresh := room / freshShare
	own := ranked[:sort.Search(len(ranked), func(i int) bool { return !ranked[i].as.own })]
	others := ranked[len(own):]
	take := func(e *entry) bool {
		if e.mark == mark || d.byHand(e) {
			return true
		}
		if room -= int(e.size); room < 0 {
			return false
		}
		e.mark = mark
		return true
	}
	for len(own) > 0 && fresh > 0 {
		if fresh -= int(own[0].size); !take(own[0]) {
			return false
		}
		own = own[1:]
	}
	for _, class := range []struct {
		own bool
		all []*entry
	}{{true, own}, {false, others}} {
		for _, e := range needed {
			if e.as.own == class.own && !take(e) {
				return false
			}
		}
		for _, e := range class.all {
			if !take(e) {
				return false
			}
		}
	}
	return true
}

// written is how many bytes an entry needs, with its comma.
func written(entry string) int {
	if plain(entry) {
		return len(entry) + len(`"",`)
	}
	return len(appendText(nil, entry)) + len(`,`)
}

// needed are the entries that match servers which are present, those to be kept first.
func (c *Compiler) needed(present map[string]int) (all []*entry) {
	mark := c.mark()
	for server, users := range present {
		if users <= 0 {
			continue
		}
		for _, e := range c.answered.of(server, c.matching) {
			if e.mark != mark {
				e.mark = mark
				all = append(all, e)
			}
		}
	}
	slices.SortFunc(all, byRank)
	return all
}

// matching are the entries of the deny list that match a server.
func (c *Compiler) matching(server string) (all []*entry) {
	name := subject(server)
	if e := c.entries.get(name); e != nil && e.listed {
		all = append(all, e)
	}
	p := newPattern(name)
	c.cover.each(&p, true, func(g *entry) bool {
		if g.listed {
			all = append(all, g)
		}
		return true
	})
	return all
}
