package enforce

import (
	"bytes"
	"encoding/json"
	"slices"

	"maunium.net/go/mautrix/id"

	"forseti/acl"
	"forseti/glob"
)

// mostRegained bounds the entries of a room that are written again.
const mostRegained = 1000

// Wrote takes in that an ACL of ours is there now, in place of the one that was present,
// which may be another than the one before it that we knew when we sent ours. It reports
// whether something is to be written again.
func (a *ACLs) Wrote(room id.RoomID, present, before json.RawMessage) bool {
	a.replaced[room] = before
	return a.WroteOver(room, present)
}

// Echoed takes in that sync told of our ACL: whatever comes from now on knew it.
func (a *ACLs) Echoed(room id.RoomID) { delete(a.replaced, room) }

// WroteOver takes in an ACL of somebody else that our latest came after, which did not know
// it: what it added to the one before it is written again. It reports whether there is
// something. Entries that would shut out anybody who must not be are left.
func (a *ACLs) WroteOver(room id.RoomID, theirs json.RawMessage) bool {
	r, before := a.census.rooms[room], a.replaced[room]
	if _, ours := a.replaced[room]; r == nil || !ours {
		return false
	}
	present, _, _ := r.ACL()
	if bytes.Equal(theirs, before) || bytes.Equal(theirs, present) {
		return len(a.lost[room]) > 0 // it is mostly so, and ACLs are long
	}
	known := denied(before, present)
	for _, e := range a.lost[room] {
		known[e] = true
	}
	for _, e := range denies(theirs) {
		reaches := func(server string) bool { return acl.Reaches(e, server) }
		if e == "" || known[e] || len(a.lost[room]) >= mostRegained || a.spares(reaches) {
			continue
		}
		known[e] = true
		a.lost[room] = append(a.lost[room], e)
	}
	return len(a.lost[room]) > 0
}

// spares reports whether there is one among those who must not be shut out.
func (a *ACLs) spares(is func(server string) bool) bool {
	for server := range a.spared.servers {
		if is(server) {
			return true
		}
	}
	return false
}

// regained is the content of a room's ACL with what was lost of it, and whether that is
// another.
func (a *ACLs) regained(room id.RoomID, content json.RawMessage) (json.RawMessage, bool) {
	lost := a.lost[room]
	if len(lost) == 0 {
		return content, false
	}
	there := denied(content)
	lost = slices.DeleteFunc(lost, func(e string) bool { return there[e] })
	if a.lost[room] = lost; len(lost) == 0 {
		delete(a.lost, room)
		return content, false
	}
	keys := map[string]json.RawMessage{}
	if json.Unmarshal(content, &keys) != nil || len(keys) == 0 {
		keys = map[string]json.RawMessage{"allow": json.RawMessage(`["*"]`)}
	}
	var err error
	if keys["deny"], err = json.Marshal(append(denies(content), lost...)); err != nil {
		return content, false
	}
	both, err := json.Marshal(keys)
	return both, err == nil
}

// denied are the entries that are denied by one ACL or another.
func denied(contents ...json.RawMessage) map[string]bool {
	all := map[string]bool{}
	for _, content := range contents {
		for _, e := range denies(content) {
			all[e] = true
		}
	}
	return all
}

// denies are the deny entries of an ACL, in small letters.
func denies(content json.RawMessage) (all []string) {
	for _, e := range acl.Parse(content).Deny {
		all = append(all, glob.Fold(e))
	}
	return all
}
