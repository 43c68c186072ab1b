package enforce

import (
	"slices"

	"maunium.net/go/mautrix/id"
)

// backlog holds those of a crowd that a change touched, who have not been looked at.
type backlog struct{ users []id.UserID }

func (b *backlog) add(u id.UserID) { b.users = append(b.users, u) }

// trim drops repeats once there must be some: of so many users.
func (b *backlog) trim(users int) {
	if len(b.users) <= 2*users {
		return
	}
	slices.Sort(b.users)
	b.users = slices.Compact(b.users)
}

// take gives some, and none once it is at the end.
func (b *backlog) take(most int) []id.UserID {
	left := len(b.users) - min(most, len(b.users))
	some := slices.Clone(b.users[left:])
	b.users = b.users[:left]
	if left == 0 {
		b.users = nil
	}
	return some
}
