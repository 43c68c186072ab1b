package acl

import (
	"bytes"
	"encoding/json"
	"slices"

	"forseti/wire"
)

// answers are what the last rooms were told, for rooms that are alike, and what was read of
// ACLs. Nearly all rooms have the same ACL.
type answers struct {
	state   int64 // of the compiler, that they hold for
	guarded []string
	last    []answered          // the latest first
	servers map[string][]*entry // which entries match a server
	read    []*parsed           // the latest first; what a text says holds for ever
	lists   [][]string          // that were given as Managed
}

// mostAnswers is how many are kept.
const mostAnswers = 8

// answered is a room and what it was told.
type answered struct {
	Room
	full   bool
	needed []*entry // if full
	result Result
	err    error
}

// parsed is what an ACL says.
type parsed struct {
	content json.RawMessage
	keys    map[string]json.RawMessage
	now     ACL
	deny    []string // in canonical form
	clean   bool
}

// answer gives a room what one that is alike was told, or else compiles its ACL.
func (c *Compiler) answer(room Room) (Result, error) {
	a := &c.answered
	if a.state != c.state || !slices.Equal(a.guarded, c.protected) {
		a.state, a.guarded, a.last, a.servers = c.state, c.protected, nil, nil
	}
	var needs []*entry
	asked := false
	needed := func() []*entry {
		if !asked {
			needs, asked = c.needed(room.Present), true
		}
		return needs
	}
	for i, one := range a.last {
		if one.like(room) && (!one.full || slices.Equal(one.needed, needed())) {
			copy(a.last[1:i+1], a.last[:i])
			a.last[0] = one
			return one.result, one.err
		}
	}
	result, full, err := c.compile(room, needed)
	if full {
		needed()
	}
	room.Present = nil
	a.last = slices.Insert(a.last, 0, answered{room, full, needs, result, err})
	a.last = a.last[:min(len(a.last), mostAnswers)]
	if result.Managed != nil {
		a.lists = slices.Insert(a.lists, 0, result.Managed)
		a.lists = a.lists[:min(len(a.lists), mostAnswers)]
	}
	return result, err
}

// like reports whether two rooms are alike but for who is there.
func (a *answered) like(room Room) bool {
	return a.IPLiterals == room.IPLiterals && a.OpenAllow == room.OpenAllow && (a.Current == nil) == (room.Current == nil) &&
		equal(a.Managed, room.Managed) && bytes.Equal(a.Current, room.Current)
}

func equal(a, b []string) bool { return same(a, b) || slices.Equal(a, b) }

// same reports whether two slices are one.
func same(a, b []string) bool { return len(a) == len(b) && len(a) > 0 && &a[0] == &b[0] }

// made reports whether a list was given as Managed, and so is sorted and in lower case.
func (a *answers) made(managed []string) bool {
	return slices.ContainsFunc(a.lists, func(l []string) bool { return same(l, managed) })
}

// of gives the entries that match a server.
func (a *answers) of(server string, find func(server string) []*entry) []*entry {
	found, known := a.servers[server]
	if !known {
		if a.servers == nil || len(a.servers) >= mostServers {
			a.servers = map[string][]*entry{}
		}
		found = find(server)
		a.servers[server] = found
	}
	return found
}

// mostServers bounds what is remembered of servers.
const mostServers = 8192

// parsed reads content.
func (a *answers) parsed(content json.RawMessage) *parsed {
	for i, p := range a.read {
		if bytes.Equal(p.content, content) {
			copy(a.read[1:i+1], a.read[:i])
			a.read[0] = p
			return p
		}
	}
	p := &parsed{content: content, keys: wire.Fields(content)}
	if p.keys == nil {
		p.keys = map[string]json.RawMessage{}
	}
	p.now, p.clean = read(p.keys)
	p.deny = canonical(p.now.Deny)
	a.read = slices.Insert(a.read, 0, p)
	a.read = a.read[:min(len(a.read), mostAnswers)]
	return p
}
