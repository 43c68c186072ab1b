package rooms

import (
	"strconv"
	"strings"

	"maunium.net/go/mautrix/id"
)

// version is a room version as the create event spells it.
type version string

// maxVersion is how many bytes one has at most. It is looked at for each level.
const maxVersion = 32

// number is the version as an integer, 0 for experimental ones.
func (v version) number() int {
	n, err := strconv.Atoi(string(v))
	if err != nil {
		return 0
	}
	return n
}

// stringLevels reports whether levels may be strings: versions 1 to 9.
func (v version) stringLevels() bool {
	n := v.number()
	return n >= 1 && n <= 9
}

// contentCreator reports whether the creator is named in the content of the
// create event, as up to version 10, and not by its sender.
func (v version) contentCreator() bool {
	n := v.number()
	return n >= 1 && n <= 10
}

// creatorsRule reports whether creators have infinite power, as from version 12.
// Experimental versions give themselves away: their rooms' IDs have no server.
func (v version) creatorsRule(room id.RoomID) bool {
	n := v.number()
	return n >= 12 || n == 0 && !strings.Contains(string(room), ":")
}
