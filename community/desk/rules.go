package desk

import (
	"context"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"forseti/acl"
	"forseti/action"
	"forseti/commands"
	"forseti/enforce"
	"forseti/policy"
)

// Rules is the desk for bans and rules.
type Rules struct {
	World    World
	Resolver Resolver
	Explain  Explain
	// Freed gives whose bans we lifted a moment ago, and where.
	Freed func() map[id.UserID][]id.RoomID
}

var (
	_ commands.BanDesk  = Rules{}
	_ commands.RuleDesk = Rules{}
)

// Rules gives the rules of one list, or of all for "".
func (d Rules) Rules(list id.RoomID) (all []policy.Rule) {
	d.World.See(func(w *enforce.World) {
		for r := range w.Rules.Rules(list) {
			all = append(all, r)
		}
	})
	return all
}

// Kept gives the rules that a list no longer has and that are followed on.
func (d Rules) Kept(list id.RoomID) (all []policy.Rule) {
	d.World.See(func(w *enforce.World) {
		for h := range w.Book.Held(list) {
			if h.Old.Event != "" {
				all = append(all, h.Old)
			}
		}
	})
	return all
}

// Matching gives the rules that match an entity, save those that moderators said
// no to, and with those that are followed though their list no longer has them.
func (d Rules) Matching(kind policy.Kind, entity string) (found []policy.Rule) {
	d.World.See(func(w *enforce.World) {
		found = slices.DeleteFunc(w.Rules.Matching(kind, entity), func(r policy.Rule) bool {
			h, waits := w.Book.Waiting(slotOf(r))
			return waits && h.Rejected && h.New.Event == r.Event
		})
		for h := range w.Book.Held("") {
			if h.Old.Event != "" && h.Old.Kind == kind && h.Old.Matches(entity) {
				found = append(found, h.Old)
			}
		}
	})
	return found
}

// Followed tells whether a rule is followed, and whether its list has it.
func (d Rules) Followed(r policy.Rule) (followed, listed bool) {
	d.World.See(func(w *enforce.World) {
		h, waits := w.Book.Waiting(slotOf(r))
		followed = !waits || h.New.Event != r.Event
		listed = !waits || h.Old.Event != r.Event
	})
	return followed, listed
}

func slotOf(r policy.Rule) enforce.Slot {
	return enforce.Slot{List: r.List, Kind: r.Kind, Key: r.StateKey}
}

// MatchedMembers gives those present whom a rule bans, or would if it could.
func (d Rules) MatchedMembers() map[id.UserID]policy.Rule {
	found := map[id.UserID]policy.Rule{}
	d.World.See(func(w *enforce.World) {
		for _, room := range w.Rooms() {
			for u, m := range room.Members() {
				if !m.Present() {
					continue
				}
				if r, ban := w.Desired(u); ban {
					found[u] = r
				}
			}
		}
	})
	return found
}

// Preview says what it would do to write rules and to remove others.
func (d Rules) Preview(adds, removes []policy.Rule) (e commands.Effect) {
	var freed map[id.UserID][]id.RoomID
	if len(adds) > 0 {
		freed = d.Freed()
	}
	d.World.See(func(w *enforce.World) {
		e = EffectOf(w, w.Scales.Preview(adds, removes))
		e.Exempt = w.Scales.Exempt(adds)
		for u, rooms := range freed {
			if slices.ContainsFunc(adds, func(r policy.Rule) bool { return r.Kind == policy.User && r.Matches(string(u)) }) && gone(w, u, rooms) {
				e.Gone = append(e.Gone, u)
			}
		}
	})
	slices.Sort(e.Gone)
	return e
}

// PreviewApart says what it would do to have a list not count for a user, or count again.
func (d Rules) PreviewApart(list id.RoomID, u id.UserID, is bool) (e commands.Effect) {
	d.World.See(func(w *enforce.World) { e = EffectOf(w, enforce.PreviewApart(w, list, u, is)) })
	return e
}

// gone reports whether a user who was freed in rooms did not come back to any, and is not
// banned there again.
func gone(w *enforce.World, u id.UserID, freed []id.RoomID) bool {
	for _, r := range w.Rooms() {
		if r.Present(u) {
			return false
		}
	}
	return slices.ContainsFunc(freed, func(room id.RoomID) bool {
		r := w.Room(room)
		if r == nil {
			return false
		}
		m, _ := r.Member(u)
		return m.Membership != event.MembershipBan
	})
}

// BannedIn gives the protected rooms that ban a user, whoever did it.
func (d Rules) BannedIn(user id.UserID) (in []id.RoomID) {
	d.World.See(func(w *enforce.World) {
		for room, r := range w.Rooms() {
			if m, _ := r.Member(user); m.Membership == event.MembershipBan {
				in = append(in, room)
			}
		}
	})
	slices.Sort(in)
	return in
}

// BansOf are the bans of a user in the protected rooms, whoever made them.
func (d Rules) BansOf(user id.UserID) (all []commands.RoomBan) {
	d.World.See(func(w *enforce.World) {
		for room, r := range w.Rooms() {
			m, _ := r.Member(user)
			if m.Membership != event.MembershipBan {
				continue
			}
			ban := commands.RoomBan{Room: room, By: m.Sender, At: m.Changed, Reason: m.Reason}
			if ours, known := w.Bans.Of(room, user); known && m.Sender == w.Self() {
				ban.Cause = ours.Cause
			}
			all = append(all, ban)
		}
	})
	slices.SortFunc(all, func(a, b commands.RoomBan) int { return strings.Compare(string(a.Room), string(b.Room)) })
	return all
}

// RoomBans gives what was banned in a room by hand, as rules.
func (d Rules) RoomBans(room id.RoomID) (found []policy.Rule) {
	d.World.See(func(w *enforce.World) {
		r := w.Room(room)
		if r == nil {
			return
		}
		for u, m := range r.Members() {
			ban, ours := w.Bans.Of(room, u)
			if m.Membership == event.MembershipBan && !(ours && ban.Cause.Kind == action.ByRule) {
				found = append(found, policy.Rule{Kind: policy.User, Entity: string(u), Recommendation: policy.Ban, Reason: m.Reason})
			}
		}
		content, _, _ := r.ACL()
		for _, server := range acl.Parse(content).Deny {
			if !slices.Contains(w.ACLs.Managed(room), server) {
				found = append(found, policy.Rule{Kind: policy.Server, Entity: server, Recommendation: policy.Ban})
			}
		}
	})
	return found
}

// Servers are those of whom anybody is in view of rules.
func (d Rules) Servers() (all []string) {
	d.World.See(func(w *enforce.World) {
		for server := range w.Subjects().Servers() {
			all = append(all, server)
		}
	})
	return all
}

// Now is the time.
func (d Rules) Now() time.Time { return time.Now() }

// ListAt finds the room of an alias.
func (d Rules) ListAt(ctx context.Context, alias id.RoomAlias) (id.RoomID, error) {
	room, _, err := place(ctx, d.Resolver, d.Explain, commands.Ref{Alias: alias})
	return room, err
}
