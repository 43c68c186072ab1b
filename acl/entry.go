package acl

import (
	"cmp"
	"strings"

	"forseti/glob"
)

// entry is a name or glob that rules deny, with all that is known of it. The fields from by
// on are those of the deny list, and kept in step by refresh.
type entry struct {
	pattern
	own, others dates // when rules of our own lists, and of others', say so

	by     int32  // globs that are looked at and cover it
	size   int32  // bytes in an ACL
	as     claim  // it is ranked by this in the deny list
	heirAt int64  // globs that cover it have been told of this claim
	heirs  *dates // of a glob that is looked at, the claims of what it covers; nil if there are none
	since  int64  // the state of the compiler in which it was listed
	mark   int64  // by whoever goes through entries
	*against

	over     bool // it is not among the entries any more
	made     bool // the fields from by on are not as at first
	placed   bool // it is among the rows, and globs that cover it are counted
	admitted bool // nothing speaks against it
	objected bool // it is in the list of those that something speaks against
	listed   bool // it is in the deny list
	heir     bool // globs that cover it have been told its claim
	touched  bool // its rules changed since it was looked at
	review   bool // refresh has to look at it before it is done
}

// against is what speaks against an entry: of most there is nothing.
type against struct {
	guard    Reason // why it shuts out a protected server, …
	server   string // … which
	exempts  int    // exemptions that it overlaps, …
	exempter string // … the first of them by name
}

// stands is what nothing speaks against. It is never changed.
var stands against

// counters gives what speaks against an entry, to be changed.
func (e *entry) counters() *against {
	if e.against == &stands {
		e.against = &against{}
	}
	return e.against
}

// guardedFor notes why and for whose sake an entry can stand in no ACL, if it can not.
func (e *entry) guardedFor(why Reason, server string) {
	if why != e.guard || server != e.server {
		c := e.counters()
		c.guard, c.server = why, server
	}
}

// denied reports whether a rule says so.
func (e *entry) denied() bool { return e.own.n+e.others.n > 0 }

// claim is what an entry has against being left out. A glob stands for what it covers, so
// that it is of our own if that is: what we ban does not fall out with somebody else's glob.
type claim struct {
	own bool
	at  int64
}

func (e *entry) claim() claim {
	if e.heirs != nil && e.heirs.n > 0 {
		return claim{true, max(e.own.newest(), e.heirs.newest())}
	}
	if e.own.n > 0 {
		return claim{true, e.own.newest()}
	}
	return claim{false, e.others.newest()}
}

// byRank puts in front what is to be kept rather, wherever it is needed: of our own lists
// first, the latest of it first, and then globs, the shortest first.
func byRank(a, b *entry) int { return rank(a, a.as, b, b.as) }

func rank(a *entry, as claim, b *entry, bs claim) int {
	return cmp.Or(later(bs.own, as.own), cmp.Compare(bs.at, as.at), later(b.wild, a.wild),
		cmp.Compare(len(a.text), len(b.text)), strings.Compare(b.text, a.text))
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

func byText(a, b *entry) int { return strings.Compare(a.text, b.text) }

// pattern is an entity that is looked at often.
type pattern struct {
	text   string // in normal form
	signs  uint64 // of all that it is: see signsOf
	wild   bool
	*shape // of a glob only: there are very many names
}

// shape is what a glob wants.
type shape struct {
	plain      bool   // head, middle and tail are all
	head, tail string // before the first wildcard and after the last one
	middle     string // the longest text between wildcards
	wantsSign  uint64 // of all these
}

func newPattern(text string) pattern {
	p := pattern{text: text, wild: glob.Is(text), signs: signsOf(text)}
	if !p.wild {
		return p
	}
	first, last := strings.IndexAny(text, glob.Wildcards), strings.LastIndexAny(text, glob.Wildcards)
	p.shape = &shape{head: text[:first], tail: text[last+1:]}
	p.wantsSign = signsOf(p.head) | signsOf(p.tail)
	for rest := text[first : last+1]; rest != ""; {
		rest = strings.TrimLeft(rest, glob.Wildcards)
		end := max(strings.IndexAny(rest, glob.Wildcards), 0)
		p.wantsSign |= signsOf(rest[:end])
		if end > len(p.middle) {
			p.middle = rest[:end]
		}
		rest = rest[end:]
	}
	p.plain = strings.Count(text, "*") <= 2 && !strings.Contains(text, "?")
	return p
}

// signsOf has a bit for each three letters in a row: what has not all bits of a text does
// not contain it.
func signsOf(text string) (signs uint64) {
	for i := 2; i < len(text); i++ {
		three := uint32(text[i-2]) | uint32(text[i-1])<<8 | uint32(text[i])<<16
		signs |= 1 << (three * 0x9E3779B1 >> 26)
	}
	return signs
}

// covers reports whether all that another matches is matched by this one.
func (p *pattern) covers(narrow string) bool {
	switch {
	case !p.wild:
		return p.text == narrow
	case len(narrow) < len(p.head)+len(p.middle)+len(p.tail), !strings.HasPrefix(narrow, p.head), !strings.HasSuffix(narrow, p.tail),
		p.middle != "" && !strings.Contains(narrow[len(p.head):len(narrow)-len(p.tail)], p.middle):
		return false
	case p.plain:
		return true
	}
	return covers(p.text, narrow)
}

// overlaps reports whether some name matches both.
func (p *pattern) overlaps(x *pattern) bool {
	switch {
	case !p.wild && !x.wild:
		return p.text == x.text
	case !p.wild:
		return x.matches(p.text)
	case !x.wild:
		return p.matches(x.text)
	}
	return overlap(p.text, x.text)
}

// matches is for names.
func (p *pattern) matches(name string) bool {
	return strings.HasPrefix(name, p.head) && strings.HasSuffix(name, p.tail) && strings.Contains(name, p.middle) && glob.Match(p.text, name)
}
