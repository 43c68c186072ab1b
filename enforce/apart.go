package enforce

import (
	"slices"

	"maunium.net/go/mautrix/id"

	"forseti/policy"
)

// SetApart says whom a list's rules do not count for: no rule of it bans them by their name or their
// server, and none of it holds a ban of theirs. Server ACLs are not theirs alone and stay as they are.
// It is remembered also while the list is not watched.
func SetApart(w *World, list id.RoomID, users []id.UserID) []Key {
	var keys []Key
	b := w.Book
	for u, lists := range b.apart {
		if slices.Contains(lists, list) && !slices.Contains(users, u) {
			setApart(b, list, u, false)
			keys = append(keys, w.census.keysOf(u)...)
		}
	}
	for _, u := range users {
		if !slices.Contains(b.apart[u], list) {
			setApart(b, list, u, true)
			keys = append(keys, w.census.keysOf(u)...)
		}
	}
	return keys
}

func setApart(b *Book, list id.RoomID, u id.UserID, is bool) {
	b.version++
	lists := slices.DeleteFunc(slices.Clone(b.apart[u]), func(other id.RoomID) bool { return other == list })
	if is {
		lists = append(lists, list)
	}
	if len(lists) == 0 {
		delete(b.apart, u)
		return
	}
	b.apart[u] = lists
}

// counts reports whether a rule counts for a user.
func counts(b *Book, r policy.Rule, u id.UserID) bool { return !slices.Contains(b.apart[u], r.List) }

// besides gives the rule that decides about a user by their name or their server, of the lists that
// count for them.
func besides(b *Book, u id.UserID, kind policy.Kind) (found policy.Rule, ok bool) {
	entity := string(u)
	if kind == policy.Server {
		entity = policy.ServerOf(u)
	}
	for _, x := range b.indexes() {
		for _, r := range x.Matching(kind, entity) {
			if counts(b, r, u) && !x.Held(r.Event) && (bans(r) || frees(r) && x.Exempting(r.List)) {
				found, ok = better(found, ok, r, true)
				break // the best comes first
			}
		}
	}
	return found, ok
}

// PreviewApart computes what it would do to have a list's rules not count for a user, or count again.
func PreviewApart(w *World, list id.RoomID, u id.UserID, is bool) Effect {
	c := w.Scales
	if slices.Contains(c.book.apart[u], list) == is {
		return Effect{}
	}
	return c.weigh(func(yield func(Held) bool) {
		for _, x := range c.book.indexes() {
			for _, r := range slices.Concat(x.Matching(policy.User, string(u)), x.Matching(policy.Server, policy.ServerOf(u))) {
				// Of a pattern nobody else is looked at.
				of := policy.Rule{Kind: policy.User, Entity: string(u), Recommendation: r.Recommendation, List: r.List, Event: r.Event, StateKey: r.StateKey, Type: r.Type}
				if r.List == list && !yield(Held{Slot: slotOf(r), Old: of}) {
					return
				}
			}
		}
	}, func(_ *Held, after bool) { setApart(c.book, list, u, after == is) })
}

// Apart tells whether a list does not count for a user, as moderators said.
func Apart(w *World, list id.RoomID, u id.UserID) bool {
	return slices.Contains(w.Book.apart[u], list)
}
