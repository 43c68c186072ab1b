package enforce

import (
	"maps"
	"math"

	"maunium.net/go/mautrix/id"

	"forseti/acl"
	"forseti/glob"
	"forseti/policy"
)

// denyList keeps the compiler of ACLs in step with the server rules that are followed: what
// of them comes or goes is told to it, and nothing else.
type denyList struct {
	compiler *acl.Compiler
	own      map[id.RoomID]bool // lists that are our own, as it was told
	begun    bool
	// hashed is what it was told of hashed rules, by hash. One that found its server keeps it.
	hashed     map[string]*hashedRules
	idle       int                 // at most how many of them have no rules
	exemptions map[policy.Rule]int // that it was told of, and how often
	// nameless are exemptions of which it is not known yet whom they are for.
	nameless map[string]bool
	// left are the rules that are followed no more, by what they shut out: of the last ones.
	left map[string]policy.Rule
}

// hashedRules are those that have one hash, and thus one server.
type hashedRules struct {
	name  string              // "" if that is not known
	rules map[policy.Rule]int // how often it was told of each: both indexes may have it
}

// mostAtOnce is how many rules are told to the compiler in passing, besides as many as just
// changed: it is never far behind.
const mostAtOnce = 64

// Prepare goes on bringing the shared deny list up to date, a part of most rules at a time,
// and reports whether more is to be done. What follows from it may be asked for at any time:
// then it is done at once.
func (a *ACLs) Prepare(most int) (more bool) {
	if a.follow(most) > 0 {
		return true
	}
	a.compiler.Protect(a.spared.servers)
	return a.compiler.Refresh(most)
}

// follow tells the compiler of up to most rules that came or went, and gives of how many.
func (a *ACLs) follow(most int) int {
	switch {
	case !a.begun:
		a.begin()
	case !a.book.ownedAre(a.own):
		most = math.MaxInt // as it was told, before that is another
		defer a.disown()
	}
	return a.book.moved(most, a.tell)
}

// disown tells of rules anew whose lists became our own, or are so no more.
func (a *ACLs) disown() {
	for r := range a.book.servers {
		if a.own[r.List] != a.book.Owns(r.List) && bans(r) {
			a.tell(r, false)
		}
	}
	before := a.own
	a.own = a.book.owned()
	for r := range a.book.servers {
		if before[r.List] != a.own[r.List] && bans(r) {
			a.tell(r, true)
		}
	}
}

func (a *ACLs) compile() {
	for a.Prepare(math.MaxInt) {
	}
}

// begin has the compiler made anew of all rules, which it is told a part at a time.
func (a *ACLs) begin() {
	a.compiler, a.own, a.begun = acl.NewCompiler(), a.book.owned(), true
	for _, h := range a.hashed { // which keep their names
		clear(h.rules)
	}
	clear(a.nameless)
	clear(a.exemptions)
	a.book.recount()
}

// tell has the compiler know of a rule that is followed from now on, or no more.
func (a *ACLs) tell(r policy.Rule, in bool) {
	says := acl.Rule{Entity: r.Entity, Allow: frees(r), Own: a.own[r.List], At: r.Timestamp}
	if says.Allow {
		if in {
			a.exemptions[r]++
		} else if a.exemptions[r]--; a.exemptions[r] == 0 {
			delete(a.exemptions, r)
		}
	}
	if r.Hash != "" {
		a.tellHashed(r, says, in)
		return
	}
	a.leave(r, r.Entity, in)
	if in && !says.Allow && len(a.nameless) > 0 && !glob.Is(r.Entity) {
		a.reveal(policy.HashOf(policy.ServerName(r.Entity)), policy.ServerName(r.Entity))
	}
	a.say(says, in)
}

// leave notes what shut out a server until now, for whoever is told that it is let in again.
func (a *ACLs) leave(r policy.Rule, entity string, in bool) {
	const most = 2000
	entity = acl.Normal(entity)
	switch {
	case !bans(r):
	case in:
		delete(a.left, entity)
	default:
		if len(a.left) >= most {
			clear(a.left)
		}
		a.left[entity] = r
	}
}

// Left is the rule by which ACLs had an entry that they have no more, if that is known.
func (a *ACLs) Left(entry string) (policy.Rule, bool) {
	r, known := a.left[acl.Normal(entry)]
	return r, known
}

func (a *ACLs) say(r acl.Rule, in bool) {
	if in {
		a.compiler.Add(r)
	} else {
		a.compiler.Remove(r)
	}
}

func (a *ACLs) tellHashed(r policy.Rule, says acl.Rule, in bool) {
	h := a.hashed[r.Hash]
	if h == nil {
		h = &hashedRules{rules: map[policy.Rule]int{}}
		a.hashed[r.Hash] = h
	}
	if in {
		if h.name == "" {
			a.find(h, r)
		}
		h.rules[r]++
	} else if h.rules[r]--; h.rules[r] == 0 {
		delete(h.rules, r)
	}
	if says.Entity = h.name; says.Entity != "" {
		a.leave(r, h.name, in)
		a.say(says, in)
	}
	if len(h.rules) == 0 {
		a.unused(r.Hash, h)
	}
}

// unused forgets a hash that no rule has. The name that it had may be needed in a moment:
// what comes in a rule's place may wait, so that the rule is followed on.
func (a *ACLs) unused(hash string, h *hashedRules) {
	const most = 1000
	delete(a.nameless, hash)
	if h.name == "" {
		delete(a.hashed, hash)
	}
	if a.idle++; a.idle > most {
		maps.DeleteFunc(a.hashed, func(_ string, h *hashedRules) bool { return len(h.rules) == 0 })
		a.idle = 0
	}
}

// find looks for the server that a hash stands for. Of an exemption it may be one that is
// not here, and that a rule names.
func (a *ACLs) find(h *hashedRules, r policy.Rule) {
	server := a.nameOf(r)
	if frees(r) && server == "" {
		if server = a.book.spelt(r.Hash); server == "" {
			a.nameless[r.Hash] = true
		}
	}
	if server != "" {
		a.reveal(r.Hash, server)
	}
}

// reveal has hashed rules be known for a server, and reports whether that is news.
func (a *ACLs) reveal(hash, server string) bool {
	h := a.hashed[hash]
	if h == nil || h.name == server {
		return false
	}
	for r, n := range h.rules {
		for range n {
			says := acl.Rule{Entity: h.name, Allow: frees(r), Own: a.own[r.List], At: r.Timestamp}
			if h.name != "" {
				a.say(says, false)
			}
			says.Entity = server
			a.say(says, true)
		}
	}
	h.name = server
	delete(a.nameless, hash)
	return len(h.rules) > 0
}

// excess are the entries of what is followed that do not fit into an ACL with nothing else
// in it.
func (a *ACLs) excess() []string {
	a.compile()
	return a.compiler.Excess()
}
