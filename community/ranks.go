package community

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/commands"
	"forseti/community/commits"
	"forseti/store"
	"forseti/text"
)

const rolesKey = "roles" // in modeNamespace

// ranks are who of those in the management room may do what. This is the one place that is asked,
// for commands and for all that is said to our messages, when its turn has come.
type ranks struct {
	management *management
	commits    *commits.Writer
	set        commands.Roles
}

func newRanks(m *management, c *commits.Writer, on bool) *ranks {
	r := &ranks{management: m, commits: c, set: commands.UsualRoles()}
	r.set.On = on
	return r
}

// load takes up what moderators set.
func (r *ranks) load(ctx context.Context, settings *store.Settings) error {
	kept := r.set
	found, err := settings.Read(ctx, modeNamespace, rolesKey, &kept)
	if err == nil && found && slices.IsSorted(kept.Levels[:]) {
		r.set = kept
	}
	return err
}

// change sets what it takes.
func (r *ranks) change(to commands.Roles) {
	r.set = to
	r.commits.Setting(modeNamespace, rolesKey, to)
}

// team is who is in the room, besides us.
func (r *ranks) team() (all []commands.Colleague) {
	on := r.management.duty.at(time.Now())
	for _, m := range r.management.team() {
		in, _ := r.management.room.Member(m.User)
		if in.Membership == event.MembershipJoin && m.User != r.management.world.Self() {
			all = append(all, commands.Colleague{User: m.User, Name: m.Name, Level: r.management.room.Level(m.User), Until: on[m.User]})
		}
	}
	slices.SortFunc(all, func(a, b commands.Colleague) int { return strings.Compare(string(a.User), string(b.User)) })
	return all
}

// refused says why somebody may not do what takes all of that; "" if they may.
func (r *ranks) refused(u id.UserID, need []commands.Need) string {
	team := r.team()
	if !r.set.On || r.set.May(team, u, need...) {
		return ""
	}
	level, what := r.set.Level(need...), ""
	if i := slices.IndexFunc(need, func(n commands.Need) bool { return r.set.Level(n) == level }); i >= 0 {
		what = " (" + need[i].Role.String() + ")"
		if own, is := r.set.Own[need[i].Command]; is && own == level {
			what = " (" + text.Code(need[i].Command) + " has it of its own)"
		}
	}
	return fmt.Sprintf("%s may not do that: it takes level %d in this room%s, and theirs is %d. %s can do it, or give them that level in the room's settings.",
		text.Code(string(u)), level, what, r.management.room.Level(u), cmp.Or(r.set.Able(team, level), "Nobody here"))
}
