package enforce

import (
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
	known := append(denies(before), denies(present)...)
	for _, e := range denies(theirs) {
		reaches := func(server string) bool { return acl.Reaches(e, server) }
		if e == "" || slices.Contains(known, e) || slices.Contains(a.lost[room], e) || len(a.lost[room]) >= mostRegained || a.spares(reaches) {
			continue
		}
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
	deny := denies(content)
	lost = slices.DeleteFunc(lost, func(e string) bool { return slices.Contains(deny, e) })
	if a.lost[room] = lost; len(lost) == 0 {
		delete(a.lost, room)
		return content, false
	}
	keys := map[string]json.RawMessage{}
	if json.Unmarshal(content, &keys) != nil || len(keys) == 0 {
		keys = map[string]json.RawMessage{"allow": json.RawMessage(`["*"]`)}
	}
	var err error
	if keys["deny"], err = json.Marshal(append(deny, lost...)); err != nil {
		return content, false
	}
	both, err := json.Marshal(keys)
	return both, err == nil
}

// denies are the deny entries of an ACL, in small letters.
func denies(content json.RawMessage) (all []string) {
	for _, e := range acl.Parse(content).Deny {
		all = append(all, glob.Fold(e))
	}
	return all
}
