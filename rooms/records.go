package rooms

import (
	"slices"

	"maunium.net/go/mautrix/id"
)

// records are the members of a room. A map is half empty most of the time, and what it holds
// for each is small.
type records struct {
	at   map[id.UserID]uint32 // where in all
	all  []record
	free []uint32 // of those, the places that nobody has
}

func newRecords(n int) records {
	return records{at: make(map[id.UserID]uint32, n), all: make([]record, 0, n)}
}

func (rs *records) len() int { return len(rs.at) }

func (rs *records) has(u id.UserID) bool {
	_, known := rs.at[u]
	return known
}

// of is the record of a user; the zero record if there is none.
func (rs *records) of(u id.UserID) record {
	r, _ := rs.find(u)
	return r
}

// find is of that says whether there is one.
func (rs *records) find(u id.UserID) (record, bool) {
	i, known := rs.at[u]
	if !known {
		return record{}, false
	}
	return rs.all[i], true
}

func (rs *records) each(yield func(id.UserID, record) bool) {
	for u, i := range rs.at {
		if !yield(u, rs.all[i]) {
			return
		}
	}
}

func (rs *records) put(u id.UserID, r record) {
	if i, known := rs.at[u]; known {
		rs.all[i] = r
		return
	}
	if last := len(rs.free) - 1; last >= 0 {
		i := rs.free[last]
		rs.free = rs.free[:last]
		rs.at[u], rs.all[i] = i, r
		return
	}
	rs.at[u] = uint32(len(rs.all))
	rs.all = append(rs.all, r)
}

func (rs *records) drop(u id.UserID) {
	if i, known := rs.at[u]; known {
		delete(rs.at, u)
		rs.all[i] = record{}
		rs.free = append(rs.free, i)
	}
}

// reserve makes room for so many in all.
func (rs *records) reserve(n int) {
	if n > len(rs.all) {
		rs.all = slices.Grow(rs.all, n-len(rs.all))
	}
}

// shrink lets go of the room that those had who are known no more, if it is much: a map keeps
// it, and whoever looks at all members looks at that too.
func (rs *records) shrink() {
	const few = 1000
	if cap(rs.all) <= few || rs.len() >= cap(rs.all)/4 {
		return
	}
	less := newRecords(rs.len())
	for u, r := range rs.each {
		less.put(u, r)
	}
	*rs = less
}
