package enforce

import (
	"iter"
	"slices"

	"maunium.net/go/mautrix/id"
)

// backlog is what a change touched and nobody has looked at: users of a crowd, wherever
// they are, everybody, and large rooms as a whole.
type backlog struct {
	users []id.UserID
	again again
	rooms []*wholeRoom
	waits map[id.RoomID]*wholeRoom // those of the rooms that have not begun
	few   int                      // up to how many members a room is looked at at once
}

func newBacklog() *backlog { return &backlog{waits: map[id.RoomID]*wholeRoom{}, few: mostWeighed} }

// wholeRoom is a room of which all members are to be looked at.
type wholeRoom struct {
	id    id.RoomID
	all   bool // also those of whom nothing is left to do
	begun bool
	left  []id.UserID
}

func (b *backlog) empty() bool { return len(b.users) == 0 && len(b.rooms) == 0 && !b.again.under() }

func (b *backlog) add(users []id.UserID) { b.users = append(b.users, users...) }

// addRoom has a room looked at from the beginning.
func (b *backlog) addRoom(room id.RoomID, all bool) {
	w := b.waits[room]
	if w == nil {
		w = &wholeRoom{id: room}
		b.waits[room] = w
		b.rooms = append(b.rooms, w)
	}
	w.all = w.all || all
}

// trim drops repeats once there must be some: then it is everybody who is waited for,
// which is found faster than the repeats are.
func (b *backlog) trim(many int, everybody iter.Seq[id.UserID]) {
	if len(b.users) > 2*many {
		b.users = slices.AppendSeq(b.users[:0], everybody)
	}
}

// take gives some users, and none once it is at the end.
func (b *backlog) take(most int) []id.UserID { return takeLast(&b.users, most) }

// takeIn gives some members of the room whose turn it is, and whether all of them matter.
// members is asked when it begins. No room means that there is none.
func (b *backlog) takeIn(most int, members func(id.RoomID) []id.UserID) (room id.RoomID, all bool, users []id.UserID) {
	if len(b.rooms) == 0 {
		return "", false, nil
	}
	first := b.rooms[0]
	if !first.begun {
		delete(b.waits, first.id)
		first.begun, first.left = true, members(first.id)
	}
	users = takeLast(&first.left, most)
	if len(first.left) == 0 {
		b.rooms = slices.Delete(b.rooms, 0, 1)
	}
	return first.id, first.all, users
}

func takeLast[T any](all *[]T, most int) []T {
	left := len(*all) - min(most, len(*all))
	some := slices.Clone((*all)[left:])
	*all = (*all)[:left]
	if left == 0 {
		*all = nil
	}
	return some
}
