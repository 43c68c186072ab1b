package enforce

import (
	"maunium.net/go/mautrix/id"

	"forseti/action"
	"forseti/policy"
)

func frees(r policy.Rule) bool { return r.Recommendation == policy.Exempt }

func bans(r policy.Rule) bool {
	return !r.Aside && (r.Recommendation == policy.Ban || r.Recommendation == policy.Takedown)
}

// user gives the rule that decides about a user by their name.
func (b *Book) user(u id.UserID) (policy.Rule, bool) {
	if len(b.apart[u]) > 0 {
		return besides(b, u, policy.User)
	}
	r, ok := b.rules.User(u)
	if b.kept.Len() == 0 {
		return r, ok
	}
	k, also := b.kept.User(u)
	return better(r, ok, k, also)
}

// Exempts reports whether an exemption that is followed is about a user, and not about
// their server alone: that frees its users from rules about it, and from nothing else.
func (b *Book) Exempts(u id.UserID) bool {
	r, ok := b.user(u)
	return ok && frees(r)
}

// member gives the rule that decides about a user by their name, or else by their server.
func (b *Book) member(u id.UserID) (policy.Rule, bool) {
	if len(b.apart[u]) > 0 {
		if r, ok := besides(b, u, policy.User); ok {
			return r, true
		}
		return besides(b, u, policy.Server)
	}
	if b.kept.Len() == 0 {
		return b.rules.Member(u)
	}
	if r, ok := b.user(u); ok {
		return r, true
	}
	return b.server(policy.ServerOf(u))
}

// indexes are those that hold rules, of which one decides about whoever member gives a rule for.
func (b *Book) indexes() []*policy.Index {
	if b.kept.Len() == 0 {
		return []*policy.Index{b.rules}
	}
	return []*policy.Index{b.rules, b.kept}
}

// named gives the rule that bans a user by their name.
func (b *Book) named(u id.UserID) (policy.Rule, bool) {
	if len(b.apart[u]) > 0 {
		r, ok := besides(b, u, policy.User)
		return r, ok && bans(r) && !r.IsGlob()
	}
	r, ok := b.rules.Named(u)
	k, also := b.kept.Named(u)
	return better(r, ok, k, also)
}

// server gives the rule that decides about a server.
func (b *Book) server(name string) (policy.Rule, bool) {
	r, ok := b.rules.Server(name)
	if b.kept.Len() == 0 {
		return r, ok
	}
	k, also := b.kept.Server(name)
	return better(r, ok, k, also)
}

// denying gives the followed rules that ban a server.
func (b *Book) denying(server string) (found []policy.Rule) {
	for _, x := range b.indexes() {
		for _, r := range x.Matching(policy.Server, server) {
			if bans(r) && !x.Held(r.Event) {
				found = append(found, r)
			}
		}
	}
	return found
}

// crowds reports whether a rule may push entries of others out of an ACL that is full: the
// entries of our own lists are the last to go.
func (b *Book) crowds(r policy.Rule) bool {
	return r.Kind == policy.Server && bans(r) && !b.Owns(r.List)
}

// better is the one of two deciding rules that decides.
func better(r policy.Rule, ok bool, k policy.Rule, also bool) (policy.Rule, bool) {
	if also && (!ok || k.Recommendation > r.Recommendation) {
		return k, true
	}
	return r, ok
}

// servers gives the server rules that may decide.
func (b *Book) servers(yield func(policy.Rule) bool) {
	for _, x := range b.indexes() {
		for r := range x.Servers() {
			if !yield(r) {
				return
			}
		}
	}
}

// supported reports whether any rule still holds a ban. It asks more widely than
// Desired: a rule that waits for approval does not ban anyone, but neither does
// it free anyone; and a server rule holds the bans it once made, also after the
// setting was changed.
func (b *Book) supported(u id.UserID) bool {
	holds, decided := b.followed(u)
	return holds || !decided && b.waitsFor(u)
}

// followed reports whether a rule that is followed decides about a user's bans, and
// whether it holds them.
func (b *Book) followed(u id.UserID) (holds, decided bool) {
	r, ok := b.member(u)
	return ok && bans(r), ok
}

// waitsFor reports whether a rule that waits for a yes would ban a user.
func (b *Book) waitsFor(u id.UserID) bool {
	return b.heldRule(policy.User, string(u), u) || b.heldRule(policy.Server, policy.ServerOf(u), u)
}

// heldRule reports whether a rule that waits for a yes would ban a user.
func (b *Book) heldRule(kind policy.Kind, entity string, u id.UserID) bool {
	if len(b.waiting) == 0 {
		return false
	}
	for _, r := range b.rules.Matching(kind, entity) {
		if h := b.waiting[slotOf(r)]; bans(r) && h != nil && h.New.Event == r.Event && !h.Rejected && counts(b, r, u) {
			return true
		}
	}
	return false
}

// CauseOf is a rule as a cause.
func CauseOf(r policy.Rule) action.Cause {
	entity := r.Entity
	if entity == "" {
		entity = "(hashed)"
	}
	return action.Cause{Kind: action.ByRule, List: r.List, Rule: r.Event, Entity: entity}
}
